/* dump_part.h - what the files of the dump share (private). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_DUMP_PART_H
#define LEDGER_DUMP_PART_H

#include "ledger/dump.h"

/* A log as the part before had it; NULL. */
const Backup__Log *dump_log_before(const struct dump *d, uint32_t slot);
/* Says that a new base is to be begun.  ERR_CONFLICT. */
ERR_CHECKED enum err dump_put_back(struct dump *d, struct err_why *why);
/* Entries of one log that are new, with what rests beside them. */
ERR_CHECKED enum err dump_entries(
    struct dump *d, const Backup__Log *l, struct err_why *why);

#endif

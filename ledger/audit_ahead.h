/* audit_ahead.h - leaves read, hashed and opened some at a time (private). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_AUDIT_AHEAD_H
#define LEDGER_AUDIT_AHEAD_H

#include "ledger/audit_part.h"

/*
 * Sixteen leaves with their bodies take less together than one by one
 * (proto/digest_batch.h, crypto_many.h).  Only what holds is said here: of a
 * row that cannot be read there is the error, and of a leaf or a body that is
 * not well nothing; whoever judges it looks at it by itself, when its turn has
 * come, and tells what is wrong.
 */
ERR_CHECKED enum err audit_ahead_open(
    struct audit_reader *r, struct err_why *why);
void audit_ahead_close(struct audit_reader *r);

/* Another part is at hand. */
void audit_ahead_begin(struct audit_reader *r);
/* A leaf of the part at hand, asked for in order. */
const struct audit_seen *audit_ahead_seen(
    struct audit_reader *r, uint64_t index);

#endif

/* mend.h - ask members for what the own logs lost to damage. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_MEND_H
#define NODE_MEND_H

#include "config.pb-c.h"
#include "federation/exchange_host.h"
#include "proto/err.h"

struct site;

/*
 * What `lianfang repair` had to mark as lost (ledger/log_hole.h) is asked of
 * every member in turn; what comes is verified and stored by the committer, and
 * each step is a line in the journal.  A member that holds nothing of a range
 * is asked again ten minutes later.
 */
struct mend;

/* After site_open; ERR_* of the store. */
ERR_CHECKED enum err mend_open(
    struct mend **out, struct site *site, struct err_why *why);
/* After the committer and the hub have ended; NULL allowed. */
void mend_close(struct mend *m);

/*
 * For hub_options.recall; lives as long as it.  What `first` lacks is asked for
 * first: where a log ends goes before what is missing of it.
 */
const struct exchange_recaller *mend_recaller(
    struct mend *m, const struct exchange_recaller *first);

/* Now and then, one thread: says in the journal what damage of either store was
 * met since it was asked last. */
void mend_look(struct mend *m);
/* Rows that are still missing.  Any thread. */
uint64_t mend_missing(struct mend *m);
/* Adds ranges, and who was asked. */
void mend_status(struct mend *m, Config__Status *out);

#endif

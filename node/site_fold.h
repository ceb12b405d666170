/* site_fold.h - tables that another version folded are folded anew. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_FOLD_H
#define NODE_SITE_FOLD_H

#include "ledger/store.h"
#include "proto/err.h"

struct site;
struct site_db;

/* What fold_entry makes of an entry.  Raise it when that changes. */
#define SITE_FOLD_VERSION 24

/*
 * site_fold_follow - bring the tables of both stores to SITE_FOLD_VERSION, as
 * `lianfang reindex` would; they say in their own store which one they are of.
 * Costs nothing when they are of this one, and all entries once otherwise.
 *
 * ERR_UNSUPPORTED  a newer version folded them: nothing changed
 * ERR_*            of refold: nothing changed
 *
 * For site_open and site_init, before any other transaction.
 */
ERR_CHECKED enum err site_fold_follow(struct site *s, struct err_why *why);

/* Only looks: sets s->folding when site_fold_follow has work to do, which then
 * is done while alarms are taken (folding.h). */
ERR_CHECKED enum err site_fold_look(struct site *s, struct err_why *why);

/* For readers: ERR_UNSUPPORTED when another version folded these tables. */
ERR_CHECKED enum err site_fold_same(struct store *s, struct err_why *why);
/*
 * site_fold_late - for a replica, in the transaction in which entries of this
 * log were folded.  Came they after those of a later generation (a copy that
 * was damaged is fetched again), the tables are no function of the logs any
 * more, since what came first was taken for the beginning: they are folded anew
 * at the next start.
 */
ERR_CHECKED enum err site_fold_late(struct site_db *db, struct store_txn *txn,
    uint16_t slot, struct err_why *why);
/* Says that the tables of a store are of this version; tables just folded. */
ERR_CHECKED enum err site_fold_mark(
    const struct site_db *db, struct err_why *why);

#endif

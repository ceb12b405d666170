/* store_hole.h - what a store is known to have lost to damage. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_HOLE_H
#define LEDGER_STORE_HOLE_H

#include "ledger/store.h"

/* Marks a key whose row was lost: reading it is ERR_CORRUPT until a put or del
 * takes the mark away.  No new damage for store_damage. */
ERR_CHECKED enum err store_hole(struct store_txn *txn, struct store_table t,
    struct bytes key, struct err_why *why);
bool store_is_hole(
    struct store_txn *txn, struct store_table t, struct bytes key);
/* Rows of a table, holes too. */
uint64_t store_rows(struct store_txn *txn, struct store_table t);

/* Rows of a table were lost, nobody knows which: from the next store_table on
 * to read what is not there, or a list, is ERR_CORRUPT; `lost` false: the mark
 * goes.  store_trust lifts them for this process, to fold the tables anew. */
ERR_CHECKED enum err store_distrust(
    struct store_txn *txn, const char *table, bool lost, struct err_why *why);
void store_trust(struct store *s);
unsigned store_distrusted(const struct store *s);

#endif

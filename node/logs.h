/* logs.h - operations about the generations of the own logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_LOGS_H
#define NODE_LOGS_H

#include "node/ops.h"

/*
 * logs_gap - what LOG_START of a later generation admits of the one before, in
 * any log held: true when entries from `from` to below `to` are lost; equal
 * when nobody knows how many.  An unreadable LOG_START may have said so.
 */
struct site_db;
struct store_txn;
bool logs_gap(struct site_db *db, struct store_txn *txn, uint16_t slot,
    uint64_t *from, uint64_t *to);

/* Handlers of the operations table. */
enum err logs_list(struct ops_call *call, struct err_why *why);
/* Answers with the generation that has begun. */
enum err logs_roll(struct ops_call *call, struct err_why *why);

#endif

/* spool_state.h - where kept alarms rest; private to spool*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SPOOL_STATE_H
#define NODE_SPOOL_STATE_H

#include <stdatomic.h>

#include "node/spool.h"

/*
 * DIR/kept, table `spool`: 'c'          -> u64be kept, bytes, next number
 *   'i' u64be number                    -> sealed: u64be received || EventPost
 *   'n' u64be source, epoch, sequence   -> u64be number || digest || record id
 *   'e' event id                        -> the same
 * DIR/own, table `spool`: 'd' record id -> 1: it has become an entry; with the
 * entry, so that it goes where that goes.
 */
#define SPOOL_KEY_MAX 25
#define SPOOL_ITEM_KEY 9
#define SPOOL_SEEN_BYTES (8 + 16 + 16)

struct spool {
	struct store_table entered; /* in the own store */
	struct store_table rows;
	/* NULL: nothing was ever kept.  The committer's thread sets it. */
	_Atomic(struct store *) store;
};

struct spool_counts {
	uint64_t kept;
	uint64_t bytes;
	uint64_t next;
};

struct spool_key {
	uint8_t b[SPOOL_KEY_MAX];
	size_t len;
};

void spool_key_u64(struct spool_key *k, uint64_t v);
struct spool_key spool_key_item(uint64_t number);
struct bytes spool_key_view(const struct spool_key *k);

/* All with a transaction of the spool's store. */
ERR_CHECKED enum err spool_counts_get(const struct site *s,
    struct store_txn *txn, struct spool_counts *out, struct err_why *why);
ERR_CHECKED enum err spool_counts_put(const struct site *s,
    struct store_txn *txn, const struct spool_counts *c, struct err_why *why);
/* A row under the next number; counts it. */
ERR_CHECKED enum err spool_row_put(const struct site *s, struct store_txn *txn,
    const struct spool_row *row, const uint8_t secret[static 32],
    struct spool_counts *c, struct err_why *why);
/* False: it does not open under this key.  Release row->post. */
bool spool_row_open(struct spool_row *out, const struct store_row *row,
    const uint8_t secret[static 32]);
/* Takes one out of the counts and the store; with the last one, all. */
ERR_CHECKED enum err spool_row_del(const struct site *s, struct store_txn *txn,
    uint64_t number, struct err_why *why);
/* What cannot be counted is not taken for nothing. */
ERR_CHECKED enum err spool_count_get(
    struct site *s, uint64_t *out, struct err_why *why);
/* With nothing kept the key opens nothing that is of use. */
ERR_CHECKED enum err spool_drop_key(struct site *s, struct err_why *why);

/* The spool's store, made when there is none.  Committer's thread, or before
 * it starts. */
ERR_CHECKED enum err spool_store_make(
    struct site *s, struct store **out, struct err_why *why);
/* NULL: nothing was ever kept.  Any thread. */
struct store *spool_store(const struct site *s);

/* Takes over what versions before kept in the own store; spool_store.c. */
ERR_CHECKED enum err spool_store_open(struct site *s, struct err_why *why);

#endif

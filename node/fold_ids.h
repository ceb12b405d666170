/* fold_ids.h - ids of records, collected out of a table. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_IDS_H
#define NODE_FOLD_IDS_H

#include "node/fold.h"
#include "node/fold_key.h"

/* Whoever appends collects first: appending moves the pages under a cursor. */
struct fold_ids {
	uint8_t (*at)[16]; /* fold_ids_clear */
	size_t len;
	size_t cap;
};

void fold_ids_add(struct fold_ids *ids, const uint8_t id[static 16]);

/*
 * fold_ids_collect - adds the record ids that end the keys of `table` under a
 * prefix, or stand there as values, in the order of the keys.  Reads in
 * f->txn.
 */
ERR_CHECKED enum err fold_ids_collect(const struct fold *f,
    struct store_table table, const struct fold_key *prefix,
    struct fold_ids *out, struct err_why *why);

/* Takes it out, wherever it is in it. */
void fold_ids_drop(struct fold_ids *ids, const uint8_t id[static 16]);
void fold_ids_clear(struct fold_ids *ids);

#endif

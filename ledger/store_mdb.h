/* store_mdb.h - what store.c and store_row.c share about LMDB. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_MDB_H
#define LEDGER_STORE_MDB_H

#include <lmdb.h>

#include "ledger/store.h"

/* LMDB's own two tables come before ours. */
#define TABLE_IDS (STORE_TABLES_MAX + 3)

struct store_txn {
	struct store *store;
	MDB_txn *mdb;
	MDB_cursor *cursor[TABLE_IDS]; /* of the write transaction */
	struct store_txn *next; /* in the pool of ended readers */
	enum err bad; /* a put failed: must not commit */
	bool writing;
};

/* The one place where LMDB's codes become ours. */
ERR_CHECKED enum err store_mdb_err(
    int rc, const char *doing, struct err_why *why);

/* LMDB takes a mutable pointer for data it only reads. */
static inline MDB_val
store_mdb_val(struct bytes b)
{
	union {
		const uint8_t *in;
		void *out;
	} u = {.in = b.ptr};

	return (MDB_val){.mv_size = b.len, .mv_data = u.out};
}

static inline struct bytes
store_mdb_bytes(const MDB_val *v)
{
	return bytes_of(v->mv_data, v->mv_size);
}

#endif

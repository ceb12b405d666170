/* store_mdb.h - what the files of the store share about LMDB. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_MDB_H
#define LEDGER_STORE_MDB_H

#include <lmdb.h>
#include <pthread.h>
#include <sys/types.h>

#include "ledger/gate.h"
#include "ledger/store.h"
#include "ledger/store_sync.h"

#define STORE_MAP_LARGEST ((size_t)1 << 42)

/* LMDB's own two tables come before ours. */
#define TABLE_IDS (STORE_TABLES_MAX + 3)

struct store {
	MDB_env *env;
	char *dir;
	char *names[TABLE_IDS];
	struct store_hook hooks[STORE_HOOKS_MAX];
	size_t hooks_len;
	struct gate gate;
	pthread_mutex_t writer; /* held until the hooks have run */
	pthread_mutex_t lock; /* of pool and failed */
	struct store_txn *pool;
	size_t pool_len;
	uint64_t writes;
	bool failed;
	bool read_only;
	bool journaled; /* redo was there when it was opened */
	int lock_fd; /* store_lock.c */
	struct store_sync sync;
	dev_t dev;
	ino_t ino;
	struct store *next_open;
};

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

/* No write will begin any more. */
void store_fail(struct store *s);
/* Opens the environment; `size` bytes of map at least. */
ERR_CHECKED enum err store_open_env(
    struct store *s, size_t size, struct err_why *why);
/* size 0: take over what another process has made of it; else the writer's
 * lock is held and no transaction is open. */
ERR_CHECKED enum err store_resize(
    struct store *s, size_t size, unsigned wait_s, struct err_why *why);

#endif

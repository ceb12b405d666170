/* store_mdb.h - what the files of the store share about LMDB. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_MDB_H
#define LEDGER_STORE_MDB_H

#include <lmdb.h>
#include <pthread.h>
#include <sys/types.h>

#include "ledger/gate.h"
#include "ledger/store.h"
#include "ledger/store_hole.h"
#include "ledger/store_sync.h"

#define STORE_MAP_LARGEST ((size_t)1 << 42)

/* LMDB's own two tables come before ours. */
#define TABLE_IDS (STORE_TABLES_MAX + 3)

/* What tells damage of rows (store_guard.c). */
#define STORE_NAME_MAX 24
struct store_guard {
	pthread_mutex_t lock; /* of the next two */
	uint64_t damaged; /* rows found so */
	struct err_why newest;
	uint64_t sum[TABLE_IDS]; /* rows' sums start from these */
	bool partial[TABLE_IDS]; /* store_distrust */
	size_t page_bytes; /* 0: rows do not rest page by page in memory */
	_Atomic uint64_t summed; /* store_moment at which all sums held */
};

struct store {
	MDB_env *env;
	char *dir;
	char *names[TABLE_IDS];
	uint64_t serial; /* from 1: no two opened by a process share it */
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
	struct store_table meta;
	int lock_fd; /* store_lock.c */
	struct store_sync sync;
	struct store_guard guard;
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
	bool later; /* what it leaves waits for store_answered */
};

/* The one place where LMDB's codes become ours. */
ERR_CHECKED enum err store_mdb_err(
    int rc, const char *doing, struct err_why *why);

/* What is said of a hole. */
extern const char *const store_guard_lost;

void store_guard_init(struct store_guard *g);
void store_guard_clear(struct store_guard *g);
void store_guard_table(struct store_guard *g, uint32_t table, const char *name);
/* After the environment was opened. */
void store_guard_pages(struct store_guard *g, MDB_env *env);
/* Does the sum at its end hold?  Then it is cut off. */
bool store_guard_whole(uint64_t table, struct bytes key, struct bytes *value);
/* Is this resting value the mark of a hole (store_hole)? */
bool store_guard_hole(uint64_t table, struct bytes key, struct bytes value);
/* "row 00a1..: what"; what is ZH(). */
enum err store_guard_why(
    struct err_why *why, struct bytes key, const char *what);
/* A value as it rests: ERR_CORRUPT, or *value without its sum. */
ERR_CHECKED enum err store_guard_row(struct store_txn *txn, uint32_t table,
    struct bytes key, struct bytes *value, struct err_why *why);
/* store_guard_damaged - a row whose sum is wrong, or that is missing where its
 * neighbours say that it must be: remembered.  Returns ERR_CORRUPT. */
ERR_CHECKED enum err store_guard_damaged(struct store_txn *txn, uint32_t table,
    struct bytes key, const char *what, struct err_why *why);
/* ERR_CORRUPT when a table has lost rows, nobody knows which. */
ERR_CHECKED enum err store_guard_partial(
    struct store_txn *txn, uint32_t table, struct err_why *why);
/* Is there a mark of store_distrust?  Before the first transaction. */
void store_guard_marked(struct store *s, MDB_txn *txn, uint32_t table);
/* The newest of these, said again; ERR_CORRUPT. */
ERR_CHECKED enum err store_guard_said(
    struct store_txn *txn, struct err_why *why);

/* The schema of a store whose rows have no sums yet; else *out stays. */
ERR_CHECKED enum err store_upgrade_old(struct store *s, struct store_table meta,
    uint32_t *out, struct err_why *why);
/* Gives them their sums, in one transaction. */
ERR_CHECKED enum err store_upgrade(
    struct store *s, struct store_table meta, struct err_why *why);

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

/* store_sync.h - how commits become durable, and what a crash leaves. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_SYNC_H
#define LEDGER_STORE_SYNC_H

#include <lmdb.h>
#include <pthread.h>

#include "ledger/redo.h"
#include "ledger/store.h"

/*
 * How commits become durable (docs/decisions/0011-redo-journal.md).
 * Invariants: 1. framed: LMDB syncs nothing, every transaction after the base
 * has its frame, and a reader of our own holds the base, so that none of its
 * pages is written again.  2. not framed: LMDB syncs every transaction by
 * itself and redo says so.  3. busy: the pins hold both the base and the state
 * that is being made the next one.
 */
struct store_sync {
	struct redo *redo; /* NULL: read-only */
	int data; /* data.mdb, a descriptor of our own */
	int early; /* another, that may hear of failures in vain */
	bool framed;
	MDB_txn *pins[2];
	unsigned pin; /* which of them holds the base */
	struct buf frame; /* rows of the write transaction */
	unsigned table; /* of the last row in it; 0: none */
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* of the rest */
	pthread_cond_t turn;
	bool busy; /* the thread makes the pinned state durable */
	bool idle; /* nothing was committed since the base */
	bool dirty; /* the thread writes what was committed */
	bool later; /* but not before it was answered */
	bool stop;
	int64_t last_ms; /* of the last commit, monotonic */
};

/* ---- store_lock.c: which processes have the store open ---- */

/* Writers: there is one.  ERR_BUSY. */
ERR_CHECKED enum err store_lock_writer(struct store *s, struct err_why *why);
/* Nobody else has it open, or reads: false without waiting. */
bool store_lock_alone(struct store *s);
/* Others may read from now on.  False: a writer is alone with it. */
bool store_lock_shared(struct store *s);
void store_lock_drop(struct store *s);
/* A process of this boot could not write: its page cache is not to be
 * believed. */
void store_lock_mark(struct store *s, bool failed);
bool store_lock_marked(struct store *s);
/* Sleeps a little; false when `until_ms` has passed. */
bool store_lock_wait(int64_t until_ms);
int64_t store_lock_now_ms(void);

/* ---- store_recover.c ---- */

/* For a reader: waits for, or does, what a power loss left to a writer, that is
 * opened with `flags`. */
ERR_CHECKED enum err store_recover_before(
    struct store *s, unsigned flags, struct err_why *why);
/* Opens data.mdb. */
ERR_CHECKED enum err store_recover_data(
    const char *dir, int flags, int *out, struct err_why *why);
/* A copy of data.mdb that is whole and durable gets its redo. */
ERR_CHECKED enum err store_recover_copied(const char *dir, struct err_why *why);
/* Opens the environment in the state that was acknowledged last. */
ERR_CHECKED enum err store_recover_open(struct store *s, struct err_why *why);

/* ---- store_sync.c ---- */

enum store_row_kind {
	STORE_ROW_TABLE = 1, /* the rows that follow are of this one */
	STORE_ROW_PUT,
	STORE_ROW_APPEND,
	STORE_ROW_DEL,
	STORE_ROW_DROP,
	STORE_ROW_HOLE, /* a put of the mark of a hole: no value */
};
/* Where a row began in the frame, to take it back. */
struct store_row_mark {
	size_t len;
	bool over;
	unsigned table;
};
/* Before it is written: a value may be borrowed from the map. */
struct store_row_mark store_sync_row(struct store_txn *txn,
    enum store_row_kind kind, struct store_table t, struct store_row row);
void store_sync_unrow(struct store_txn *txn, struct store_row_mark mark);

ERR_CHECKED enum err store_sync_start(struct store *s, struct err_why *why);
void store_sync_stop(struct store *s);
/* The base that the tables are at. */
ERR_CHECKED enum err store_sync_base(
    struct store *s, struct redo_base *out, struct err_why *why);
/* Everything durable, and LMDB syncs by itself until the next small commit.
 * The caller holds the writer's lock or is the only one. */
ERR_CHECKED enum err store_sync_settle(struct store *s, struct err_why *why);
void store_sync_begin(struct store *s);
/* Consumes txn->mdb. */
ERR_CHECKED enum err store_sync_commit(
    struct store_txn *txn, struct err_why *why);

#endif

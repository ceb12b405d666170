/* store.h - durable tables in one memory-mapped file.  Only LMDB user. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include "proto/bytes.h"
#include "proto/err.h"

#define STORE_KEY_MAX 511 /* bytes, LMDB's limit */
#define STORE_TABLES_MAX 64

/*
 * One writer, many readers.  The map grows by itself: store_begin waits while
 * a growth is under way, and a write that finds the map full ends with
 * ERR_BUSY after which the caller aborts, calls store_grow and does the batch
 * again.  A failed fsync is final: from then on every write is ERR_IO.
 */
struct store;
struct store_txn;

/* Index of a table, from store_table. */
struct store_table {
	uint32_t id;
};

#define STORE_READ_ONLY 1u
#define STORE_CREATE 2u
#define STORE_UNCHECKED 4u /* the caller runs store_walk before it reads */

/*
 * store_open - open the environment in directory `dir` (created with 0700 when
 * STORE_CREATE).  One open per process and path.
 * ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT (store_walk.h says where), ERR_UNSUPPORTED
 * (newer schema),
 * ERR_CONFLICT (open in this process already).
 */
ERR_CHECKED enum err store_open(
    struct store **out, const char *dir, unsigned flags, struct err_why *why);
void store_close(struct store *s);

/* Opens or creates the table; before the first transaction, one thread.
 * With STORE_READ_ONLY a missing table is ERR_NOT_FOUND. */
ERR_CHECKED enum err store_table(struct store *s, const char *name,
    struct store_table *out, struct err_why *why);

/* Read transactions may live on any thread, one at a time per transaction;
 * keep them short.  The write transaction belongs to one thread at a time. */
ERR_CHECKED enum err store_read(
    struct store *s, struct store_txn **out, struct err_why *why);
ERR_CHECKED enum err store_write(
    struct store *s, struct store_txn **out, struct err_why *why);
/* Durable on ERR_OK; the transaction is gone in any case. */
ERR_CHECKED enum err store_commit(struct store_txn *txn, struct err_why *why);
void store_abort(struct store_txn *txn); /* NULL allowed; ends reads too */
/* Doubles the map.  Waits for this process's readers to end (new ones wait
 * behind it), so the caller must hold no transaction.
 * ERR_TIMEOUT a reader did not end; ERR_FULL the largest size is reached. */
ERR_CHECKED enum err store_grow(struct store *s, struct err_why *why);
/* True for the write transaction. */
bool store_writing(const struct store_txn *txn);
/* A number that read transactions of this process share only when they see the
 * same state of the same store; 0 in a write transaction. */
uint64_t store_moment(const struct store_txn *txn);
/* True when opened so. */
bool store_read_only(const struct store *s);

/*
 * store_hook - tell a layer above of the end of write transactions, so that
 * what it keeps in memory is written with them or dropped.  Up to
 * STORE_HOOKS_MAX, before the first transaction.
 *
 *   before   within store_commit; an error aborts and is what commit returns
 *   after    the transaction is gone; committed says how
 */
#define STORE_HOOKS_MAX 4
struct store_hook {
	void *arg;
	enum err (*before)(
	    void *arg, struct store_txn *txn, struct err_why *why);
	void (*after)(void *arg, bool committed);
};
void store_hook(struct store *s, const struct store_hook *h);
/* Removes the hooks of this arg. */
void store_unhook(struct store *s, const void *arg);

/* Values borrowed from the map: valid until the transaction ends or, in a
 * write transaction, until the next write in it.  ERR_NOT_FOUND. */
ERR_CHECKED enum err store_get(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes *value, struct err_why *why);
/* The same without its sum being looked at: for who holds the value against a
 * signature before using it, and asks store_get when it does not hold. */
ERR_CHECKED enum err store_peek(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes *value, struct err_why *why);
ERR_CHECKED enum err store_put(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes value, struct err_why *why);
/* Key must be greater than every key in the table (ERR_CONFLICT). */
ERR_CHECKED enum err store_append(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes value, struct err_why *why);
/* ERR_NOT_FOUND when absent. */
ERR_CHECKED enum err store_del(struct store_txn *txn, struct store_table t,
    struct bytes key, struct err_why *why);
/* Empties the table. */
ERR_CHECKED enum err store_drop(
    struct store_txn *txn, struct store_table t, struct err_why *why);

/*
 * Cursors.  After open, store_seek puts it on the first key >= `key`,
 * store_seek_before on the last key < `key`; store_next / store_prev step.
 * ERR_NOT_FOUND at either end; ERR_CORRUPT leaves in `row` the key as it rests,
 * and the next step goes past it.  Close before the transaction ends.
 */
struct store_cursor;
struct store_row {
	struct bytes key;
	struct bytes value;
};
ERR_CHECKED enum err store_cursor(struct store_txn *txn, struct store_table t,
    struct store_cursor **out, struct err_why *why);
void store_cursor_close(struct store_cursor *c);
/* For who holds each row against a hash anyway: when store_walk has found the
 * sums of this very state to hold, the cursor does not look at them again.
 * Else it does, as always. */
void store_cursor_summed(struct store_cursor *c);
ERR_CHECKED enum err store_seek(
    struct store_cursor *c, struct bytes key, struct store_row *row);
ERR_CHECKED enum err store_seek_before(
    struct store_cursor *c, struct bytes key, struct store_row *row);
ERR_CHECKED enum err store_next(struct store_cursor *c, struct store_row *row);
ERR_CHECKED enum err store_prev(struct store_cursor *c, struct store_row *row);

/* Copies a consistent snapshot into the empty directory `to`. */
ERR_CHECKED enum err store_copy(
    struct store *s, const char *to, struct err_why *why);

/*
 * Each row rests with a sum over table, key and value, checked whenever the row
 * is read; a row that is not found is looked for between its neighbours.  What
 * does not hold is ERR_CORRUPT, never "not found" or another value, and is
 * remembered here for status and metrics: returns how often it was met since
 * the store was opened, and the newest ("record: row 00a1..: ...").
 */
uint64_t store_damage(struct store *s, struct err_why *newest);

/* True when a commit failed and every write is refused for good. */
bool store_failed(struct store *s);

/* Bytes of the data file in use, for metrics. */
uint64_t store_used(struct store *s);

#endif

/* store_row.c - rows and cursors of a store's tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "ledger/store_mdb.h"
#include "ledger/store_page.h"
#include "ledger/store_sum.h"
#include "proto/mem.h"
#include "proto/zh.h"

#define MOMENT_BITS 44 /* of a transaction's number; the rest: which store */

struct store_cursor {
	MDB_cursor *mdb;
	struct store_txn *txn;
	uint32_t table;
	const uint8_t *page; /* of the row it stands on, once checked */
	struct bytes key; /* of that row */
	bool summed; /* store_cursor_summed */
};

enum err
store_mdb_err(int rc, const char *doing, struct err_why *why)
{
	enum err e = ERR_IO;

	switch (rc) {
	case 0:
		return ERR_OK;
	case MDB_KEYEXIST:
		e = ERR_CONFLICT;
		break;
	case MDB_NOTFOUND:
	case ENOENT:
		e = ERR_NOT_FOUND;
		break;
	case MDB_MAP_FULL:
		e = ERR_BUSY;
		break;
	case MDB_READERS_FULL:
	case MDB_DBS_FULL:
	case MDB_TXN_FULL:
	case MDB_BAD_VALSIZE:
		e = ERR_LIMIT;
		break;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		e = ERR_CORRUPT;
		break;
	case EACCES:
	case EPERM:
		e = ERR_DENIED;
		break;
	case ENOSPC:
	case EDQUOT:
		e = ERR_FULL;
		break;
	default:
		break;
	}
	if (rc > 0)
		return err_errno(why, e, rc, "%s", doing);
	return err_fail(why, e, "%s: %s", doing, mdb_strerror(rc));
}

/* ---- damage ---- */

/*
 * The leaf that a row of a reader rests on: all of them lie in the map, page by
 * page.  A writer's may be anywhere: NULL.
 */
static const uint8_t *
page_of(const struct store_txn *txn, struct bytes key)
{
	const size_t size = txn->store->guard.page_bytes;

	if (txn->writing || size == 0)
		return NULL;
	return key.ptr - ((uintptr_t)key.ptr & (size - 1));
}

/* Is the page whole that this row was found on? */
static enum err
check_page(struct store_txn *txn, uint32_t table, const uint8_t *page,
    struct bytes key, struct err_why *why)
{
	const char *bad;

	if (page == NULL)
		return ERR_OK;
	bad = store_page_check(
	    page, store_page_number(page), txn->store->guard.page_bytes, false);
	if (bad == NULL)
		return ERR_OK;
	return store_guard_damaged(txn, table, key, bad, why);
}

/* A neighbour of a key that was not found; `side` is how it must compare. */
static enum err
check_beside(struct store_txn *txn, uint32_t table, struct store_row *row,
    struct bytes key, int side)
{
	enum err e;

	e = check_page(txn, table, page_of(txn, row->key), row->key, NULL);
	if (e == ERR_OK &&
	    !store_guard_hole(
	        txn->store->guard.sum[table], row->key, row->value))
		e = store_guard_row(txn, table, row->key, &row->value, NULL);
	if (e != ERR_OK)
		return e;
	if (store_page_order(row->key, key, false) * side <= 0)
		return store_guard_damaged(txn, table, key,
		    ZH("keys around it are out of order"), NULL);
	return ERR_OK;
}

/*
 * A row that is not found may have a damaged key: then it stands where it was,
 * between the same neighbours, and its sum is wrong.
 */
static enum err
check_absent(
    struct store_txn *txn, uint32_t table, MDB_cursor *c, struct bytes key)
{
	MDB_val k = store_mdb_val(key);
	struct store_row row;
	enum err e;
	MDB_val v;
	/* Where it stands already when it just looked: then this is cheap. */
	int rc = mdb_cursor_get(c, &k, &v, MDB_SET_RANGE);

	if (rc == 0) {
		row = (struct store_row){
		    store_mdb_bytes(&k), store_mdb_bytes(&v)};
		e = check_beside(txn, table, &row, key, 1);
		if (e != ERR_OK)
			return e;
		rc = mdb_cursor_get(c, &k, &v, MDB_PREV);
	} else if (rc == MDB_NOTFOUND) {
		rc = mdb_cursor_get(c, &k, &v, MDB_LAST);
	}
	if (rc == MDB_NOTFOUND)
		return ERR_OK;
	if (rc != 0)
		return store_mdb_err(rc, "look beside", NULL);
	row = (struct store_row){store_mdb_bytes(&k), store_mdb_bytes(&v)};
	return check_beside(txn, table, &row, key, -1);
}

/* The cursor of a write transaction on a table: keys mostly come in order, and
 * it looks on the page it stands on first. */
static int
own_cursor(struct store_txn *txn, uint32_t table, MDB_cursor **out)
{
	int rc = 0;

	assert(table < TABLE_IDS);
	if (txn->cursor[table] == NULL)
		rc = mdb_cursor_open(txn->mdb, table, &txn->cursor[table]);
	*out = txn->cursor[table];
	return rc;
}

/* ERR_NOT_FOUND when that is true. */
static enum err
absent(struct store_txn *txn, uint32_t table, struct bytes key,
    struct err_why *why)
{
	MDB_cursor *c = NULL;
	enum err e;
	int rc;

	e = store_guard_partial(txn, table, why);
	if (e != ERR_OK)
		return e;
	rc = txn->writing ? own_cursor(txn, table, &c)
	                  : mdb_cursor_open(txn->mdb, table, &c);
	if (rc != 0)
		return store_mdb_err(rc, "open cursor", why);
	e = check_absent(txn, table, c, key);
	if (!txn->writing)
		mdb_cursor_close(c);
	if (e == ERR_CORRUPT)
		return store_guard_said(txn, why);
	if (e != ERR_OK)
		return err_fail(why, e, "look beside a row");
	return err_fail(why, ERR_NOT_FOUND, "no such row");
}

/* ---- rows ---- */

static int
find(struct store_txn *txn, uint32_t table, MDB_val *k, MDB_val *v)
{
	MDB_cursor *c = NULL;
	int rc;

	if (!txn->writing)
		return mdb_get(txn->mdb, table, k, v);
	rc = own_cursor(txn, table, &c);
	return rc != 0 ? rc : mdb_cursor_get(c, k, v, MDB_SET);
}

enum err
store_get(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes *value, struct err_why *why)
{
	MDB_val k = store_mdb_val(key);
	struct bytes found;
	enum err e;
	MDB_val v;
	int rc = find(txn, t.id, &k, &v);

	if (rc == MDB_NOTFOUND)
		return absent(txn, t.id, key, why);
	if (rc != 0)
		return store_mdb_err(rc, "get", why);
	found = store_mdb_bytes(&v);
	e = store_guard_row(txn, t.id, key, &found, why);
	if (e == ERR_OK)
		*value = found;
	return e;
}

enum err
store_peek(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes *value, struct err_why *why)
{
	MDB_val k = store_mdb_val(key);
	MDB_val v;
	int rc = find(txn, t.id, &k, &v);

	if (rc != 0 || v.mv_size < STORE_SUM_BYTES)
		return store_get(txn, t, key, value, why);
	*value = store_mdb_bytes(&v);
	value->len -= STORE_SUM_BYTES;
	return ERR_OK;
}

/* One cursor per table and write transaction: keys mostly come in order. */
static enum err
put(struct store_txn *txn, struct store_table t, struct store_row row,
    enum store_row_kind kind, struct err_why *why)
{
	const unsigned flags = kind == STORE_ROW_APPEND ? MDB_APPEND : 0;
	MDB_val k = store_mdb_val(row.key);
	MDB_val v = {.mv_size = row.value.len + STORE_SUM_BYTES};
	struct store_row_mark mark;
	MDB_cursor *c = NULL;
	uint8_t *to;
	uint64_t sum;
	enum err e;
	int rc;

	assert(txn->writing);
	if (row.key.len == 0 || row.key.len > STORE_KEY_MAX)
		return err_fail(
		    why, ERR_LIMIT, "key of %zu bytes", row.key.len);
	mark = store_sync_row(txn, kind, t, row);
	rc = own_cursor(txn, t.id, &c);
	/* Before the value moves: it may be a row's own. */
	sum = store_sum(txn->store->guard.sum[t.id], row.key, row.value);
	if (kind == STORE_ROW_HOLE)
		sum = ~sum;
	if (rc == 0)
		rc = mdb_cursor_put(c, &k, &v, flags | MDB_RESERVE);
	if (rc == 0) {
		to = v.mv_data;
		if (row.value.len > 0)
			memmove(to, row.value.ptr, row.value.len);
		store_sum_put(to + row.value.len, sum);
		return ERR_OK;
	}
	e = store_mdb_err(rc, "put", why);
	store_sync_unrow(txn, mark);
	if (rc != MDB_KEYEXIST)
		txn->bad = e;
	return e;
}

enum err
store_put(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes value, struct err_why *why)
{
	return put(txn, t, (struct store_row){key, value}, STORE_ROW_PUT, why);
}

enum err
store_append(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes value, struct err_why *why)
{
	return put(
	    txn, t, (struct store_row){key, value}, STORE_ROW_APPEND, why);
}

enum err
store_hole(struct store_txn *txn, struct store_table t, struct bytes key,
    struct err_why *why)
{
	return put(txn, t, (struct store_row){.key = key}, STORE_ROW_HOLE, why);
}

bool
store_is_hole(struct store_txn *txn, struct store_table t, struct bytes key)
{
	MDB_val k = store_mdb_val(key);
	MDB_val v;

	return mdb_get(txn->mdb, t.id, &k, &v) == 0 &&
	    store_guard_hole(
	        txn->store->guard.sum[t.id], key, store_mdb_bytes(&v));
}

uint64_t
store_rows(struct store_txn *txn, struct store_table t)
{
	MDB_stat st;

	return mdb_stat(txn->mdb, t.id, &st) == 0 ? st.ms_entries : 0;
}

enum err
store_del(struct store_txn *txn, struct store_table t, struct bytes key,
    struct err_why *why)
{
	MDB_val k = store_mdb_val(key);
	struct store_row_mark mark;
	enum err e;
	int rc;

	if (key.len == 0 || key.len > STORE_KEY_MAX)
		return err_fail(why, ERR_LIMIT, "key of %zu bytes", key.len);
	mark = store_sync_row(
	    txn, STORE_ROW_DEL, t, (struct store_row){.key = key});
	rc = mdb_del(txn->mdb, t.id, &k, NULL);
	if (rc == 0)
		return ERR_OK;
	store_sync_unrow(txn, mark);
	e = rc == MDB_NOTFOUND ? absent(txn, t.id, key, why)
	                       : store_mdb_err(rc, "delete", why);
	if (e != ERR_NOT_FOUND)
		txn->bad = e;
	return e;
}

enum err
store_drop(struct store_txn *txn, struct store_table t, struct err_why *why)
{
	enum err e;

	(void)store_sync_row(txn, STORE_ROW_DROP, t, (struct store_row){0});
	e = store_mdb_err(mdb_drop(txn->mdb, t.id, 0), "empty", why);
	if (e != ERR_OK)
		txn->bad = e;
	return e;
}

enum err
store_cursor(struct store_txn *txn, struct store_table t,
    struct store_cursor **out, struct err_why *why)
{
	MDB_cursor *mdb;
	enum err e = store_guard_partial(txn, t.id, why);

	if (e != ERR_OK)
		return e;
	e = store_mdb_err(
	    mdb_cursor_open(txn->mdb, t.id, &mdb), "open cursor", why);
	if (e != ERR_OK)
		return e;
	*out = mem_alloc(1, sizeof(**out));
	(*out)->mdb = mdb;
	(*out)->txn = txn;
	(*out)->table = t.id;
	return ERR_OK;
}

void
store_cursor_close(struct store_cursor *c)
{
	if (c == NULL)
		return;
	mdb_cursor_close(c->mdb);
	free(c);
}

void
store_cursor_summed(struct store_cursor *c)
{
	const uint64_t moment = store_moment(c->txn);

	c->summed = moment != 0 && moment == c->txn->store->guard.summed;
}

/* `way`: 1 forward, -1 backward, 0 from elsewhere. */
static enum err
step(struct store_cursor *c, MDB_cursor_op op, int way, struct store_row *row)
{
	MDB_val k = store_mdb_val(row->key);
	struct store_row found;
	const uint8_t *page;
	enum err e;
	MDB_val v;

	e = store_mdb_err(mdb_cursor_get(c->mdb, &k, &v, op), "", NULL);
	if (e != ERR_OK)
		return e;
	found.key = store_mdb_bytes(&k);
	found.value = store_mdb_bytes(&v);
	page = page_of(c->txn, found.key);
	/* Within a page the order was checked with it. */
	if (page != c->page) {
		e = check_page(c->txn, c->table, page, found.key, NULL);
		if (e == ERR_OK && way != 0 && c->page != NULL &&
		    store_page_order(found.key, c->key, false) * way <= 0)
			e = store_guard_damaged(c->txn, c->table, found.key,
			    ZH("keys around it are out of order"), NULL);
	}
	if (e == ERR_OK && c->summed && found.value.len >= STORE_SUM_BYTES)
		found.value.len -= STORE_SUM_BYTES;
	else if (e == ERR_OK)
		e = store_guard_row(
		    c->txn, c->table, found.key, &found.value, NULL);
	c->page = page;
	c->key = found.key;
	*row = found;
	return e;
}

enum err
store_seek(struct store_cursor *c, struct bytes key, struct store_row *row)
{
	row->key = key;
	return step(c, key.len == 0 ? MDB_FIRST : MDB_SET_RANGE, 0, row);
}

enum err
store_seek_before(
    struct store_cursor *c, struct bytes key, struct store_row *row)
{
	struct store_row at;
	enum err e = store_seek(c, key, &at);

	row->key = bytes_of(NULL, 0);
	/* Everything is smaller: the last one. */
	if (e == ERR_NOT_FOUND)
		return step(c, MDB_LAST, 0, row);
	if (e != ERR_OK)
		return e;
	return step(c, MDB_PREV, -1, row);
}

enum err
store_next(struct store_cursor *c, struct store_row *row)
{
	row->key = bytes_of(NULL, 0);
	return step(c, MDB_NEXT, 1, row);
}

enum err
store_prev(struct store_cursor *c, struct store_row *row)
{
	row->key = bytes_of(NULL, 0);
	return step(c, MDB_PREV, -1, row);
}

bool
store_writing(const struct store_txn *txn)
{
	return txn->writing;
}

uint64_t
store_moment(const struct store_txn *txn)
{
	return txn->writing
	    ? 0
	    : txn->store->serial << MOMENT_BITS | mdb_txn_id(txn->mdb);
}

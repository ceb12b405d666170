/* store_row.c - rows and cursors of a store's tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "ledger/store_mdb.h"
#include "proto/mem.h"

struct store_cursor {
	MDB_cursor *mdb;
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

enum err
store_get(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes *value, struct err_why *why)
{
	MDB_val k = store_mdb_val(key);
	MDB_val v;
	int rc = mdb_get(txn->mdb, t.id, &k, &v);

	if (rc == MDB_NOTFOUND)
		return err_fail(why, ERR_NOT_FOUND, "no such row");
	if (rc != 0)
		return store_mdb_err(rc, "get", why);
	*value = store_mdb_bytes(&v);
	return ERR_OK;
}

/* One cursor per table and write transaction: keys mostly come in order. */
static enum err
put(struct store_txn *txn, struct store_table t, struct store_row row,
    unsigned flags, struct err_why *why)
{
	MDB_val k = store_mdb_val(row.key);
	MDB_val v = store_mdb_val(row.value);
	struct store_row_mark mark;
	enum err e;
	int rc = 0;

	assert(txn->writing && t.id < TABLE_IDS);
	if (row.key.len == 0 || row.key.len > STORE_KEY_MAX)
		return err_fail(
		    why, ERR_LIMIT, "key of %zu bytes", row.key.len);
	mark = store_sync_row(txn,
	    flags == MDB_APPEND ? STORE_ROW_APPEND : STORE_ROW_PUT, t, row);
	if (txn->cursor[t.id] == NULL)
		rc = mdb_cursor_open(txn->mdb, t.id, &txn->cursor[t.id]);
	if (rc == 0)
		rc = mdb_cursor_put(txn->cursor[t.id], &k, &v, flags);
	if (rc == 0)
		return ERR_OK;
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
	return put(txn, t, (struct store_row){key, value}, 0, why);
}

enum err
store_append(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes value, struct err_why *why)
{
	return put(txn, t, (struct store_row){key, value}, MDB_APPEND, why);
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
	e = store_mdb_err(rc, "delete", why);
	if (rc != 0)
		store_sync_unrow(txn, mark);
	if (rc != 0 && rc != MDB_NOTFOUND)
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
	enum err e;

	e = store_mdb_err(
	    mdb_cursor_open(txn->mdb, t.id, &mdb), "open cursor", why);
	if (e != ERR_OK)
		return e;
	*out = mem_alloc(1, sizeof(**out));
	(*out)->mdb = mdb;
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

static enum err
step(struct store_cursor *c, MDB_cursor_op op, struct bytes key,
    struct store_row *row)
{
	MDB_val k = store_mdb_val(key);
	MDB_val v;
	enum err e =
	    store_mdb_err(mdb_cursor_get(c->mdb, &k, &v, op), "", NULL);

	if (e != ERR_OK)
		return e;
	row->key = store_mdb_bytes(&k);
	row->value = store_mdb_bytes(&v);
	return ERR_OK;
}

enum err
store_seek(struct store_cursor *c, struct bytes key, struct store_row *row)
{
	if (key.len == 0)
		return step(c, MDB_FIRST, key, row);
	return step(c, MDB_SET_RANGE, key, row);
}

enum err
store_seek_before(
    struct store_cursor *c, struct bytes key, struct store_row *row)
{
	struct store_row at;
	enum err e = store_seek(c, key, &at);

	/* Everything is smaller: the last one. */
	if (e == ERR_NOT_FOUND)
		return step(c, MDB_LAST, bytes_of(NULL, 0), row);
	if (e != ERR_OK)
		return e;
	return step(c, MDB_PREV, bytes_of(NULL, 0), row);
}

enum err
store_next(struct store_cursor *c, struct store_row *row)
{
	return step(c, MDB_NEXT, bytes_of(NULL, 0), row);
}

enum err
store_prev(struct store_cursor *c, struct store_row *row)
{
	return step(c, MDB_PREV, bytes_of(NULL, 0), row);
}

bool
store_writing(const struct store_txn *txn)
{
	return txn->writing;
}

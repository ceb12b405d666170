/* store_upgrade.c - rows of schemas 1 and 2 get their sums. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_mdb.h"
#include "ledger/store_sum.h"
#include "proto/buf.h"

#define VALUE_MAX (1u << 20) /* no row of these schemas is longer */
#define GROW_TRIES 16
#define SCHEMA_SUMS 3

struct upgrade {
	struct store *store;
	char name[STORE_TABLES_MAX][STORE_NAME_MAX];
	struct store_table table[STORE_TABLES_MAX];
	size_t len;
	struct buf value;
};

enum err
store_upgrade_old(struct store *s, struct store_table meta, uint32_t *out,
    struct err_why *why)
{
	MDB_val k = store_mdb_val(bytes_str("schema"));
	struct buf_reader r = {.bad = false};
	struct store_txn *txn;
	uint32_t have;
	MDB_val v;
	enum err e = store_read(s, &txn, why);
	int rc;

	if (e != ERR_OK)
		return e;
	rc = mdb_get(txn->mdb, meta.id, &k, &v);
	if (rc == 0) {
		r.left = store_mdb_bytes(&v);
		have = buf_read_u32be(&r);
		if (buf_read_ok(&r) && have < SCHEMA_SUMS)
			*out = have;
	}
	store_abort(txn);
	return store_mdb_err(rc == MDB_NOTFOUND ? 0 : rc, "schema row", why);
}

/* Which tables there are, from LMDB's own list of them. */
static enum err
list_tables(struct upgrade *u, struct err_why *why)
{
	struct store_txn *txn;
	MDB_cursor *c = NULL;
	MDB_dbi all;
	MDB_val k;
	MDB_val v;
	enum err e = store_read(u->store, &txn, why);
	int rc;

	if (e != ERR_OK)
		return e;
	rc = mdb_dbi_open(txn->mdb, NULL, 0, &all);
	if (rc == 0)
		rc = mdb_cursor_open(txn->mdb, all, &c);
	if (rc == 0)
		rc = mdb_cursor_get(c, &k, &v, MDB_FIRST);
	for (; rc == 0; rc = mdb_cursor_get(c, &k, &v, MDB_NEXT)) {
		if (u->len == STORE_TABLES_MAX || k.mv_size >= STORE_NAME_MAX)
			rc = MDB_BAD_VALSIZE;
		if (rc != 0)
			break;
		memcpy(u->name[u->len], k.mv_data, k.mv_size);
		u->name[u->len++][k.mv_size] = '\0';
	}
	if (c != NULL)
		mdb_cursor_close(c);
	store_abort(txn);
	if (rc != MDB_NOTFOUND)
		return store_mdb_err(rc, "list tables", why);
	for (size_t i = 0; i < u->len && e == ERR_OK; i++)
		e = store_table(u->store, u->name[i], &u->table[i], why);
	return e;
}

/* A row that was replayed after a crash has its sum already. */
static enum err
sum_row(struct upgrade *u, struct store_txn *txn, struct store_table t,
    struct store_row row, struct err_why *why)
{
	struct bytes value = row.value;
	enum err e;

	if (store_guard_whole(u->store->guard.sum[t.id], row.key, &value))
		return ERR_OK;
	buf_reset(&u->value);
	buf_bytes(&u->value, row.value);
	e = buf_ok(&u->value, why);
	if (e != ERR_OK)
		return e;
	return store_put(txn, t, row.key, buf_view(&u->value), why);
}

static enum err
sum_table(struct upgrade *u, struct store_txn *txn, struct store_table t,
    struct err_why *why)
{
	uint8_t key[STORE_KEY_MAX];
	MDB_cursor *c = NULL;
	enum err e = ERR_OK;
	MDB_val k;
	MDB_val v;
	int rc = mdb_cursor_open(txn->mdb, t.id, &c);

	if (rc == 0)
		rc = mdb_cursor_get(c, &k, &v, MDB_FIRST);
	while (rc == 0 && e == ERR_OK) {
		/* The row moves when it grows: found again by its key. */
		memcpy(key, k.mv_data, k.mv_size);
		k.mv_data = key;
		e = sum_row(u, txn, t,
		    (struct store_row){
		        store_mdb_bytes(&k), store_mdb_bytes(&v)},
		    why);
		rc = mdb_cursor_get(c, &k, &v, MDB_SET);
		if (rc == 0)
			rc = mdb_cursor_get(c, &k, &v, MDB_NEXT);
	}
	if (c != NULL)
		mdb_cursor_close(c);
	if (e != ERR_OK || rc == MDB_NOTFOUND)
		return e;
	return store_mdb_err(rc, "give rows sums", why);
}

static enum err
upgrade(struct upgrade *u, struct store_table meta, struct err_why *why)
{
	static const uint8_t mine[4] = {0, 0, 0, SCHEMA_SUMS};
	struct store_txn *txn;
	enum err e = store_write(u->store, &txn, why);

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < u->len && e == ERR_OK; i++)
		e = sum_table(u, txn, u->table[i], why);
	if (e == ERR_OK)
		e = store_put(txn, meta, bytes_str("schema"),
		    bytes_of(mine, sizeof(mine)), why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

enum err
store_upgrade(struct store *s, struct store_table meta, struct err_why *why)
{
	struct upgrade u = {.store = s};
	enum err e = list_tables(&u, why);

	buf_init(&u.value, VALUE_MAX);
	if (e == ERR_OK)
		e = upgrade(&u, meta, why);
	for (int i = 0; i < GROW_TRIES && e == ERR_BUSY; i++) {
		e = store_grow(s, why);
		if (e == ERR_OK)
			e = upgrade(&u, meta, why);
	}
	buf_clear(&u.value);
	return e;
}

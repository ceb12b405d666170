/* store_guard.c - what tells damage of rows, and remembers it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "ledger/store_mdb.h"
#include "ledger/store_sum.h"
#include "proto/zh.h"

#define KEY_SHOWN 40 /* bytes of a key in a text */

const char *const store_guard_lost =
    ZH("it was lost and is still to be fetched");

void
store_guard_init(struct store_guard *g)
{
	pthread_mutex_init(&g->lock, NULL);
}

void
store_guard_clear(struct store_guard *g)
{
	pthread_mutex_destroy(&g->lock);
}

void
store_guard_pages(struct store_guard *g, MDB_env *env)
{
	const long system = sysconf(_SC_PAGESIZE);
	MDB_stat st;

	/* The map begins where a page of the system does. */
	if (mdb_env_stat(env, &st) == 0 && st.ms_psize <= (size_t)system)
		g->page_bytes = st.ms_psize;
}

void
store_guard_table(struct store_guard *g, uint32_t table, const char *name)
{
	g->sum[table] = store_sum_table(name);
}

uint64_t
store_damage(struct store *s, struct err_why *newest)
{
	struct store_guard *g = &s->guard;
	uint64_t n;

	pthread_mutex_lock(&g->lock);
	n = g->damaged;
	*newest = g->newest;
	pthread_mutex_unlock(&g->lock);
	return n;
}

enum err
store_guard_why(struct err_why *why, struct bytes key, const char *what)
{
	char hex[2 * KEY_SHOWN + 1] = "";
	size_t n = key.len < KEY_SHOWN ? key.len : KEY_SHOWN;

	for (size_t i = 0; i < n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", key.ptr[i]);
	(void)err_plain(why, ERR_CORRUPT, what);
	return err_wrap(why, ERR_CORRUPT, "row %s", hex);
}

enum err
store_guard_damaged(struct store_txn *txn, uint32_t table, struct bytes key,
    const char *what, struct err_why *why)
{
	struct store_guard *g = &txn->store->guard;
	struct err_why text;

	(void)store_guard_why(&text, key, what);
	(void)err_wrap(&text, ERR_CORRUPT, "%s", txn->store->names[table]);
	pthread_mutex_lock(&g->lock);
	g->damaged++;
	g->newest = text;
	pthread_mutex_unlock(&g->lock);
	if (why != NULL)
		*why = text;
	return ERR_CORRUPT;
}

bool
store_guard_whole(uint64_t table, struct bytes key, struct bytes *value)
{
	struct bytes v = *value;

	if (v.len < STORE_SUM_BYTES)
		return false;
	v.len -= STORE_SUM_BYTES;
	if (store_sum(table, key, v) != store_sum_get(v.ptr + v.len))
		return false;
	*value = v;
	return true;
}

bool
store_guard_hole(uint64_t table, struct bytes key, struct bytes value)
{
	return value.len == STORE_SUM_BYTES &&
	    store_sum_get(value.ptr) == store_sum_hole(table, key);
}

/* A hole is known since it was made: it is no new damage. */
static enum err
known_hole(struct store_txn *txn, uint32_t table, struct bytes key,
    struct err_why *why)
{
	(void)store_guard_why(why, key, store_guard_lost);
	return err_wrap(why, ERR_CORRUPT, "%s", txn->store->names[table]);
}

enum err
store_guard_row(struct store_txn *txn, uint32_t table, struct bytes key,
    struct bytes *value, struct err_why *why)
{
	const uint64_t sums = txn->store->guard.sum[table];

	if (store_guard_whole(sums, key, value))
		return ERR_OK;
	if (store_guard_hole(sums, key, *value))
		return known_hole(txn, table, key, why);
	return store_guard_damaged(
	    txn, table, key, ZH("its sum is wrong"), why);
}

/* ---- tables of which rows were lost ---- */

/* Key of the mark in table meta. */
struct mark_key {
	char b[8 + STORE_NAME_MAX];
};

static struct bytes
mark_key(struct mark_key *k, const char *table)
{
	(void)snprintf(k->b, sizeof(k->b), "lost:%s", table);
	return bytes_str(k->b);
}

enum err
store_distrust(
    struct store_txn *txn, const char *table, bool lost, struct err_why *why)
{
	struct mark_key k;
	const struct bytes key = mark_key(&k, table);
	enum err e;

	if (lost)
		return store_put(
		    txn, txn->store->meta, key, bytes_str("1"), why);
	e = store_del(txn, txn->store->meta, key, why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void
store_guard_marked(struct store *s, MDB_txn *txn, uint32_t table)
{
	struct mark_key k;
	MDB_val key;
	MDB_val v;

	if (s->meta.id == 0)
		return;
	key = store_mdb_val(mark_key(&k, s->names[table]));
	s->guard.partial[table] = mdb_get(txn, s->meta.id, &key, &v) == 0;
}

void
store_trust(struct store *s)
{
	memset(s->guard.partial, 0, sizeof(s->guard.partial));
}

unsigned
store_distrusted(const struct store *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < TABLE_IDS; i++)
		n += s->guard.partial[i];
	return n;
}

enum err
store_guard_partial(struct store_txn *txn, uint32_t table, struct err_why *why)
{
	if (!txn->store->guard.partial[table])
		return ERR_OK;
	return err_fail(why, ERR_CORRUPT,
	    "%s: rows of it were lost: lianfang repair --status",
	    txn->store->names[table]);
}

enum err
store_guard_said(struct store_txn *txn, struct err_why *why)
{
	struct store_guard *g = &txn->store->guard;

	pthread_mutex_lock(&g->lock);
	if (why != NULL)
		*why = g->newest;
	pthread_mutex_unlock(&g->lock);
	return ERR_CORRUPT;
}

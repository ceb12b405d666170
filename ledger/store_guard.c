/* store_guard.c - what tells damage of rows, and remembers it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "ledger/store_mdb.h"
#include "ledger/store_sum.h"
#include "proto/zh.h"

#define KEY_SHOWN 40 /* bytes of a key in a text */

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

enum err
store_guard_row(struct store_txn *txn, uint32_t table, struct bytes key,
    struct bytes *value, struct err_why *why)
{
	if (store_guard_whole(txn->store->guard.sum[table], key, value))
		return ERR_OK;
	return store_guard_damaged(
	    txn, table, key, ZH("its sum is wrong"), why);
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

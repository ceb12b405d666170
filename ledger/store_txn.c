/* store_txn.c - transactions of a store. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "ledger/store_later.h"
#include "ledger/store_mdb.h"
#include "proto/mem.h"

#define POOL_MAX 64
#define RESIZE_WAIT_S 30
/* How often a write looks for readers that died without saying so. */
#define REAP_EVERY 256

/* A reader slot once taken is kept: renewing costs no lock in LMDB. */
static struct store_txn *
pool_take(struct store *s)
{
	struct store_txn *t;

	pthread_mutex_lock(&s->lock);
	t = s->pool;
	if (t != NULL) {
		s->pool = t->next;
		s->pool_len--;
	}
	pthread_mutex_unlock(&s->lock);
	return t;
}

static bool
pool_give(struct store *s, struct store_txn *t)
{
	bool taken = false;

	pthread_mutex_lock(&s->lock);
	if (s->pool_len < POOL_MAX) {
		t->next = s->pool;
		s->pool = t;
		s->pool_len++;
		taken = true;
	}
	pthread_mutex_unlock(&s->lock);
	return taken;
}

static int
begin(struct store *s, struct store_txn *t)
{
	if (t->mdb != NULL)
		return mdb_txn_renew(t->mdb);
	return mdb_txn_begin(
	    s->env, NULL, t->writing ? 0 : MDB_RDONLY, &t->mdb);
}

static enum err
enter(struct store *s, struct store_txn *t, struct err_why *why)
{
	int rc;
	enum err e;

	t->store = s;
	gate_enter(&s->gate);
	rc = begin(s, t);
	/* The process that writes made the file larger than our map. */
	for (int i = 0; rc == MDB_MAP_RESIZED && s->read_only && i < 3; i++) {
		if (t->mdb != NULL) {
			mdb_txn_abort(t->mdb);
			t->mdb = NULL;
		}
		gate_leave(&s->gate);
		e = store_resize(s, 0, RESIZE_WAIT_S, why);
		gate_enter(&s->gate);
		if (e != ERR_OK) {
			gate_leave(&s->gate);
			return e;
		}
		rc = begin(s, t);
	}
	if (rc == 0)
		return ERR_OK;
	gate_leave(&s->gate);
	return store_mdb_err(rc, "begin transaction", why);
}

enum err
store_read(struct store *s, struct store_txn **out, struct err_why *why)
{
	struct store_txn *t = pool_take(s);
	enum err e;

	if (t == NULL)
		t = mem_alloc(1, sizeof(*t));
	e = enter(s, t, why);
	if (e != ERR_OK) {
		mdb_txn_abort(t->mdb);
		free(t);
		return e;
	}
	*out = t;
	return ERR_OK;
}

/* Growing early, while nobody reads, spares a batch done twice. */
static void
grow_early(struct store *s)
{
	MDB_envinfo info;

	mdb_env_info(s->env, &info);
	if (store_used(s) < info.me_mapsize / 4 * 3 ||
	    info.me_mapsize >= STORE_MAP_LARGEST)
		return;
	/* If it fails, the write finds the map full and says so. */
	if (store_resize(s, info.me_mapsize * 2, 0, NULL) != ERR_OK)
		return;
}

enum err
store_write(struct store *s, struct store_txn **out, struct err_why *why)
{
	struct store_txn *t;
	enum err e;

	if (s->read_only)
		return err_fail(why, ERR_REFUSED, "store is read-only");
	pthread_mutex_lock(&s->writer);
	if (store_failed(s)) {
		pthread_mutex_unlock(&s->writer);
		return err_fail(why, ERR_IO,
		    "an earlier commit failed: restart the process");
	}
	grow_early(s);
	t = mem_alloc(1, sizeof(*t));
	t->writing = true;
	store_sync_begin(s);
	e = enter(s, t, why);
	if (e != ERR_OK) {
		free(t);
		pthread_mutex_unlock(&s->writer);
		return e;
	}
	s->writes++;
	if (s->writes % REAP_EVERY == 0)
		(void)mdb_reader_check(s->env, NULL);
	*out = t;
	return ERR_OK;
}

static void
run_after(struct store *s, bool committed)
{
	for (size_t i = 0; i < s->hooks_len; i++) {
		if (s->hooks[i].after != NULL)
			s->hooks[i].after(s->hooks[i].arg, committed);
	}
}

void
store_abort(struct store_txn *txn)
{
	struct store *s;

	if (txn == NULL)
		return;
	s = txn->store;
	if (txn->writing) {
		mdb_txn_abort(txn->mdb);
		free(txn);
		run_after(s, false);
		gate_leave(&s->gate);
		pthread_mutex_unlock(&s->writer);
		return;
	}
	mdb_txn_reset(txn->mdb);
	if (!pool_give(s, txn)) {
		mdb_txn_abort(txn->mdb);
		free(txn);
	}
	gate_leave(&s->gate);
}

enum err
store_commit(struct store_txn *txn, struct err_why *why)
{
	struct store *s = txn->store;
	enum err e = txn->bad;

	assert(txn->writing);
	if (e != ERR_OK)
		(void)err_fail(why, e, "commit: a write in it failed");
	for (size_t i = 0; e == ERR_OK && i < s->hooks_len; i++) {
		if (s->hooks[i].before != NULL)
			e = s->hooks[i].before(s->hooks[i].arg, txn, why);
	}
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	e = store_sync_commit(txn, why);
	free(txn);
	run_after(s, e == ERR_OK);
	gate_leave(&s->gate);
	pthread_mutex_unlock(&s->writer);
	return e;
}

enum err
store_commit_later(struct store_txn *txn, struct err_why *why)
{
	txn->later = true;
	return store_commit(txn, why);
}

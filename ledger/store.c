/* store.c - the only file that knows LMDB. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/gate.h"
#include "ledger/store_mdb.h"
#include "proto/mem.h"

#define SCHEMA_VERSION 1
#define MAP_START ((size_t)64 << 20)
#define MAP_LARGEST ((size_t)1 << 42)
#define READERS_MAX 512
#define POOL_MAX 64
#define GROW_WAIT_S 30
/* How often a write looks for readers that died without saying so. */
#define REAP_EVERY 256

/*
 * Invariants: 1. the map is resized only while the gate is closed.
 * 2. after failed no write transaction begins.
 */
struct store {
	MDB_env *env;
	char *dir;
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
	dev_t dev;
	ino_t ino;
	struct store *next_open;
};

/* Opening one path twice in a process breaks LMDB's locking. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store *open_list;

/* size 0: take over what another process has made of it. */
static enum err
resize(struct store *s, size_t size, struct err_why *why)
{
	enum err e;

	if (!gate_close(&s->gate, GROW_WAIT_S))
		return err_fail(
		    why, ERR_TIMEOUT, "resize map: a transaction stays open");
	e = store_mdb_err(mdb_env_set_mapsize(s->env, size), "resize map", why);
	gate_open(&s->gate);
	return e;
}

enum err
store_grow(struct store *s, struct err_why *why)
{
	MDB_envinfo info;

	mdb_env_info(s->env, &info);
	if (info.me_mapsize >= MAP_LARGEST)
		return err_fail(why, ERR_FULL, "store has its largest size");
	return resize(s, info.me_mapsize * 2, why);
}

/* ---- open and close ---- */

static enum err
register_open(struct store *s, struct err_why *why)
{
	struct stat st;
	enum err e = ERR_OK;

	if (stat(s->dir, &st) != 0)
		return store_mdb_err(errno, s->dir, why);
	pthread_mutex_lock(&open_lock);
	for (struct store *o = open_list; o != NULL; o = o->next_open) {
		if (o->dev == st.st_dev && o->ino == st.st_ino)
			e = ERR_CONFLICT;
	}
	if (e == ERR_OK) {
		s->dev = st.st_dev;
		s->ino = st.st_ino;
		s->next_open = open_list;
		open_list = s;
	}
	pthread_mutex_unlock(&open_lock);
	if (e != ERR_OK)
		return err_fail(why, e, "%s is open already", s->dir);
	return e;
}

static void
unregister_open(struct store *s)
{
	pthread_mutex_lock(&open_lock);
	for (struct store **at = &open_list; *at != NULL;
	     at = &(*at)->next_open) {
		if (*at == s) {
			*at = s->next_open;
			break;
		}
	}
	pthread_mutex_unlock(&open_lock);
}

static enum err
open_env(struct store *s, struct err_why *why)
{
	unsigned flags = MDB_NOTLS | (s->read_only ? MDB_RDONLY : 0);
	MDB_envinfo info;
	enum err e;
	int rc;

	rc = mdb_env_create(&s->env);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(s->env, STORE_TABLES_MAX + 1);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(s->env, READERS_MAX);
	if (rc == 0)
		rc = mdb_env_open(s->env, s->dir, flags, 0600);
	e = store_mdb_err(rc, s->dir, why);
	if (e != ERR_OK)
		return e;
	/* A reader killed earlier would make the file grow without bound. */
	e = store_mdb_err(mdb_reader_check(s->env, NULL), "check readers", why);
	if (e != ERR_OK || s->read_only)
		return e;
	mdb_env_info(s->env, &info);
	if (info.me_mapsize >= MAP_START)
		return ERR_OK;
	return store_mdb_err(
	    mdb_env_set_mapsize(s->env, MAP_START), "set map size", why);
}

static enum err
check_schema(struct store *s, struct err_why *why)
{
	static const uint8_t mine[4] = {0, 0, 0, SCHEMA_VERSION};
	struct bytes key = bytes_str("schema");
	struct store_table meta;
	struct store_txn *txn = NULL;
	struct bytes have;
	enum err e;

	e = store_table(s, "meta", &meta, why);
	if (e != ERR_OK)
		goto out;
	e = store_read(s, &txn, why);
	if (e != ERR_OK)
		goto out;
	e = store_get(txn, meta, key, &have, why);
	if (e == ERR_OK) {
		if (have.len != sizeof(mine))
			e = err_fail(why, ERR_CORRUPT, "schema row");
		else if (memcmp(have.ptr, mine, sizeof(mine)) > 0)
			e = err_fail(why, ERR_UNSUPPORTED,
			    "%s was written by a newer version", s->dir);
		goto out;
	}
	if (e != ERR_NOT_FOUND || s->read_only)
		goto out;
	store_abort(txn);
	txn = NULL;
	e = store_write(s, &txn, why);
	if (e != ERR_OK)
		goto out;
	e = store_put(txn, meta, key, bytes_of(mine, sizeof(mine)), why);
	if (e != ERR_OK)
		goto out;
	e = store_commit(txn, why);
	txn = NULL;
out:
	store_abort(txn);
	return e;
}

enum err
store_open(
    struct store **out, const char *dir, unsigned flags, struct err_why *why)
{
	struct store *s = mem_alloc(1, sizeof(*s));
	enum err e;

	s->dir = mem_strdup(dir);
	s->read_only = (flags & STORE_READ_ONLY) != 0;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->writer, NULL);
	gate_init(&s->gate);
	if ((flags & STORE_CREATE) != 0 && mkdir(dir, 0700) != 0 &&
	    errno != EEXIST) {
		e = store_mdb_err(errno, dir, why);
		goto out;
	}
	e = register_open(s, why);
	if (e != ERR_OK)
		goto out;
	e = open_env(s, why);
	if (e != ERR_OK)
		goto out;
	e = check_schema(s, why);
	if (e != ERR_OK)
		goto out;
	*out = s;
	s = NULL;
out:
	store_close(s);
	return e;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	while (s->pool != NULL) {
		struct store_txn *t = s->pool;

		s->pool = t->next;
		mdb_txn_abort(t->mdb);
		free(t);
	}
	if (s->env != NULL)
		mdb_env_close(s->env);
	unregister_open(s);
	pthread_mutex_destroy(&s->lock);
	gate_clear(&s->gate);
	pthread_mutex_destroy(&s->writer);
	free(s->dir);
	free(s);
}

enum err
store_table(struct store *s, const char *name, struct store_table *out,
    struct err_why *why)
{
	MDB_txn *txn = NULL;
	MDB_dbi dbi;
	int rc;
	enum err e;

	gate_enter(&s->gate);
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (rc == 0)
		rc = mdb_dbi_open(txn, name, 0, &dbi);
	if (rc == MDB_NOTFOUND && !s->read_only) {
		mdb_txn_abort(txn);
		txn = NULL;
		rc = mdb_txn_begin(s->env, NULL, 0, &txn);
		if (rc == 0)
			rc = mdb_dbi_open(txn, name, MDB_CREATE, &dbi);
	}
	if (rc == 0) {
		rc = mdb_txn_commit(txn);
		txn = NULL;
	}
	e = store_mdb_err(rc, name, why);
	mdb_txn_abort(txn);
	gate_leave(&s->gate);
	if (e != ERR_OK)
		return e;
	assert(dbi < TABLE_IDS);
	out->id = dbi;
	return ERR_OK;
}

/* ---- transactions ---- */

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
	/* Another process made the file larger than our map. */
	for (int i = 0; rc == MDB_MAP_RESIZED && i < 3; i++) {
		if (t->mdb != NULL) {
			mdb_txn_abort(t->mdb);
			t->mdb = NULL;
		}
		gate_leave(&s->gate);
		e = resize(s, 0, why);
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
	    info.me_mapsize >= MAP_LARGEST)
		return;
	if (!gate_close(&s->gate, 0))
		return;
	/* If it fails, the write finds the map full and says so. */
	(void)mdb_env_set_mapsize(s->env, info.me_mapsize * 2);
	gate_open(&s->gate);
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
	int rc;

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
	rc = mdb_txn_commit(txn->mdb);
	free(txn);
	if (rc != 0 && rc != MDB_MAP_FULL) {
		/* What the disk holds now is unknown, and a next commit would
		 * go on as if nothing had happened. */
		pthread_mutex_lock(&s->lock);
		s->failed = true;
		pthread_mutex_unlock(&s->lock);
		e = err_fail(why, ERR_IO, "commit: %s", mdb_strerror(rc));
	} else {
		e = store_mdb_err(rc, "commit", why);
	}
	run_after(s, e == ERR_OK);
	gate_leave(&s->gate);
	pthread_mutex_unlock(&s->writer);
	return e;
}

bool
store_read_only(const struct store *s)
{
	return s->read_only;
}

bool
store_failed(struct store *s)
{
	bool failed;

	pthread_mutex_lock(&s->lock);
	failed = s->failed;
	pthread_mutex_unlock(&s->lock);
	return failed;
}

void
store_hook(struct store *s, const struct store_hook *h)
{
	assert(s->hooks_len < STORE_HOOKS_MAX);
	s->hooks[s->hooks_len++] = *h;
}

void
store_unhook(struct store *s, const void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->hooks_len; i++) {
		if (s->hooks[i].arg != arg)
			s->hooks[kept++] = s->hooks[i];
	}
	s->hooks_len = kept;
}

/* ---- the whole ---- */

/* mdb_env_copy does not sync what it wrote. */
static enum err
sync_path(const char *path, int flags, struct err_why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	enum err e = ERR_OK;

	if (fd < 0 || fsync(fd) != 0)
		e = store_mdb_err(errno, path, why);
	if (fd >= 0)
		close(fd);
	return e;
}

enum err
store_copy(struct store *s, const char *to, struct err_why *why)
{
	char path[4096];
	enum err e;
	int n;

	n = snprintf(path, sizeof(path), "%s/data.mdb", to);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_fail(why, ERR_LIMIT, "path too long");
	/* Compact: free pages may hold what was erased. */
	gate_enter(&s->gate);
	e = store_mdb_err(
	    mdb_env_copy2(s->env, to, MDB_CP_COMPACT), "copy", why);
	gate_leave(&s->gate);
	if (e != ERR_OK)
		return e;
	e = sync_path(path, 0, why);
	if (e != ERR_OK)
		return e;
	return sync_path(to, O_DIRECTORY, why);
}

uint64_t
store_used(struct store *s)
{
	MDB_envinfo info;
	MDB_stat st;

	mdb_env_info(s->env, &info);
	mdb_env_stat(s->env, &st);
	return ((uint64_t)info.me_last_pgno + 1) * st.ms_psize;
}

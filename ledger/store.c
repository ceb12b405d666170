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

#include "ledger/store_mdb.h"
#include "ledger/store_page.h"
#include "ledger/store_walk.h"
#include "proto/mem.h"

/* 2: with a redo journal, without which data.mdb may be incomplete; 3: rows
 * with sums. */
#define SCHEMA_VERSION 3
#define SCHEMA_JOURNALED 2
#define MAP_START ((size_t)64 << 20)
#define READERS_MAX 512
#define GROW_WAIT_S 30

/* Opening one path twice in a process breaks LMDB's locking. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store *open_list;

void
store_fail(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->failed = true;
	pthread_mutex_unlock(&s->lock);
	store_lock_mark(s, true);
}

enum err
store_resize(struct store *s, size_t size, unsigned wait_s, struct err_why *why)
{
	enum err e = ERR_OK;

	if (!gate_close(&s->gate, wait_s))
		return err_fail(
		    why, ERR_TIMEOUT, "resize map: a transaction stays open");
	/* LMDB forbids it while even our own reader holds the base. */
	if (!s->read_only)
		e = store_sync_settle(s, why);
	if (e == ERR_OK)
		e = store_mdb_err(
		    mdb_env_set_mapsize(s->env, size), "resize map", why);
	gate_open(&s->gate);
	return e;
}

enum err
store_grow(struct store *s, struct err_why *why)
{
	MDB_envinfo info;
	enum err e;

	pthread_mutex_lock(&s->writer);
	mdb_env_info(s->env, &info);
	if (store_failed(s))
		e = err_fail(why, ERR_IO,
		    "an earlier commit failed: restart the process");
	else if (info.me_mapsize >= STORE_MAP_LARGEST)
		e = err_fail(why, ERR_FULL, "store has its largest size");
	else
		e = store_resize(s, info.me_mapsize * 2, GROW_WAIT_S, why);
	pthread_mutex_unlock(&s->writer);
	return e;
}

/* ---- open and close ---- */

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

enum err
store_open_env(struct store *s, size_t size, struct err_why *why)
{
	unsigned flags = MDB_NOTLS | (s->read_only ? MDB_RDONLY : 0);
	MDB_envinfo info;
	enum err e;
	int rc;

	e = store_page_metas(s->dir, why);
	if (e != ERR_OK)
		return e;
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
	store_guard_pages(&s->guard, s->env);
	/* A reader killed earlier would make the file grow without bound. */
	e = store_mdb_err(mdb_reader_check(s->env, NULL), "check readers", why);
	if (e != ERR_OK || s->read_only)
		return e;
	if (size < MAP_START)
		size = MAP_START;
	mdb_env_info(s->env, &info);
	if (info.me_mapsize >= size)
		return ERR_OK;
	return store_mdb_err(
	    mdb_env_set_mapsize(s->env, size), "set map size", why);
}

/* ERR_NOT_FOUND: a new store; out: its number. */
static enum err
read_schema(struct store *s, struct store_table meta, uint32_t *out,
    struct err_why *why)
{
	struct store_txn *txn;
	struct buf_reader r;
	enum err e;

	e = store_read(s, &txn, why);
	if (e != ERR_OK)
		return e;
	e = store_get(txn, meta, bytes_str("schema"), &r.left, why);
	if (e == ERR_OK) {
		r.bad = false;
		*out = buf_read_u32be(&r);
		if (!buf_read_ok(&r))
			e = err_fail(why, ERR_CORRUPT, "schema row");
	}
	store_abort(txn);
	return e;
}

static enum err
write_schema(struct store *s, struct store_table meta, struct err_why *why)
{
	static const uint8_t mine[4] = {0, 0, 0, SCHEMA_VERSION};
	struct store_txn *txn;
	enum err e;

	e = store_write(s, &txn, why);
	if (e != ERR_OK)
		return e;
	e = store_put(
	    txn, meta, bytes_str("schema"), bytes_of(mine, sizeof(mine)), why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

static enum err
check_schema(struct store *s, struct err_why *why)
{
	struct store_table meta;
	uint32_t have = 0;
	bool old;
	enum err e;

	e = store_table(s, "meta", &meta, why);
	if (e != ERR_OK) /* an audit has several stores open */
		return err_wrap(why, e, "%s", s->dir);
	s->meta = meta;
	e = store_upgrade_old(s, meta, &have, why);
	if (e != ERR_OK)
		return e;
	old = have != 0;
	if (!old)
		e = read_schema(s, meta, &have, why);
	if (e == ERR_OK && have > SCHEMA_VERSION)
		return err_fail(why, ERR_UNSUPPORTED,
		    "%s was written by a newer version: install "
		    "that version to open it",
		    s->dir);
	if (e == ERR_OK && have >= SCHEMA_JOURNALED && !s->journaled)
		return err_fail(why, ERR_CORRUPT,
		    "%s has no valid redo.0 or redo.1: copy them with data.mdb "
		    "or restore a backup",
		    s->dir);
	if (e != ERR_OK && (e != ERR_NOT_FOUND || s->read_only))
		return e;
	if (s->read_only && old)
		return err_fail(why, ERR_UNSUPPORTED,
		    "%s is of an older version: start the node once", s->dir);
	if (s->read_only)
		return ERR_OK;
	e = store_sync_start(s, why);
	if (e == ERR_OK && old)
		return store_upgrade(s, meta, why);
	if (e == ERR_OK && have != SCHEMA_VERSION)
		e = write_schema(s, meta, why);
	return e;
}

/* LMDB syncs its file, not the file's name: a power loss could take both. */
static enum err
sync_names(const struct store *s, struct err_why *why)
{
	char above[4096];
	enum err e = sync_path(s->dir, O_DIRECTORY, why);
	int n = snprintf(above, sizeof(above), "%s/..", s->dir);

	if (e != ERR_OK)
		return e;
	if (n < 0 || (size_t)n >= sizeof(above))
		return err_fail(why, ERR_LIMIT, "path too long");
	return sync_path(above, O_DIRECTORY, why);
}

enum err
store_open(
    struct store **out, const char *dir, unsigned flags, struct err_why *why)
{
	static _Atomic uint64_t opened;
	struct store *s = mem_alloc(1, sizeof(*s));
	enum err e;

	s->serial = ++opened;
	s->dir = mem_strdup(dir);
	s->read_only = (flags & STORE_READ_ONLY) != 0;
	s->lock_fd = -1;
	s->sync.data = s->sync.early = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->writer, NULL);
	pthread_mutex_init(&s->sync.lock, NULL);
	store_guard_init(&s->guard);
	gate_init(&s->gate);
	if ((flags & STORE_CREATE) != 0 && mkdir(dir, 0700) != 0 &&
	    errno != EEXIST) {
		e = store_mdb_err(errno, dir, why);
		goto out;
	}
	if (s->read_only) {
		e = store_recover_before(s, flags & STORE_UNCHECKED, why);
		if (e != ERR_OK)
			goto out;
	}
	e = register_open(s, why);
	if (e != ERR_OK)
		goto out;
	e = s->read_only ? store_open_env(s, 0, why)
	                 : store_recover_open(s, why);
	if (e != ERR_OK)
		goto out;
	if ((flags & STORE_UNCHECKED) == 0) {
		e = store_walk_opening(s, dir, why);
		if (e != ERR_OK)
			goto out;
	}
	e = check_schema(s, why);
	if (e == ERR_OK && (flags & STORE_CREATE) != 0)
		e = sync_names(s, why);
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
	store_sync_stop(s);
	if (s->env != NULL)
		mdb_env_close(s->env);
	store_lock_drop(s);
	unregister_open(s);
	pthread_mutex_destroy(&s->sync.lock);
	store_guard_clear(&s->guard);
	pthread_mutex_destroy(&s->lock);
	gate_clear(&s->gate);
	pthread_mutex_destroy(&s->writer);
	for (size_t i = 0; i < TABLE_IDS; i++)
		free(s->names[i]);
	free(s->dir);
	free(s);
}

/* A new table is durable by itself: it has no frame.  Only the writer settles:
 * the thread may begin a turn at any time else. */
static int
create_table(struct store *s, const char *name, MDB_dbi *dbi, enum err *e,
    struct err_why *why)
{
	MDB_txn *txn = NULL;
	int rc = 0;

	pthread_mutex_lock(&s->writer);
	gate_enter(&s->gate);
	*e = store_sync_settle(s, why);
	if (*e == ERR_OK) {
		rc = mdb_txn_begin(s->env, NULL, 0, &txn);
		if (rc == 0)
			rc = mdb_dbi_open(txn, name, MDB_CREATE, dbi);
		if (rc == 0)
			rc = mdb_txn_commit(txn);
		else
			mdb_txn_abort(txn);
	}
	gate_leave(&s->gate);
	pthread_mutex_unlock(&s->writer);
	return rc;
}

enum err
store_table(struct store *s, const char *name, struct store_table *out,
    struct err_why *why)
{
	MDB_txn *txn = NULL;
	MDB_dbi dbi = 0;
	enum err e = ERR_OK;
	int rc;

	assert(strlen(name) <= UINT8_MAX);
	gate_enter(&s->gate);
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (rc == 0)
		rc = mdb_dbi_open(txn, name, 0, &dbi);
	if (rc == 0) {
		assert(dbi < TABLE_IDS);
		if (s->names[dbi] == NULL)
			s->names[dbi] = mem_strdup(name);
		store_guard_marked(s, txn, dbi);
		rc = mdb_txn_commit(txn);
		txn = NULL;
	}
	mdb_txn_abort(txn);
	gate_leave(&s->gate);
	if (rc == MDB_NOTFOUND && !s->read_only)
		rc = create_table(s, name, &dbi, &e, why);
	else if (rc == MDB_NOTFOUND)
		e = err_fail(why, ERR_NOT_FOUND,
		    "%s: no such table: an older version wrote this store; "
		    "start the node once",
		    name);
	if (e == ERR_OK)
		e = store_mdb_err(rc, name, why);
	if (e != ERR_OK)
		return e;
	assert(dbi < TABLE_IDS);
	if (s->names[dbi] == NULL)
		s->names[dbi] = mem_strdup(name);
	store_guard_table(&s->guard, dbi, name);
	out->id = dbi;
	return ERR_OK;
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
	/* mdb_env_copy2 does not sync what it wrote. */
	e = store_mdb_err(
	    mdb_env_copy2(s->env, to, MDB_CP_COMPACT), "copy", why);
	gate_leave(&s->gate);
	if (e != ERR_OK)
		return e;
	e = sync_path(path, 0, why);
	if (e == ERR_OK)
		e = store_recover_copied(to, why);
	if (e != ERR_OK)
		return e;
	return sync_path(to, O_DIRECTORY, why);
}

uint64_t
store_used(struct store *s)
{
	MDB_envinfo info;
	MDB_stat st;

	gate_enter(&s->gate);
	mdb_env_info(s->env, &info);
	mdb_env_stat(s->env, &st);
	gate_leave(&s->gate);
	return ((uint64_t)info.me_last_pgno + 1) * st.ms_psize;
}

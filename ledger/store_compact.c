/* store_compact.c - write a store anew without its free pages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ledger/store_mdb.h"
#include "ledger/store_space.h"
#include "ledger/store_sum.h"
#include "ledger/store_walk.h"
#include "proto/mem.h"

#define COPY "compact" /* below the store's directory */
#define SPARE_BYTES (UINT64_C(1) << 20) /* the copy's redo files and more */
#define POLL_NS 100000000

/* All rows of a store in order, as one number. */
struct rows {
	struct store_compact *c;
	const char *what; /* for progress */
	char table[STORE_NAME_MAX + 1];
	uint64_t sums; /* of that table */
	uint64_t all;
	uint64_t n;
};

static void
path_in(char out[static 4096], const char *dir, const char *name)
{
	(void)snprintf(out, 4096, "%.4000s/%s", dir, name);
}

static void
add_row(void *arg, const char *table, const struct store_row *row)
{
	struct rows *r = arg;

	if (strcmp(r->table, table) != 0) {
		(void)snprintf(r->table, sizeof(r->table), "%s", table);
		r->sums = store_sum_table(table);
	}
	r->all = (r->all << 1 | r->all >> 63) ^
	    store_sum(r->sums, row->key, row->value);
	r->all *= UINT64_C(0x9e3779b97f4a7c15);
	r->n++;
}

static void
walk_progress(void *arg, const struct store_walk_counts *counts)
{
	const struct rows *r = arg;

	if (r->c->progress != NULL)
		r->c->progress(r->c->arg, r->what, counts->seen, counts->pages);
}

/* Every page and every row's sum, and what all rows come to. */
static enum err
look_at(struct rows *r, struct store *s, struct err_why *why)
{
	const struct store_walk plan = {
	    .sums = true,
	    .arg = r,
	    .row = add_row,
	    .progress = walk_progress,
	};
	struct store_walk_counts counts;

	return store_walk(s, &plan, &counts, why);
}

static enum err
check_copy(struct store_compact *c, const char *copy, const struct rows *want,
    struct err_why *why)
{
	struct rows have = {.c = c, .what = "verify"};
	struct store *s = NULL;
	enum err e;

	e = store_open(&s, copy, STORE_READ_ONLY | STORE_UNCHECKED, why);
	if (e == ERR_OK)
		e = look_at(&have, s, why);
	store_close(s);
	if (e == ERR_OK && (have.n != want->n || have.all != want->all))
		e = err_fail(why, ERR_CORRUPT,
		    "%" PRIu64 " rows of the copy are not the %" PRIu64
		    " of the store",
		    have.n, want->n);
	return e;
}

/* ---- copying ---- */

struct copying {
	struct store *store;
	const char *to;
	enum err err;
	struct err_why why;
	bool done;
	pthread_mutex_t lock;
};

static void *
copy_main(void *arg)
{
	struct copying *w = arg;
	enum err e = store_copy(w->store, w->to, &w->why);

	pthread_mutex_lock(&w->lock);
	w->err = e;
	w->done = true;
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static bool
copied(struct copying *w)
{
	bool done;

	pthread_mutex_lock(&w->lock);
	done = w->done;
	pthread_mutex_unlock(&w->lock);
	return done;
}

/* LMDB does not say how far it is; the file's length does. */
static enum err
copy_shown(struct store_compact *c, struct store *s, const char *to,
    uint64_t bytes, struct err_why *why)
{
	struct copying w = {.store = s, .to = to};
	const struct timespec pause = {.tv_nsec = POLL_NS};
	char path[4096];
	struct stat st;
	pthread_t thread;

	path_in(path, to, "data.mdb");
	pthread_mutex_init(&w.lock, NULL);
	if (pthread_create(&thread, NULL, copy_main, &w) != 0) {
		pthread_mutex_destroy(&w.lock);
		return err_fail(why, ERR_IO, "cannot start a thread");
	}
	while (c->progress != NULL && !copied(&w)) {
		(void)nanosleep(&pause, NULL);
		if (stat(path, &st) == 0)
			c->progress(c->arg, "copy",
			    (uint64_t)st.st_size < bytes ? (uint64_t)st.st_size
			                                 : bytes,
			    bytes);
	}
	pthread_join(thread, NULL);
	pthread_mutex_destroy(&w.lock);
	if (w.err != ERR_OK && why != NULL)
		*why = w.why;
	return w.err;
}

static enum err
room_for(const char *dir, uint64_t bytes, struct err_why *why)
{
	const uint64_t want = bytes + SPARE_BYTES;
	struct statvfs fs;
	uint64_t have;

	if (statvfs(dir, &fs) != 0)
		return store_mdb_err(errno, dir, why);
	have = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (have >= want)
		return ERR_OK;
	return err_fail(why, ERR_FULL,
	    "%s: the copy takes %" PRIu64 " MiB and %" PRIu64 " MiB are free",
	    dir, want >> 20, have >> 20);
}

/* Out: the transaction that was copied. */
static enum err
make_copy(struct store_compact *c, const char *dir, const char *copy,
    struct rows *rows, uint64_t *txn, struct err_why *why)
{
	struct store *s = NULL;
	struct store_space space;
	MDB_envinfo info;
	enum err e;

	e = store_open(&s, dir, STORE_UNCHECKED, why);
	if (e == ERR_OK)
		e = look_at(rows, s, why);
	if (e == ERR_OK)
		e = store_space(s, &space, NULL, NULL, why);
	if (e == ERR_OK)
		e = room_for(dir, space.live, why);
	if (e == ERR_OK && mkdir(copy, 0700) != 0)
		e = store_mdb_err(errno, copy, why);
	if (e == ERR_OK) {
		c->before = space.file;
		mdb_env_info(s->env, &info);
		*txn = info.me_last_txnid;
		e = copy_shown(c, s, copy, space.live, why);
	}
	store_close(s);
	return e;
}

/* ---- taking its place ---- */

static enum err
last_txn(const char *dir, uint64_t *out, struct err_why *why)
{
	MDB_env *env = NULL;
	MDB_envinfo info;
	int rc = mdb_env_create(&env);

	if (rc == 0)
		rc = mdb_env_open(env, dir, MDB_RDONLY | MDB_NOLOCK, 0600);
	if (rc == 0)
		rc = mdb_env_info(env, &info);
	if (rc == 0)
		*out = info.me_last_txnid;
	if (env != NULL)
		mdb_env_close(env);
	return store_mdb_err(rc, "look into data.mdb", why);
}

/* Nothing was written since, and nothing waits in the redo files, which would
 * go on from the old file. */
static enum err
still_at(const char *dir, uint64_t txn, struct err_why *why)
{
	struct redo *redo = NULL;
	const struct redo_base *base;
	uint64_t now = 0;
	enum err e;

	e = last_txn(dir, &now, why);
	if (e == ERR_OK)
		e = redo_open(&redo, dir, false, why);
	if (e != ERR_OK)
		return e;
	base = redo_base(redo);
	if (now != txn || base == NULL || !base->direct)
		e = err_fail(why, ERR_BUSY, "%s was written to meanwhile", dir);
	redo_close(redo);
	return e;
}

static enum err
sync_dir(const char *dir, struct err_why *why)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = ERR_OK;

	if (fd < 0 || fsync(fd) != 0)
		e = store_mdb_err(errno, dir, why);
	if (fd >= 0)
		(void)close(fd);
	return e;
}

/* Nobody has it open: LMDB's lock file speaks of the old file. */
static enum err
take_place(const char *dir, const char *copy, uint64_t txn, struct err_why *why)
{
	struct store guard = {.lock_fd = -1};
	char from[4096];
	char to[4096];
	bool writer;
	enum err e;

	guard.dir = mem_strdup(dir);
	path_in(from, copy, "data.mdb");
	path_in(to, dir, "data.mdb");
	e = store_lock_writer(&guard, why);
	writer = e == ERR_OK;
	if (e == ERR_OK && !store_lock_alone(&guard))
		e = err_fail(why, ERR_BUSY,
		    "another process reads %s: end that first", dir);
	if (e == ERR_OK)
		e = still_at(dir, txn, why);
	if (e == ERR_OK && rename(from, to) != 0)
		e = store_mdb_err(errno, "rename data.mdb", why);
	if (e == ERR_OK)
		e = sync_dir(dir, why);
	if (writer)
		store_compact_sweep(dir);
	store_lock_drop(&guard);
	free(guard.dir);
	return e;
}

/* ---- the whole ---- */

void
store_compact_sweep(const char *dir)
{
	static const char *const files[] = {
	    "data.mdb", "lock.mdb", "redo.0", "redo.1", "redo.lock"};
	char copy[4096];
	char path[4096];

	path_in(copy, dir, COPY);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_in(path, copy, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(copy);
}

enum err
store_compact(struct store_compact *c, const char *dir, struct err_why *why)
{
	struct rows rows = {.c = c, .what = "pages"};
	char path[4096];
	char copy[4096];
	struct stat st;
	uint64_t txn = 0;
	enum err e;

	path_in(copy, dir, COPY);
	path_in(path, dir, "data.mdb");
	e = make_copy(c, dir, copy, &rows, &txn, why);
	if (e == ERR_OK)
		e = check_copy(c, copy, &rows, why);
	if (e == ERR_OK)
		e = take_place(dir, copy, txn, why);
	else if (e != ERR_BUSY) /* else it may be somebody else's */
		store_compact_sweep(dir);
	if (e == ERR_OK && stat(path, &st) != 0)
		e = store_mdb_err(errno, path, why);
	if (e != ERR_OK)
		return e;
	c->rows = rows.n;
	c->after = (uint64_t)st.st_size;
	return ERR_OK;
}

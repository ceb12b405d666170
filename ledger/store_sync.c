/* store_sync.c - how commits of a store become durable. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "ledger/store_later.h"
#include "ledger/store_mdb.h"

/* The base follows when this many bytes of frames have gathered.  LMDB writes
 * about ten times as much, and until then none of it is written over. */
#define TURN_BYTES ((uint64_t)1 << 20)
/* Or when nothing was committed for so long. */
#define IDLE_MS 1000
/* A buffer larger than this is given back when idle. */
#define FRAME_KEPT ((size_t)64 << 10)
/* With less room than this a short write was for want of it. */
#define ROOM_LEAST ((uint64_t)1 << 20)

/* ---- rows ---- */

void
store_sync_begin(struct store *s)
{
	redo_begin(&s->sync.frame);
	s->sync.table = 0;
}

struct store_row_mark
store_sync_row(struct store_txn *txn, enum store_row_kind kind,
    struct store_table t, struct store_row row)
{
	struct store_sync *y = &txn->store->sync;
	struct buf *b = &y->frame;
	struct store_row_mark mark = {b->len, b->over, y->table};
	const char *name = txn->store->names[t.id];

	if (b->over)
		return mark;
	if (y->table != t.id) {
		buf_u8(b, STORE_ROW_TABLE);
		buf_u8(b, (uint8_t)strlen(name));
		buf_str(b, name);
		y->table = t.id;
	}
	buf_u8(b, (uint8_t)kind);
	if (kind == STORE_ROW_DROP)
		return mark;
	buf_u16be(b, (uint16_t)row.key.len);
	buf_bytes(b, row.key);
	if (kind == STORE_ROW_DEL || kind == STORE_ROW_HOLE)
		return mark;
	if (row.value.len > REDO_FRAME_MAX)
		b->over = true;
	buf_u32be(b, (uint32_t)row.value.len);
	buf_bytes(b, row.value);
	return mark;
}

void
store_sync_unrow(struct store_txn *txn, struct store_row_mark mark)
{
	struct store_sync *y = &txn->store->sync;

	y->frame.len = mark.len;
	y->frame.over = mark.over;
	y->table = mark.table;
}

/* ---- the base ---- */

enum err
store_sync_base(struct store *s, struct redo_base *out, struct err_why *why)
{
	MDB_envinfo info;
	MDB_stat st;

	mdb_env_info(s->env, &info);
	mdb_env_stat(s->env, &st);
	memset(out, 0, sizeof(*out));
	out->txn = info.me_last_txnid;
	out->map = info.me_mapsize;
	out->page = st.ms_psize;
	for (unsigned i = 0; i < 2; i++) {
		ssize_t n = pread(s->sync.data, out->meta[i], REDO_META_BYTES,
		    (off_t)i * out->page);

		if (n < 0)
			return err_errno(why, ERR_IO, errno, "data.mdb");
		if (n != REDO_META_BYTES)
			return err_fail(why, ERR_IO, "data.mdb is too short");
	}
	return ERR_OK;
}

/* From here on no page of the state that is committed now is written over. */
static enum err
hold(struct store *s, unsigned pin, struct err_why *why)
{
	MDB_txn **t = &s->sync.pins[pin];
	int rc;

	if (*t != NULL)
		rc = mdb_txn_renew(*t);
	else
		rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, t);
	return store_mdb_err(rc, "hold the state", why);
}

static void
let_go(struct store *s, unsigned pin)
{
	mdb_txn_reset(s->sync.pins[pin]);
}

/* LMDB has synced everything so far; frames from here on. */
static enum err
begin_frames(struct store *s, struct err_why *why)
{
	struct store_sync *y = &s->sync;
	struct redo_base base;
	enum err e;

	e = hold(s, y->pin, why);
	if (e != ERR_OK)
		return e;
	e = store_sync_base(s, &base, why);
	if (e == ERR_OK) {
		redo_turn(y->redo, &base);
		e = redo_head(y->redo, why);
	}
	if (e != ERR_OK) {
		let_go(s, y->pin);
		store_fail(s);
		return e;
	}
	mdb_env_set_flags(s->env, MDB_NOSYNC, 1);
	y->framed = true;
	return ERR_OK;
}

/* The thread makes what is committed by now the next base. */
static enum err
begin_turn(struct store *s, struct err_why *why)
{
	struct store_sync *y = &s->sync;
	struct redo_base base;
	enum err e;

	e = hold(s, y->pin ^ 1u, why);
	if (e != ERR_OK)
		return e;
	e = store_sync_base(s, &base, why);
	if (e != ERR_OK) {
		let_go(s, y->pin ^ 1u);
		return e;
	}
	redo_turn(y->redo, &base);
	pthread_mutex_lock(&y->lock);
	y->busy = true;
	y->idle = true;
	pthread_cond_broadcast(&y->turn);
	pthread_mutex_unlock(&y->lock);
	return ERR_OK;
}

/* On the thread. */
static void
end_turn(struct store *s)
{
	struct store_sync *y = &s->sync;
	int rc = mdb_env_sync(s->env, 1);

	if (rc != 0 || redo_head(y->redo, NULL) != ERR_OK)
		store_fail(s);
	else
		let_go(s, y->pin);
	pthread_mutex_lock(&y->lock);
	y->pin ^= 1u;
	y->busy = false;
	pthread_cond_broadcast(&y->turn);
	pthread_mutex_unlock(&y->lock);
}

static enum err
wait_turn(struct store *s, struct err_why *why)
{
	struct store_sync *y = &s->sync;

	pthread_mutex_lock(&y->lock);
	while (y->busy)
		pthread_cond_wait(&y->turn, &y->lock);
	pthread_mutex_unlock(&y->lock);
	if (store_failed(s))
		return err_fail(why, ERR_IO,
		    "an earlier commit failed: restart the process");
	return ERR_OK;
}

/* No frames any more: the base was `pins[pin]`. */
static void
end_frames(struct store *s)
{
	struct store_sync *y = &s->sync;

	let_go(s, y->pin);
	mdb_env_set_flags(s->env, MDB_NOSYNC, 0);
	y->framed = false;
	pthread_mutex_lock(&y->lock);
	y->idle = true;
	pthread_mutex_unlock(&y->lock);
}

enum err
store_sync_settle(struct store *s, struct err_why *why)
{
	struct store_sync *y = &s->sync;
	struct redo_base base;
	enum err e;

	if (!y->framed)
		return ERR_OK;
	e = wait_turn(s, why);
	if (e == ERR_OK)
		e = store_mdb_err(mdb_env_sync(s->env, 1), "sync", why);
	if (e == ERR_OK)
		e = store_sync_base(s, &base, why);
	if (e == ERR_OK) {
		base.direct = true;
		redo_turn(y->redo, &base);
		e = redo_head(y->redo, why);
	}
	if (e != ERR_OK) {
		store_fail(s);
		return e;
	}
	end_frames(s);
	return ERR_OK;
}

/* ---- commit ---- */

/*
 * A commit for which there was no room changed nothing, so that writing may go
 * on when there is.  LMDB calls a short write EIO, and a sync may fail for want
 * of room too: only a sync that succeeds on a descriptor of our own, which
 * would hear of the failure as well, tells them apart.
 */
static bool
for_want_of_room(struct store *s, int rc)
{
	struct statvfs fs;

	if (rc == MDB_MAP_FULL)
		return true;
	if (rc == EIO &&
	    (fstatvfs(s->sync.data, &fs) != 0 ||
	        (uint64_t)fs.f_bavail * fs.f_frsize >= ROOM_LEAST))
		return false;
	return (rc == ENOSPC || rc == EDQUOT || rc == EIO) &&
	    fdatasync(s->sync.data) == 0;
}

/* LMDB begins nothing any more when it could not write a meta page. */
static bool
given_up(struct store *s)
{
	MDB_txn *t = NULL;
	int rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &t);

	mdb_txn_abort(t);
	return rc == MDB_PANIC;
}

/* What the failed mdb_txn_commit means; ERR_IO: final. */
static enum err
judge(struct store *s, int rc, uint64_t txn, struct err_why *why)
{
	MDB_envinfo info;

	mdb_env_info(s->env, &info);
	if (info.me_last_txnid >= txn || given_up(s) ||
	    !for_want_of_room(s, rc)) {
		/* What the disk holds now is unknown, and a next commit would
		 * go on as if nothing had happened. */
		store_fail(s);
		return err_fail(why, ERR_IO, "commit: %s", mdb_strerror(rc));
	}
	return store_mdb_err(rc == EIO ? ENOSPC : rc, "commit", why);
}

/* Room for the frame in the present file. */
static enum err
make_room(struct store *s, const struct buf *frame, struct err_why *why)
{
	enum err e;

	if (redo_fits(s->sync.redo, frame))
		return ERR_OK;
	e = wait_turn(s, why);
	if (e == ERR_OK && !redo_fits(s->sync.redo, frame))
		e = begin_turn(s, why);
	return e;
}

/* Wakes the thread; the writer's lock is held. */
static void
begin_rest(struct store *s)
{
	struct store_sync *y = &s->sync;
	bool busy;

	pthread_mutex_lock(&y->lock);
	busy = y->busy;
	y->later = false;
	pthread_mutex_unlock(&y->lock);
	/* Not before: it would wake to wait for the lock. */
	pthread_cond_broadcast(&y->turn);
	/* When it cannot begin, a later commit tries again. */
	if (!busy && redo_length(y->redo) >= TURN_BYTES)
		(void)begin_turn(s, NULL);
}

static void
after_frame(struct store *s, bool later)
{
	struct store_sync *y = &s->sync;

	pthread_mutex_lock(&y->lock);
	y->last_ms = store_lock_now_ms();
	y->idle = false;
	y->dirty = true;
	y->later = later;
	pthread_mutex_unlock(&y->lock);
	if (!later)
		begin_rest(s);
}

void
store_answered(struct store *s)
{
	struct store_sync *y = &s->sync;

	pthread_mutex_lock(&s->writer);
	if (y->later && y->framed && !store_failed(s))
		begin_rest(s);
	pthread_mutex_unlock(&s->writer);
}

/* Durable by its frame, then seen by readers. */
static enum err
commit_frame(struct store_txn *t, struct err_why *why)
{
	struct store *s = t->store;
	struct store_sync *y = &s->sync;
	uint64_t id = mdb_txn_id(t->mdb);
	enum err e = ERR_OK;
	int rc;

	if (!y->framed)
		e = begin_frames(s, why);
	if (e == ERR_OK)
		e = make_room(s, &y->frame, why);
	if (e == ERR_OK) {
		e = redo_append(y->redo, id, &y->frame, why);
		if (e == ERR_IO)
			store_fail(s);
	}
	if (e != ERR_OK) {
		mdb_txn_abort(t->mdb);
		return e;
	}
	rc = mdb_txn_commit(t->mdb);
	if (rc == 0) {
		after_frame(s, t->later);
		return ERR_OK;
	}
	e = judge(s, rc, id, why);
	if (e != ERR_IO && redo_cancel(y->redo, why) != ERR_OK) {
		store_fail(s);
		e = ERR_IO;
	}
	/* Pages that only the base holds may be free after it. */
	if (e == ERR_FULL && wait_turn(s, NULL) == ERR_OK)
		(void)begin_turn(s, NULL);
	return e;
}

/* Too large for a frame: LMDB syncs it before readers see it. */
static enum err
commit_direct(struct store_txn *t, struct err_why *why)
{
	struct store *s = t->store;
	struct store_sync *y = &s->sync;
	uint64_t id = mdb_txn_id(t->mdb);
	enum err e = ERR_OK;
	int rc;

	if (y->framed) {
		e = wait_turn(s, why);
		redo_begin(&y->frame);
		if (e == ERR_OK && !redo_fits(y->redo, &y->frame)) {
			e = begin_turn(s, why);
			if (e == ERR_OK)
				e = wait_turn(s, why);
		}
		if (e == ERR_OK)
			e = redo_mark(y->redo, id, why);
		if (e == ERR_IO)
			store_fail(s);
	}
	if (e != ERR_OK) {
		mdb_txn_abort(t->mdb);
		return e;
	}
	mdb_env_set_flags(s->env, MDB_NOSYNC, 0);
	rc = mdb_txn_commit(t->mdb);
	if (rc == 0) {
		if (y->framed)
			end_frames(s);
		return ERR_OK;
	}
	e = judge(s, rc, id, why);
	if (!y->framed || e == ERR_IO)
		return e;
	mdb_env_set_flags(s->env, MDB_NOSYNC, 1);
	if (redo_cancel(y->redo, why) != ERR_OK) {
		store_fail(s);
		return ERR_IO;
	}
	return e;
}

enum err
store_sync_commit(struct store_txn *txn, struct err_why *why)
{
	struct store_sync *y = &txn->store->sync;

	if (redo_empty(&y->frame)) {
		mdb_txn_abort(txn->mdb);
		return ERR_OK;
	}
	return y->frame.over ? commit_direct(txn, why) : commit_frame(txn, why);
}

/* ---- the thread ---- */

/* Quiet for a while: a start would have nothing to do again. */
static void
when_idle(struct store *s)
{
	struct store_sync *y = &s->sync;

	if (pthread_mutex_trylock(&s->writer) != 0)
		return;
	if (y->framed && !store_failed(s)) {
		(void)begin_turn(s, NULL);
		if (y->frame.cap > FRAME_KEPT) {
			buf_clear(&y->frame);
			buf_init(&y->frame, REDO_FRAME_MAX);
		}
	}
	pthread_mutex_unlock(&s->writer);
}

/*
 * LMDB's pages go to the disk soon after each commit, a few at a time: a next
 * frame waits for those few, not for all of a turn.  Promises nothing: whether
 * they are there, and what failed, only the sync of the base tells.
 */
static void
write_early(const struct store_sync *y)
{
	(void)sync_file_range(
	    y->early, 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

static void
wait_until(struct store_sync *y, int64_t ms)
{
	struct timespec at = {
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000,
	};

	pthread_cond_timedwait(&y->turn, &y->lock, &at);
}

static void *
sync_main(void *arg)
{
	struct store *s = arg;
	struct store_sync *y = &s->sync;

	pthread_mutex_lock(&y->lock);
	while (y->busy || !y->stop) {
		int64_t quiet = y->last_ms + IDLE_MS;

		if (y->busy) {
			pthread_mutex_unlock(&y->lock);
			end_turn(s);
			pthread_mutex_lock(&y->lock);
		} else if (y->dirty && !y->later) {
			y->dirty = false;
			pthread_mutex_unlock(&y->lock);
			write_early(y);
			pthread_mutex_lock(&y->lock);
		} else if (y->idle) {
			pthread_cond_wait(&y->turn, &y->lock);
		} else if (store_lock_now_ms() < quiet) {
			wait_until(y, quiet);
		} else {
			y->last_ms = store_lock_now_ms();
			y->later = false;
			pthread_mutex_unlock(&y->lock);
			when_idle(s);
			pthread_mutex_lock(&y->lock);
		}
	}
	pthread_mutex_unlock(&y->lock);
	return NULL;
}

enum err
store_sync_start(struct store *s, struct err_why *why)
{
	struct store_sync *y = &s->sync;
	struct redo_base base;
	pthread_condattr_t attr;
	enum err e;

	buf_init(&y->frame, REDO_FRAME_MAX);
	e = store_recover_data(s->dir, O_RDONLY, &y->early, why);
	if (e != ERR_OK)
		return e;
	if (!s->journaled) {
		e = store_mdb_err(mdb_env_sync(s->env, 1), "sync", why);
		if (e == ERR_OK)
			e = store_sync_base(s, &base, why);
		if (e != ERR_OK)
			return e;
		base.direct = true;
		e = redo_create(y->redo, &base, why);
		if (e != ERR_OK)
			return e;
	}
	y->idle = true;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&y->turn, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&y->thread, NULL, sync_main, s) != 0) {
		pthread_cond_destroy(&y->turn);
		return err_fail(why, ERR_IO, "cannot start a thread");
	}
	y->started = true;
	return ERR_OK;
}

void
store_sync_stop(struct store *s)
{
	struct store_sync *y = &s->sync;

	if (y->started) {
		pthread_mutex_lock(&y->lock);
		y->stop = true;
		pthread_cond_broadcast(&y->turn);
		pthread_mutex_unlock(&y->lock);
		pthread_join(y->thread, NULL);
		/* If it fails, the next start replays the frames. */
		if (!store_failed(s) && store_sync_settle(s, NULL) != ERR_OK)
			store_fail(s);
		pthread_cond_destroy(&y->turn);
	}
	for (unsigned i = 0; i < 2; i++)
		mdb_txn_abort(y->pins[i]);
	redo_close(y->redo);
	buf_clear(&y->frame);
	if (y->data >= 0)
		(void)close(y->data);
	if (y->early >= 0)
		(void)close(y->early);
}

/* store_recover.c - open a store as it was acknowledged last. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "ledger/store_mdb.h"
#include "ledger/store_space.h"
#include "ledger/store_sum.h"

/* How long others may take to let go of a store that must be restored. */
#define WAIT_MS 10000

static enum err
data_path(char out[static 4096], const char *dir, struct err_why *why)
{
	int n = snprintf(out, 4096, "%s/data.mdb", dir);

	if (n < 0 || n >= 4096)
		return err_fail(why, ERR_LIMIT, "path too long");
	return ERR_OK;
}

enum err
store_recover_data(const char *dir, int flags, int *out, struct err_why *why)
{
	char path[4096];
	enum err e = data_path(path, dir, why);

	if (e != ERR_OK)
		return e;
	*out = open(path, flags | O_CLOEXEC);
	return *out >= 0 ? ERR_OK : store_mdb_err(errno, path, why);
}

/* The last transaction that the file itself knows of. */
static enum err
probe(const char *dir, MDB_envinfo *out, struct err_why *why)
{
	MDB_env *env = NULL;
	int rc = mdb_env_create(&env);

	if (rc == 0)
		rc = mdb_env_open(env, dir, MDB_RDONLY | MDB_NOLOCK, 0600);
	if (rc == 0)
		rc = mdb_env_info(env, out);
	if (env != NULL)
		mdb_env_close(env);
	return store_mdb_err(rc, "look into data.mdb", why);
}

/* Both first pages begin as they did at the base: LMDB is there again, since
 * nothing that the base consists of was written over. */
static enum err
restore(const char *dir, const struct redo_base *base, struct err_why *why)
{
	enum err e;
	int fd;

	e = store_recover_data(dir, O_RDWR, &fd, why);
	if (e != ERR_OK)
		return e;
	for (unsigned i = 0; i < 2 && e == ERR_OK; i++) {
		ssize_t n = pwrite(
		    fd, base->meta[i], REDO_META_BYTES, (off_t)i * base->page);

		if (n != REDO_META_BYTES)
			e = store_mdb_err(
			    n < 0 ? errno : EIO, "restore data.mdb", why);
	}
	if (e == ERR_OK && fdatasync(fd) != 0)
		e = store_mdb_err(errno, "restore data.mdb", why);
	(void)close(fd);
	return e;
}

/* ---- replay ---- */

static enum err
apply_row(MDB_txn *txn, MDB_dbi table, uint64_t sums, struct buf_reader *r,
    uint8_t kind, struct err_why *why)
{
	struct bytes key = {0};
	struct bytes value = {0};
	MDB_val k;
	MDB_val v;
	int rc = MDB_CORRUPTED;

	if (kind != STORE_ROW_DROP)
		key = buf_read(r, buf_read_u16be(r));
	if (kind == STORE_ROW_PUT || kind == STORE_ROW_APPEND)
		value = buf_read(r, buf_read_u32be(r));
	if (r->bad || table == 0)
		return err_fail(why, ERR_CORRUPT, "a frame ends early");
	k = store_mdb_val(key);
	v.mv_size = value.len + STORE_SUM_BYTES;
	if (kind == STORE_ROW_PUT || kind == STORE_ROW_HOLE)
		rc = mdb_put(txn, table, &k, &v, MDB_RESERVE);
	else if (kind == STORE_ROW_APPEND)
		rc = mdb_put(txn, table, &k, &v, MDB_RESERVE | MDB_APPEND);
	else if (kind == STORE_ROW_DEL)
		rc = mdb_del(txn, table, &k, NULL);
	else if (kind == STORE_ROW_DROP)
		rc = mdb_drop(txn, table, 0);
	if (rc == 0 && (kind == STORE_ROW_PUT || kind == STORE_ROW_APPEND))
		store_sum_row(v.mv_data, sums, key, value);
	else if (rc == 0 && kind == STORE_ROW_HOLE)
		store_sum_put(v.mv_data, store_sum_hole(sums, key));
	/* What was there when it was written is there again. */
	if (rc == MDB_KEYEXIST || rc == MDB_NOTFOUND)
		rc = MDB_CORRUPTED;
	return store_mdb_err(rc, "replay a row", why);
}

static enum err
apply_rows(MDB_txn *txn, struct bytes rows, struct err_why *why)
{
	struct buf_reader r = {.left = rows};
	char name[UINT8_MAX + 1];
	uint64_t sums = 0;
	MDB_dbi table = 0;
	enum err e = ERR_OK;

	while (e == ERR_OK && r.left.len > 0) {
		uint8_t kind = buf_read_u8(&r);

		if (kind == STORE_ROW_TABLE) {
			struct bytes text = buf_read(&r, buf_read_u8(&r));

			memcpy(name, text.ptr, text.len);
			name[text.len] = '\0';
			sums = store_sum_table(name);
			e = store_mdb_err(mdb_dbi_open(txn, name, 0, &table),
			    "replay: open table", why);
		} else {
			e = apply_row(txn, table, sums, &r, kind, why);
		}
	}
	return e;
}

static enum err
replay_frame(void *arg, const struct redo_frame *f, struct err_why *why)
{
	struct store *s = arg;
	MDB_txn *txn;
	enum err e;
	int rc;

	/* Nothing came of it, or there would be nothing to replay. */
	if (f->mark)
		return ERR_OK;
	rc = mdb_txn_begin(s->env, NULL, 0, &txn);
	if (rc != 0)
		return store_mdb_err(rc, "replay", why);
	if (mdb_txn_id(txn) == f->txn)
		e = apply_rows(txn, f->rows, why);
	else
		e = err_fail(why, ERR_CORRUPT,
		    "replay: expected transaction %" PRIu64 ", not %" PRIu64,
		    (uint64_t)mdb_txn_id(txn), f->txn);
	if (e != ERR_OK) {
		mdb_txn_abort(txn);
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	}
	return store_mdb_err(mdb_txn_commit(txn), "replay", why);
}

static enum err
replay(struct store *s, const struct redo_base *base, uint64_t map,
    struct err_why *why)
{
	struct redo_frame last;
	MDB_txn *pin = NULL;
	enum err e;

	e = restore(s->dir, base, why);
	if (e == ERR_OK)
		e = store_open_env(s, map, why);
	if (e != ERR_OK)
		return e;
	e = store_mdb_err(mdb_txn_begin(s->env, NULL, MDB_RDONLY, &pin),
	    "hold the base", why);
	if (e == ERR_OK && mdb_txn_id(pin) != base->txn)
		e = err_fail(why, ERR_CONFLICT,
		    "another program has %s/data.mdb open: end it", s->dir);
	if (e == ERR_OK) {
		mdb_env_set_flags(s->env, MDB_NOSYNC, 1);
		e = redo_replay(s->sync.redo, replay_frame, s, &last, why);
		mdb_env_set_flags(s->env, MDB_NOSYNC, 0);
	}
	mdb_txn_abort(pin);
	return e;
}

/* Everything durable, nothing to replay. */
static enum err
conclude(struct store *s, struct err_why *why)
{
	struct redo_base base;
	enum err e;

	e = store_mdb_err(mdb_env_sync(s->env, 1), "sync", why);
	if (e == ERR_OK)
		e = store_recover_data(s->dir, O_RDONLY, &s->sync.data, why);
	if (e == ERR_OK)
		e = store_sync_base(s, &base, why);
	if (e != ERR_OK)
		return e;
	base.direct = true;
	redo_turn(s->sync.redo, &base);
	e = redo_head(s->sync.redo, why);
	if (e == ERR_OK)
		store_lock_mark(s, false);
	return e;
}

/* Nobody else has it open. */
static enum err
recover(struct store *s, struct err_why *why)
{
	const struct redo_base base = *redo_base(s->sync.redo);
	struct redo_frame last;
	uint64_t map = base.map;
	MDB_envinfo info;
	enum err e;

	/* The whole chain is judged before anything is changed. */
	e = redo_replay(s->sync.redo, NULL, NULL, &last, why);
	if (e == ERR_OK)
		e = probe(s->dir, &info, why);
	if (e != ERR_OK)
		return e;
	if (last.mark && info.me_last_txnid >= last.txn) {
		e = store_open_env(s, 0, why);
		return e == ERR_OK ? conclude(s, why) : e;
	}
	if (info.me_last_txnid < base.txn)
		return err_fail(why, ERR_CORRUPT,
		    "%s/data.mdb is older than its redo.*: both must come from "
		    "the same backup",
		    s->dir);
	if (info.me_last_txnid > last.txn)
		return err_fail(why, ERR_CORRUPT,
		    "%s: the last frame of redo.* is damaged: transaction "
		    "%" PRIu64 " is missing; restore a backup",
		    s->dir, (uint64_t)info.me_last_txnid);
	e = replay(s, &base, map, why);
	/* Other readers may have spared less when it was written. */
	while (e == ERR_BUSY && map < STORE_MAP_LARGEST) {
		mdb_env_close(s->env);
		s->env = NULL;
		map *= 2;
		e = replay(s, &base, map, why);
	}
	return e == ERR_OK ? conclude(s, why) : e;
}

static enum err
take_over(struct store *s, struct err_why *why)
{
	struct redo_frame last;
	enum err e;

	/* A frame that LMDB does not have was never acknowledged. */
	e = redo_replay(s->sync.redo, NULL, NULL, &last, why);
	if (e == ERR_OK)
		e = store_open_env(s, 0, why);
	return e == ERR_OK ? conclude(s, why) : e;
}

static enum err
as_it_is(struct store *s, struct err_why *why)
{
	enum err e = store_open_env(s, 0, why);

	if (e == ERR_OK)
		e = store_recover_data(s->dir, O_RDONLY, &s->sync.data, why);
	return e;
}

enum err
store_recover_open(struct store *s, struct err_why *why)
{
	int64_t until = store_lock_now_ms() + WAIT_MS;
	const struct redo_base *base;
	bool alone;
	enum err e;

	e = store_lock_writer(s, why);
	if (e == ERR_OK)
		e = redo_open(&s->sync.redo, s->dir, true, why);
	if (e != ERR_OK)
		return e;
	store_compact_sweep(s->dir);
	base = redo_base(s->sync.redo);
	s->journaled = base != NULL;
	do {
		alone = store_lock_alone(s);
		if (base == NULL || base->direct)
			e = as_it_is(s, why);
		else if (alone)
			e = recover(s, why);
		else if (redo_this_boot(s->sync.redo) && !store_lock_marked(s))
			e = take_over(s, why);
		else if (store_lock_wait(until))
			continue;
		else
			e = err_fail(why, ERR_BUSY,
			    "%s must be restored, but another process reads "
			    "it: end that first",
			    s->dir);
		break;
	} while (true);
	if (e == ERR_OK && !store_lock_shared(s))
		e = err_fail(why, ERR_IO, "lock redo.lock");
	return e;
}

/* ---- readers ---- */

/* True when the tables may be read as they are. */
static enum err
readable(struct store *s, bool *out, struct err_why *why)
{
	const struct redo_base *base;
	struct redo *redo;
	enum err e;

	e = redo_open(&redo, s->dir, false, why);
	if (e != ERR_OK)
		return e;
	base = redo_base(redo);
	s->journaled = base != NULL;
	*out = base == NULL || base->direct || redo_this_boot(redo);
	redo_close(redo);
	return ERR_OK;
}

enum err
store_recover_before(struct store *s, unsigned flags, struct err_why *why)
{
	int64_t until = store_lock_now_ms() + WAIT_MS;
	struct store *writer;
	bool ready = false;
	enum err e;

	for (;;) {
		e = ERR_BUSY;
		if (store_lock_shared(s)) {
			e = readable(s, &ready, why);
			if (e != ERR_OK || ready)
				return e;
			store_lock_drop(s);
			e = store_open(&writer, s->dir, flags, why);
			if (e == ERR_OK)
				store_close(writer);
		} else {
			(void)err_fail(
			    why, ERR_BUSY, "%s is being restored", s->dir);
		}
		if (e != ERR_OK && e != ERR_BUSY)
			return err_wrap(
			    why, e, "not closed cleanly, restore it first");
		if (e == ERR_BUSY && !store_lock_wait(until))
			return e;
	}
}

enum err
store_recover_copied(const char *dir, struct err_why *why)
{
	struct store s = {.dir = NULL, .sync = {.data = -1}};
	struct redo_base base;
	enum err e;
	int rc;

	e = redo_open(&s.sync.redo, dir, true, why);
	if (e == ERR_OK)
		e = store_recover_data(dir, O_RDONLY, &s.sync.data, why);
	rc = mdb_env_create(&s.env);
	if (e == ERR_OK && rc == 0)
		rc = mdb_env_open(s.env, dir, MDB_RDONLY | MDB_NOLOCK, 0600);
	if (e == ERR_OK)
		e = store_mdb_err(rc, "open the copy", why);
	if (e == ERR_OK)
		e = store_sync_base(&s, &base, why);
	if (e == ERR_OK) {
		base.direct = true;
		e = redo_create(s.sync.redo, &base, why);
	}
	if (s.env != NULL)
		mdb_env_close(s.env);
	if (s.sync.data >= 0)
		(void)close(s.sync.data);
	redo_close(s.sync.redo);
	return e;
}

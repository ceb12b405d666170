/* repair.c - make a damaged store of a stopped node whole again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/generation.h"
#include "ledger/log_hole.h"
#include "ledger/log_mend.h"
#include "ledger/store_hole.h"
#include "ledger/store_salvage.h"
#include "node/refold.h"
#include "node/site_keys.h"
#include "node/whole_file.h"
#include "proto/mem.h"
#include "proto/zh.h"

#define KEPT_MAX 1000
#define TABLES_MAX 64
#define UNFINISHED "unfinished"

/* Of both stores; what a store does not have stays empty. */
static const char *const names[] = {"meta", "log_origin", "log_state",
    "log_entry", "log_node", "log_key", "log_body", "log_note", "log_cosig",
    "log_span", "log_hole", "log_turning", "record", "bykind", "open", "source",
    "feed", "repeat", "event", "name", "actor", "holder", "span", "loss",
    "target", "notice", "due", "status", "retain", "token", "access", "witness",
    "fork", "erasure", "succession", "reach", "incarnation", "spool", "folded",
    "expiry"};

struct run {
	const struct repair *r;
	bool own;
	bool told; /* of what is damaged */
	const char *name;
	char from[SITE_PATH_MAX + 16];
	char to[SITE_PATH_MAX + 64];
	char mark[SITE_PATH_MAX + 80]; /* in `to`, until it is whole */
	uint64_t faults;
	struct store_salvage_table table[TABLES_MAX];
	size_t tables;
	bool cut; /* a replica is shorter now */
	struct site_db db; /* the new store */
	struct err_why *why;
};

static void
tell(struct run *u, enum repair_word word, const struct err_why *text)
{
	u->r->tell(u->r->arg, u->name, word, text);
}

__attribute__((format(printf, 3, 4))) static void
say(struct run *u, enum repair_word word, const char *fmt, ...)
{
	struct err_why text = {.text = ""};
	va_list ap;

	va_start(ap, fmt);
	(void)err_vfail(&text, ERR_CORRUPT, fmt, ap);
	va_end(ap);
	tell(u, word, &text);
}

/* ---- rows ---- */

static void
on_fault(void *arg, const struct err_why *why)
{
	struct run *u = arg;

	u->faults++;
	if (!u->told)
		tell(u, REPAIR_DAMAGED, why);
}

static void
on_table(void *arg, const struct store_salvage_table *t)
{
	struct run *u = arg;

	/* Its name does not outlive the call. */
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], t->name) != 0 || u->tables == TABLES_MAX)
			continue;
		u->table[u->tables] = *t;
		u->table[u->tables++].name = names[i];
	}
	if (t->whole)
		return;
	if (t->known)
		say(u, REPAIR_TAKEN,
		    ZH("%s: %" PRIu64 " of %" PRIu64 " rows taken over"),
		    t->name, t->taken, t->rows);
	else if (t->taken > 0)
		say(u, REPAIR_TAKEN,
		    ZH("%s: %" PRIu64
		       " rows taken over; how many there were is lost"),
		    t->name, t->taken);
}

static void
on_pages(void *arg, uint64_t done, uint64_t total)
{
	const struct run *u = arg;

	u->r->progress(u->r->arg, "pages", done, total);
}

static bool
whole(const struct run *u, const char *name)
{
	for (size_t i = 0; i < u->tables; i++) {
		if (strcmp(u->table[i].name, name) == 0)
			return u->table[i].whole;
	}
	return false;
}

static enum err
salvage(struct run *u, bool look)
{
	const struct store_salvage plan = {
	    .look = look,
	    .names = names,
	    .names_len = sizeof names / sizeof names[0],
	    .arg = u,
	    .fault = on_fault,
	    .table = on_table,
	    .progress = on_pages,
	};

	return store_salvage(u->from, u->db.store, &plan, u->why);
}

/*
 * What this node has cosigned last, and of whom it holds evidence, is known
 * nowhere else: cosigning from an older state would be a lie.
 */
static enum err
check_witness(struct run *u)
{
	static const char *const must[] = {"witness", "fork", "erasure"};

	for (size_t i = 0; i < sizeof must / sizeof must[0] && !u->own; i++) {
		if (whole(u, must[i]))
			continue;
		return err_fail(u->why, ERR_REFUSED,
		    "table %s lost rows: what this node has cosigned last "
		    "cannot be told; remove replica/ and replica-keys/: all is "
		    "fetched again, and the witness key retires by itself",
		    must[i]);
	}
	return ERR_OK;
}

/* ---- logs ---- */

static void
on_log(void *arg, const char *origin, enum log_mended what, uint64_t from,
    uint64_t to)
{
	struct run *u = arg;
	static const struct {
		enum repair_word word;
		const char *fmt;
	} texts[LOG_MENDED_KINDS] = {
	    [LOG_MENDED_ENTRY] = {REPAIR_LOST, ZH("entries lost")},
	    [LOG_MENDED_BODY] = {REPAIR_LOST, ZH("bodies lost")},
	    [LOG_MENDED_NODES] = {REPAIR_MADE, ZH("node page recomputed")},
	    [LOG_MENDED_NODES_LOST] = {REPAIR_LOST, ZH("node page lost")},
	    [LOG_MENDED_STATE] = {REPAIR_MADE, ZH("state row recomputed")},
	    [LOG_MENDED_NOTE] = {REPAIR_MADE,
	        ZH("newest checkpoint signed again, the same bytes")},
	    [LOG_MENDED_ORIGIN] = {REPAIR_MADE,
	        ZH("its name, from its checkpoints")},
	    [LOG_MENDED_CUT] = {REPAIR_CUT, ZH("cut, to be fetched again")},
	};
	struct err_why text = {.text = ""};

	u->cut = u->cut || what == LOG_MENDED_CUT;
	(void)err_plain(&text, ERR_CORRUPT, texts[what].fmt);
	if (to > from + 1)
		(void)err_wrap(&text, ERR_CORRUPT, "%" PRIu64 " to %" PRIu64,
		    from, to - 1);
	else if (to > from)
		(void)err_wrap(&text, ERR_CORRUPT, "%" PRIu64, from);
	(void)err_wrap(&text, ERR_CORRUPT, "%s", origin);
	tell(u, texts[what].word, &text);
}

static void
on_entries(void *arg, uint64_t done, uint64_t total)
{
	const struct run *u = arg;

	u->r->progress(u->r->arg, "entries", done, total);
}

/* Of the newest generation of each own log, for its newest checkpoint. */
static void
give_keys(struct run *u, struct log_book *b)
{
	static const enum site_kind kinds[] = {SITE_EVIDENCE, SITE_ALLIANCE};
	struct site *s = u->r->site;
	struct store_txn *txn = NULL;

	if (!u->own || store_read(u->db.store, &txn, NULL) != ERR_OK)
		return;
	for (size_t i = 0; i < SITE_LOGS; i++) {
		struct generation_line line;
		struct crypto_signer key;
		struct note_vkey vkey;

		if (generation_line(&line, b, txn, s->name,
		        site_kind_text(kinds[i]), NULL) == ERR_OK &&
		    site_keys_log(&key, &vkey, s, kinds[i], line.newest_number,
		        NULL) == ERR_OK)
			log_key(b, line.newest, &key);
		crypto_wipe(&key, sizeof key);
	}
	store_abort(txn);
}

static enum err
mend_logs(struct run *u)
{
	uint8_t id[16];
	struct log_mend plan = {
	    .replica = !u->own,
	    .rests = whole(u, "log_key") && whole(u, "log_body"),
	    .spans = whole(u, "log_span"),
	    .ends = whole(u, "log_entry") || whole(u, "log_note"),
	    .arg = u,
	    .tell = on_log,
	    .progress = on_entries,
	};
	struct log_book *b = NULL;
	enum err e;

	if (vault_owner(u->db.vault, id, NULL) == ERR_OK)
		plan.store_id = id;
	/* Without the vault: no key of it goes on a doubt. */
	e = log_book_open(&b, u->db.store, NULL, NULL, u->why);
	if (e == ERR_OK) {
		give_keys(u, b);
		e = log_mend(b, &plan, u->why);
	}
	log_book_close(b);
	return e;
}

/* ---- tables ---- */

static void
on_folded(void *arg, const struct refold_table *t)
{
	struct run *u = arg;

	if (t->first.text[0] == '\0')
		return;
	say(u, REPAIR_MADE,
	    ZH("table %s folded from the logs: %" PRIu64 " missing, %" PRIu64
	       " extra, %" PRIu64 " changed"),
	    t->name, t->missing, t->extra, t->changed);
}

static void
on_fold(void *arg, uint64_t done, uint64_t total)
{
	const struct run *u = arg;

	u->r->progress(u->r->arg, "fold", done, total);
}

static bool
refuses_fold(void *arg, const struct log_hole *h)
{
	bool *lost = arg;

	*lost = *lost || h->kind != LOG_HOLE_NODES;
	return !*lost;
}

static enum err
fold(struct run *u)
{
	char scratch[sizeof u->to + 16];
	const struct refold r = {
	    .book = u->db.book,
	    .mac = &u->r->site->index_mac,
	    .scratch = scratch,
	    .repair = true,
	    .arg = u,
	    .table = on_folded,
	    .progress = on_fold,
	};

	(void)snprintf(scratch, sizeof scratch, "%s-refold", u->to);
	return refold(&r, u->why);
}

/* No list of them may pass for complete until they are folded anew. */
static enum err
distrust(struct run *u)
{
	struct store_txn *txn = NULL;
	enum err e = store_write(u->db.store, &txn, u->why);

	for (size_t i = 0; refold_name(i) != NULL && e == ERR_OK; i++) {
		if (whole(u, refold_name(i)))
			continue;
		say(u, REPAIR_LOST,
		    ZH("table %s: cannot be folded before the lost entries are "
		       "back; then run repair again"),
		    refold_name(i));
		e = store_distrust(txn, refold_name(i), true, u->why);
	}
	if (e == ERR_OK)
		return store_commit(txn, u->why);
	store_abort(txn);
	return e;
}

static enum err
mend_tables(struct run *u, uint64_t *lost)
{
	struct store_txn *txn = NULL;
	bool holes = false;
	bool all = true;
	enum err e = store_read(u->db.store, &txn, u->why);

	if (e == ERR_OK) {
		*lost = log_holes_count(u->db.book, txn);
		e = log_holes(u->db.book, txn, refuses_fold, &holes, u->why);
	}
	store_abort(txn);
	for (size_t i = 0; refold_name(i) != NULL; i++)
		all = all && whole(u, refold_name(i));
	if (e != ERR_OK || (all && !u->cut))
		return e;
	return holes ? distrust(u) : fold(u);
}

/* ---- putting it in its place ---- */

static const char *const probes[] = {"first", "second"};

static void
remove_store(const char *dir)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "redo.0",
	    "redo.1", "redo.lock", UNFINISHED};
	char path[SITE_PATH_MAX + 128];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, probes[i]);
		(void)rmdir(path);
	}

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

static enum err
exchange(struct run *u, const char *a, const char *b)
{
	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0)
		return ERR_OK;
	if (errno == EINVAL || errno == ENOSYS)
		return err_fail(u->why, ERR_UNSUPPORTED,
		    "the file system of %s cannot exchange two names in one "
		    "step (RENAME_EXCHANGE), and without that a crash could "
		    "leave no store: copy the stopped node's directory to "
		    "ext4, XFS or Btrfs, repair it there, copy it back",
		    u->r->site->dir);
	return err_errno(u->why, ERR_IO, errno, "exchange %s and %s", a, b);
}

/* Better before hours of work than after. */
static enum err
can_exchange(struct run *u)
{
	char path[2][sizeof u->to + 16];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(
		    path[i], sizeof path[i], "%s/%s", u->to, probes[i]);
		if (mkdir(path[i], 0700) != 0)
			return err_errno(u->why,
			    errno == ENOSPC ? ERR_FULL : ERR_IO, errno, "%s",
			    path[i]);
	}
	enum err e = exchange(u, path[0], path[1]);

	for (size_t i = 0; i < 2; i++)
		(void)rmdir(path[i]);
	return e;
}

/* Moves DIR/own.repair, whatever whole store it is, out of the way. */
static enum err
keep_aside(struct run *u)
{
	char kept[sizeof u->from + 32];

	for (unsigned n = 1; n < KEPT_MAX; n++) {
		(void)snprintf(kept, sizeof kept, "%s.damaged-%u", u->from, n);
		if (access(kept, F_OK) == 0)
			continue;
		if (rename(u->to, kept) != 0)
			return err_errno(u->why, ERR_IO, errno, "%s", kept);
		say(u, REPAIR_KEPT,
		    ZH("the store as it was: %s; remove it when all is back"),
		    kept);
		return whole_file_sync_name(kept, u->why);
	}
	return err_fail(u->why, ERR_LIMIT,
	    "%s.damaged-%u exists: remove old ones", u->from, KEPT_MAX - 1);
}

/* What a repair left that was killed.  A mark in it says that it is not a whole
 * store yet; without one it may be what was exchanged. */
static enum err
clear_aside(struct run *u)
{
	if (access(u->mark, F_OK) == 0)
		remove_store(u->to);
	else if (access(u->to, F_OK) == 0)
		return keep_aside(u);
	return ERR_OK;
}

static enum err
make_aside(struct run *u)
{
	enum err e;

	if (mkdir(u->to, 0700) != 0)
		return err_errno(u->why, errno == ENOSPC ? ERR_FULL : ERR_IO,
		    errno, "%s", u->to);
	e = whole_file_write(u->mark, bytes_str("\n"), 0600, u->why);
	if (e == ERR_OK)
		e = can_exchange(u);
	if (e != ERR_OK)
		remove_store(u->to);
	return e;
}

static enum err
put_in_place(struct run *u)
{
	enum err e;

	if (unlink(u->mark) != 0)
		return err_errno(u->why, ERR_IO, errno, "%s", u->mark);
	e = whole_file_sync_name(u->mark, u->why);
	if (e != ERR_OK)
		return e;
	e = exchange(u, u->to, u->from);
	if (e != ERR_OK) {
		/* Without its mark it would pass for the one that was. */
		remove_store(u->to);
		return e;
	}
	e = whole_file_sync_name(u->from, u->why);
	return e == ERR_OK ? keep_aside(u) : e;
}

/* ---- the whole ---- */

static enum err
open_book(struct run *u)
{
	enum err e =
	    log_book_open(&u->db.book, u->db.store, u->db.vault, NULL, u->why);

	return e == ERR_OK
	    ? fold_tables_open(&u->db.tables, u->db.store, u->why)
	    : e;
}

static void
close_all(struct run *u)
{
	log_book_close(u->db.book);
	store_close(u->db.store);
	vault_close(u->db.vault);
	u->db = (struct site_db){0};
}

static enum err
build(struct run *u, uint64_t *lost)
{
	char keys[sizeof u->from + 16];
	enum err e;

	(void)snprintf(keys, sizeof keys, "%s-keys", u->from);
	e = store_open(&u->db.store, u->to, STORE_CREATE, u->why);
	if (e == ERR_OK)
		e = salvage(u, false);
	if (e == ERR_OK)
		e = check_witness(u);
	if (e == ERR_OK)
		e = vault_open(&u->db.vault, keys, u->why);
	if (e == ERR_OK)
		e = mend_logs(u);
	if (e == ERR_OK)
		e = open_book(u);
	if (e == ERR_OK)
		e = mend_tables(u, lost);
	close_all(u);
	return e;
}

/* Nothing is damaged: is there anything that was left for later? */
static enum err
finish(struct run *u, uint64_t *lost)
{
	char keys[sizeof u->from + 16];
	bool all = false;
	enum err e;

	(void)snprintf(keys, sizeof keys, "%s-keys", u->from);
	(void)snprintf(u->to, sizeof u->to, "%s", u->from);
	e = store_open(&u->db.store, u->from, 0, u->why);
	if (e == ERR_OK)
		e = vault_open(&u->db.vault, keys, u->why);
	if (e == ERR_OK)
		e = open_book(u);
	if (e == ERR_OK) {
		struct store_txn *txn = NULL;

		e = store_read(u->db.store, &txn, u->why);
		if (e == ERR_OK)
			*lost = log_holes_count(u->db.book, txn);
		all = store_distrusted(u->db.store) == 0;
		store_abort(txn);
	}
	if (e == ERR_OK && *lost == 0 && !all)
		e = fold(u);
	else if (e == ERR_OK)
		say(u, REPAIR_WHOLE,
		    ZH("no page and no row is damaged; still to be fetched: "
		       "%" PRIu64),
		    *lost);
	close_all(u);
	return e;
}

enum err
repair_store(
    const struct repair *r, bool own, uint64_t *lost, struct err_why *why)
{
	struct run *u = mem_alloc(1, sizeof *u);
	enum err e;

	u->r = r;
	u->own = own;
	u->name = own ? "own" : "replica";
	u->why = why;
	*lost = 0;
	(void)snprintf(u->from, sizeof u->from, "%s/%s", r->site->dir, u->name);
	(void)snprintf(u->to, sizeof u->to, "%s.repair", u->from);
	(void)snprintf(u->mark, sizeof u->mark, "%s/%s", u->to, UNFINISHED);
	e = salvage(u, true);
	if (e == ERR_OK)
		e = clear_aside(u);
	if (e == ERR_OK && u->faults == 0) {
		e = finish(u, lost);
		goto out;
	}
	u->told = true;
	if (e == ERR_OK)
		e = make_aside(u);
	/* What is there if that fails may be a whole store, left by a kill. */
	if (e != ERR_OK)
		goto out;
	e = build(u, lost);
	if (e == ERR_OK)
		e = put_in_place(u);
	else
		remove_store(u->to);
out:
	free(u);
	return e == ERR_OK ? e
	                   : err_wrap(why, e, "%s", own ? "own" : "replica");
}

/* site_fold.c - tables that another version folded are folded anew. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_fold.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/journal.h"
#include "node/refold.h"
#include "node/site.h"
#include "proto/clock.h"
#include "proto/mem.h"

#define PROGRESS_US INT64_C(5000000)

static const char row_key[] = "version";

/* 0: before there was such a row, or a new store. */
static enum err
read_version(struct store *s, struct store_table folded, uint64_t *out,
    struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct bytes v;
	enum err e = store_read(s, &txn, why);

	*out = 0;
	if (e == ERR_OK)
		e = store_get(txn, folded, bytes_str(row_key), &v, why);
	if (e == ERR_OK)
		*out = fold_key_u64(v);
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
site_fold_mark(const struct site_db *db, struct err_why *why)
{
	struct fold_key v = {.len = 0};
	struct store_txn *txn = NULL;
	enum err e = store_write(db->store, &txn, why);

	fold_key_uint(&v, SITE_FOLD_VERSION, 8);
	if (e == ERR_OK)
		e = store_put(txn, db->tables.folded, bytes_str(row_key),
		    fold_key_view(&v), why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

/* Slots are given in order; the first may be 0 or 1. */
static enum err
has_logs(const struct site_db *db, bool *out, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct store_txn *txn = NULL;
	enum err e = store_read(db->store, &txn, why);

	if (e == ERR_OK)
		e = log_origin(db->book, txn, 0, origin, why);
	if (e == ERR_NOT_FOUND)
		e = log_origin(db->book, txn, 1, origin, why);
	store_abort(txn);
	*out = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

struct following {
	struct site *site;
	const char *store;
	int64_t said_us; /* progress, last */
};

static void
say_table(void *arg, const struct refold_table *t)
{
	const char *store = ((struct following *)arg)->store;

	if (t->missing + t->extra + t->changed > 0)
		journal_info("NODE-REFOLD",
		    "store=%s table=%s rows=%" PRIu64 " added=%" PRIu64
		    " removed=%" PRIu64 " changed=%" PRIu64,
		    store, t->name, t->rows, t->missing, t->extra, t->changed);
}

/* Minutes, when a log is long: whoever waits for the start sees it move. */
static void
say_progress(void *arg, uint64_t done, uint64_t total)
{
	struct following *f = arg;
	const int64_t now = clock_boot_us(clock_system());

	atomic_store(&f->site->folded, done);
	atomic_store(&f->site->to_fold, total);
	if (done < total && now - f->said_us < PROGRESS_US)
		return;
	f->said_us = now;
	journal_info("NODE-REFOLD", "store=%s entries=%" PRIu64 " of %" PRIu64,
	    f->store, done, total);
}

static enum err
newer(struct err_why *why)
{
	return err_fail(why, ERR_UNSUPPORTED,
	    "a newer lianfangd folded its tables; start that one, or "
	    "restore a backup of this one's");
}

static enum err
follow(
    struct site *s, struct site_db *db, const char *name, struct err_why *why)
{
	struct following f = {.site = s, .store = name};
	char scratch[SITE_PATH_MAX + 32];
	struct refold r = {
	    .book = db->book,
	    .mac = &s->index_mac,
	    .scratch = scratch,
	    .repair = true,
	    .arg = &f,
	    .table = say_table,
	    .progress = say_progress,
	};
	uint64_t version;
	bool some = false;
	enum err e = read_version(db->store, db->tables.folded, &version, why);

	if (e != ERR_OK || version == SITE_FOLD_VERSION)
		return e;
	if (version > SITE_FOLD_VERSION)
		return newer(why);
	e = has_logs(db, &some, why);
	if (e == ERR_OK && some) {
		journal_info("NODE-REFOLD",
		    "store=%s: its tables must be folded anew", name);
		(void)snprintf(
		    scratch, sizeof scratch, "%s/%s-refold", s->dir, name);
		e = refold(&r, why);
	}
	return e == ERR_OK ? site_fold_mark(db, why) : e;
}

static enum err
look(struct site *s, struct site_db *db, struct err_why *why)
{
	uint64_t version;
	bool some = false;
	enum err e = read_version(db->store, db->tables.folded, &version, why);

	if (e != ERR_OK || version == SITE_FOLD_VERSION)
		return e;
	if (version > SITE_FOLD_VERSION)
		return newer(why);
	e = has_logs(db, &some, why);
	if (some)
		atomic_store(&s->folding, true);
	return e == ERR_OK && !some ? site_fold_mark(db, why) : e;
}

enum err
site_fold_look(struct site *s, struct err_why *why)
{
	struct site_db *const dbs[] = {&s->own, &s->replica};
	enum err e = ERR_OK;

	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		e = look(s, dbs[i], why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "tables of %s/",
			    i == 0 ? "own" : "replica");
	}
	return e;
}

enum err
site_fold_follow(struct site *s, struct err_why *why)
{
	struct {
		struct site_db *db;
		char name[8];
	} stores[] = {{&s->own, "own"}, {&s->replica, "replica"}};
	enum err e = ERR_OK;

	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		e = follow(s, stores[i].db, stores[i].name, why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "tables of %s/", stores[i].name);
	}
	return e;
}

enum err
site_fold_same(struct store *s, struct err_why *why)
{
	struct store_table folded;
	uint64_t version = 0;
	enum err e = store_table(s, "folded", &folded, why);

	if (e == ERR_OK)
		e = read_version(s, folded, &version, why);
	if (e == ERR_OK && version == SITE_FOLD_VERSION)
		return ERR_OK;
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		e = err_fail(why, ERR_UNSUPPORTED,
		    "its tables must be folded anew: start the node once");
	return e;
}

/* Entries of the newest generation that are here. */
static enum err
held_after(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t *out, struct err_why *why)
{
	struct generation_line line;
	struct log_state *st;
	uint32_t number;
	enum err e = generation_line_of(&line, &number, b, txn, slot, why);

	*out = 0;
	if (e != ERR_OK || number == line.newest_number)
		return e;
	st = mem_alloc(1, sizeof *st);
	e = log_state(b, txn, line.newest, st, why);
	if (e == ERR_OK)
		*out = st->frontier.size;
	free(st);
	return e;
}

enum err
site_fold_late(struct site_db *db, struct store_txn *txn, uint16_t slot,
    struct err_why *why)
{
	uint64_t after;
	enum err e = held_after(db->book, txn, slot, &after, why);

	if (e != ERR_OK || after == 0)
		return e;
	e = store_del(txn, db->tables.folded, bytes_str(row_key), why);
	if (e == ERR_OK)
		journal_info("NODE-REFOLD",
		    "store=replica: entries came after those of a later "
		    "generation; once anew at the next start");
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

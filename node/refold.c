/* refold.c - the tables as a fresh fold gives them, against those that rest. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/refold.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/log_read.h"
#include "ledger/store_hole.h"
#include "node/fold_kind.h"
#include "node/fold_place.h"
#include "proto/mem.h"
#include "proto/zh.h"

#define BATCH 16384 /* entries in one transaction of the scratch store */
#define GROW_TRIES 24
#define KEY_SHOWN 40 /* bytes of a key in a text */

/* The folded tables; `offset` into struct fold_tables. */
#define TABLE(name)                                       \
	{                                                 \
#name, offsetof(struct fold_tables, name) \
	}
static const struct {
	const char *name;
	size_t offset;
} tables[] = {
    TABLE(record),
    TABLE(bykind),
    TABLE(open),
    TABLE(source),
    TABLE(feed),
    TABLE(event),
    TABLE(name),
    TABLE(actor),
    TABLE(holder),
    TABLE(span),
    TABLE(loss),
    TABLE(target),
    TABLE(notice),
    TABLE(due),
    TABLE(status),
    TABLE(retain),
};

struct work {
	const struct refold *r;
	struct store *rests; /* the book's */
	struct store *fresh;
	struct fold_tables old;
	struct fold_tables new;
	struct store_txn *from; /* reads what rests */
	struct store_txn *to; /* writes what is folded */
	struct fold fold;
	struct fold_cache *cache;
	uint64_t done;
	uint64_t total;
};

#define TABLES (sizeof tables / sizeof tables[0])

const char *
refold_name(size_t i)
{
	return i < TABLES ? tables[i].name : NULL;
}

static struct store_table
table_at(const struct fold_tables *t, size_t i)
{
	struct store_table out;

	memcpy(&out, (const char *)t + tables[i].offset, sizeof out);
	return out;
}

/* ---- folding ---- */

static enum err
begin(struct work *w, struct err_why *why)
{
	enum err e = store_write(w->fresh, &w->to, why);

	w->fold = (struct fold){
	    .txn = w->to,
	    .logs = w->from,
	    .t = &w->new,
	    .book = w->r->book,
	    .mac = w->r->mac,
	    .cache = w->cache,
	};
	memset(w->cache, 0, sizeof *w->cache);
	return e;
}

static enum err
commit(struct work *w, struct err_why *why)
{
	struct store_txn *txn = w->to;

	w->to = NULL;
	return store_commit(txn, why);
}

static void
drop(struct work *w)
{
	store_abort(w->to);
	w->to = NULL;
}

/* A full map: made larger, and the same again. */
static enum err
in_batches(struct work *w, uint16_t slot, uint64_t size, struct err_why *why)
{
	enum err e = ERR_OK;
	unsigned tries = 0;

	for (uint64_t at = 0; at < size && e == ERR_OK;) {
		uint64_t n = size - at < BATCH ? size - at : BATCH;

		e = begin(w, why);
		if (e == ERR_OK)
			e = fold_range(&w->fold, slot, at, n, why);
		if (e == ERR_OK)
			e = commit(w, why);
		drop(w);
		if (e == ERR_BUSY && tries++ < GROW_TRIES) {
			e = store_grow(w->fresh, why);
			continue;
		}
		at += n;
		w->done += n;
		if (e == ERR_OK && w->r->progress != NULL)
			w->r->progress(w->r->arg, w->done, w->total);
	}
	return e;
}

/* Slots in order, or only their sizes summed up. */
static enum err
each_log(struct work *w, bool fold, struct err_why *why)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	char origin[NOTE_NAME_MAX + 1];
	enum err e = ERR_OK;

	for (unsigned slot = 0; slot < UINT16_MAX && e == ERR_OK; slot++) {
		e = log_origin(
		    w->r->book, w->from, (uint16_t)slot, origin, why);
		if (e == ERR_NOT_FOUND && slot == 0) {
			e = ERR_OK; /* slots may start at 1 */
			continue;
		}
		if (e == ERR_OK)
			e = log_state(
			    w->r->book, w->from, (uint16_t)slot, st, why);
		if (e == ERR_OK && fold)
			e = in_batches(
			    w, (uint16_t)slot, st->frontier.size, why);
		else if (e == ERR_OK)
			w->total += st->frontier.size;
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			e = err_wrap(why, e, "%s", origin);
	}
	free(st);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- what erased bodies said ---- */

/* Is this row of what rests borne out by the log, though not by a body? */
static bool
still_true(struct work *w, const char *name, const struct store_row *row)
{
	if (strcmp(name, "source") == 0)
		return fold_source_erased(&w->fold, row);
	if (strcmp(name, "name") == 0)
		return fold_kind_named(&w->fold, row);
	return false;
}

static enum err
keep_row(struct work *w, size_t i, const struct store_row *row)
{
	struct bytes have;
	enum err e;

	e = store_get(w->to, table_at(&w->new, i), row->key, &have, NULL);
	if (e != ERR_NOT_FOUND)
		return e;
	if (!still_true(w, tables[i].name, row))
		return ERR_OK;
	if (strcmp(tables[i].name, "source") == 0)
		return fold_source_again(&w->fold, row, NULL);
	return store_put(
	    w->to, table_at(&w->new, i), row->key, row->value, NULL);
}

static enum err
keep_rows(struct work *w, size_t i)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(w->from, table_at(&w->old, i), &c, NULL);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(NULL, 0), &row);
	while (e == ERR_OK || e == ERR_CORRUPT) {
		if (e == ERR_OK) {
			e = keep_row(w, i, &row);
			if (e != ERR_OK)
				break;
		}
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
keep(struct work *w, struct err_why *why)
{
	enum err e = ERR_BUSY;

	for (int tries = 0; e == ERR_BUSY && tries < GROW_TRIES; tries++) {
		e = begin(w, why);
		for (size_t i = 0; i < TABLES && e == ERR_OK; i++) {
			if (strcmp(tables[i].name, "source") == 0 ||
			    strcmp(tables[i].name, "name") == 0)
				e = keep_rows(w, i);
		}
		if (e == ERR_OK)
			e = commit(w, why);
		drop(w);
		if (e == ERR_BUSY && store_grow(w->fresh, why) != ERR_OK)
			break;
	}
	return e;
}

/* ---- comparing ---- */

/* Both sides of one table; a key of length 0: that side has ended. */
struct pair {
	struct store_cursor *old;
	struct store_cursor *new;
	struct store_row was;
	struct store_row is;
	enum err was_err;
	struct refold_table *t;
	struct store_txn *mend; /* NULL: compare only */
	struct store_table table;
};

static void
differs(struct pair *p, struct bytes key, const char *what)
{
	char hex[2 * KEY_SHOWN + 1] = "";

	if (p->t->first.text[0] != '\0')
		return;
	for (size_t i = 0; i < key.len && i < KEY_SHOWN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", key.ptr[i]);
	(void)err_plain(&p->t->first, ERR_CORRUPT, what);
	(void)err_wrap(&p->t->first, ERR_CORRUPT, "row %s", hex);
	(void)err_wrap(&p->t->first, ERR_CORRUPT, "%s", p->t->name);
}

/* -1: only what rests has the next row; 1: only what was folded. */
static int
side_of(const struct pair *p)
{
	size_t n;
	int c;

	if (p->was.key.len == 0 || p->is.key.len == 0)
		return p->was.key.len == 0 ? 1 : -1;
	n = p->was.key.len < p->is.key.len ? p->was.key.len : p->is.key.len;
	c = memcmp(p->was.key.ptr, p->is.key.ptr, n);
	if (c != 0)
		return c;
	return p->was.key.len < p->is.key.len ? -1
	                                      : p->was.key.len > p->is.key.len;
}

static enum err
compare_row(struct pair *p, int side, struct err_why *why)
{
	struct refold_table *t = p->t;

	if (side < 0) {
		t->extra++;
		differs(p, p->was.key, ZH("the logs do not say so"));
		return p->mend == NULL
		    ? ERR_OK
		    : store_del(p->mend, p->table, p->was.key, why);
	}
	t->rows++;
	if (side == 0 && p->was_err == ERR_OK &&
	    bytes_equal(p->was.value, p->is.value))
		return ERR_OK;
	if (side > 0)
		t->missing++;
	else
		t->changed++;
	if (side > 0)
		differs(p, p->is.key, ZH("the logs say that it is there"));
	else if (p->was_err != ERR_OK)
		differs(p, p->is.key, ZH("its sum is wrong"));
	else
		differs(p, p->is.key, ZH("the logs say otherwise"));
	return p->mend == NULL
	    ? ERR_OK
	    : store_put(p->mend, p->table, p->is.key, p->is.value, why);
}

/* A damaged row has its key, as far as that can be told. */
static enum err
next_old(struct pair *p, bool first)
{
	enum err e = first ? store_seek(p->old, bytes_of(NULL, 0), &p->was)
	                   : store_next(p->old, &p->was);

	p->was_err = e;
	if (e == ERR_NOT_FOUND)
		p->was.key.len = 0;
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

static enum err
next_new(struct pair *p, bool first)
{
	enum err e = first ? store_seek(p->new, bytes_of(NULL, 0), &p->is)
	                   : store_next(p->new, &p->is);

	if (e == ERR_NOT_FOUND)
		p->is.key.len = 0;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
walk_pair(struct pair *p, struct err_why *why)
{
	enum err e = next_old(p, true);

	if (e == ERR_OK)
		e = next_new(p, true);
	while (e == ERR_OK && (p->was.key.len > 0 || p->is.key.len > 0)) {
		const int side = side_of(p);

		e = compare_row(p, side, why);
		if (e == ERR_OK && side <= 0)
			e = next_old(p, false);
		if (e == ERR_OK && side >= 0)
			e = next_new(p, false);
	}
	return e;
}

static enum err
compare_table(struct work *w, size_t i, struct store_txn *fresh,
    struct store_txn *mend, struct err_why *why)
{
	struct refold_table t = {.name = tables[i].name};
	struct pair p = {.t = &t, .mend = mend, .table = table_at(&w->old, i)};
	enum err e = store_cursor(w->from, p.table, &p.old, why);

	if (e == ERR_OK)
		e = store_cursor(fresh, table_at(&w->new, i), &p.new, why);
	if (e == ERR_OK)
		e = walk_pair(&p, why);
	store_cursor_close(p.old);
	store_cursor_close(p.new);
	if (e == ERR_OK)
		w->r->table(w->r->arg, &t);
	return e;
}

/* What is mended was read before: in the snapshot of w->from. */
static enum err
compare(struct work *w, struct err_why *why)
{
	struct store_txn *fresh = NULL;
	struct store_txn *mend = NULL;
	enum err e = store_read(w->fresh, &fresh, why);

	if (e == ERR_OK && w->r->repair)
		e = store_write(w->rests, &mend, why);
	for (size_t i = 0; i < TABLES && e == ERR_OK; i++) {
		e = compare_table(w, i, fresh, mend, why);
		if (e == ERR_OK && mend != NULL)
			e = store_distrust(mend, tables[i].name, false, why);
	}
	store_abort(fresh);
	if (e == ERR_OK && mend != NULL)
		return store_commit(mend, why);
	store_abort(mend);
	return e;
}

/* ---- the whole ---- */

static void
remove_scratch(const char *dir)
{
	static const char *const files[] = {
	    "data.mdb", "lock.mdb", "redo.0", "redo.1", "redo.lock"};
	char path[4096];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

enum err
refold(const struct refold *r, struct err_why *why)
{
	struct work w = {.r = r, .rests = log_book_store(r->book)};
	enum err e;

	remove_scratch(r->scratch); /* of one that was interrupted */
	w.cache = mem_alloc(1, sizeof *w.cache);
	e = fold_tables_open(&w.old, w.rests, why);
	store_trust(w.rests);
	if (e == ERR_OK)
		e = store_open(&w.fresh, r->scratch, STORE_CREATE, why);
	if (e == ERR_OK)
		e = fold_tables_open(&w.new, w.fresh, why);
	if (e == ERR_OK)
		e = store_read(w.rests, &w.from, why);
	if (e == ERR_OK)
		e = each_log(&w, false, why);
	if (e == ERR_OK)
		e = each_log(&w, true, why);
	if (e == ERR_OK)
		e = keep(&w, why);
	if (e == ERR_OK)
		e = compare(&w, why);
	store_abort(w.from);
	store_close(w.fresh);
	free(w.cache);
	remove_scratch(r->scratch);
	return e;
}

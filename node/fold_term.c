/* fold_term.c - certificates by when they end, credentials by status index. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_term.h"

#include "node/fold_key.h"

#define ROWS_MAX 3
#define DUE_KEY_BYTES 27
#define STATUS_KEY_BYTES 22
#define STATUS_BYTES 9

struct line {
	struct fold_key key;
	struct fold_key value;
};

struct lines {
	struct line at[ROWS_MAX];
	size_t len;
};

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
add_due(struct lines *l, const struct fold_term_change *c, const struct row *r,
    enum fold_term term, int64_t at_us)
{
	struct line *n = &l->at[l->len];

	if (at_us <= 0)
		return;
	l->len++;
	n->key = fold_key_slot(c->slot);
	fold_key_uint(&n->key, (uint64_t)term, 1);
	fold_key_uint(&n->key, (uint64_t)at_us, 8);
	fold_key_put(&n->key, c->id, 16);
	n->value.len = 0;
	fold_key_uint(&n->value, r->type, 8);
}

static void
due_of(struct lines *l, const struct fold_term_change *c, const struct row *r)
{
	if (r->state != ROW_VALID && r->state != ROW_CERT_SUSPENDED)
		return;
	add_due(l, c, r, FOLD_TERM_END, r->to_us);
	if (r->mark_us != 0)
		add_due(l, c, r, FOLD_TERM_REVIEW, r->mark_us);
	else
		add_due(
		    l, c, r, FOLD_TERM_REVIEWED, later(r->from_us, r->stop_us));
	add_due(l, c, r, FOLD_TERM_WORKED, later(r->from_us, r->start_us));
}

int64_t
fold_term_lapses(const struct row *r)
{
	return r->mark_us != 0 && r->mark_us < r->to_us ? r->mark_us + 1
	                                                : r->to_us;
}

static void
status_of(
    struct lines *l, const struct fold_term_change *c, const struct row *r)
{
	struct line *n = &l->at[l->len];
	bool partial = (r->flags & ROW_PARTIAL) != 0;

	if (r->other == 0)
		return;
	l->len++;
	n->key = fold_key_slot(c->slot);
	fold_key_uint(&n->key, r->other - 1, 4);
	fold_key_put(&n->key, c->id, 16);
	n->value.len = 0;
	fold_key_uint(&n->value, partial ? 0 : r->state, 1);
	fold_key_uint(&n->value, (uint64_t)fold_term_lapses(r), 8);
}

static struct lines
lines_of(const struct fold_term_change *c, const struct row *r)
{
	struct lines l = {.len = 0};

	if (r != NULL && r->kind == LEDGER__KIND__CERTIFICATE)
		due_of(&l, c, r);
	if (r != NULL && r->kind == LEDGER__KIND__CREDENTIAL)
		status_of(&l, c, r);
	return l;
}

static bool
same(const struct fold_key *a, const struct fold_key *b)
{
	return a->len == b->len && memcmp(a->b, b->b, a->len) == 0;
}

/* values: they must agree, too. */
static bool
among(const struct lines *l, const struct line *n, bool values)
{
	for (size_t i = 0; i < l->len; i++) {
		if (same(&l->at[i].key, &n->key) &&
		    (!values || same(&l->at[i].value, &n->value)))
			return true;
	}
	return false;
}

enum err
fold_term_follow(
    struct fold *f, const struct fold_term_change *c, struct err_why *why)
{
	const struct row *any = c->now != NULL ? c->now : c->was;
	struct store_table t = f->t->due;
	struct lines was;
	struct lines now;
	enum err e = ERR_OK;

	/* Every alarm comes by here. */
	if (any == NULL ||
	    (any->kind != LEDGER__KIND__CERTIFICATE &&
	        any->kind != LEDGER__KIND__CREDENTIAL))
		return ERR_OK;
	was = lines_of(c, c->was);
	now = lines_of(c, c->now);
	if (any->kind == LEDGER__KIND__CREDENTIAL)
		t = f->t->status;
	for (size_t i = 0; i < was.len && e == ERR_OK; i++) {
		if (among(&now, &was.at[i], false))
			continue;
		e = store_del(f->txn, t, fold_key_view(&was.at[i].key), why);
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	for (size_t i = 0; i < now.len && e == ERR_OK; i++) {
		if (!among(&was, &now.at[i], true))
			e = store_put(f->txn, t, fold_key_view(&now.at[i].key),
			    fold_key_view(&now.at[i].value), why);
	}
	return e;
}

bool
fold_term_status(struct fold_term_status *out, const struct store_row *r)
{
	if (r->key.len != STATUS_KEY_BYTES || r->value.len != STATUS_BYTES)
		return false;
	out->index = (uint32_t)fold_key_u64(bytes_of(r->key.ptr + 2, 4));
	memcpy(out->id, r->key.ptr + 6, 16);
	out->state = r->value.ptr[0];
	out->end_us = (int64_t)fold_key_u64(bytes_of(r->value.ptr + 1, 8));
	return true;
}

bool
fold_term_due(struct fold_term_due *out, const struct store_row *r)
{
	if (r->key.len != DUE_KEY_BYTES || r->value.len != 8)
		return false;
	out->term = (enum fold_term)r->key.ptr[2];
	out->at_us = (int64_t)fold_key_u64(bytes_of(r->key.ptr + 3, 8));
	memcpy(out->id, r->key.ptr + 11, 16);
	out->class = fold_key_u64(r->value);
	return true;
}

/* heads_tail.c - lost entries of an own log, back from a member. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/heads_tail.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_erased.h"
#include "ledger/log_read.h"
#include "node/commit.h"
#include "node/draft.h"
#include "node/incarnation.h"
#include "proto/mem.h"

struct tail {
	struct commit_cmd cmd;
	struct heads_tail t;
	char peer[NOTE_NAME_MAX + 1];
	struct log_item *items;
	struct buf bytes; /* that the items point into */
	struct buf note;
	struct note_checkpoint head;
	struct tree_proof proof;
	struct log_extension x;
	struct log_ready *ready;
	enum err result;
	struct err_why why;
};

enum err
heads_tail_held(struct site *s, enum site_kind kind, struct tree_head *out)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, NULL);

	if (e == ERR_OK)
		e = log_state(
		    s->own.book, txn, site_log(s, kind)->slot, st, NULL);
	store_abort(txn);
	if (e == ERR_OK) {
		out->size = st->frontier.size;
		tree_root(&st->frontier, &out->root);
	}
	free(st);
	return e;
}

/* ---- erasures among them ---- */

static const Record__Erasure *
erasure_of(const struct log_opened *o)
{
	if (o->entry->kind != LEDGER__KIND__ERASURE || o->body == NULL ||
	    o->body->descriptor != &record__erasure__descriptor)
		return NULL;
	return (const Record__Erasure *)(const void *)o->body;
}

/* The tables of its record, once, as they follow from what is left. */
static enum err
fold_again(struct commit_ctx *ctx, const struct log_erasure *x,
    struct log_erased_records *seen, struct err_why *why)
{
	struct log_opened at = {.entry = NULL};
	const struct log_stretch s = {x->slot, x->index, &at, 1, true};
	struct log_book *book = ctx->site->own.book;
	struct bytes leaf;
	enum err e = log_entry(book, ctx->txn, x->slot, x->index, &leaf, why);

	if (e == ERR_OK)
		e = log_decode(&at.entry, leaf, why);
	if (e == ERR_OK && log_erased_first(seen, x->slot, at.entry))
		e = fold_stretch(&ctx->fold, &s, why);
	if (at.entry != NULL)
		ledger__entry__free_unpacked(at.entry, NULL);
	return e;
}

/* What of it is here; the rest is marked, or was never of this node. */
static enum err
erase_plan(struct commit_ctx *ctx, const Record__Erasure *m,
    struct log_erasure *all, size_t *n, struct err_why *why)
{
	struct log_book *book = ctx->site->own.book;
	uint16_t slot;
	enum err e = log_slot(book, ctx->txn, m->origin, &slot, why);

	*n = 0;
	for (size_t i = 0; e == ERR_OK && i < log_erased_count(m); i++) {
		enum log_rest rest = LOG_REST_NONE;
		uint64_t index = log_erased_index(m, i);

		if (i > 0 && index <= log_erased_index(m, i - 1))
			break;
		e = log_rest(book, ctx->txn, slot, index, &rest, why);
		/* The member had carried it out: it says so here, too. */
		if (e == ERR_OK && rest == LOG_REST_NONE && m->n_fields == 0)
			e = log_erase_mark(book, ctx->txn, slot, index, why);
		else if (e == ERR_OK && rest == LOG_REST_HELD)
			all[(*n)++] = (struct log_erasure){.slot = slot,
			    .index = index,
			    .fields = m->fields,
			    .fields_len = m->n_fields,
			    .later = m->goes_on};
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
erase_one(struct commit_ctx *ctx, const Record__Erasure *m, struct err_why *why)
{
	struct log_erased_records seen = {.len = 0};
	struct log_erasure *all;
	struct generation g;
	size_t n = 0;
	enum err e;

	if (m->origin == NULL ||
	    generation_get(&g, m->origin, NULL) != ERR_OK ||
	    strcmp(g.name, ctx->site->name) != 0)
		return ERR_OK;
	all = mem_alloc(log_erased_count(m), sizeof *all);
	e = erase_plan(ctx, m, all, &n, why);
	if (e == ERR_OK && n > 0) {
		ctx->erased = true;
		e = log_erase(ctx->site->own.book, ctx->txn, all, n, why);
	}
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = fold_again(ctx, &all[i], &seen, why);
	free(seen.at);
	free(all);
	return e;
}

static void
forget_gap(struct heads_tail_gaps *g, uint64_t index)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->at[i] == index) {
			g->at[i] = g->at[--g->len];
			return;
		}
}

/* After the commit: what is missing, and whose absence is explained. */
static void
note_gaps(const struct tail *t)
{
	const struct log_opened *o = log_ready_opened(t->ready);
	struct heads_tail_gaps *g = t->t.gaps;
	const char *origin = site_log(t->t.site, t->t.kind)->key.name;

	for (size_t i = 0; i < t->x.len; i++) {
		const Record__Erasure *m = erasure_of(&o[i]);

		if (o[i].entry->has_commitment && t->items[i].sealed.len == 0) {
			g->at = mem_resize(g->at, g->len + 1, sizeof *g->at);
			g->at[g->len++] = t->x.from + i;
		}
		if (m != NULL && m->n_fields == 0 && m->origin != NULL &&
		    strcmp(m->origin, origin) == 0)
			for (size_t k = 0; k < log_erased_count(m); k++)
				forget_gap(g, log_erased_index(m, k));
	}
}

/* ---- storing ---- */

static enum err
run_tail(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct tail *t = (struct tail *)cmd;
	const struct log_opened *o = log_ready_opened(t->ready);
	struct log_stretch s = {
	    ctx->logs->log[t->t.kind].slot, t->x.from, o, t->x.len, false};
	enum err e;

	ctx->writes += (unsigned)t->x.len;
	ctx->touched |= 1u << t->t.kind;
	e = log_extend(ctx->site->own.book, ctx->txn, s.slot, &t->x, why);
	if (e == ERR_OK)
		e = incarnation_renew(&ctx->site->own, ctx->txn, why);
	if (e == ERR_OK)
		e = fold_stretch(&ctx->fold, &s, why);
	for (size_t i = 0; e == ERR_OK && i < t->x.len; i++) {
		const Record__Erasure *m = erasure_of(&o[i]);

		if (m != NULL)
			e = erase_one(ctx, m, why);
	}
	return e;
}

static void
end_tail(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	struct tail *t = (struct tail *)cmd;

	(void)heads;
	t->result = e;
	t->why = *why;
}

static void
store_tail(void *arg)
{
	struct tail *t = arg;
	enum err e;

	t->ready = log_ready_new(t->t.site->own.book, t->items, t->x.len);
	log_ready_plain(t->ready);
	for (size_t i = 0; i < log_ready_parts(t->ready); i++)
		log_ready_run(t->ready, i);
	t->x.ready = t->ready;
	e = commit_put(t->t.site->commit, &t->cmd, &t->why);
	if (e == ERR_OK)
		e = t->result;
	if (e == ERR_OK)
		note_gaps(t);
	t->t.done(t->t.arg, (int)t->t.kind, t->peer, e, &t->why);
	log_ready_free(t->ready);
	buf_clear(&t->bytes);
	buf_clear(&t->note);
	free(t->items);
	free(t);
}

static void
copy_items(struct tail *t, const struct log_extension *x)
{
	size_t total = 0, at = 0;
	uint8_t *to;

	for (size_t i = 0; i < x->len; i++)
		total += x->items[i].leaf.len + x->items[i].sealed.len;
	buf_init(&t->bytes, total + 1);
	to = buf_grow(&t->bytes, total + 1);
	t->items = mem_alloc(x->len, sizeof *t->items);
	for (size_t i = 0; i < x->len; i++) {
		const struct log_item *in = &x->items[i];

		memcpy(to + at, in->leaf.ptr, in->leaf.len);
		t->items[i].leaf = bytes_of(to + at, in->leaf.len);
		at += in->leaf.len;
		if (in->sealed.len == 0)
			continue;
		memcpy(to + at, in->sealed.ptr, in->sealed.len);
		t->items[i].sealed = bytes_of(to + at, in->sealed.len);
		at += in->sealed.len;
	}
}

void
heads_tail_store(const struct heads_tail *in, const struct log_extension *x)
{
	struct tail *t = mem_alloc(1, sizeof *t);

	t->cmd.run = run_tail;
	t->cmd.done = end_tail;
	t->t = *in;
	(void)snprintf(t->peer, sizeof t->peer, "%s", in->peer);
	copy_items(t, x);
	buf_init(&t->note, NOTE_BYTES_MAX);
	buf_bytes(&t->note, x->note);
	t->head = *x->head;
	t->proof = *x->proof;
	t->x = (struct log_extension){.from = x->from,
	    .items = t->items,
	    .len = x->len,
	    .note = buf_view(&t->note),
	    .head = &t->head,
	    .proof = &t->proof,
	    .retention_class = draft_retention_class};
	commit_between(in->site->commit, store_tail, t);
}

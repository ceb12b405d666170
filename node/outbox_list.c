/* outbox_list.c - notices that are due or were given up, as people see them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/fold_key.h"
#include "node/outbox_look.h"
#include "proto/mem.h"

/* Calls `each` for the rows from `from` on, until it says so. */
struct walk {
	struct outbox *o;
	struct fold f;
	struct fold_key from;
	bool (*each)(struct walk *w, const struct fold_notice_row *n,
	    enum err *e, struct err_why *why);
	void *arg;
};

static enum err
walk(struct walk *w, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	struct fold_notice_row n;
	bool more = true;
	enum err e = outbox_look_open(w->o->site, &w->f, why);

	if (e != ERR_OK)
		return e;
	e = store_cursor(w->f.txn, w->f.t->notice, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, fold_key_view(&w->from), &row);
	while (e == ERR_OK && more && row.key.len > 2 &&
	    memcmp(row.key.ptr, w->from.b, 2) == 0) {
		if (fold_notice_get(&n, &row))
			more = w->each(w, &n, &e, why);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	store_abort(w->f.txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- a page ---- */

struct page {
	const struct outbox_query *q;
	uint64_t target; /* hash; 0: all */
	uint64_t *areas; /* as many as the scope has */
	int64_t now_us;
	Api__Outbox *out;
};

static bool
covered(const struct page *p, uint64_t area)
{
	for (size_t i = 0; i < p->q->scope->areas_len; i++)
		if (p->areas[i] == area)
			return true;
	return p->q->scope->areas_len == 0;
}

static char *
area_text(struct fold *f, uint16_t slot, uint64_t area)
{
	struct fold_key k = fold_key_slot(slot);
	struct bytes text;
	char *out;

	fold_key_uint(&k, FOLD_AREA, 1);
	fold_key_uint(&k, area, 8);
	if (area == 0 ||
	    store_get(f->txn, f->t->name, fold_key_view(&k), &text, NULL) !=
	        ERR_OK)
		return NULL;
	out = mem_alloc(text.len + 1, 1);
	memcpy(out, text.ptr, text.len);
	return out;
}

static Api__OutboxItem *
item_of(struct walk *w, const struct outbox_due *due, const struct row *about)
{
	const struct page *p = w->arg;
	const struct notice_kind *kind = notice_kind(due->row.kind);
	Api__OutboxItem *m = mem_alloc(1, sizeof *m);
	struct outbox_tries tries;
	char id[TEXT_UUID_CHARS + 1];

	api__outbox_item__init(m);
	text_uuid_put(id, due->id);
	m->notice_id = mem_strdup(id);
	m->target = mem_strdup(due->target);
	m->kind = mem_strdup(kind != NULL ? kind->name : "?");
	m->state = mem_strdup(
	    due->row.state == FOLD_NOTICE_PENDING ? "PENDING" : "GIVEN_UP");
	m->about_kind = mem_strdup(row_kind_text(about->kind));
	text_uuid_put(id, due->about);
	m->about_id = mem_strdup(id);
	m->has_about_seq = true;
	m->about_seq = due->about_seq;
	m->area = area_text(&w->f, w->o->site->evidence, about->area);
	m->has_since_at = true;
	m->since_at = due->row.since_us;
	m->has_age_seconds = true;
	if (p->now_us > due->row.since_us)
		m->age_seconds =
		    (uint64_t)(p->now_us - due->row.since_us) / 1000000;
	outbox_tries(w->o, due->row.place, due->row.target, &tries);
	m->has_attempts = tries.attempts > 0;
	m->attempts = tries.attempts;
	m->has_status = tries.status > 0;
	m->status = (uint32_t)tries.status;
	if (tries.error[0] != '\0')
		m->error = mem_strdup(tries.error);
	return m;
}

static bool
add_row(struct walk *w, const struct fold_notice_row *n, enum err *e,
    struct err_why *why)
{
	struct page *p = w->arg;
	struct outbox_due due = {.row = *n};
	struct row about;
	char next[64];

	if (n->state == FOLD_NOTICE_PENDING)
		p->out->pending++;
	else
		p->out->given_up++;
	if ((p->q->state != 0 && p->q->state != n->state) ||
	    (p->target != 0 && p->target != n->target))
		return true;
	if (p->out->n_items == p->q->limit) {
		if (p->out->next_cursor == NULL) {
			(void)snprintf(next, sizeof next,
			    "%" PRIu64 ".%" PRIu64, n->place, n->target);
			p->out->next_cursor = mem_strdup(next);
		}
		return true;
	}
	*e = outbox_look_at(&w->f, w->o->site->evidence, &due, why);
	if (*e == ERR_OK)
		*e = fold_get(
		    &w->f, w->o->site->evidence, due.about, &about, why);
	if (*e != ERR_OK) {
		/* Damaged: audit names it; the others are to be seen. */
		*e = ERR_OK;
		return true;
	}
	if (covered(p, about.area))
		p->out->items[p->out->n_items++] = item_of(w, &due, &about);
	return true;
}

static enum err
read_cursor(struct walk *w, const char *cursor, struct err_why *why)
{
	const char *dot = cursor != NULL ? strchr(cursor, '.') : NULL;
	uint64_t place = 0, target = 0;

	w->from = fold_key_slot(w->o->site->evidence);
	if (cursor == NULL)
		return ERR_OK;
	if (dot == NULL ||
	    text_u64_get(&place, bytes_of(cursor, (size_t)(dot - cursor)),
	        UINT64_MAX, NULL) != ERR_OK ||
	    text_u64_get(&target, bytes_str(dot + 1), UINT64_MAX, NULL) !=
	        ERR_OK)
		return err_fail(why, ERR_MALFORMED,
		    "cursor: not one that a page before gave");
	w->from = fold_notice_key(w->o->site->evidence, place, target);
	return ERR_OK;
}

enum err
outbox_list(struct outbox *o, const struct outbox_query *q, Api__Outbox **out,
    struct err_why *why)
{
	struct page p = {.q = q, .now_us = site_now(o->site)};
	struct walk w = {.o = o, .each = add_row, .arg = &p};
	enum err e = read_cursor(&w, q->cursor, why);

	if (e != ERR_OK)
		return e;
	p.target = fold_hash(&o->site->index_mac, FOLD_TARGET, q->target);
	p.areas = mem_alloc(q->scope->areas_len + 1, sizeof *p.areas);
	for (size_t i = 0; i < q->scope->areas_len; i++)
		p.areas[i] = fold_hash(
		    &o->site->index_mac, FOLD_AREA, q->scope->areas[i]);
	p.out = mem_alloc(1, sizeof *p.out);
	api__outbox__init(p.out);
	p.out->items = mem_alloc(q->limit + 1, sizeof *p.out->items);
	/* Of a later page: what follows it. */
	p.out->has_pending = p.out->has_given_up = q->cursor == NULL;
	e = walk(&w, why);
	free(p.areas);
	if (e == ERR_OK)
		*out = p.out;
	else
		api__outbox__free_unpacked(p.out, NULL);
	return e;
}

/* ---- one, or all that were given up ---- */

struct search {
	const char *id;
	struct outbox_found *out;
};

static bool
try_row(struct walk *w, const struct fold_notice_row *n, enum err *e,
    struct err_why *why)
{
	struct search *s = w->arg;
	struct outbox_due due = {.row = *n};
	char id[TEXT_UUID_CHARS + 1];

	(void)e;
	if (s->id == NULL && n->state == FOLD_NOTICE_PENDING) {
		s->out->waiting++;
		return true;
	}
	if (outbox_look_at(&w->f, w->o->site->evidence, &due, why) != ERR_OK)
		return true;
	text_uuid_put(id, due.id);
	if (s->id != NULL && strcmp(id, s->id) != 0)
		return true;
	s->out->at[s->out->len++] = due;
	return s->id == NULL && s->out->len < s->out->most;
}

enum err
outbox_find(struct outbox *o, const char *id, struct outbox_found *out,
    struct err_why *why)
{
	struct search s = {.id = id, .out = out};
	struct walk w = {.o = o,
	    .from = fold_key_slot(o->site->evidence),
	    .each = try_row,
	    .arg = &s};
	enum err e;

	out->len = out->waiting = 0;
	e = walk(&w, why);
	if (e == ERR_OK && id != NULL && out->len == 0)
		e = err_fail(why, ERR_NOT_FOUND,
		    "no notice with this id is pending or given up: lianfang "
		    "outbox list");
	return e;
}

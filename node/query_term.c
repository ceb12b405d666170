/* query_term.c - whose certificates end soon, by the order of their ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_term.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/decide_load.h"
#include "node/domain/term.h"
#include "node/fold_key.h"
#include "node/query_view.h"
#include "proto/mem.h"
#include "proto/text.h"

#define DAY_US TERM_DAY_US
#define SLACK_US (4 * DAY_US) /* months end on different days */

const char *
query_term_text(enum fold_term term)
{
	switch (term) {
	case FOLD_TERM_END:
		return "END";
	case FOLD_TERM_REVIEW:
	case FOLD_TERM_REVIEWED:
		return "REVIEW";
	case FOLD_TERM_WORKED:
		break;
	}
	return "IDLE";
}

/* ---- the table, stretch by stretch ---- */

/* Rows of one term whose classes count so many months from them. */
struct stream {
	const struct query_term_window *w;
	enum fold_term term;
	uint32_t months; /* 0: the row is the end itself */
	bool (*each)(void *arg, const struct query_term *t);
	void *arg;
	bool enough;
};

static uint32_t
months_of(const Pack__CredentialClass *c, enum fold_term term)
{
	if (c == NULL || term == FOLD_TERM_END || term == FOLD_TERM_REVIEW)
		return 0;
	return term == FOLD_TERM_WORKED ? c->idle_months : c->review_months;
}

static int64_t
due_of(const struct stream *s, int64_t at_us)
{
	return s->months == 0
	    ? at_us
	    : term_after(at_us, (int)s->months, s->w->pack->day_offset_minutes);
}

static int
order(const struct query_term *a, const struct query_term *b)
{
	if (a->due_us != b->due_us)
		return a->due_us < b->due_us ? -1 : 1;
	if (a->term != b->term)
		return a->term < b->term ? -1 : 1;
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	return memcmp(a->id, b->id, sizeof a->id);
}

/* Where its first row in question may be. */
static struct fold_key
start(const struct stream *s)
{
	const struct query_term *after = s->w->after;
	struct fold_key k = fold_key_slot(s->w->site->evidence);
	int64_t due = s->w->from_us;
	int64_t at;

	if (after != NULL && after->due_us > due)
		due = after->due_us;
	at = due;
	if (s->months != 0)
		at = term_after(
		         due, -(int)s->months, s->w->pack->day_offset_minutes) -
		    SLACK_US;
	fold_key_uint(&k, (uint64_t)s->term, 1);
	fold_key_uint(&k, at > 0 ? (uint64_t)at : 0, 8);
	return k;
}

/* False: everything further ends later. */
static bool
take(struct stream *s, const struct fold_term_due *row)
{
	const struct digest_hmac *mac = &s->w->site->index_mac;
	struct query_term t = {
	    .due_us = due_of(s, row->at_us),
	    .term = row->term,
	    .at_us = row->at_us,
	    .class = decide_class(mac, s->w->pack, row->class),
	};

	if (t.due_us > s->w->to_us)
		return false;
	memcpy(t.id, row->id, sizeof t.id);
	if (t.due_us <= s->w->from_us ||
	    months_of(t.class, row->term) != s->months ||
	    (s->w->after != NULL && order(&t, s->w->after) <= 0))
		return true;
	s->enough = !s->each(s->arg, &t);
	return !s->enough;
}

static enum err
run(struct stream *s, struct err_why *why)
{
	struct fold_key k = start(s);
	struct store_cursor *c = NULL;
	struct fold_term_due due;
	struct store_row row;
	bool damaged = false;
	enum err e =
	    store_cursor(s->w->txn, s->w->site->own.tables.due, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len >= 3 &&
	    memcmp(row.key.ptr, k.b, 3) == 0) {
		/* What ends after one that cannot be read ends all the same. */
		if (!fold_term_due(&due, &row))
			damaged = true;
		else if (!take(s, &due))
			break;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	return damaged
	    ? err_fail(why, ERR_CORRUPT,
	          "a row of `due` is damaged; lianfang audit names it, "
	          "lianfang reindex mends it")
	    : ERR_OK;
}

/* Each number of months once. */
static bool
is_first(const Pack__Credentials *p, size_t i, enum fold_term term)
{
	for (size_t k = 0; k < i; k++) {
		if (months_of(p->classes[k], term) ==
		    months_of(p->classes[i], term))
			return false;
	}
	return months_of(p->classes[i], term) != 0;
}

/* Others are gone through all the same. */
static enum err
first_of(enum err was, enum err is)
{
	return was != ERR_OK ? was : is;
}

enum err
query_term_each(const struct query_term_window *w,
    bool (*each)(void *arg, const struct query_term *t), void *arg,
    struct err_why *why)
{
	static const enum fold_term terms[] = {FOLD_TERM_END, FOLD_TERM_REVIEW,
	    FOLD_TERM_REVIEWED, FOLD_TERM_WORKED};
	struct stream s = {.w = w, .each = each, .arg = arg};
	enum err e = ERR_OK;

	for (size_t i = 0; i < 4 && !s.enough; i++) {
		s.term = terms[i];
		s.months = 0;
		if (s.term == FOLD_TERM_END || s.term == FOLD_TERM_REVIEW) {
			e = first_of(e, run(&s, why));
			continue;
		}
		for (size_t c = 0;
		     w->pack != NULL && c < w->pack->n_classes && !s.enough;
		     c++) {
			if (!is_first(w->pack, c, s.term))
				continue;
			s.months = months_of(w->pack->classes[c], s.term);
			e = first_of(e, run(&s, why));
		}
	}
	return e;
}

/* ---- a page ---- */

/* The earliest of all, in a heap whose root is the latest of them. */
struct page {
	struct query_term *at;
	size_t len;
	size_t max;
	struct query_term_window w;
};

static void
sink(struct page *p, size_t i)
{
	for (;;) {
		size_t top = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < p->len; k++) {
			if (order(&p->at[k], &p->at[top]) > 0)
				top = k;
		}
		if (top == i)
			return;
		struct query_term t = p->at[i];
		p->at[i] = p->at[top];
		p->at[top] = t;
		i = top;
	}
}

static void
rise(struct page *p, size_t i)
{
	while (i > 0 && order(&p->at[i], &p->at[(i - 1) / 2]) > 0) {
		struct query_term t = p->at[i];

		p->at[i] = p->at[(i - 1) / 2];
		p->at[(i - 1) / 2] = t;
		i = (i - 1) / 2;
	}
}

static bool
keep(void *arg, const struct query_term *t)
{
	struct page *p = arg;

	if (p->len < p->max) {
		p->at[p->len] = *t;
		rise(p, p->len++);
		return true;
	}
	if (order(t, &p->at[0]) < 0) {
		p->at[0] = *t;
		sink(p, 0);
	}
	/* Nothing that ends later is on this page. */
	if (p->at[0].due_us < p->w.to_us)
		p->w.to_us = p->at[0].due_us;
	return true;
}

static int
by_order(const void *a, const void *b)
{
	return order(a, b);
}

/* "due.term.at.uuid" */
static enum err
read_cursor(struct query_term *out, const char *text, struct err_why *why)
{
	struct bytes in = bytes_str(text);
	uint64_t n[3];

	for (size_t i = 0; i < 3; i++) {
		const uint8_t *dot = memchr(in.ptr, '.', in.len);
		size_t len = dot != NULL ? (size_t)(dot - in.ptr) : 0;

		if (dot == NULL ||
		    text_u64_get(&n[i], bytes_of(in.ptr, len), INT64_MAX,
		        NULL) != ERR_OK)
			return err_fail(
			    why, ERR_MALFORMED, "cursor: not one of ours");
		in = bytes_of(dot + 1, in.len - len - 1);
	}
	if (n[1] < FOLD_TERM_END || n[1] > FOLD_TERM_WORKED ||
	    text_uuid_get(out->id, in, NULL) != ERR_OK)
		return err_fail(why, ERR_MALFORMED, "cursor: not one of ours");
	out->due_us = (int64_t)n[0];
	out->term = (enum fold_term)n[1];
	out->at_us = (int64_t)n[2];
	return ERR_OK;
}

static char *
make_cursor(const struct query_term *t)
{
	char id[TEXT_UUID_CHARS + 1];
	char text[128];

	text_uuid_put(id, t->id);
	(void)snprintf(text, sizeof text, "%" PRId64 ".%u.%" PRId64 ".%s",
	    t->due_us, (unsigned)t->term, t->at_us, id);
	return mem_strdup(text);
}

static enum err
show(struct query_view *v, const struct query_term *t, int64_t now_us,
    Api__ExpiringItem **out, struct err_why *why)
{
	Api__ExpiringItem *m = mem_alloc(1, sizeof *m);
	struct row r;
	enum err e;

	api__expiring_item__init(m);
	*out = m;
	m->term = mem_strdup(query_term_text(t->term));
	m->has_due_at = true;
	m->due_at = t->due_us;
	m->has_days_left = true;
	m->days_left = (uint32_t)((t->due_us - now_us + DAY_US - 1) / DAY_US);
	if (t->class != NULL && t->class->clause != NULL)
		m->clause = mem_strdup(t->class->clause);
	e = fold_get(&v->fold, v->slot, t->id, &r, why);
	if (e != ERR_OK)
		return e;
	m->record = query_view_record(v, t->id, &r, now_us);
	e = query_view_event(v, m->record, r.first, why);
	return e == ERR_CORRUPT ? ERR_OK : e;
}

static enum err
show_all(struct page *p, size_t limit, Api__Expiring *out, struct err_why *why)
{
	static const struct query_scope scope = {.own_only = true};
	struct site *s = p->w.site;
	struct query_view v = {
	    .site = s, .own = true, .slot = s->evidence, .scope = &scope};
	const size_t n = p->len < limit ? p->len : limit;
	enum err e;

	v.fold = (struct fold){.txn = p->w.txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac};
	e = query_view_open(&v, why);
	out->items = mem_alloc(n + 1, sizeof *out->items);
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = show(&v, &p->at[i], p->w.from_us,
		    &out->items[out->n_items++], why);
	if (e == ERR_OK && p->len > limit)
		out->next_cursor = make_cursor(&p->at[limit - 1]);
	return e;
}

enum err
query_terms(struct site *s, const struct query_term_ask *ask,
    Api__Expiring **out, struct err_why *why)
{
	const int64_t now = site_now(s);
	struct query_term after;
	struct page p = {
	    .max = ask->limit + 1,
	    .w = {.site = s,
	        .pack = packs_credentials(s->packs, now),
	        .from_us = now,
	        .to_us = now + ask->days * DAY_US},
	};
	Api__Expiring *m = NULL;
	enum err e = ERR_OK;

	if (ask->days < 1 || ask->days > QUERY_TERM_DAYS_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "within: expected 1d to %dd", QUERY_TERM_DAYS_MAX);
	if (ask->limit < 1 || ask->limit > QUERY_TERM_PAGE_MAX)
		return err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_TERM_PAGE_MAX);
	if (ask->cursor != NULL) {
		e = read_cursor(&after, ask->cursor, why);
		p.w.after = &after;
	}
	if (e == ERR_OK)
		e = store_read(s->own.store, &p.w.txn, why);
	if (e != ERR_OK)
		return e;
	p.at = mem_alloc(p.max, sizeof *p.at);
	m = mem_alloc(1, sizeof *m);
	api__expiring__init(m);
	e = query_term_each(&p.w, keep, &p, why);
	qsort(p.at, p.len, sizeof *p.at, by_order);
	if (e == ERR_OK)
		e = show_all(&p, ask->limit, m, why);
	store_abort(p.w.txn);
	free(p.at);
	if (e == ERR_OK)
		*out = m;
	else
		api__expiring__free_unpacked(m, NULL);
	return e;
}

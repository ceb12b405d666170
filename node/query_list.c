/* query_list.c - a page of records, from own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_span.h"
#include "node/query_hide.h"
#include "node/query_view.h"
#include "proto/mem.h"
#include "proto/text.h"

#define LIMIT_DEFAULT 100
#define EXAMINED_MAX 20000 /* rows looked at for one page */
#define PICKS_MAX 5000 /* more than these that a table names: look at all */
#define SLACK_US (INT64_C(10) * 60 * 1000000) /* clocks of sources */
#define NEWEST INT64_MAX /* cursor before the first row of a log */

/* Everything a list needs, with the filters as hashes. */
struct list {
	struct site *site;
	Ledger__Kind kind;
	const Api__RecordQuery *q;
	const struct query_scope *scope;
	uint64_t type;
	uint64_t area;
	uint64_t subject;
	uint8_t state;
	bool up; /* oldest first */
	uint64_t *areas; /* of the scope */
	size_t limit;
	size_t examined;
	int64_t now_us;
	Api__Records *out;
	/* Where the page before ended. */
	bool resume;
	bool resume_own;
	uint16_t resume_slot;
	uint64_t resume_index;
};

static bool
given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* "o1.42": own store, line 1, after place 42; "r..." replicas. */
static enum err
read_cursor(struct list *l, struct err_why *why)
{
	struct bytes in;
	struct bytes part;
	uint64_t slot = 0;
	const uint8_t *dot;

	if (!given(l->q->cursor))
		return ERR_OK;
	in = bytes_str(l->q->cursor);
	l->resume = true;
	l->resume_own = in.ptr[0] == 'o';
	dot = memchr(in.ptr, '.', in.len);
	if ((in.ptr[0] != 'o' && in.ptr[0] != 'r') || dot == NULL)
		return err_fail(why, ERR_MALFORMED, "cursor: not one of ours");
	part = bytes_of(in.ptr + 1, (size_t)(dot - in.ptr) - 1);
	if (text_u64_get(&slot, part, UINT16_MAX, why) != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "cursor");
	part = bytes_of(dot + 1, in.len - (size_t)(dot - in.ptr) - 1);
	if (text_u64_get(&l->resume_index, part, NEWEST, why) != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "cursor");
	l->resume_slot = (uint16_t)slot;
	return ERR_OK;
}

static enum err
read_filters(struct list *l, struct err_why *why)
{
	const struct digest_hmac *mac = &l->site->index_mac;
	const Api__RecordQuery *q = l->q;
	bool machine =
	    l->kind == LEDGER__KIND__ALARM || l->kind == LEDGER__KIND__CASE;

	l->limit = q->has_limit ? q->limit : LIMIT_DEFAULT;
	if (l->limit < 1 || l->limit > QUERY_LIMIT_MAX)
		return err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	if (q->has_from_at && q->has_to_at && q->from_at >= q->to_at)
		return err_fail(why, ERR_MALFORMED, "to: not after from");
	l->type = fold_hash(mac, FOLD_TYPE, q->type);
	l->area = fold_hash(mac, FOLD_AREA, q->area);
	l->subject = fold_hash(mac,
	    machine                                 ? FOLD_SOURCE
	        : l->kind == LEDGER__KIND__DELIVERY ? FOLD_TARGET
	                                            : FOLD_SUBJECT,
	    q->subject);
	if (given(q->state)) {
		l->state = row_state_find((uint16_t)l->kind, q->state);
		if (l->state == 0)
			return err_fail(why, ERR_MALFORMED,
			    "state: %s has no state \"%.40s\"",
			    row_kind_text((uint16_t)l->kind), q->state);
	}
	l->up = q->has_ascending && q->ascending;
	l->areas = query_view_areas(mac, l->scope);
	return read_cursor(l, why);
}

static bool
matches(const struct list *l, struct query_view *v, const uint8_t id[static 16],
    const struct row *r)
{
	const Api__RecordQuery *q = l->q;

	if (r->kind != l->kind || !query_view_shows(v, r))
		return false;
	/* A released item stands on the alliance log; once is enough.  What
	 * members say of one is sealed to its publisher (intels.c). */
	if (r->kind == LEDGER__KIND__INTEL &&
	    ((!v->alliance &&
	         (r->state == ROW_RELEASED || r->state == ROW_WITHDRAWN)) ||
	        (r->state == ROW_CLOSED && l->state != ROW_CLOSED)))
		return false;
	if ((given(q->type) && r->type != l->type) ||
	    (given(q->area) && r->area != l->area) ||
	    (given(q->subject) && r->subject != l->subject &&
	        r->other != l->subject))
		return false;
	if (q->has_from_at && r->opened_us < q->from_at)
		return false;
	if (q->has_to_at && r->opened_us >= q->to_at)
		return false;
	if (q->has_level && (r->level == 0 || r->level > q->level))
		return false;
	if (q->has_open && q->open != row_is_open(r))
		return false;
	if (q->overdue && !row_is_overdue(r, l->now_us))
		return false;
	if (l->state != 0 && row_state(r, l->now_us) != l->state)
		return false;
	/* By whose name it was asked for must not be told by the answer. */
	return !given(q->subject) || query_hide_found(v, id, r);
}

/* The place before which nothing can match: no record begins later than its
 * first event was recorded, but for the clocks of sources (fold_kind.h). */
static enum err
low_bound(
    struct list *l, struct query_view *v, uint64_t *out, struct err_why *why)
{
	struct generation_line line;
	struct log_state *st;
	uint32_t number;
	enum err e;

	*out = 0;
	if (!l->q->has_from_at || l->q->from_at < SLACK_US)
		return ERR_OK;
	e = generation_line_of(
	    &line, &number, v->fold.book, v->fold.txn, v->slot, why);
	if (e != ERR_OK)
		return e;
	/* Several generations, each with a clock of its own: look at all. */
	if (line.first != line.newest)
		return ERR_OK;
	st = mem_alloc(1, sizeof *st);
	e = log_state(v->fold.book, v->fold.txn, v->slot, st, why);
	if (e == ERR_OK && st->time_epoch <= 1) {
		e = log_find_time(v->fold.book, v->fold.txn, v->slot,
		    st->time_epoch, l->q->from_at - SLACK_US, out, why);
		*out += generation_place(number, 0);
	}
	free(st);
	return e;
}

static void
set_cursor(struct list *l, const struct query_view *v, uint64_t index)
{
	char text[48];

	(void)snprintf(text, sizeof text, "%c%u.%" PRIu64, v->own ? 'o' : 'r',
	    (unsigned)v->slot, index);
	l->out->next_cursor = mem_strdup(text);
}

static enum err
load(struct query_view *v, const uint8_t id[static 16], struct row *out,
    struct err_why *why)
{
	enum err e = fold_get(&v->fold, v->slot, id, out, why);

	/* An index row without its record must not look like the end. */
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static enum err
show(struct list *l, struct query_view *v, const uint8_t id[static 16],
    const struct row *r, struct err_why *why)
{
	Api__RecordView *m = query_view_record(v, id, r, l->now_us);
	enum err e;

	l->out->items[l->out->n_items++] = m;
	e = query_view_event(v, m, r->first, why);
	/* One damaged leaf must not hide all the other records. */
	return e == ERR_CORRUPT ? ERR_OK : e;
}

/* What cannot be read may be what is asked for: it is in every list of its
 * kind, without a word of what it says. */
static void
show_damaged(struct list *l, Api__RecordView *m)
{
	l->out->items[l->out->n_items++] = m;
}

/* Where the page before ended in this log. */
static bool
resumed(const struct list *l, const struct query_view *v)
{
	return l->resume && l->resume_own == v->own &&
	    l->resume_slot == v->slot;
}

/* ---- few records, by a table that names them ---- */

struct pick {
	uint64_t index;
	uint8_t id[16];
};

struct picks {
	struct pick at[PICKS_MAX];
	size_t len;
	uint8_t lost[QUERY_LIMIT_MAX][16]; /* cannot be read */
	size_t lost_len;
	bool over; /* too many: look at all rows instead */
};

/* Part of a table: keys with this prefix, from a key on, up to a beginning. */
struct part {
	struct store_table table;
	struct fold_key from;
	size_t prefix;
	int64_t until_us; /* 0: all */
};

struct parts {
	struct part at[1 + FOLD_SPAN_LENGTHS];
	size_t len;
};

static void
add_part(struct parts *out, struct store_table table, struct fold_key prefix)
{
	out->at[out->len++] =
	    (struct part){.table = table, .from = prefix, .prefix = prefix.len};
}

/* What began in one area, open or closed, by its beginning. */
static void
add_window(const struct list *l, const struct query_view *v, struct parts *out)
{
	const Api__RecordQuery *q = l->q;
	const uint16_t kind = (uint16_t)l->kind;
	const int64_t until = q->has_to_at ? q->to_at : INT64_MAX;

	add_part(
	    out, v->fold.t->open, fold_key_open(v->slot, kind, l->area, NULL));
	if (l->kind == LEDGER__KIND__ALARM) {
		fold_key_uint(&out->at[0].from,
		    q->from_at > 0 ? (uint64_t)q->from_at : 0, 8);
		out->at[0].until_us = until;
	}
	for (unsigned length = 0; length < FOLD_SPAN_LENGTHS; length++) {
		struct fold_key k =
		    fold_span_from(v->slot, l->area, kind, length, q->from_at);

		add_part(out, v->fold.t->span, k);
		out->at[out->len - 1].prefix = k.len - 8;
		out->at[out->len - 1].until_us = until;
	}
}

/* Where every match stands; none: no table names them. */
static void
narrow(const struct list *l, const struct query_view *v, struct parts *out)
{
	const Api__RecordQuery *q = l->q;
	struct fold_key prefix;

	out->len = 0;
	if (q->has_open && q->open) {
		prefix = fold_key_slot(v->slot);
		fold_key_uint(&prefix, (uint64_t)l->kind, 2);
		if (given(q->area))
			fold_key_uint(&prefix, l->area, 8);
		add_part(out, v->fold.t->open, prefix);
	} else if (given(q->subject) && l->kind == LEDGER__KIND__CERTIFICATE) {
		prefix = fold_key_holder(
		    v->slot, l->subject, (uint16_t)l->kind, NULL);
		add_part(out, v->fold.t->holder, prefix);
	} else if (given(q->area) && q->has_from_at &&
	    fold_span_keeps((uint16_t)l->kind)) {
		add_window(l, v, out);
	}
}

static int
by_index(const void *a, const void *b)
{
	const struct pick *x = a;
	const struct pick *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static bool
within(const struct part *p, struct bytes key)
{
	return key.len >= p->prefix + 16 &&
	    memcmp(key.ptr, p->from.b, p->prefix) == 0 &&
	    (p->until_us == 0 ||
	        (int64_t)fold_key_u64(bytes_of(key.ptr + p->prefix, 8)) <
	            p->until_us);
}

/* Their ids alone, so that too many cost little. */
static enum err
gather_part(struct query_view *v, const struct part *p, struct picks *out,
    struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(v->fold.txn, p->table, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&p->from), &row);
	while (e == ERR_OK && within(p, row.key)) {
		out->over = out->len == PICKS_MAX;
		if (out->over)
			break;
		memcpy(
		    out->at[out->len++].id, row.key.ptr + row.key.len - 16, 16);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
gather(struct list *l, struct query_view *v, struct picks *out,
    struct err_why *why)
{
	struct parts parts;
	size_t found;
	enum err e = ERR_OK;

	narrow(l, v, &parts);
	out->len = out->lost_len = 0;
	out->over = parts.len == 0;
	for (size_t i = 0; i < parts.len && e == ERR_OK && !out->over; i++)
		e = gather_part(v, &parts.at[i], out, why);
	if (e != ERR_OK || out->over)
		return e;
	found = out->len;
	out->len = 0;
	for (size_t i = 0; i < found && e == ERR_OK; i++) {
		struct pick p = out->at[i];
		struct row r;

		e = load(v, p.id, &r, why);
		if (e == ERR_CORRUPT) {
			if (out->lost_len < QUERY_LIMIT_MAX &&
			    (!given(l->q->subject) ||
			        query_hide_found(v, p.id, NULL)))
				memcpy(out->lost[out->lost_len++], p.id, 16);
			e = ERR_OK;
			continue;
		}
		p.index = r.first;
		if (e == ERR_OK && matches(l, v, p.id, &r))
			out->at[out->len++] = p;
	}
	l->examined += found;
	qsort(out->at, out->len, sizeof *out->at, by_index);
	return e;
}

static enum err
list_picks(struct list *l, struct query_view *v, const struct picks *p,
    struct err_why *why)
{
	/* Their order is not known: first of all, that people see them. */
	for (size_t n = 0;
	     n < p->lost_len && !l->resume && l->out->n_items + 1 < l->limit;
	     n++)
		show_damaged(l, query_view_damaged(v, p->lost[n], l->kind));
	for (size_t n = 0; n < p->len; n++) {
		const struct pick *at = &p->at[l->up ? n : p->len - 1 - n];
		struct row r;
		enum err e;

		if (resumed(l, v) &&
		    (l->up ? at->index <= l->resume_index
		           : at->index >= l->resume_index))
			continue;
		e = load(v, at->id, &r, why);
		if (e == ERR_OK)
			e = show(l, v, at->id, &r, why);
		if (e != ERR_OK)
			return e;
		if (l->out->n_items == l->limit) {
			set_cursor(l, v, at->index);
			return ERR_OK;
		}
	}
	return ERR_OK;
}

/* ---- any number of records, in the order of their first events ---- */

static enum err
take_row(struct list *l, struct query_view *v, const struct store_row *row,
    struct err_why *why)
{
	const struct bytes id = row->value;
	struct row r;
	enum err e;

	l->examined++;
	e = load(v, id.ptr, &r, why);
	if (e == ERR_CORRUPT) {
		show_damaged(l,
		    query_view_damaged_at(v, id.ptr, l->kind,
		        fold_key_u64(bytes_of(row->key.ptr + 4, 8))));
		return ERR_OK;
	}
	if (e != ERR_OK || !matches(l, v, id.ptr, &r))
		return e;
	return show(l, v, id.ptr, &r, why);
}

static enum err
first_row(struct list *l, struct query_view *v, uint64_t low,
    struct store_cursor *c, struct store_row *row)
{
	uint64_t at = l->up ? low : UINT64_MAX;
	struct fold_key k;

	if (resumed(l, v) && !l->up)
		at = l->resume_index;
	else if (resumed(l, v) && l->resume_index + 1 > low)
		at = l->resume_index + 1;
	k = fold_key_bykind(v->slot, (uint16_t)l->kind, at);
	return l->up ? store_seek(c, fold_key_view(&k), row)
	             : store_seek_before(c, fold_key_view(&k), row);
}

/* Stops when the page is full or enough was looked at. */
static enum err
list_rows(struct list *l, struct query_view *v, struct err_why *why)
{
	struct fold_key prefix = fold_key_bykind(v->slot, (uint16_t)l->kind, 0);
	struct store_cursor *c = NULL;
	struct store_row row;
	uint64_t low = 0;
	enum err e;

	e = low_bound(l, v, &low, why);
	if (e != ERR_OK)
		return e;
	e = store_cursor(v->fold.txn, v->fold.t->bykind, &c, why);
	if (e != ERR_OK)
		return e;
	e = first_row(l, v, low, c, &row);
	while (e == ERR_OK && row.key.len == prefix.len &&
	    memcmp(row.key.ptr, prefix.b, 4) == 0 && row.value.len == 16) {
		uint64_t index = fold_key_u64(bytes_of(row.key.ptr + 4, 8));

		if (index < low)
			break;
		e = take_row(l, v, &row, why);
		if (e == ERR_OK &&
		    (l->out->n_items == l->limit ||
		        l->examined >= EXAMINED_MAX)) {
			set_cursor(l, v, index);
			break;
		}
		if (e == ERR_OK)
			e = l->up ? store_next(c, &row) : store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
list_log(struct list *l, struct query_view *v, struct err_why *why)
{
	struct picks *p;
	enum err e;

	if (!query_view_holds(v, l->kind))
		return ERR_OK;
	if (l->examined >= EXAMINED_MAX) {
		/* Leaf 0 is LOG_START, never in a list. */
		set_cursor(l, v, l->up ? 0 : NEWEST);
		return ERR_OK;
	}
	p = mem_alloc(1, sizeof *p);
	e = gather(l, v, p, why);
	if (e == ERR_OK && p->over)
		e = list_rows(l, v, why);
	else if (e == ERR_OK)
		e = list_picks(l, v, p, why);
	free(p);
	return e;
}

/* Own store first, then replicas; logs by slot. */
static enum err
list_store(struct list *l, bool own, bool *site_seen, struct err_why *why)
{
	struct site *s = l->site;
	struct site_db *db = own ? &s->own : &s->replica;
	struct query_view v = {
	    .site = s, .own = own, .scope = l->scope, .areas = l->areas};
	unsigned from = 0;
	enum err e;

	if (l->resume && own && !l->resume_own)
		return ERR_OK;
	if (l->resume && own == l->resume_own)
		from = l->resume_slot;
	v.fold = (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
	e = store_read(db->store, &v.fold.txn, why);
	if (e != ERR_OK)
		return e;
	for (unsigned slot = from; slot <= UINT16_MAX; slot++) {
		v.slot = (uint16_t)slot;
		e = query_view_open(&v, why);
		if ((e == ERR_NOT_FOUND && slot == 0) || e == ERR_EXISTS)
			continue;
		if (e != ERR_OK || l->out->next_cursor != NULL)
			break;
		if (given(l->q->site) && strcmp(l->q->site, v.name) != 0)
			continue;
		*site_seen = true;
		e = list_log(l, &v, why);
		if (e != ERR_OK)
			break;
	}
	store_abort(v.fold.txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
query_list(struct site *s, Ledger__Kind kind, const Api__RecordQuery *q,
    const struct query_scope *scope, Api__Records **out, struct err_why *why)
{
	struct list l = {
	    .site = s,
	    .kind = kind,
	    .q = q,
	    .scope = scope,
	    .now_us = site_now(s),
	};
	bool site_seen = false;
	enum err e;

	e = read_filters(&l, why);
	if (e != ERR_OK)
		goto out;
	l.out = mem_alloc(1, sizeof *l.out);
	api__records__init(l.out);
	l.out->items = mem_alloc(l.limit, sizeof *l.out->items);
	e = list_store(&l, true, &site_seen, why);
	if (e == ERR_OK && !scope->own_only && l.out->next_cursor == NULL)
		e = list_store(&l, false, &site_seen, why);
	if (e == ERR_OK && !site_seen && given(q->site) && !l.resume)
		e = err_fail(why, ERR_NOT_FOUND,
		    "site: no log of \"%.80s\" is held here", q->site);
	if (e != ERR_OK)
		goto out;
	*out = l.out;
	l.out = NULL;
out:
	if (l.out != NULL)
		api__records__free_unpacked(l.out, NULL);
	free(l.areas);
	return e;
}

/* query_at.c - what was going on in an area at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_at.h"

#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/domain/alarm.h"
#include "node/domain/case.h"
#include "node/domain/incident.h"
#include "node/domain/permit.h"
#include "node/fold_kind.h"
#include "node/fold_place.h"
#include "node/fold_span.h"
#include "node/permit_open.h"
#include "node/query_around.h"
#include "node/query_hide.h"
#include "node/query_view.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define EXAMINED_MAX 20000 /* rows of one index and length */
#define EVENTS_MAX 256 /* read for the state that a record had */

struct pick {
	uint8_t id[16];
	int64_t opened_us;
};

struct at {
	struct site *site;
	const struct query_at *q;
	struct query_view v;
	uint64_t area;
	int64_t low_us; /* the window */
	int64_t high_us;
	int64_t now_us;
	struct pick *picks;
	size_t len;
	bool more;
	struct query_around around;
	Api__AtView *out;
};

/* Room for what each index gives: one of open records, the rest by length. */
#define PICKS (QUERY_AT_MAX * (1 + FOLD_SPAN_LENGTHS))

static const struct {
	Ledger__Kind kind;
	size_t items; /* offset in Api__AtView */
	size_t n_items;
} kinds[] = {
#define KIND(name, field)                                           \
	{                                                           \
		LEDGER__KIND__##name, offsetof(Api__AtView, field), \
		    offsetof(Api__AtView, n_##field)                \
	}
    KIND(ALARM, alarms),
    KIND(INCIDENT, incidents),
    KIND(PERMIT, permits),
    KIND(CASE, cases),
#undef KIND
};

static void
pick(struct at *a, const uint8_t *id, int64_t opened_us)
{
	memcpy(a->picks[a->len].id, id, 16);
	a->picks[a->len++].opened_us = opened_us;
}

/* ---- the indexes ---- */

/* Open alarms, from the newest that had begun. */
static enum err
open_alarms(struct at *a, struct err_why *why)
{
	struct fold_key k =
	    fold_key_open(a->v.slot, LEDGER__KIND__ALARM, a->area, NULL);
	const size_t prefix = k.len;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = 0;
	enum err e;

	fold_key_uint(&k, (uint64_t)a->high_us + 1, 8);
	e = store_cursor(a->v.fold.txn, a->v.fold.t->open, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == prefix + 24 &&
	    memcmp(row.key.ptr, k.b, prefix) == 0) {
		if (n++ == a->q->limit) {
			a->more = true;
			break;
		}
		pick(a, row.key.ptr + prefix + 8,
		    (int64_t)fold_key_u64(bytes_of(row.key.ptr + prefix, 8)));
		e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Of other kinds few are open in one area. */
static enum err
open_others(struct at *a, Ledger__Kind kind, struct err_why *why)
{
	struct fold_key k =
	    fold_key_open(a->v.slot, (uint16_t)kind, a->area, NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	size_t seen = 0, n = 0;
	enum err e;

	e = store_cursor(a->v.fold.txn, a->v.fold.t->open, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		if (seen++ == EXAMINED_MAX || n == a->q->limit) {
			a->more = true;
			break;
		}
		e = fold_get(
		    &a->v.fold, a->v.slot, row.key.ptr + k.len, &r, why);
		/* When it began is not known: perhaps before. */
		if (permit_open_is_lost(e))
			r.opened_us = a->high_us;
		else if (e != ERR_OK)
			break;
		if (r.opened_us <= a->high_us) {
			pick(a, row.key.ptr + k.len, r.opened_us);
			n++;
		}
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Closed ones that lived so long: only so far back as one can reach. */
static enum err
closed_of(struct at *a, Ledger__Kind kind, unsigned length, struct err_why *why)
{
	const int64_t first_us = a->low_us - fold_span_most(length);
	struct fold_key k = fold_span_from(
	    a->v.slot, a->area, (uint16_t)kind, length, a->high_us + 1);
	const size_t prefix = k.len - 8;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t seen = 0, n = 0;
	enum err e = store_cursor(a->v.fold.txn, a->v.fold.t->span, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == prefix + 24 &&
	    memcmp(row.key.ptr, k.b, prefix) == 0) {
		const int64_t opened =
		    (int64_t)fold_key_u64(bytes_of(row.key.ptr + prefix, 8));

		if (opened < first_us)
			break;
		if (seen++ == EXAMINED_MAX || n == a->q->limit) {
			a->more = true;
			break;
		}
		if ((int64_t)fold_key_u64(row.value) >= a->low_us) {
			pick(a, row.key.ptr + prefix + 8, opened);
			n++;
		}
		e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- the state at that time ---- */

static void
turn_row(struct row *r, bool first, const ProtobufCMessage *body,
    const Record__Annex *annex, int64_t at_us)
{
	if (body->descriptor == &record__alarm__descriptor && first) {
		r->state = ROW_RAISED;
		if (((const Record__Alarm *)body)->latching)
			r->flags |= ROW_LATCHING;
	} else if (body->descriptor == &record__alarm__descriptor) {
		alarm_fold(r, (const Record__Alarm *)body, at_us);
	} else if (body->descriptor == &record__permit__descriptor) {
		const struct permit_facts facts = {
		    .msg = (const Record__Permit *)body,
		    .occurred_us = at_us,
		    .code = annex != NULL ? annex->code : NULL};

		permit_fold(r, &facts);
	} else if (body->descriptor == &record__incident__descriptor) {
		/* How many of its alarms were unseen then is not kept. */
		r->unseen = 1;
		incident_fold(r, (const Record__Incident *)body, at_us);
	} else if (body->descriptor == &record__case__descriptor) {
		const struct case_facts facts = {
		    .msg = (const Record__Case *)body, .recorded_us = at_us};

		case_fold(r, &facts);
	}
}

/* What may be given out of it: it is turned by all that it says. */
static enum err
take_around(struct at *a, uint64_t place, const Ledger__Entry *leaf,
    Ledger__Sealed *sealed, const struct query_around_event *ev,
    struct err_why *why)
{
	struct query_around_event less = *ev;
	ProtobufCMessage *body = NULL;
	struct query_hide hide;
	struct buf shown;
	enum err e = query_hide_look(&hide, &a->v, place, leaf, why);

	buf_init(&shown, LOG_SEALED_MAX);
	if (e == ERR_OK && hide.on) {
		e = query_hide_sealed(&hide, sealed, why);
		if (e == ERR_OK)
			body = fold_unpack(sealed->body, &shown);
		less.body = body;
	}
	if (e == ERR_OK && less.body != NULL)
		query_around_take(&a->around, &less);
	slice_free(body);
	buf_clear(&shown);
	return e;
}

/* One event, if it had happened by then and counted. */
static enum err
turn_event(struct at *a, const uint8_t *id, uint32_t seq, struct row *r,
    struct err_why *why)
{
	uint64_t place;
	struct fold_item item = {.index = 0};
	Ledger__Sealed *sealed = NULL;
	Ledger__Entry *leaf = NULL;
	ProtobufCMessage *body = NULL, *annex = NULL;
	struct fold_spot at;
	struct bytes bytes;
	struct buf shown;
	enum err e;

	buf_init(&shown, LOG_SEALED_MAX);
	e = fold_event(&a->v.fold, a->v.slot, id, seq, &place, why);
	if (e == ERR_OK)
		e = fold_spot(&a->v.fold, a->v.slot, place, &at, why);
	if (e == ERR_OK)
		e = log_entry(a->v.fold.book, a->v.fold.txn, at.slot, at.index,
		    &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e == ERR_OK)
		e = log_sealed(a->v.fold.book, a->v.fold.txn, at.slot, at.index,
		    &sealed, why);
	if (e != ERR_OK)
		goto out;
	body = fold_unpack(sealed->body, &shown);
	annex = fold_unpack(sealed->annex, &shown);
	item.leaf = leaf;
	item.body = body;
	if (body != NULL &&
	    (leaf->outcome == LEDGER__OUTCOME__APPLIED ||
	        leaf->outcome == LEDGER__OUTCOME__SEQ_CONFLICT)) {
		const int64_t when = fold_kind_occurred(&item);

		if (when <= a->high_us && r->kind == LEDGER__KIND__PERMIT)
			e = take_around(a, place, leaf, sealed,
			    &(struct query_around_event){.body = body,
			        .id = id,
			        .seq = seq,
			        .recorded_us = leaf->recorded_us,
			        .clock_error_ms = leaf->clock_error_ms,
			        .exercise = (r->flags & ROW_EXERCISE) != 0},
			    why);
		if (when <= a->q->at_us)
			turn_row(r, seq == 1, body,
			    (const Record__Annex *)annex, when);
	}
out:
	slice_free(body);
	slice_free(annex);
	ledger__sealed__free_unpacked(sealed, NULL);
	if (leaf != NULL)
		ledger__entry__free_unpacked(leaf, NULL);
	buf_clear(&shown);
	/* What is not held said nothing. */
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

/* Text of the state at the time; NULL: it had not begun. */
static enum err
state_at(struct at *a, const uint8_t *id, const struct row *r, const char **out,
    struct err_why *why)
{
	struct row then = {.kind = r->kind,
	    .level = r->level,
	    .area = r->area,
	    .flags = r->flags & ROW_EXERCISE,
	    .opened_us = r->opened_us};
	const uint32_t events = r->seq < EVENTS_MAX ? r->seq : EVENTS_MAX;
	enum err e = ERR_OK;

	*out = NULL;
	if (r->seq <= 1) {
		if (r->opened_us <= a->q->at_us)
			*out =
			    row_state_text(r->kind, row_state(r, a->q->at_us));
		return ERR_OK;
	}
	for (uint32_t seq = 1; seq <= events && e == ERR_OK; seq++)
		e = turn_event(a, id, seq, &then, why);
	if (e == ERR_OK && then.state != 0)
		*out = row_state_text(then.kind, row_state(&then, a->q->at_us));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- the answer ---- */

static bool
is_unreliable(const struct at *a, const Api__EventView *ev)
{
	const int64_t window_ms = (a->high_us - a->q->at_us) / 1000;

	if (ev->annex != NULL && ev->annex->time_uncertain)
		return true;
	if (ev->place != NULL && ev->place->clock_error_ms > window_ms)
		return true;
	return ev->alarm != NULL &&
	    llabs(ev->alarm->clock_offset_ms) > window_ms;
}

static void
note_people(struct at *a, const Record__Alarm *m)
{
	if (m == NULL || !m->has_people_count || m->exercise ||
	    (a->out->has_people_at && a->out->people_at >= m->occurred_at))
		return;
	a->out->has_people_count = a->out->has_people_at = true;
	a->out->people_count = m->people_count;
	a->out->people_at = m->occurred_at;
}

/* What the first event of a record says of people and place. */
static void
note_around(struct at *a, const struct pick *p, const struct row *r,
    const Api__EventView *ev)
{
	struct query_around_event e = {.id = p->id,
	    .seq = 1,
	    .exercise = (r->flags & ROW_EXERCISE) != 0,
	    .recorded_us = ev->place != NULL ? ev->place->recorded_at : 0,
	    .clock_error_ms =
	        ev->place != NULL ? ev->place->clock_error_ms : 0};

	note_people(a, ev->alarm);
	/* Others were told event by event. */
	if (ev->alarm != NULL)
		e.body = &ev->alarm->base;
	else if (ev->permit != NULL && r->seq <= 1)
		e.body = &ev->permit->base;
	if (e.body != NULL)
		query_around_take(&a->around, &e);
}

static enum err
make_item(struct at *a, const struct pick *p, Ledger__Kind kind,
    Api__AtItem **out, struct err_why *why)
{
	Api__AtItem *m;
	const char *state;
	struct row r;
	enum err e = fold_get(&a->v.fold, a->v.slot, p->id, &r, why);

	if (e != ERR_OK && !permit_open_is_lost(e))
		return e;
	m = mem_alloc(1, sizeof *m);
	api__at_item__init(m);
	*out = m;
	/* One that cannot be read hides none of the others. */
	if (e != ERR_OK) {
		m->record = query_view_damaged(&a->v, p->id, kind);
		m->state_at = mem_strdup(m->record->state);
		return ERR_OK;
	}
	m->has_exercise = m->exercise = (r.flags & ROW_EXERCISE) != 0;
	m->record = query_view_record(&a->v, p->id, &r, a->now_us);
	e = query_view_event(&a->v, m->record, r.first, why);
	if (e == ERR_CORRUPT) /* shown as damaged */
		e = ERR_OK;
	if (e == ERR_OK)
		e = state_at(a, p->id, &r, &state, why);
	if (e != ERR_OK)
		return e;
	m->has_beside = m->beside = state == NULL ||
	    (!row_is_open(&r) && fold_span_end(&r) < a->q->at_us);
	if (state != NULL)
		m->state_at = mem_strdup(state);
	if (m->record->n_events > 0) {
		m->has_unreliable = m->unreliable =
		    is_unreliable(a, m->record->events[0]);
		note_around(a, p, &r, m->record->events[0]);
	}
	return ERR_OK;
}

static int
newest_first(const void *a, const void *b)
{
	const struct pick *x = a;
	const struct pick *y = b;

	return (x->opened_us < y->opened_us) - (x->opened_us > y->opened_us);
}

static enum err
look_for(struct at *a, size_t kind, struct err_why *why)
{
	const Ledger__Kind k = kinds[kind].kind;
	Api__AtItem ***items =
	    (Api__AtItem ***)(void *)((char *)a->out + kinds[kind].items);
	size_t *n = (size_t *)(void *)((char *)a->out + kinds[kind].n_items);
	size_t room = a->q->limit > *n ? a->q->limit - *n : 0;
	enum err e;

	a->len = 0;
	e = k == LEDGER__KIND__ALARM ? open_alarms(a, why)
	                             : open_others(a, k, why);
	for (unsigned l = 0; l < FOLD_SPAN_LENGTHS && e == ERR_OK; l++)
		e = closed_of(a, k, l, why);
	if (e != ERR_OK)
		return e;
	qsort(a->picks, a->len, sizeof *a->picks, newest_first);
	a->more |= a->len > room;
	*items = mem_resize(*items, *n + a->len + 1, sizeof **items);
	for (size_t i = 0; i < a->len && i < room && e == ERR_OK; i++) {
		Api__AtItem *m = NULL;

		e = make_item(a, &a->picks[i], k, &m, why);
		if (m != NULL)
			(*items)[(*n)++] = m;
	}
	return e;
}

/* Alarms of before that had ended, for what they say of people and place. */
static enum err
look_around(struct at *a, struct err_why *why)
{
	Record__Alarm *m = NULL;
	const struct query_around_where where = {a->v.slot, a->area, a->low_us};
	enum err e = query_around_look(&a->around, &a->v.fold, &where, &m, why);

	if (m != NULL && !a->out->has_people_at)
		note_people(a, m);
	if (m != NULL)
		slice_free(&m->base);
	return e;
}

static enum err
look_in(struct at *a, bool own, bool *site_seen, struct err_why *why)
{
	struct site_db *db = own ? &a->site->own : &a->site->replica;
	enum err e;

	a->v.own = own;
	a->v.fold = (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &a->site->index_mac};
	e = store_read(db->store, &a->v.fold.txn, why);
	if (e != ERR_OK)
		return e;
	for (unsigned slot = 0; slot <= UINT16_MAX; slot++) {
		a->v.slot = (uint16_t)slot;
		e = query_view_open(&a->v, why);
		if ((e == ERR_NOT_FOUND && slot == 0) || e == ERR_EXISTS)
			continue;
		if (e != ERR_OK)
			break;
		if (!query_view_holds(&a->v, LEDGER__KIND__ALARM) ||
		    (a->q->site != NULL && strcmp(a->q->site, a->v.name) != 0))
			continue;
		*site_seen = true;
		for (size_t k = 0;
		     k < sizeof kinds / sizeof *kinds && e == ERR_OK; k++)
			e = look_for(a, k, why);
		if (e == ERR_OK)
			e = look_around(a, why);
		if (e != ERR_OK)
			break;
	}
	store_abort(a->v.fold.txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The window is never less than what clocks may be off: the node's own now,
 * and the sources' by the policy. */
static void
set_window(struct at *a)
{
	const struct timeline_span span = timekeep_span(a->site, a->now_us);
	const Pack__AlarmPolicy *p = packs_alarm(a->site->packs, a->now_us);
	const int64_t early = span.now_us - span.from_us;
	const int64_t late = span.to_us - span.now_us;
	const int64_t error_us = early > late ? early : late;
	int64_t w = a->q->window_us != 0 ? a->q->window_us : QUERY_AT_WINDOW_US;

	if (w < error_us)
		w = error_us;
	if (p != NULL && w < p->clock_offset_ms * INT64_C(1000))
		w = p->clock_offset_ms * INT64_C(1000);
	a->low_us = a->q->at_us > w ? a->q->at_us - w : 0;
	a->high_us = a->q->at_us + w;
	a->out->has_window_ms = a->out->has_clock_error_ms = true;
	a->out->window_ms = w / 1000;
	a->out->clock_error_ms = error_us / 1000;
	a->around.at_us = a->q->at_us;
	a->around.window_ms = w / 1000;
}

static enum err
check(const struct query_at *q, struct err_why *why)
{
	if (q->area == NULL || q->area[0] == '\0')
		return err_fail(why, ERR_MALFORMED, "area: missing");
	if (q->limit < 1 || q->limit > QUERY_AT_MAX)
		return err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_AT_MAX);
	if (q->window_us < 0 || q->window_us > QUERY_AT_WINDOW_MAX_US)
		return err_fail(
		    why, ERR_MALFORMED, "window: expected 0 to 86400 seconds");
	return ERR_OK;
}

static void
hand_over(struct at *a)
{
	a->out->environment =
	    mem_alloc(a->around.len + 1, sizeof *a->out->environment);
	for (size_t i = 0; i < a->around.len; i++)
		a->out->environment[a->out->n_environment++] =
		    a->around.said[i];
	a->around.len = 0;
}

enum err
query_at(struct site *s, const struct query_at *q,
    const struct query_scope *scope, Api__AtView **out, struct err_why *why)
{
	struct at a = {.site = s, .q = q, .now_us = site_now(s)};
	bool site_seen = false;
	struct row asked = {.kind = LEDGER__KIND__ALARM};
	uint64_t *areas;
	enum err e = check(q, why);

	if (e != ERR_OK)
		return e;
	a.area = asked.area = fold_hash(&s->index_mac, FOLD_AREA, q->area);
	areas = query_view_areas(&s->index_mac, scope);
	a.v = (struct query_view){.site = s, .scope = scope, .areas = areas};
	a.picks = mem_alloc(PICKS, sizeof *a.picks);
	a.out = mem_alloc(1, sizeof *a.out);
	api__at_view__init(a.out);
	a.out->area = mem_strdup(q->area);
	a.out->has_as_of_at = true;
	a.out->as_of_at = q->at_us;
	set_window(&a);
	if (!query_view_shows(&a.v, &asked))
		e = err_fail(why, ERR_NOT_FOUND, "area: not one of yours");
	if (e == ERR_OK)
		e = look_in(&a, true, &site_seen, why);
	if (e == ERR_OK && !scope->own_only)
		e = look_in(&a, false, &site_seen, why);
	if (e == ERR_OK && !site_seen)
		e = err_fail(why, ERR_NOT_FOUND,
		    "site: no log of \"%.80s\" is held here",
		    q->site != NULL ? q->site : "");
	a.out->has_more = a.out->more = a.more;
	hand_over(&a);
	free(areas);
	free(a.picks);
	if (e == ERR_OK)
		*out = a.out;
	else
		api__at_view__free_unpacked(a.out, NULL);
	return e;
}

/* query_kpi.c - figures of alarms in a window, from own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_kpi.h"

#include <stdlib.h>

#include "node/fold_span.h"
#include "node/query_kpi_log.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define AREAS_MAX 100000
#define HOUR_US (INT64_C(3600) * 1000000)

struct kpi {
	struct query_kpi_log log;
	struct query_kpi_window *out;
	size_t cap;
	size_t rows; /* since the transaction began */
	uint64_t flood; /* hash of the source that is in no figure */
	int64_t closed_after_us; /* of closed ones only these; 0: all */
	size_t left; /* rows that may still be looked at; SIZE_MAX: any */
};

/* ---- one alarm ---- */

static const char *
text_or(const char *s)
{
	return s != NULL ? s : "";
}

/* Source, instrument and kind of alarm; what is unknown is told apart by what
 * the tables know. */
static uint64_t
tag_of(struct kpi *k, const struct row *r)
{
	Record__Alarm *m = query_kpi_log_alarm(&k->log, r);
	struct buf *text = &k->log.scratch;
	struct hash h;

	buf_reset(text);
	buf_u64be(text, r->subject);
	buf_u64be(text, r->type);
	buf_u64be(text, r->area);
	if (m != NULL) {
		buf_printf(text, "%.255s\n%.255s\n%.255s", text_or(m->device),
		    text_or(m->tag),
		    m->tag == NULL && m->device == NULL ? text_or(m->asset)
		                                        : "");
		slice_free(&m->base);
	}
	digest_sha256(&h, buf_view(text));
	return fold_key_u64(bytes_of(h.b, 8));
}

bool
query_kpi_is_flood(
    uint64_t source, const uint8_t id[static 16], const struct row *r)
{
	return r->subject == source && id[6] >> 4 == 8;
}

static enum err
take(struct kpi *k, const uint8_t *id, struct err_why *why)
{
	struct query_kpi_window *out = k->out;
	struct alarm_kpi_item *it;
	struct row r;
	enum err e = fold_get(&k->log.v.fold, k->log.v.slot, id, &r, why);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	if (query_kpi_is_flood(k->flood, id, &r) ||
	    !query_view_shows(&k->log.v, &r))
		return ERR_OK;
	if (out->len == QUERY_KPI_ALARMS_MAX)
		return err_fail(why, ERR_LIMIT,
		    "from: more than %u alarms; ask for less",
		    QUERY_KPI_ALARMS_MAX);
	if (out->len == k->cap) {
		k->cap = k->cap * 2 + 256;
		out->items = mem_resize(out->items, k->cap, sizeof *out->items);
	}
	it = &out->items[out->len++];
	*it = (struct alarm_kpi_item){
	    .at_us = r.opened_us,
	    .acked_us = r.mark_us,
	    .back_us = r.start_us != 0 ? r.start_us : r.stop_us,
	    .level = r.level,
	    .verdict = (uint8_t)r.other,
	    .exercise = (r.flags & ROW_EXERCISE) != 0,
	};
	memcpy(it->id, id, sizeof it->id);
	it->tag = tag_of(k, &r);
	return ERR_OK;
}

/* ---- ranges of an index: prefix || u64be opened || record id ---- */

struct range {
	struct store_table table;
	struct fold_key prefix;
	int64_t to_us;
	struct fold_key at; /* the next key that may be there */
	bool done;
};

static bool
in_range(const struct range *g, const struct store_row *row)
{
	return row->key.len == g->prefix.len + 24 &&
	    memcmp(row->key.ptr, g->prefix.b, g->prefix.len) == 0 &&
	    fold_key_u64(bytes_of(row->key.ptr + g->prefix.len, 8)) <
	    (uint64_t)g->to_us;
}

/* Of closed ones: when. */
static bool
wanted(const struct kpi *k, const struct store_row *row)
{
	return k->closed_after_us == 0 || row->value.len != 8 ||
	    (int64_t)fold_key_u64(row->value) > k->closed_after_us;
}

/* What fits one transaction. */
static enum err
some_of(struct kpi *k, struct range *g, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(k->log.v.fold.txn, g->table, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&g->at), &row);
	while (e == ERR_OK && in_range(g, &row) && k->left > 0) {
		/* The key behind this one: it and a byte. */
		g->at = (struct fold_key){.len = 0};
		fold_key_put(&g->at, row.key.ptr, row.key.len);
		fold_key_uint(&g->at, 0, 1);
		k->left -= k->left != SIZE_MAX;
		if (wanted(k, &row))
			e = take(k, row.key.ptr + g->prefix.len + 8, why);
		if (e != ERR_OK || ++k->rows >= QUERY_KPI_ROWS_MAX)
			break;
		e = store_next(c, &row);
	}
	g->done = k->rows < QUERY_KPI_ROWS_MAX;
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
look(struct kpi *k, struct range *g, int64_t from_us, struct err_why *why)
{
	enum err e = ERR_OK;

	g->at = g->prefix;
	fold_key_uint(&g->at, from_us > 0 ? (uint64_t)from_us : 0, 8);
	while (e == ERR_OK && !g->done && k->left > 0) {
		e = some_of(k, g, why);
		if (e == ERR_OK && !g->done) {
			k->rows = 0;
			e = query_kpi_log_renew(&k->log, why);
		}
	}
	return e;
}

static enum err
open_ones(struct kpi *k, uint64_t area, int64_t from_us, int64_t to_us,
    struct err_why *why)
{
	struct range g = {.table = k->log.v.fold.t->open,
	    .prefix =
	        fold_key_open(k->log.v.slot, LEDGER__KIND__ALARM, area, NULL),
	    .to_us = to_us};

	return look(k, &g, from_us, why);
}

static enum err
closed_ones(struct kpi *k, uint64_t area, unsigned length, int64_t from_us,
    int64_t to_us, struct err_why *why)
{
	struct range g = {.table = k->log.v.fold.t->span,
	    .prefix = fold_span_from(
	        k->log.v.slot, area, LEDGER__KIND__ALARM, length, 0),
	    .to_us = to_us};

	g.prefix.len -= 8; /* the time */
	return look(k, &g, from_us, why);
}

/* Open ones first: one that is closed meanwhile comes twice, not never. */
static enum err
in_window(struct kpi *k, uint64_t area, struct err_why *why)
{
	const struct alarm_kpi_window *w = &k->out->window;
	enum err e = open_ones(k, area, w->from_us, w->to_us, why);

	for (unsigned l = 0; l < FOLD_SPAN_LENGTHS && e == ERR_OK; l++)
		e = closed_ones(k, area, l, w->from_us, w->to_us, why);
	return e;
}

/* What began before the window, and stands too long at its end. */
static enum err
standing(struct kpi *k, uint64_t area, struct err_why *why)
{
	const struct alarm_kpi_window *w = &k->out->window;
	const int64_t stale_us = k->out->limits.stale_hours * HOUR_US;
	int64_t to_us = w->as_of_us - stale_us + 1;
	enum err e;

	if (to_us > w->from_us)
		to_us = w->from_us;
	if (to_us <= 0)
		return ERR_OK;
	e = open_ones(k, area, 0, to_us, why);
	k->closed_after_us = w->as_of_us;
	for (unsigned l = 0; l < FOLD_SPAN_LENGTHS && e == ERR_OK; l++) {
		const int64_t most = fold_span_most(l);

		if (most >= stale_us)
			e = closed_ones(
			    k, area, l, w->as_of_us - most, to_us, why);
	}
	k->closed_after_us = 0;
	return e;
}

/* ---- areas ---- */

struct areas {
	uint64_t *at;
	size_t len;
};

static enum err
all_areas(struct kpi *k, struct areas *out, struct err_why *why)
{
	struct fold_key prefix = fold_key_slot(k->log.v.slot);
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t cap = 0;
	enum err e =
	    store_cursor(k->log.v.fold.txn, k->log.v.fold.t->name, &c, why);

	if (e != ERR_OK)
		return e;
	fold_key_uint(&prefix, FOLD_AREA, 1);
	e = store_seek(c, fold_key_view(&prefix), &row);
	while (e == ERR_OK && row.key.len == prefix.len + 8 &&
	    memcmp(row.key.ptr, prefix.b, prefix.len) == 0) {
		if (out->len == AREAS_MAX) {
			e = err_fail(why, ERR_LIMIT,
			    "area: there are more than %d; name one",
			    AREAS_MAX);
			break;
		}
		if (out->len == cap) {
			cap = cap * 2 + 64;
			out->at = mem_resize(out->at, cap, sizeof *out->at);
		}
		out->at[out->len++] =
		    fold_key_u64(bytes_of(row.key.ptr + prefix.len, 8));
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
choose_areas(
    struct kpi *k, const char *area, struct areas *out, struct err_why *why)
{
	const struct query_scope *scope = k->log.v.scope;
	struct row asked = {.kind = LEDGER__KIND__ALARM};

	if (area == NULL && scope->areas_len == 0)
		return all_areas(k, out, why);
	if (area == NULL) {
		out->at = mem_alloc(scope->areas_len, sizeof *out->at);
		out->len = scope->areas_len;
		memcpy(out->at, k->log.v.areas, out->len * sizeof *out->at);
		return ERR_OK;
	}
	asked.area = fold_hash(k->log.v.fold.mac, FOLD_AREA, area);
	if (!query_view_shows(&k->log.v, &asked))
		return err_fail(why, ERR_NOT_FOUND, "area: not one of yours");
	out->at = mem_alloc(1, sizeof *out->at);
	out->at[0] = asked.area;
	out->len = 1;
	return ERR_OK;
}

/* ---- all of it ---- */

static enum err
read_all(struct kpi *k, const struct query_kpi *q, struct err_why *why)
{
	struct areas areas = {.at = NULL};
	enum err e = choose_areas(k, q->area, &areas, why);

	k->left = SIZE_MAX;
	for (size_t i = 0; i < areas.len && e == ERR_OK; i++)
		e = in_window(k, areas.at[i], why);
	k->left = QUERY_KPI_STALE_MAX;
	for (size_t i = 0; i < areas.len && e == ERR_OK; i++)
		e = standing(k, areas.at[i], why);
	k->out->stale_more = k->left == 0;
	free(areas.at);
	return e;
}

enum err
query_kpi_items(struct site *s, const struct query_kpi *q,
    const struct query_scope *scope, struct query_kpi_window *out,
    struct err_why *why)
{
	struct kpi k = {.out = out};
	enum err e;

	*out = (struct query_kpi_window){
	    .window = {q->from_us, q->to_us, site_now(s)}};
	if (!packs_alarm_limits(s->packs, out->window.as_of_us, &out->limits))
		return err_fail(
		    why, ERR_REFUSED, "no alarm policy is in force");
	e = alarm_kpi_align(&out->window, &out->limits, why);
	if (e != ERR_OK)
		return e;
	k.flood = fold_hash(&s->index_mac, FOLD_SOURCE, QUERY_KPI_FLOOD_SOURCE);
	e = query_kpi_log_open(&k.log, s, q->site, scope, why);
	if (e == ERR_OK)
		e = read_all(&k, q, why);
	query_kpi_log_close(&k.log);
	if (e != ERR_OK) {
		free(out->items);
		out->items = NULL;
		return e;
	}
	out->len = alarm_kpi(
	    &out->kpi, &out->window, &out->limits, out->items, out->len);
	return ERR_OK;
}

/* query_quality.c - the quality of what one source sent. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_quality.h"

#include <stdlib.h>

#include "ledger/disclosure.h"
#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/query_kpi_log.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define KEY_BYTES 26 /* line, source, epoch, number */
#define ROW_BYTES 25 /* digest, place, form */

struct quality {
	struct query_kpi_log log;
	const struct query_quality *q;
	struct alarm_kpi_limits limits;
	const Pack__AlarmPolicy *policy;
	struct fold_key prefix; /* line, source */
	struct fold_key at; /* looked at last */
	bool any;
	uint64_t epoch, seq; /* of the row before, which is newer */
	uint64_t *late_ms;
	size_t timed; /* entries that can be read */
	uint64_t held; /* numbers */
	uint64_t in_time;
	uint64_t verified;
	struct buf body, annex;
	Api__SourceQuality *out;
};

/* ---- one entry ---- */

static void
time_it(struct quality *g, const Ledger__Entry *leaf, int64_t occurred_us,
    int64_t offset_ms)
{
	const int64_t late_us = leaf->recorded_us > occurred_us
	    ? leaf->recorded_us - occurred_us
	    : 0;
	const uint64_t off = (uint64_t)llabs(offset_ms);
	Api__SourceQuality *m = g->out;

	g->late_ms[g->timed++] = (uint64_t)late_us / 1000;
	g->in_time += late_us <= g->limits.late_seconds * INT64_C(1000000);
	m->ahead += occurred_us > leaf->recorded_us;
	m->clock_off += g->policy != NULL && off > g->policy->clock_offset_ms;
	if (off > m->clock_offset_ms)
		m->clock_offset_ms = off;
}

/* What was said stands behind its leaf, byte for byte. */
static enum err
open_body(struct quality *g, const struct fold_spot *at,
    const Ledger__Entry *leaf, struct err_why *why)
{
	struct query_view *v = &g->log.v;
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *msg;
	enum err e = log_sealed(
	    v->fold.book, v->fold.txn, at->slot, at->index, &sealed, why);

	if (e != ERR_OK)
		return e;
	buf_reset(&g->body);
	buf_reset(&g->annex);
	e = disclosure_open(&g->body, &g->annex, sealed, leaf, why);
	msg = e == ERR_OK ? fold_unpack(sealed->body, &g->log.scratch) : NULL;
	if (msg != NULL && msg->descriptor == &record__alarm__descriptor) {
		const Record__Alarm *a =
		    (const Record__Alarm *)(const void *)msg;

		time_it(g, leaf,
		    a->has_occurred_at ? a->occurred_at : leaf->recorded_us,
		    a->clock_offset_ms);
	} else if (msg != NULL &&
	    msg->descriptor == &record__case__descriptor) {
		const Record__Case *c = (const Record__Case *)(const void *)msg;

		time_it(g, leaf,
		    c->has_occurred_at ? c->occurred_at : leaf->recorded_us, 0);
	}
	slice_free(msg);
	ledger__sealed__free_unpacked(sealed, NULL);
	return e;
}

static enum err
verify(struct quality *g, uint64_t place, struct err_why *why)
{
	struct query_view *v = &g->log.v;
	enum log_rest rest = LOG_REST_NONE;
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	struct bytes bytes;
	enum err e = fold_spot(&v->fold, v->slot, place, &at, why);

	if (e == ERR_OK)
		e = log_entry(
		    v->fold.book, v->fold.txn, at.slot, at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e == ERR_OK)
		e = log_rest(
		    v->fold.book, v->fold.txn, at.slot, at.index, &rest, why);
	if (e == ERR_OK && rest == LOG_REST_HELD)
		e = open_body(g, &at, leaf, why);
	if (leaf != NULL)
		ledger__entry__free_unpacked(leaf, NULL);
	if (e == ERR_OK && rest == LOG_REST_ERASED)
		g->out->erased++;
	if (e == ERR_OK && rest != LOG_REST_NONE)
		g->verified++;
	else
		g->out->damaged++;
	/* What does not verify is a figure, not a failure to answer. */
	return e == ERR_IO ? e : ERR_OK;
}

/* ---- its numbers, newest first ---- */

static enum err
take(struct quality *g, const struct store_row *row, struct err_why *why)
{
	const uint64_t epoch = fold_key_u64(bytes_of(row->key.ptr + 10, 8));
	const uint64_t seq = fold_key_u64(bytes_of(row->key.ptr + 18, 8));

	if (row->key.len != KEY_BYTES) {
		g->out->conflicts++;
		return ERR_OK;
	}
	if (g->any && epoch == g->epoch && seq + 1 < g->seq)
		g->out->missing += g->seq - seq - 1;
	g->any = true;
	g->epoch = epoch;
	g->seq = seq;
	g->held++;
	return row->value.len == ROW_BYTES
	    ? verify(g, fold_key_u64(bytes_of(row->value.ptr + 16, 8)), why)
	    : ERR_OK;
}

/* What fits one transaction. */
static enum err
some_of(struct quality *g, bool *done, struct err_why *why)
{
	struct query_view *v = &g->log.v;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = 0;
	enum err e = store_cursor(v->fold.txn, v->fold.t->source, &c, why);

	if (e != ERR_OK)
		return e;
	*done = true;
	e = store_seek_before(c, fold_key_view(&g->at), &row);
	while (e == ERR_OK && row.key.len >= KEY_BYTES &&
	    memcmp(row.key.ptr, g->prefix.b, g->prefix.len) == 0) {
		if (g->held == g->q->numbers) {
			g->out->more = true;
			break;
		}
		if (n++ == QUERY_KPI_ROWS_MAX) {
			*done = false;
			break;
		}
		g->at = (struct fold_key){.len = 0};
		fold_key_put(&g->at, row.key.ptr, row.key.len);
		e = take(g, &row, why);
		if (e == ERR_OK)
			e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- the answer ---- */

static int
by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
add(Api__SourceQuality *m, const char *name, uint64_t num, uint64_t den)
{
	Api__AlarmFigure *f = mem_alloc(1, sizeof *f);

	api__alarm_figure__init(f);
	f->name = mem_strdup(name);
	f->has_numerator = f->has_denominator = true;
	f->numerator = num;
	f->denominator = den;
	f->has_value = den != 0;
	f->value = den != 0 ? (double)num / (double)den : 0;
	m->figures[m->n_figures++] = f;
}

static void
add_up(struct quality *g)
{
	Api__SourceQuality *m = g->out;
	const uint64_t expected = g->held + m->missing;
	const uint64_t sent = g->held + m->conflicts + m->quarantined;

	m->has_numbers = m->has_more = m->has_late_seconds = true;
	m->has_ahead = m->has_clock_off = m->has_clock_offset_ms = true;
	m->has_missing = m->has_conflicts = m->has_erased = true;
	m->has_damaged = m->has_quarantined = true;
	m->numbers = g->held;
	m->late_seconds = g->limits.late_seconds;
	m->figures = mem_alloc(4, sizeof *m->figures);
	add(m, "timeliness", g->in_time, g->timed);
	add(m, "completeness", g->held, expected);
	add(m, "consistency", g->held, sent);
	add(m, "integrity", g->verified, expected);
	if (g->timed == 0)
		return;
	qsort(g->late_ms, g->timed, sizeof *g->late_ms, by_number);
	m->has_late_p50_ms = m->has_late_p95_ms = true;
	m->late_p50_ms = g->late_ms[(g->timed * 50 + 99) / 100 - 1];
	m->late_p95_ms = g->late_ms[(g->timed * 95 + 99) / 100 - 1];
}

static enum err
look(struct quality *g, struct err_why *why)
{
	struct query_view *v = &g->log.v;
	bool done = false;
	enum err e = ERR_OK;

	g->prefix = fold_key_slot(v->slot);
	fold_key_uint(
	    &g->prefix, fold_hash(v->fold.mac, FOLD_SOURCE, g->q->source), 8);
	/* Behind the last one that there can be. */
	g->at = g->prefix;
	for (int i = 0; i < 5; i++)
		fold_key_uint(&g->at, UINT64_MAX, 8);
	while (e == ERR_OK && !done) {
		e = some_of(g, &done, why);
		if (e == ERR_OK && !done)
			e = query_kpi_log_renew(&g->log, why);
	}
	if (e == ERR_OK && g->held + g->out->conflicts == 0)
		e = err_fail(why, ERR_NOT_FOUND,
		    "source: nothing of \"%.80s\" is numbered", g->q->source);
	return e;
}

static enum err
check(const struct query_quality *q, const struct query_scope *scope,
    struct err_why *why)
{
	if (q->source == NULL || q->source[0] == '\0')
		return err_fail(why, ERR_MALFORMED, "source: missing");
	if (q->numbers < 1 || q->numbers > QUERY_QUALITY_NUMBERS_MAX)
		return err_fail(why, ERR_MALFORMED, "numbers: expected 1 to %d",
		    QUERY_QUALITY_NUMBERS_MAX);
	if (scope->areas_len > 0)
		return err_fail(why, ERR_NOT_FOUND, "source: not one of yours");
	return ERR_OK;
}

enum err
query_quality(struct site *s, const struct query_quality *q,
    const struct query_scope *scope, Api__SourceQuality **out,
    struct err_why *why)
{
	const int64_t now_us = site_now(s);
	struct quality g = {.q = q, .policy = packs_alarm(s->packs, now_us)};
	enum err e = check(q, scope, why);

	if (e == ERR_OK && !packs_alarm_limits(s->packs, now_us, &g.limits))
		e = err_fail(why, ERR_REFUSED, "no alarm policy is in force");
	if (e != ERR_OK)
		return e;
	g.late_ms = mem_alloc(q->numbers + 1, sizeof *g.late_ms);
	g.out = mem_alloc(1, sizeof *g.out);
	api__source_quality__init(g.out);
	buf_init(&g.body, LOG_SEALED_MAX);
	buf_init(&g.annex, LOG_SEALED_MAX);
	e = query_kpi_log_open(&g.log, s, q->site, scope, why);
	if (e == ERR_OK) {
		g.out->source = mem_strdup(q->source);
		g.out->site = mem_strdup(g.log.v.name);
		g.out->quarantined = g.log.v.own ? q->refused : 0;
		e = look(&g, why);
	}
	query_kpi_log_close(&g.log);
	if (e == ERR_OK) {
		add_up(&g);
		*out = g.out;
	} else {
		api__source_quality__free_unpacked(g.out, NULL);
	}
	buf_wipe(&g.body);
	buf_wipe(&g.annex);
	buf_clear(&g.body);
	buf_clear(&g.annex);
	free(g.late_ms);
	return e;
}

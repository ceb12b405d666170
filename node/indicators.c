/* indicators.c - operations about indicators, snapshots and roll-ups. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/indicators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ledger/generation.h"
#include "node/config.h"
#include "node/indicator_show.h"
#include "node/query.h"
#include "node/rollup.h"
#include "node/service.h"
#include "node/site.h"
#include "node/snapshot.h"
#include "node/snapshot_make.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define FACTS_SHOWN 100 /* when nobody says how many */

struct question {
	struct site *site;
	struct indicator_log log;
	struct indicator_rules rules;
	struct period period;
	struct indicator_span span;
	const char *area;
	bool running;
};

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

static int
offset_of(const struct indicator_rules *r)
{
	return r->sets_len > 0 ? r->sets[0].set->day_offset_minutes : 0;
}

/* Whoever is bound to areas asks for one of them. */
static enum err
check_area(const struct ops_call *call, const char *area, struct err_why *why)
{
	for (size_t i = 0; i < call->who.areas_len; i++)
		if (area != NULL && strcasecmp(area, call->who.areas[i]) == 0)
			return ERR_OK;
	return call->who.areas_len == 0
	    ? ERR_OK
	    : err_fail(why, ERR_MALFORMED, "area: give one of yours");
}

/* Period, log and rules; q->period.name "" when none was asked for. */
static enum err
question(struct ops_call *call, struct question *q, struct err_why *why)
{
	const struct params *p = &call->params;
	const char *period = params_get(p, "period");
	const int64_t now_us = service_now();
	enum err e;

	q->site = call->service->site;
	q->area = params_get(p, "area");
	q->period.name[0] = '\0';
	indicator_rules(&q->rules, q->site->packs, now_us);
	e = check_area(call, q->area, why);
	if (e != ERR_OK || period == NULL)
		return e;
	e = period_get(&q->period, period, offset_of(&q->rules), why);
	if (e == ERR_OK && q->period.from_us > now_us)
		e = err_fail(
		    why, ERR_MALFORMED, "period: it has not begun yet");
	if (e == ERR_OK)
		e = indicator_log_find(
		    &q->log, q->site, params_get(p, "site"), NULL, why);
	if (e != ERR_OK)
		return e;
	indicator_rules(&q->rules, q->site->packs, q->period.from_us);
	q->span = (struct indicator_span){.from_us = q->period.from_us,
	    .to_us = q->log.own ? now_us : q->log.recorded_us + 1};
	q->running = q->span.to_us < q->period.to_us;
	if (!q->running)
		q->span.to_us = q->period.to_us;
	if (q->span.from_us < q->log.since_us)
		q->span.from_us = q->log.since_us;
	if (q->span.to_us <= q->span.from_us)
		e = err_fail(why, ERR_NOT_FOUND,
		    "period: the log holds nothing of it yet");
	return e;
}

static Api__Indicators *
head_of(const struct question *q)
{
	Api__Indicators *m = mem_alloc(1, sizeof *m);

	api__indicators__init(m);
	if (q->period.name[0] == '\0')
		return m;
	m->site = copy(q->log.name);
	m->period = copy(q->period.name);
	m->area = copy(q->area);
	m->has_from_at = m->has_to_at = m->has_running = m->has_size =
	    m->has_root = true;
	m->from_at = q->span.from_us;
	m->to_at = q->span.to_us;
	m->running = q->running;
	m->origin = copy(q->log.origin);
	m->size = q->log.head.size;
	m->root.len = sizeof q->log.head.root.b;
	m->root.data = mem_alloc(m->root.len, 1);
	memcpy(m->root.data, q->log.head.root.b, m->root.len);
	return m;
}

static bool
is_asked(const struct question *q, const Pack__Indicator *what)
{
	return q->period.month || q->period.name[0] == '\0' ||
	    what->period == PACK__INDICATOR__PERIOD__DAY;
}

/* ---- all of them ---- */

static void
list_rules(Api__Indicators *m, const struct question *q)
{
	m->items = mem_alloc(
	    INDICATOR_RUN_SETS * INDICATOR_PACK_MAX, sizeof *m->items);
	for (size_t s = 0; s < q->rules.sets_len; s++) {
		const struct indicator_set *set = &q->rules.sets[s];

		for (size_t i = 0; i < set->set->n_indicators; i++)
			m->items[m->n_items++] =
			    indicator_show(set, set->set->indicators[i]);
	}
}

static enum err
list_figures(Api__Indicators *m, const struct question *q, struct err_why *why)
{
	struct indicator_figures *all = mem_alloc(1, sizeof *all);
	struct indicator_want want;
	struct indicator_span span = q->span;
	enum err e;

	indicator_want_none(&want);
	span.area = q->area;
	e = snapshot_figures(all, &q->log, &q->rules, &span, &want, why);
	m->items = mem_alloc(all->len + 1, sizeof *m->items);
	for (size_t i = 0; i < all->len && e == ERR_OK; i++) {
		const struct indicator_figure *f = &all->at[i];
		Api__IndicatorView *v;

		if (!is_asked(q, f->what))
			continue;
		v = indicator_show(f->set, f->what);
		indicator_show_figure(v, f->what, &f->result, q->span.to_us);
		m->items[m->n_items++] = v;
	}
	if (e == ERR_OK && q->period.month)
		indicator_show_indexes(
		    &m->indexes, &m->n_indexes, all, &q->rules);
	free(all);
	return e;
}

enum err
indicators_list(struct ops_call *call, struct err_why *why)
{
	struct question *q = mem_alloc(1, sizeof *q);
	Api__Indicators *m = NULL;
	enum err e = question(call, q, why);

	if (e == ERR_OK) {
		m = head_of(q);
		if (q->period.name[0] == '\0')
			list_rules(m, q);
		else
			e = list_figures(m, q, why);
	}
	if (e == ERR_OK)
		ops_reply_message(call, &m->base);
	if (m != NULL)
		api__indicators__free_unpacked(m, NULL);
	free(q);
	return e;
}

/* ---- one, and what is behind it ---- */

struct page {
	enum indicator_part part;
	uint64_t limit;
	bool resumed;
	uint64_t after; /* place */
};

static enum err
part_of(
    const struct ops_call *call, enum indicator_part *out, struct err_why *why)
{
	const char *text = params_get(&call->params, "part");

	*out = INDICATOR_DENOMINATOR;
	if (text == NULL || strcmp(text, "denominator") == 0)
		return ERR_OK;
	*out = INDICATOR_NUMERATOR;
	if (strcmp(text, "numerator") == 0)
		return ERR_OK;
	*out = INDICATOR_EXCLUDED;
	if (strcmp(text, "excluded") == 0)
		return ERR_OK;
	return err_fail(why, ERR_MALFORMED,
	    "part: expected numerator, denominator or excluded");
}

static enum err
page_get(struct page *out, const struct ops_call *call, struct err_why *why)
{
	const struct params *p = &call->params;
	enum err e = part_of(call, &out->part, why);

	out->limit = FACTS_SHOWN;
	out->after = 0;
	out->resumed = params_get(p, "cursor") != NULL;
	if (e == ERR_OK)
		e = params_u64(p, "limit", QUERY_LIMIT_MAX, &out->limit, why);
	if (e == ERR_OK && out->limit == 0)
		e = err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	if (e == ERR_OK)
		e = params_u64(p, "cursor", UINT64_MAX - 1, &out->after, why);
	return e;
}

struct behind {
	enum indicator_part part;
	struct spot {
		uint64_t place;
		int64_t at_us;
		uint8_t id[16];
		enum indicator_part part;
	} * at;
	size_t len, cap;
};

/* The denominator holds the numerator's, too. */
static void
see(void *arg, enum indicator_part part, const struct fact *x)
{
	struct behind *b = arg;
	struct spot *s;

	if (part != b->part &&
	    !(b->part == INDICATOR_DENOMINATOR && part == INDICATOR_NUMERATOR))
		return;
	if (b->len == b->cap) {
		b->cap = b->cap != 0 ? 2 * b->cap : 256;
		b->at = mem_resize(b->at, b->cap, sizeof *b->at);
	}
	s = &b->at[b->len++];
	*s = (struct spot){.place = x->place, .at_us = x->at_us, .part = part};
	memcpy(s->id, x->id, sizeof s->id);
}

static int
by_place(const void *a, const void *b)
{
	const struct spot *x = a;
	const struct spot *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static Api__IndicatorFact *
fact_of(const struct question *q, const struct spot *s)
{
	static const char *const parts[] = {
	    "NUMERATOR", "DENOMINATOR", "EXCLUDED"};
	Api__IndicatorFact *m = mem_alloc(1, sizeof *m);
	struct generation g;
	char origin[NOTE_NAME_MAX + 1];
	char id[TEXT_UUID_CHARS + 1];

	api__indicator_fact__init(m);
	m->part = mem_strdup(parts[s->part]);
	text_uuid_put(id, s->id);
	m->record_id = mem_strdup(id);
	if (generation_get(&g, q->log.origin, NULL) == ERR_OK) {
		g.number = generation_of(s->place);
		if (generation_put(origin, &g, NULL) == ERR_OK)
			m->origin = mem_strdup(origin);
	}
	m->has_index = m->has_began_at = true;
	m->index = generation_index(s->place);
	m->began_at = s->at_us;
	return m;
}

static void
put_page(Api__Indicators *m, const struct question *q, const struct page *page,
    struct behind *b)
{
	size_t i = 0;
	char text[24];

	if (b->len > 0)
		qsort(b->at, b->len, sizeof *b->at, by_place);
	while (page->resumed && i < b->len && b->at[i].place <= page->after)
		i++;
	m->facts = mem_alloc((size_t)page->limit + 1, sizeof *m->facts);
	for (; i < b->len && m->n_facts < page->limit; i++)
		m->facts[m->n_facts++] = fact_of(q, &b->at[i]);
	if (i < b->len && m->n_facts > 0) {
		(void)snprintf(text, sizeof text, "%llu",
		    (unsigned long long)b->at[i - 1].place);
		m->next_cursor = mem_strdup(text);
	}
}

static enum err
find(const struct ops_call *call, const struct question *q,
    const struct indicator_set **set, const Pack__Indicator **what,
    struct err_why *why)
{
	const char *of = params_get(&call->params, "set");
	char id[INDICATOR_PACK_NAME_MAX + 2];
	enum err e = params_segment(id, sizeof id, call->arg[0], why);

	for (size_t s = 0; s < q->rules.sets_len && e == ERR_OK; s++) {
		*set = &q->rules.sets[s];
		*what = indicator_pack_find((*set)->set, id);
		if (*what != NULL &&
		    (of == NULL || strcmp(of, (*set)->set->name) == 0))
			return ERR_OK;
	}
	return e != ERR_OK ? e
	                   : err_fail(why, ERR_NOT_FOUND,
	                         "%.48s: no such indicator in force; lianfang "
	                         "indicator list shows all",
	                         id);
}

static enum err
figure_of(Api__Indicators *m, const struct question *q, const struct page *page,
    const struct indicator_set *set, const Pack__Indicator *what,
    struct err_why *why)
{
	struct behind behind = {.part = page->part};
	struct indicator_want want;
	struct indicator_result r;
	struct facts *facts = facts_new();
	struct indicator_ask ask = {.what = what,
	    .from_us = q->span.from_us,
	    .to_us = q->span.to_us,
	    .area = q->area,
	    .limits = q->rules.has_limits ? &q->rules.limits : NULL,
	    .see = see,
	    .arg = &behind};
	enum err e = ERR_OK;

	indicator_want_none(&want);
	if (what->formula != NULL) {
		indicator_want_add(
		    &want, set->set, what->formula, q->span.from_us);
		e = indicator_read(&q->log, &want, facts, why);
	}
	if (e == ERR_OK) {
		facts_join(facts, set->set, q->span.from_us, q->span.to_us);
		indicator_eval(facts, &ask, &r);
		m->items = mem_alloc(1, sizeof *m->items);
		m->items[m->n_items++] = indicator_show(set, what);
		indicator_show_figure(m->items[0], what, &r, q->span.to_us);
		put_page(m, q, page, &behind);
	}
	facts_free(facts);
	free(behind.at);
	return e;
}

enum err
indicators_get(struct ops_call *call, struct err_why *why)
{
	struct question *q = mem_alloc(1, sizeof *q);
	const struct indicator_set *set = NULL;
	const Pack__Indicator *what = NULL;
	Api__Indicators *m = NULL;
	struct page page;
	enum err e = page_get(&page, call, why);

	if (e == ERR_OK)
		e = question(call, q, why);

	if (e == ERR_OK && q->period.name[0] == '\0')
		e = err_fail(why, ERR_MALFORMED, "period: missing");
	if (e == ERR_OK)
		e = find(call, q, &set, &what, why);
	if (e == ERR_OK && !is_asked(q, what))
		e = err_fail(why, ERR_MALFORMED,
		    "period: this indicator is of months only");
	if (e == ERR_OK) {
		m = head_of(q);
		e = figure_of(m, q, &page, set, what, why);
	}
	if (e == ERR_OK)
		ops_reply_message(call, &m->base);
	if (m != NULL)
		api__indicators__free_unpacked(m, NULL);
	free(q);
	return e;
}

/* ---- snapshots ---- */

static Api__SnapshotView *
snapshot_view(const struct indicator_log *log, struct snapshot_entry *s)
{
	Api__SnapshotView *v = mem_alloc(1, sizeof *v);

	api__snapshot_view__init(v);
	v->site = copy(log->name);
	v->origin = copy(s->origin);
	v->has_index = v->has_recorded_at = true;
	v->index = s->index;
	v->recorded_at = s->recorded_us;
	v->snapshot = s->body;
	s->body = NULL;
	return v;
}

static enum err
answer_snapshots(
    struct ops_call *call, const unsigned *made, struct err_why *why)
{
	struct snapshot_list *list = mem_alloc(1, sizeof *list);
	Api__Snapshots *m = mem_alloc(1, sizeof *m);
	const char *period = params_get(&call->params, "period");
	struct indicator_log log;
	enum err e = check_area(call, NULL, why);

	api__snapshots__init(m);
	m->items = mem_alloc(SNAPSHOT_READ_MAX, sizeof *m->items);
	m->has_made = made != NULL;
	m->made = made != NULL ? *made : 0;
	if (e == ERR_OK)
		e = indicator_log_find(&log, call->service->site,
		    params_get(&call->params, "site"), NULL, why);
	if (e == ERR_OK)
		e = snapshot_list(list, &log, INT64_MIN, why);
	for (size_t i = 0; i < list->len && e == ERR_OK; i++)
		if (period == NULL ||
		    (list->at[i].body != NULL &&
		        strcmp(list->at[i].body->period, period) == 0))
			m->items[m->n_items++] =
			    snapshot_view(&log, &list->at[i]);
	if (e == ERR_OK)
		ops_reply_message(call, &m->base);
	api__snapshots__free_unpacked(m, NULL);
	snapshot_list_clear(list);
	free(list);
	return e;
}

enum err
indicators_snapshots(struct ops_call *call, struct err_why *why)
{
	return answer_snapshots(call, NULL, why);
}

enum err
indicators_snapshot_make(struct ops_call *call, struct err_why *why)
{
	unsigned made = 0;
	enum err e = snapshot_turn(call->service->snapshots, &made, why);

	return e == ERR_OK ? answer_snapshots(call, &made, why) : e;
}

/* ---- several sites ---- */

enum err
indicators_rollup(struct ops_call *call, struct err_why *why)
{
	const char *check = params_get(&call->params, "check");
	struct rollup_ask ask = {.site = call->service->site,
	    .peers = call->service->peers,
	    .company = call->service->config->node->company,
	    .period = params_get(&call->params, "period"),
	    .now_us = service_now(),
	    .check = check != NULL && strcmp(check, "1") == 0};
	Api__Rollup *m = NULL;
	enum err e = check_area(call, NULL, why);

	if (e == ERR_OK && check != NULL && !ask.check &&
	    strcmp(check, "0") != 0)
		e = err_fail(
		    why, ERR_MALFORMED, "%s: expected 1 or 0", "check");
	if (e == ERR_OK && ask.period == NULL)
		e = err_fail(why, ERR_MALFORMED, "period: missing");
	if (e == ERR_OK)
		e = rollup(&m, &ask, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &m->base);
	api__rollup__free_unpacked(m, NULL);
	return ERR_OK;
}

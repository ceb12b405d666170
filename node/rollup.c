/* rollup.c - the figures of a month over all sites that are held. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/rollup.h"

#include <stdlib.h>
#include <string.h>

#include "node/indicator_show.h"
#include "node/peers.h"
#include "node/site.h"
#include "node/snapshot_make.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define DAY_US INT64_C(86400000000)

struct part {
	const char *site; /* of the message */
	double value;
	uint64_t numerator;
	uint64_t denominator;
	bool lower; /* is better */
	bool over; /* beyond all steps: the last */
	bool corrected;
};

/* Whose value. */
struct taken {
	const char *site; /* of the message */
	bool limits; /* alarms by the same limits as here */
	bool corrected;
};

struct sum {
	const struct rollup_ask *ask;
	struct period period;
	struct indicator_rules rules; /* this node's, for the month */
	struct indicator_figures all;
	struct part *parts; /* of each figure, ROLLUP_SITES_MAX apart */
	size_t *parts_len;
	struct indicator_figures again;
	Api__Rollup *out;
};

static Api__RollupSite *
add_site(struct sum *s, const char *name, const char *state)
{
	Api__RollupSite *m = mem_alloc(1, sizeof *m);

	api__rollup_site__init(m);
	m->site = mem_strdup(name);
	m->state = mem_strdup(state);
	s->out->sites = mem_resize(
	    s->out->sites, s->out->n_sites + 1, sizeof(Api__RollupSite *));
	s->out->sites[s->out->n_sites++] = m;
	return m;
}

static void
set_state(Api__RollupSite *m, const char *state)
{
	free(m->state);
	m->state = mem_strdup(state);
}

static void
add_differs(Api__RollupSite *m, const char *what)
{
	m->differs = mem_resize(m->differs, m->n_differs + 1, sizeof(char *));
	m->differs[m->n_differs++] = mem_strdup(what);
}

/* ---- computed again ---- */

static void
compare(struct sum *s, const Record__Snapshot *said, Api__RollupSite *m)
{
	for (size_t i = 0; i < said->n_values; i++) {
		const struct indicator_figure *f =
		    indicator_value_find(&s->again, said->values[i]);
		Record__Snapshot__Value *is =
		    f != NULL ? indicator_value_put(f) : NULL;

		if (is == NULL || indicator_value_again(said, i) ||
		    !indicator_value_same(said->values[i], is))
			add_differs(m, f != NULL ? f->what->id : "?");
		if (is != NULL)
			slice_free(&is->base);
	}
	/* What it keeps silent about. */
	for (size_t k = 0; k < s->again.len; k++) {
		bool there = false;

		for (size_t i = 0; i < said->n_values; i++)
			there = there ||
			    indicator_value_find(&s->again, said->values[i]) ==
			        &s->again.at[k];
		if (!there)
			add_differs(m, s->again.at[k].what->id);
	}
}

static void
check_site(struct sum *s, struct indicator_log *log,
    const Record__Snapshot *said, Api__RollupSite *m)
{
	struct indicator_rules *rules = mem_alloc(1, sizeof *rules);
	struct indicator_span span = {
	    .from_us = log->since_us > s->period.from_us ? log->since_us
	                                                 : s->period.from_us,
	    .to_us = s->period.to_us};
	struct indicator_want want;
	struct tree_head head = {.size = said->size};
	struct err_why why = {.text = ""};
	enum err e = ERR_OK;

	if (said->root.len == sizeof head.root.b)
		memcpy(head.root.b, said->root.data, sizeof head.root.b);
	if (said->from_at != span.from_us || said->to_at != span.to_us)
		add_differs(m, "period");
	indicator_want_none(&want);
	e = indicator_log_at(
	    log, said->origin != NULL ? said->origin : "", &head, &why);
	if (e == ERR_OK)
		e = indicator_rules_of(rules, s->ask->site->packs, said, &why);
	if (e == ERR_OK)
		e = snapshot_figures(&s->again, log, rules, &span, &want, &why);
	m->has_checked = m->checked = e == ERR_OK;
	if (e == ERR_OK)
		compare(s, said, m);
	else
		m->trouble = mem_strdup(why.text);
	free(rules);
}

/* ---- one site ---- */

/* The same texts as this node's?  A formula of one's own adds to no sum. */
static bool
same_rules(struct sum *s, const Record__Snapshot *said, Api__RollupSite *m)
{
	bool same = true;

	for (size_t k = 0; k < s->rules.sets_len; k++) {
		const struct indicator_set *set = &s->rules.sets[k];
		bool there = false;

		for (size_t i = 0; i < said->n_packs; i++)
			there = there ||
			    (said->packs[i]->digest.len ==
			            sizeof set->digest.b &&
			        memcmp(said->packs[i]->digest.data,
			            set->digest.b, sizeof set->digest.b) == 0);
		if (!there)
			add_differs(m, set->name);
		same = same && there;
	}
	return same;
}

/* Of alarms, chattering or in flood by whose limits? */
static bool
same_limits(struct sum *s, const Record__Snapshot *said, Api__RollupSite *m)
{
	const bool same = indicator_limits_same(&s->rules, said);

	if (!same)
		add_differs(m, "alarm-limits");
	return same;
}

static bool
is_kpi(const Pack__Indicator *what)
{
	return what->formula != NULL &&
	    what->formula->aggregate == PACK__FORMULA__AGGREGATE__KPI;
}

static void
take_value(
    struct sum *s, const Record__Snapshot__Value *v, const struct taken *t)
{
	struct indicator_figure one;
	struct part *p;
	double value = 0;

	if (!indicator_value_get(&one, &s->rules, v) ||
	    (!t->limits && is_kpi(one.what)))
		return;
	for (size_t i = 0; i < s->all.len; i++) {
		if (s->all.at[i].what != one.what)
			continue;
		indicator_add(one.what, &s->all.at[i].result, &one.result);
		if (!indicator_value(one.what, &one.result, &value) &&
		    !one.result.over)
			return;
		p = &s->parts[i * ROLLUP_SITES_MAX + s->parts_len[i]++];
		*p = (struct part){.site = t->site,
		    .value = value,
		    .numerator = one.result.numerator,
		    .denominator = one.result.denominator,
		    .lower = one.what->direction ==
		        PACK__INDICATOR__DIRECTION__LOWER,
		    .over = one.result.over,
		    .corrected = t->corrected};
		return;
	}
}

static enum err
take_site(struct sum *s, struct indicator_log *log, struct err_why *why)
{
	struct snapshot_list *list = mem_alloc(1, sizeof *list);
	const struct snapshot_entry *of = NULL;
	Api__RollupSite *m = add_site(s, log->name, "MISSING");
	struct taken t = {.limits = false};
	enum err e = snapshot_list(list, log, s->period.from_us, why);

	m->has_held_to_at = m->has_stale = true;
	m->held_to_at = log->recorded_us;
	m->stale = !log->own && log->recorded_us < s->ask->now_us - DAY_US;
	if (e == ERR_OK)
		of = snapshot_find(list, s->period.name);
	if (of == NULL)
		goto out;
	m->has_late = m->has_index = m->has_size = m->has_recorded_at = true;
	m->origin = mem_strdup(of->origin);
	m->index = of->index;
	m->size = of->body->size;
	m->recorded_at = of->recorded_us;
	m->late = of->recorded_us > s->period.to_us + DAY_US;
	if (s->ask->check)
		check_site(s, log, of->body, m);
	set_state(m, "OTHER_RULES");
	if (!same_rules(s, of->body, m))
		goto out;
	set_state(m, "COUNTED");
	t.site = m->site;
	t.limits = same_limits(s, of->body, m);
	for (size_t i = 0; i < of->body->n_values; i++)
		if (!indicator_value_again(of->body, i))
			take_value(
			    s, snapshot_value(list, of, i, &t.corrected), &t);
out:
	snapshot_list_clear(list);
	free(list);
	return e;
}

/* Plants of this company of which nothing is held. */
static void
add_unheld(struct sum *s)
{
	Config__Alliance *a =
	    s->ask->peers != NULL ? peers_status(s->ask->peers) : NULL;

	for (size_t i = 0; a != NULL && i < a->n_members; i++) {
		const Config__Peer *p = a->members[i];
		bool held = p->role == NULL || strcmp(p->role, "plant") != 0 ||
		    p->company == NULL || s->ask->company == NULL ||
		    strcmp(p->company, s->ask->company) != 0;

		for (size_t k = 0; k < s->out->n_sites && !held; k++)
			held = strcmp(s->out->sites[k]->site, p->name) == 0;
		if (!held)
			(void)add_site(s, p->name, "NOT_HELD");
	}
	if (a != NULL)
		config__alliance__free_unpacked(a, NULL);
}

/* ---- the sum ---- */

static int
best_first(const void *a, const void *b)
{
	const struct part *x = a;
	const struct part *y = b;
	const double dx = x->lower ? x->value : -x->value;
	const double dy = y->lower ? y->value : -y->value;

	if (x->over != y->over)
		return x->over ? 1 : -1;
	if (dx != dy)
		return dx < dy ? -1 : 1;
	return strcmp(x->site, y->site);
}

static void
add_ranks(Api__RollupItem *m, struct part *parts, size_t n)
{
	m->ranks = mem_alloc(n + 1, sizeof *m->ranks);
	for (size_t i = 0; i < n; i++) {
		Api__RollupRank *r = mem_alloc(1, sizeof *r);
		const bool same = i > 0 &&
		    parts[i].value == parts[i - 1].value &&
		    parts[i].over == parts[i - 1].over;

		api__rollup_rank__init(r);
		r->has_rank = r->has_numerator = r->has_denominator =
		    r->has_corrected = true;
		r->rank = same ? m->ranks[i - 1]->rank : (uint32_t)i + 1;
		r->site = mem_strdup(parts[i].site);
		r->has_value = !parts[i].over;
		r->value = parts[i].value;
		r->numerator = parts[i].numerator;
		r->denominator = parts[i].denominator;
		r->corrected = parts[i].corrected;
		m->ranks[m->n_ranks++] = r;
	}
}

static void
answer(struct sum *s)
{
	s->out->items = mem_alloc(s->all.len + 1, sizeof *s->out->items);
	for (size_t i = 0; i < s->all.len; i++) {
		const struct indicator_figure *f = &s->all.at[i];
		struct part *parts = &s->parts[i * ROLLUP_SITES_MAX];
		Api__RollupItem *m = mem_alloc(1, sizeof *m);

		api__rollup_item__init(m);
		m->figure = indicator_show(f->set, f->what);
		indicator_show_figure(
		    m->figure, f->what, &f->result, s->period.to_us);
		if (s->parts_len[i] > 0)
			qsort(
			    parts, s->parts_len[i], sizeof *parts, best_first);
		add_ranks(m, parts, s->parts_len[i]);
		s->out->items[s->out->n_items++] = m;
	}
	indicator_show_indexes(
	    &s->out->indexes, &s->out->n_indexes, &s->all, &s->rules);
}

static void
begin(struct sum *s)
{
	s->all.len = 0;
	for (size_t k = 0; k < s->rules.sets_len; k++) {
		const struct indicator_set *set = &s->rules.sets[k];

		for (size_t i = 0; i < set->set->n_indicators; i++)
			s->all.at[s->all.len++] = (struct indicator_figure){
			    .set = set,
			    .what = set->set->indicators[i],
			    .result = {
			        .lack = set->set->indicators[i]->formula == NULL
			            ? INDICATOR_NOT_KEPT
			            : INDICATOR_NONE_DUE}};
	}
	s->parts =
	    mem_alloc(s->all.len * ROLLUP_SITES_MAX + 1, sizeof *s->parts);
	s->parts_len = mem_alloc(s->all.len + 1, sizeof *s->parts_len);
}

enum err
rollup(Api__Rollup **out, const struct rollup_ask *ask, struct err_why *why)
{
	struct sum *s = mem_alloc(1, sizeof *s);
	struct indicator_log *logs = mem_alloc(ROLLUP_SITES_MAX, sizeof *logs);
	size_t len = 0;
	int offset = 0;
	enum err e = ERR_OK;

	s->ask = ask;
	indicator_rules(&s->rules, ask->site->packs, ask->now_us);
	if (s->rules.sets_len > 0)
		offset = s->rules.sets[0].set->day_offset_minutes;
	s->out = mem_alloc(1, sizeof *s->out);
	api__rollup__init(s->out);
	s->out->period = mem_strdup(ask->period);
	e = period_get(&s->period, ask->period, offset, why);
	if (e == ERR_OK && !s->period.month)
		e = err_fail(why, ERR_MALFORMED,
		    "period: a roll-up is of a month, as 2026-11");
	indicator_rules(&s->rules, ask->site->packs, s->period.from_us);
	begin(s);
	if (e == ERR_OK)
		e = indicator_log_all(
		    logs, ROLLUP_SITES_MAX, &len, ask->site, why);
	for (size_t i = 0; i < len && e == ERR_OK; i++)
		/* HQ itself is no plant. */
		if (!logs[i].own || ask->site->role == SITE_PLANT)
			e = take_site(s, &logs[i], why);
	if (e == ERR_OK) {
		add_unheld(s);
		answer(s);
		*out = s->out;
	} else {
		api__rollup__free_unpacked(s->out, NULL);
	}
	free(s->parts);
	free(s->parts_len);
	free(logs);
	free(s);
	return e;
}

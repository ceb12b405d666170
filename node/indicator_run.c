/* indicator_run.c - all figures of a period, and what a snapshot says. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/indicator_run.h"

#include <stdio.h>
#include <string.h>

#include "proto/mem.h"

/* ---- rules ---- */

static void
take_set(struct indicator_rules *out, const Pack__Indicators *set,
    const struct packs_fact *fact)
{
	struct indicator_set *s = &out->sets[out->sets_len];

	if (out->sets_len == INDICATOR_RUN_SETS)
		return;
	s->set = set;
	s->digest = fact->digest;
	(void)snprintf(s->name, sizeof s->name, "%s", fact->name);
	out->sets_len++;
}

void
indicator_rules(
    struct indicator_rules *out, const struct packs *p, int64_t at_us)
{
	struct packs_fact fact;
	const Pack__Pack *pack;

	*out = (struct indicator_rules){.sets_len = 0};
	for (size_t i = 0; (pack = packs_at(p, i, &fact)) != NULL; i++)
		if (pack->indicators != NULL &&
		    packs_in_force_then(p, i, at_us))
			take_set(out, pack->indicators, &fact);
	out->has_limits = packs_alarm_limits_then(p, at_us, &out->limits);
}

#define LIMITS(X)           \
	X(chatter_alarms)   \
	X(chatter_seconds)  \
	X(fleeting_seconds) \
	X(stale_hours) X(flood_seconds) X(flood_alarms) X(flood_end_alarms)

static void
limits_get(struct indicator_rules *out, const Record__Snapshot__Limits *l)
{
#define TAKE(name) out->limits.name = l->name;
	LIMITS(TAKE)
#undef TAKE
	for (size_t i = 0; i < l->n_priorities && i < 3; i++)
		out->limits.priority[i + 1] = (uint8_t)l->priorities[i];
	out->has_limits = true;
}

bool
indicator_limits_same(
    const struct indicator_rules *rules, const Record__Snapshot *s)
{
	struct indicator_rules said = {.has_limits = false};
	bool same;

	if (s->limits != NULL)
		limits_get(&said, s->limits);
	same = said.has_limits == rules->has_limits &&
	    memcmp(said.limits.priority + 1, rules->limits.priority + 1, 3) ==
	        0;
#define SAME(name) same = same && said.limits.name == rules->limits.name;
	LIMITS(SAME)
#undef SAME
	return same;
}

static enum err
find_set(struct indicator_rules *out, const struct packs *p,
    const Record__Snapshot__Pack *named, struct err_why *why)
{
	struct packs_fact fact;
	const Pack__Pack *pack;

	for (size_t i = 0; (pack = packs_at(p, i, &fact)) != NULL; i++) {
		if (pack->indicators != NULL &&
		    named->digest.len == sizeof fact.digest.b &&
		    memcmp(named->digest.data, fact.digest.b,
		        sizeof fact.digest.b) == 0) {
			take_set(out, pack->indicators, &fact);
			return ERR_OK;
		}
	}
	return err_fail(why, ERR_NOT_FOUND,
	    "%.80s: that text of the rule pack is not here",
	    named->name != NULL ? named->name : "");
}

enum err
indicator_rules_of(struct indicator_rules *out, const struct packs *p,
    const Record__Snapshot *s, struct err_why *why)
{
	enum err e = ERR_OK;

	*out = (struct indicator_rules){.sets_len = 0};
	for (size_t i = 0; i < s->n_packs && e == ERR_OK; i++)
		e = find_set(out, p, s->packs[i], why);
	if (e == ERR_OK && s->limits != NULL)
		limits_get(out, s->limits);
	return e;
}

void
indicator_rules_put(Record__Snapshot *out, const struct indicator_rules *rules)
{
	out->packs = mem_alloc(rules->sets_len + 1, sizeof *out->packs);
	for (size_t i = 0; i < rules->sets_len; i++) {
		Record__Snapshot__Pack *p = mem_alloc(1, sizeof *p);

		record__snapshot__pack__init(p);
		p->name = mem_strdup(rules->sets[i].name);
		p->has_digest = true;
		p->digest.len = sizeof rules->sets[i].digest.b;
		p->digest.data = mem_alloc(p->digest.len, 1);
		memcpy(p->digest.data, rules->sets[i].digest.b, p->digest.len);
		out->packs[out->n_packs++] = p;
	}
	if (!rules->has_limits)
		return;
	out->limits = mem_alloc(1, sizeof *out->limits);
	record__snapshot__limits__init(out->limits);
#define GIVE(name)                      \
	out->limits->has_##name = true; \
	out->limits->name = rules->limits.name;
	LIMITS(GIVE)
#undef GIVE
	out->limits->priorities = mem_alloc(3, sizeof *out->limits->priorities);
	for (size_t i = 1; i <= 3; i++)
		out->limits->priorities[out->limits->n_priorities++] =
		    rules->limits.priority[i];
}

/* ---- figures ---- */

void
indicator_run(struct indicator_figures *out,
    const struct indicator_rules *rules, struct facts *facts,
    const struct indicator_span *span)
{
	out->len = 0;
	for (size_t s = 0; s < rules->sets_len; s++) {
		const struct indicator_set *set = &rules->sets[s];

		facts_join(facts, set->set, span->from_us, span->to_us);
		for (size_t i = 0; i < set->set->n_indicators; i++) {
			struct indicator_figure *f = &out->at[out->len];
			struct indicator_ask ask = {
			    .what = set->set->indicators[i],
			    .from_us = span->from_us,
			    .to_us = span->to_us,
			    .area = span->area,
			    .limits =
			        rules->has_limits ? &rules->limits : NULL};

			f->set = set;
			f->what = ask.what;
			indicator_eval(facts, &ask, &f->result);
			out->len++;
		}
	}
}

struct indicator_index
indicator_index(
    const struct indicator_figures *f, const char *set, const char *in_class)
{
	struct indicator_index sum = {.points = 0};

	for (size_t i = 0; i < f->len; i++) {
		const struct indicator_figure *x = &f->at[i];

		if (strcmp(x->set->set->name, set) != 0 ||
		    x->result.lack != INDICATOR_WHOLE ||
		    (in_class != NULL &&
		        strcmp(x->what->in_class, in_class) != 0))
			continue;
		sum.points +=
		    x->what->weight * indicator_score(x->what, &x->result);
		sum.weight += x->what->weight;
	}
	return sum;
}

/* ---- values ---- */

Record__Snapshot__Value *
indicator_value_put(const struct indicator_figure *f)
{
	const struct indicator_result *r = &f->result;
	Record__Snapshot__Value *v = mem_alloc(1, sizeof *v);

	record__snapshot__value__init(v);
	v->set = mem_strdup(f->set->set->name);
	v->id = mem_strdup(f->what->id);
	v->has_version = true;
	v->version = f->what->version;
	if (r->lack != INDICATOR_WHOLE)
		v->lack = mem_strdup(indicator_lack_text(r->lack));
	if (r->lack == INDICATOR_NOT_KEPT)
		return v;
	v->has_numerator = v->has_denominator = v->has_excluded =
	    v->has_unreadable = true;
	v->numerator = r->numerator;
	v->denominator = r->denominator;
	v->excluded = r->excluded;
	v->unreadable = r->unreadable;
	v->has_newest_at = r->newest_us != 0;
	v->newest_at = r->newest_us;
	v->has_over = v->over = r->over;
	v->bins = mem_alloc(r->bins_len + 1, sizeof *v->bins);
	for (size_t i = 0; i < r->bins_len; i++)
		v->bins[v->n_bins++] = r->bins[i];
	return v;
}

/* What cannot be divided, has no formula or not the bins of its steps is no
 * figure, whatever the site says. */
static bool
can_be(const Pack__Formula *p, const struct indicator_result *r)
{
	uint64_t all = 0;

	if (p == NULL || r->denominator == 0)
		return false;
	for (size_t i = 0; i < r->bins_len; i++)
		all += r->bins[i];
	return p->aggregate != PACK__FORMULA__AGGREGATE__PERCENTILE ||
	    (r->bins_len == p->n_steps + 1 && all == r->denominator);
}

bool
indicator_value_get(struct indicator_figure *out,
    const struct indicator_rules *rules, const Record__Snapshot__Value *v)
{
	struct indicator_result *r = &out->result;
	const char *lack = v->lack != NULL ? v->lack : "";

	*out = (struct indicator_figure){.set = NULL};
	for (size_t i = 0; i < rules->sets_len && v->set != NULL; i++)
		if (strcmp(rules->sets[i].set->name, v->set) == 0)
			out->set = &rules->sets[i];
	if (out->set == NULL || v->id == NULL)
		return false;
	out->what = indicator_pack_find(out->set->set, v->id);
	if (out->what == NULL || out->what->version != v->version ||
	    indicator_lack_find(lack) == INDICATOR_LACKS ||
	    v->n_bins > INDICATOR_STEPS_MAX + 1)
		return false;
	r->lack = indicator_lack_find(lack);
	r->numerator = v->numerator;
	r->denominator = v->denominator;
	r->excluded = v->excluded;
	r->unreadable = v->unreadable;
	r->newest_us = v->newest_at;
	r->over = v->over;
	r->bins_len = v->n_bins;
	for (size_t i = 0; i < v->n_bins; i++)
		r->bins[i] = v->bins[i];
	return r->lack != INDICATOR_WHOLE || can_be(out->what->formula, r);
}

const struct indicator_figure *
indicator_value_find(
    const struct indicator_figures *f, const Record__Snapshot__Value *v)
{
	for (size_t i = 0; i < f->len; i++)
		if (v->id != NULL && v->set != NULL &&
		    strcmp(f->at[i].what->id, v->id) == 0 &&
		    strcmp(f->at[i].set->set->name, v->set) == 0)
			return &f->at[i];
	return NULL;
}

bool
indicator_value_alike(
    const Record__Snapshot__Value *a, const Record__Snapshot__Value *b)
{
	return a->set != NULL && b->set != NULL && a->id != NULL &&
	    b->id != NULL && strcmp(a->set, b->set) == 0 &&
	    strcmp(a->id, b->id) == 0;
}

bool
indicator_value_again(const Record__Snapshot *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (indicator_value_alike(s->values[k], s->values[i]))
			return true;
	return false;
}

bool
indicator_value_same(
    const Record__Snapshot__Value *a, const Record__Snapshot__Value *b)
{
	const char *lack_a = a->lack != NULL ? a->lack : "";
	const char *lack_b = b->lack != NULL ? b->lack : "";

	return a->numerator == b->numerator &&
	    a->denominator == b->denominator && a->excluded == b->excluded &&
	    a->unreadable == b->unreadable && a->over == b->over &&
	    a->version == b->version && strcmp(lack_a, lack_b) == 0 &&
	    a->n_bins == b->n_bins &&
	    (a->n_bins == 0 ||
	        memcmp(a->bins, b->bins, a->n_bins * sizeof *a->bins) == 0);
}

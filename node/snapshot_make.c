/* snapshot_make.c - what a snapshot says. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/snapshot_make.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/generation.h"
#include "node/journal.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define MONTHS_BACK 2 /* that FACTS_LATE_US can reach */

enum err
snapshot_figures(struct indicator_figures *out, const struct indicator_log *log,
    const struct indicator_rules *rules, const struct indicator_span *span,
    struct indicator_want *want, struct err_why *why)
{
	struct facts *facts = facts_new();
	enum err e;

	for (size_t s = 0; s < rules->sets_len; s++) {
		const Pack__Indicators *set = rules->sets[s].set;

		for (size_t i = 0; i < set->n_indicators; i++)
			if (set->indicators[i]->formula != NULL)
				indicator_want_add(want, set,
				    set->indicators[i]->formula, span->from_us);
	}
	e = indicator_read(log, want, facts, why);
	if (e == ERR_OK)
		indicator_run(out, rules, facts, span);
	facts_free(facts);
	return e;
}

/* Since when a month counts: not before the log began. */
static struct indicator_span
span_of(const struct indicator_log *log, const struct period *p)
{
	struct indicator_span s = {.from_us = p->from_us, .to_us = p->to_us};

	if (log->since_us > s.from_us)
		s.from_us = log->since_us;
	return s;
}

/* ---- corrections ---- */

static void
correct(Record__Snapshot *out, const char *period,
    const Record__Snapshot__Value *was, Record__Snapshot__Value *is)
{
	Record__Snapshot__Correction *c = mem_alloc(1, sizeof *c);
	ProtobufCMessage *copy = NULL;
	struct buf b;

	record__snapshot__correction__init(c);
	c->period = mem_strdup(period);
	c->is = is;
	buf_init(&b, 65536);
	slice_pack(&b, &was->base);
	if (slice_unpack(&copy, &record__snapshot__value__descriptor,
	        buf_view(&b), NULL) == ERR_OK)
		c->was = (Record__Snapshot__Value *)(void *)copy;
	buf_clear(&b);
	out->corrections = mem_resize(out->corrections, out->n_corrections + 1,
	    sizeof(Record__Snapshot__Correction *));
	out->corrections[out->n_corrections++] = c;
}

/* One earlier month, as the log has it now. */
static enum err
look_again(Record__Snapshot *out, const struct snapshot_plan *plan,
    const struct snapshot_entry *old, struct indicator_figures *figures,
    struct err_why *why)
{
	struct indicator_rules *rules = mem_alloc(1, sizeof *rules);
	struct indicator_want want;
	struct indicator_span span = {
	    .from_us = old->body->from_at, .to_us = old->body->to_at};
	enum err e = indicator_rules_of(rules, plan->packs, old->body, why);

	if (e == ERR_NOT_FOUND) {
		journal_warn("SNAPSHOT", "%s is not looked at again: %s",
		    old->body->period, why->text);
		free(rules);
		return ERR_OK;
	}
	indicator_want_none(&want);
	if (e == ERR_OK)
		e = snapshot_figures(
		    figures, plan->log, rules, &span, &want, why);
	for (size_t i = 0; i < old->body->n_values && e == ERR_OK; i++) {
		bool corrected;
		const Record__Snapshot__Value *was =
		    snapshot_value(plan->known, old, i, &corrected);
		const struct indicator_figure *f =
		    indicator_value_find(figures, was);
		Record__Snapshot__Value *is =
		    f != NULL ? indicator_value_put(f) : NULL;

		if (is != NULL && !indicator_value_same(was, is))
			correct(out, old->body->period, was, is);
		else if (is != NULL)
			slice_free(&is->base);
	}
	free(rules);
	return e;
}

static enum err
look_back(Record__Snapshot *out, const struct snapshot_plan *plan,
    int64_t oldest_us, struct indicator_figures *figures, struct err_why *why)
{
	struct period p;
	enum err e = ERR_OK;

	for (int back = 1; back <= MONTHS_BACK && e == ERR_OK; back++) {
		const struct snapshot_entry *old;

		period_month(
		    &p, plan->period->from_us, -back, plan->offset_minutes);
		/* An event of this month tells of what falls due in it or
		 * later. */
		if (oldest_us >= p.to_us)
			break;
		old = snapshot_find(plan->known, p.name);
		if (old != NULL)
			e = look_again(out, plan, old, figures, why);
	}
	return e;
}

/* ---- the month ---- */

static void
fill_head(Record__Snapshot *m, const struct snapshot_plan *plan,
    const struct indicator_span *span)
{
	const struct indicator_log *log = plan->log;

	m->period = mem_strdup(plan->period->name);
	m->has_from_at = m->has_to_at = m->has_size = m->has_root = true;
	m->from_at = span->from_us;
	m->to_at = span->to_us;
	m->origin = mem_strdup(log->origin);
	m->size = log->head.size;
	m->root.len = sizeof log->head.root.b;
	m->root.data = mem_alloc(m->root.len, 1);
	memcpy(m->root.data, log->head.root.b, m->root.len);
	m->checkpoint = mem_strdup(plan->note);
}

enum err
snapshot_make(Record__Snapshot **out, const struct snapshot_plan *plan,
    struct err_why *why)
{
	const struct indicator_span span = span_of(plan->log, plan->period);
	struct indicator_figures *figures = mem_alloc(1, sizeof *figures);
	struct indicator_rules *rules = mem_alloc(1, sizeof *rules);
	Record__Snapshot *m = mem_alloc(1, sizeof *m);
	struct indicator_want want;
	enum err e;

	record__snapshot__init(m);
	fill_head(m, plan, &span);
	indicator_rules(rules, plan->packs, plan->period->from_us);
	indicator_rules_put(m, rules);
	indicator_want_none(&want);
	if (plan->known->len > 0 && plan->known->at[0].body != NULL)
		want.after = generation_place(
		    plan->log->number, plan->known->at[0].body->size);
	if (plan->known->len > 0 &&
	    generation_of(plan->known->at[0].place) != plan->log->number)
		want.after = 0; /* another generation: look at all */
	e = snapshot_figures(figures, plan->log, rules, &span, &want, why);
	m->values = mem_alloc(figures->len + 1, sizeof *m->values);
	for (size_t i = 0; i < figures->len && e == ERR_OK; i++)
		m->values[m->n_values++] = indicator_value_put(&figures->at[i]);
	if (e == ERR_OK)
		e = look_back(m, plan, want.oldest_us, figures, why);
	free(figures);
	free(rules);
	if (e == ERR_OK)
		*out = m;
	else
		slice_free(&m->base);
	return e;
}

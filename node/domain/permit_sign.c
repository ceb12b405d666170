/* permit_sign.c - who signs a step, and each of its measures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit_guard.h"

#define ONE(no) (UINT64_C(1) << ((no)-1))

/* ---- by each of the crew ---- */

/* Where the form names them. */
static const char *const places[ROW_CREW_MAX + 1] = {"worker", "workers[0]",
    "workers[1]", "workers[2]", "workers[3]", "workers[4]", "workers[5]",
    "workers[6]", "workers[7]"};

static uint64_t
worker_at(const struct row *r, size_t i)
{
	return i == 0 ? r->subject : r->work.crew[i - 1];
}

bool
permit_guard_anew(const struct permit_guard *g, const Pack__Step *s)
{
	return s->on_resume && g->action == RECORD__PERMIT__ACTION__RESUME;
}

static void
ask_crew(const struct permit_guard *g, const Pack__Step *s)
{
	const struct row *r = g->e->row;
	const int64_t since = permit_guard_anew(g, s) ? r->stop_us : INT64_MIN;

	for (size_t i = 0; i <= r->work.crew_len; i++) {
		uint64_t who = worker_at(r, i);

		if (who == 0 || permit_guard_since(r, s->name, since, who) == 0)
			permit_guard_miss_step(
			    g, RULE_CREW_UNSIGNED, s, places[i]);
	}
}

static bool
is_of_crew(const struct row *r, uint64_t who)
{
	for (size_t i = 0; i <= r->work.crew_len; i++) {
		if (who != 0 && worker_at(r, i) == who)
			return true;
	}
	return false;
}

/* ---- measures ---- */

/* Whoever confirms it, if not anybody who may sign the step. */
static void
miss_measure(const struct permit_guard *g, enum rule_id id, const Pack__Step *s,
    const Pack__Measure *m)
{
	const bool own = m->n_roles > 0;

	rule_miss(g->gaps,
	    (struct rule_gap){.rule = rule_get(id),
	        .what = m->text,
	        .clause = m->clause != NULL ? m->clause : s->clause,
	        .who = own ? m->roles : s->roles,
	        .who_len = own ? m->n_roles : s->n_roles});
}

/* What this event answers to a measure: not at all, well (done, or it does not
 * apply), or not well. */
enum said {
	SAID_NOTHING = 0,
	SAID_WELL,
	SAID_BADLY
};

static enum said
said_of(const Record__Permit *m, const Pack__Measure *one)
{
	enum said out = SAID_NOTHING;

	for (size_t k = 0; k < m->n_measures; k++) {
		const Record__MeasureCheck *c = m->measures[k];

		if (!c->has_no || c->no != one->no)
			continue;
		if (!c->has_applies || (c->applies ? !c->done : one->always))
			return SAID_BADLY;
		out = SAID_WELL;
	}
	return out;
}

/* Every number is one of the pack's. */
static bool
knows_all(const Pack__Work *w, const Record__Permit *m)
{
	for (size_t k = 0; k < m->n_measures; k++) {
		if (m->measures[k]->no < 1 ||
		    m->measures[k]->no > w->n_measures)
			return false;
	}
	return true;
}

/* One event, all of the measures: packs before they were confirmed one by one.
 */
static void
ask_together(const struct permit_guard *g, const Pack__Step *s)
{
	const Pack__Work *w = g->e->pack;

	for (size_t i = 0; i < w->n_measures; i++) {
		if (said_of(g->e->msg, w->measures[i]) != SAID_WELL)
			miss_measure(g, RULE_MEASURES_OPEN, s, w->measures[i]);
	}
}

static void
ask_each(const struct permit_guard *g, const Pack__Step *s)
{
	const Pack__Work *w = g->e->pack;
	const Record__Permit *m = g->e->msg;

	if (m->n_measures == 0 || !knows_all(w, m))
		permit_guard_miss_step(g, RULE_MEASURE_UNKNOWN, s, NULL);
	for (size_t i = 0; i < w->n_measures; i++) {
		const Pack__Measure *one = w->measures[i];
		enum said said = said_of(m, one);

		if (said == SAID_BADLY)
			miss_measure(g, RULE_MEASURES_OPEN, s, one);
		else if (said == SAID_WELL &&
		    (g->e->world.confirms & ONE(one->no)) == 0)
			miss_measure(g, RULE_MEASURE_ROLE, s, one);
	}
}

void
permit_guard_whole(const struct permit_guard *g, const Pack__Step *s)
{
	const Pack__Work *w = g->e->pack;
	const uint64_t sure = permit_guard_anew(g, s)
	    ? g->e->row->work.again
	    : g->e->row->work.measures;

	if (s->crew)
		ask_crew(g, s);
	for (size_t i = 0; s->one_by_one && i < w->n_measures; i++) {
		if ((sure & ONE(w->measures[i]->no)) == 0)
			miss_measure(g, RULE_MEASURES_OPEN, s, w->measures[i]);
	}
}

/* Measures are counted by their numbers, whatever step names them. */
static bool
counts_measures(const Pack__Work *w)
{
	for (size_t i = 0; i < w->n_steps; i++) {
		if (w->steps[i]->one_by_one)
			return true;
	}
	return false;
}

void
permit_guard_part(const struct permit_guard *g, const Pack__Step *s)
{
	if (s->crew && !is_of_crew(g->e->row, g->e->world.signer))
		permit_guard_miss_step(g, RULE_NOT_OF_CREW, s, NULL);
	if (!s->measures && g->e->msg->n_measures > 0 &&
	    counts_measures(g->e->pack))
		permit_guard_miss_step(g, RULE_MEASURE_UNKNOWN, s, NULL);
	else if (s->one_by_one)
		ask_each(g, s);
	else if (s->measures)
		ask_together(g, s);
}

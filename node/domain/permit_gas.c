/* permit_gas.c - what a gas test says, and how long it holds. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "node/domain/permit_guard.h"
#include "node/domain/person.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US (24 * 60 * MINUTE_US)

static enum permit_gas
judge_combustible(const Pack__Work *w, const Record__GasReading *g)
{
	double value;
	double limit;

	if (!g->has_value || g->unit == NULL || !isfinite(g->value) ||
	    !isfinite(g->lel) || g->value < 0 || g->lel <= 0 || g->lel > 100)
		return PERMIT_GAS_UNUSABLE;
	if (strcmp(g->unit, "%vol") == 0)
		value = g->value;
	else if (strcmp(g->unit, "%LEL") == 0)
		value = g->value * g->lel / 100;
	else
		return PERMIT_GAS_UNUSABLE;
	limit = g->lel >= w->lel_split ? w->limit_high_lel : w->limit_low_lel;
	return value <= limit ? PERMIT_GAS_OK : PERMIT_GAS_OVER;
}

static enum permit_gas
judge_limit(const Pack__GasLimit *l, const Record__GasReading *g)
{
	if (!g->has_value || g->unit == NULL || !isfinite(g->value) ||
	    g->value < 0 || strcmp(g->unit, l->unit) != 0)
		return PERMIT_GAS_UNUSABLE;
	if ((l->has_min && g->value < l->min) ||
	    (l->has_max && g->value > l->max))
		return PERMIT_GAS_OVER;
	return PERMIT_GAS_OK;
}

static bool
is_of(const Pack__GasLimit *l, const Record__GasReading *g)
{
	return g->gas != NULL && strcasecmp(g->gas, l->gas) == 0;
}

/* A gas may have a limit of its own and be combustible, too. */
static enum permit_gas
judge_one(const Pack__Work *w, const Record__GasReading *g)
{
	enum permit_gas worst =
	    g->has_lel ? judge_combustible(w, g) : PERMIT_GAS_NONE;
	bool known = g->has_lel;
	bool asks = false;

	for (size_t i = 0; i < w->n_gases; i++) {
		enum permit_gas one;

		asks |= w->gases[i]->required != 0;
		if (!is_of(w->gases[i], g))
			continue;
		known = true;
		one = judge_limit(w->gases[i], g);
		if (one > worst)
			worst = one;
	}
	/* A pack that asks for gases knows what it looks at: another is a
	 * reading that nobody can judge. */
	if (!known && asks)
		return PERMIT_GAS_UNUSABLE;
	return worst;
}

/* Every gas that the pack asks for, and a combustible one. */
static bool
complete(const Pack__Work *w, Record__GasReading *const *gas, size_t n)
{
	bool combustible = false;

	for (size_t i = 0; i < n; i++)
		combustible |= gas[i]->has_lel != 0;
	for (size_t k = 0; k < w->n_gases; k++) {
		bool found = !w->gases[k]->required;

		for (size_t i = 0; i < n && !found; i++)
			found = is_of(w->gases[k], gas[i]);
		if (!found)
			return false;
	}
	return combustible;
}

enum permit_gas
permit_judge(const Pack__Work *w, Record__GasReading *const *gas, size_t n)
{
	enum permit_gas worst = PERMIT_GAS_NONE;

	for (size_t i = 0; i < n; i++) {
		enum permit_gas one = judge_one(w, gas[i]);

		if (one > worst)
			worst = one;
	}
	if (worst == PERMIT_GAS_OK && !complete(w, gas, n))
		return PERMIT_GAS_NONE;
	return worst;
}

bool
permit_needs_gas(const Pack__Work *w, const struct row *r)
{
	if (w->n_gas_when == 0)
		return true;
	for (size_t i = 0; i < w->n_gas_when; i++) {
		if ((packs_condition(w->gas_when[i]) & r->work.conditions) != 0)
			return true;
	}
	return false;
}

/* ---- how old a test may be ---- */

/* 5.3.1c on the event's own time; a sample after the event proves nothing. */
static bool
sample_is_fresh(const struct permit_event *e)
{
	int64_t age = e->occurred_us - e->row->mark_us;

	return age >= 0 && age <= e->pack->sample_minutes * MINUTE_US;
}

void
permit_guard_sample(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;

	if (e->pack == NULL || !permit_needs_gas(e->pack, e->row))
		return;
	if (!sample_is_fresh(e))
		permit_guard_miss(
		    g, RULE_GAS_TOO_OLD, RECORD__PERMIT__ACTION__GAS_TEST);
	else if (e->world.alarmed)
		permit_guard_miss(
		    g, RULE_ALARM_SINCE, RECORD__PERMIT__ACTION__GAS_TEST);
}

void
permit_guard_break(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Pack__Level *level = permit_guard_level(g);
	int64_t gap = e->occurred_us - e->row->stop_us;
	bool again;

	if (level == NULL)
		return;
	again = e->row->mark_us > e->row->stop_us && sample_is_fresh(e);
	if (!again && permit_needs_gas(e->pack, e->row)) {
		if (gap > level->break_minutes * MINUTE_US)
			permit_guard_miss(g, RULE_BREAK_TOO_LONG,
			    RECORD__PERMIT__ACTION__GAS_TEST);
		else if (e->pack->resume_test)
			permit_guard_miss(g, RULE_RESUME_NEEDS_TEST,
			    RECORD__PERMIT__ACTION__GAS_TEST);
	}
	if ((e->row->flags & ROW_NEED_GAS) != 0 && !again)
		permit_guard_miss(
		    g, RULE_STOP_NEEDS_TEST, RECORD__PERMIT__ACTION__GAS_TEST);
}

void
permit_guard_monitors(const struct permit_guard *g)
{
	const Pack__Level *level = permit_guard_level(g);
	const Record__Permit *m = g->e->msg;
	bool named = m->n_instruments > 0;

	for (size_t i = 0; i < m->n_instruments; i++)
		named = named && person_given(m->instruments[i]);
	if (g->signing && level != NULL && level->monitored &&
	    permit_needs_gas(g->e->pack, g->e->row) && !named)
		permit_guard_miss(g, RULE_MONITOR_MISSING, g->action);
}

void
permit_guard_daily(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Pack__Level *level = permit_guard_level(g);
	int64_t offset;

	if (level == NULL || !level->daily_test ||
	    !permit_needs_gas(e->pack, e->row))
		return;
	offset = e->pack->day_offset_minutes * MINUTE_US;
	if ((e->occurred_us + offset) / DAY_US !=
	    (e->row->mark_us + offset) / DAY_US)
		permit_guard_miss(
		    g, RULE_DAILY_TEST, RECORD__PERMIT__ACTION__GAS_TEST);
}

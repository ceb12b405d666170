/* indicator.c - an indicator's figures, from facts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/indicator.h"

#include <math.h>
#include <string.h>

#include "node/domain/facts_part.h"
#include "node/domain/indicator_kpi.h"

#define SECOND_US INT64_C(1000000)
#define SCORE_MAX 1000

#define RATIO PACK__FORMULA__AGGREGATE__RATIO
#define PERCENTILE PACK__FORMULA__AGGREGATE__PERCENTILE
#define MAX PACK__FORMULA__AGGREGATE__MAX
#define KPI PACK__FORMULA__AGGREGATE__KPI

static const char *const lacks[INDICATOR_LACKS] = {
    [INDICATOR_WHOLE] = "",
    [INDICATOR_NOT_KEPT] = "NOT_KEPT",
    [INDICATOR_NONE_DUE] = "NONE_DUE",
    [INDICATOR_NOTHING_SHOWN] = "NOTHING_SHOWN",
};

const char *
indicator_lack_text(enum indicator_lack l)
{
	return lacks[l];
}

enum indicator_lack
indicator_lack_find(const char *text)
{
	unsigned l = 0;

	while (l < INDICATOR_LACKS && strcmp(lacks[l], text) != 0)
		l++;
	return (enum indicator_lack)l;
}

/* ---- filters ---- */

/* A list of conditions, its words looked up once. */
struct filter {
	Pack__Where *const *at;
	size_t len;
	uint32_t is[INDICATOR_WHERE_MAX][INDICATOR_WORDS_MAX];
};

struct plan {
	const struct indicator_ask *ask;
	const Pack__Formula *formula;
	struct facts *facts;
	uint32_t area; /* 0: all */
	struct filter where, counted, needs;
	struct indicator_result *out;
};

static void
filter_of(struct filter *o, struct facts *f, Pack__Where *const *list, size_t n)
{
	o->at = list;
	o->len = n;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i]->n_is; k++)
			o->is[i][k] = facts_word(f, list[i]->is[k]);
}

static bool
word_holds(uint32_t word, const Pack__Where *w, const uint32_t *is)
{
	if (word == 0 || w->absent)
		return word == 0 && w->absent;
	for (size_t i = 0; i < w->n_is; i++)
		if (is[i] == word)
			return true;
	return w->n_is == 0;
}

static bool
number_holds(int32_t v, const Pack__Where *w)
{
	if (v == FACTS_NONE || w->absent)
		return v == FACTS_NONE && w->absent;
	return (!w->has_at_least || v >= w->at_least) &&
	    (!w->has_at_most || v <= w->at_most);
}

static bool
hold_all(const struct filter *o, const struct fact *x, int64_t horizon_us)
{
	for (size_t i = 0; i < o->len; i++) {
		const Pack__Where *w = o->at[i];
		const bool ok = w->field < FACTS_TEXTS
		    ? word_holds(
		          facts_word_at(x, w->field, horizon_us), w, o->is[i])
		    : number_holds(facts_number(x, w->field, horizon_us), w);

		if (!ok)
			return false;
	}
	return true;
}

/* ---- one fact ---- */

static uint64_t
amount(
    const struct fact *x, bool has, Pack__Fact__Field field, int64_t horizon_us)
{
	int32_t v;

	if (!has)
		return x->times;
	if (field == PACK__FACT__FIELD__RECEIVED ||
	    field == PACK__FACT__FIELD__PART)
		return x->received;
	if (field == PACK__FACT__FIELD__EXPECTED ||
	    field == PACK__FACT__FIELD__WHOLE)
		return x->expected;
	v = facts_number(x, field, horizon_us);
	return v > 0 ? (uint64_t)v : 0;
}

static uint64_t
plus(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static size_t
bin_of(const Pack__Formula *p, const struct fact *x, int64_t horizon_us)
{
	const int32_t v = facts_number(x, p->field, horizon_us);
	size_t i = 0;

	if (v == FACTS_NONE)
		return p->n_steps;
	while (i < p->n_steps && v > (int32_t)p->steps[i])
		i++;
	return i;
}

/* Does it fall due in the period, and of how long a life is it judged? */
static bool
is_due(const struct indicator_ask *ask, const struct fact *x, int64_t *horizon)
{
	const Pack__Formula *p = ask->what->formula;
	int64_t due_us = x->at_us + p->within_seconds * SECOND_US;

	if (p->facts == PACK__FACT__KIND__FEED)
		due_us = x->at_us;
	if (p->own_due)
		due_us = x->due_us;
	*horizon = due_us - x->at_us;
	return x->kind == p->facts && due_us >= ask->from_us &&
	    due_us < ask->to_us && (!p->own_due || x->due_us != 0);
}

static void
see(const struct indicator_ask *ask, enum indicator_part part,
    const struct fact *x)
{
	if (ask->see != NULL)
		ask->see(ask->arg, part, x);
}

static void
take(const struct plan *plan, const struct fact *x, int64_t horizon_us)
{
	const struct indicator_ask *ask = plan->ask;
	const Pack__Formula *p = plan->formula;
	struct indicator_result *out = plan->out;
	bool counted;

	if (facts_is_test(plan->facts, x, horizon_us)) {
		out->excluded += x->times;
		see(ask, INDICATOR_EXCLUDED, x);
		return;
	}
	out->denominator = plus(out->denominator,
	    amount(x, p->aggregate == RATIO && p->has_per, p->per, horizon_us));
	counted = hold_all(&plan->counted, x, horizon_us);
	if (p->aggregate == PERCENTILE) {
		const size_t bin = bin_of(p, x, horizon_us);

		out->bins[bin] += x->times;
		counted = bin < p->n_steps;
	} else if (p->aggregate == MAX && counted) {
		const uint64_t v = amount(x, true, p->field, horizon_us);

		out->numerator = v > out->numerator ? v : out->numerator;
	} else if (counted) {
		out->numerator = plus(out->numerator,
		    amount(x, p->aggregate == RATIO && p->has_field, p->field,
		        horizon_us));
	}
	see(ask, counted ? INDICATOR_NUMERATOR : INDICATOR_DENOMINATOR, x);
}

/* ---- all ---- */

/* The bound below which so many percent are: nearest rank. */
static void
find_percentile(const Pack__Formula *p, struct indicator_result *r)
{
	uint64_t all = 0;
	uint64_t below = 0;
	uint64_t rank;

	r->numerator = 0;
	r->over = false;
	for (size_t i = 0; i < r->bins_len; i++)
		all += r->bins[i];
	rank = all / 100 * p->percent + (all % 100 * p->percent + 99) / 100;
	for (size_t i = 0; i < p->n_steps && all > 0; i++) {
		below += r->bins[i];
		if (below >= rank) {
			r->numerator = p->steps[i];
			return;
		}
	}
	r->over = all > 0;
}

static uint64_t
blanks(const struct facts *f, const struct indicator_ask *ask)
{
	const Pack__Fact__Kind k = ask->what->formula->facts;

	if (k != PACK__FACT__KIND__FEED)
		return facts_unreadable(f, k, ask->from_us, ask->to_us);
	return facts_unreadable(
	           f, PACK__FACT__KIND__ALARM, ask->from_us, ask->to_us) +
	    facts_unreadable(
	        f, PACK__FACT__KIND__CASE, ask->from_us, ask->to_us);
}

void
indicator_eval(struct facts *f, const struct indicator_ask *ask,
    struct indicator_result *out)
{
	const Pack__Formula *p = ask->what->formula;
	struct plan plan = {.ask = ask, .formula = p, .facts = f, .out = out};
	bool shown = p == NULL || p->n_needs == 0;

	*out = (struct indicator_result){.lack = INDICATOR_NOT_KEPT};
	if (p == NULL)
		return;
	out->unreadable = blanks(f, ask);
	out->newest_us = facts_newest(f, p->facts, ask->to_us);
	if (p->aggregate == KPI) {
		indicator_kpi(f, ask, out);
		return;
	}
	if (p->aggregate == PERCENTILE)
		out->bins_len = p->n_steps + 1;
	plan.area = facts_word(f, ask->area);
	filter_of(&plan.where, f, p->where, p->n_where);
	filter_of(&plan.counted, f, p->counted, p->n_counted);
	filter_of(&plan.needs, f, p->needs, p->n_needs);
	for (size_t i = 0; i < facts_len(f); i++) {
		const struct fact *x = facts_at(f, i);
		int64_t horizon_us;

		if (!is_due(ask, x, &horizon_us) ||
		    (plan.area != 0 &&
		        x->text[PACK__FACT__FIELD__AREA] != plan.area) ||
		    !hold_all(&plan.where, x, horizon_us))
			continue;
		shown = shown ||
		    (!facts_is_test(f, x, horizon_us) &&
		        hold_all(&plan.needs, x, horizon_us));
		take(&plan, x, horizon_us);
	}
	out->lack = INDICATOR_WHOLE;
	if (out->denominator == 0)
		out->lack = INDICATOR_NONE_DUE;
	else if (!shown)
		out->lack = INDICATOR_NOTHING_SHOWN;
	if (p->aggregate == PERCENTILE)
		find_percentile(p, out);
}

void
indicator_add(const Pack__Indicator *what, struct indicator_result *sum,
    const struct indicator_result *one)
{
	const Pack__Formula *p = what->formula;

	sum->excluded = plus(sum->excluded, one->excluded);
	sum->unreadable = plus(sum->unreadable, one->unreadable);
	if (one->lack != INDICATOR_WHOLE || p == NULL) {
		if (sum->denominator == 0)
			sum->lack = one->lack;
		return;
	}
	sum->lack = INDICATOR_WHOLE;
	sum->denominator = plus(sum->denominator, one->denominator);
	if (one->newest_us > sum->newest_us)
		sum->newest_us = one->newest_us;
	if (p->aggregate == MAX || indicator_kpi_is_peak(p))
		sum->numerator = one->numerator > sum->numerator
		    ? one->numerator
		    : sum->numerator;
	else
		sum->numerator = plus(sum->numerator, one->numerator);
	if (p->aggregate != PERCENTILE)
		return;
	sum->bins_len = one->bins_len;
	for (size_t i = 0; i < one->bins_len; i++)
		sum->bins[i] = plus(sum->bins[i], one->bins[i]);
	find_percentile(p, sum);
}

bool
indicator_value(
    const Pack__Indicator *what, const struct indicator_result *r, double *out)
{
	if (r->lack != INDICATOR_WHOLE || r->over)
		return false;
	*out = (double)r->numerator;
	if (what->formula->aggregate == RATIO ||
	    (what->formula->aggregate == KPI &&
	        !indicator_kpi_is_count(what->formula)))
		*out /= (double)r->denominator;
	if (what->unit == PACK__INDICATOR__UNIT__PERCENT)
		*out *= 100;
	return true;
}

/* Better is greater. */
static double
toward(const Pack__Indicator *what, double v)
{
	return what->direction == PACK__INDICATOR__DIRECTION__LOWER ? -v : v;
}

bool
indicator_met(const Pack__Indicator *what, const struct indicator_result *r)
{
	double v;

	return what->has_target && indicator_value(what, r, &v) &&
	    toward(what, v) >= toward(what, what->target);
}

unsigned
indicator_score(const Pack__Indicator *what, const struct indicator_result *r)
{
	double v = 0;
	double part;

	if (!indicator_value(what, r, &v))
		return 0;
	if (indicator_met(what, r))
		return SCORE_MAX;
	part = (toward(what, v) - toward(what, what->worst)) /
	    (toward(what, what->target) - toward(what, what->worst));
	return part <= 0 ? 0 : (unsigned)floor(part * SCORE_MAX);
}

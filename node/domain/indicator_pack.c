/* indicator_pack.c - sets of indicators, as packs give them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/indicator_pack.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "node/domain/facts.h"
#include "node/domain/indicator.h"

#define WEIGHTS 100
#define WITHIN_MAX (366u * 86400)
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define SECONDS FACTS_SECONDS

const Pack__Indicator *
indicator_pack_find(const Pack__Indicators *p, const char *id)
{
	for (size_t i = 0; i < p->n_indicators; i++)
		if (p->indicators[i]->id != NULL &&
		    strcmp(p->indicators[i]->id, id) == 0)
			return p->indicators[i];
	return NULL;
}

static bool
is_name(const char *s)
{
	return s != NULL && s[0] != '\0' &&
	    strlen(s) <= INDICATOR_PACK_NAME_MAX &&
	    strspn(s, NAME_CHARS) == strlen(s);
}

static bool
said(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* ---- formulas ---- */

static enum err
check_where(const Pack__Formula *f, Pack__Where *const *list, size_t n,
    struct err_why *why)
{
	if (n > INDICATOR_WHERE_MAX)
		return err_fail(why, ERR_LIMIT, "more than %d conditions",
		    INDICATOR_WHERE_MAX);
	for (size_t i = 0; i < n; i++) {
		const Pack__Where *w = list[i];
		const bool bounded = w->has_at_least || w->has_at_most;

		if (!w->has_field || w->field == 0)
			return err_fail(
			    why, ERR_MALFORMED, "[%zu].field: missing", i);
		if (w->n_is > INDICATOR_WORDS_MAX)
			return err_fail(why, ERR_LIMIT,
			    "[%zu].is: more than %d words", i,
			    INDICATOR_WORDS_MAX);
		if ((w->field < FACTS_TEXTS && bounded) ||
		    (w->field >= FACTS_TEXTS && w->n_is > 0) ||
		    (w->absent && (bounded || w->n_is > 0)))
			return err_fail(why, ERR_MALFORMED,
			    "[%zu]: `is` goes with words, atLeast and atMost "
			    "with numbers, `absent` with neither",
			    i);
		if (w->field >= SECONDS && w->has_at_most && !f->own_due &&
		    w->at_most > (int32_t)f->within_seconds)
			return err_fail(why, ERR_MALFORMED,
			    "[%zu].atMost: beyond withinSeconds, where nothing "
			    "counts",
			    i);
	}
	return ERR_OK;
}

static enum err
check_steps(const Pack__Formula *f, struct err_why *why)
{
	bool ok = f->n_steps > 0 && f->n_steps <= INDICATOR_STEPS_MAX &&
	    f->has_field && f->field >= FACTS_TEXTS && f->percent >= 1 &&
	    f->percent <= 100;

	for (size_t i = 0; i < f->n_steps && ok; i++)
		ok = f->steps[i] <= INT32_MAX &&
		    (i == 0 || f->steps[i] > f->steps[i - 1]);
	/* What is beyond the horizon is "longer, or never". */
	if (ok && f->field >= SECONDS && !f->own_due)
		ok = f->steps[f->n_steps - 1] <= f->within_seconds;
	return ok ? ERR_OK
	          : err_fail(why, ERR_MALFORMED,
	                "formula: PERCENTILE needs a number as field, percent "
	                "1 to 100 and 1 to %d ascending steps within "
	                "withinSeconds",
	                INDICATOR_STEPS_MAX);
}

static bool
is_number(protobuf_c_boolean has, Pack__Fact__Field field)
{
	return !has || (field >= FACTS_TEXTS && field != 0);
}

static enum err
check_figure(const Pack__Formula *f, struct err_why *why)
{
	if (f->facts != PACK__FACT__KIND__ALARM || f->figure == NULL ||
	    alarm_kpi_find(f->figure) >= ALARM_KPI_ACK_P50 ||
	    f->n_where + f->n_counted + f->n_needs != 0)
		return err_fail(why, ERR_MALFORMED,
		    "formula: KPI is a figure of ALARM, without conditions");
	return ERR_OK;
}

static bool
says_when(Pack__Fact__Kind kind)
{
	return kind == PACK__FACT__KIND__CHECK ||
	    kind == PACK__FACT__KIND__CERTIFICATE;
}

static enum err
check_formula(const Pack__Formula *f, struct err_why *why)
{
	const struct {
		const char *name;
		Pack__Where *const *list;
		size_t n;
	} lists[] = {
	    {"formula.where", f->where, f->n_where},
	    {"formula.counted", f->counted, f->n_counted},
	    {"formula.needs", f->needs, f->n_needs},
	};

	if (f->facts == 0 || f->aggregate == 0)
		return err_fail(why, ERR_MALFORMED,
		    "formula: facts or aggregate is missing");
	if (f->within_seconds > WITHIN_MAX)
		return err_fail(
		    why, ERR_MALFORMED, "formula.withinSeconds: over 366 days");
	if (f->own_due != says_when(f->facts) &&
	    f->facts != PACK__FACT__KIND__CASE)
		return err_fail(why, ERR_MALFORMED,
		    "formula.ownDue: cases may, checks and certificates always "
		    "say when they are due; nothing else does");
	if (!is_number(f->has_field, f->field) ||
	    !is_number(f->has_per, f->per))
		return err_fail(
		    why, ERR_MALFORMED, "formula: field and per are numbers");
	if (f->aggregate == PACK__FORMULA__AGGREGATE__MAX && !f->has_field)
		return err_fail(
		    why, ERR_MALFORMED, "formula: MAX needs a field");
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		enum err e = check_where(f, lists[i].list, lists[i].n, why);

		if (e != ERR_OK)
			return err_wrap(why, e, "%s", lists[i].name);
	}
	if (f->aggregate == PACK__FORMULA__AGGREGATE__KPI)
		return check_figure(f, why);
	return f->aggregate == PACK__FORMULA__AGGREGATE__PERCENTILE
	    ? check_steps(f, why)
	    : ERR_OK;
}

/* ---- indicators ---- */

static bool
has_class(const Pack__Indicators *p, const char *id)
{
	for (size_t i = 0; id != NULL && i < p->n_classes; i++)
		if (strcmp(p->classes[i]->id, id) == 0)
			return true;
	return false;
}

static bool
can_score(const Pack__Indicator *x)
{
	return x->has_target && x->has_worst && x->target != x->worst &&
	    (x->target > x->worst) ==
	    (x->direction == PACK__INDICATOR__DIRECTION__HIGHER);
}

static enum err
check_one(
    const Pack__Indicators *p, const Pack__Indicator *x, struct err_why *why)
{
	if (indicator_pack_find(p, x->id) != x)
		return err_fail(why, ERR_MALFORMED, "id: there twice");
	if (!has_class(p, x->in_class))
		return err_fail(
		    why, ERR_MALFORMED, "inClass: the set has no such class");
	if (x->version == 0 || !said(x->title) || !said(x->title_zh) ||
	    x->unit == 0 || x->direction == 0 || x->period == 0 ||
	    x->group == 0 || !said(x->source))
		return err_fail(why, ERR_MALFORMED,
		    "version, title, titleZh, unit, direction, period, group "
		    "or source is missing");
	if (said(x->lacks) != said(x->lacks_zh) ||
	    (x->formula == NULL && !said(x->lacks)))
		return err_fail(why, ERR_MALFORMED,
		    "give a formula or, in both languages, which facts it "
		    "lacks");
	if ((x->has_target && !isfinite(x->target)) ||
	    (x->has_worst && !isfinite(x->worst)))
		return err_fail(why, ERR_MALFORMED, "target: not a number");
	if (p->weighted && !can_score(x))
		return err_fail(why, ERR_MALFORMED,
		    "an index needs target and worst, in its direction");
	return x->formula != NULL ? check_formula(x->formula, why) : ERR_OK;
}

static enum err
check_classes(const Pack__Indicators *p, struct err_why *why)
{
	bool ok =
	    p->n_classes > 0 && p->n_classes <= INDICATOR_PACK_CLASSES_MAX;

	for (size_t i = 0; i < p->n_classes && ok; i++) {
		const Pack__IndicatorClass *c = p->classes[i];

		ok = is_name(c->id) && said(c->title) && said(c->title_zh);
		for (size_t k = 0; k < i && ok; k++)
			ok = strcmp(p->classes[k]->id, c->id) != 0;
	}
	return ok
	    ? ERR_OK
	    : err_fail(why, ERR_MALFORMED,
	          "$.indicators.classes: expected 1 to %d, each with an id "
	          "of its own, title and titleZh",
	          INDICATOR_PACK_CLASSES_MAX);
}

static enum err
check_head(const Pack__Indicators *p, struct err_why *why)
{
	if (!is_name(p->name) || !said(p->version) ||
	    strlen(p->version) > INDICATOR_PACK_NAME_MAX ||
	    !p->has_effective_at)
		return err_fail(why, ERR_MALFORMED,
		    "$.indicators: name, version or effectiveAt is missing");
	if (!p->has_day_offset_minutes || p->day_offset_minutes < -840 ||
	    p->day_offset_minutes > 840 || p->day_offset_minutes % 15 != 0)
		return err_fail(why, ERR_MALFORMED,
		    "$.indicators.dayOffsetMinutes: missing, over 14 hours, or "
		    "no quarter of an hour");
	if (p->n_indicators == 0 || p->n_indicators > INDICATOR_PACK_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "$.indicators.indicators: expected 1 to %d",
		    INDICATOR_PACK_MAX);
	if (p->repeat_days > 366 || p->lead_minutes > 10080)
		return err_fail(why, ERR_MALFORMED,
		    "$.indicators: repeatDays is over 366 or leadMinutes over "
		    "a "
		    "week");
	return check_classes(p, why);
}

enum err
indicator_pack_check(const Pack__Indicators *p, struct err_why *why)
{
	uint64_t weights = 0;
	enum err e = check_head(p, why);

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < p->n_indicators; i++) {
		const Pack__Indicator *x = p->indicators[i];

		if (!is_name(x->id))
			return err_fail(why, ERR_MALFORMED,
			    "$.indicators.indicators[%zu].id: missing or not "
			    "of "
			    "a-z, 0-9 and -",
			    i);
		e = check_one(p, x, why);
		if (e != ERR_OK)
			return err_wrap(why, e,
			    "$.indicators.indicators[%zu] (%.48s)", i, x->id);
		weights += x->weight;
	}
	if (p->weighted && weights != WEIGHTS)
		return err_fail(why, ERR_MALFORMED,
		    "$.indicators.weighted: the weights add up to %llu, not to "
		    "%d",
		    (unsigned long long)weights, WEIGHTS);
	return ERR_OK;
}

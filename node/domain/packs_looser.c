/* packs_looser.c - is a company's pack looser than the standard's? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/packs_looser.h"

#include <string.h>

#include "node/domain/packs.h"

static bool
holds(char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], text) == 0)
			return true;
	}
	return false;
}

/* Everything of `of` is in `in`. */
static bool
within(char *const *of, size_t n, char *const *in, size_t in_n)
{
	for (size_t i = 0; i < n; i++) {
		if (!holds(in, in_n, of[i]))
			return false;
	}
	return true;
}

static bool
text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *
looser_levels(const Pack__Work *b, const Pack__Work *l)
{
	for (size_t i = 0; i < l->n_levels; i++) {
		const Pack__Level *x = l->levels[i];
		const Pack__Level *y = packs_level(b, x->level);

		if (y == NULL || x->has_from != y->has_from ||
		    x->has_to != y->has_to || x->from < y->from ||
		    x->from > y->from || x->to < y->to || x->to > y->to ||
		    x->with_factors != y->with_factors)
			return "levels";
		if (y->code != NULL && !text_same(y->code, x->code))
			return "levels.code";
		if (x->validity_minutes > y->validity_minutes)
			return "levels.validityMinutes";
		if (x->break_minutes > y->break_minutes)
			return "levels.breakMinutes";
		if (y->daily_test && !x->daily_test)
			return "levels.dailyTest";
		if (y->monitored && !x->monitored)
			return "levels.monitored";
		if (y->has_upgraded && x->upgraded != y->upgraded)
			return "levels.upgraded";
	}
	return NULL;
}

static bool
knows_role(const Pack__Work *w, const char *role)
{
	for (size_t i = 0; i < w->n_rights; i++) {
		if (holds(w->rights[i]->roles, w->rights[i]->n_roles, role))
			return true;
	}
	for (size_t i = 0; i < w->n_steps; i++) {
		if (holds(w->steps[i]->roles, w->steps[i]->n_roles, role))
			return true;
	}
	return false;
}

/* May somebody do it now who might not?  A name of the company's own stands
 * for whom it likes; one of the standard's means what it means there. */
static bool
roles_are_wider(const Pack__Work *base, char *const *b, size_t b_n,
    char *const *l, size_t l_n)
{
	if (holds(b, b_n, "any"))
		return false;
	for (size_t i = 0; i < l_n; i++) {
		if (!holds(b, b_n, l[i]) &&
		    (strcmp(l[i], "any") == 0 || knows_role(base, l[i])))
			return true;
	}
	return false;
}

/* What ends or stops work is nobody's privilege. */
static bool
may_stop(Record__Permit__Action action)
{
	return action == RECORD__PERMIT__ACTION__SUSPEND ||
	    action == RECORD__PERMIT__ACTION__CANCEL ||
	    action == RECORD__PERMIT__ACTION__REJECT ||
	    action == RECORD__PERMIT__ACTION__VOID;
}

static bool
right_is_looser(
    const Pack__Work *base, const Pack__Right *b, const Pack__Right *l)
{
	if (b->signed_ && !l->signed_)
		return true;
	if (b->on_site && !l->on_site)
		return true;
	if (b->named != NULL && l->named == NULL)
		return true;
	if (!may_stop(b->action) &&
	    roles_are_wider(base, b->roles, b->n_roles, l->roles, l->n_roles))
		return true;
	return !within(b->unlike, b->n_unlike, l->unlike, l->n_unlike) ||
	    !within(b->requires, b->n_requires, l->requires, l->n_requires);
}

#define ACT_VOID RECORD__PERMIT__ACTION__VOID /* ends, never lets go */

/* What only adds to the workflow is nothing that it lets through. */
static bool
asks_more(Record__Permit__Action action)
{
	return action == RECORD__PERMIT__ACTION__BOOK ||
	    action == RECORD__PERMIT__ACTION__CLOSE;
}

/* To stop is never made harder: it is left out. */
static const char *
looser_rights(const Pack__Work *b, const Pack__Work *l)
{
	for (size_t i = 0; i < l->n_rights; i++) {
		const Pack__Right *x = l->rights[i];

		for (size_t k = 0; k < l->n_levels; k++) {
			Record__Permit__Level level = l->levels[k]->level;
			const Pack__Right *y = packs_right(b, x->action, level);

			if (asks_more(x->action) ||
			    (y == NULL && x->action == ACT_VOID))
				continue;
			if (packs_right(l, x->action, level) == x &&
			    (y == NULL || right_is_looser(b, y, x)))
				return "rights";
		}
	}
	return NULL;
}

static bool
step_is_looser(const Pack__Work *base, const Pack__Step *b, const Pack__Step *l)
{
	bool age = b->max_age_minutes != 0 &&
	    (l->max_age_minutes == 0 ||
	        l->max_age_minutes > b->max_age_minutes);
	bool later = b->before == RECORD__PERMIT__ACTION__APPROVE &&
	    l->before != b->before;

	for (size_t i = 0; i < b->n_levels; i++) {
		if (!packs_at_level(l->levels, l->n_levels, b->levels[i]))
			return true;
	}
	if (b->n_levels == 0 && l->n_levels > 0)
		return true;
	if (l->n_when > 0 && !within(b->when, b->n_when, l->when, l->n_when))
		return true;
	if (l->n_when > 0 && b->n_when == 0)
		return true;
	return age || later || l->signers < b->signers ||
	    (b->code != NULL && !text_same(b->code, l->code)) ||
	    (b->measures && !l->measures) || (b->on_site && !l->on_site) ||
	    (b->on_resume && !l->on_resume) || (b->crew && !l->crew) ||
	    (b->one_by_one && !l->one_by_one) ||
	    roles_are_wider(base, b->roles, b->n_roles, l->roles, l->n_roles) ||
	    !within(b->after, b->n_after, l->after, l->n_after) ||
	    !within(b->unlike, b->n_unlike, l->unlike, l->n_unlike) ||
	    !within(b->requires, b->n_requires, l->requires, l->n_requires);
}

static const char *
looser_steps(const Pack__Work *b, const Pack__Work *l)
{
	for (size_t i = 0; i < b->n_steps; i++) {
		const Pack__Step *x = packs_step(l, b->steps[i]->name);

		if (x == NULL || step_is_looser(b, b->steps[i], x))
			return b->steps[i]->name;
	}
	for (size_t i = 0; i < b->n_measures; i++) {
		if (i >= l->n_measures ||
		    (b->measures[i]->always && !l->measures[i]->always) ||
		    (b->measures[i]->n_roles > 0 &&
		        l->measures[i]->n_roles == 0) ||
		    roles_are_wider(b, b->measures[i]->roles,
		        b->measures[i]->n_roles, l->measures[i]->roles,
		        l->measures[i]->n_roles))
			return "measures";
	}
	return NULL;
}

static bool
gas_is_looser(const Pack__GasLimit *b, const Pack__GasLimit *l)
{
	return strcmp(b->gas, l->gas) == 0 &&
	    (strcmp(b->unit, l->unit) != 0 ||
	        (b->has_min && (!l->has_min || l->min < b->min)) ||
	        (b->has_max && (!l->has_max || l->max > b->max)) ||
	        (b->required && !l->required));
}

static const char *
looser_gases(const Pack__Work *b, const Pack__Work *l)
{
	bool never = holds(l->gas_when, l->n_gas_when, "never") &&
	    !holds(b->gas_when, b->n_gas_when, "never");

	for (size_t i = 0; i < b->n_gases; i++) {
		bool found = false;

		for (size_t k = 0; k < l->n_gases; k++) {
			found |=
			    strcmp(b->gases[i]->gas, l->gases[k]->gas) == 0;
			if (gas_is_looser(b->gases[i], l->gases[k]))
				return b->gases[i]->gas;
		}
		if (!found)
			return b->gases[i]->gas;
	}
	if (never || (b->n_gas_when == 0 && l->n_gas_when > 0) ||
	    (l->n_gas_when > 0 && !holds(b->gas_when, b->n_gas_when, "never") &&
	        !within(
	            b->gas_when, b->n_gas_when, l->gas_when, l->n_gas_when)))
		return "gasWhen";
	return NULL;
}

static const char *
looser_others(const Pack__Work *b, const Pack__Work *l)
{
	for (size_t i = 0; i < b->n_interference; i++) {
		const Pack__Interference *y = b->interference[i];
		bool found = false;

		for (size_t k = 0; k < l->n_interference; k++) {
			const Pack__Interference *x = l->interference[k];

			found |= strcmp(x->work_type, y->work_type) == 0 &&
			    x->meters >= y->meters &&
			    (!x->same_area || y->same_area) &&
			    (!x->same_asset || y->same_asset);
		}
		if (!found)
			return "interference";
	}
	for (size_t i = 0; i < b->n_upgrades; i++) {
		bool found = false;

		for (size_t k = 0; k < l->n_upgrades; k++)
			found |= l->upgrades[k]->when == b->upgrades[i]->when &&
			    text_same(
			        l->upgrades[k]->code, b->upgrades[i]->code);
		if (!found)
			return "upgrades";
	}
	return NULL;
}

static const char *
looser_numbers(const Pack__Work *b, const Pack__Work *l)
{
	if (l->sample_minutes > b->sample_minutes)
		return "sampleMinutes";
	if (l->lel_split < b->lel_split)
		return "lelSplit";
	if (l->limit_high_lel > b->limit_high_lel ||
	    l->limit_low_lel > b->limit_low_lel)
		return "limitHighLel, limitLowLel";
	if (b->has_wind_below &&
	    (!l->has_wind_below || l->wind_below > b->wind_below))
		return "windBelow";
	if (b->log_minutes != 0 &&
	    (l->log_minutes == 0 || l->log_minutes > b->log_minutes))
		return "logMinutes";
	if (l->status_minutes > b->status_minutes)
		return "statusMinutes";
	if (l->decision_minutes > b->decision_minutes)
		return "decisionMinutes";
	if (l->alarm_level < b->alarm_level)
		return "alarmLevel";
	if (b->has_accuracy_m && l->accuracy_m > b->accuracy_m)
		return "accuracyM";
	if (!within(l->classes, l->n_classes, b->classes, b->n_classes))
		return "classes";
	if (!within(b->alarm_kinds, b->n_alarm_kinds, l->alarm_kinds,
	        l->n_alarm_kinds))
		return "alarmKinds";
	if (!within(b->follows, b->n_follows, l->follows, l->n_follows))
		return "follows";
	if (b->booking != NULL &&
	    (l->booking == NULL ||
	        l->booking->ahead_minutes < b->booking->ahead_minutes))
		return "booking";
	if (!text_same(b->measure, l->measure) ||
	    !text_same(b->factors, l->factors))
		return "measure, factors";
	if (b->resume_test && !l->resume_test)
		return "resumeTest";
	if (l->late_minutes > b->late_minutes)
		return "lateMinutes";
	if (b->permit_no != NULL && !text_same(b->permit_no, l->permit_no))
		return "permitNo";
	return NULL;
}

/* Does `l` hold everything back that `b` does? */
static bool
bounds_as(const Pack__Bound *b, const Pack__Bound *l)
{
	if (strcmp(b->field, l->field) != 0 || !text_same(b->with, l->with) ||
	    l->with_min > b->with_min || (b->required && !l->required) ||
	    (b->has_min && (!l->has_min || l->min < b->min)) ||
	    (b->has_max && (!l->has_max || l->max > b->max)) ||
	    (b->n_actions == 0) != (l->n_actions == 0) ||
	    (l->n_when > 0 && b->n_when == 0) ||
	    !within(b->when, b->n_when, l->when, l->n_when))
		return false;
	for (size_t i = 0; i < b->n_actions; i++) {
		bool found = false;

		for (size_t k = 0; k < l->n_actions; k++)
			found |= l->actions[k] == b->actions[i];
		if (!found)
			return false;
	}
	return true;
}

static const char *
looser_bounds(const Pack__Work *b, const Pack__Work *l)
{
	for (size_t i = 0; i < b->n_bounds; i++) {
		bool found = false;

		for (size_t k = 0; k < l->n_bounds; k++)
			found |= bounds_as(b->bounds[i], l->bounds[k]);
		if (!found)
			return "bounds";
	}
	return NULL;
}

const char *
packs_looser(const Pack__Work *b, const Pack__Work *l)
{
	static const char *(*const asks[])(
	    const Pack__Work *b, const Pack__Work *l) = {looser_numbers,
	    looser_levels, looser_rights, looser_steps, looser_gases,
	    looser_others, looser_bounds};

	for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
		const char *at = asks[i](b, l);

		if (at != NULL)
			return at;
	}
	return NULL;
}

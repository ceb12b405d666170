/* packs_check.c - is a rule pack whole? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/packs_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/accident.h"
#include "node/domain/alarm_policy.h"
#include "node/domain/case_policy.h"
#include "node/domain/credential_pack.h"
#include "node/domain/field.h"
#include "node/domain/indicator_pack.h"
#include "node/domain/packs.h"
#include "node/domain/packs_set.h"
#include "node/domain/release_pack.h"
#include "node/domain/retention.h"

#define MEASURE_TEXT_MAX 400
#define STEP_NAME_MAX 32
#define VERSION_MAX 50

/* Says which item of a list it was. */
static enum err
in_list(struct err_why *why, enum err e, const char *list, size_t i)
{
	return e == ERR_OK ? e : err_wrap(why, e, "$.work.%s[%zu]", list, i);
}

static bool
named(const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	return n > 0 && n <= STEP_NAME_MAX &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool
some_text(const char *s)
{
	return s != NULL && s[0] != '\0' && strlen(s) <= MEASURE_TEXT_MAX;
}

static bool
limits_ok(const Pack__Work *w)
{
	return w->has_sample_minutes && w->has_lel_split &&
	    w->has_limit_high_lel && w->has_limit_low_lel &&
	    isfinite(w->lel_split) && isfinite(w->limit_high_lel) &&
	    isfinite(w->limit_low_lel) && w->has_status_minutes &&
	    w->has_decision_minutes && w->has_alarm_level &&
	    w->has_late_minutes;
}

static enum err
check_fields(char *const *paths, size_t n, struct err_why *why)
{
	for (size_t i = 0; i < n; i++) {
		if (!field_known(&record__permit__descriptor, paths[i]))
			return err_fail(why, ERR_MALFORMED,
			    "%.64s: a permit has no such field", paths[i]);
	}
	return ERR_OK;
}

static enum err
check_conditions(char *const *names, size_t n, struct err_why *why)
{
	for (size_t i = 0; i < n; i++) {
		if (packs_condition(names[i]) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "%.64s: there is no such condition", names[i]);
	}
	return ERR_OK;
}

static bool
is_action(const char *name)
{
	return protobuf_c_enum_descriptor_get_value_by_name(
	           &record__permit__action__descriptor, name) != NULL;
}

/* Steps and actions that others refer to; a step only to those before it. */
static enum err
check_names(const Pack__Work *w, size_t steps, char *const *names, size_t n,
    struct err_why *why)
{
	for (size_t i = 0; i < n; i++) {
		bool known = is_action(names[i]);

		for (size_t k = 0; k < steps && k < w->n_steps && !known; k++)
			known = strcmp(w->steps[k]->name, names[i]) == 0;
		if (!known)
			return err_fail(why, ERR_MALFORMED,
			    "%.64s: no step before this one, nor an action",
			    names[i]);
	}
	return ERR_OK;
}

/* Whom a signer may not be. */
static enum err
check_unlike(const Pack__Work *w, size_t steps, char *const *names, size_t n,
    struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		if (strcmp(names[i], "worker") != 0 &&
		    strcmp(names[i], "guardian") != 0)
			e = check_names(w, steps, &names[i], 1, why);
	}
	return e;
}

static enum err
check_level(const Pack__Work *w, const Pack__Level *l, struct err_why *why)
{
	bool range = l->has_from || l->has_to;

	if (!l->has_level || !l->has_validity_minutes ||
	    !l->has_break_minutes || !l->has_daily_test ||
	    packs_level(w, l->level) != l)
		return err_fail(
		    why, ERR_MALFORMED, "a level is incomplete or doubled");
	if (range != (w->measure != NULL) ||
	    (l->has_from && !isfinite(l->from)) ||
	    (l->has_to && !isfinite(l->to)) ||
	    (l->has_from && l->has_to && l->from >= l->to))
		return err_fail(why, ERR_MALFORMED,
		    "a level's range needs `measure`, and from below to");
	if ((l->has_upgraded && packs_level(w, l->upgraded) == NULL) ||
	    (l->has_with_factors && packs_level(w, l->with_factors) == NULL))
		return err_fail(
		    why, ERR_MALFORMED, "it leads to a level that is not here");
	return ERR_OK;
}

static enum err
check_right(const Pack__Work *w, size_t at, struct err_why *why)
{
	const Pack__Right *r = w->rights[at];
	enum err e;

	if (!r->has_action || r->n_roles == 0)
		return err_fail(
		    why, ERR_MALFORMED, "a right is incomplete or doubled");
	for (size_t i = 0; i < at; i++) {
		const Pack__Right *o = w->rights[i];
		bool both = o->n_levels == 0 && r->n_levels == 0;

		for (size_t k = 0; k < r->n_levels && o->n_levels > 0; k++)
			both |= packs_at_level(
			    o->levels, o->n_levels, r->levels[k]);
		if (o->action == r->action && both)
			return err_fail(why, ERR_MALFORMED,
			    "a right is incomplete or doubled");
	}
	if (r->named != NULL && strcmp(r->named, "guardian") != 0)
		return err_fail(why, ERR_MALFORMED,
		    "named: only the guardian is named in a permit");
	e = check_fields(r->requires, r->n_requires, why);
	if (e == ERR_OK)
		e = check_unlike(w, w->n_steps, r->unlike, r->n_unlike, why);
	return e;
}

static enum err
check_step(const Pack__Work *w, size_t at, struct err_why *why)
{
	const Pack__Step *s = w->steps[at];
	bool before = s->before == RECORD__PERMIT__ACTION__APPROVE ||
	    s->before == RECORD__PERMIT__ACTION__START ||
	    (s->before == RECORD__PERMIT__ACTION__APPLY && w->booking != NULL);
	enum err e;

	if (!named(s->name) || !some_text(s->title) ||
	    !some_text(s->title_zh) || s->n_roles == 0 || !s->has_before ||
	    !before || packs_step(w, s->name) != s || s->signers > 4)
		return err_fail(why, ERR_MALFORMED,
		    "a step needs its own name, title, titleZh, roles, and "
		    "before: APPROVE or START, or APPLY where booking stands");
	if (s->measures && w->n_measures == 0)
		return err_fail(
		    why, ERR_MALFORMED, "the pack lists no measures");
	if (s->one_by_one && !s->measures)
		return err_fail(
		    why, ERR_MALFORMED, "oneByOne: only of measures");
	e = check_names(w, at, s->after, s->n_after, why);
	if (e == ERR_OK)
		e = check_fields(s->requires, s->n_requires, why);
	if (e == ERR_OK)
		e = check_unlike(w, at, s->unlike, s->n_unlike, why);
	if (e == ERR_OK)
		e = check_conditions(s->when, s->n_when, why);
	return e;
}

static enum err
check_measure(const Pack__Work *w, size_t at, struct err_why *why)
{
	const Pack__Measure *m = w->measures[at];

	if (m->no != at + 1 || !some_text(m->text) || !some_text(m->text_zh))
		return err_fail(why, ERR_MALFORMED,
		    "measures are numbered 1, 2, 3 ... and have text and "
		    "textZh");
	return ERR_OK;
}

static enum err
check_gas(const Pack__GasLimit *g, struct err_why *why)
{
	if (!named(g->gas) || g->unit == NULL || g->unit[0] == '\0' ||
	    (!g->has_min && !g->has_max) || (g->has_min && !isfinite(g->min)) ||
	    (g->has_max && !isfinite(g->max)) ||
	    (g->has_min && g->has_max && g->min > g->max))
		return err_fail(why, ERR_MALFORMED,
		    "a gas needs a name, a unit, and min or max");
	return ERR_OK;
}

static enum err
check_interference(const Pack__Interference *x, struct err_why *why)
{
	if (!named(x->work_type) || !isfinite(x->meters) || x->meters < 0 ||
	    (!x->same_area && !x->same_asset && x->meters <= 0) ||
	    !some_text(x->text) || !some_text(x->text_zh) || x->clause == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "needs workType; meters, sameArea or sameAsset; clause, "
		    "text, textZh");
	return ERR_OK;
}

static enum err
check_bound(const Pack__Bound *b, struct err_why *why)
{
	char *const fields[] = {b->field, b->with};
	enum err e;

	if (b->field == NULL || (!b->has_min && !b->has_max) ||
	    (b->has_min && !isfinite(b->min)) ||
	    (b->has_max && !isfinite(b->max)) || !isfinite(b->with_min) ||
	    !some_text(b->text) || !some_text(b->text_zh) || b->clause == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "needs field; min or max; clause, text, textZh");
	e = check_fields(fields, b->with != NULL ? 2 : 1, why);
	return e == ERR_OK ? check_conditions(b->when, b->n_when, why) : e;
}

static enum err
check_upgrade(const Pack__Work *w, size_t at, struct err_why *why)
{
	const Pack__Upgrade *u = w->upgrades[at];
	bool ok = u->has_when &&
	    u->when != PACK__UPGRADE__WHEN__WHEN_UNSPECIFIED && u->code != NULL;

	for (size_t i = 0; i < at; i++)
		ok = ok && w->upgrades[i]->when != u->when;
	if (!ok)
		return err_fail(why, ERR_MALFORMED,
		    "an upgrade needs a code and a `when` of its own");
	return ERR_OK;
}

static enum err
check_lists(const Pack__Work *w, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < w->n_levels; i++)
		e = in_list(
		    why, check_level(w, w->levels[i], why), "levels", i);
	for (size_t i = 0; e == ERR_OK && i < w->n_steps; i++)
		e = in_list(why, check_step(w, i, why), "steps", i);
	for (size_t i = 0; e == ERR_OK && i < w->n_rights; i++)
		e = in_list(why, check_right(w, i, why), "rights", i);
	for (size_t i = 0; e == ERR_OK && i < w->n_measures; i++)
		e = in_list(why, check_measure(w, i, why), "measures", i);
	for (size_t i = 0; e == ERR_OK && i < w->n_gases; i++)
		e = in_list(why, check_gas(w->gases[i], why), "gases", i);
	for (size_t i = 0; e == ERR_OK && i < w->n_interference; i++)
		e = in_list(why, check_interference(w->interference[i], why),
		    "interference", i);
	for (size_t i = 0; e == ERR_OK && i < w->n_bounds; i++)
		e = in_list(why, check_bound(w->bounds[i], why), "bounds", i);
	for (size_t i = 0; e == ERR_OK && i < w->n_upgrades; i++)
		e = in_list(why, check_upgrade(w, i, why), "upgrades", i);
	return e;
}

static enum err
check_scalars(const Pack__Work *w, struct err_why *why)
{
	char *const measure[] = {w->measure, w->factors};
	bool never = w->n_gas_when == 1 && strcmp(w->gas_when[0], "never") == 0;
	enum err e;

	e = check_fields(measure,
	    w->measure == NULL ? 0
	        : w->factors   ? 2
	                       : 1,
	    why);
	if (e == ERR_OK && w->measure == NULL && w->factors != NULL)
		e = err_fail(why, ERR_MALFORMED,
		    "factors: means nothing without `measure`");
	if (e != ERR_OK)
		return err_wrap(why, e, "$.work.measure");
	if (never)
		return ERR_OK;
	e = check_conditions(w->gas_when, w->n_gas_when, why);
	return e == ERR_OK ? e : err_wrap(why, e, "$.work.gasWhen");
}

/* Work that is booked and that nobody may book would never be. */
static enum err
check_booking(const Pack__Work *w, struct err_why *why)
{
	for (size_t i = 0; w->booking != NULL && i < w->n_rights; i++) {
		if (w->rights[i]->action == RECORD__PERMIT__ACTION__BOOK)
			return ERR_OK;
	}
	if (w->booking == NULL)
		return ERR_OK;
	return err_fail(why, ERR_MALFORMED,
	    "$.work.booking: rights name nobody who may BOOK");
}

/* Work that no alarm and nobody could stop would be worse than none (4.8). */
static enum err
check_stops(const Pack__Work *w, struct err_why *why)
{
	if (w->alarm_level < 1 || w->alarm_level > 3 || w->lel_split < 0)
		return err_fail(why, ERR_MALFORMED,
		    "$.work: alarmLevel is 1 to 3, lelSplit not negative");
	for (size_t i = 0; i < w->n_levels; i++) {
		if (packs_right(w, RECORD__PERMIT__ACTION__SUSPEND,
		        w->levels[i]->level) == NULL)
			return err_fail(why, ERR_MALFORMED,
			    "$.work.rights: nobody may SUSPEND at some level");
	}
	return ERR_OK;
}

/* A version is called by its kind and "@", indicators by "indicators." and the
 * set's name: work takes no other kind's name. */
static bool
is_other_kind(const char *type)
{
	const ProtobufCMessageDescriptor *d = &pack__pack__descriptor;
	size_t n = strcspn(type, ".");

	for (unsigned i = 0; i < d->n_fields; i++) {
		const char *kind = d->fields[i].name;

		if (strlen(kind) == n && strncmp(kind, type, n) == 0 &&
		    strcmp(kind, "work") != 0)
			return true;
	}
	return type[0] == '\0' || strchr(type, '@') != NULL;
}

static enum err
check_work(const Pack__Work *w, struct err_why *why)
{
	enum err e;

	if (w->work_type == NULL || w->version == NULL ||
	    is_other_kind(w->work_type) ||
	    strlen(w->work_type) + strlen(w->version) > 60 ||
	    !w->has_effective_at || !limits_ok(w))
		return err_fail(why, ERR_MALFORMED,
		    "$.work: a name, a date or a limit is missing");
	if (w->n_levels == 0 || w->n_rights == 0 || w->n_classes == 0 ||
	    w->n_classes > PACKS_CLASSES_MAX || w->n_alarm_kinds == 0)
		return err_fail(why, ERR_MALFORMED,
		    "$.work: levels, rights, classes or alarmKinds are "
		    "missing");
	if (w->n_steps > PACKS_STEPS_MAX || w->n_measures > PACKS_MEASURES_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "$.work: more than %d steps or %d measures",
		    PACKS_STEPS_MAX, PACKS_MEASURES_MAX);
	e = check_scalars(w, why);
	if (e == ERR_OK)
		e = check_lists(w, why);
	if (e == ERR_OK)
		e = check_booking(w, why);
	return e == ERR_OK ? check_stops(w, why) : e;
}

static bool
is_date(const char *s)
{
	return s != NULL && strlen(s) == 10 && s[4] == '-' && s[7] == '-' &&
	    strspn(s, "0123456789-") == 10;
}

static bool
is_hour(const char *s)
{
	return s != NULL && strlen(s) == 5 && s[2] == ':' &&
	    strspn(s, "0123456789:") == 5 && strcmp(s, "24:00") <= 0 &&
	    s[3] < '6';
}

static bool
days_ok(Pack__Days *const *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_date(d[i]->from) || !is_date(d[i]->to) ||
		    strcmp(d[i]->from, d[i]->to) > 0)
			return false;
	}
	return true;
}

static enum err
check_calendar(const Pack__Calendar *c, struct err_why *why)
{
	bool ok = c->version != NULL && c->has_effective_at &&
	    c->has_day_offset_minutes && is_date(c->from) && is_date(c->to) &&
	    strcmp(c->from, c->to) <= 0 && is_hour(c->night_from) &&
	    is_hour(c->night_to) && days_ok(c->holidays, c->n_holidays) &&
	    days_ok(c->special, c->n_special);

	for (size_t i = 0; i < c->n_workdays; i++)
		ok = ok && is_date(c->workdays[i]);
	for (size_t i = 0; i < c->n_rest_weekdays; i++)
		ok = ok && c->rest_weekdays[i] >= 1 && c->rest_weekdays[i] <= 7;
	return ok ? ERR_OK
	          : err_fail(why, ERR_MALFORMED,
	                "$.calendar: a date (2026-10-01), a time (22:00), a "
	                "version or its range is missing or wrong");
}

static enum err
check_places(const Pack__Places *p, struct err_why *why)
{
	bool ok = p->version != NULL && p->has_effective_at;

	for (size_t i = 0; i < p->n_places; i++) {
		const Pack__Place *x = p->places[i];

		ok = ok && x->area != NULL && x->has_longitude &&
		    x->has_latitude && fabs(x->longitude) <= 180 &&
		    fabs(x->latitude) <= 90 && x->has_radius_m &&
		    x->radius_m > 0 && x->radius_m <= 10000;
	}
	return ok ? ERR_OK
	          : err_fail(why, ERR_MALFORMED,
	                "$.places: each needs area, longitude, latitude and "
	                "radiusM (up to 10000)");
}

static enum err
check_codes(const Pack__Codes *c, struct err_why *why)
{
	bool ok = c->version != NULL && c->has_effective_at;

	for (size_t i = 0; i < c->n_codes; i++) {
		const Pack__Code *x = c->codes[i];

		ok = ok && x->rule != NULL && x->code != NULL &&
		    x->clause != NULL && x->level >= 1 && x->level <= 3 &&
		    some_text(x->title) && some_text(x->title_zh);
		for (size_t k = 0; k < i && ok; k++)
			ok = strcmp(c->codes[k]->rule, x->rule) != 0;
	}
	return ok ? ERR_OK
	          : err_fail(why, ERR_MALFORMED,
	                "$.codes: each needs a rule of its own, code, clause, "
	                "level 1 to 3, title and titleZh");
}

/* Entries, annexes and file names hold it. */
static enum err
check_version(const struct packs_part *part, struct err_why *why)
{
	size_t n = part->version != NULL ? strlen(part->version) : 0;

	if (n > 0 && n <= VERSION_MAX)
		return ERR_OK;
	return err_fail(why, ERR_MALFORMED,
	    "$.%s.version: give one of 1 to %d bytes, like 2026.1", part->kind,
	    VERSION_MAX);
}

enum err
packs_check(const Pack__Pack *p, struct err_why *why)
{
	struct packs_part part;
	enum err e;

	if (packs_set_part(&part, p) != 1)
		return err_fail(why, ERR_MALFORMED,
		    "expected one of `work`, `release`, `alarm`, `calendar`, "
		    "`places`, `codes`, `credentials`, `indicators`, `cases`, "
		    "`accidents`, `profiles`, `retention`");
	e = check_version(&part, why);
	if (e != ERR_OK)
		return e;
	if (p->indicators != NULL)
		return indicator_pack_check(p->indicators, why);
	if (p->credentials != NULL)
		return credential_pack_check(p->credentials, why);
	if (p->cases != NULL)
		return case_policy_check(p->cases, why);
	if (p->accidents != NULL)
		return accident_check(p->accidents, why);
	if (p->retention != NULL)
		return retention_check(p->retention, why);
	if (p->work != NULL)
		return check_work(p->work, why);
	if (p->alarm != NULL)
		return alarm_policy_check(p->alarm, why);
	if (p->calendar != NULL)
		return check_calendar(p->calendar, why);
	if (p->places != NULL)
		return check_places(p->places, why);
	if (p->codes != NULL)
		return check_codes(p->codes, why);
	if (p->profiles != NULL)
		return release_pack_profiles(p->profiles, why);
	return release_pack_check(p->release, why);
}

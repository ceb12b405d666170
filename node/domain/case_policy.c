/* case_policy.c - what a site's case policy says, and whether it is whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/case_policy.h"

#include <string.h>
#include <strings.h>

#include "node/domain/calendar.h"
#include "node/domain/field.h"
#include "node/domain/row.h"

#define YEAR_MINUTES 525600
#define MINUTE_US INT64_C(60000000)
#define DAY_US INT64_C(86400000000)
#define DAYS_MAX 800 /* a deadline is no further off than that */

#define ACT(name) RECORD__CASE__ACTION__##name

static bool
is_type(const Pack__CaseType *t, const char *type)
{
	for (size_t i = 0; i < t->n_types; i++) {
		if (strcasecmp(t->types[i], type) == 0)
			return true;
	}
	return false;
}

/* Without case and outer blanks, as areas and types are told apart. */
const Pack__CaseType *
case_policy_type(const Pack__CasePolicy *p, const char *type)
{
	char plain[CASE_POLICY_TYPE_MAX + 1];
	size_t n;

	if (p == NULL || type == NULL)
		return NULL;
	type += strspn(type, " ");
	n = strlen(type);
	while (n > 0 && type[n - 1] == ' ')
		n--;
	if (n > CASE_POLICY_TYPE_MAX)
		return NULL;
	memcpy(plain, type, n);
	plain[n] = '\0';
	for (size_t i = 0; i < p->n_types; i++) {
		if (is_type(p->types[i], plain))
			return p->types[i];
	}
	return NULL;
}

const Pack__CaseStep *
case_policy_step(const Pack__CaseType *t, Record__Case__Action action)
{
	for (size_t i = 0; t != NULL && i < t->n_steps; i++) {
		if (t->steps[i]->action == action)
			return t->steps[i];
	}
	return NULL;
}

const Pack__CaseLimit *
case_policy_limit(
    const Pack__CaseType *t, uint32_t level, Record__Case__Way way)
{
	for (size_t i = 0; t != NULL && i < t->n_limits; i++) {
		const Pack__CaseLimit *l = t->limits[i];

		if ((l->level == 0 || l->level == level) &&
		    (!l->has_way || l->way == way))
			return l;
	}
	return NULL;
}

const Pack__PointsRule *
case_policy_points(const Pack__CasePolicy *p, const char *name)
{
	for (size_t i = 0; p != NULL && name != NULL && i < p->n_points; i++) {
		if (strcmp(p->points[i]->name, name) == 0)
			return p->points[i];
	}
	return NULL;
}

const char *
case_policy_action(Record__Case__Action action)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &record__case__action__descriptor, (int)action);

	return v != NULL ? v->name : "?";
}

static bool
is_off(const Pack__Calendar *rest, int64_t at_us)
{
	unsigned kind = 0;

	return calendar_at(&kind, rest, at_us) &&
	    (kind &
	        (1u << PACK__UPGRADE__WHEN__HOLIDAY |
	            1u << PACK__UPGRADE__WHEN__REST_DAY)) != 0;
}

int64_t
case_policy_before(int64_t to_us, uint32_t minutes, const Pack__Calendar *rest)
{
	int64_t left = (int64_t)minutes * MINUTE_US;
	int64_t at = to_us;

	for (int day = 0; rest != NULL && left > 0 && day < DAYS_MAX; day++) {
		const int64_t begin = calendar_next_day(rest, at - 1) - DAY_US;
		const int64_t part = at - begin < left ? at - begin : left;
		const bool off = is_off(rest, at - 1);

		at = off ? begin : at - part;
		left -= off ? 0 : part;
	}
	return at - left;
}

int64_t
case_policy_after(int64_t from_us, uint32_t minutes, const Pack__Calendar *rest)
{
	int64_t left = (int64_t)minutes * MINUTE_US;
	int64_t at = from_us;

	for (int day = 0; rest != NULL && left > 0 && day < DAYS_MAX; day++) {
		const int64_t next = calendar_next_day(rest, at);
		const int64_t part = next - at < left ? next - at : left;
		const bool off = is_off(rest, at);

		at = off ? next : at + part;
		left -= off ? 0 : part;
	}
	return at + left;
}

/* ---- is it whole? ---- */

static bool
named(const char *s)
{
	return s != NULL && s[0] != '\0' && strlen(s) <= 64;
}

static bool
holds(char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], text) == 0)
			return true;
	}
	return false;
}

static bool
unlike_known(const char *who)
{
	return strcmp(who, "liable") == 0 ||
	    protobuf_c_enum_descriptor_get_value_by_name(
	        &record__case__action__descriptor, who) != NULL;
}

static enum err
check_step(const Pack__CaseType *t, const Pack__CaseStep *s, size_t i,
    struct err_why *why)
{
	bool ok = s->has_action && s->action != ACT(ACTION_UNSPECIFIED) &&
	    s->n_roles > 0 && case_policy_step(t, s->action) == s;

	for (size_t k = 0; ok && k < s->n_roles; k++)
		ok = named(s->roles[k]);
	for (size_t k = 0; ok && k < s->n_requires; k++)
		ok = strlen(s->requires[k]) <= FIELD_PATH_MAX &&
		    field_known(&record__case__descriptor, s->requires[k]);
	for (size_t k = 0; ok && k < s->n_unlike; k++)
		ok = unlike_known(s->unlike[k]);
	/* Whom an unsigned step is by, nobody knows. */
	if (ok && s->n_unlike > 0)
		ok = s->signed_;
	return ok ? ERR_OK
	          : err_fail(why, ERR_MALFORMED,
	                "steps[%zu]: an action of its own, roles, known fields "
	                "and persons; unlike needs signed",
	                i);
}

static enum err
check_limits(const Pack__CaseType *t, struct err_why *why)
{
	for (size_t i = 0; i < t->n_limits; i++) {
		const Pack__CaseLimit *l = t->limits[i];

		if (l->minutes == 0 || l->minutes > YEAR_MINUTES ||
		    l->warn_minutes >= l->minutes || l->level > 2)
			return err_fail(why, ERR_MALFORMED,
			    "limits[%zu]: level 0 to 2, minutes up to a year, "
			    "warnMinutes below them",
			    i);
	}
	return ERR_OK;
}

/* What a reporter is told is somebody's word. */
static bool
answers_signed(const Pack__CaseType *t)
{
	for (size_t i = 0; i < t->n_steps; i++) {
		const Pack__CaseStep *s = t->steps[i];

		if ((s->action == ACT(REPLY) || s->action == ACT(REJECT) ||
		        s->action == ACT(CLOSE)) &&
		    !s->signed_)
			return false;
	}
	return true;
}

/* What holds under any policy. */
static enum err
check_safe(const Pack__CaseType *t, struct err_why *why)
{
	const Pack__CaseStep *done = case_policy_step(t, ACT(DONE));
	const Pack__CaseStep *close = case_policy_step(t, ACT(CLOSE));
	bool heard = is_type(t, CASE_POLICY_REPORT) || is_type(t, "suggestion");

	if (close == NULL)
		return err_fail(
		    why, ERR_MALFORMED, "steps: nobody may CLOSE it");
	if (done != NULL &&
	    (!done->signed_ || !close->signed_ ||
	        !holds(close->unlike, close->n_unlike, "DONE")))
		return err_fail(why, ERR_MALFORMED,
		    "steps: DONE and CLOSE are signed, CLOSE unlike DONE");
	if ((heard || t->reply) && !t->feedback)
		return err_fail(why, ERR_MALFORMED,
		    "feedback: nobody ends this without feedback");
	if ((t->reply && case_policy_step(t, ACT(REPLY)) == NULL) ||
	    (t->feedback && !answers_signed(t)))
		return err_fail(why, ERR_MALFORMED,
		    "steps: REPLY, REJECT and CLOSE are signed where feedback "
		    "is "
		    "due; reply needs a REPLY");
	return ERR_OK;
}

static enum err
check_type(
    const Pack__CasePolicy *p, const Pack__CaseType *t, struct err_why *why)
{
	enum err e = ERR_OK;

	bool ok = t->n_types > 0;

	for (size_t i = 0; ok && i < t->n_types; i++)
		ok =
		    named(t->types[i]) && case_policy_type(p, t->types[i]) == t;
	if (!ok)
		return err_fail(
		    why, ERR_MALFORMED, "types: missing, too long or doubled");
	if (t->n_steps > CASE_POLICY_STEPS || t->n_limits > CASE_POLICY_LIMITS)
		return err_fail(why, ERR_LIMIT,
		    "more than %d steps or %d limits", CASE_POLICY_STEPS,
		    CASE_POLICY_LIMITS);
	if (t->respond_minutes > YEAR_MINUTES ||
	    (t->warn_minutes > 0 && t->warn_minutes >= t->respond_minutes))
		return err_fail(why, ERR_MALFORMED,
		    "respondMinutes: over a year, or warnMinutes not below it");
	if ((t->respond_minutes > 0 || t->n_limits > 0) &&
	    (!named(t->code) || t->warn_level < 1 || t->warn_level > 3 ||
	        t->breach_level < 1 || t->breach_level > 3))
		return err_fail(why, ERR_MALFORMED,
		    "a deadline needs code, warnLevel and breachLevel 1 to 3");
	for (size_t i = 0; i < t->n_steps && e == ERR_OK; i++)
		e = check_step(t, t->steps[i], i, why);
	if (e == ERR_OK)
		e = check_limits(t, why);
	return e == ERR_OK ? check_safe(t, why) : e;
}

static enum err
check_points(const Pack__CasePolicy *p, struct err_why *why)
{
	bool ok = p->n_points <= CASE_POLICY_POINTS;

	for (size_t i = 0; ok && i < p->n_points; i++) {
		const Pack__PointsRule *r = p->points[i];

		ok = named(r->name) && case_policy_points(p, r->name) == r &&
		    case_policy_type(p, r->type) != NULL && r->amount > 0 &&
		    r->amount <= 100000 && r->state != NULL &&
		    row_state_find(LEDGER__KIND__CASE, r->state) != 0;
	}
	if (!ok)
		return err_fail(why, ERR_MALFORMED,
		    "points: at most %d, each with a name of its own, a type "
		    "of "
		    "this policy, a state and an amount up to 100000",
		    CASE_POLICY_POINTS);
	return ERR_OK;
}

enum err
case_policy_check(const Pack__CasePolicy *p, struct err_why *why)
{
	enum err e = ERR_OK;

	if (!named(p->version) || !p->has_effective_at)
		return err_fail(why, ERR_MALFORMED,
		    "cases: version or effectiveAt is missing");
	if (p->n_types == 0 || p->n_types > CASE_POLICY_TYPES)
		return err_fail(why, ERR_MALFORMED, "cases: 1 to %d types",
		    CASE_POLICY_TYPES);
	for (size_t i = 0; i < p->n_types; i++) {
		e = check_type(p, p->types[i], why);
		if (e != ERR_OK)
			return err_wrap(why, e, "cases.types[%zu]", i);
	}
	/* What no policy knows anybody closes, and tells nobody. */
	if (case_policy_type(p, CASE_POLICY_REPORT) == NULL ||
	    case_policy_type(p, "suggestion") == NULL ||
	    case_policy_type(p, "violation") == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "cases: the type report, suggestion or violation is "
		    "missing");
	if (!named(p->reader_role) || p->anonymous_burst == 0 ||
	    p->anonymous_burst > 10000 || p->anonymous_per_hour == 0 ||
	    p->anonymous_per_hour > 100000 || p->missing_level < 1 ||
	    p->missing_level > 3 || !named(p->missing_code))
		return err_fail(why, ERR_MALFORMED,
		    "cases: readerRole, anonymousBurst, anonymousPerHour, "
		    "missingLevel or missingCode is missing or too large");
	e = check_points(p, why);
	return e == ERR_OK ? ERR_OK : err_wrap(why, e, "cases");
}

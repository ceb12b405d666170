/* alarm_policy.c - what a site's alarm policy says, and whether it is whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm_policy.h"

#include <stdbool.h>
#include <string.h>

#include "node/domain/alarm_action.h"
#include "node/domain/fault.h"
#include "node/domain/notice.h"

#define WEEK_MINUTES 10080

const Pack__AlarmLevel *
alarm_policy_level(const Pack__AlarmPolicy *p, uint32_t level)
{
	for (size_t i = 0; p != NULL && i < p->n_levels; i++) {
		if (p->levels[i]->level == level)
			return p->levels[i];
	}
	return NULL;
}

const Pack__AlarmRight *
alarm_policy_right(const Pack__AlarmPolicy *p, Record__Alarm__Action action)
{
	for (size_t i = 0; p != NULL && i < p->n_rights; i++) {
		if (p->rights[i]->action == action)
			return p->rights[i];
	}
	return NULL;
}

static bool
between(protobuf_c_boolean has, uint32_t v, uint32_t low, uint32_t high)
{
	return has && v >= low && v <= high;
}

static enum err
check_step(const Pack__AlarmStep *s, uint32_t before, struct err_why *why)
{
	if (s->role == NULL || s->role[0] == '\0' || strlen(s->role) > 64)
		return err_fail(
		    why, ERR_MALFORMED, "role: missing or too long");
	if (!between(s->has_after_seconds, s->after_seconds, before, 604800))
		return err_fail(why, ERR_MALFORMED,
		    "afterSeconds: missing, over a week, or below the step "
		    "before");
	if (s->n_targets > ALARM_POLICY_TARGETS)
		return err_fail(why, ERR_LIMIT, "more than %d targets",
		    ALARM_POLICY_TARGETS);
	for (size_t i = 0; i < s->n_targets; i++) {
		if (!notice_name_ok(s->targets[i]))
			return err_fail(why, ERR_MALFORMED,
			    "targets[%zu]: expected a target's name in "
			    "node.yaml: a-z, 0-9, -, . and _, %d at most",
			    i, NOTICE_NAME_MAX);
	}
	return ERR_OK;
}

static enum err
check_level(const Pack__AlarmLevel *l, struct err_why *why)
{
	uint32_t before = 0;

	if (!l->has_colour || l->colour == 0)
		return err_fail(why, ERR_MALFORMED, "colour: missing");
	if (!between(l->has_priority, l->priority, 1, 4))
		return err_fail(
		    why, ERR_MALFORMED, "priority: expected 1 to 4");
	if (!between(l->has_shelve_minutes, l->shelve_minutes, 0, WEEK_MINUTES))
		return err_fail(why, ERR_MALFORMED,
		    "shelveMinutes: missing or over a week");
	if (l->n_steps > ALARM_POLICY_STEPS)
		return err_fail(
		    why, ERR_LIMIT, "more than %d steps", ALARM_POLICY_STEPS);
	for (size_t i = 0; i < l->n_steps; i++) {
		enum err e = check_step(l->steps[i], before, why);

		if (e != ERR_OK)
			return err_wrap(why, e, "steps[%zu]", i);
		before = l->steps[i]->after_seconds;
	}
	return ERR_OK;
}

static enum err
check_levels(const Pack__AlarmPolicy *p, struct err_why *why)
{
	if (p->n_levels != ALARM_POLICY_LEVELS)
		return err_fail(why, ERR_MALFORMED, "levels: expected 1, 2, 3");
	for (uint32_t level = 1; level <= ALARM_POLICY_LEVELS; level++) {
		const Pack__AlarmLevel *l = alarm_policy_level(p, level);
		enum err e;

		if (l == NULL)
			return err_fail(
			    why, ERR_MALFORMED, "levels: %u is missing", level);
		e = check_level(l, why);
		for (size_t i = 0; e != ERR_OK; i++) {
			if (p->levels[i] == l)
				return err_wrap(why, e, "levels[%zu]", i);
		}
	}
	return ERR_OK;
}

static enum err
check_rights(const Pack__AlarmPolicy *p, struct err_why *why)
{
	for (size_t i = 0; i < p->n_rights; i++) {
		const Pack__AlarmRight *r = p->rights[i];

		if (!r->has_action || r->n_roles == 0 ||
		    alarm_policy_right(p, r->action) != r)
			return err_fail(why, ERR_MALFORMED,
			    "rights[%zu] is incomplete or doubled", i);
	}
	return ERR_OK;
}

enum err
alarm_policy_check(const Pack__AlarmPolicy *p, struct err_why *why)
{
	const struct {
		const char *name;
		protobuf_c_boolean has;
		uint32_t value, low, high;
	} limits[] = {
#define LIMIT(field, low, high) {#field, p->has_##field, p->field, low, high}
	    LIMIT(clock_offset_ms, 0, 3600000),
	    LIMIT(incident_level, 1, 3),
	    LIMIT(incident_seconds, 1, 86400),
	};
	const struct {
		const char *name;
		protobuf_c_boolean has;
		uint32_t value, low, high;
	} counted[] = {
	    LIMIT(chatter_alarms, 2, 1000),
	    LIMIT(chatter_seconds, 1, 3600),
	    LIMIT(fleeting_seconds, 1, 3600),
	    LIMIT(stale_hours, 1, 8760),
	    LIMIT(flood_seconds, 60, 86400),
	    LIMIT(flood_alarms, 1, 100000),
	    LIMIT(flood_end_alarms, 1, 100000),
	    LIMIT(flood_level, 0, 3),
	    LIMIT(late_seconds, 1, 86400),
	};
#undef LIMIT
	enum err e;

	for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
		if (counted[i].has &&
		    !between(true, counted[i].value, counted[i].low,
		        counted[i].high))
			return err_fail(why, ERR_MALFORMED,
			    "alarm: %s: expected %u to %u", counted[i].name,
			    counted[i].low, counted[i].high);
	}
	if (p->version == NULL || p->version[0] == '\0' ||
	    strlen(p->version) > 50 || !p->has_effective_at)
		return err_fail(why, ERR_MALFORMED,
		    "alarm: version or effectiveAt is missing");
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		if (!between(limits[i].has, limits[i].value, limits[i].low,
		        limits[i].high))
			return err_fail(why, ERR_MALFORMED,
			    "alarm: %s: expected %u to %u", limits[i].name,
			    limits[i].low, limits[i].high);
	}
	e = check_levels(p, why);
	if (e == ERR_OK)
		e = check_rights(p, why);
	if (e == ERR_OK)
		e = alarm_action_check(p, why);
	if (e == ERR_OK)
		e = fault_check(p, why);
	return e == ERR_OK ? ERR_OK : err_wrap(why, e, "alarm");
}

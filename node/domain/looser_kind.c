/* looser_kind.c - what a table of fields cannot say of two packs of a kind. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/domain/alarm_action.h"
#include "node/domain/alarm_policy.h"
#include "node/domain/case_policy.h"
#include "node/domain/credential_pack.h"
#include "node/domain/looser.h"

/* ---- alarms ---- */

/* Whoever is told, is told no later: the k-th step of a chain, whatever the
 * company calls the role. */
static void
chain(char at[static LOOSER_AT], size_t level, const Pack__AlarmLevel *b,
    const Pack__AlarmLevel *l)
{
	for (size_t i = 0; i < b->n_steps; i++) {
		if (i >= l->n_steps)
			(void)looser_say(at, "$.alarm.levels[%zu].steps: %zu",
			    level, l->n_steps);
		else if (l->steps[i]->after_seconds >
		    b->steps[i]->after_seconds)
			(void)looser_say(at,
			    "$.alarm.levels[%zu].steps[%zu].afterSeconds",
			    level, i);
	}
}

static bool
puts_aside(Record__Alarm__Action action)
{
	return action == RECORD__ALARM__ACTION__SHELVE ||
	    action == RECORD__ALARM__ACTION__SUPPRESS ||
	    action == RECORD__ALARM__ACTION__REMOVE;
}

/* What puts an alarm aside is nobody's unless a right says whose; everything
 * else is everybody's. */
static void
rights(char at[static LOOSER_AT], const Pack__AlarmPolicy *b,
    const Pack__AlarmPolicy *l)
{
	for (size_t i = 0; i < l->n_rights; i++) {
		Record__Alarm__Action action = l->rights[i]->action;

		if (puts_aside(action) && alarm_policy_right(b, action) == NULL)
			(void)looser_say(at, "$.alarm.rights[%zu]", i);
	}
	for (size_t i = 0; i < b->n_rights; i++) {
		const Pack__AlarmRight *r = b->rights[i];
		bool open = !r->signed_ && r->n_roles == 1 &&
		    strcmp(r->roles[0], "any") == 0;

		if (!puts_aside(r->action) && !open &&
		    alarm_policy_right(l, r->action) == NULL)
			(void)looser_say(
			    at, "$.alarm.rights: %d", (int)r->action);
	}
}

/* Is an alarm of this kind and level somebody's to act on? */
static bool
actionable(const Pack__AlarmPolicy *p, char *kind, uint32_t level)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	struct alarm_action found;

	a.kind = kind;
	a.has_level = true;
	a.level = level;
	found = alarm_action(p, &a);
	return found.len > 0 || found.missing;
}

/* By what the classes do together, not one by one: the first counts. */
static void
classes(char at[static LOOSER_AT], const Pack__AlarmPolicy *b,
    const Pack__AlarmPolicy *l)
{
	static char other[] = "-";

	for (size_t i = 0; i < b->n_classes; i++) {
		const Pack__AlarmClass *c = b->classes[i];

		for (size_t k = 0; k < c->n_kinds + (c->n_kinds == 0); k++) {
			char *kind = c->n_kinds > 0 ? c->kinds[k] : other;

			for (uint32_t level = 1; level <= ALARM_POLICY_LEVELS;
			     level++) {
				if (actionable(b, kind, level) &&
				    !actionable(l, kind, level))
					(void)looser_say(at,
					    "$.alarm.classes: %s, %u", kind,
					    level);
			}
		}
	}
}

void
looser_alarm(char at[static LOOSER_AT], const Pack__AlarmPolicy *b,
    const Pack__AlarmPolicy *l)
{
	looser_fields(at, "$.alarm", &b->base, &b->base, &l->base);
	for (size_t i = 0; i < l->n_levels; i++) {
		const Pack__AlarmLevel *x =
		    alarm_policy_level(b, l->levels[i]->level);

		if (x != NULL)
			chain(at, i, x, l->levels[i]);
	}
	rights(at, b, l);
	classes(at, b, l);
}

/* ---- certificates ---- */

void
looser_credentials(char at[static LOOSER_AT], const Pack__Credentials *b,
    const Pack__Credentials *l)
{
	const Pack__CredentialNeed *less = credential_pack_less(b, l);

	looser_fields(at, "$.credentials", &b->base, &b->base, &l->base);
	if (less != NULL)
		(void)looser_say(at, "$.credentials.needs: %s, %s",
		    less->role != NULL ? less->role : CREDENTIAL_WORKER,
		    less->classes[0]);
}

/* ---- cases ---- */

static bool
later(uint32_t b, uint32_t b_warn, uint32_t l, uint32_t l_warn)
{
	return l > b || l - l_warn > b - b_warn;
}

/* Until when, and when before it is warned, for all that a limit tells apart.
 */
static void
case_limits(char at[static LOOSER_AT], const char *path,
    const Pack__CaseType *b, const Pack__CaseType *l)
{
	for (uint32_t level = 0; level <= 2; level++) {
		for (int way = 0; way <= RECORD__CASE__WAY__LIMITED; way++) {
			const Pack__CaseLimit *x =
			    case_policy_limit(b, level, (Record__Case__Way)way);
			const Pack__CaseLimit *y =
			    case_policy_limit(l, level, (Record__Case__Way)way);

			if (x != NULL &&
			    (y == NULL ||
			        later(x->minutes, x->warn_minutes, y->minutes,
			            y->warn_minutes)))
				(void)looser_say(
				    at, "%s.limits: level %u", path, level);
		}
	}
}

static bool
ends(Record__Case__Action action)
{
	return action == RECORD__CASE__ACTION__CLOSE ||
	    action == RECORD__CASE__ACTION__REJECT;
}

static void
case_type(char at[static LOOSER_AT], const char *path,
    const ProtobufCMessage *whole, const Pack__CaseType *b,
    const Pack__CaseType *l)
{
	if (b->respond_minutes > 0 &&
	    later(b->respond_minutes, b->warn_minutes, l->respond_minutes,
	        l->warn_minutes))
		(void)looser_say(at, "%s.%s", path,
		    l->respond_minutes > b->respond_minutes ? "respondMinutes"
		                                            : "warnMinutes");
	looser_fields(at, path, whole, &b->base, &l->base);
	/* A step that is not there is nobody's; one that ends the case and was
	 * nobody's is somebody's now. */
	for (size_t i = 0; i < l->n_steps; i++) {
		if (ends(l->steps[i]->action) &&
		    case_policy_step(b, l->steps[i]->action) == NULL)
			(void)looser_say(at, "%s.steps[%zu]", path, i);
	}
	case_limits(at, path, b, l);
}

void
looser_cases(char at[static LOOSER_AT], const Pack__CasePolicy *b,
    const Pack__CasePolicy *l)
{
	looser_fields(at, "$.cases", &b->base, &b->base, &l->base);
	for (size_t i = 0; i < b->n_types; i++) {
		const Pack__CaseType *x = b->types[i];

		for (size_t k = 0; k < x->n_types; k++) {
			const Pack__CaseType *y =
			    case_policy_type(l, x->types[k]);
			char path[64];
			size_t n = 0;

			while (n < l->n_types && l->types[n] != y)
				n++;
			(void)snprintf(
			    path, sizeof path, "$.cases.types[%zu]", n);
			if (y == NULL)
				(void)looser_say(
				    at, "$.cases.types: %s", x->types[k]);
			else
				case_type(at, path, &b->base, x, y);
		}
	}
}

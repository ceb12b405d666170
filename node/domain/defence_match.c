/* defence_match.c - does an entry count for a condition? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/defence_match.h"

#include <string.h>

/* An empty list holds all that there is. */
static bool
listed(char *const *list, size_t n, const char *name)
{
	if (name == NULL)
		return n == 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return n == 0;
}

static bool
at_level(const Record__Permit__Level *list, size_t n, unsigned level)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned)list[i] == level)
			return true;
	return n == 0;
}

int
defence_match_state(Record__Permit__Action a)
{
	switch (a) {
	case RECORD__PERMIT__ACTION__APPROVE:
		return RECORD__DEFENCE_PERMITS__STATE__ISSUED;
	case RECORD__PERMIT__ACTION__START:
	case RECORD__PERMIT__ACTION__RESUME:
		return RECORD__DEFENCE_PERMITS__STATE__IN_PROGRESS;
	case RECORD__PERMIT__ACTION__SUSPEND:
		return RECORD__DEFENCE_PERMITS__STATE__SUSPENDED;
	case RECORD__PERMIT__ACTION__FINISH:
	case RECORD__PERMIT__ACTION__ACCEPT:
	case RECORD__PERMIT__ACTION__CANCEL:
	case RECORD__PERMIT__ACTION__REJECT:
	case RECORD__PERMIT__ACTION__VOID:
	case RECORD__PERMIT__ACTION__CLOSE:
		return DEFENCE_MATCH_OVER;
	case RECORD__PERMIT__ACTION__ACTION_UNSPECIFIED:
	case RECORD__PERMIT__ACTION__APPLY:
	case RECORD__PERMIT__ACTION__GAS_TEST:
	case RECORD__PERMIT__ACTION__STEP:
	case RECORD__PERMIT__ACTION__CHANGE_GUARDIAN:
	case RECORD__PERMIT__ACTION__CHANGE_WORKERS:
	case RECORD__PERMIT__ACTION__BOOK:
	case RECORD__PERMIT__ACTION__AWAY:
	case RECORD__PERMIT__ACTION__BACK:
	case _RECORD__PERMIT__ACTION_IS_INT_SIZE:
		break;
	}
	return DEFENCE_MATCH_SAME;
}

bool
defence_match_permit(const Record__DefencePermits *c, const char *type,
    unsigned level, Record__DefencePermits__State state)
{
	bool in = c->n_states == 0 &&
	    (state == RECORD__DEFENCE_PERMITS__STATE__ISSUED ||
	        state == RECORD__DEFENCE_PERMITS__STATE__IN_PROGRESS);

	for (size_t i = 0; i < c->n_states; i++)
		in |= c->states[i] == state;
	return in && state != 0 && type != NULL &&
	    listed(c->types, c->n_types, type) &&
	    at_level(c->levels, c->n_levels, level);
}

bool
defence_match(const Record__DefenceCondition *c, const struct defence_event *e)
{
	int state;

	if (c->wind != NULL)
		return e->wind >= c->wind->grade;
	if (c->alarms != NULL)
		return e->what == DEFENCE_ALARM &&
		    (!c->alarms->has_level || e->level <= c->alarms->level) &&
		    listed(c->alarms->kinds, c->alarms->n_kinds, e->kind) &&
		    listed(c->alarms->codes, c->alarms->n_codes, e->code);
	if (c->certificates != NULL)
		return e->what == DEFENCE_CERTIFICATE &&
		    listed(c->certificates->classes, c->certificates->n_classes,
		        e->kind);
	if (e->what != DEFENCE_PERMIT)
		return false;
	state = defence_match_state(e->action);
	return state > 0 &&
	    defence_match_permit(c->permits, e->kind, e->level,
	        (Record__DefencePermits__State)state);
}

bool
defence_match_area(const Record__DefenceRule *r, const char *area)
{
	for (size_t i = 0; i < r->n_areas; i++) {
		const char *want = r->areas[i];
		const size_t n = strlen(want);

		if (n > 0 && want[n - 1] == '*'
		        ? strncmp(area, want, n - 1) == 0
		        : strcmp(area, want) == 0)
			return true;
	}
	return r->n_areas == 0;
}

bool
defence_match_work(
    const Record__DefenceSuspend *s, const char *type, unsigned level)
{
	return type != NULL && s->n_types > 0 &&
	    listed(s->types, s->n_types, type) &&
	    at_level(s->levels, s->n_levels, level);
}

/* alarm.c - the life of an alarm: raised, acknowledged, cleared. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm.h"

static struct rule_verdict
fails(const struct alarm_event *e, enum rule_id id, Ledger__Outcome outcome)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = outcome,
	    .rule = rule_get(id),
	};
}

struct rule_verdict
alarm_check(const struct alarm_event *e)
{
	struct rule_verdict ok = {.outcome = LEDGER__OUTCOME__APPLIED};
	bool raise = e->action == RECORD__ALARM__ACTION__RAISE ||
	    e->action == RECORD__ALARM__ACTION__ACTION_UNSPECIFIED;

	if (e->row == NULL) {
		if (raise)
			return ok;
		return (struct rule_verdict){
		    .refused = true, .rule = rule_get(RULE_RECORD_UNKNOWN)};
	}
	if (raise)
		return (struct rule_verdict){
		    .refused = true, .rule = rule_get(RULE_RECORD_EXISTS)};
	if (e->row->state == ROW_CLEARED)
		return fails(e, RULE_STATE_FINAL, LEDGER__OUTCOME__LATE);
	if (e->action == RECORD__ALARM__ACTION__ACK &&
	    e->row->state != ROW_RAISED)
		return fails(e, RULE_STATE_FORBIDS, LEDGER__OUTCOME__LATE);
	return ok;
}

uint8_t
alarm_after(uint8_t state, Record__Alarm__Action action)
{
	switch (action) {
	case RECORD__ALARM__ACTION__ACK:
		return state == ROW_CLEARED ? state : ROW_ACKNOWLEDGED;
	case RECORD__ALARM__ACTION__CLEAR:
		return ROW_CLEARED;
	case RECORD__ALARM__ACTION__ACTION_UNSPECIFIED:
	case RECORD__ALARM__ACTION__RAISE:
	case _RECORD__ALARM__ACTION_IS_INT_SIZE:
		break;
	}
	return ROW_RAISED;
}

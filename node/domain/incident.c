/* incident.c - alarms of one place and time, and who must hear of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/incident.h"

#include "node/domain/alarm_policy.h"

#define SECOND_US INT64_C(1000000)

#define A(name) RECORD__INCIDENT__ACTION__##name

bool
incident_called(const struct row *r)
{
	return r->state == ROW_INCIDENT_OPEN && r->unseen > 0;
}

bool
incident_calls(const Pack__AlarmPolicy *p, uint32_t level)
{
	return p == NULL || level < 1 || level > ALARM_POLICY_LEVELS ||
	    level <= p->incident_level;
}

bool
incident_takes(const struct row *incident, const struct row *alarm,
    const Pack__AlarmPolicy *p)
{
	const int64_t at = alarm->opened_us;
	int64_t window;

	if (p == NULL || !row_is_open(incident) ||
	    incident->area != alarm->area ||
	    ((incident->flags ^ alarm->flags) & ROW_EXERCISE) != 0)
		return false;
	window = p->incident_seconds * SECOND_US;
	return at >= incident->opened_us - window &&
	    at <= incident->mark_us + window;
}

bool
incident_due(struct incident_step *out, const struct row *incident,
    const Pack__AlarmPolicy *p, int64_t now_us, int64_t waited_us)
{
	const Pack__AlarmLevel *l = alarm_policy_level(p, incident->level);
	int64_t after;

	if (!incident_called(incident) || l == NULL ||
	    incident->step >= l->n_steps)
		return false;
	out->step = l->steps[incident->step];
	out->number = incident->step + 1;
	after = out->step->after_seconds * SECOND_US;
	out->due_us = incident->start_us + after;
	return now_us >= out->due_us || waited_us >= after;
}

bool
incident_over(
    const struct row *incident, const Pack__AlarmPolicy *p, int64_t now_us)
{
	int64_t window = p != NULL ? p->incident_seconds * SECOND_US : 0;

	return row_is_open(incident) && incident->alive == 0 &&
	    (incident->flags & ROW_PARTIAL) == 0 &&
	    now_us > incident->mark_us + window;
}

static struct rule_verdict
fails(const struct incident_event *e, enum rule_id id)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = LEDGER__OUTCOME__LATE,
	    .rule = rule_get(id),
	};
}

static bool
forbidden(const struct incident_event *e)
{
	const struct row *r = e->row;

	switch (e->msg->action) {
	case A(JOIN):
		return false;
	case A(ACK):
		return r->state != ROW_INCIDENT_OPEN;
	case A(ESCALATE):
		return !incident_called(r) || e->msg->step != r->step + 1;
	case A(CLOSE):
		return r->alive > 0;
	case A(ACTION_UNSPECIFIED):
	case A(OPEN):
	case _RECORD__INCIDENT__ACTION_IS_INT_SIZE:
		break;
	}
	return true;
}

struct rule_verdict
incident_check(const struct incident_event *e)
{
	const struct rule_verdict ok = {.outcome = LEDGER__OUTCOME__APPLIED};
	struct rule_verdict no = {.refused = true};

	if ((e->row == NULL) != (e->msg->action == A(OPEN))) {
		no.rule = rule_get(
		    e->row == NULL ? RULE_RECORD_UNKNOWN : RULE_RECORD_EXISTS);
		return no;
	}
	if (e->row == NULL)
		return ok;
	if (e->row->state == ROW_INCIDENT_CLOSED)
		return fails(e, RULE_STATE_FINAL);
	return forbidden(e) ? fails(e, RULE_STATE_FORBIDS) : ok;
}

static void
join(struct row *r, const Record__Incident *m, int64_t occurred_us)
{
	const bool graver = m->has_level && m->level != 0 &&
	    (r->level == 0 || m->level < r->level);
	const bool again = r->state == ROW_INCIDENT_ACKED && m->n_alarm_ids > 0;

	if (m->has_first_at && m->first_at < r->opened_us)
		r->opened_us = m->first_at;
	if (m->has_last_at && m->last_at > r->mark_us)
		r->mark_us = m->last_at;
	if (graver)
		r->level = (uint8_t)m->level;
	if (!graver && !again && !m->anew)
		return;
	r->state = ROW_INCIDENT_OPEN;
	r->start_us = occurred_us;
	r->stop_us = 0;
	r->step = 0;
}

void
incident_fold(struct row *r, const Record__Incident *m, int64_t occurred_us)
{
	switch (m->action) {
	case A(OPEN):
		r->state = ROW_INCIDENT_OPEN;
		r->start_us = occurred_us;
		if (m->exercise)
			r->flags |= ROW_EXERCISE;
		join(r, m, occurred_us);
		break;
	case A(JOIN):
		join(r, m, occurred_us);
		break;
	case A(ESCALATE):
		r->step = m->step;
		break;
	case A(ACK):
		r->state = ROW_INCIDENT_ACKED;
		r->stop_us = occurred_us;
		break;
	case A(CLOSE):
		r->state = ROW_INCIDENT_CLOSED;
		r->to_us = occurred_us;
		break;
	/* Nobody can read it: it may have been the end, and then it is over
	 * for nobody. */
	case A(ACTION_UNSPECIFIED):
	case _RECORD__INCIDENT__ACTION_IS_INT_SIZE:
		r->flags |= ROW_PARTIAL;
		break;
	}
}

struct incident_share
incident_share(const struct row *alarm)
{
	const bool unseen = alarm->state == ROW_RAISED ||
	    alarm->state == ROW_RETURNED || alarm->state == ROW_LATCHED;

	return (struct incident_share){
	    .alive = row_is_open(alarm),
	    .unseen = unseen && (alarm->flags & ROW_CALLS) != 0,
	};
}

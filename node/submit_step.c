/* submit_step.c - may a step of an alarm or an incident be taken? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_step.h"

#include "node/domain/alarm.h"
#include "node/domain/alarm_policy.h"
#include "node/domain/incident.h"

static char role_any[] = "any";

static const Pack__AlarmPolicy *
policy(const struct submit_step *s)
{
	return packs_alarm(s->ctx->site->packs, s->ctx->now_us);
}

/* What takes an alarm out of sight is for those whom the policy names. */
static bool
needs_right(Record__Alarm__Action action)
{
	return action == RECORD__ALARM__ACTION__SHELVE ||
	    action == RECORD__ALARM__ACTION__SUPPRESS ||
	    action == RECORD__ALARM__ACTION__REMOVE;
}

/* What somebody asks to do; of an incident only its acknowledgement. */
static Record__Alarm__Action
action_of(const struct submit_step *s)
{
	return s->post->kind == LEDGER__KIND__ALARM
	    ? ((const Record__Alarm *)s->post->body)->action
	    : RECORD__ALARM__ACTION__ACK;
}

const struct rule *
submit_step_right(const struct submit_step *s, enum err *e)
{
	const Record__Alarm__Action action = action_of(s);
	const Pack__AlarmRight *r = alarm_policy_right(policy(s), action);
	char *any = role_any;

	if (r == NULL && needs_right(action))
		return rule_get(RULE_ALARM_POLICY);
	if (!s->post->is_signed)
		return r != NULL && r->signed_
		    ? rule_get(RULE_SIGNATURE_MISSING)
		    : NULL;
	return submit_post_signer(s->post, s->ctx, r != NULL ? r->roles : &any,
	    r != NULL ? r->n_roles : 1, s->area, e);
}

/* Does any rule pack let this alarm stop work? */
static bool
stops(const struct submit_step *s)
{
	const struct packs *packs = s->ctx->site->packs;
	const Pack__Work *w;

	for (size_t i = 0; (w = packs_each(packs, i)) != NULL; i++) {
		struct decide_quiet quiet;

		decide_quiet(&quiet, s->ctx->fold.mac, w);
		if (s->row->level <= w->alarm_level &&
		    decide_stops(&quiet, s->row->type))
			return true;
	}
	return false;
}

static struct rule_verdict
judge_incident(const struct submit_step *s)
{
	struct incident_event e = {
	    .row = s->row,
	    .msg = (const Record__Incident *)s->post->body,
	    .now_us = s->ctx->now_us,
	    .late = s->late,
	};

	if (e.msg->action != RECORD__INCIDENT__ACTION__ACK)
		return (struct rule_verdict){
		    .refused = true, .rule = rule_get(RULE_INCIDENT_NODE)};
	return incident_check(&e);
}

struct rule_verdict
submit_step_judge(const struct submit_step *s)
{
	if (s->post->kind == LEDGER__KIND__INCIDENT)
		return judge_incident(s);
	struct alarm_event e = {
	    .row = s->row,
	    .msg = (const Record__Alarm *)s->post->body,
	    .policy = policy(s),
	    .now_us = s->ctx->now_us,
	    .late = s->late,
	};

	/* New alarms come through submit_alarms, which knows their sources. */
	if (s->row == NULL)
		return (struct rule_verdict){
		    .refused = true, .rule = rule_get(RULE_RECORD_UNKNOWN)};
	e.stops = stops(s);
	return alarm_check(&e);
}

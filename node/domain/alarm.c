/* alarm.c - the life of an alarm, from raised to closed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm.h"

#include "node/domain/alarm_policy.h"

#define MINUTE_US INT64_C(60000000)

#define A(name) RECORD__ALARM__ACTION__##name

static struct rule_verdict
refuses(enum rule_id id)
{
	return (struct rule_verdict){.refused = true, .rule = rule_get(id)};
}

/* It came too late to move anything: kept when it is old news. */
static struct rule_verdict
fails(const struct alarm_event *e, enum rule_id id)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = LEDGER__OUTCOME__LATE,
	    .rule = rule_get(id),
	};
}

static bool
empty(const char *s)
{
	return s == NULL || s[0] == '\0';
}

unsigned
alarm_bits(const struct row *r, int64_t now_us)
{
	static const unsigned of_state[] = {
	    [ROW_RAISED] = ALARM_ACTIVE,
	    [ROW_ACKNOWLEDGED] = ALARM_ACTIVE | ALARM_ACKED,
	    [ROW_CLEARED] = ALARM_ACKED,
	    [ROW_RETURNED] = 0,
	    [ROW_LATCHED] = ALARM_LATCHED,
	    [ROW_LATCHED_ACKED] = ALARM_LATCHED | ALARM_ACKED,
	};
	unsigned bits = r->state < sizeof of_state / sizeof of_state[0]
	    ? of_state[r->state]
	    : ALARM_ACTIVE;

	if (r->state == 0)
		bits = ALARM_ACTIVE;
	if ((r->flags & ROW_SHELVED) != 0 && now_us < r->to_us)
		bits |= ALARM_SHELVED;
	if ((r->flags & ROW_SUPPRESSED_BIT) != 0)
		bits |= ALARM_SUPPRESSED;
	if ((r->flags & ROW_OUT_BIT) != 0)
		bits |= ALARM_OUT;
	return bits;
}

char
alarm_letter(const struct row *r, int64_t now_us)
{
	const unsigned bits = alarm_bits(r, now_us);

	if (r->state == ROW_CLEARED)
		return 'A';
	if ((bits & ALARM_OUT) != 0)
		return 'I';
	if ((bits & ALARM_SUPPRESSED) != 0)
		return 'H';
	if ((bits & ALARM_SHELVED) != 0)
		return 'G';
	if ((bits & ALARM_LATCHED) != 0)
		return (bits & ALARM_ACKED) != 0 ? 'F' : 'E';
	if ((bits & ALARM_ACTIVE) != 0)
		return (bits & ALARM_ACKED) != 0 ? 'C' : 'B';
	return 'D';
}

bool
alarm_calls(const struct row *r, int64_t now_us)
{
	const unsigned aside = ALARM_SHELVED | ALARM_SUPPRESSED | ALARM_OUT;

	return r->state != ROW_CLEARED &&
	    (alarm_bits(r, now_us) & (ALARM_ACKED | aside)) == 0;
}

/* ---- may it happen? ---- */

static bool
forbidden(const struct alarm_event *e)
{
	const unsigned bits = alarm_bits(e->row, e->now_us);

	switch (e->msg->action) {
	case A(ACK):
		return (bits & ALARM_ACKED) != 0;
	case A(RETURN):
		return (bits & ALARM_ACTIVE) == 0;
	case A(RESET):
		return (bits & ALARM_LATCHED) == 0;
	case A(SHELVE):
		return (bits & ALARM_SHELVED) != 0;
	case A(UNSHELVE):
		return (bits & ALARM_SHELVED) == 0;
	case A(SUPPRESS):
		return (bits & ALARM_SUPPRESSED) != 0;
	case A(UNSUPPRESS):
		return (bits & ALARM_SUPPRESSED) == 0;
	case A(REMOVE):
		return (bits & ALARM_OUT) != 0;
	case A(RESTORE):
		return (bits & ALARM_OUT) == 0;
	case A(CLEAR):
	case A(HANDLE):
	case A(JUDGE):
		return false;
	case A(ACTION_UNSPECIFIED):
	case A(RAISE):
	case _RECORD__ALARM__ACTION_IS_INT_SIZE:
		break;
	}
	return true;
}

/* For how long, by whom and why. */
static struct rule_verdict
check_shelf(const struct alarm_event *e)
{
	const Pack__AlarmLevel *l =
	    alarm_policy_level(e->policy, e->row->level);
	const Record__Alarm *m = e->msg;
	int64_t most;

	if (l == NULL)
		return refuses(RULE_ALARM_POLICY);
	if (l->shelve_minutes == 0)
		return refuses(RULE_SHELVE_NEVER);
	if (!m->has_until_at)
		return refuses(RULE_SHELVE_END);
	most = l->shelve_minutes * MINUTE_US;
	if (m->until_at <= e->now_us || m->until_at - e->now_us > most)
		return refuses(RULE_SHELVE_LIMIT);
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED};
}

/* What takes it out of sight. */
static struct rule_verdict
check_aside(const struct alarm_event *e)
{
	struct rule_verdict v = {.outcome = LEDGER__OUTCOME__APPLIED};

	if (e->policy == NULL)
		return refuses(RULE_ALARM_POLICY);
	if (empty(e->msg->reason))
		return refuses(RULE_ASIDE_REASON);
	if (empty(e->msg->operator_))
		return refuses(RULE_ASIDE_NAME);
	if (e->msg->action == A(SHELVE))
		v = check_shelf(e);
	if (!v.refused && e->stops)
		v.rule = rule_get(RULE_STILL_STOPS);
	return v;
}

static bool
puts_aside(Record__Alarm__Action action)
{
	return action == A(SHELVE) || action == A(SUPPRESS) ||
	    action == A(REMOVE);
}

struct rule_verdict
alarm_check(const struct alarm_event *e)
{
	const struct rule_verdict ok = {.outcome = LEDGER__OUTCOME__APPLIED};
	const Record__Alarm__Action action = e->msg->action;
	const bool raise =
	    action == A(RAISE) || action == A(ACTION_UNSPECIFIED);

	if (e->row == NULL)
		return raise ? ok : refuses(RULE_RECORD_UNKNOWN);
	if (raise)
		return refuses(RULE_RECORD_EXISTS);
	if (action == A(JUDGE))
		return e->msg->has_verdict && e->msg->verdict != 0
		    ? ok
		    : refuses(RULE_VERDICT_MISSING);
	if (e->row->state == ROW_CLEARED)
		return fails(e, RULE_STATE_FINAL);
	if (forbidden(e))
		return fails(e, RULE_STATE_FORBIDS);
	if (action == A(CLEAR) && (e->row->flags & ROW_LATCHING) != 0 &&
	    e->row->state != ROW_RETURNED)
		return refuses(RULE_ALARM_LATCHED);
	return puts_aside(action) ? check_aside(e) : ok;
}

/* ---- what it does ---- */

static uint8_t
acknowledged(uint8_t state)
{
	if (state == ROW_RETURNED || state == ROW_CLEARED)
		return ROW_CLEARED;
	return state == ROW_LATCHED || state == ROW_LATCHED_ACKED
	    ? ROW_LATCHED_ACKED
	    : ROW_ACKNOWLEDGED;
}

static uint8_t
returned(uint8_t state, bool latching)
{
	if (state == ROW_RAISED)
		return latching ? ROW_LATCHED : ROW_RETURNED;
	if (state == ROW_ACKNOWLEDGED)
		return latching ? ROW_LATCHED_ACKED : ROW_CLEARED;
	return state;
}

static uint8_t
reset(uint8_t state)
{
	if (state == ROW_LATCHED)
		return ROW_RETURNED;
	return state == ROW_LATCHED_ACKED ? ROW_CLEARED : state;
}

static void
put_flag(struct row *r, unsigned flag, bool on)
{
	r->flags = (uint8_t)(on ? r->flags | flag : r->flags & ~flag);
}

static void
put_aside(struct row *r, const Record__Alarm *m)
{
	switch (m->action) {
	case A(SHELVE):
	case A(UNSHELVE):
		put_flag(r, ROW_SHELVED, m->action == A(SHELVE));
		r->to_us = m->action == A(SHELVE) ? m->until_at : 0;
		break;
	case A(SUPPRESS):
	case A(UNSUPPRESS):
		put_flag(r, ROW_SUPPRESSED_BIT, m->action == A(SUPPRESS));
		break;
	case A(REMOVE):
	case A(RESTORE):
		put_flag(r, ROW_OUT_BIT, m->action == A(REMOVE));
		break;
	case A(HANDLE):
	case A(JUDGE):
	case A(ACK):
	case A(CLEAR):
	case A(RETURN):
	case A(RESET):
	case A(RAISE):
	case A(ACTION_UNSPECIFIED):
	case _RECORD__ALARM__ACTION_IS_INT_SIZE:
		break;
	}
}

void
alarm_fold(struct row *r, const Record__Alarm *m, int64_t occurred_us)
{
	const uint8_t before = r->state;

	switch (m->action) {
	case A(ACK):
		r->state = acknowledged(before);
		r->mark_us = occurred_us;
		break;
	case A(RETURN):
		r->state = returned(before, (r->flags & ROW_LATCHING) != 0);
		r->start_us = occurred_us;
		break;
	case A(RESET):
		r->state = reset(before);
		break;
	case A(CLEAR):
		r->state = ROW_CLEARED;
		break;
	case A(SHELVE):
	case A(UNSHELVE):
	case A(SUPPRESS):
	case A(UNSUPPRESS):
	case A(REMOVE):
	case A(RESTORE):
	case A(HANDLE):
		put_aside(r, m);
		break;
	case A(JUDGE):
		r->other = (uint64_t)m->verdict;
		break;
	/* Nobody can read what it did: then it is there again. */
	case A(ACTION_UNSPECIFIED):
	case A(RAISE):
	case _RECORD__ALARM__ACTION_IS_INT_SIZE:
		r->state = ROW_RAISED;
		break;
	}
	if (r->state == ROW_CLEARED && before != ROW_CLEARED)
		r->stop_us = occurred_us;
	else if (r->state != ROW_CLEARED)
		r->stop_us = 0;
}

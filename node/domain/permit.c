/* permit.c - a special-work permit from application to acceptance. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define MINUTE_US INT64_C(60000000)
#define DAY_US (24 * 60 * MINUTE_US)

static enum permit_gas
judge_one(const Pack__Work *w, const Record__GasReading *g)
{
	double value;
	double limit;

	if (!g->has_lel)
		return PERMIT_GAS_NONE;
	if (!g->has_value || g->unit == NULL || !isfinite(g->value) ||
	    !isfinite(g->lel) || g->value < 0 || g->lel <= 0 || g->lel > 100)
		return PERMIT_GAS_UNUSABLE;
	if (strcmp(g->unit, "%vol") == 0)
		value = g->value;
	else if (strcmp(g->unit, "%LEL") == 0)
		value = g->value * g->lel / 100;
	else
		return PERMIT_GAS_UNUSABLE;
	limit = g->lel >= w->lel_split ? w->limit_high_lel : w->limit_low_lel;
	return value <= limit ? PERMIT_GAS_OK : PERMIT_GAS_OVER;
}

enum permit_gas
permit_judge(const Pack__Work *w, Record__GasReading *const *gas, size_t n)
{
	enum permit_gas worst = PERMIT_GAS_NONE;

	for (size_t i = 0; i < n; i++) {
		enum permit_gas one = judge_one(w, gas[i]);

		if (one > worst)
			worst = one;
	}
	return worst;
}

static struct rule_verdict
applied(const struct rule *note)
{
	return (struct rule_verdict){
	    .outcome = LEDGER__OUTCOME__APPLIED, .rule = note};
}

static struct rule_verdict
refuse(enum rule_id id)
{
	return (struct rule_verdict){.refused = true, .rule = rule_get(id)};
}

/* A rule is broken: live events are refused, late ones kept. */
static struct rule_verdict
breaks(const struct permit_event *e, enum rule_id id)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = LEDGER__OUTCOME__NOT_APPLIED,
	    .rule = rule_get(id),
	};
}

/* The permit has moved on since. */
static struct rule_verdict
moved_on(const struct permit_event *e, enum rule_id id)
{
	struct rule_verdict v = breaks(e, id);

	v.outcome = LEDGER__OUTCOME__LATE;
	return v;
}

/* One person stays one, however the name is spaced or capitalised. */
static bool
same_person(const char *a, const char *b)
{
	do {
		while (isspace((unsigned char)*a))
			a++;
		while (isspace((unsigned char)*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		b++;
	} while (*a++ != '\0');
	return true;
}

static struct rule_verdict
check_apply(const struct permit_event *e)
{
	const Record__Permit *m = e->msg;
	const Pack__Level *level;

	if (e->row != NULL)
		return refuse(RULE_RECORD_EXISTS);
	if (e->pack == NULL)
		return refuse(RULE_PACK_MISSING);
	level = packs_level(e->pack, m->level);
	if (!m->has_level || level == NULL)
		return refuse(RULE_LEVEL_UNKNOWN);
	if (m->area == NULL || m->area[0] == '\0')
		return refuse(RULE_AREA_UNKNOWN);
	if (m->worker == NULL || m->worker[0] == '\0')
		return refuse(RULE_WORKER_MISSING);
	if (m->guardian == NULL || m->guardian[0] == '\0')
		return refuse(RULE_GUARDIAN_MISSING);
	if (same_person(m->worker, m->guardian))
		return refuse(RULE_GUARDIAN_IS_WORKER);
	if (!m->has_planned_from_at || !m->has_planned_to_at ||
	    m->planned_from_at <= 0 || m->planned_from_at >= m->planned_to_at)
		return refuse(RULE_WINDOW_INVALID);
	if (m->planned_to_at - m->planned_from_at >
	    level->validity_minutes * MINUTE_US)
		return refuse(RULE_WINDOW_TOO_LONG);
	if (e->occurred_us > m->planned_to_at)
		return refuse(RULE_PERMIT_EXPIRED);
	return applied(NULL);
}

static struct rule_verdict
check_gas_test(const struct permit_event *e)
{
	static const enum rule_id code[] = {
	    [PERMIT_GAS_NONE] = RULE_GAS_MISSING,
	    [PERMIT_GAS_OK] = RULE_GAS_OK,
	    [PERMIT_GAS_OVER] = RULE_GAS_OVER_LIMIT,
	    [PERMIT_GAS_UNUSABLE] = RULE_GAS_UNUSABLE,
	};

	if (!e->msg->has_sampled_at || e->msg->n_gas == 0)
		return refuse(RULE_FIELD_MISSING);
	if (e->msg->sampled_at > e->occurred_us)
		return refuse(RULE_TIME_FUTURE);
	if (e->row->state > ROW_SUSPENDED)
		return moved_on(e, RULE_STATE_FINAL);
	/* A newer sample is known: this one is history either way. */
	if (e->msg->sampled_at < e->row->mark_us)
		return (struct rule_verdict){.outcome = LEDGER__OUTCOME__LATE,
		    .rule = rule_get(RULE_LATE_EVENT)};
	return applied(rule_get(code[e->gas]));
}

/* 5.3.1c on the event's own time; a sample after the event proves nothing. */
static bool
sample_is_fresh(const struct permit_event *e)
{
	int64_t age = e->occurred_us - e->row->mark_us;

	return age >= 0 && age <= e->pack->sample_minutes * MINUTE_US;
}

static bool
tested_today(const struct permit_event *e)
{
	int64_t offset = e->pack->day_offset_minutes * MINUTE_US;

	return (e->occurred_us + offset) / DAY_US ==
	    (e->row->mark_us + offset) / DAY_US;
}

/* What approval, start and resumption have in common. */
static struct rule_verdict
check_going(const struct permit_event *e)
{
	if (e->stale)
		return moved_on(e, RULE_SEQ_STALE);
	if ((e->row->flags & ROW_PARTIAL) != 0)
		return breaks(e, RULE_NOT_HELD);
	if (e->pack == NULL ||
	    packs_level(e->pack, (Record__Permit__Level)e->row->level) == NULL)
		return breaks(e, RULE_PACK_MISSING);
	if (e->occurred_us > e->row->to_us)
		return breaks(e, RULE_PERMIT_EXPIRED);
	if ((e->row->flags & ROW_GAS_BAD) != 0)
		return breaks(e, RULE_GAS_OVER_LIMIT);
	if ((e->row->flags & ROW_GAS_OK) == 0)
		return breaks(e,
		    (e->row->flags & ROW_NEED_GAS) != 0 ? RULE_STOP_NEEDS_TEST
		                                        : RULE_GAS_MISSING);
	return applied(NULL);
}

static struct rule_verdict
check_start(const struct permit_event *e)
{
	const Pack__Level *level;
	struct rule_verdict v;

	if (e->row->state != ROW_ISSUED)
		return moved_on(e, RULE_STATE_FORBIDS);
	v = check_going(e);
	if (v.rule != NULL)
		return v;
	if (e->occurred_us < e->row->from_us)
		return breaks(e, RULE_NOT_YET_VALID);
	if (!sample_is_fresh(e))
		return breaks(e, RULE_GAS_TOO_OLD);
	level = packs_level(e->pack, (Record__Permit__Level)e->row->level);
	if (level->daily_test && !tested_today(e))
		return breaks(e, RULE_DAILY_TEST);
	if (!e->allowed)
		return breaks(e, RULE_DECISION_DENY);
	return v;
}

static struct rule_verdict
check_resume(const struct permit_event *e)
{
	const Pack__Level *level;
	struct rule_verdict v;
	int64_t gap = e->occurred_us - e->row->stop_us;

	if (e->row->state != ROW_SUSPENDED || gap < 0)
		return moved_on(e, RULE_STATE_FORBIDS);
	v = check_going(e);
	if (v.rule != NULL)
		return v;
	level = packs_level(e->pack, (Record__Permit__Level)e->row->level);
	bool again = e->row->mark_us > e->row->stop_us && sample_is_fresh(e);
	if (gap > level->break_minutes * MINUTE_US && !again)
		return breaks(e, RULE_BREAK_TOO_LONG);
	if ((e->row->flags & ROW_NEED_GAS) != 0 && !again)
		return breaks(e, RULE_STOP_NEEDS_TEST);
	if (level->daily_test && !tested_today(e))
		return breaks(e, RULE_DAILY_TEST);
	if (!e->allowed)
		return breaks(e, RULE_DECISION_DENY);
	return v;
}

static struct rule_verdict
check_approve(const struct permit_event *e)
{
	struct rule_verdict v;

	if (e->row->state != ROW_APPLIED && e->row->state != ROW_TESTED)
		return moved_on(e, RULE_STATE_FORBIDS);
	v = check_going(e);
	if (v.rule != NULL)
		return v;
	if (!sample_is_fresh(e))
		return breaks(e, RULE_GAS_TOO_OLD);
	return v;
}

/* True when `state` is one of the states in `mask` (1 << state). */
static struct rule_verdict
check_from(const struct permit_event *e, unsigned mask)
{
	if ((mask >> e->row->state & 1u) == 0)
		return moved_on(e, RULE_STATE_FORBIDS);
	return applied(NULL);
}

#define IN(state) (1u << (state))

struct rule_verdict
permit_check(const struct permit_event *e)
{
	Record__Permit__Action action = e->msg->action;

	if (action == RECORD__PERMIT__ACTION__APPLY)
		return check_apply(e);
	if (e->row == NULL)
		return refuse(RULE_RECORD_UNKNOWN);
	if (e->row->state > ROW_FINISHED)
		return moved_on(e, RULE_STATE_FINAL);
	switch (action) {
	case RECORD__PERMIT__ACTION__GAS_TEST:
		return check_gas_test(e);
	case RECORD__PERMIT__ACTION__APPROVE:
		return check_approve(e);
	case RECORD__PERMIT__ACTION__START:
		return check_start(e);
	case RECORD__PERMIT__ACTION__SUSPEND:
		return check_from(e,
		    IN(ROW_ISSUED) | IN(ROW_IN_PROGRESS) | IN(ROW_SUSPENDED));
	case RECORD__PERMIT__ACTION__RESUME:
		return check_resume(e);
	case RECORD__PERMIT__ACTION__FINISH:
		return check_from(e, IN(ROW_IN_PROGRESS) | IN(ROW_SUSPENDED));
	case RECORD__PERMIT__ACTION__ACCEPT:
		return check_from(e, IN(ROW_FINISHED));
	case RECORD__PERMIT__ACTION__REJECT:
		return check_from(e, IN(ROW_APPLIED) | IN(ROW_TESTED));
	case RECORD__PERMIT__ACTION__CANCEL:
		return check_from(e,
		    IN(ROW_APPLIED) | IN(ROW_TESTED) | IN(ROW_ISSUED) |
		        IN(ROW_SUSPENDED));
	case RECORD__PERMIT__ACTION__APPLY:
	case RECORD__PERMIT__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__PERMIT__ACTION_IS_INT_SIZE:
		break;
	}
	return refuse(RULE_FIELD_MISSING);
}

bool
permit_must_stop(const struct row *r, const struct permit_event *e)
{
	return e->msg->action == RECORD__PERMIT__ACTION__GAS_TEST &&
	    (e->gas == PERMIT_GAS_OVER || e->gas == PERMIT_GAS_UNUSABLE) &&
	    e->msg->sampled_at >= r->mark_us &&
	    (r->state == ROW_ISSUED || r->state == ROW_IN_PROGRESS);
}

static bool
code_is(const struct permit_facts *f, enum rule_id id)
{
	return f->code != NULL && strcmp(f->code, rule_get(id)->code) == 0;
}

static void
fold_gas_test(struct row *r, const struct permit_facts *f)
{
	bool ok = code_is(f, RULE_GAS_OK);

	if (code_is(f, RULE_GAS_MISSING))
		return;
	if (!ok) {
		r->mark_us = f->msg->sampled_at;
		r->flags = (uint8_t)((r->flags & ~ROW_GAS_OK) | ROW_GAS_BAD);
		if (r->state == ROW_TESTED)
			r->state = ROW_APPLIED;
		return;
	}
	/* A sample from before the stop says nothing about the air after, and
	 * one as old as a bad one does not outdo it. */
	if ((r->flags & ROW_NEED_GAS) != 0 && f->msg->sampled_at <= r->stop_us)
		return;
	if ((r->flags & ROW_GAS_BAD) != 0 && f->msg->sampled_at <= r->mark_us)
		return;
	r->mark_us = f->msg->sampled_at;
	r->flags = (uint8_t)((r->flags & ~ROW_GAS_BAD) | ROW_GAS_OK);
	if (r->state == ROW_APPLIED)
		r->state = ROW_TESTED;
}

static void
fold_suspend(struct row *r, const struct permit_facts *f)
{
	bool gas = code_is(f, RULE_ALARM_SUSPENDS) ||
	    code_is(f, RULE_GAS_SUSPENDS) || code_is(f, RULE_LOG_LOST);
	bool again = r->state == ROW_SUSPENDED;

	if (!again || (gas && f->occurred_us > r->stop_us))
		r->stop_us = f->occurred_us;
	r->state = ROW_SUSPENDED;
	if (gas)
		r->flags = (uint8_t)((r->flags & ~ROW_GAS_OK) | ROW_NEED_GAS);
}

static void
fold_going(struct row *r, const struct permit_facts *f)
{
	/* Stopped before it ever started: it still has to be started. */
	bool resume = f->msg->action == RECORD__PERMIT__ACTION__RESUME;

	r->state = resume && r->start_us == 0 ? ROW_ISSUED : ROW_IN_PROGRESS;
	if (r->state == ROW_IN_PROGRESS)
		r->start_us = f->occurred_us;
	r->stop_us = 0;
	r->flags = (uint8_t)(r->flags & ~ROW_NEED_GAS);
}

void
permit_fold(struct row *r, const struct permit_facts *f)
{
	switch (f->msg->action) {
	case RECORD__PERMIT__ACTION__APPLY:
		r->state = ROW_APPLIED;
		r->level = (uint8_t)f->msg->level;
		r->from_us = f->msg->planned_from_at;
		r->to_us = f->msg->planned_to_at;
		break;
	case RECORD__PERMIT__ACTION__GAS_TEST:
		fold_gas_test(r, f);
		break;
	case RECORD__PERMIT__ACTION__APPROVE:
		r->state = ROW_ISSUED;
		break;
	case RECORD__PERMIT__ACTION__START:
	case RECORD__PERMIT__ACTION__RESUME:
		fold_going(r, f);
		break;
	case RECORD__PERMIT__ACTION__SUSPEND:
		fold_suspend(r, f);
		break;
	case RECORD__PERMIT__ACTION__FINISH:
		r->state = ROW_FINISHED;
		break;
	case RECORD__PERMIT__ACTION__ACCEPT:
		r->state = ROW_ACCEPTED;
		break;
	case RECORD__PERMIT__ACTION__CANCEL:
		r->state = ROW_CANCELLED;
		break;
	case RECORD__PERMIT__ACTION__REJECT:
		r->state = ROW_REJECTED;
		break;
	case RECORD__PERMIT__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__PERMIT__ACTION_IS_INT_SIZE:
		break;
	}
}

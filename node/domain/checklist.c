/* checklist.c - what is to be checked, how often, and is it missing? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/checklist.h"

#include <string.h>

#include "node/domain/calendar.h"
#include "node/domain/term.h"

#define MINUTE_US INT64_C(60000000)
#define ID_MAX 64
#define CYCLE_MAX 1000
#define REST_DAYS_MAX 400 /* a calendar that rests longer is overruled */
#define OFFSET_MAX 840
#define AHEAD_US (3660 * TERM_DAY_US) /* a first period begins by then */

#define ACT(name) RECORD__CHECKLIST__ACTION__##name
#define TIER(name) RECORD__CHECKLIST__TIER__##name

void
checklist_id(uint8_t out[static 16], const struct digest_hmac *mac,
    Record__Checklist__Tier tier, const char *id)
{
	static const char tag[] = "lianfang/checklist/v1";
	uint8_t t = (uint8_t)tier;
	struct bytes parts[3] = {
	    bytes_str(tag), bytes_of(&t, 1), bytes_str(id)};
	struct hash h;

	digest_hmac(mac, &h, parts, 3);
	digest_uuid8(out, h.b);
}

/* ---- periods ---- */

/* Length in microseconds, months negative; 0: none, or no such unit. */
static int64_t
cycle_of(const Record__Checklist *m)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {
	    {"minute", MINUTE_US},
	    {"hour", 60 * MINUTE_US},
	    {"day", TERM_DAY_US},
	    {"week", 7 * TERM_DAY_US},
	    {"month", -1},
	};

	if (m->cycle == 0 || m->cycle > CYCLE_MAX || m->cycle_unit == NULL)
		return 0;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(units[i].unit, m->cycle_unit) == 0)
			return units[i].us * (int64_t)m->cycle;
	}
	return 0;
}

/* Where period k begins; k from 0. */
static int64_t
begins(const struct checklist_schedule *s, int64_t k)
{
	if (s->cycle > 0)
		return s->from_us + k * s->cycle;
	return term_after(
	    s->from_us, (int)(k * -s->cycle), (int)(s->offset_us / MINUTE_US));
}

/* The number of the period that holds a time; 0 before it began. */
static int64_t
period_of(const struct checklist_schedule *s, int64_t at_us)
{
	const int64_t longest =
	    s->cycle > 0 ? s->cycle : -s->cycle * 31 * TERM_DAY_US;
	int64_t k = at_us <= s->from_us ? 0 : (at_us - s->from_us) / longest;

	while (begins(s, k + 1) <= at_us)
		k++;
	return k;
}

int64_t
checklist_start(const struct checklist_schedule *s, int64_t at_us)
{
	return begins(s, period_of(s, at_us));
}

int64_t
checklist_end(const struct checklist_schedule *s, int64_t at_us)
{
	return begins(s, period_of(s, at_us) + 1);
}

static bool
rests(
    const struct checklist_schedule *s, const Pack__Calendar *c, int64_t at_us)
{
	unsigned kind = 0;

	return s->work_days && calendar_at(&kind, c, at_us) &&
	    (kind &
	        (1u << PACK__UPGRADE__WHEN__HOLIDAY |
	            1u << PACK__UPGRADE__WHEN__REST_DAY)) != 0;
}

/* The end of the first period from `start_us` on (where one begins) in which
 * somebody is at work. */
static int64_t
next_end(const struct checklist_schedule *s, const Pack__Calendar *c,
    int64_t start_us)
{
	/* By days, not periods: minutes are as long at rest as months. */
	for (int n = 0; n < REST_DAYS_MAX && rests(s, c, start_us); n++) {
		int64_t day = calendar_next_day(c, start_us);

		start_us = checklist_start(s, day) == day
		    ? day
		    : checklist_end(s, day);
	}
	return checklist_end(s, start_us);
}

struct checklist_schedule
checklist_schedule(const Record__Checklist *m)
{
	return (struct checklist_schedule){m->start_at, cycle_of(m),
	    m->day_offset_minutes * MINUTE_US, m->work_days != 0};
}

static struct checklist_schedule
of_row(const struct row *r)
{
	return (struct checklist_schedule){r->from_us, r->start_us, r->stop_us,
	    (r->flags & ROW_WORK_DAYS) != 0};
}

static bool
same(const struct checklist_schedule *a, const struct checklist_schedule *b)
{
	return a->from_us == b->from_us && a->cycle == b->cycle &&
	    a->offset_us == b->offset_us && a->work_days == b->work_days;
}

/* ---- the machine ---- */

static struct rule_verdict
refuse(enum rule_id id, const char *what)
{
	const struct rule *r = rule_get(id);

	return (struct rule_verdict){
	    .refused = true, .rule = r, .gap = {.rule = r, .what = what}};
}

static bool
empty(const char *s)
{
	return s == NULL || s[0] == '\0';
}

static struct rule_verdict
check_define(const struct checklist_event *e)
{
	const Record__Checklist *m = e->msg;
	bool task = m->tier == TIER(TASK);
	bool duty = task && empty(m->parent) && !empty(m->post);

	if (empty(m->name))
		return refuse(RULE_FIELD_MISSING, "name");
	if (m->tier == TIER(UNIT) ? !empty(m->parent)
	                          : !duty && e->parent == NULL)
		return refuse(RULE_CHECK_PARENT, "parent");
	if (task && (cycle_of(m) == 0 || !m->has_start_at || m->start_at <= 0))
		return refuse(RULE_CHECK_CYCLE, "cycle");
	if (task && m->start_at > e->now_us + AHEAD_US)
		return refuse(RULE_FIELD_RANGE, "start_at");
	if (m->day_offset_minutes < -OFFSET_MAX ||
	    m->day_offset_minutes > OFFSET_MAX)
		return refuse(RULE_FIELD_RANGE, "day_offset_minutes");
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED};
}

static struct rule_verdict
check_submit(const struct checklist_event *e)
{
	const Record__Checklist *m = e->msg;

	if (e->row == NULL || e->row->level != TIER(TASK))
		return refuse(RULE_RECORD_UNKNOWN, "id");
	if (e->row->state != ROW_OPEN)
		return refuse(RULE_CHECK_RETIRED, NULL);
	if (m->status == RECORD__CHECKLIST__STATUS__STATUS_UNSPECIFIED)
		return refuse(RULE_FIELD_MISSING, "status");
	if (m->status == RECORD__CHECKLIST__STATUS__DANGER && empty(m->danger))
		return refuse(RULE_FIELD_MISSING, "danger");
	if (m->has_level && (m->level < 1 || m->level > 2))
		return refuse(RULE_FIELD_RANGE, "level");
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED};
}

struct rule_verdict
checklist_check(const struct checklist_event *e)
{
	const Record__Checklist *m = e->msg;

	if (empty(m->id) || strlen(m->id) > ID_MAX)
		return refuse(RULE_FIELD_MISSING, "id");
	if (m->tier < TIER(UNIT) || m->tier > TIER(TASK))
		return refuse(RULE_FIELD_MISSING, "tier");
	if (m->action == ACT(DEFINE))
		return check_define(e);
	if (m->action == ACT(SUBMIT))
		return check_submit(e);
	if (m->action != ACT(RETIRE))
		return refuse(RULE_FIELD_MISSING, "action");
	if (e->row == NULL)
		return refuse(RULE_RECORD_UNKNOWN, "id");
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED};
}

static int64_t
due_of_define(const struct checklist_event *e)
{
	const struct checklist_schedule s = checklist_schedule(e->msg);
	const struct row *r = e->row;

	if (r != NULL && r->state == ROW_OPEN && r->to_us != 0) {
		const struct checklist_schedule old = of_row(r);

		/* What is missing stays missing, however it is defined anew. */
		if (same(&old, &s) || r->to_us < e->now_us)
			return r->to_us;
	}
	/* Nobody owes the checks of a time before the task was known here. */
	return next_end(&s, e->calendar,
	    e->now_us > s.from_us ? checklist_start(&s, e->now_us) : s.from_us);
}

int64_t
checklist_due(const struct checklist_event *e)
{
	struct checklist_schedule s;
	int64_t covered;

	if (e->msg->tier != TIER(TASK) || e->msg->action == ACT(RETIRE))
		return 0;
	if (e->msg->action == ACT(DEFINE))
		return due_of_define(e);
	s = of_row(e->row);
	if (s.cycle == 0 || e->occurred_us < s.from_us)
		return e->row->to_us;
	covered = checklist_end(&s, e->occurred_us);
	/* A check of an earlier period leaves what is owed since. */
	if (covered < e->row->to_us)
		return e->row->to_us;
	return next_end(&s, e->calendar, covered);
}

/* ---- the fold ---- */

static void
fold_define(struct row *r, const Record__Checklist *m)
{
	const struct checklist_schedule s = checklist_schedule(m);

	r->state = ROW_OPEN;
	r->level = (uint8_t)m->tier;
	r->from_us = s.from_us;
	r->start_us = s.cycle;
	r->stop_us = s.offset_us;
	r->flags = (uint8_t)(r->flags & ~(ROW_WORK_DAYS | ROW_EXERCISE));
	if (s.work_days)
		r->flags |= ROW_WORK_DAYS;
	if (m->exercise)
		r->flags |= ROW_EXERCISE;
}

void
checklist_fold(struct row *r, const struct checklist_facts *f)
{
	const Record__Checklist *m = f->msg;

	if (m->action == ACT(DEFINE))
		fold_define(r, m);
	else if (m->action == ACT(RETIRE))
		r->state = ROW_CLOSED;
	else if (m->action == ACT(SUBMIT) && f->occurred_us > r->mark_us)
		r->mark_us = f->occurred_us;
	if (f->has_due)
		r->to_us = f->due_us;
}

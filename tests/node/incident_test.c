/* incident_test.c - what belongs together, what is due, what may happen. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/incident.h"

#include <criterion/criterion.h>

#include "tests/support/chance.h"

#define A(name) RECORD__INCIDENT__ACTION__##name
#define NOW INT64_C(1795000000000000)
#define SECOND INT64_C(1000000)

static char leader[] = "leader";
static Pack__AlarmStep step[2];
static Pack__AlarmStep *steps[2] = {&step[0], &step[1]};
static Pack__AlarmLevel level[3];
static Pack__AlarmLevel *levels[3] = {&level[0], &level[1], &level[2]};
static Pack__AlarmPolicy policy;

static void
set_up(void)
{
	pack__alarm_policy__init(&policy);
	for (size_t i = 0; i < 3; i++) {
		pack__alarm_level__init(&level[i]);
		level[i].level = (uint32_t)i + 1;
	}
	for (size_t i = 0; i < 2; i++) {
		pack__alarm_step__init(&step[i]);
		step[i].after_seconds = (uint32_t)i * 120;
		step[i].role = leader;
	}
	level[0].n_steps = 2;
	level[0].steps = steps;
	policy.n_levels = 3;
	policy.levels = levels;
	policy.incident_level = 2;
	policy.incident_seconds = 600;
}

TestSuite(incident, .init = set_up);

static struct row
open_one(void)
{
	return (struct row){.kind = LEDGER__KIND__INCIDENT,
	    .state = ROW_INCIDENT_OPEN,
	    .level = 1,
	    .area = 7,
	    .opened_us = NOW,
	    .mark_us = NOW + 60 * SECOND,
	    .start_us = NOW,
	    .unseen = 1,
	    .alive = 1,
	    .members = 1};
}

Test(incident, takes_alarms_of_its_place_and_time)
{
	static const struct {
		int64_t at_s;
		uint64_t area;
		uint8_t flags, state;
		bool yes;
	} rows[] = {
	    {-600, 7, 0, ROW_INCIDENT_OPEN, true},
	    {-601, 7, 0, ROW_INCIDENT_OPEN, false},
	    {660, 7, 0, ROW_INCIDENT_OPEN, true},
	    {661, 7, 0, ROW_INCIDENT_OPEN, false},
	    {0, 8, 0, ROW_INCIDENT_OPEN, false},
	    {0, 7, ROW_EXERCISE, ROW_INCIDENT_OPEN, false},
	    {660, 7, 0, ROW_INCIDENT_ACKED, true},
	    {0, 7, 0, ROW_INCIDENT_CLOSED, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct row r = open_one();
		const struct row a = {.area = rows[i].area,
		    .flags = rows[i].flags,
		    .opened_us = NOW + rows[i].at_s * SECOND};

		r.state = rows[i].state;
		cr_assert_eq(
		    incident_takes(&r, &a, &policy), rows[i].yes, "row %zu", i);
		cr_assert_not(incident_takes(&r, &a, NULL));
	}
}

Test(incident, calls_by_level_and_by_any_that_is_not_known)
{
	cr_assert(incident_calls(&policy, 1));
	cr_assert(incident_calls(&policy, 2));
	cr_assert_not(incident_calls(&policy, 3));
	cr_assert(incident_calls(&policy, 0));
	cr_assert(incident_calls(&policy, 4));
	cr_assert(incident_calls(NULL, 3));
}

Test(incident, is_due_on_the_second_by_either_clock)
{
	struct incident_step due;
	struct row r = open_one();

	cr_assert(incident_due(&due, &r, &policy, NOW, 0));
	cr_assert_eq(due.number, 1u);
	r.step = 1;
	cr_assert_not(
	    incident_due(&due, &r, &policy, NOW + 120 * SECOND - 1, 0));
	cr_assert(incident_due(&due, &r, &policy, NOW + 120 * SECOND, 0));
	cr_assert_eq(due.number, 2u);
	cr_assert_eq(due.due_us, NOW + 120 * SECOND);
	cr_assert_not(
	    incident_due(&due, &r, &policy, NOW - 1, 120 * SECOND - 1));
	cr_assert(incident_due(&due, &r, &policy, NOW - 1, 120 * SECOND));
	r.step = 2;
	cr_assert_not(incident_due(&due, &r, &policy, INT64_MAX, 0), "the end");
	r = open_one();
	r.unseen = 0;
	cr_assert_not(incident_due(&due, &r, &policy, INT64_MAX, 0));
	r = open_one();
	r.state = ROW_INCIDENT_ACKED;
	cr_assert_not(incident_due(&due, &r, &policy, INT64_MAX, 0));
}

Test(incident, is_over_when_its_alarms_are_and_none_can_join)
{
	struct row r = open_one();
	const int64_t end = r.mark_us + 600 * SECOND;

	cr_assert_not(incident_over(&r, &policy, end + 1), "one is open");
	r.alive = r.unseen = 0;
	cr_assert_not(incident_over(&r, &policy, end));
	cr_assert(incident_over(&r, &policy, end + 1));
	r.flags = ROW_PARTIAL;
	cr_assert_not(incident_over(&r, &policy, end + 1), "not all is known");
}

/* ---- any sequence of events, by a plain model ---- */

struct model {
	bool acked, closed;
	uint32_t step;
	uint32_t level;
};

static void
apply(struct model *m, const Record__Incident *ev)
{
	if (ev->action == A(JOIN)) {
		bool graver = ev->level < m->level;

		if (graver)
			m->level = ev->level;
		if (graver || (m->acked && ev->n_alarm_ids > 0) || ev->anew) {
			m->acked = false;
			m->step = 0;
		}
	}
	if (ev->action == A(ESCALATE))
		m->step++;
	if (ev->action == A(ACK))
		m->acked = true;
	if (ev->action == A(CLOSE))
		m->closed = true;
}

static void
one_life(struct chance *c)
{
	struct row r = open_one();
	struct model m = {.level = 3};
	char id[] = "x";
	char *ids[] = {id};

	r.level = 3;
	for (int i = 0; i < 60; i++) {
		Record__Incident ev = RECORD__INCIDENT__INIT;
		struct incident_event e = {
		    .row = &r, .msg = &ev, .now_us = NOW};

		/* Its alarms go their own way. */
		r.unseen = (uint32_t)chance_below(c, 2);
		r.alive = r.unseen + (uint32_t)chance_below(c, 2);
		ev.has_action = ev.has_level = ev.has_step = true;
		ev.action = (Record__Incident__Action)chance_below(c, 6);
		ev.level = 1 + (uint32_t)chance_below(c, 3);
		ev.step = (uint32_t)chance_below(c, 4);
		ev.alarm_ids = ids;
		ev.n_alarm_ids = chance_below(c, 2);
		ev.anew = chance_below(c, 4) == 0;
		struct rule_verdict v = incident_check(&e);
		if (v.refused)
			continue;
		chance_holds(c, !m.closed);
		if (ev.action == A(ESCALATE))
			chance_holds(c,
			    !m.acked && r.unseen > 0 && ev.step == m.step + 1);
		if (ev.action == A(CLOSE))
			chance_holds(c, r.alive == 0);
		incident_fold(&r, &ev, NOW + i);
		apply(&m, &ev);
		chance_holds(c, r.step == m.step);
		chance_holds(c, r.level == m.level);
		chance_holds(c, (r.state == ROW_INCIDENT_CLOSED) == m.closed);
		chance_holds(
		    c, m.closed || (r.state == ROW_INCIDENT_ACKED) == m.acked);
	}
}

Test(incident, agrees_with_a_plain_model_over_any_events)
{
	chance_each(2000, one_life);
}

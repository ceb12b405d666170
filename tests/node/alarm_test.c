/* alarm_test.c - alarms: raised, acknowledged, put aside, closed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/chance.h"

#define A(name) RECORD__ALARM__ACTION__##name
#define NOW INT64_C(1795000000000000)
#define MINUTE INT64_C(60000000)

static Pack__AlarmLevel level[3];
static Pack__AlarmLevel *levels[3] = {&level[0], &level[1], &level[2]};
static Pack__AlarmPolicy policy;

static void
set_up(void)
{
	static const uint32_t minutes[] = {0, 60, 480};

	pack__alarm_policy__init(&policy);
	for (size_t i = 0; i < 3; i++) {
		pack__alarm_level__init(&level[i]);
		level[i].level = (uint32_t)i + 1;
		level[i].shelve_minutes = minutes[i];
	}
	policy.n_levels = 3;
	policy.levels = levels;
}

TestSuite(alarm_check, .init = set_up);
TestSuite(alarm_fold, .init = set_up);

static char why[] = "probe washed";
static char who[] = "wu";

static Record__Alarm
message(Record__Alarm__Action action)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.has_action = true;
	m.action = action;
	m.reason = why;
	m.operator_ = who;
	m.has_until_at = true;
	m.until_at = NOW + MINUTE;
	m.has_verdict = true;
	m.verdict = RECORD__ALARM__VERDICT__NUISANCE;
	return m;
}

static struct rule_verdict
check(const struct row *r, const Record__Alarm *m)
{
	struct alarm_event e = {
	    .row = r, .msg = m, .policy = &policy, .now_us = NOW};

	return alarm_check(&e);
}

/* Which of the actions a state lets through: one letter each. */
Test(alarm_check, lets_each_state_do_what_isa_18_2_says)
{
	static const struct {
		uint8_t state;
		uint8_t flags;
		const char *yes;
	} rows[] = {
	    {ROW_RAISED, 0, "ack clear return shelve suppress remove handle"},
	    {ROW_ACKNOWLEDGED, 0, "clear return shelve suppress remove handle"},
	    {ROW_RETURNED, 0, "ack clear shelve suppress remove handle"},
	    {ROW_RAISED, ROW_LATCHING,
	        "ack return shelve suppress remove handle"},
	    {ROW_LATCHED, ROW_LATCHING,
	        "ack reset shelve suppress remove handle"},
	    {ROW_LATCHED_ACKED, ROW_LATCHING,
	        "reset shelve suppress remove handle"},
	    {ROW_RAISED, ROW_SHELVED,
	        "ack clear return unshelve suppress remove handle"},
	    {ROW_RAISED, ROW_SUPPRESSED_BIT,
	        "ack clear return shelve unsuppress remove handle"},
	    {ROW_RAISED, ROW_OUT_BIT,
	        "ack clear return shelve suppress restore handle"},
	    {ROW_CLEARED, 0, ""},
	};
	static const char *const words[] = {"", "", "ack", "clear", "return",
	    "reset", "shelve", "unshelve", "suppress", "unsuppress", "remove",
	    "restore", "handle"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row r = {.kind = LEDGER__KIND__ALARM,
		    .state = rows[i].state,
		    .flags = rows[i].flags,
		    .to_us = NOW + 1,
		    .level = 3};
		char want[24], all[128];

		(void)snprintf(all, sizeof all, " %s ", rows[i].yes);
		for (size_t a = A(ACK); a <= A(HANDLE); a++) {
			const Record__Alarm m =
			    message((Record__Alarm__Action)a);

			(void)snprintf(want, sizeof want, " %s ", words[a]);
			cr_expect_eq(!check(&r, &m).refused,
			    strstr(all, want) != NULL, "row %zu: %s", i,
			    words[a]);
		}
		const Record__Alarm judged = message(A(JUDGE));
		cr_expect_not(check(&r, &judged).refused, "row %zu", i);
		const Record__Alarm again = message(A(RAISE));
		cr_expect_str_eq(check(&r, &again).rule->code, "RECORD_EXISTS");
	}
	const Record__Alarm raised = message(A(RAISE));
	cr_assert_not(check(NULL, &raised).refused);
	const Record__Alarm acked = message(A(ACK));
	cr_assert_str_eq(check(NULL, &acked).rule->code, "RECORD_UNKNOWN");
}

Test(alarm_check, shelves_as_long_as_the_policy_says_and_no_longer)
{
	static const struct {
		uint8_t level;
		int64_t until_us;
		const char *code; /* NULL: applied */
	} rows[] = {
	    {1, MINUTE, "SHELVE_NEVER"},
	    {2, -1, "SHELVE_LIMIT"},
	    {2, 0, "SHELVE_LIMIT"},
	    {2, 1, NULL},
	    {2, 60 * MINUTE, NULL},
	    {2, 60 * MINUTE + 1, "SHELVE_LIMIT"},
	    {3, 480 * MINUTE, NULL},
	    {3, 480 * MINUTE + 1, "SHELVE_LIMIT"},
	    {0, MINUTE, "ALARM_POLICY"},
	    {4, MINUTE, "ALARM_POLICY"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row r = {
		    .state = ROW_RAISED, .level = rows[i].level};
		Record__Alarm m = message(A(SHELVE));

		m.until_at = NOW + rows[i].until_us;
		struct rule_verdict v = check(&r, &m);
		cr_assert_eq(v.refused, rows[i].code != NULL, "row %zu", i);
		if (rows[i].code != NULL)
			cr_assert_str_eq(v.rule->code, rows[i].code);
	}
}

Test(alarm_check, puts_nothing_aside_without_end_reason_name_or_policy)
{
	const struct row r = {.state = ROW_RAISED, .level = 3};
	const Record__Alarm__Action all[] = {A(SHELVE), A(SUPPRESS), A(REMOVE)};
	Record__Alarm m;

	for (size_t i = 0; i < 3; i++) {
		m = message(all[i]);
		m.reason = NULL;
		cr_assert_str_eq(check(&r, &m).rule->code, "ASIDE_REASON");
		m = message(all[i]);
		m.operator_ = NULL;
		cr_assert_str_eq(check(&r, &m).rule->code, "ASIDE_NAME");
		m = message(all[i]);
		struct alarm_event e = {.row = &r, .msg = &m, .now_us = NOW};
		cr_assert_str_eq(alarm_check(&e).rule->code, "ALARM_POLICY");
		e.policy = &policy;
		e.stops = true;
		cr_assert_not(alarm_check(&e).refused);
		cr_assert_str_eq(alarm_check(&e).rule->code, "STILL_STOPS");
	}
	m = message(A(SHELVE));
	m.has_until_at = false;
	cr_assert_str_eq(check(&r, &m).rule->code, "SHELVE_END");
	m = message(A(JUDGE));
	m.has_verdict = false;
	cr_assert_str_eq(check(&r, &m).rule->code, "VERDICT_MISSING");
}

Test(alarm_check, keeps_a_late_acknowledgement_of_a_cleared_alarm)
{
	struct row r = {.state = ROW_CLEARED};
	const Record__Alarm m = message(A(ACK));
	struct alarm_event e = {.row = &r, .msg = &m, .late = true};
	struct rule_verdict v = alarm_check(&e);

	cr_assert(!v.refused);
	cr_assert_eq(v.outcome, LEDGER__OUTCOME__LATE);
	alarm_fold(&r, &m, NOW);
	cr_assert_eq(r.state, ROW_CLEARED);
}

Test(alarm_fold, ends_shelving_by_the_clock_and_keeps_it_open)
{
	struct row r = {
	    .kind = LEDGER__KIND__ALARM, .state = ROW_RAISED, .level = 2};
	const Record__Alarm m = message(A(SHELVE));

	alarm_fold(&r, &m, NOW);
	cr_assert_eq(alarm_letter(&r, NOW), 'G');
	cr_assert_not(alarm_calls(&r, NOW));
	cr_assert(row_is_open(&r), "it goes on stopping work");
	cr_assert_str_eq(
	    row_state_text(r.kind, row_state(&r, m.until_at - 1)), "SHELVED");
	cr_assert_str_eq(
	    row_state_text(r.kind, row_state(&r, m.until_at)), "RAISED");
	cr_assert_eq(alarm_letter(&r, m.until_at), 'B');
	cr_assert(alarm_calls(&r, m.until_at));
}

/* ---- against a slow model that knows nothing of rows ---- */

struct model {
	bool active, acked, latched, latching, closed;
	bool suppressed, out;
	int64_t shelved_to;
};

static void
apply(struct model *m, Record__Alarm__Action a, int64_t now)
{
	bool unlatched = !m->active && !m->latched;

	if (a == A(ACK))
		m->acked = true;
	if (a == A(RETURN)) {
		m->active = false;
		m->latched = m->latching;
	}
	if (a == A(RESET))
		m->latched = false;
	if (a == A(CLEAR))
		m->closed = true;
	if (a == A(SHELVE))
		m->shelved_to = now + MINUTE;
	if (a == A(UNSHELVE))
		m->shelved_to = 0;
	if (a == A(SUPPRESS) || a == A(UNSUPPRESS))
		m->suppressed = a == A(SUPPRESS);
	if (a == A(REMOVE) || a == A(RESTORE))
		m->out = a == A(REMOVE);
	unlatched = !m->active && !m->latched;
	if (m->acked && unlatched)
		m->closed = true;
}

static char
letter_of(const struct model *m, int64_t now)
{
	if (m->closed)
		return 'A';
	if (m->out)
		return 'I';
	if (m->suppressed)
		return 'H';
	if (now < m->shelved_to)
		return 'G';
	if (m->latched)
		return m->acked ? 'F' : 'E';
	if (m->active)
		return m->acked ? 'C' : 'B';
	return 'D';
}

static void
one_life(struct chance *c)
{
	struct model model = {
	    .active = true, .latching = chance_below(c, 2) == 1};
	struct row r = {.kind = LEDGER__KIND__ALARM,
	    .state = ROW_RAISED,
	    .level = 3,
	    .flags = model.latching ? ROW_LATCHING : 0};
	int64_t now = NOW;

	for (int i = 0; i < 40; i++) {
		const Record__Alarm__Action a =
		    (Record__Alarm__Action)(1 + chance_below(c, 13));
		Record__Alarm m = message(a);
		struct alarm_event e = {
		    .row = &r, .msg = &m, .policy = &policy, .now_us = now};

		now += (int64_t)chance_below(c, 41) * 1000000;
		e.now_us = now;
		m.until_at = now + MINUTE;
		if (!alarm_check(&e).refused) {
			cr_assert(!model.closed || a == A(JUDGE),
			    "nothing moves what is closed");
			alarm_fold(&r, &m, now);
			apply(&model, a, now);
		}
		cr_assert_eq(alarm_letter(&r, now), letter_of(&model, now),
		    "after %d at %d", (int)a, i);
		cr_assert_eq(row_is_open(&r), !model.closed);
		cr_assert_eq(r.stop_us != 0, model.closed);
	}
}

Test(alarm_fold, agrees_with_a_plain_model_over_any_events)
{
	chance_each(2000, one_life);
}

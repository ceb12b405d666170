/* indicator_index_test.c - each of the 47 indicators of the index, by hand. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/indicator.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/text.h"
#include "tests/support/folded.h"
#include "tests/support/month.h"

TestSuite(indicator_index, .init = month_begin, .fini = month_end);

/* ---- alarms and incidents ---- */

static unsigned
alarm_of(const char *kind, uint32_t level, int64_t us, uint64_t number)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.kind = folded_text(kind);
	m.area = folded_text("yard");
	m.source = folded_text("scada");
	m.level = level;
	m.occurred_at = us;
	m.has_source_seq = true;
	m.source_seq = number;
	return month_put(MONTH_AT(ALARM, us), 0, 1, &m.base);
}

static void
alarm_step(unsigned n, uint32_t seq, Record__Alarm__Action action,
    Record__Alarm__Verdict verdict, int64_t us)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.action = action;
	m.verdict = verdict;
	(void)month_put(MONTH_AT(ALARM, us), n, seq, &m.base);
}
#define STEP(n, seq, action, us) \
	alarm_step(n, seq, RECORD__ALARM__ACTION__##action, 0, us)
#define JUDGED(n, seq, verdict, us)                      \
	alarm_step(n, seq, RECORD__ALARM__ACTION__JUDGE, \
	    RECORD__ALARM__VERDICT__##verdict, us)

/* Numbers 1 2 3 4 6 7: one is missing. */
static void
some_alarms(void)
{
	unsigned n = alarm_of("gas", 1, MONTH_ON(2), 1);

	STEP(n, 2, ACK, MONTH_ON(2) + MINUTE);
	JUDGED(n, 3, TRUE_ALARM, MONTH_ON(3));
	n = alarm_of("gas", 2, MONTH_ON(3), 2);
	STEP(n, 2, ACK, MONTH_ON(3) + 10 * MINUTE);
	JUDGED(n, 3, FALSE_ALARM, MONTH_ON(4));
	n = alarm_of("equipment", 3, MONTH_ON(4), 3);
	STEP(n, 2, RETURN, MONTH_ON(4) + HOUR);
	(void)alarm_of("equipment", 3, MONTH_ON(5), 4);
	n = alarm_of("behaviour", 3, MONTH_ON(6), 6);
	STEP(n, 2, HANDLE, MONTH_ON(6) + 30 * MINUTE);
	n = alarm_of("behaviour", 2, MONTH_ON(7), 7);
	STEP(n, 2, HANDLE, MONTH_ON(7) + 2 * HOUR);
}

static unsigned
incident_event(unsigned n, uint32_t seq, Record__Incident__Action action,
    uint32_t level_or_step, int64_t us)
{
	Record__Incident m = RECORD__INCIDENT__INIT;

	m.action = action;
	m.has_level = seq == 1;
	m.level = m.step = level_or_step;
	return month_put(MONTH_AT(INCIDENT, us), n, seq, &m.base);
}
#define INCIDENT(n, seq, action, number, us) \
	incident_event(n, seq, RECORD__INCIDENT__ACTION__##action, number, us)

static void
some_incidents(void)
{
	unsigned n = INCIDENT(0, 1, OPEN, 1, MONTH_ON(2));

	(void)INCIDENT(n, 2, CLOSE, 0, MONTH_ON(2) + 2 * HOUR);
	n = INCIDENT(0, 1, OPEN, 2, MONTH_ON(3));
	(void)INCIDENT(n, 2, ESCALATE, 1, MONTH_ON(3) + MINUTE);
	(void)INCIDENT(n, 3, ESCALATE, 2, MONTH_ON(3) + HOUR);
	n = INCIDENT(0, 1, OPEN, 2, MONTH_ON(4));
	(void)INCIDENT(n, 2, ESCALATE, 1, MONTH_ON(4) + MINUTE);
	(void)INCIDENT(n, 3, CLOSE, 0, MONTH_ON(4) + HOUR);
}

/* ---- decisions ---- */

/* Who, in which company, shows a certificate of which class. */
struct shown {
	const char *role, *holder, *company, *class;
	Record__Status__Value status;
};

static void
decided(Record__Decision__Result result, struct shown who, int64_t us)
{
	Record__Decision d = RECORD__DECISION__INIT;
	Record__DecisionFacts f = RECORD__DECISION_FACTS__INIT;
	Record__DecisionFacts__Shown s = RECORD__DECISION_FACTS__SHOWN__INIT;
	Record__DecisionFacts__Shown *shown[] = {&s};

	d.role = folded_text(who.role);
	d.result = result;
	d.holder = folded_text(who.holder);
	d.company = who.company != NULL ? folded_text(who.company) : NULL;
	d.as_of_at = us;
	d.facts = &f;
	f.shown = shown;
	f.n_shown = who.class != NULL;
	s.class_ = who.class != NULL ? folded_text(who.class) : NULL;
	s.status = who.status;
	(void)month_put(MONTH_AT(DECISION, us), 0, 1, &d.base);
}
#define ALLOWED RECORD__DECISION__RESULT__ALLOW
#define DENIED RECORD__DECISION__RESULT__DENY
#define GOOD RECORD__STATUS__VALUE__VALID
#define PAST RECORD__STATUS__VALUE__LAPSED

static void
some_decisions(void)
{
#define DECIDED(result, day, ...) \
	decided(result, (struct shown){__VA_ARGS__}, MONTH_ON(day))
	DECIDED(ALLOWED, 2, "worker", "W1", "acme", "induction", GOOD);
	DECIDED(DENIED, 2, "worker", "W2", "acme", "induction", PAST);
	DECIDED(RECORD__DECISION__RESULT__INDETERMINATE, 2, "worker", "W9",
	    NULL, NULL, 0);
	DECIDED(ALLOWED, 3, "guardian", "G1", NULL, "guardian", GOOD);
	DECIDED(DENIED, 3, "guardian", "G2", NULL, "welding", GOOD);
	/* Not for the first time. */
	DECIDED(ALLOWED, 9, "worker", "W1", "acme", "induction", PAST);
	DECIDED(ALLOWED, 9, "worker", "W3", "acme", NULL, 0);
}

/* ---- cases ---- */

static unsigned
reported(const char *type, uint32_t level, int64_t us)
{
	Record__Case m = RECORD__CASE__INIT;

	m.type = folded_text(type);
	m.area = folded_text("yard");
	m.has_level = level != 0;
	m.level = level;
	m.occurred_at = us;
	return month_put(MONTH_AT(CASE, us), 0, 1, &m.base);
}

static void
case_step(unsigned n, uint32_t seq, Record__Case__Action action, int64_t due_us,
    const char *feedback, int64_t us)
{
	Record__Case m = RECORD__CASE__INIT;

	m.action = action;
	m.has_due_at = due_us != 0;
	m.due_at = due_us;
	m.feedback = feedback != NULL ? folded_text(feedback) : NULL;
	(void)month_put(MONTH_AT(CASE, us), n, seq, &m.base);
}
#define CASE(n, seq, action, due, us) \
	case_step(n, seq, RECORD__CASE__ACTION__##action, due, NULL, us)
#define ANSWERED(n, us) \
	case_step(n, 2, RECORD__CASE__ACTION__REPLY, 0, "thanks", us)

static void
violation(const char *who, const char *kind, int64_t us)
{
	Record__Case m = RECORD__CASE__INIT;

	m.type = folded_text("violation");
	m.holder = folded_text(who);
	m.person_kind = kind != NULL ? folded_text(kind) : NULL;
	m.occurred_at = us;
	(void)month_put(MONTH_AT(CASE, us), 0, 1, &m.base);
}

/* Thirteen begin in the month. */
static void
some_cases(void)
{
	unsigned n = reported("hidden-danger", 1, MONTH_ON(2));

	CASE(n, 2, ASSIGN, MONTH_ON(6), MONTH_ON(2) + HOUR);
	CASE(n, 3, CLOSE, 0, MONTH_ON(4));
	n = reported("hazard", 2, MONTH_ON(3));
	CASE(n, 2, ACCEPT, MONTH_ON(7), MONTH_ON(3) + 2 * HOUR);
	CASE(n, 3, CLOSE, 0, MONTH_ON(8)); /* late */
	(void)reported("hazard", 2, MONTH_ON(4));
	n = reported("work-order", 0, MONTH_ON(2));
	CASE(n, 2, ASSIGN, MONTH_ON(6), MONTH_ON(2));
	CASE(n, 3, CLOSE, 0, MONTH_ON(5));
	n = reported("work-order", 0, MONTH_ON(2));
	CASE(n, 2, ASSIGN, MONTH_ON(6), MONTH_ON(2));
	(void)reported("near-miss", 0, MONTH_ON(3));
	(void)reported("near-miss", 0, MONTH_ON(4));
	(void)reported("accident", 0, MONTH_ON(5));
	n = reported("report", 0, MONTH_ON(2));
	ANSWERED(n, MONTH_ON(3));
	(void)reported("report", 0, MONTH_ON(3));
	n = reported("suggestion", 0, MONTH_FROM - 20 * DAY);
	ANSWERED(n, MONTH_FROM - 15 * DAY);
	(void)reported("suggestion", 0, MONTH_FROM - 10 * DAY);
	violation("P1", "employee", MONTH_FROM - 10 * DAY);
	violation("P1", "Third Party", MONTH_ON(4));
	violation("P2", "employee", MONTH_ON(5));
	violation("P3", NULL, MONTH_ON(6));
}

/* ---- permits ---- */

static unsigned
permit(unsigned n, uint32_t seq, Record__Permit__Action action,
    const char *type, Ledger__Outcome outcome, int64_t us)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	struct month_put how = MONTH_AT(PERMIT, us);

	how.outcome = outcome;
	m.action = action;
	m.work_type = type != NULL ? folded_text(type) : NULL;
	return month_put(how, n, seq, &m.base);
}
#define APPLIED_FOR(type, us) \
	permit(0, 1, RECORD__PERMIT__ACTION__APPLY, type, 0, us)
#define APPROVED(n, us) \
	(void)permit(n, 2, RECORD__PERMIT__ACTION__APPROVE, NULL, 0, us)

/* An alarm that names the permit and the code of its rule. */
static void
broke(unsigned n, int64_t us)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Record__WorkContext work = RECORD__WORK_CONTEXT__INIT;
	char id[TEXT_UUID_CHARS + 1];
	char *permits[] = {id};
	uint8_t uuid[16];

	folded_id(uuid, n);
	text_uuid_put(id, uuid);
	work.permit_ids = permits;
	work.n_permit_ids = 1;
	m.work = &work;
	m.std_code = folded_text("02");
	m.kind = folded_text("permit");
	m.level = 3;
	m.occurred_at = us;
	(void)month_put(MONTH_AT(ALARM, us), 0, 1, &m.base);
}

static void
some_permits(void)
{
	unsigned n = APPLIED_FOR("hot-work", MONTH_ON(2));

	APPROVED(n, MONTH_ON(2) + HOUR);
	n = APPLIED_FOR("hot-work", MONTH_ON(3));
	APPROVED(n, MONTH_ON(3) + 3 * HOUR);
	broke(n, MONTH_ON(3) + 4 * HOUR);
	n = APPLIED_FOR("confined-space", MONTH_ON(4));
	(void)permit(n, 2, RECORD__PERMIT__ACTION__GAS_TEST, NULL,
	    LEDGER__OUTCOME__LATE, MONTH_ON(5));
	n = APPLIED_FOR("confined-space", MONTH_ON(5));
	APPROVED(n, MONTH_ON(5) + 5 * HOUR);
	broke(n, MONTH_ON(6));
}

/* ---- checks ---- */

/* A task of months that began before; made when? 0: never. */
static void
of_months(const char *code, uint32_t months, int64_t start_us, int64_t due_us,
    int64_t made_us)
{
	const struct month_plan p = {
	    code, NULL, months, "month", start_us, false};
	const unsigned n = month_task(&p, 0, 1, due_us, start_us - HOUR);

	if (made_us != 0)
		month_checked(n, made_us, due_us + months * 31 * DAY);
}

static int64_t
when(const char *text)
{
	int64_t us = 0;

	cr_assert_eq(text_time_get(&us, bytes_str(text), NULL), ERR_OK);
	return us;
}

static void
some_checks(void)
{
	const struct month_plan daily = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, false};
	const struct month_plan weekly = {
	    "management-walk", NULL, 1, "week", MONTH_FROM, false};
	const struct month_plan measure = {
	    "", "m-1", 1, "week", MONTH_FROM, false};
	unsigned n = month_task(&daily, 0, 1, MONTH_ON(2), MONTH_FROM - HOUR);

	/* 28 of the 29 days that end in the month. */
	for (int d = 1; d <= 28; d++)
		month_checked(n, MONTH_ON(d) + 10 * HOUR, MONTH_ON(d + 2));
	n = month_task(&weekly, 0, 1, MONTH_ON(8), MONTH_FROM - HOUR);
	month_checked(n, MONTH_ON(3), MONTH_ON(15));
	month_checked(
	    n, MONTH_ON(16), MONTH_ON(29)); /* the second week was left out */
	n = month_task(&measure, 0, 1, MONTH_ON(8), MONTH_FROM - HOUR);
	for (int w = 0; w < 4; w++)
		month_checked_as(n,
		    w == 2 ? RECORD__CHECKLIST__STATUS__NOT_CHECKED : NORMAL,
		    MONTH_ON(2 + 7 * w), MONTH_ON(15 + 7 * w),
		    MONTH_ON(2 + 7 * w));
	of_months("risk-review", 1, when("2026-10-14T16:00:00Z"), MONTH_ON(15),
	    MONTH_ON(10));
	of_months("contractor-appraisal", 12, when("2025-11-09T16:00:00Z"),
	    MONTH_ON(10), 0);
	of_months("instrument-calibration", 6, when("2026-05-19T16:00:00Z"),
	    MONTH_ON(20), MONTH_ON(1));
	of_months(
	    "drill", 3, when("2026-08-04T16:00:00Z"), MONTH_ON(5), MONTH_ON(6));
}

/* ---- certificates, figures ---- */

static unsigned
certificate(const char *class, const char *holder, int64_t to_us, int64_t us)
{
	Record__Certificate m = RECORD__CERTIFICATE__INIT;

	m.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	m.class_ = folded_text(class);
	m.holder = folded_text(holder);
	m.valid_to_at = to_us;
	return month_put(MONTH_AT(CERTIFICATE, us), 0, 1, &m.base);
}

static void
some_certificates(void)
{
	static const char tank[] = "equipment-inspection";
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	const int64_t before = MONTH_FROM - 300 * DAY;
	unsigned n;

	(void)certificate(tank, "V-101", MONTH_ON(10), before);
	(void)certificate(tank, "V-101", MONTH_ON(10) + 365 * DAY, MONTH_ON(5));
	(void)certificate(tank, "V-102", MONTH_ON(12), before);
	n = certificate(tank, "V-103", MONTH_ON(13), before);
	m.action = RECORD__CERTIFICATE__ACTION__CANCEL; /* scrapped */
	(void)month_put(MONTH_AT(CERTIFICATE, MONTH_ON(2)), n, 2, &m.base);
	/* Over when it was entered. */
	(void)certificate(tank, "V-104", MONTH_ON(2), MONTH_ON(3));
	(void)certificate("health-fit", "W1", MONTH_ON(3), before);
	(void)certificate(
	    "health-fit", "W1", MONTH_ON(3) + 365 * DAY, MONTH_ON(4));
	(void)certificate("health-fit", "W2", MONTH_ON(6), before);
	(void)certificate(
	    "health-fit", "W2", MONTH_ON(6) + 365 * DAY, MONTH_ON(2));
}

static void
stated(const char *figure, const char *area, uint64_t part, uint64_t whole,
    bool is_signed)
{
	Record__Case m = RECORD__CASE__INIT;
	Record__Stated s = RECORD__STATED__INIT;
	struct month_put how = MONTH_AT(CASE, MONTH_ON(28));

	how.is_signed = is_signed;
	m.type = folded_text("figure");
	m.area = folded_text(area);
	m.occurred_at = MONTH_ON(28);
	m.stated = &s;
	s.figure = folded_text(figure);
	s.part = part;
	s.whole = whole;
	s.from_at = MONTH_FROM;
	s.to_at = MONTH_ON(28);
	(void)month_put(how, 0, 1, &m.base);
}

static void
some_figures(void)
{
	stated("training-hours", "", 180, 200, true);
	stated("exam-results", "", 40, 50, true);
	stated("exam-results", "", 45, 50, true); /* once more */
	stated("exposure", "", 9, 10, true);
	stated("exposure", "", 10, 10, false); /* by nobody */
	stated("heat-stress", "yard", 2, 3, true);
	stated("heat-stress", "tank-farm-2", 1, 1, true);
}

/* ---- all ---- */

static const struct {
	const char *id;
	uint64_t numerator, denominator;
} by_hand[] = {
    {"duty-checks", 32, 37}, /* 28/29 2/4 1/1 0/1 1/1 0/1 */
    {"safety-promise", 28, 29},
    {"management-walks", 2, 4},
    {"risk-units-reviewed", 1, 1},
    {"measures-checked", 3, 4},
    {"decisions-determinate", 6, 7},
    {"grave-incidents", 1, 3},
    {"hazard-closure", 1, 2},
    {"major-hazard-closure", 1, 1},
    {"hazard-without-deadline", 1, 3},
    {"hazard-quick", 1, 3},
    {"training-coverage", 1, 5},
    {"guardian-training", 1, 2},
    {"training-hours", 180, 200},
    {"exam-results", 45, 50},
    {"permit-conformity", 2, 4},
    {"hot-work-conformity", 1, 2},
    {"confined-space-conformity", 1, 2},
    {"permit-approval-time", 14400, 4}, /* 1 h, 3 h, 5 h and never */
    {"permit-late-events", 1, 4},
    {"contractor-violations", 1, 2},
    {"contractor-appraisals", 0, 1},
    {"contractor-entry", 1, 2},
    {"equipment-inspections", 1, 2},
    {"instrument-calibration", 1, 1},
    {"equipment-alarms-gone", 1, 2},
    {"work-orders", 1, 2},
    {"warning-accuracy", 1, 2},
    {"warnings-judged", 2, 3},
    {"alarm-rate", 8, 4320}, /* ten minutes of thirty days */
    {"alarm-flood", 0, 2592000}, /* seconds */
    {"alarm-chattering", 0, 8},
    {"alarm-top-ten", 8, 8},
    {"response-in-time", 1, 3},
    {"incidents-escalated", 1, 3},
    {"incidents-over", 2, 3},
    {"drills", 0, 1},
    {"exposure", 9, 10},
    {"health-checks", 1, 2},
    {"behaviour-handled", 1, 2},
    {"heat-stress", 3, 4},
    {"near-miss-share", 2, 3},
    {"report-reply", 1, 2},
    {"suggestion-reply", 1, 2},
    {"accidents", 1, 13},
    {"repeat-violations", 1, 3},
    {"feed-integrity", 6, 7},
};

Test(indicator_index, has_each_of_its_47_figures_by_hand)
{
	cr_assert_eq(sizeof by_hand / sizeof by_hand[0], 47);
	cr_assert_eq(month_index()->n_indicators, 47);
	some_alarms();
	some_incidents();
	some_decisions();
	some_cases();
	some_permits();
	some_checks();
	some_certificates();
	some_figures();
	for (size_t i = 0; i < 47; i++)
		month_expect(by_hand[i].id, by_hand[i].numerator,
		    by_hand[i].denominator);
	cr_assert_eq(month_of("exposure").excluded, 1, "nobody signed it");
	cr_assert_eq(month_of("exam-results").excluded, 1, "stated again");
}

/* What there is to enter is said, in both languages. */
Test(indicator_index, says_of_each_without_facts_that_there_are_none)
{
	for (size_t i = 0; i < 47; i++) {
		const struct indicator_result r = month_of(by_hand[i].id);

		cr_expect_eq(r.lack, INDICATOR_NONE_DUE, "%s", by_hand[i].id);
	}
}

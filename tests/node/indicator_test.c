/* indicator_test.c - figures by hand, exercises, what polishing would do. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/indicator.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/domain/indicator_pack.h"
#include "node/domain/packs.h"
#include "node/domain/period.h"
#include "node/packs_file.h"
#include "proto/text.h"
#include "tests/support/folded.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOVEMBER INT64_C(1793462400000000) /* 2026-10-31T16:00:00Z */
#define TO (NOVEMBER + 30 * DAY)

static struct packs *packs;
static const Pack__Indicators *articles;
static const Pack__Indicators *shi;
static struct facts *facts;
static struct alarm_kpi_limits limits;
static uint64_t place;

static void
begin(void)
{
	struct err_why why = {.text = ""};
	const Pack__Pack *p;
	struct packs_fact fact;

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
	for (size_t i = 0; (p = packs_at(packs, i, &fact)) != NULL; i++) {
		if (p->indicators == NULL)
			continue;
		if (p->indicators->weighted)
			shi = p->indicators;
		else
			articles = p->indicators;
	}
	cr_assert(packs_alarm_limits(packs, NOVEMBER, &limits));
	facts = facts_new();
	place = 0;
}

static void
end(void)
{
	facts_free(facts);
	packs_free(packs);
}

TestSuite(indicator, .init = begin, .fini = end);

static void
add(unsigned id, Ledger__Kind kind, uint32_t seq, int64_t recorded_us,
    const ProtobufCMessage *body)
{
	uint8_t uuid[16];
	struct facts_entry e = {.kind = kind,
	    .place = place++,
	    .recorded_us = recorded_us,
	    .record_id = uuid,
	    .event_seq = seq,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	    .body = body};

	folded_id(uuid, id);
	cr_assert_eq(facts_add(facts, &e, NULL), ERR_OK);
}

static void
raise_as(unsigned id, int64_t at_us, uint32_t level, bool exercise)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.kind = folded_text("gas");
	m.area = folded_text("Tank-Farm-2 ");
	m.source = folded_text("gds-01");
	m.has_level = m.has_exercise = m.has_occurred_at = true;
	m.level = level;
	m.exercise = exercise;
	m.occurred_at = at_us;
	add(id, LEDGER__KIND__ALARM, 1, at_us + SECOND, &m.base);
}

static void
raise_alarm(unsigned id, int64_t at_us, uint32_t level)
{
	raise_as(id, at_us, level, false);
}

static void
step(unsigned id, uint32_t seq, Record__Alarm__Action action, int64_t at_us)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.action = action;
	m.occurred_at = at_us;
	add(id, LEDGER__KIND__ALARM, seq, at_us, &m.base);
}

static void
judge(unsigned id, uint32_t seq, Record__Alarm__Verdict v, int64_t at_us)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.action = RECORD__ALARM__ACTION__JUDGE;
	m.has_verdict = true;
	m.verdict = v;
	add(id, LEDGER__KIND__ALARM, seq, at_us, &m.base);
}

static struct indicator_result
of(const char *id)
{
	struct indicator_ask ask = {.what = indicator_pack_find(articles, id),
	    .from_us = NOVEMBER,
	    .to_us = TO,
	    .limits = &limits};
	struct indicator_result r;

	cr_assert_not_null(ask.what, "%s", id);
	facts_join(facts, articles, NOVEMBER, TO);
	indicator_eval(facts, &ask, &r);
	return r;
}

static void
expect(const char *id, uint64_t numerator, uint64_t denominator)
{
	struct indicator_result r = of(id);

	cr_expect_eq(
	    r.lack, INDICATOR_WHOLE, "%s: %s", id, indicator_lack_text(r.lack));
	cr_expect_eq(r.numerator, numerator, "%s: %lu/%lu", id,
	    (unsigned long)r.numerator, (unsigned long)r.denominator);
	cr_expect_eq(r.denominator, denominator, "%s: %lu/%lu", id,
	    (unsigned long)r.numerator, (unsigned long)r.denominator);
}

Test(indicator, accuracy_is_true_of_those_judged_by_hand)
{
	struct indicator_result r;
	double v;

	for (unsigned i = 0; i < 10; i++)
		raise_alarm(i, NOVEMBER + DAY, 2);
	for (unsigned i = 0; i < 6; i++)
		judge(i, 2, RECORD__ALARM__VERDICT__TRUE_ALARM,
		    NOVEMBER + 2 * DAY);
	judge(6, 2, RECORD__ALARM__VERDICT__FALSE_ALARM, NOVEMBER + 2 * DAY);
	judge(7, 2, RECORD__ALARM__VERDICT__NUISANCE, NOVEMBER + 2 * DAY);
	judge(8, 2, RECORD__ALARM__VERDICT__TEST, NOVEMBER + 2 * DAY);
	expect("warning-accuracy", 6, 8);
	expect("warnings-judged", 8, 9);
	r = of("warning-accuracy");
	cr_assert_eq(
	    r.excluded, 0); /* `where` asks for a verdict that counts */
	cr_assert_eq(of("warnings-judged").excluded, 1);
	cr_assert(indicator_value(
	    indicator_pack_find(articles, "warning-accuracy"), &r, &v));
	cr_assert_float_eq(v, 75.0, 1e-9);
	cr_assert_not(indicator_met(
	    indicator_pack_find(articles, "warning-accuracy"), &r));
}

Test(indicator, accuracy_of_alarms_that_nobody_judged_is_no_number)
{
	Pack__Formula f = PACK__FORMULA__INIT;
	Pack__Indicator x = PACK__INDICATOR__INIT;
	const struct indicator_ask ask = {
	    .what = &x, .from_us = NOVEMBER, .to_us = TO, .limits = &limits};
	struct indicator_result r;

	f.facts = PACK__FACT__KIND__ALARM;
	f.aggregate = PACK__FORMULA__AGGREGATE__KPI;
	f.figure = folded_text("accuracy");
	x.formula = &f;
	x.unit = PACK__INDICATOR__UNIT__PERCENT;
	x.has_target = x.has_worst = true;
	x.target = 90;
	raise_alarm(1, NOVEMBER + DAY, 2);
	facts_join(facts, articles, NOVEMBER, TO);
	indicator_eval(facts, &ask, &r);
	cr_assert_eq(r.lack, INDICATOR_NONE_DUE);
	cr_assert_eq(indicator_score(&x, &r), 0u);
}

/* Trap 18: exercise records are in no figure. */
Test(indicator, exercises_are_in_no_figure)
{
	raise_alarm(1, NOVEMBER + DAY, 1);
	step(1, 2, RECORD__ALARM__ACTION__ACK, NOVEMBER + DAY + MINUTE);
	for (unsigned i = 10; i < 40; i++) {
		raise_as(i, NOVEMBER + DAY + i * SECOND, 1, true);
		judge(i, 2, RECORD__ALARM__VERDICT__FALSE_ALARM,
		    NOVEMBER + 2 * DAY);
	}
	expect("response-in-time", 1, 1);
	cr_assert_eq(of("response-in-time").excluded, 30);
	cr_assert_eq(of("warning-accuracy").lack, INDICATOR_NONE_DUE);
	expect("alarm-peak", 1, 1);
	expect("alarm-rate", 1, 30 * 144);
}

Test(indicator, what_has_no_facts_has_no_figure)
{
	static const char *const ids[] = {"hazard-closure", "warning-accuracy",
	    "response-time", "training-coverage", "feed-integrity",
	    "alarm-rate", "warning-lead", "alarm-aside-unsigned"};
	struct indicator_result r;
	double v;

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		r = of(ids[i]);
		cr_expect_eq(r.lack, INDICATOR_NONE_DUE, "%s", ids[i]);
		cr_expect_not(indicator_value(
		    indicator_pack_find(articles, ids[i]), &r, &v));
		cr_expect_not(
		    indicator_met(indicator_pack_find(articles, ids[i]), &r));
	}
}

/* What falls due in the month is the month's; later answers change nothing. */
Test(indicator, a_fact_belongs_to_the_period_in_which_it_falls_due)
{
	const int64_t limit = 300 * SECOND;

	raise_alarm(1, NOVEMBER - limit - 1, 1); /* due before */
	raise_alarm(2, NOVEMBER - limit, 1); /* due as it begins */
	step(2, 2, RECORD__ALARM__ACTION__ACK, NOVEMBER);
	raise_alarm(3, NOVEMBER + DAY, 1);
	step(3, 2, RECORD__ALARM__ACTION__ACK, NOVEMBER + DAY + limit + 1);
	raise_alarm(4, TO - limit - 1, 1);
	step(4, 2, RECORD__ALARM__ACTION__ACK, TO - 1);
	raise_alarm(5, TO - limit, 1); /* due as it ends: the next month's */
	expect("response-in-time", 2, 3);
}

Test(indicator, nobody_answers_sooner_by_saying_so)
{
	Record__Alarm ack = RECORD__ALARM__INIT;
	uint8_t uuid[16];
	struct facts_entry e = {.kind = LEDGER__KIND__ALARM,
	    .place = 100,
	    .recorded_us = NOVEMBER + DAY + HOUR,
	    .record_id = uuid,
	    .event_seq = 2,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	    .body = &ack.base};

	raise_alarm(1, NOVEMBER + DAY, 1);
	raise_alarm(2, NOVEMBER + DAY, 1);
	ack.action = RECORD__ALARM__ACTION__ACK;
	ack.occurred_at = NOVEMBER + DAY + MINUTE;
	folded_id(uuid, 1);
	cr_assert_eq(facts_add(facts, &e, NULL), ERR_OK);
	folded_id(uuid, 2);
	e.signed_us = ack.occurred_at; /* a device that was cut off */
	cr_assert_eq(facts_add(facts, &e, NULL), ERR_OK);
	expect("response-in-time", 1, 2);
}

Test(indicator, a_false_alarm_is_no_test_afterwards)
{
	raise_alarm(1, NOVEMBER + DAY, 1);
	judge(1, 2, RECORD__ALARM__VERDICT__FALSE_ALARM, NOVEMBER + 2 * DAY);
	judge(1, 3, RECORD__ALARM__VERDICT__TEST, NOVEMBER + 3 * DAY);
	expect("warnings-judged", 1, 1);
	cr_assert_eq(of("warnings-judged").excluded, 0);
}

Test(indicator, what_was_said_to_be_long_ago_counts_when_it_was_recorded)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.level = 1;
	m.occurred_at = SECOND; /* 1970 */
	add(1, LEDGER__KIND__ALARM, 1, NOVEMBER + DAY, &m.base);
	expect("response-in-time", 0, 1);
}

Test(indicator, the_percentile_counts_what_nobody_answered_as_longest)
{
	struct indicator_result r;

	for (unsigned i = 0; i < 10; i++)
		raise_alarm(i, NOVEMBER + DAY, 2);
	for (unsigned i = 0; i < 9; i++)
		step(i, 2, RECORD__ALARM__ACTION__ACK,
		    NOVEMBER + DAY + (i + 1) * 50 * SECOND);
	/* 50 100 150 200 250 300 350 400 450 and never: the ninth is 450. */
	expect("response-time", 540, 10);
	r = of("response-time");
	cr_assert_eq(r.bins[2], 1); /* to 60 s */
	cr_assert_eq(r.bins[3], 1); /* to 120 s */
	cr_assert_eq(r.bins[4], 4); /* to 300 s */
	cr_assert_eq(r.bins[5], 3); /* to 540 s */
	cr_assert_eq(r.bins[11], 1); /* never */
	raise_alarm(10, NOVEMBER + DAY, 2);
	raise_alarm(11, NOVEMBER + DAY, 2);
	r = of("response-time");
	cr_assert(r.over, "three of twelve never");
}

Test(indicator, an_incidents_acknowledgement_answers_for_its_alarms)
{
	char id[TEXT_UUID_CHARS + 1];
	char *ids[] = {id};
	uint8_t uuid[16];
	Record__Incident m = RECORD__INCIDENT__INIT;

	raise_alarm(1, NOVEMBER + DAY, 1);
	raise_alarm(2, NOVEMBER + DAY, 1);
	folded_id(uuid, 1);
	text_uuid_put(id, uuid);
	m.action = RECORD__INCIDENT__ACTION__OPEN;
	m.alarm_ids = ids;
	m.n_alarm_ids = 1;
	add(50, LEDGER__KIND__INCIDENT, 1, NOVEMBER + DAY + SECOND, &m.base);
	m = (Record__Incident)RECORD__INCIDENT__INIT;
	m.action = RECORD__INCIDENT__ACTION__ACK;
	add(50, LEDGER__KIND__INCIDENT, 2, NOVEMBER + DAY + MINUTE, &m.base);
	folded_id(uuid, 2);
	text_uuid_put(id, uuid);
	m = (Record__Incident)RECORD__INCIDENT__INIT;
	m.action = RECORD__INCIDENT__ACTION__JOIN;
	m.alarm_ids = ids;
	m.n_alarm_ids = 1;
	add(50, LEDGER__KIND__INCIDENT, 3, NOVEMBER + DAY + 2 * MINUTE,
	    &m.base);
	expect("response-in-time", 1, 2);
	expect("incidents-escalated", 0, 1);
}

static void
numbered(unsigned id, uint64_t seq, int64_t at_us, bool conflict)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	uint8_t uuid[16];
	struct facts_entry e = {.kind = LEDGER__KIND__ALARM,
	    .place = place++,
	    .recorded_us = at_us,
	    .record_id = uuid,
	    .event_seq = 1,
	    .outcome = conflict ? LEDGER__OUTCOME__SEQ_CONFLICT
	                        : LEDGER__OUTCOME__APPLIED,
	    .body = &m.base};

	m.source = folded_text("gds-01");
	m.has_source_seq = true;
	m.source_seq = seq;
	m.occurred_at = at_us;
	folded_id(uuid, id);
	cr_assert_eq(facts_add(facts, &e, NULL), ERR_OK);
}

Test(indicator, integrity_sees_gaps_over_the_turn_of_the_month)
{
	struct indicator_result r;

	numbered(1, 17, NOVEMBER - HOUR, false);
	numbered(2, 20, NOVEMBER + HOUR, false); /* 18, 19 are missing */
	numbered(3, 21, NOVEMBER + HOUR, false);
	numbered(4, 21, NOVEMBER + HOUR, true); /* other content */
	numbered(5, 40, TO + HOUR, false); /* the next month's */
	expect("feed-integrity", 2, 5);
	r = of("feed-integrity");
	cr_assert_eq(r.excluded, 0);
}

static void
report(unsigned id, const char *type, const char *holder, int64_t at_us)
{
	Record__Case m = RECORD__CASE__INIT;

	m.type = folded_text(type);
	m.area = folded_text("tank-farm-2");
	m.holder = holder != NULL ? folded_text(holder) : NULL;
	m.occurred_at = at_us;
	add(id, LEDGER__KIND__CASE, 1, at_us, &m.base);
}

Test(indicator, cases_of_the_same_person_and_alarms_before_an_accident)
{
	report(1, "violation", "W-1", NOVEMBER - 80 * DAY);
	report(2, "violation", "W-1", NOVEMBER + DAY); /* again */
	report(3, "violation", "W-2", NOVEMBER - 100 * DAY);
	report(4, "violation", "W-2", NOVEMBER + DAY); /* too long ago */
	report(5, "violation", NULL, NOVEMBER + DAY); /* whose? */
	expect("repeat-violations", 1, 2);

	raise_alarm(10, NOVEMBER + DAY - 20 * MINUTE, 2);
	report(11, "accident", NULL, NOVEMBER + DAY);
	raise_alarm(12, NOVEMBER + 2 * DAY - 5 * MINUTE, 2);
	report(13, "accident", NULL, NOVEMBER + 2 * DAY);
	raise_alarm(14, NOVEMBER + 3 * DAY - 20 * MINUTE, 3); /* not grave */
	report(15, "accident", NULL, NOVEMBER + 3 * DAY);
	expect("warning-lead", 1, 3);
}

Test(indicator, permits_by_what_broke_a_rule)
{
	Record__Permit p = RECORD__PERMIT__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__WorkContext work = RECORD__WORK_CONTEXT__INIT;
	char id[TEXT_UUID_CHARS + 1];
	char *ids[] = {id};
	uint8_t uuid[16];

	p.action = RECORD__PERMIT__ACTION__APPLY;
	p.work_type = folded_text("hot-work");
	add(1, LEDGER__KIND__PERMIT, 1, NOVEMBER + DAY, &p.base);
	add(2, LEDGER__KIND__PERMIT, 1, NOVEMBER + DAY, &p.base);
	p.action = RECORD__PERMIT__ACTION__APPROVE;
	add(1, LEDGER__KIND__PERMIT, 2, NOVEMBER + DAY + HOUR, &p.base);
	add(2, LEDGER__KIND__PERMIT, 2, NOVEMBER + DAY + 3 * HOUR, &p.base);
	p.action = RECORD__PERMIT__ACTION__START;
	add(2, LEDGER__KIND__PERMIT, 3, NOVEMBER + DAY + 4 * HOUR, &p.base);
	p.action = RECORD__PERMIT__ACTION__SUSPEND;
	p.alarm_id = id;
	add(2, LEDGER__KIND__PERMIT, 4, NOVEMBER + DAY + 5 * HOUR, &p.base);
	folded_id(uuid, 2);
	text_uuid_put(id, uuid);
	work.permit_ids = ids;
	work.n_permit_ids = 1;
	a.work = &work;
	a.std_code = folded_text("02");
	a.occurred_at = NOVEMBER + DAY + 2 * HOUR;
	add(9, LEDGER__KIND__ALARM, 1, a.occurred_at, &a.base);
	expect("permit-conformity", 1, 2);
	expect("permit-approval-time", 3600, 2);
	expect("permit-stops", 1, 1);
}

Test(indicator, training_is_what_decisions_were_shown)
{
	Record__Decision d = RECORD__DECISION__INIT;
	Record__DecisionFacts f = RECORD__DECISION_FACTS__INIT;
	Record__DecisionFacts__Shown s = RECORD__DECISION_FACTS__SHOWN__INIT;
	Record__DecisionFacts__Shown *shown[] = {&s};

	add(1, LEDGER__KIND__DECISION, 1, NOVEMBER + DAY, &d.base);
	cr_assert_eq(of("training-coverage").lack, INDICATOR_NOTHING_SHOWN);
	d.facts = &f;
	f.shown = shown;
	f.n_shown = 1;
	d.as_of_at = NOVEMBER + DAY;
	s.class_ = folded_text("induction");
	s.status = RECORD__STATUS__VALUE__VALID;
	s.valid_to_at = TO;
	add(2, LEDGER__KIND__DECISION, 1, NOVEMBER + DAY, &d.base);
	s.status = RECORD__STATUS__VALUE__LAPSED;
	add(3, LEDGER__KIND__DECISION, 1, NOVEMBER + DAY, &d.base);
	s.class_ = folded_text("welding");
	s.status = RECORD__STATUS__VALUE__VALID;
	add(4, LEDGER__KIND__DECISION, 1, NOVEMBER + DAY, &d.base);
	expect("training-coverage", 1, 4);
}

Test(indicator, an_entry_that_says_nothing_any_more_is_counted)
{
	raise_alarm(1, NOVEMBER + DAY, 1);
	add(2, LEDGER__KIND__ALARM, 1, NOVEMBER + DAY, NULL);
	expect("response-in-time", 0, 1);
	cr_assert_eq(of("response-in-time").unreadable, 1);
	cr_assert_eq(of("hazard-closure").unreadable, 0);
}

Test(indicator, sites_add_up_by_sums_never_by_ratios)
{
	const Pack__Indicator *what =
	    indicator_pack_find(articles, "response-in-time");
	const struct indicator_result a = {.numerator = 1, .denominator = 1};
	const struct indicator_result b = {.numerator = 10, .denominator = 99};
	const struct indicator_result none = {.lack = INDICATOR_NONE_DUE};
	struct indicator_result sum = {.lack = INDICATOR_NONE_DUE};
	double v;

	indicator_add(what, &sum, &none);
	cr_assert_eq(sum.lack, INDICATOR_NONE_DUE);
	indicator_add(what, &sum, &a);
	indicator_add(what, &sum, &none);
	indicator_add(what, &sum, &b);
	cr_assert(indicator_value(what, &sum, &v));
	cr_assert_float_eq(v, 11.0, 1e-9);
	what = indicator_pack_find(articles, "alarm-peak");
	sum = (struct indicator_result){.lack = INDICATOR_NONE_DUE};
	indicator_add(what, &sum, &a);
	indicator_add(what, &sum, &b);
	cr_assert_eq(sum.numerator, 10);
}

Test(indicator, scores_lie_on_the_line_between_worst_and_target)
{
	const Pack__Indicator *what =
	    indicator_pack_find(shi, "hazard-closure"); /* 60 to 92 % */
	struct indicator_result r = {.numerator = 76, .denominator = 100};

	cr_assert_eq(indicator_score(what, &r), 500);
	r.numerator = 92;
	cr_assert_eq(indicator_score(what, &r), 1000);
	r.numerator = 60;
	cr_assert_eq(indicator_score(what, &r), 0);
	r.numerator = 10;
	cr_assert_eq(indicator_score(what, &r), 0);
	what = indicator_pack_find(shi, "accidents"); /* 3 to 0 */
	r.numerator = 1;
	cr_assert_eq(indicator_score(what, &r), 666);
	r.lack = INDICATOR_NONE_DUE;
	cr_assert_eq(indicator_score(what, &r), 0);
}

Test(period, knows_days_and_months_of_a_site)
{
	struct period p;

	cr_assert_eq(period_get(&p, "2026-11", 480, NULL), ERR_OK);
	cr_assert_eq(p.from_us, NOVEMBER);
	cr_assert_eq(p.to_us, TO);
	period_month(&p, TO - 1, 0, 480);
	cr_assert_str_eq(p.name, "2026-11");
	period_month(&p, TO, 0, 480);
	cr_assert_str_eq(p.name, "2026-12");
	period_month(&p, NOVEMBER, -1, 480);
	cr_assert_str_eq(p.name, "2026-10");
	cr_assert_eq(p.to_us, NOVEMBER);
	cr_assert_eq(period_get(&p, "2024-02-29", -120, NULL), ERR_OK);
	cr_assert_eq(p.to_us - p.from_us, DAY);
	cr_assert_eq(period_get(&p, "2024-02", 0, NULL), ERR_OK);
	cr_assert_eq(p.to_us - p.from_us, 29 * DAY);
	static const char *const wrong[] = {"2026-13", "2026-00", "2026-02-30",
	    "2026", "26-11", "2026-1", "2026-11-3", "2200-01", "2026/11", ""};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		cr_expect_eq(period_get(&p, wrong[i], 0, NULL), ERR_MALFORMED,
		    "%s", wrong[i]);
}

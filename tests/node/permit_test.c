/* permit_test.c - the permit's rules, clause by clause. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "node/domain/permit_guard.h"
#include "node/packs_file.h"

#define MIN INT64_C(60000000)
#define T0 INT64_C(1795315800000000) /* 10:50 in China */

static struct packs *packs;

static void
open_packs(void)
{
	struct err_why why;

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(permit_check, .init = open_packs, .fini = close_packs);
TestSuite(permit_judge, .init = open_packs, .fini = close_packs);
TestSuite(permit_fold, .init = open_packs, .fini = close_packs);

static const Pack__Work *
pack(void)
{
	return packs_work(packs, "hot-work", T0);
}

/* A permit in some state with a good sample `age` minutes before T0. */
static struct row
row_in(uint8_t state, Record__Permit__Level level, int64_t age)
{
	return (struct row){
	    .kind = LEDGER__KIND__PERMIT,
	    .state = state,
	    .level = (uint8_t)level,
	    .flags = ROW_GAS_OK,
	    .seq = 4,
	    .from_us = T0 - 60 * MIN,
	    .to_us = T0 + 240 * MIN,
	    .mark_us = T0 - age * MIN,
	    .start_us = state >= ROW_IN_PROGRESS ? T0 - 50 * MIN : 0,
	};
}

static struct rule_verdict
check(const struct row *r, Record__Permit__Action action, int64_t at)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	struct permit_event e = {
	    .row = r,
	    .pack = pack(),
	    .msg = &m,
	    .occurred_us = at,
	    .allowed = true,
	};

	m.has_action = true;
	m.action = action;
	return permit_check(&e);
}

#define L1 RECORD__PERMIT__LEVEL__LEVEL_1
#define L2 RECORD__PERMIT__LEVEL__LEVEL_2
#define SP RECORD__PERMIT__LEVEL__SPECIAL

static void
assert_code(struct rule_verdict v, const char *code)
{
	if (code == NULL) {
		cr_assert(!v.refused, "%s", v.rule ? v.rule->code : "");
		cr_assert_eq(v.outcome, LEDGER__OUTCOME__APPLIED);
		return;
	}
	cr_assert(v.refused, "expected %s", code);
	cr_assert_str_eq(v.rule->code, code);
}

/* 5.1.5: 8 h for special and level 1, 72 h for level 2. */
Test(permit_check, limits_the_planned_window_by_level)
{
	static const struct {
		Record__Permit__Level level;
		int64_t minutes;
		const char *code;
	} rows[] = {
	    {SP, 480, NULL},
	    {SP, 481, "WINDOW_TOO_LONG"},
	    {L1, 480, NULL},
	    {L1, 481, "WINDOW_TOO_LONG"},
	    {L2, 4320, NULL},
	    {L2, 4321, "WINDOW_TOO_LONG"},
	    {L1, 0, "WINDOW_INVALID"},
	    {RECORD__PERMIT__LEVEL__LEVEL_UNSPECIFIED, 60, "LEVEL_UNKNOWN"},
	};
	char area[] = "a";
	char one[] = "w1";
	char two[] = "g1";

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Record__Permit m = RECORD__PERMIT__INIT;
		struct permit_event e = {
		    .pack = pack(), .msg = &m, .occurred_us = T0};

		m.has_action = m.has_level = true;
		m.has_planned_from_at = m.has_planned_to_at = true;
		m.action = RECORD__PERMIT__ACTION__APPLY;
		m.level = rows[i].level;
		m.area = area;
		m.worker = one;
		m.guardian = two;
		m.planned_from_at = T0;
		m.planned_to_at = T0 + rows[i].minutes * MIN;
		assert_code(permit_check(&e), rows[i].code);
		char again[] = " W1";
		m.guardian = rows[i].minutes % 7 ? one : again; /* 4.10f */
		if (rows[i].code == NULL)
			assert_code(permit_check(&e), "GUARDIAN_IS_WORKER");
	}
}

/* 5.3.1c: checked at approval and again at the start, to the minute. */
Test(permit_check, wants_a_sample_of_the_last_thirty_minutes)
{
	static const struct {
		uint8_t state;
		Record__Permit__Action action;
		int64_t age;
		const char *code;
	} rows[] = {
	    {ROW_TESTED, RECORD__PERMIT__ACTION__APPROVE, 30, NULL},
	    {ROW_TESTED, RECORD__PERMIT__ACTION__APPROVE, 31, "GAS_TOO_OLD"},
	    {ROW_ISSUED, RECORD__PERMIT__ACTION__START, 30, NULL},
	    {ROW_ISSUED, RECORD__PERMIT__ACTION__START, 31, "GAS_TOO_OLD"},
	    /* a sample taken after the start proves nothing for it */
	    {ROW_ISSUED, RECORD__PERMIT__ACTION__START, -1, "GAS_TOO_OLD"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct row r = row_in(rows[i].state, L1, rows[i].age);

		assert_code(check(&r, rows[i].action, T0), rows[i].code);
	}
}

/* 5.3.1d: 30 min for special and level 1, 60 min for level 2. */
Test(permit_check, wants_a_new_test_after_a_break_that_is_too_long)
{
	static const struct {
		Record__Permit__Level level;
		int64_t gap;
		int64_t age; /* of the sample, before the resumption */
		const char *code;
	} rows[] = {
	    {L1, 30, 40, NULL},
	    {L1, 31, 40, "BREAK_TOO_LONG"},
	    {SP, 31, 40, "BREAK_TOO_LONG"},
	    {L2, 60, 70, NULL},
	    {L2, 61, 70, "BREAK_TOO_LONG"},
	    {L1, 31, 10, NULL},
	    /* a test in the break, but too old at the resumption */
	    {L1, 90, 31, "BREAK_TOO_LONG"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct row r =
		    row_in(ROW_SUSPENDED, rows[i].level, rows[i].age);

		r.stop_us = T0 - rows[i].gap * MIN;
		assert_code(check(&r, RECORD__PERMIT__ACTION__RESUME, T0),
		    rows[i].code);
	}
}

/* 5.3.1d: level 2 may last 72 h, but each day needs its own test.  The day is
 * that of the plant (UTC+8): T0 is 10:50 there. */
Test(permit_check, wants_a_test_on_every_day_of_level_two)
{
	struct row r = row_in(ROW_SUSPENDED, L2, 0);
	int64_t midnight = T0 + (13 * 60 + 10) * MIN;

	r.to_us = T0 + 4320 * MIN;
	r.mark_us = midnight - 20 * MIN;
	r.stop_us = midnight - 10 * MIN;
	assert_code(
	    check(&r, RECORD__PERMIT__ACTION__RESUME, midnight - 1), NULL);
	assert_code(
	    check(&r, RECORD__PERMIT__ACTION__RESUME, midnight), "DAILY_TEST");
	r.state = ROW_ISSUED;
	assert_code(
	    check(&r, RECORD__PERMIT__ACTION__START, midnight), "DAILY_TEST");
	r.level = L1;
	assert_code(check(&r, RECORD__PERMIT__ACTION__START, midnight), NULL);
}

/* 4.16: nothing goes on after the validity, but stopping always may. */
Test(permit_check, ends_with_the_validity)
{
	struct row r = row_in(ROW_ISSUED, L1, 0);

	r.to_us = T0 - 1;
	assert_code(
	    check(&r, RECORD__PERMIT__ACTION__START, T0), "PERMIT_EXPIRED");
	r.state = ROW_IN_PROGRESS;
	assert_code(check(&r, RECORD__PERMIT__ACTION__SUSPEND, T0), NULL);
	assert_code(check(&r, RECORD__PERMIT__ACTION__FINISH, T0), NULL);
	cr_assert_eq(row_state(&r, T0), ROW_EXPIRED);
}

Test(permit_check, never_starts_without_an_allow)
{
	struct row r = row_in(ROW_ISSUED, L1, 5);
	Record__Permit m = RECORD__PERMIT__INIT;
	struct permit_event e = {
	    .row = &r, .pack = pack(), .msg = &m, .occurred_us = T0};

	m.action = RECORD__PERMIT__ACTION__START;
	assert_code(permit_check(&e), "DECISION_DENY");
	e.allowed = true;
	e.pack = NULL;
	assert_code(permit_check(&e), "PACK_MISSING");
}

Test(permit_check, lets_no_step_out_of_order_through)
{
	static const struct {
		uint8_t state;
		Record__Permit__Action action;
		const char *code;
	} rows[] = {
	    {ROW_APPLIED, RECORD__PERMIT__ACTION__START, "STATE_FORBIDS"},
	    {ROW_TESTED, RECORD__PERMIT__ACTION__START, "STATE_FORBIDS"},
	    {ROW_SUSPENDED, RECORD__PERMIT__ACTION__START, "STATE_FORBIDS"},
	    {ROW_ISSUED, RECORD__PERMIT__ACTION__RESUME, "STATE_FORBIDS"},
	    {ROW_ISSUED, RECORD__PERMIT__ACTION__ACCEPT, "STATE_FORBIDS"},
	    {ROW_ISSUED, RECORD__PERMIT__ACTION__APPROVE, "STATE_FORBIDS"},
	    {ROW_IN_PROGRESS, RECORD__PERMIT__ACTION__CANCEL, "STATE_FORBIDS"},
	    {ROW_ACCEPTED, RECORD__PERMIT__ACTION__START, "STATE_FINAL"},
	    {ROW_CANCELLED, RECORD__PERMIT__ACTION__RESUME, "STATE_FINAL"},
	    {ROW_REJECTED, RECORD__PERMIT__ACTION__SUSPEND, "STATE_FINAL"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct row r = row_in(rows[i].state, L1, 1);

		assert_code(check(&r, rows[i].action, T0), rows[i].code);
	}
}

/* formats 2: late evidence is kept, with the reason, and moves nothing. */
Test(permit_check, keeps_a_late_event_that_can_no_longer_move_the_state)
{
	struct row r = row_in(ROW_FINISHED, L1, 1);
	Record__Permit m = RECORD__PERMIT__INIT;
	struct permit_event e = {.row = &r,
	    .pack = pack(),
	    .msg = &m,
	    .occurred_us = T0,
	    .late = true};
	struct rule_verdict v;

	m.action = RECORD__PERMIT__ACTION__START;
	v = permit_check(&e);
	cr_assert(!v.refused);
	cr_assert_eq(v.outcome, LEDGER__OUTCOME__LATE);
	r = row_in(ROW_ISSUED, L1, 45);
	e.allowed = true;
	v = permit_check(&e);
	cr_assert(!v.refused);
	cr_assert_eq(v.outcome, LEDGER__OUTCOME__NOT_APPLIED);
	cr_assert_str_eq(v.rule->code, "GAS_TOO_OLD");
}

/* An author who has not seen the newest event may stop, not go on. */
Test(permit_check, stops_but_does_not_go_on_from_an_old_view)
{
	struct row r = row_in(ROW_ISSUED, L1, 1);
	Record__Permit m = RECORD__PERMIT__INIT;
	struct permit_event e = {.row = &r,
	    .pack = pack(),
	    .msg = &m,
	    .occurred_us = T0,
	    .allowed = true,
	    .stale = true};

	m.action = RECORD__PERMIT__ACTION__START;
	assert_code(permit_check(&e), "SEQ_STALE");
	m.action = RECORD__PERMIT__ACTION__SUSPEND;
	assert_code(permit_check(&e), NULL);
}

/* 5.3.2: LEL >= 4 %: 0.5 %vol; below: 0.2 %vol; limits included. */
Test(permit_judge, applies_the_limit_of_the_gas)
{
	static const struct {
		double value;
		double lel;
		const char *unit;
		enum permit_gas want;
	} rows[] = {
	    {0.5, 4, "%vol", PERMIT_GAS_OK},
	    {0.51, 4, "%vol", PERMIT_GAS_OVER},
	    {0.2, 3.9, "%vol", PERMIT_GAS_OK},
	    {0.21, 3.9, "%vol", PERMIT_GAS_OVER},
	    {10, 5, "%LEL", PERMIT_GAS_OK}, /* 0.5 %vol */
	    {11, 5, "%LEL", PERMIT_GAS_OVER},
	    {0.1, 5, "ppm", PERMIT_GAS_UNUSABLE},
	    {(double)NAN, 5, "%vol", PERMIT_GAS_UNUSABLE},
	    {-0.1, 5, "%vol", PERMIT_GAS_UNUSABLE},
	    {0.1, 0, "%vol", PERMIT_GAS_UNUSABLE},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Record__GasReading g = RECORD__GAS_READING__INIT;
		Record__GasReading *list[] = {&g};
		char unit[8];

		(void)snprintf(unit, sizeof unit, "%s", rows[i].unit);
		g.has_value = g.has_lel = true;
		g.value = rows[i].value;
		g.lel = rows[i].lel;
		g.unit = unit;
		cr_assert_eq(
		    permit_judge(pack(), list, 1), rows[i].want, "row %zu", i);
		g.has_lel = false;
		cr_assert_eq(permit_judge(pack(), list, 1), PERMIT_GAS_NONE);
	}
}

Test(permit_fold, does_not_take_a_sample_from_before_the_stop_for_a_new_one)
{
	struct row r = row_in(ROW_IN_PROGRESS, L1, 10);
	Record__Permit m = RECORD__PERMIT__INIT;
	struct permit_facts f = {
	    .msg = &m, .occurred_us = T0, .code = "ALARM_SUSPENDS"};

	m.action = RECORD__PERMIT__ACTION__SUSPEND;
	permit_fold(&r, &f);
	cr_assert_eq(r.state, ROW_SUSPENDED);
	m.action = RECORD__PERMIT__ACTION__GAS_TEST;
	m.sampled_at = T0 - MIN;
	f.code = "GAS_OK";
	permit_fold(&r, &f);
	assert_code(check(&r, RECORD__PERMIT__ACTION__RESUME, T0 + 2 * MIN),
	    "STOP_NEEDS_TEST");
	m.sampled_at = T0 + MIN;
	permit_fold(&r, &f);
	assert_code(
	    check(&r, RECORD__PERMIT__ACTION__RESUME, T0 + 2 * MIN), NULL);
}

/* Who approved it does not work under it, nor does a crew change make him. */
Test(permit_check, does_not_let_a_change_make_a_worker_of_its_approver)
{
	static const uint64_t boss = 77;
	char name[] = "w-2";
	char *briefed[] = {name};
	Record__Permit m = RECORD__PERMIT__INIT;
	struct row r = row_in(ROW_ISSUED, L2, 5);
	struct permit_event e = {
	    .row = &r,
	    .msg = &m,
	    .pack = packs_version(packs, packs_id("hot-work@2022.2")),
	    .occurred_us = T0,
	};

	cr_assert_not_null(e.pack);
	r.subject = 11;
	r.other = 22;
	r.work.steps[r.work.steps_len++] = (struct row_step){
	    .name = packs_id("APPROVE"), .at_us = T0 - MIN, .by = boss};
	m.has_action = m.has_handed_over = m.handed_over = true;
	m.action = RECORD__PERMIT__ACTION__CHANGE_WORKERS;
	m.worker = m.briefer = name;
	m.briefed = briefed;
	m.n_briefed = 1;
	e.world.signer = 33;
	e.world.coming_len = 1;
	e.world.coming[0] = boss;
	assert_code(permit_check(&e), "SAME_PERSON");
	e.world.coming[0] = 44;
	assert_code(permit_check(&e), NULL);
	m.action = RECORD__PERMIT__ACTION__CHANGE_GUARDIAN;
	m.guardian = name;
	e.world.coming[0] = boss;
	assert_code(permit_check(&e), "SAME_PERSON");
}

/* Who is not remembered any more may have been the signer himself. */
Test(permit_check, does_not_take_a_forgotten_signer_for_another)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	struct row r = row_in(ROW_TESTED, L2, 5);
	struct permit_event e = {
	    .row = &r,
	    .msg = &m,
	    .pack = packs_version(packs, packs_id("hot-work@2022.2")),
	    .occurred_us = T0,
	    .world = {.signer = 77, .place_known = true, .on_site = true},
	};
	static const char *const names[] = {
	    "risk", "brief", "measures", "lead", "unit"};

	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__APPROVE;
	m.has_longitude = m.has_latitude = m.has_accuracy_m = true;
	for (size_t i = 0; i < ROW_STEPS_MAX; i++)
		r.work.steps[r.work.steps_len++] =
		    (struct row_step){.name = packs_id(names[i % 5]),
		        .at_us = T0 - MIN,
		        .by = 100 + i};
	assert_code(permit_check(&e), "SIGNER_UNKNOWN");
	r.work.steps_len = 5;
	assert_code(permit_check(&e), NULL);
}

/* A signature that the next step needs is not pushed out by others. */
Test(permit_check, takes_no_signature_that_would_push_another_out)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	struct row r = row_in(ROW_TESTED, L2, 5);
	char risk[] = "risk";
	char hazards[] = "dust";
	struct permit_event e = {
	    .row = &r,
	    .msg = &m,
	    .pack = packs_version(packs, packs_id("hot-work@2022.2")),
	    .occurred_us = T0,
	};
	size_t persons;

	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__STEP;
	m.step = risk;
	m.hazards = hazards;
	for (e.world.signer = 1; e.world.signer <= ROW_STEPS_MAX;
	     e.world.signer++) {
		struct permit_facts f = {
		    .msg = &m, .occurred_us = T0, .signer = e.world.signer};
		const struct rule_verdict v = permit_check(&e);

		if (v.rule != NULL)
			break;
		permit_fold(&r, &f);
	}
	cr_assert_eq(e.world.signer, (uint64_t)PERMIT_SIGNED_MAX + 1);
	assert_code(permit_check(&e), "SIGNATURES_FULL");
	/* Whoever signed before may do so again, and work may be stopped. */
	e.world.signer = 1;
	assert_code(permit_check(&e), NULL);
	e.world.signer = 999;
	r.state = ROW_ISSUED;
	m.action = RECORD__PERMIT__ACTION__SUSPEND;
	assert_code(permit_check(&e), NULL);
	permit_fold(&r,
	    &(struct permit_facts){
	        .msg = &m, .occurred_us = T0, .signer = e.world.signer});
	cr_assert_eq(permit_guard_done(&r, "risk", &persons), T0);
	cr_assert_eq(persons, (size_t)PERMIT_SIGNED_MAX);
	cr_assert_eq(r.flags & ROW_PARTIAL, 0);
	/* It may be ended by others still. */
	m.reason = hazards;
	m.action = RECORD__PERMIT__ACTION__CANCEL;
	assert_code(permit_check(&e), NULL);
}

/* A name looks the same with an ideographic space or wide letters in it. */
Test(permit_check, knows_a_guardian_who_is_the_worker_in_other_letters)
{
	static const char *const rows[] = {
	    "\xe5\xbc\xa0\xe3\x80\x80\xe4\xb8\x89W1",
	    "\xe5\xbc\xa0\xe4\xb8\x89\xef\xbc\xb7\xef\xbc\x91",
	    "\xef\xbb\xbf\xe5\xbc\xa0\xe4\xb8\x89\xe2\x80\x8bw1",
	    "\xe5\xbc\xa0\xc2\xa0\xe4\xb8\x89\xef\xbd\x97\xef\xbc\x91"};
	char area[] = "a";
	char worker[] = "\xe5\xbc\xa0\xe4\xb8\x89w1";

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char guardian[32];
		Record__Permit m = RECORD__PERMIT__INIT;
		struct permit_event e = {
		    .pack = pack(), .msg = &m, .occurred_us = T0};

		(void)snprintf(guardian, sizeof guardian, "%s", rows[i]);
		m.has_action = m.has_level = true;
		m.action = RECORD__PERMIT__ACTION__APPLY;
		m.level = L1;
		m.area = area;
		m.worker = worker;
		m.guardian = guardian;
		m.has_planned_from_at = m.has_planned_to_at = true;
		m.planned_from_at = T0;
		m.planned_to_at = T0 + 60 * MIN;
		assert_code(permit_check(&e), "GUARDIAN_IS_WORKER");
	}
}

/* 8.2.11: what was confirmed before the stop is not confirmed after it,
 * although it arrives after it; nor has a second signer signed anew who did so
 * before. */
Test(permit_check, takes_no_signature_of_before_the_stop_for_one_after_it)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__MeasureCheck one = RECORD__MEASURE_CHECK__INIT;
	Record__MeasureCheck *list[] = {&one};
	struct row r = row_in(ROW_IN_PROGRESS, L1, 5);
	const Pack__Work *pack =
	    packs_version(packs, packs_id("height@2022.2"));
	char measures[] = "measures";
	struct permit_facts f = {.msg = &m, .occurred_us = T0, .signer = 7};

	cr_assert_not_null(pack);
	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__SUSPEND;
	permit_fold(&r, &f);
	m.action = RECORD__PERMIT__ACTION__STEP;
	m.step = measures;
	m.measures = list;
	m.n_measures = 1;
	one.has_no = true;
	one.no = 1;
	f.occurred_us = T0 - MIN;
	permit_fold(&r, &f);
	cr_assert_eq(r.work.again, 0u);
	cr_assert_eq(r.work.measures, 1u);
	f.occurred_us = T0 + MIN;
	one.no = 2;
	permit_fold(&r, &f);
	cr_assert_eq(r.work.again, 2u);
	cr_assert_eq(permit_guard_since(&r, "measures", T0, 0), 1u);
	cr_assert_eq(permit_guard_since(&r, "measures", T0 + MIN, 0), 0u);
	cr_assert_eq(permit_guard_since(&r, "measures", T0, 8), 0u);
}

/* permit_rules_test.c - the rules of special work, each with its clause. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit_rules.h"

#include <criterion/criterion.h>

#include "node/packs_file.h"

#define MIN INT64_C(60000000)
#define HOUR (60 * MIN)
#define T0 INT64_C(1795315800000000) /* 10:50 in China */
#define R(n) PERMIT_RULE(n)

static struct packs *packs;

static void
open_packs(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(permit_rules, .init = open_packs, .fini = close_packs);

/* Work in progress by its book: sample at the start, every step done. */
static struct permit_rules_view
going(struct row *r, const char *pack, Record__Permit__Level level)
{
	const Pack__Work *w = packs_version(packs, packs_id(pack));

	cr_assert_not_null(w);
	*r = (struct row){
	    .kind = LEDGER__KIND__PERMIT,
	    .state = ROW_IN_PROGRESS,
	    .level = (uint8_t)level,
	    .flags = ROW_GAS_OK,
	    .from_us = T0 - HOUR,
	    .to_us = T0 + 7 * HOUR,
	    .mark_us = T0 - 10 * MIN,
	    .start_us = T0,
	    .work = {.conditions = 15, .base_level = (uint8_t)level},
	};
	for (size_t i = 0; i < w->n_steps; i++)
		r->work.steps[r->work.steps_len++] = (struct row_step){
		    packs_id(w->steps[i]->name), T0 - 5 * MIN, 7};
	return (struct permit_rules_view){
	    .row = r, .pack = w, .now_us = T0, .days_known = true};
}

#define L1 RECORD__PERMIT__LEVEL__LEVEL_1
#define L2 RECORD__PERMIT__LEVEL__LEVEL_2
#define SP RECORD__PERMIT__LEVEL__SPECIAL
#define NONE RECORD__PERMIT__LEVEL__UNLEVELLED

Test(permit_rules, none_is_broken_by_work_that_goes_by_the_book)
{
	struct row r;
	struct permit_rules_view v = going(&r, "hot-work@2022.2", L1);

	cr_assert_eq(permit_rules_now(&v), 0u);
	v = going(&r, "confined-space@2022.1", NONE);
	cr_assert_eq(permit_rules_now(&v), 0u);
}

/* 5.3.1, 6.3, 10.1 */
Test(permit_rules, r01_work_without_a_gas_test)
{
	struct row r;
	struct permit_rules_view v = going(&r, "hot-work@2022.1", L1);

	r.flags = 0;
	cr_assert_eq(permit_rules_now(&v), R(1));
	v = going(&r, "blind-plate@2022.1", NONE);
	r.flags = 0;
	cr_assert_eq(permit_rules_now(&v), 0u, "7: no test is asked for");
	v = going(&r, "temporary-electricity@2022.1", NONE);
	r.flags = 0;
	cr_assert_eq(permit_rules_now(&v), R(1));
	r.work.conditions = 0;
	cr_assert_eq(permit_rules_now(&v), 0u, "10.1: only in Ex areas");
}

/* 5.3.1d and AQ 3064.2 5.9.2: by the day of the plant, to the minute. */
Test(permit_rules, r04_and_r25_no_test_on_a_further_day)
{
	const int64_t midnight = T0 + 13 * HOUR + 10 * MIN;
	struct row r;
	struct permit_rules_view v = going(&r, "hot-work@2022.1", L2);

	r.to_us = T0 + 72 * HOUR;
	v.now_us = midnight - MIN;
	cr_assert_eq(permit_rules_now(&v), 0u);
	v.now_us = midnight;
	cr_assert_eq(permit_rules_now(&v), R(4));
	r.mark_us = midnight;
	cr_assert_eq(permit_rules_now(&v), 0u);
	v = going(&r, "temporary-electricity@2022.1", NONE);
	r.to_us = T0 + 72 * HOUR;
	v.now_us = midnight;
	cr_assert_eq(permit_rules_now(&v), R(25));
}

/* 6.5: a record at least every two hours. */
Test(permit_rules, r05_confined_space_not_recorded_for_two_hours)
{
	struct row r;
	struct permit_rules_view v = going(&r, "confined-space@2022.1", NONE);

	v.now_us = T0 + 120 * MIN;
	cr_assert_eq(permit_rules_now(&v), 0u);
	v.now_us = T0 + 120 * MIN + 1;
	cr_assert_eq(permit_rules_now(&v), R(5));
	r.mark_us = T0 + 60 * MIN;
	v.now_us = T0 + 179 * MIN;
	cr_assert_eq(permit_rules_now(&v), 0u);
}

/* 4.16: 8 h and a minute either side. */
Test(permit_rules, r06_work_past_its_permit)
{
	struct row r;
	struct permit_rules_view v = going(&r, "hot-work@2022.1", L1);

	v.now_us = r.to_us;
	cr_assert_eq(permit_rules_now(&v), 0u);
	v.now_us = r.to_us + MIN;
	cr_assert_eq(permit_rules_now(&v), R(6));
	r.state = ROW_FINISHED;
	cr_assert_eq(permit_rules_now(&v), 0u);
}

/* 5.1.1 */
Test(permit_rules, r10_to_r13_hot_work_not_upgraded)
{
	struct row r;
	struct permit_rules_view v = going(&r, "hot-work@2022.2", L2);

	for (unsigned when = PACK__UPGRADE__WHEN__HOLIDAY;
	     when <= PACK__UPGRADE__WHEN__SPECIAL_PERIOD; when++) {
		v.days = 1u << when;
		cr_assert_eq(permit_rules_now(&v), R(9 + when));
		r.level = L1; /* raised by one */
		cr_assert_eq(permit_rules_now(&v), 0u);
		r.level = L2;
	}
	v.days = 30;
	cr_assert_eq(permit_rules_now(&v), R(10) | R(11) | R(12) | R(13));
	v = going(&r, "hot-work@2022.2", SP);
	v.days = 30;
	cr_assert_eq(permit_rules_now(&v), 0u, "nothing is above special");
}

/* 4.6 */
Test(permit_rules, r18_and_r19_linked_permits)
{
	struct row r;
	struct permit_rules_view v = going(&r, "height@2022.1", L1);

	v.link_broken = true;
	cr_assert_eq(permit_rules_now(&v), R(18));
	v.link_broken = false;
	v.unlinked = true;
	cr_assert_eq(permit_rules_now(&v), R(19));
}

/* 4.4, 4.1, 4.6 */
Test(permit_rules, r20_to_r22_steps_that_are_missing)
{
	static const struct {
		const char *step;
		uint32_t rule;
	} rows[] = {{"brief", R(20)}, {"risk", R(21)}, {"measures", R(22)}};

	for (size_t i = 0; i < 3; i++) {
		struct row r;
		struct permit_rules_view v = going(&r, "lifting@2022.1", L2);

		for (size_t k = 0; k < r.work.steps_len; k++) {
			if (r.work.steps[k].name == packs_id(rows[i].step))
				r.work.steps[k].name = 1;
		}
		cr_assert_eq(
		    permit_rules_now(&v), rows[i].rule, "%s", rows[i].step);
	}
}

/* 5.3.2, 6.4; AQ 3064.2 5.9.3 */
Test(permit_rules, r23_gas_out_of_its_limits)
{
	struct row r;
	struct permit_rules_view v = going(&r, "hot-work@2022.1", L1);

	r.flags = ROW_GAS_BAD;
	r.state = ROW_SUSPENDED;
	cr_assert_eq(permit_rules_now(&v), R(23));
	r.state = ROW_TESTED;
	cr_assert_eq(permit_rules_now(&v), 0u, "nothing was allowed yet");
}

/* AQ 3064.2 5.9.9 */
Test(permit_rules, r24_approval_overdue)
{
	struct row r;
	struct permit_rules_view v = going(&r, "height@2022.1", L1);

	r.state = ROW_APPLIED;
	v.now_us = r.from_us;
	cr_assert_eq(permit_rules_now(&v), 0u);
	v.now_us = r.from_us + 1;
	cr_assert_eq(permit_rules_now(&v), R(24));
	v.now_us = r.to_us + 1;
	cr_assert_eq(permit_rules_now(&v), 0u);
}

/* What is kept of events that came late and broke a rule, by the verdict. */
Test(permit_rules, kept_events_break_the_rule_that_they_were_kept_for)
{
	static const struct {
		enum rule_id id;
		const char *what;
		uint32_t rule;
	} rows[] = {
	    {RULE_GAS_MISSING, NULL, R(1)}, /* 5.3.1 */
	    {RULE_GAS_TOO_OLD, NULL, R(2)}, /* 5.3.1c */
	    {RULE_BREAK_TOO_LONG, NULL, R(3)}, /* 5.3.1d */
	    {RULE_STOP_NEEDS_TEST, NULL, R(3)},
	    {RULE_DAILY_TEST, NULL, R(4)}, /* 5.3.1d */
	    {RULE_PERMIT_EXPIRED, NULL, R(6)}, /* 4.16 */
	    {RULE_POSITION_AWAY, NULL, R(8)}, /* 4.11a */
	    {RULE_NOT_NAMED, NULL, R(9)}, /* 4.10f */
	    {RULE_UPGRADE_MISSING, "HOLIDAY", R(10)}, /* 5.1.1 */
	    {RULE_UPGRADE_MISSING, "REST_DAY", R(11)},
	    {RULE_UPGRADE_MISSING, "NIGHT", R(12)},
	    {RULE_UPGRADE_MISSING, "SPECIAL_PERIOD", R(13)},
	    {RULE_UPGRADE_MISSING, "WHEN_UNSPECIFIED", 0},
	    {RULE_LINK_NOT_ISSUED, NULL, R(18)}, /* 4.6 */
	    {RULE_STEP_MISSING, "brief", R(20)}, /* 4.4 */
	    {RULE_STEP_MISSING, "risk", R(21)}, /* 4.1 */
	    {RULE_STEP_MISSING, "measures", R(22)}, /* 4.6 */
	    {RULE_STEP_MISSING, "unit", 0},
	    {RULE_GAS_OVER_LIMIT, NULL, R(23)}, /* 5.3.2 */
	    {RULE_WIND_UNKNOWN, NULL, 0},
	};
	const Pack__Work *w = packs_version(packs, packs_id("hot-work@2022.2"));

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rule_verdict v = {
		    .outcome = LEDGER__OUTCOME__NOT_APPLIED,
		    .rule = rule_get(rows[i].id),
		    .gap = {.what = rows[i].what},
		};

		cr_assert_eq(permit_rules_kept(w, &v, NULL), rows[i].rule, "%s",
		    v.rule->code);
		v.refused = true;
		cr_assert_eq(permit_rules_kept(w, &v, NULL), 0u);
	}
}

/* 4.9 */
Test(permit_rules, r14_to_r16_certificates)
{
	static const struct {
		enum rule_id id;
		uint32_t rule;
	} rows[] = {
	    {RULE_NO_CREDENTIAL, R(14)},
	    {RULE_CREDENTIAL_REVOKED, R(14)},
	    {RULE_CREDENTIAL_CANCELLED, R(14)},
	    {RULE_CREDENTIAL_NOT_YET, R(14)},
	    {RULE_CREDENTIAL_AREA, R(14)},
	    {RULE_ISSUER_UNTRUSTED, R(14)},
	    {RULE_CREDENTIAL_EXPIRED, R(15)},
	    {RULE_IDLE_TOO_LONG, R(15)},
	    {RULE_REVIEW_OVERDUE, R(15)},
	    {RULE_HOLDER_BOUND, R(16)},
	    {RULE_STATUS_STALE, 0},
	};
	struct rule_verdict v = {
	    .outcome = LEDGER__OUTCOME__NOT_APPLIED,
	    .rule = rule_get(RULE_DECISION_DENY),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rule_list l = {.len = 0};

		rule_add(&l, rule_get(rows[i].id));
		cr_assert_eq(permit_rules_kept(NULL, &v, &l), rows[i].rule);
	}
	cr_assert_eq(permit_rules_kept(NULL, &v, NULL), 0u);
}

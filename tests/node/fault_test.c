/* fault_test.c - the same fault of an asset, again and again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/fault.h"

#include <criterion/criterion.h>
#include <string.h>

#define MINUTE INT64_C(60000000)

static char name[] = "same-fault";
static char equipment[] = "equipment";
static char asset[] = "P-101";

static Pack__FaultRule
rule(void)
{
	Pack__FaultRule r = PACK__FAULT_RULE__INIT;

	r.name = name;
	r.has_window_minutes = r.has_due_minutes = true;
	r.window_minutes = 60;
	r.due_minutes = 480;
	return r;
}

static bool
take(
    struct fault_count *c, const Pack__FaultRule *r, uint8_t id, int64_t minute)
{
	const struct fault_seen seen = {
	    .id = {id}, .at_us = (1000 + minute) * MINUTE};

	return fault_take(c, r, &seen);
}

Test(fault_take, three_within_the_window_and_no_fewer)
{
	const Pack__FaultRule r = rule();
	struct fault_count c = {.len = 0};

	cr_assert_not(take(&c, &r, 1, 0));
	cr_assert_not(take(&c, &r, 2, 30));
	cr_assert_not(take(&c, &r, 2, 30), "the same alarm again");
	cr_assert(take(&c, &r, 3, 60), "to the minute");
	cr_assert_eq(c.len, 3u);
	c = (struct fault_count){.len = 0};
	cr_assert_not(take(&c, &r, 1, 0));
	cr_assert_not(take(&c, &r, 2, 30));
	cr_assert_not(take(&c, &r, 3, 61), "a minute too late");
	cr_assert(take(&c, &r, 4, 80));
	cr_assert_eq(c.at[0].id[0], 2, "the newest three");
}

Test(fault_take, counts_by_time_whatever_the_order_of_arrival)
{
	const Pack__FaultRule r = rule();
	struct fault_count c = {.len = 0};

	cr_assert_not(take(&c, &r, 3, 50));
	cr_assert_not(take(&c, &r, 1, 10));
	cr_assert(take(&c, &r, 2, 20));
	for (uint8_t i = 0; i < 3; i++)
		cr_assert_eq(c.at[i].id[0], i + 1);
}

Test(fault_take, forgets_what_a_work_order_has_answered)
{
	const Pack__FaultRule r = rule();
	struct fault_count c = {.after_us = 1020 * MINUTE};

	cr_assert_not(take(&c, &r, 1, 10));
	cr_assert_not(take(&c, &r, 2, 20));
	cr_assert_not(take(&c, &r, 3, 30));
	cr_assert_not(take(&c, &r, 4, 31));
	cr_assert(take(&c, &r, 5, 32));
}

Test(fault_take, holds_no_more_than_it_may)
{
	Pack__FaultRule r = rule();
	struct fault_count c = {.len = 0};

	r.has_times = true;
	r.times = FAULT_TIMES_MAX;
	for (uint8_t i = 1; i < FAULT_TIMES_MAX; i++)
		cr_assert_not(take(&c, &r, i, i));
	cr_assert(take(&c, &r, 100, 20));
	cr_assert_eq(c.len, (size_t)FAULT_TIMES_MAX);
	cr_assert(take(&c, &r, 101, 21));
	cr_assert_eq(c.len, (size_t)FAULT_TIMES_MAX);
	cr_assert_not(take(&c, &r, 102, 1), "older than all of them");
}

Test(fault_id, is_that_of_the_rule_and_the_alarms)
{
	Pack__FaultRule r = rule();
	struct fault_count c = {.len = 0};
	uint8_t one[16], two[16];
	char other[] = "another";

	(void)take(&c, &r, 1, 0);
	(void)take(&c, &r, 2, 1);
	fault_id(one, &r, &c);
	fault_id(two, &r, &c);
	cr_assert_eq(memcmp(one, two, 16), 0);
	cr_assert_eq(one[6] >> 4, 8);
	c.at[1].id[0] = 3;
	fault_id(two, &r, &c);
	cr_assert_neq(memcmp(one, two, 16), 0);
	c.at[1].id[0] = 2;
	r.name = other;
	fault_id(two, &r, &c);
	cr_assert_neq(memcmp(one, two, 16), 0);
}

Test(fault_code, is_the_standards_before_the_tag_before_the_kind)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	char code[] = "17", tag[] = "VT-101";

	a.kind = equipment;
	cr_assert_null(fault_code(&a), "no asset");
	a.asset = asset;
	cr_assert_str_eq(fault_code(&a), equipment);
	a.tag = tag;
	cr_assert_str_eq(fault_code(&a), tag);
	a.std_code = code;
	cr_assert_str_eq(fault_code(&a), code);
	a.exercise = true;
	cr_assert_null(fault_code(&a), "a drill breaks nothing");
}

Test(fault_check, refuses_a_rule_that_cannot_be_kept)
{
	Pack__FaultRule r = rule(), twin = rule();
	Pack__FaultRule *list[] = {&r, &twin};
	Pack__AlarmPolicy p = PACK__ALARM_POLICY__INIT;

	p.faults = list;
	p.n_faults = 1;
	cr_assert_eq(fault_check(&p, NULL), ERR_OK);
	p.n_faults = 2;
	cr_assert_eq(fault_check(&p, NULL), ERR_MALFORMED, "one name");
	p.n_faults = 1;
	r.has_times = true;
	r.times = 1;
	cr_assert_eq(fault_check(&p, NULL), ERR_MALFORMED);
	r.times = FAULT_TIMES_MAX + 1;
	cr_assert_eq(fault_check(&p, NULL), ERR_MALFORMED);
	r.times = 2;
	r.window_minutes = 0;
	cr_assert_eq(fault_check(&p, NULL), ERR_MALFORMED);
	r.window_minutes = 1;
	r.due_minutes = 0;
	cr_assert_eq(fault_check(&p, NULL), ERR_MALFORMED);
}

/* facts_check_test.c - what polishing would do to checks, and what it meets. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/support/month.h"

TestSuite(facts_check, .init = month_begin, .fini = month_end);

Test(facts_check, a_check_that_is_recorded_late_was_not_in_time)
{
	const struct month_plan p = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, false};
	const unsigned n = month_task(&p, 0, 1, MONTH_ON(2), MONTH_FROM - HOUR);

	month_checked(n, MONTH_ON(1) + HOUR, MONTH_ON(3));
	/* Of the second, it says, but it came on the third. */
	month_checked_as(
	    n, NORMAL, MONTH_ON(2) + HOUR, MONTH_ON(4), MONTH_ON(3) + HOUR);
	month_checked(n, MONTH_ON(3) + 2 * HOUR, MONTH_ON(5));
	month_expect("safety-promise", 2, 29);
}

Test(facts_check, a_check_of_a_period_that_was_met_meets_no_other)
{
	const struct month_plan p = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, false};
	const unsigned n = month_task(&p, 0, 1, MONTH_ON(2), MONTH_FROM - HOUR);

	month_checked(n, MONTH_ON(1) + HOUR, MONTH_ON(3));
	month_checked(n, MONTH_ON(2) + HOUR, MONTH_ON(4));
	/* Once more of the second, on the third: that is still owed. */
	month_checked_as(
	    n, NORMAL, MONTH_ON(2) + 2 * HOUR, MONTH_ON(4), MONTH_ON(3) + HOUR);
	month_expect("safety-promise", 2, 29);
	month_checked(n, MONTH_ON(3) + 2 * HOUR, MONTH_ON(5));
	month_expect("safety-promise", 3, 29);
}

/* What the period's facts say of its end: in time, late, not at all. */
static int64_t
hours_until_it_ended(unsigned day)
{
	size_t found = 0;
	int32_t seconds = FACTS_NONE;

	for (size_t i = 0; i < facts_len(month_facts()); i++) {
		const struct fact *x = facts_at(month_facts(), i);

		if (x->kind != PACK__FACT__KIND__CHECK ||
		    x->due_us != MONTH_ON(day + 1))
			continue;
		found++;
		seconds = facts_number(x, PACK__FACT__FIELD__ENDED, INT64_MAX);
	}
	cr_assert_eq(found, 1u);
	return seconds == FACTS_NONE ? -1 : seconds / 3600;
}

/* Somebody said that nobody looks, and then somebody looked. */
Test(facts_check, a_check_after_not_checked_is_in_time_or_late_and_not_lost)
{
	const struct month_plan p = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, false};
	const unsigned n = month_task(&p, 0, 1, MONTH_ON(2), MONTH_FROM - HOUR);

#define NOT_CHECKED RECORD__CHECKLIST__STATUS__NOT_CHECKED
	month_checked_as(n, NOT_CHECKED, MONTH_ON(1) + HOUR, MONTH_ON(3),
	    MONTH_ON(1) + HOUR);
	month_checked(n, MONTH_ON(1) + 9 * HOUR, MONTH_ON(3));
	/* The second day's is recorded on the third. */
	month_checked_as(n, NOT_CHECKED, MONTH_ON(2) + HOUR, MONTH_ON(4),
	    MONTH_ON(2) + HOUR);
	month_checked_as(n, NORMAL, MONTH_ON(2) + 20 * HOUR, MONTH_ON(4),
	    MONTH_ON(3) + 2 * HOUR);
	/* And the third day's after the fourth, of which nobody said a word. */
	month_checked_as(n, NOT_CHECKED, MONTH_ON(3) + HOUR, MONTH_ON(5),
	    MONTH_ON(3) + 3 * HOUR);
	month_checked_as(n, NORMAL, MONTH_ON(3) + 2 * HOUR, MONTH_ON(5),
	    MONTH_ON(5) + 2 * HOUR);
	month_expect("safety-promise", 1, 29);
	cr_assert_eq(hours_until_it_ended(1), 9);
	cr_assert_eq(hours_until_it_ended(2), 26);
	cr_assert_eq(hours_until_it_ended(3), 50);
}

/* 2026-11-07 and 08 are a weekend; so are 14, 15 and 21, 22 and 28, 29. */
Test(facts_check, a_stretch_without_checks_is_every_working_day)
{
	const struct month_plan p = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, true};
	const unsigned n = month_task(&p, 0, 1, MONTH_ON(3), MONTH_FROM - HOUR);

	month_checked(n, MONTH_ON(2) + HOUR, MONTH_ON(4));
	month_checked(n, MONTH_ON(3) + HOUR, MONTH_ON(5));
	/* 4 5 6, 9 to 12 are missing; then the 13th. */
	month_checked(n, MONTH_ON(13) + HOUR,
	    MONTH_ON(17)); /* after the weekend, by the node */
	/* 16 to 20, 23 to 27 are missing; the 30th ends in December. */
	month_expect("safety-promise", 3, 20);
}

Test(facts_check, defining_a_task_anew_puts_no_deadline_off)
{
	const struct month_plan daily = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, false};
	const struct month_plan weekly = {
	    "safety-promise", NULL, 1, "week", MONTH_FROM, false};
	const unsigned n =
	    month_task(&daily, 0, 1, MONTH_ON(2), MONTH_FROM - HOUR);

	(void)month_task(&weekly, n, 2, MONTH_ON(8), MONTH_ON(1) + 23 * HOUR);
	month_checked(n, MONTH_ON(3), MONTH_ON(15)); /* not of the first day */
	month_expect("safety-promise", 1, 5);
}

Test(facts_check, a_task_that_is_retired_owes_what_was_missing)
{
	const struct month_plan daily = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, false};
	const unsigned n =
	    month_task(&daily, 0, 1, MONTH_ON(2), MONTH_FROM - HOUR);
	Record__Checklist m = RECORD__CHECKLIST__INIT;
	struct month_put how = MONTH_AT(CHECKLIST, MONTH_ON(4) + HOUR);

	m.action = RECORD__CHECKLIST__ACTION__RETIRE;
	m.tier = RECORD__CHECKLIST__TIER__TASK;
	how.due_us = 0;
	(void)month_put(how, n, 2, &m.base);
	month_expect("safety-promise", 0, 3);
}

Test(facts_check, is_the_same_whenever_a_month_is_looked_at)
{
	const struct month_plan p = {
	    "safety-promise", NULL, 1, "day", MONTH_FROM, false};
	const unsigned n = month_task(&p, 0, 1, MONTH_ON(2), MONTH_FROM - HOUR);

	month_checked(n, MONTH_ON(1) + HOUR, MONTH_ON(3));
	month_expect("safety-promise", 1, 29);
	/* What comes in December changes nothing of November. */
	month_checked(n, MONTH_TO + DAY + HOUR, MONTH_TO + 3 * DAY);
	month_expect("safety-promise", 1, 29);
	(void)month_task(&p, n, 4, -1, MONTH_TO + 5 * DAY);
	month_expect("safety-promise", 1, 29);
}

/* A site whose clock says nothing that anybody could count with. */
Test(facts_check, the_end_of_time_ends_and_is_in_no_figure, .timeout = 10)
{
	const struct month_plan p = {
	    "safety-promise", NULL, 1, "minute", MONTH_FROM, false};
	const unsigned n =
	    month_task(&p, 0, 1, MONTH_TO - 30 * SECOND, MONTH_FROM - HOUR);

	month_checked(n, INT64_MAX, INT64_MAX);
	month_expect("safety-promise", 0, 1);
}

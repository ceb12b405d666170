/* checklist_test.c - periods, what is due, what is missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/checklist.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/domain/packs.h"

#define NOW INT64_C(1795315800000000) /* Sunday 2026-11-22 02:50 */
#define MINUTE INT64_C(60000000)
#define DAY (24 * 60 * MINUTE)
#define MIDNIGHT (NOW - 170 * MINUTE)

static char number[] = "T1";
static char words[] = "words";
static char day[] = "day";
static char month[] = "month";
static char minute[] = "minute";

struct drive {
	struct row row;
	bool begun;
	int64_t now;
	const Pack__Calendar *calendar;
};

static Record__Checklist
task(char *unit)
{
	Record__Checklist m = RECORD__CHECKLIST__INIT;

	m.has_action = m.has_tier = m.has_cycle = m.has_start_at = true;
	m.action = RECORD__CHECKLIST__ACTION__DEFINE;
	m.tier = RECORD__CHECKLIST__TIER__TASK;
	m.id = number;
	m.name = m.post = words;
	m.cycle = 1;
	m.cycle_unit = unit;
	m.start_at = MIDNIGHT;
	return m;
}

static const char *
go(struct drive *d, const Record__Checklist *m, int64_t at)
{
	const struct checklist_event e = {
	    .row = d->begun ? &d->row : NULL,
	    .msg = m,
	    .calendar = d->calendar,
	    .occurred_us = at,
	    .now_us = d->now,
	};
	struct rule_verdict v = checklist_check(&e);
	const struct checklist_facts f = {
	    .msg = m, .occurred_us = at, .has_due = true};

	if (v.refused)
		return v.rule->code;
	struct checklist_facts due = f;
	due.due_us = checklist_due(&e);
	if (!d->begun)
		d->row = (struct row){.kind = LEDGER__KIND__CHECKLIST};
	d->begun = true;
	checklist_fold(&d->row, &due);
	return "";
}

static const char *
check(struct drive *d, int64_t at)
{
	Record__Checklist m = task(day);

	m.action = RECORD__CHECKLIST__ACTION__SUBMIT;
	m.has_status = true;
	m.status = RECORD__CHECKLIST__STATUS__NORMAL;
	return go(d, &m, at);
}

Test(checklist_due, wants_one_check_in_each_period)
{
	struct drive d = {.now = NOW};
	Record__Checklist m = task(day);

	cr_assert_str_eq(go(&d, &m, NOW), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + DAY);
	cr_assert_not(row_is_overdue(&d.row, MIDNIGHT + DAY));
	cr_assert(row_is_overdue(&d.row, MIDNIGHT + DAY + 1));
	d.now = MIDNIGHT + DAY + 5;
	/* Of the day before, handed in late: the newest day is still owed. */
	cr_assert_str_eq(check(&d, MIDNIGHT + DAY - 1), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + 2 * DAY);
	cr_assert_str_eq(check(&d, MIDNIGHT + DAY), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + 3 * DAY);
	/* An old one changes nothing. */
	cr_assert_str_eq(check(&d, MIDNIGHT + 1), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + 3 * DAY);
}

Test(checklist_due, blames_nobody_for_the_time_before_and_forgets_no_gap)
{
	struct drive d = {.now = NOW};
	Record__Checklist m = task(day);

	m.start_at = MIDNIGHT - 300 * DAY;
	cr_assert_str_eq(go(&d, &m, NOW), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + DAY);
	d.now = MIDNIGHT + 3 * DAY;
	m.start_at = d.now;
	m.cycle = 30;
	cr_assert_str_eq(go(&d, &m, d.now), "");
	cr_assert_eq(
	    d.row.to_us, MIDNIGHT + DAY, "defined anew, still missing");
}

Test(checklist_due, counts_calendar_months)
{
	struct drive d = {.now = NOW};
	Record__Checklist m = task(month);

	cr_assert_str_eq(go(&d, &m, NOW), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + 30 * DAY, "22 December");
	cr_assert_str_eq(check(&d, NOW), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + 61 * DAY, "22 January");
}

/* What is counted from it would never end, with the log waiting. */
Test(checklist_check, refuses_a_first_period_that_nobody_lives_to_see)
{
	static char *const units[] = {day, month};
	struct drive d = {.now = NOW};

	for (size_t i = 0; i < 2; i++) {
		Record__Checklist m = task(units[i]);

		m.start_at = INT64_MAX;
		cr_expect_str_eq(go(&d, &m, NOW), "FIELD_RANGE");
		m.start_at = NOW + 3660 * DAY;
		cr_expect_str_eq(go(&d, &m, NOW), "");
	}
}

Test(checklist_due, passes_over_rest_days_that_the_calendar_knows)
{
	static const char text[] = "calendar:\n"
	                           "  version: \"1\"\n"
	                           "  effectiveAt: \"2020-01-01T00:00:00Z\"\n"
	                           "  dayOffsetMinutes: 0\n"
	                           "  from: \"2026-11-01\"\n"
	                           "  to: \"2026-12-31\"\n"
	                           "  nightFrom: \"22:00\"\n"
	                           "  nightTo: \"06:00\"\n"
	                           "  restWeekdays: [6, 7]\n";
	struct packs *p = packs_new();
	struct drive d = {.now = NOW};
	Record__Checklist m = task(day);

	cr_assert_eq(packs_add(p, "t", bytes_str(text), NULL), ERR_OK);
	d.calendar = packs_calendar(p, NOW);
	m.has_work_days = m.work_days = true;
	cr_assert_str_eq(go(&d, &m, NOW), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + 2 * DAY, "Monday, not Sunday");
	cr_assert_str_eq(check(&d, MIDNIGHT + 5 * DAY), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + 9 * DAY, "after Friday: Monday");
	/* Thousands of short periods fall on a weekend; none of them is owed.
	 */
	d = (struct drive){.now = NOW, .calendar = d.calendar};
	m = task(minute);
	m.cycle = 5;
	m.has_work_days = m.work_days = true;
	cr_assert_str_eq(go(&d, &m, NOW), "");
	cr_assert_eq(d.row.to_us, MIDNIGHT + DAY + 5 * MINUTE, "Monday 0:05");
	cr_assert_str_eq(check(&d, MIDNIGHT + 6 * DAY - MINUTE), "");
	cr_assert_eq(
	    d.row.to_us, MIDNIGHT + 8 * DAY + 5 * MINUTE, "Monday again");
	packs_free(p);
}

Test(checklist_check, keeps_the_chain_and_refuses_what_has_no_place)
{
	struct drive d = {.now = NOW};
	Record__Checklist m = task(day);

	m.post = NULL;
	cr_assert_str_eq(
	    go(&d, &m, NOW), "CHECK_PARENT", "neither post nor measure");
	m = task(words);
	cr_assert_str_eq(go(&d, &m, NOW), "CHECK_CYCLE");
	cr_assert_str_eq(check(&d, NOW), "RECORD_UNKNOWN");
	m = task(day);
	m.tier = RECORD__CHECKLIST__TIER__EVENT;
	cr_assert_str_eq(go(&d, &m, NOW), "CHECK_PARENT");
	m.tier = RECORD__CHECKLIST__TIER__UNIT;
	m.parent = words;
	cr_assert_str_eq(go(&d, &m, NOW), "CHECK_PARENT");
	m = task(day);
	cr_assert_str_eq(go(&d, &m, NOW), "");
	m.action = RECORD__CHECKLIST__ACTION__RETIRE;
	cr_assert_str_eq(go(&d, &m, NOW), "");
	cr_assert_eq(d.row.to_us, 0);
	cr_assert_str_eq(check(&d, NOW), "CHECK_RETIRED");
}

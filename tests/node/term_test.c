/* term_test.c - calendar months, as laws count them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/term.h"

#include <criterion/criterion.h>

#include "proto/text.h"

#define CHINA 480

static int64_t
at(const char *text)
{
	int64_t us;

	cr_assert_eq(
	    text_time_get(&us, bytes_str(text), NULL), ERR_OK, "%s", text);
	return us;
}

Test(term_after, keeps_the_day_and_the_hour_of_the_local_clock)
{
	static const struct {
		const char *from;
		int months;
		const char *to;
	} rows[] = {
	    {"2026-11-22T10:50:00+08:00", 6, "2027-05-22T10:50:00+08:00"},
	    {"2026-11-22T10:50:00+08:00", 36, "2029-11-22T10:50:00+08:00"},
	    {"2026-11-22T10:50:00+08:00", 72, "2032-11-22T10:50:00+08:00"},
	    {"2026-08-31T00:00:00+08:00", 6, "2027-02-28T00:00:00+08:00"},
	    {"2027-08-31T00:00:00+08:00", 6, "2028-02-29T00:00:00+08:00"},
	    {"2024-02-29T23:59:59.999999+08:00", 12,
	        "2025-02-28T23:59:59.999999+08:00"},
	    /* still 30 June in UTC, already July in China */
	    {"2026-07-01T07:00:00+08:00", 1, "2026-08-01T07:00:00+08:00"},
	    {"2026-12-31T12:00:00+08:00", 2, "2027-02-28T12:00:00+08:00"},
	    {"2027-01-15T00:00:00+08:00", -1, "2026-12-15T00:00:00+08:00"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(
		    term_after(at(rows[i].from), rows[i].months, CHINA),
		    at(rows[i].to), "row %zu", i);
}

Test(term_after, takes_any_number)
{
	cr_expect_eq(term_after(-TERM_DAY_US, 1, 0), 30 * TERM_DAY_US,
	    "from 31 December 1969");
	cr_expect_eq(term_after(-1, 0, CHINA), -1);
	cr_expect_lt(term_after(INT64_MAX, 600, CHINA), INT64_MAX);
	cr_expect_gt(term_after(INT64_MIN, -600, -840), INT64_MIN);
}

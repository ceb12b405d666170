/* coarse_test.c - dates that many certificates have. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/coarse.h"

#include <criterion/criterion.h>

#include "node/domain/term.h"
#include "proto/text.h"

#define CHINA 480
#define NOW "2026-11-22T02:50:00.000000Z"

static int64_t
at(const char *text)
{
	int64_t us = 0;

	cr_assert_eq(text_time_get(&us, bytes_str(text), NULL), ERR_OK);
	return us;
}

/* Days by the clock of China, UTC+8. */
Test(coarse_end, is_a_whole_day_and_finer_only_at_the_very_end)
{
	static const char *const cases[][2] = {
	    {"2029-05-09T03:07:00.123457Z", "2029-05-08T16:00:00.000000Z"},
	    {"2029-05-09T15:59:59.999999Z", "2029-05-09T15:59:59.000000Z"},
	    {"2029-05-09T16:00:00.000000Z", "2029-05-09T16:00:00.000000Z"},
	    {"2026-11-23T12:34:56.000000Z", "2026-11-23T12:00:00.000000Z"},
	    {"2026-11-22T03:10:30.500000Z", "2026-11-22T03:10:00.000000Z"},
	    {"2026-11-22T02:50:40.000000Z", "2026-11-22T02:50:40.000000Z"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_assert_eq(coarse_end(at(cases[i][0]), at(NOW), CHINA),
		    at(cases[i][1]), "%s", cases[i][0]);
}

Test(coarse_end, is_never_later_nor_over_while_there_is_time)
{
	const int64_t now = at(NOW);

	for (int64_t left = 1; left < 400 * TERM_DAY_US;
	     left += left / 7 + 333333) {
		int64_t end = coarse_end(now + left, now, CHINA);

		cr_assert_leq(end, now + left);
		cr_assert_gt(end, now);
		cr_assert_lt(now + left - end, TERM_DAY_US);
	}
}

Test(coarse_start, is_the_first_of_a_month_and_two_years_ago_at_most)
{
	static const char *const cases[][2] = {
	    {"2026-11-22T02:00:00.000000Z", "2026-10-31T16:00:00.000000Z"},
	    {"2025-02-28T16:00:00.000000Z", "2025-02-28T16:00:00.000000Z"},
	    {"2025-02-28T15:59:59.000000Z", "2025-01-31T16:00:00.000000Z"},
	    {"2021-01-01T00:00:00.000000Z", "2024-10-31T16:00:00.000000Z"},
	    {"2027-01-05T00:00:01.000000Z", "2027-01-05T00:00:01.000000Z"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_assert_eq(coarse_start(at(cases[i][0]), at(NOW), CHINA),
		    at(cases[i][1]), "%s", cases[i][0]);
}

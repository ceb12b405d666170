/* stamp_test.c - recorded time never runs back, nor away. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger/stamp.h"

static const struct stamp last = {.epoch = 1,
    .recorded_us = 100000000,
    .boot_us = 7000000,
    .boot_known = true};

static int64_t
next(int64_t wall_us, int64_t boot_us)
{
	struct stamp_now now = {.wall_us = wall_us, .boot_us = boot_us};

	return stamp_next(last, now).recorded_us;
}

Test(stamp_next, takes_the_wall_clock_for_the_first_entry)
{
	struct stamp_now now = {.wall_us = 5, .boot_us = 3};
	struct stamp got = stamp_next((struct stamp){0}, now);

	cr_assert_eq(got.epoch, 1u);
	cr_assert_eq(got.recorded_us, 5);
	cr_assert(got.boot_known);
	cr_assert_eq(got.boot_us, 3);
}

Test(stamp_next, follows_a_clock_that_runs_well)
{
	cr_assert_eq(next(101000000, 8000000), 101000000);
}

Test(stamp_next, stands_still_when_the_clock_goes_back)
{
	cr_assert_eq(next(99999999, 8000000), 100000000);
	cr_assert_eq(next(INT64_MIN, 8000000), 100000000);
}

Test(stamp_next, goes_ahead_by_elapsed_time_plus_five_seconds_at_most)
{
	cr_assert_eq(next(106000000, 8000000), 106000000);
	cr_assert_eq(next(106000001, 8000000), 106000000);
	cr_assert_eq(next(INT64_MAX, 8000000), 106000000);
}

Test(stamp_next, gives_no_credit_for_a_boot_clock_that_went_back)
{
	cr_assert_eq(next(200000000, 6000000), 105000000);
}

Test(stamp_next, allows_the_slack_alone_after_a_start)
{
	struct stamp unknown = last;
	struct stamp_now now = {.wall_us = 200000000, .boot_us = 90000000};

	unknown.boot_known = false;
	cr_assert_eq(stamp_next(unknown, now).recorded_us, 105000000);
	cr_assert(stamp_held(unknown, now));
	now.wall_us = 105000000;
	cr_assert(!stamp_held(unknown, now));
}

Test(stamp_next, jumps_ahead_to_the_line_but_never_back)
{
	struct stamp_now now = {.wall_us = 900000000,
	    .boot_us = 8000000,
	    .line = {true, 900000000, 8000000}};

	cr_assert_eq(stamp_next(last, now).recorded_us, 900000000);
	cr_assert(!stamp_held(last, now));
	now.wall_us = 5;
	cr_assert_eq(stamp_next(last, now).recorded_us, 100000000);
}

/* Five seconds for each entry would follow a wrong clock anywhere. */
Test(stamp_next, does_not_creep_ahead_of_the_line_entry_by_entry)
{
	struct stamp s = last;
	struct stamp_now now = {.wall_us = INT64_MAX,
	    .boot_us = 8000000,
	    .line = {true, 100000000, 7000000}};

	for (int i = 0; i < 100; i++)
		s = stamp_next(s, now);
	cr_assert_eq(s.recorded_us, 106000000);
	cr_assert(stamp_held(s, now));
	now.boot_us = 9000000;
	cr_assert_eq(stamp_next(s, now).recorded_us, 107000000);
}

Test(stamp_next, keeps_a_first_entry_to_the_line_too)
{
	struct stamp_now now = {.wall_us = 900000000,
	    .boot_us = 8000000,
	    .line = {true, 100000000, 8000000}};

	cr_assert_eq(stamp_next((struct stamp){0}, now).recorded_us, 105000000);
}

Test(stamp_next, may_go_back_only_into_the_next_epoch)
{
	struct stamp_now now = {
	    .wall_us = 5, .boot_us = 8000000, .reset = true};
	struct stamp got = stamp_next(last, now);

	cr_assert_eq(got.epoch, 2u);
	cr_assert_eq(got.recorded_us, 5);
}

Test(stamp_next, does_not_overflow_at_the_end_of_time)
{
	struct stamp late = {.epoch = 1,
	    .recorded_us = INT64_MAX - 1,
	    .boot_us = INT64_MIN,
	    .boot_known = true};
	struct stamp_now now = {.wall_us = INT64_MAX, .boot_us = INT64_MAX};

	cr_assert_eq(stamp_next(late, now).recorded_us, INT64_MAX);
}

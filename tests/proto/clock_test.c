/* clock_test.c - the machine's clocks, and one that tests turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <time.h>

#include "proto/clock.h"

static int64_t
fixed(void *arg)
{
	int64_t *now = arg;

	return *now;
}

Test(clock_wall_us, is_the_time_of_day)
{
	int64_t before, got, after;

	before = (int64_t)time(NULL) * 1000000;
	got = clock_wall_us(clock_system());
	after = ((int64_t)time(NULL) + 1) * 1000000;
	/* time() may lag behind the clock by one tick. */
	cr_assert_geq(got, before);
	cr_assert_leq(got, after + 1000000);
}

Test(clock_boot_us, never_goes_back)
{
	int64_t last, now;
	int i;

	last = clock_boot_us(clock_system());
	cr_assert_gt(last, 0);
	for (i = 0; i < 1000; i++) {
		now = clock_boot_us(clock_system());
		cr_assert_geq(now, last);
		last = now;
	}
}

Test(clock_wall_us, asks_the_clock_it_is_given)
{
	int64_t wall = 5, boot = 7;
	struct clock c = {&wall, fixed, fixed, NULL};

	cr_assert_eq(clock_wall_us(&c), 5);
	c.arg = &boot;
	cr_assert_eq(clock_boot_us(&c), 7);
}

Test(clock_synchronised, fills_both_answers)
{
	uint32_t error_ms;
	bool yes;

	error_ms = 0;
	clock_synchronised(&yes, &error_ms);
	/* A kernel without a source counts its error up from 16 seconds. */
	cr_assert(!yes || error_ms < 16000);
}

Test(clock_quality, vouches_for_nothing_that_no_clock_vouches_for)
{
	struct clock c = *clock_system();
	uint32_t error_ms = 0;
	bool yes = true;

	clock_quality(&c, &yes, &error_ms);
	cr_assert(!yes || error_ms < UINT32_MAX);
	c.quality = NULL;
	yes = true;
	clock_quality(&c, &yes, &error_ms);
	cr_assert(!yes);
	cr_assert_eq(error_ms, UINT32_MAX);
}

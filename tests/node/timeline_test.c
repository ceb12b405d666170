/* timeline_test.c - clocks that jump, stand still and lie. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/timeline.h"

#include <criterion/criterion.h>

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define NOW INT64_C(1795315800000000)

static const struct timeline_policy policy = {.limit_us = 2 * SECOND,
    .start_us = DAY};

static struct timeline line;
static struct timeline_reading clocks;

/* A start with a wall clock `gap` after the log's end. */
static enum timeline_start
start(int64_t gap_us, bool synchronised)
{
	clocks = (struct timeline_reading){.wall_us = NOW,
	    .boot_us = 100 * SECOND,
	    .synchronised = synchronised};
	return timeline_start(&line, &policy, &clocks, NOW - gap_us);
}

/* What `n` peers say that stand at these seconds from the true time, which is
 * `truth` seconds after our wall clock. */
static struct skew_view
view(int64_t truth_s, const int64_t *peers_s, size_t n)
{
	struct skew_claim c[8] = {{0, 0}};
	struct skew_view v;

	for (size_t i = 0; i < n; i++)
		c[i] = (struct skew_claim){
		    -(truth_s + peers_s[i]) * SECOND, SECOND / 1000};
	skew_judge(&v, c, n, policy.limit_us);
	return v;
}

static const struct skew_view alone = {.verdict = SKEW_ALONE};

/* A second passes; the wall clock moves by `wall`. */
static enum timeline_step
beat(int64_t wall_us, const struct skew_view *v, size_t quorum)
{
	clocks.boot_us += SECOND;
	clocks.wall_us += wall_us;
	return timeline_beat(&line, &clocks, v, quorum);
}

static struct timeline_span
now(void)
{
	return timeline_now(&line, clocks.wall_us, clocks.boot_us);
}

static int64_t
confirmed(void)
{
	return stamp_line_at(line.line, clocks.boot_us);
}

Test(timeline_start, follows_the_clock_after_a_day_off)
{
	cr_assert_eq(start(DAY, false), TIMELINE_FOLLOWS);
	cr_assert_eq(confirmed(), NOW);
	cr_assert_eq(now().faults, 0u);
	cr_assert_eq(now().from_us, NOW);
	cr_assert_eq(now().to_us, NOW);
}

Test(timeline_start, holds_a_clock_far_ahead_that_nobody_vouches_for)
{
	cr_assert_eq(start(30 * DAY, false), TIMELINE_HOLDS);
	cr_assert_eq(confirmed(), NOW - 30 * DAY);
	cr_assert_eq(now().faults, (unsigned)TIMELINE_AHEAD);
	cr_assert_eq(now().from_us, NOW - 30 * DAY);
	cr_assert_eq(now().to_us, NOW);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(beat(SECOND, &alone, 0), TIMELINE_SAME);
	cr_assert_eq(confirmed(), NOW - 30 * DAY + 100 * SECOND);
}

Test(timeline_start, follows_a_synchronised_clock_after_a_month_not_ten_years)
{
	cr_assert_eq(start(30 * DAY, true), TIMELINE_FOLLOWS);
	cr_assert_eq(start(3650 * DAY, true), TIMELINE_HOLDS);
}

Test(timeline_start, waits_when_the_clock_is_behind_the_log)
{
	cr_assert_eq(start(-20000 * DAY, false), TIMELINE_WAITS);
	cr_assert_eq(now().faults, (unsigned)TIMELINE_BEHIND);
	cr_assert_eq(now().from_us, NOW);
	cr_assert_gt(now().to_us, NOW + 20000 * DAY + 300 * DAY,
	    "nobody knows how long it was off");
	cr_assert_eq(start(-HOUR, true), TIMELINE_FOLLOWS, "the log was wrong");
}

Test(timeline_beat, settles_when_the_clock_is_set_right_after_the_start)
{
	(void)start(-20000 * DAY, false);
	cr_assert_eq(beat(20000 * DAY + 2 * DAY, &alone, 0), TIMELINE_SAME,
	    "further than a start follows");
	cr_assert_eq(beat(-2 * DAY + HOUR, &alone, 0), TIMELINE_SETTLED);
	cr_assert_eq(now().faults, 0u);
	cr_assert_eq(beat(HOUR, &alone, 0), TIMELINE_SAME, "once");
}

Test(timeline_beat, follows_small_differences_slowly)
{
	(void)start(0, false);
	(void)beat(SECOND + SECOND, &alone, 0);
	cr_assert_eq(confirmed(), NOW + SECOND + TIMELINE_DRIFT_US);
	cr_assert_eq(now().faults, 0u);
	(void)start(0, true);
	(void)beat(SECOND + SECOND, &alone, 0);
	cr_assert_eq(confirmed(), NOW + SECOND + TIMELINE_SLEW_US);
}

/* However it runs, nobody vouching for it gets it 10 minutes a day ahead. */
Test(timeline_beat, is_not_drawn_away_by_a_clock_that_runs_fast)
{
	(void)start(0, false);
	for (int i = 0; i < 86400; i++)
		(void)beat(2 * SECOND, &alone, 0);
	cr_assert_leq(confirmed(), NOW + DAY + 600 * SECOND);
	cr_assert_eq(now().faults, (unsigned)TIMELINE_AHEAD);
}

Test(timeline_beat, notices_a_clock_set_back_until_it_is_confirmed)
{
	(void)start(0, false);
	(void)beat(SECOND, &alone, 0);
	clocks.wall_us -= HOUR;
	cr_assert_eq(now().faults, (unsigned)TIMELINE_BEHIND,
	    "before the next beat already");
	cr_assert_eq(now().to_us, NOW + SECOND);
	for (int i = 0; i < 7200; i++)
		(void)beat(SECOND, &alone, 0);
	cr_assert_eq(now().faults, (unsigned)TIMELINE_BEHIND,
	    "it does not become right by waiting");
	clocks.synchronised = true;
	cr_assert_eq(beat(SECOND, &alone, 0), TIMELINE_BACK);
	cr_assert_eq(now().faults, 0u);
}

Test(timeline_beat, notices_a_frozen_clock)
{
	(void)start(0, true);
	for (int i = 0; i < 3; i++)
		(void)beat(0, &alone, 0);
	cr_assert_neq(now().faults & TIMELINE_FROZEN, 0u);
	cr_assert_geq(now().to_us, NOW + 2 * SECOND);
	for (int i = 0; i < 3600; i++)
		(void)beat(0, &alone, 0);
	cr_assert_neq(now().faults & TIMELINE_BEHIND, 0u);
	cr_assert_geq(now().to_us, NOW + HOUR);
	/* Set right again, and vouched for. */
	clocks.wall_us = NOW + 3603 * SECOND;
	(void)beat(SECOND, &alone, 0);
	cr_assert_eq(now().faults, 0u);
}

Test(timeline_beat, holds_a_jump_ahead_until_a_quorum_agrees)
{
	const int64_t right[] = {0, 0, 0, 0};
	const int64_t liar[] = {0, -99999, 0, 0};
	struct skew_view v = view(0, right, 4);

	(void)start(0, true);
	clocks.wall_us += HOUR;
	v = view(-3600, right, 4);
	cr_assert_eq(beat(SECOND, &v, 3), TIMELINE_SAME);
	cr_assert_eq(now().faults, (unsigned)(TIMELINE_AHEAD | TIMELINE_PEERS));
	cr_assert_eq(confirmed(), NOW + SECOND);
	v = view(0, right, 2);
	cr_assert_eq(beat(SECOND, &v, 3), TIMELINE_SAME, "two are no quorum");
	v = view(0, liar, 4);
	cr_assert_eq(beat(SECOND, &v, 3), TIMELINE_JUMPED);
	cr_assert_eq(confirmed(), clocks.wall_us);
	cr_assert_eq(now().faults, 0u);
}

Test(timeline_beat, follows_no_kernel_far_ahead_while_it_runs)
{
	(void)start(0, true);
	cr_assert_eq(beat(HOUR, &alone, 0), TIMELINE_SAME);
	cr_assert_eq(now().faults, (unsigned)TIMELINE_AHEAD);
	timeline_confirm(&line, &clocks);
	cr_assert_eq(now().faults, 0u);
	cr_assert_eq(confirmed(), clocks.wall_us);
}

Test(timeline_now, reaches_to_the_median_of_members_who_differ)
{
	const int64_t right[] = {0, 0, 99999};
	struct skew_view v = view(600, right, 3);

	(void)start(0, true);
	(void)beat(SECOND, &v, 3);
	cr_assert_eq(now().faults, (unsigned)TIMELINE_PEERS);
	cr_assert_eq(now().to_us, clocks.wall_us + 600 * SECOND);
	cr_assert_eq(now().from_us, clocks.wall_us);
	cr_assert_geq(timeline_error_ms(&line), 600000u);
}

Test(timeline_now, doubts_for_the_word_of_one_only_when_nobody_vouches)
{
	const int64_t one[] = {0};
	struct skew_view v = view(600, one, 1);

	(void)start(0, true);
	(void)beat(SECOND, &v, 1);
	cr_assert_eq(now().faults, 0u);
	(void)start(0, false);
	(void)beat(SECOND, &v, 1);
	cr_assert_eq(now().faults, (unsigned)TIMELINE_DISPUTED);
	cr_assert_eq(now().to_us, clocks.wall_us + 600 * SECOND);
}

Test(timeline_now, overflows_nowhere)
{
	const int64_t far[] = {INT64_MAX, INT64_MIN, INT64_MAX / 3, 0};

	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++) {
			clocks = (struct timeline_reading){.wall_us = far[i]};
			(void)timeline_start(&line, &policy, &clocks, far[k]);
			(void)timeline_beat(&line,
			    &(struct timeline_reading){
			        .wall_us = far[k], .boot_us = SECOND},
			    &alone, 0);
			struct timeline_span s =
			    timeline_now(&line, far[i], SECOND);
			cr_assert_leq(s.from_us, s.to_us);
			(void)timeline_error_ms(&line);
		}
}

/* skew_test.c - clocks that differ are measured, liars change little. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/skew.h"

#include <criterion/criterion.h>

#include "tests/support/sim.h"

#define MS INT64_C(1000)
#define SECOND INT64_C(1000000)
#define LIMIT (2 * SECOND)
#define WALL INT64_C(1790000000000000)

/* Two ends, each with a boot clock of its own. */
struct end {
	struct skew skew;
	int64_t ahead_us; /* wall clock */
	int64_t booted_us;
};

static int64_t
boot_of(const struct end *e, int64_t t)
{
	return t - e->booted_us;
}

/* A turn that leaves at t and arrives `trip` later. */
static bool
turn(struct end *from, struct end *to, int64_t t, int64_t trip)
{
	Fed__Clock c = FED__CLOCK__INIT;

	skew_say(&from->skew, WALL + t + from->ahead_us, boot_of(from, t), &c);
	return skew_hear(&to->skew, &c, boot_of(to, t + trip));
}

/* How far `to` finds its clock ahead of the other's. */
static int64_t
ahead(const struct end *to, int64_t t, int64_t *error_us)
{
	struct skew_sample k = {0};

	skew_best(&to->skew, boot_of(to, t), &k);
	cr_assert_gt(k.error_us, 0);
	*error_us = k.error_us;
	return WALL + t + to->ahead_us - boot_of(to, t) - k.offset_us;
}

Test(skew, measures_both_ways_whatever_the_hold)
{
	struct end a = {.booted_us = -7 * SECOND};
	struct end b = {.ahead_us = 3 * SECOND, .booted_us = -900 * SECOND};
	int64_t error_us;

	cr_assert(!turn(&a, &b, 0, 10 * MS), "no round trip yet");
	/* The answer is held for 15 s: that is no skew. */
	cr_assert(turn(&b, &a, 15 * SECOND, 30 * MS));
	cr_assert_leq(
	    llabs(ahead(&a, 16 * SECOND, &error_us) + 3 * SECOND), 10 * MS);
	cr_assert_leq(error_us, 25 * MS);
	cr_assert_geq(error_us, 10 * MS);
	cr_assert(turn(&a, &b, 16 * SECOND, 10 * MS));
	(void)ahead(&b, 17 * SECOND, &error_us);
	cr_assert_leq(
	    llabs(ahead(&b, 17 * SECOND, &error_us) - 3 * SECOND), error_us);
}

Test(skew, shows_a_turned_clock_of_ours_without_a_new_turn)
{
	struct end a = {.ahead_us = 0};
	struct end b = {.ahead_us = 0};
	int64_t error_us;

	(void)turn(&a, &b, 0, MS);
	(void)turn(&b, &a, MS, MS);
	a.ahead_us = -3600 * SECOND;
	cr_assert_leq(
	    llabs(ahead(&a, 60 * SECOND, &error_us) + 3600 * SECOND), error_us);
}

Test(skew, takes_the_shortest_trip_until_the_peer_turns_its_clock)
{
	struct end a = {.ahead_us = 0};
	struct end b = {.ahead_us = SECOND};
	int64_t error_us, t = 0;

	for (int i = 0; i < 20; i++, t += SECOND) {
		(void)turn(&a, &b, t, i == 15 ? MS : 400 * MS);
		(void)turn(&b, &a, t + 500 * MS, i == 15 ? MS : 400 * MS);
	}
	cr_assert_eq(ahead(&a, t, &error_us), -SECOND);
	cr_assert_leq(error_us, 4 * MS);
	b.ahead_us = 60 * SECOND;
	(void)turn(&a, &b, t, 400 * MS);
	(void)turn(&b, &a, t + 500 * MS, 400 * MS);
	cr_assert_eq(ahead(&a, t + SECOND, &error_us), -60 * SECOND);
}

Test(skew, passes_over_what_cannot_be)
{
	struct skew s = {0};
	Fed__Clock mine = FED__CLOCK__INIT;
	Fed__Clock c = {.base = mine.base,
	    .has_wall_us = 1,
	    .wall_us = WALL,
	    .has_mark = 1,
	    .has_echo = 1,
	    .has_held_us = 1};
	struct skew_sample k;

	skew_say(&s, WALL, 100 * SECOND, &mine);
	c.echo = 99 * SECOND;
	cr_assert(!skew_hear(&s, &c, 101 * SECOND), "a mark we never sent");
	c.echo = INT64_MIN;
	cr_assert(!skew_hear(&s, &c, 101 * SECOND));
	c.echo = 102 * SECOND;
	cr_assert(!skew_hear(&s, &c, 101 * SECOND), "from the future");
	c.echo = 100 * SECOND;
	c.held_us = 2 * SECOND;
	cr_assert(!skew_hear(&s, &c, 101 * SECOND), "held longer than away");
	c.held_us = INT64_MIN;
	cr_assert(!skew_hear(&s, &c, 101 * SECOND));
	c.held_us = 0;
	c.wall_us = INT64_MAX;
	cr_assert(!skew_hear(&s, &c, 101 * SECOND));
	skew_best(&s, 101 * SECOND, &k);
	cr_assert_eq(k.error_us, 0);
	c.wall_us = WALL;
	cr_assert(skew_hear(&s, &c, 101 * SECOND));
	skew_reset(&s);
	cr_assert(!skew_hear(&s, &c, 102 * SECOND), "of another conversation");
	skew_best(&s, 102 * SECOND, &k);
	cr_assert_gt(k.error_us, 0);
	skew_best(&s, 101 * SECOND + SKEW_FRESH_US + 1, &k);
	cr_assert_eq(k.error_us, 0, "of long ago");
}

static enum skew_verdict
judged(struct skew_view *v, const int64_t *seconds, size_t n)
{
	struct skew_claim c[8] = {{0, 0}};

	for (size_t i = 0; i < n; i++)
		c[i] = (struct skew_claim){seconds[i] * SECOND, MS};
	skew_judge(v, c, n, LIMIT);
	return v->verdict;
}

Test(skew_judge, lets_no_single_peer_call_our_clock_wrong)
{
	struct skew_view v;

	cr_assert_eq(judged(&v, NULL, 0), SKEW_ALONE);
	cr_assert_eq(judged(&v, (int64_t[]){1}, 1), SKEW_AGREED);
	cr_assert_eq(judged(&v, (int64_t[]){3600}, 1), SKEW_DISPUTED);
	cr_assert_eq(judged(&v, (int64_t[]){3600, 0}, 2), SKEW_AGREED);
	cr_assert_eq(judged(&v, (int64_t[]){3600, 0, -9999}, 3), SKEW_AGREED);
	cr_assert_eq(
	    judged(&v, (int64_t[]){0, 1, 3600, 0, -1}, 5), SKEW_AGREED);
	cr_assert_eq(v.agree, 4u);
	cr_assert_eq(v.ahead_us, 0);
}

Test(skew_judge, calls_it_wrong_when_most_say_so_whatever_one_says)
{
	struct skew_view v;

	cr_assert_eq(judged(&v, (int64_t[]){60, 61}, 2), SKEW_WRONG);
	cr_assert_eq(v.ahead_us, 60 * SECOND);
	cr_assert_eq(judged(&v, (int64_t[]){60, 0, 61}, 3), SKEW_WRONG);
	cr_assert_eq(
	    judged(&v, (int64_t[]){-60, 999999, -61, -60, -62}, 5), SKEW_WRONG);
	cr_assert_eq(v.ahead_us, -60 * SECOND, "the liar moved it nowhere");
}

Test(skew_judge, does_not_count_who_is_not_certain)
{
	struct skew_claim c[2] = {{60 * SECOND, MS}, {60 * SECOND, 3 * SECOND}};
	struct skew_view v;

	skew_judge(&v, c, 2, LIMIT);
	cr_assert_eq(v.counted, 1u);
	cr_assert_eq(v.verdict, SKEW_DISPUTED);
}

/* ---- the whole exchange ---- */

static struct sim sim;

/* What `at` finds of everybody's clocks. */
static enum skew_verdict
seen_by(size_t at, struct skew_view *v)
{
	struct sim_node *n = &sim.nodes[at];
	struct skew_claim c[MEMBERS_MAX];
	struct skew_sample k;
	size_t len = 0;

	for (size_t i = 0; i < sim.len; i++) {
		if (i == at)
			continue;
		exchange_skew(n->peers[i], sim.now_us, &k);
		cr_assert_gt(k.error_us, 0, "no sample");
		c[len].ahead_us = clock_wall_us(&n->clock) -
		    clock_boot_us(&n->clock) - k.offset_us;
		c[len++].error_us = k.error_us;
		cr_assert_leq(llabs(c[len - 1].ahead_us - n->ahead_us +
		                  sim.nodes[i].ahead_us),
		    k.error_us, "the truth is outside the error");
	}
	skew_judge(v, c, len, LIMIT);
	return v->verdict;
}

Test(skew, of_five_members_is_measured_on_a_bad_network)
{
	struct skew_view v;

	sim_new(&sim, 5);
	sim.lose = 20;
	sim.twice = 20;
	sim.delay_us = 300 * MS;
	sim.nodes[SIM_PLANT_A].ahead_us = -3600 * SECOND;
	sim.nodes[SIM_PARTNER].ahead_us = 90 * SECOND;
	for (unsigned i = 0; i < 30; i++) {
		sim_append(&sim, SIM_PLANT_B, ROSTER_ALLIANCE, 1);
		sim_append(&sim, SIM_PLANT_A, ROSTER_ALLIANCE, 1);
		sim_run(&sim, SECOND);
	}
	cr_assert_eq(seen_by(SIM_PLANT_A, &v), SKEW_WRONG);
	cr_assert_leq(llabs(v.ahead_us + 3600 * SECOND), v.error_us);
	/* Two of the four others are wrong, each in its own way: neither makes
	 * the rest doubt theirs. */
	cr_assert_eq(seen_by(SIM_PLANT_B, &v), SKEW_AGREED);
	cr_assert_leq(llabs(v.ahead_us), v.error_us);
	sim_check(&sim);
	sim_end(&sim);
}

/* A member that says another time in every turn, as certain as can be. */
static void
lies(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	if (from != SIM_PARTNER || t->clock == NULL)
		return;
	t->clock->wall_us = t->clock->mark % 2 == 0 ? INT64_MAX : 5;
	t->clock->held_us = t->clock->has_held_us ? INT64_MAX : 0;
}

Test(skew, of_a_liar_changes_nothing_for_the_others)
{
	struct sim_node *n;
	struct skew_claim c[MEMBERS_MAX];
	struct skew_sample k;
	struct skew_view v;
	size_t len = 0;

	sim_new(&sim, 6);
	n = &sim.nodes[SIM_PLANT_B];
	sim.lie = lies;
	for (unsigned i = 0; i < 20; i++) {
		sim_append(&sim, SIM_PLANT_B, ROSTER_ALLIANCE, 1);
		sim_run(&sim, SECOND);
	}
	for (size_t i = 0; i < sim.len; i++) {
		if (i == SIM_PLANT_B)
			continue;
		exchange_skew(n->peers[i], sim.now_us, &k);
		if (k.error_us == 0)
			continue;
		c[len].ahead_us = clock_wall_us(&n->clock) -
		    clock_boot_us(&n->clock) - k.offset_us;
		c[len++].error_us = k.error_us;
	}
	cr_assert_eq(len, 3u, "all but the liar, whose words cannot be");
	skew_judge(&v, c, len, LIMIT);
	cr_assert_eq(v.verdict, SKEW_AGREED);
	sim_end(&sim);
}

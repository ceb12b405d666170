/* sim_law_test.c - histories of an alliance; each law can find its breach. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/sim/world.h"

#define SEEDS 200
#define TESTS 4

static struct world w;

static void
live(const struct world_order *o)
{
	char line[128];

	world_replay(o, line, sizeof line);
	cr_assert(world_run(&w, o), "%s: %s; replay: %s",
	    world_law_text(w.broken), w.text, line);
}

static void
quarter(unsigned at)
{
	struct world_order o = {.nodes = 4};
	unsigned lied = 0, moved = 0;

	for (unsigned i = at; i < SEEDS; i += TESTS) {
		o.seed = i;
		live(&o);
		lied += w.liars > 0;
		moved += w.epochs > 0;
	}
	cr_assert(lied > 0 && moved > 0, "it is about something");
}

Test(sim, keeps_every_law_in_two_hundred_histories_1)
{
	quarter(0);
}

Test(sim, keeps_every_law_in_two_hundred_histories_2)
{
	quarter(1);
}

Test(sim, keeps_every_law_in_two_hundred_histories_3)
{
	quarter(2);
}

Test(sim, keeps_every_law_in_two_hundred_histories_4)
{
	quarter(3);
}

/* What they found: docs/decisions/0052. */
Test(sim, keeps_every_law_in_histories_that_broke_one)
{
	const uint64_t seeds[] = {100550, 100651, 200286, 200369};
	struct world_order o = {.nodes = 0};

	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
		o.seed = seeds[i];
		live(&o);
	}
}

Test(sim, has_one_history_for_one_seed)
{
	struct world_order o = {.seed = 77, .nodes = 5};
	uint64_t first;

	live(&o);
	first = w.sim.history;
	live(&o);
	cr_assert_eq(w.sim.history, first);
	o.seed = 78;
	live(&o);
	cr_assert_neq(w.sim.history, first);
}

/* A host with this fault: the law finds it in one of a few histories. */
static void
found(enum world_bug bug, enum world_law law)
{
	struct world_order o = {.bug = bug, .nodes = 5};

	for (o.seed = 1; o.seed < 6; o.seed++)
		if (!world_run(&w, &o))
			break;
	cr_assert_eq(w.broken, law, "%s: %s", world_law_text(w.broken), w.text);
}

Test(sim, finds_a_log_that_was_put_back)
{
	found(BUG_FORK, LAW_FORK);
}

Test(sim, finds_a_disk_that_forgets)
{
	found(BUG_LOST, LAW_LOST);
}

Test(sim, finds_a_member_that_does_not_ask)
{
	found(BUG_CONVERGE, LAW_CONVERGE);
}

Test(sim, finds_a_member_that_hears_no_votes)
{
	found(BUG_ROSTER, LAW_ROSTER);
}

Test(sim, finds_a_member_that_gives_to_whoever_asks)
{
	found(BUG_DISCLOSE, LAW_DISCLOSE);
}

Test(sim, finds_a_member_that_drops_evidence)
{
	found(BUG_UNNAMED, LAW_NAMED);
}

Test(sim, finds_a_member_that_accuses_the_honest)
{
	found(BUG_FRAMED, LAW_FRAMED);
}

Test(sim, finds_a_witness_that_says_more_than_it_has)
{
	found(BUG_ACK, LAW_ACK);
}

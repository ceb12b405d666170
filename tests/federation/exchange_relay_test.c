/* exchange_relay_test.c - a log comes through whoever has it, whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange.h"

#include <criterion/criterion.h>

#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)

static struct sim sim;
static const char *log_of_partner;

/* plant-a and the partner never meet; everybody else does. */
static void
part(uint64_t seed)
{
	sim_new(&sim, seed);
	log_of_partner = sim_origin(&sim, SIM_PARTNER, ROSTER_ALLIANCE);
	sim_cut(&sim, SIM_PLANT_A, SIM_PARTNER, true);
	sim_run(&sim, 3 * SECOND);
}

static uint64_t
held(size_t node)
{
	return member_held(&sim.nodes[node].member, log_of_partner);
}

static void
say(unsigned n)
{
	cr_assert(sim_append(&sim, SIM_PARTNER, ROSTER_ALLIANCE, n));
}

Test(exchange_relay, brings_what_its_owner_cannot)
{
	part(1);
	say(3);
	sim_run(&sim, 4 * SECOND);
	cr_assert_eq(held(SIM_PLANT_A), 4);
	cr_assert(
	    member_has_body(&sim.nodes[SIM_PLANT_A].member, log_of_partner, 3));
	say(900);
	sim_run(&sim, 12 * SECOND);
	cr_assert_eq(held(SIM_PLANT_A), 904);
	sim_check(&sim);
	sim_end(&sim);
}

/* One after another, by those who are linked in a row. */
Test(exchange_relay, goes_through_more_than_one)
{
	static const size_t others[] = {SIM_HQ, SIM_PLANT_B, SIM_REGULATOR};

	part(2);
	sim_cut(&sim, SIM_PLANT_A, SIM_HQ, true);
	sim_cut(&sim, SIM_PLANT_A, SIM_PLANT_B, true);
	sim_cut(&sim, SIM_PARTNER, SIM_REGULATOR, true);
	sim_cut(&sim, SIM_PARTNER, SIM_PLANT_B, true);
	say(2);
	sim_run(&sim, 8 * SECOND);
	cr_assert_eq(held(SIM_PLANT_A), 3);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_assert_eq(held(others[i]), 3);
	sim_check(&sim);
	sim_end(&sim);
}

static void
lie_of(struct sim *s, size_t from, Fed__Turn *t, bool leaf)
{
	Fed__Delivery *d;
	size_t i, k;

	(void)s;
	for (i = 0; i < t->n_deliveries; i++) {
		d = t->deliveries[i];
		if (from == SIM_PARTNER || strcmp(d->origin, log_of_partner))
			continue;
		for (k = 0; k < d->n_items; k++)
			if (leaf)
				d->items[k]->leaf.data[10] ^= 1;
			else
				d->items[k]->has_sealed = 0;
	}
}

static void
alter(struct sim *s, size_t from, Fed__Turn *t)
{
	lie_of(s, from, t, true);
}

static void
keep_back(struct sim *s, size_t from, Fed__Turn *t)
{
	lie_of(s, from, t, false);
}

/* Whoever carries may stop a log, never change it or take a body out. */
static void
refuses(void (*lie)(struct sim *s, size_t from, Fed__Turn *turn))
{
	part(3);
	sim.lie = lie;
	say(2);
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(held(SIM_PLANT_A), 1);
	cr_assert_gt(sim.nodes[SIM_PLANT_A].events[EXCHANGE_REFUSED], 0);
	sim_cut(&sim, SIM_PLANT_A, SIM_PARTNER, false);
	sim_run(&sim, 30 * SECOND);
	cr_assert_eq(held(SIM_PLANT_A), 3);
	cr_assert(
	    member_has_body(&sim.nodes[SIM_PLANT_A].member, log_of_partner, 2));
	sim_check(&sim);
	sim_end(&sim);
}

Test(exchange_relay, refuses_a_leaf_that_was_altered_on_the_way)
{
	refuses(alter);
}

Test(exchange_relay, refuses_an_entry_without_its_body)
{
	refuses(keep_back);
}

/* Nobody hears from headquarters what it holds of others. */
static void
hush(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	for (size_t i = 0; from != SIM_PARTNER && i < t->n_relayed; i++)
		fed__relayed__free_unpacked(t->relayed[i], NULL);
	if (from != SIM_PARTNER)
		t->n_relayed = 0;
}

/* make sim SEED=3: said once, lost, and never said again. */
Test(exchange_relay, says_again_what_it_holds_when_that_got_lost)
{
	part(5);
	sim.lie = hush;
	say(2);
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(held(SIM_PLANT_A), 1);
	sim.lie = NULL;
	sim_run(&sim, 25 * SECOND);
	cr_assert_eq(held(SIM_PLANT_A), 3);
	sim_end(&sim);
}

static unsigned told_sizes;

static void
count_told(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	(void)from;
	told_sizes += (unsigned)t->n_relayed;
}

/* Not for ever: it ends when both have said the same. */
Test(exchange_relay, falls_silent_when_all_have_said_the_same)
{
	part(6);
	say(2);
	sim.twice = 50;
	sim_run(&sim, 600 * SECOND);
	sim.lie = count_told;
	sim_run(&sim, 600 * SECOND);
	cr_assert_leq(told_sizes, 2 * sim.len * sim.len);
	sim_end(&sim);
}

static unsigned carried_bytes;

static void
count(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	(void)from;
	for (size_t i = 0; i < t->n_deliveries; i++)
		if (strcmp(t->deliveries[i]->origin, log_of_partner) == 0)
			carried_bytes += (unsigned)t->deliveries[i]->n_items;
}

/* Where all are linked nothing travels twice. */
Test(exchange_relay, is_not_used_where_the_owner_is_there)
{
	part(4);
	sim_cut(&sim, SIM_PLANT_A, SIM_PARTNER, false);
	sim_run(&sim, 25 * SECOND);
	carried_bytes = 0;
	sim.lie = count;
	say(5);
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(carried_bytes, 5 * (sim.len - 1));
	sim_end(&sim);
}

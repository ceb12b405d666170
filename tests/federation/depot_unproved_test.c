/* depot_unproved_test.c - an owner shows that it continues what it signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)

static struct sim sim;

static bool
frozen(size_t node, const char *origin)
{
	struct member *m = &sim.nodes[node].member;
	struct store_txn *txn;
	bool is = false;

	cr_assert_eq(store_read(m->replica_store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    witness_forked(&m->witness, txn, origin, &is, NULL), ERR_OK);
	store_abort(txn);
	return is;
}

static uint64_t
acknowledged(size_t node, const char *origin)
{
	struct member *m = &sim.nodes[node].member;
	struct witness_state st;
	struct store_txn *txn;

	cr_assert_eq(store_read(m->replica_store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    witness_state(&m->witness, txn, origin, &st, NULL), ERR_OK);
	store_abort(txn);
	return st.head.size;
}

/* Plant A speaks to these alone. */
static void
only_with(size_t one, size_t two)
{
	for (size_t i = 1; i < sim.len; i++)
		sim_cut(&sim, SIM_PLANT_A, i, i != one && i != two);
}

static void
begin_again(size_t node, unsigned n)
{
	member_wipe_own(&sim.nodes[node].member);
	member_append(&sim.nodes[node].member, ROSTER_EVIDENCE, n, 50);
	sim_restart(&sim, node);
}

static void
all_know(const char *origin)
{
	for (size_t i = 1; i < sim.len; i++) {
		cr_assert(frozen(i, origin), "node %zu", i);
		cr_assert_gt(sim.nodes[i].events[EXCHANGE_FORKED], 0,
		    "it raises an alarm at node %zu", i);
	}
}

/* None of the three has entries: whoever was shown the longer one has it proved
 * from where the others stand, in numbers that a proof contains and in one that
 * it does not, a power of two.  make sim SEED=200286. */
Test(depot_unproved, finds_two_histories_of_different_sizes_without_any_entries)
{
	for (unsigned n = 14; n < 17; n++) {
		sim_new(&sim, 50 + n);
		sim_cut(&sim, SIM_PLANT_A, SIM_HQ, true);
		sim_cut(&sim, SIM_PLANT_A, SIM_PLANT_B, true);
		sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, n);
		sim_run(&sim, 3 * SECOND);
		only_with(SIM_PLANT_B, SIM_PLANT_B);
		begin_again(SIM_PLANT_A, 40);
		sim_run(&sim, 15 * SECOND);
		all_know(sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE));
		sim_end(&sim);
	}
}

static const char *awaited;
static bool said_so;

static void
hear(struct sim *s, size_t node, const struct exchange_event *e)
{
	(void)s;
	said_so |= node == SIM_PARTNER && e->kind == EXCHANGE_REFUSED &&
	    memmem(e->text.ptr, e->text.len, awaited, strlen(awaited)) != NULL;
}

/* What the partner refuses something for. */
static void
listen_for(const char *text)
{
	awaited = text;
	said_so = false;
	sim.told = hear;
}

/* The entries that the others handed on are of one history; the other one,
 * longer and with times that go back from there, is refused for its form. */
Test(depot_unproved, finds_two_histories_whatever_the_form_of_their_entries)
{
	const char *origin;

	sim_new(&sim, 70);
	only_with(SIM_HQ, SIM_PLANT_B);
	sim_append(&sim, SIM_PLANT_A, ROSTER_ALLIANCE, 5);
	sim_run(&sim, 6 * SECOND);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_ALLIANCE);
	cr_assert_eq(member_held(&sim.nodes[SIM_PARTNER].member, origin), 6);
	only_with(SIM_PARTNER, SIM_PARTNER);
	for (size_t i = 1; i < sim.len; i++)
		sim_cut(&sim, SIM_PARTNER, i, true);
	sim.lines = true;
	listen_for("recorded_us goes back");
	sim.nodes[SIM_PLANT_A].ahead_us = -3600 * SECOND;
	begin_again(SIM_PLANT_A, 3);
	sim_append(&sim, SIM_PLANT_A, ROSTER_ALLIANCE, 9);
	sim_run(&sim, 10 * SECOND);
	cr_assert(said_so);
	cr_assert(frozen(SIM_PARTNER, origin));
	sim_cut(&sim, SIM_PARTNER, SIM_REGULATOR, false);
	sim_run(&sim, 5 * SECOND);
	all_know(origin);
	sim_end(&sim);
}

/* As a member that withholds the proof. */
static void
no_proof(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	for (size_t i = 0; from == SIM_PLANT_A && i < t->n_heads; i++)
		t->heads[i]->old++;
}

Test(depot_unproved, names_who_does_not_show_that_it_continues_what_it_signed)
{
	const char *origin;

	sim_new(&sim, 71);
	only_with(SIM_HQ, SIM_PLANT_B);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 14);
	sim_run(&sim, 3 * SECOND);
	only_with(SIM_PARTNER, SIM_PARTNER);
	begin_again(SIM_PLANT_A, 40);
	sim_run(&sim, 1 * SECOND);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	cr_assert_eq(acknowledged(SIM_PARTNER, origin), 41);
	sim.lie = no_proof;
	listen_for("does not show that it continues");
	sim_run(&sim, 300 * SECOND);
	cr_assert(!frozen(SIM_PARTNER, origin));
	cr_assert(said_so);
	sim_end(&sim);
}

/* exchange_recall_test.c - a member gets back what it lost of its own log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)

static struct sim sim;

/* Asks everybody for all that follows what it holds, until they have none. */
static struct asking {
	size_t node;
	uint64_t at[MEMBERS_MAX]; /* had nothing from there on */
	uint64_t most; /* the largest checkpoint anybody showed */
	unsigned words; /* answers without entries */
	unsigned silent; /* of those, without a checkpoint */
	uint64_t want; /* entries at a time */
	uint64_t from; /* a hole: asked for instead, UINT64_MAX: none */
	uint64_t got; /* entries of the hole that came */
	bool heads; /* only checkpoints */
	char trouble[ERR_WHY_BYTES];
} asking;

static size_t
who(const char *peer)
{
	size_t i = 0;

	while (strcmp(sim.nodes[i].member.name, peer) != 0)
		i++;
	return i;
}

static bool
is_evidence(const char *origin)
{
	return strstr(origin, "/evidence/") != NULL;
}

static bool
lacks(
    void *arg, const char *peer, const char *origin, struct exchange_span *out)
{
	struct asking *a = arg;
	struct member *m = &sim.nodes[a->node].member;
	uint64_t held = member_size(m, ROSTER_EVIDENCE);

	*out = (struct exchange_span){
	    .from = held, .max_items = a->heads ? 0 : a->want, .bodies = true};
	if (a->from != UINT64_MAX)
		out->from = a->from;
	return is_evidence(origin) && a->at[who(peer)] != out->from + 1;
}

static enum err
store(struct asking *a, const struct log_extension *x, struct err_why *why)
{
	struct member *m = &sim.nodes[a->node].member;
	struct store_txn *txn = NULL;
	enum err e = store_write(m->own_store, &txn, why);

	if (e == ERR_OK)
		e = log_extend(m->own, txn, m->slot[ROSTER_EVIDENCE], x, why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

static enum err
returned(void *arg, const char *peer, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	struct asking *a = arg;
	struct member *m = &sim.nodes[a->node].member;
	enum err e;

	cr_assert(is_evidence(origin));
	if (x->head != NULL && x->head->head.size > a->most)
		a->most = x->head->head.size;
	if (x->len == 0) {
		a->words++;
		a->silent += x->head == NULL;
		a->at[who(peer)] = x->from + 1;
		return ERR_OK;
	}
	if (a->from != UINT64_MAX) {
		cr_assert_eq(x->from, a->from);
		a->got += x->len;
		a->from += x->len;
		return ERR_OK;
	}
	if (x->from != member_size(m, ROSTER_EVIDENCE))
		return ERR_OK; /* another member was faster */
	e = store(a, x, why);
	if (e != ERR_OK)
		(void)snprintf(a->trouble, sizeof a->trouble, "%s", why->text);
	sim_grown(&sim, a->node);
	return e;
}

static const struct exchange_recaller recaller = {&asking, lacks, returned};

static bool
settle(unsigned seconds)
{
	for (unsigned i = 0; i < seconds && !sim_converged(&sim); i++)
		sim_run(&sim, SECOND);
	return sim_converged(&sim);
}

static void
append(size_t node, unsigned n)
{
	sim_append(&sim, node, ROSTER_EVIDENCE, n);
}

/* plant-a holds `first` and one entries, all have them; `then` more follow, as
 * far as they come; then it is as it was before those, and asks. */
static void
begin(uint64_t seed, unsigned first, unsigned then, bool all)
{
	sim_new(&sim, seed);
	asking = (struct asking){
	    .node = SIM_PLANT_A, .want = 4096, .from = UINT64_MAX};
	append(SIM_PLANT_A, first);
	cr_assert(settle(20));
	member_keep_own(&sim.nodes[SIM_PLANT_A].member);
	append(SIM_PLANT_A, then);
	if (all)
		cr_assert(settle(60));
	sim.nodes[SIM_PLANT_A].recall = &recaller;
}

static void
put_back(void)
{
	member_put_back(&sim.nodes[SIM_PLANT_A].member);
	sim_restart(&sim, SIM_PLANT_A);
}

static void
expect_whole(uint64_t size)
{
	struct member *m = &sim.nodes[SIM_PLANT_A].member;

	cr_assert_eq(member_size(m, ROSTER_EVIDENCE), size,
	    "%llu, not %llu: %s",
	    (unsigned long long)member_size(m, ROSTER_EVIDENCE),
	    (unsigned long long)size, asking.trouble);
	for (size_t i = 0; i < sim.len; i++)
		cr_assert_eq(sim.nodes[i].events[EXCHANGE_FORKED], 0);
	/* It signs on, and nobody sees a second history. */
	append(SIM_PLANT_A, 3);
	cr_assert(settle(60));
	sim_check(&sim);
	sim_end(&sim);
}

Test(exchange_recall, brings_back_a_lost_tail_with_bodies)
{
	begin(1, 20, 900, true);
	put_back();
	cr_assert_eq(
	    member_size(&sim.nodes[SIM_PLANT_A].member, ROSTER_EVIDENCE), 21);
	sim_run(&sim, 10 * SECOND);
	expect_whole(921);
}

Test(exchange_recall, brings_it_back_in_small_parts_over_a_bad_network)
{
	for (uint64_t seed = 10; seed < 14; seed++) {
		begin(seed, 5, 700, true);
		asking.want = 1 + seed * 7;
		sim.lose = 15;
		sim.twice = 15;
		sim.lazy = 30;
		put_back();
		for (unsigned i = 0; i < 4; i++) {
			sim_run(&sim, 40 * SECOND);
			if (i < 2)
				sim_restart(
				    &sim, i == 0 ? SIM_HQ : SIM_PLANT_A);
		}
		for (unsigned i = 0; i < 40 &&
		     member_size(
		         &sim.nodes[SIM_PLANT_A].member, ROSTER_EVIDENCE) < 706;
		     i++)
			sim_run(&sim, 20 * SECOND);
		expect_whole(706);
	}
}

Test(exchange_recall, tells_who_knows_more_from_who_holds_nothing)
{
	begin(2, 20, 30, true);
	sim_run(&sim, 3 * SECOND);
	asking.heads = true;
	put_back();
	sim_run(&sim, 5 * SECOND);
	/* Witnesses hold no entry and know the checkpoint; so does HQ. */
	cr_assert_eq(asking.words, sim.len - 1);
	cr_assert_eq(asking.silent, 0);
	cr_assert_eq(asking.most, 51);
	cr_assert_eq(
	    member_size(&sim.nodes[SIM_PLANT_A].member, ROSTER_EVIDENCE), 21);
	sim_end(&sim);
}

/* HQ has stored entries under a checkpoint that covers more, and nothing came
 * after: the last of them can be proved only by what came with them. */
static void
cut_after_some(struct sim *s, size_t from, Fed__Turn *t)
{
	if (from != SIM_PLANT_A || t->n_deliveries == 0)
		return;
	for (size_t i = 0; i < s->len; i++)
		if (i != SIM_HQ && i != SIM_PLANT_A)
			sim_cut(s, SIM_PLANT_A, i, true);
}

Test(exchange_recall, gives_back_entries_that_no_whole_tree_covers)
{
	const char *origin;
	uint64_t held;

	begin(3, 20, 4000, false);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	sim.lie = cut_after_some;
	while (member_held(&sim.nodes[SIM_HQ].member, origin) == 21)
		sim_run(&sim, SECOND / 50);
	held = member_held(&sim.nodes[SIM_HQ].member, origin);
	cr_assert(held > 21 && held < 4021, "%llu", (unsigned long long)held);
	sim.lie = NULL;
	put_back();
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(
	    member_size(&sim.nodes[SIM_PLANT_A].member, ROSTER_EVIDENCE), held,
	    "%s", asking.trouble);
	cr_assert_eq(asking.most, 4021);
	sim_end(&sim);
}

Test(exchange_recall, gives_any_range_and_no_more_than_is_held)
{
	begin(4, 20, 300, true);
	asking.from = 100;
	asking.want = 50;
	put_back();
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(asking.from, 321);
	cr_assert_geq(asking.got, 221);
	sim_end(&sim);
}

/* ---- liars ---- */

static void
alter_returned(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	for (size_t i = 0; from == SIM_HQ && i < t->n_returned; i++)
		if (t->returned[i]->n_items > 0)
			t->returned[i]->items[0]->leaf.data[20] ^= 1;
}

Test(exchange_recall, takes_nothing_that_was_altered)
{
	begin(5, 20, 30, true);
	sim.lie = alter_returned;
	put_back();
	sim_run(&sim, 30 * SECOND);
	cr_assert_eq(
	    member_size(&sim.nodes[SIM_PLANT_A].member, ROSTER_EVIDENCE), 21);
	cr_assert_gt(sim.nodes[SIM_PLANT_A].events[EXCHANGE_REFUSED], 0);
	sim.lie = NULL;
	sim_run(&sim, 60 * SECOND);
	expect_whole(51);
}

/* A partner asks for plant-a's log as if it were its own. */
static void
ask_for_another(struct sim *s, size_t from, Fed__Turn *t)
{
	const char *other = sim_origin(s, SIM_PLANT_A, ROSTER_EVIDENCE);

	for (size_t i = 0; from == SIM_PARTNER && i < t->n_recalls; i++) {
		free(t->recalls[i]->origin);
		t->recalls[i]->origin = mem_strdup(other);
	}
}

Test(exchange_recall, gives_a_log_to_nobody_but_its_owner)
{
	begin(6, 20, 30, true);
	sim.nodes[SIM_PLANT_A].recall = NULL;
	sim.nodes[SIM_PARTNER].recall = &recaller;
	asking.node = SIM_PARTNER;
	asking.from = 0;
	sim.lie = ask_for_another;
	sim_restart(&sim, SIM_PARTNER);
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(asking.got, 0);
	cr_assert_eq(asking.words, 0);
	cr_assert_gt(sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED], 0);
	sim_end(&sim);
}

/* depot_later_test.c - a member's log goes on, or is said to. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/depot.h"

#include <criterion/criterion.h>

#include "federation/council_change.h"
#include "ledger/succession.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)
#define ONE "plant-a.acme.example/evidence/1"
#define TWO "plant-a.acme.example/evidence/2"

static struct sim sim;

static void
setup(void)
{
	sim_new(&sim, 7);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 50);
	sim_run(&sim, 5 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, ONE), 51);
}

static void
teardown(void)
{
	buf_clear(&sim.nodes[SIM_PLANT_A].member.succession);
	sim_end(&sim);
}

/* Plant A's log goes on, and it begins anew with that. */
static void
succeed(uint64_t less, unsigned more)
{
	member_succeed(&sim.nodes[SIM_PLANT_A].member, less);
	sim_restart(&sim, SIM_PLANT_A);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, more);
}

static bool
forked(size_t node, const char *origin)
{
	struct member *m = &sim.nodes[node].member;
	struct store_txn *txn = NULL;
	struct err_why why = {.text = ""};
	bool out = false;

	cr_assert_eq(store_read(m->replica_store, &txn, &why), ERR_OK);
	cr_assert_eq(
	    witness_forked(&m->witness, txn, origin, &out, &why), ERR_OK);
	store_abort(txn);
	return out;
}

Test(depot_later, fetches_the_next_generation, .init = setup, .fini = teardown)
{
	succeed(0, 20);
	sim_run(&sim, 30 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, ONE), 51);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, TWO), 21);
	cr_assert_eq(member_held(&sim.nodes[SIM_PARTNER].member, TWO), 0);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 21);
	/* What was accepted outlives both of them. */
	sim_restart(&sim, SIM_HQ);
	sim_restart(&sim, SIM_PLANT_A);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 30 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, TWO), 26);
	cr_assert_not(forked(SIM_HQ, ONE));
}

Test(depot_later, fetches_the_closed_generation_first, .init = setup,
    .fini = teardown)
{
	sim_cut(&sim, SIM_PLANT_A, SIM_HQ, true);
	member_append(
	    &sim.nodes[SIM_PLANT_A].member, ROSTER_EVIDENCE, 9000, 10);
	sim_grown(&sim, SIM_PLANT_A);
	succeed(0, 3);
	sim_cut(&sim, SIM_PLANT_A, SIM_HQ, false);
	for (int i = 0; i < 600; i++) {
		sim_run(&sim, SECOND / 10);
		if (member_held(&sim.nodes[SIM_HQ].member, TWO) > 0)
			break;
		cr_assert_leq(
		    member_held(&sim.nodes[SIM_HQ].member, ONE), 9051);
	}
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, ONE), 9051);
}

Test(depot_later, refuses_an_end_before_what_was_seen, .init = setup,
    .fini = teardown)
{
	succeed(10, 5);
	sim_run(&sim, 30 * SECOND);
	for (size_t i = SIM_HQ; i <= SIM_PARTNER; i++) {
		cr_assert(forked(i, ONE), "node %zu", i);
		cr_assert_eq(member_held(&sim.nodes[i].member, TWO), 0);
		cr_assert_gt(sim.nodes[i].events[EXCHANGE_FORKED], 0);
	}
	cr_assert_gt(sim.nodes[SIM_PLANT_A].events[EXCHANGE_REJECTED], 0);
	cr_assert_lt(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 52);
	sim_restart(&sim, SIM_HQ);
	sim_run(&sim, 90 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, TWO), 0);
}

Test(depot_later, lets_the_old_key_sign_nothing_more, .init = setup,
    .fini = teardown)
{
	const struct exchange_host *h;
	struct member *a = &sim.nodes[SIM_PLANT_A].member;
	struct note_checkpoint c = {.origin = ONE, .head = {.size = 60}};
	struct tree_proof proof = {.len = 0};
	struct exchange_head head = {
	    .peer = a->name, .head = &c, .old = 51, .proof = &proof};
	struct err_why why = {.text = ""};
	struct buf text, note, line;
	uint64_t size = 0;

	succeed(0, 1);
	sim_run(&sim, 30 * SECOND);
	buf_init(&text, NOTE_BYTES_MAX);
	buf_init(&note, NOTE_BYTES_MAX);
	buf_init(&line, NOTE_BYTES_MAX);
	note_checkpoint_put(&text, &c);
	note_sign(&note, buf_view(&text), ONE, &a->old_key);
	head.note = buf_view(&note);
	h = depot_host(sim.nodes[SIM_PARTNER].depot);
	cr_assert_eq(h->cosign(h->arg, &head, &line, &size, &why), ERR_REFUSED,
	    "%s", why.text);
	cr_assert(forked(SIM_PARTNER, ONE));
	cr_assert_not(forked(SIM_PARTNER, TWO));
	cr_assert_eq(line.len, 0);
	buf_clear(&text);
	buf_clear(&note);
	buf_clear(&line);
}

/* Plant A's card has another identity key from now on, and all know it. */
static void
renew(void)
{
	struct member *a = &sim.nodes[SIM_PLANT_A].member;
	const struct hash next = {{5}};
	struct roster *was = sim.roster, *now = NULL;
	struct roster_self self = {.name = a->name,
	    .role = a->role,
	    .company = a->company,
	    .endpoint = a->endpoint,
	    .identity = &a->identity,
	    .log = {&a->log_key[0], &a->log_key[1]},
	    .generation = {2, 1},
	    .witness = &a->witness_key,
	    .session = a->session.pub,
	    .next_identity = &next};
	struct err_why why = {.text = ""};
	Fed__Genesis *g = NULL;
	struct succession s;
	size_t i = 0;

	cr_assert_eq(
	    council_change_copy(&g, roster_genesis(was), &why), ERR_OK);
	cr_assert_eq(succession_kept(&s, a->succession_view, &why), ERR_OK);
	crypto_signer_new(&a->identity);
	buf_reset(&a->succession);
	cr_assert_eq(
	    succession_sign(&a->succession, &s, &a->identity, &why), ERR_OK);
	a->succession_view = buf_view(&a->succession);
	while (strcmp(g->members[i]->name, a->name) != 0)
		i++;
	g->past = mem_alloc(1, sizeof g->past[0]);
	g->past[g->n_past++] = g->members[i];
	g->members[i] = roster_card(&self);
	cr_assert_eq(roster_later(&now, g, 1, roster_fingerprint(was), &why),
	    ERR_OK, "%s", why.text);
	slice_free(&g->base);
	sim.roster = now;
	for (i = 0; i < sim.len; i++) {
		sim.nodes[i].roster = now;
		sim_restart(&sim, i);
	}
	roster_free(was);
}

/* What the old key of the closed log signs is evidence that convinces whoever
 * knows the new identity key alone. */
Test(depot_later, is_signed_again_by_a_new_identity_key, .init = setup,
    .fini = teardown)
{
	const struct exchange_host *h;
	struct member *a = &sim.nodes[SIM_PLANT_A].member;
	struct note_checkpoint c = {.origin = ONE, .head = {.size = 60}};
	struct tree_proof proof = {.len = 0};
	struct exchange_head head = {
	    .peer = a->name, .head = &c, .old = 51, .proof = &proof};
	struct err_why why = {.text = ""};
	struct buf text, note, line;
	uint64_t size = 0;

	succeed(0, 20);
	sim_run(&sim, 30 * SECOND);
	renew();
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, TWO), 21);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 30 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, TWO), 26);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 26);
	buf_init(&text, NOTE_BYTES_MAX);
	buf_init(&note, NOTE_BYTES_MAX);
	buf_init(&line, NOTE_BYTES_MAX);
	note_checkpoint_put(&text, &c);
	note_sign(&note, buf_view(&text), ONE, &a->old_key);
	head.note = buf_view(&note);
	h = depot_host(sim.nodes[SIM_PARTNER].depot);
	cr_assert_eq(h->cosign(h->arg, &head, &line, &size, &why), ERR_REFUSED,
	    "%s", why.text);
	sim_run(&sim, 10 * SECOND);
	for (size_t i = SIM_HQ; i <= SIM_PARTNER; i++) {
		cr_assert(forked(i, ONE), "node %zu", i);
		cr_assert_not(forked(i, TWO), "node %zu", i);
	}
	buf_clear(&text);
	buf_clear(&note);
	buf_clear(&line);
}

Test(depot_later, hears_nobody_about_the_logs_of_others, .init = setup,
    .fini = teardown)
{
	const struct exchange_host *h = depot_host(sim.nodes[SIM_HQ].depot);
	struct member *a = &sim.nodes[SIM_PLANT_A].member;
	char origin[NOTE_NAME_MAX + 1] = "";
	struct err_why why = {.text = ""};

	member_succeed(a, 0);
	cr_assert_eq(h->succeed(h->arg, sim.nodes[SIM_PLANT_B].member.name,
	                 a->succession_view, origin, &why),
	    ERR_UNVERIFIED);
	cr_assert_eq(
	    h->succeed(h->arg, a->name,
	        bytes_of(a->succession_view.ptr, a->succession_view.len - 2),
	        origin, &why),
	    ERR_UNVERIFIED);
	cr_assert_eq(
	    h->succeed(h->arg, a->name, a->succession_view, origin, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_str_eq(origin, TWO);
	/* Said twice is said once; another end is another word. */
	cr_assert_eq(
	    h->succeed(h->arg, a->name, a->succession_view, origin, &why),
	    ERR_OK);
	cr_assert_not(forked(SIM_HQ, ONE));
	buf_clear(&a->succession);
}

Test(depot_later, tells_the_others_of_a_false_end_without_being_woken,
    .init = setup, .fini = teardown)
{
	const struct exchange_host *h = depot_host(sim.nodes[SIM_HQ].depot);
	struct member *a = &sim.nodes[SIM_PLANT_A].member;
	char origin[NOTE_NAME_MAX + 1] = "";
	struct bytes file;

	member_succeed(a, 10);
	cr_assert_eq(
	    h->succeed(h->arg, a->name, a->succession_view, origin, NULL),
	    ERR_REFUSED);
	cr_assert_eq(h->gossip->fork(h->gossip->arg, 0, &file), ERR_OK);
}

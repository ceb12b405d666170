/* exchange_test.c - five members over a network that loses and lies. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/cell.h"
#include "proto/slice.h"
#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)

static struct sim sim;

/* Runs until all have all, or `seconds` have passed. */
static bool
settle(unsigned seconds)
{
	unsigned i;

	for (i = 0; i < seconds; i++) {
		if (sim_converged(&sim))
			return true;
		sim_run(&sim, SECOND);
	}
	return sim_converged(&sim);
}

Test(exchange, brings_every_log_to_everybody_entitled)
{
	sim_new(&sim, 1);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 700);
	sim_append(&sim, SIM_PLANT_B, ROSTER_EVIDENCE, 3);
	sim_append(&sim, SIM_PARTNER, ROSTER_ALLIANCE, 20);
	cr_assert(settle(10));
	sim_check(&sim);
	cr_assert(member_has_body(&sim.nodes[SIM_HQ].member,
	    sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE), 700));
	cr_assert(member_has_body(&sim.nodes[SIM_PLANT_A].member,
	    sim_origin(&sim, SIM_PARTNER, ROSTER_ALLIANCE), 20));
	cr_assert_eq(member_held(&sim.nodes[SIM_PARTNER].member,
	                 sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE)),
	    0);
	sim_end(&sim);
}

Test(exchange, brings_an_alarm_to_hq_within_a_second)
{
	sim_new(&sim, 2);
	sim_run(&sim, 5 * SECOND);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 1);
	sim_run(&sim, SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE)),
	    2);
	sim_end(&sim);
}

Test(exchange, cosigns_the_newest_checkpoint_of_every_peer)
{
	size_t i;

	sim_new(&sim, 3);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 3 * SECOND);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 4);
	sim_run(&sim, 3 * SECOND);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 10);
	for (i = 0; i < sim.len; i++)
		cr_assert_eq(sim.nodes[i].events[EXCHANGE_REFUSED], 0);
	sim_end(&sim);
}

/* make sim SCALE=1: a want that came late ended the newer one, and what was
 * said next waited 20 s. */
Test(exchange, lets_no_want_that_comes_late_end_the_one_that_stands)
{
	struct exchange *x;
	Fed__Want want = FED__WANT__INIT, *one = &want;
	Fed__Turn late = FED__TURN__INIT;
	char origin[NOTE_NAME_MAX + 1];
	struct buf turn;

	sim_new(&sim, 4);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 3);
	sim_run(&sim, 3 * SECOND);
	(void)snprintf(origin, sizeof origin, "%s",
	    sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE));
	want.origin = origin;
	want.has_from = want.has_max = want.has_bodies = want.bodies = 1;
	want.from = 1;
	want.max = 4096;
	late.n_wants = 1;
	late.wants = &one;
	x = sim.nodes[SIM_PLANT_A].peers[SIM_HQ];
	buf_init(&turn, EXCHANGE_TURN_MAX);
	slice_pack(&turn, &late.base);
	cr_assert_eq(exchange_in(x, &turn, sim.now_us, NULL, NULL), ERR_OK);
	sim_run(&sim, SECOND);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 1);
	sim_run(&sim, SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, origin), 5);
	buf_clear(&turn);
	sim_end(&sim);
}

/* Over lines of 100 KiB a second; half a minute of history waits. */
static void
slow_lines(uint64_t seed)
{
	sim_new(&sim, seed);
	sim_run(&sim, 5 * SECOND);
	sim.kib_us = 10000;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 12000);
	sim_run(&sim, 4 * SECOND);
	cr_assert_not(sim_converged(&sim));
}

static uint64_t
held(size_t at, size_t owner, enum roster_kind kind)
{
	return member_held(
	    &sim.nodes[at].member, sim_origin(&sim, owner, kind));
}

Test(exchange, lets_a_status_pass_the_history_of_its_own_site)
{
	slow_lines(31);
	sim_append(&sim, SIM_PLANT_A, ROSTER_ALLIANCE, 1);
	sim_run(&sim, 5 * SECOND);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_ALLIANCE), 2);
	cr_assert_lt(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 12001,
	    "else it had nothing to pass");
	cr_assert(settle(120));
	sim_check(&sim);
	sim_end(&sim);
}

Test(exchange, lets_an_alarm_elsewhere_pass_a_site_that_catches_up)
{
	slow_lines(32);
	sim_append(&sim, SIM_PLANT_B, ROSTER_EVIDENCE, 1);
	sim_run(&sim, SECOND);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_B, ROSTER_EVIDENCE), 2);
	cr_assert_lt(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 12001);
	cr_assert(settle(120));
	sim_end(&sim);
}

Test(exchange, squeezes_turns_for_whoever_said_that_it_reads_them)
{
	unsigned before;

	sim_new(&sim, 33);
	sim_run(&sim, 5 * SECOND);
	before = sim.squeezed;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 1000);
	cr_assert(settle(10));
	cr_assert_gt(sim.squeezed, before);
	sim_check(&sim);
	sim_end(&sim);
}

/* What was made for it is given back: to be seen under ASan. */
Test(exchange, takes_an_empty_frame_as_a_turn_that_says_nothing)
{
	static const uint8_t frame[] = {
	    0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00};
	struct err_why why = {.text = ""};
	struct buf turn;

	sim_new(&sim, 34);
	buf_init(&turn, EXCHANGE_TURN_MAX);
	buf_put(&turn, frame, sizeof frame);
	cr_assert_eq(exchange_in(sim.nodes[0].peers[1], &turn, 0, NULL, &why),
	    ERR_OK, "%s", why.text);
	buf_clear(&turn);
	sim_end(&sim);
}

/* The property: whatever the network does, all converge, nothing is stored
 * that its owner did not sign. */
static void
storm(uint64_t seed, unsigned lazy)
{
	size_t i, a, b;
	unsigned round;

	sim_new(&sim, seed);
	sim.lazy = lazy;
	sim.lose = 15;
	sim.twice = 15;
	sim.delay_us = 400000;
	for (round = 0; round < 12; round++) {
		i = sim_random(&sim, sim.len);
		sim_append(&sim, i, ROSTER_EVIDENCE,
		    1 + (unsigned)sim_random(&sim, 300));
		i = sim_random(&sim, sim.len);
		sim_append(&sim, i, ROSTER_ALLIANCE,
		    1 + (unsigned)sim_random(&sim, 9));
		a = sim_random(&sim, sim.len);
		b = sim_random(&sim, sim.len);
		if (a != b)
			sim_cut(&sim, a, b, round % 3 != 2);
		sim_run(&sim, (int64_t)sim_random(&sim, 4000000));
		if (round % 3 == 1)
			sim_restart(&sim, sim_random(&sim, sim.len));
		sim_check(&sim);
	}
	memset(sim.cut, 0, sizeof(sim.cut));
	cr_assert(
	    settle(400), "seed %llu: not converged", (unsigned long long)seed);
	sim_check(&sim);
	for (i = 0; i < sim.len; i++) {
		cr_assert_eq(sim.nodes[i].events[EXCHANGE_REFUSED], 0,
		    "seed %llu: %s refused: %s", (unsigned long long)seed,
		    sim.nodes[i].member.name, sim.nodes[i].trouble);
		cr_assert_eq(sim.nodes[i].events[EXCHANGE_FORKED], 0);
	}
	cr_assert(sim.lost > 0 && sim.doubled > 0);
	cr_assert_eq(sim.left > 0, lazy > 0);
	sim_end(&sim);
}

Test(exchange, converges_through_loss_duplication_reordering_and_restarts)
{
	uint64_t seed;

	for (seed = 100; seed < 108; seed++)
		storm(seed, 0);
}

/* Judged turns wait for others to be stored, up to the whole queue. */
Test(exchange, converges_when_turns_are_stored_long_after_they_came)
{
	uint64_t seed;

	for (seed = 200; seed < 206; seed++)
		storm(seed, 30 + 10 * (unsigned)(seed - 200));
}

Test(exchange, catches_up_after_a_partition_heals)
{
	size_t i;

	sim_new(&sim, 5);
	for (i = 0; i < sim.len; i++)
		if (i != SIM_PLANT_A)
			sim_cut(&sim, SIM_PLANT_A, i, true);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 1500);
	sim_run(&sim, 60 * SECOND);
	cr_assert(!sim_converged(&sim));
	memset(sim.cut, 0, sizeof(sim.cut));
	cr_assert(settle(60));
	sim_check(&sim);
	sim_end(&sim);
}

/* ---- liars ---- */

static void
alter_leaf(struct sim *s, size_t from, Fed__Turn *t)
{
	Fed__Delivery *d;
	size_t i;

	(void)s;
	for (i = 0; from == SIM_PLANT_A && i < t->n_deliveries; i++) {
		d = t->deliveries[i];
		d->items[d->n_items - 1]->leaf.data[20] ^= 1;
	}
}

static void
alter_body(struct sim *s, size_t from, Fed__Turn *t)
{
	ProtobufCBinaryData *sealed;
	size_t i;

	(void)s;
	for (i = 0; from == SIM_PLANT_A && i < t->n_deliveries; i++) {
		sealed = &t->deliveries[i]->items[0]->sealed;
		if (sealed->len > 40)
			sealed->data[sealed->len - 5] ^= 1;
	}
}

static void
alter_note(struct sim *s, size_t from, Fed__Turn *t)
{
	size_t i;

	(void)s;
	for (i = 0; from == SIM_PLANT_A && i < t->n_heads; i++)
		t->heads[i]->note.data[t->heads[i]->note.len - 9] ^= 1;
}

static void
drop_item(struct sim *s, size_t from, Fed__Turn *t)
{
	Fed__Delivery *d;
	size_t i;

	(void)s;
	for (i = 0; from == SIM_PLANT_A && i < t->n_deliveries; i++) {
		d = t->deliveries[i];
		if (d->n_items < 2)
			continue;
		fed__item__free_unpacked(d->items[0], NULL);
		d->n_items--;
		memmove(&d->items[0], &d->items[1],
		    d->n_items * sizeof(d->items[0]));
	}
}

static void
refuses_liar(void (*lie)(struct sim *, size_t, Fed__Turn *))
{
	uint64_t before;

	sim_new(&sim, 7);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	cr_assert(settle(10));
	before = member_held(&sim.nodes[SIM_HQ].member,
	    sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE));
	sim.lie = lie;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE)),
	    before);
	cr_assert_gt(sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED], 0);
	sim_check(&sim);
	/* It repents: nothing is broken for good. */
	sim.lie = NULL;
	cr_assert(settle(200));
	sim_check(&sim);
	sim_end(&sim);
}

Test(exchange, refuses_an_altered_leaf_and_recovers)
{
	refuses_liar(alter_leaf);
}

Test(exchange, refuses_a_body_that_does_not_match_its_leaf)
{
	refuses_liar(alter_body);
}

Test(exchange, refuses_a_range_with_an_entry_left_out)
{
	refuses_liar(drop_item);
}

Test(exchange, does_not_cosign_a_note_with_a_broken_signature)
{
	sim_new(&sim, 8);
	sim.lie = alter_note;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 0);
	cr_assert_gt(sim.nodes[SIM_PARTNER].events[EXCHANGE_REFUSED], 0);
	sim_end(&sim);
}

static void
rename_type(struct sim *s, size_t from, Fed__Turn *t)
{
	ProtobufCBinaryData *sealed;
	uint8_t *at;
	size_t i;

	(void)s;
	for (i = 0; from == SIM_PLANT_A && i < t->n_deliveries; i++) {
		sealed = &t->deliveries[i]->items[0]->sealed;
		at = memmem(sealed->data, sealed->len, "record.Alarm", 12);
		if (at != NULL)
			at[11] = 'x';
	}
}

Test(exchange, keeps_leaves_whose_bodies_are_of_a_newer_schema)
{
	const char *origin;

	sim_new(&sim, 14);
	cr_assert(settle(10));
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	sim.lie = rename_type;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 3);
	cr_assert(settle(10));
	cr_assert(!member_has_body(&sim.nodes[SIM_HQ].member, origin, 1));
	cr_assert(member_has_body(&sim.nodes[SIM_HQ].member, origin, 2));
	cr_assert_gt(sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED], 0);
	sim_check(&sim);
	sim_end(&sim);
}

/* A node that starts its log anew under the same key, with `n` entries. */
static void
begin_again(size_t node, unsigned n)
{
	member_wipe_own(&sim.nodes[node].member);
	member_append(&sim.nodes[node].member, ROSTER_EVIDENCE, n, 50);
	sim_restart(&sim, node);
}

Test(exchange, keeps_both_notes_when_a_log_forks_at_the_same_size)
{
	size_t i;

	sim_new(&sim, 9);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	cr_assert(settle(10));
	sim_run(&sim, 3 * SECOND);
	sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE] = 0;
	begin_again(SIM_PLANT_A, 10);
	sim_run(&sim, 5 * SECOND);
	for (i = 0; i < sim.len; i++)
		if (i != SIM_PLANT_A)
			cr_assert_eq(sim.nodes[i].events[EXCHANGE_FORKED], 2,
			    "both logs forked, seen by node %zu: %u", i,
			    sim.nodes[i].events[EXCHANGE_FORKED]);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 0);
	sim_end(&sim);
}

Test(exchange, recognises_a_fork_below_what_it_replicated)
{
	sim_new(&sim, 10);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 50);
	cr_assert(settle(10));
	begin_again(SIM_PLANT_A, 20);
	sim_run(&sim, 5 * SECOND);
	cr_assert_gt(sim.nodes[SIM_HQ].events[EXCHANGE_FORKED], 0);
	cr_assert_gt(sim.nodes[SIM_PLANT_A].events[EXCHANGE_AHEAD], 0);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE)),
	    51);
	sim_end(&sim);
}

Test(exchange, stores_and_cosigns_nothing_of_a_longer_fork)
{
	sim_new(&sim, 11);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 20);
	cr_assert(settle(10));
	sim_run(&sim, 2 * SECOND);
	sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE] = 0;
	begin_again(SIM_PLANT_A, 60);
	sim_run(&sim, 90 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE)),
	    21);
	cr_assert_gt(sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED], 0);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 0);
	sim_end(&sim);
}

Test(exchange, carries_out_erasures_and_sends_receipts)
{
	const char *origin;

	sim_new(&sim, 12);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	cr_assert(settle(10));
	cr_assert(member_has_body(&sim.nodes[SIM_HQ].member, origin, 4));
	member_erase(&sim.nodes[SIM_PLANT_A].member, 4);
	sim_grown(&sim, SIM_PLANT_A);
	cr_assert(settle(10));
	sim_run(&sim, SECOND);
	cr_assert(!member_has_body(&sim.nodes[SIM_HQ].member, origin, 4));
	cr_assert(member_has_body(&sim.nodes[SIM_HQ].member, origin, 5));
	cr_assert_eq(sim.nodes[SIM_PLANT_A].events[EXCHANGE_ERASED], 1);
	sim_check(&sim);
	sim_end(&sim);
}

/* Fields of an entry, then the whole, in a list that does not ascend: together
 * in one transaction they cannot be done. */
Test(exchange, carries_out_erasures_beside_one_that_fails)
{
	static uint64_t more[] = {7, 9, 2, 3, 4, 5, 6};
	static uint32_t title = 9;
	Record__Erasure fields = RECORD__ERASURE__INIT;
	Record__Erasure bad = RECORD__ERASURE__INIT;
	const char *origin;

	sim_new(&sim, 12);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 12);
	cr_assert(settle(10));
	fields.has_index = bad.has_index = true;
	fields.index = 7;
	fields.fields = &title;
	fields.n_fields = 1;
	bad.index = 1;
	bad.more = more;
	bad.n_more = sizeof more / sizeof more[0];
	/* The newest comes first. */
	member_say_erased(&sim.nodes[SIM_PLANT_A].member, &bad);
	member_say_erased(&sim.nodes[SIM_PLANT_A].member, &fields);
	member_erase(&sim.nodes[SIM_PLANT_A].member, 10);
	sim_grown(&sim, SIM_PLANT_A);
	cr_assert(settle(10));
	sim_run(&sim, SECOND);
	cr_assert(!member_has_body(&sim.nodes[SIM_HQ].member, origin, 10));
	cr_assert(!member_has_body(&sim.nodes[SIM_HQ].member, origin, 7));
	cr_assert(member_has_body(&sim.nodes[SIM_HQ].member, origin, 2));
	sim_end(&sim);
}

Test(exchange_in, refuses_garbage_and_floods_not_other_epochs)
{
	Fed__Turn turn = FED__TURN__INIT;
	struct exchange *x;
	struct err_why why;
	struct buf in;

	sim_new(&sim, 13);
	x = sim.nodes[0].peers[1];
	buf_init(&in, EXCHANGE_TURN_MAX + 1);
	buf_str(&in, "\xff\xff\xff");
	cr_assert_eq(exchange_in(x, &in, 0, NULL, &why), ERR_MALFORMED);
	turn.has_epoch = true;
	turn.epoch = 3;
	buf_reset(&in);
	slice_pack(&in, &turn.base);
	cr_assert_eq(exchange_in(x, &in, 0, NULL, &why), ERR_OK);
	cr_assert_eq(exchange_queued(x), 1);
	(void)buf_grow(&in, EXCHANGE_TURN_MAX + 1 - in.len);
	cr_assert_eq(exchange_in(x, &in, 0, NULL, &why), ERR_LIMIT);
	buf_clear(&in);
	sim_end(&sim);
}

/* All that a line shows of a turn is its length: that of a cover and of an item
 * are one, whatever the cell holds. */
Test(exchange, carries_a_cell_in_a_turn_of_one_length)
{
	const size_t room = cell_room(MEMBERS_MAX);
	const struct bytes said[] = {{NULL, 0}, bytes_str("an item")};
	uint8_t *cell = malloc(cell_bytes(room));
	struct crypto_signer key;
	size_t len[3];

	sim_new(&sim, 43);
	sim_run(&sim, 5 * SECOND);
	crypto_signer_new(&key);
	/* With the first goes what else is to be said. */
	for (size_t i = 0; i < 3; i++) {
		struct exchange *x = sim.nodes[SIM_PLANT_A].peers[SIM_HQ];
		struct exchange *y = sim.nodes[SIM_HQ].peers[SIM_PLANT_A];
		struct buf turn;

		cr_assert_eq(
		    cell_make(cell, room, said[i / 2], key.pub, key.pub, NULL),
		    ERR_OK);
		cr_assert(exchange_cell(x, bytes_of(cell, cell_bytes(room))));
		cr_assert_leq(exchange_due(x, sim.now_us), sim.now_us);
		buf_init(&turn, EXCHANGE_TURN_MAX);
		exchange_out(x, sim.now_us, 0, &turn);
		len[i] = turn.len;
		cr_assert_eq(
		    exchange_in(y, &turn, sim.now_us, NULL, NULL), ERR_OK);
		exchange_settle(y, sim.now_us);
		buf_clear(&turn);
	}
	cr_assert_eq(sim.nodes[SIM_HQ].events[EXCHANGE_CELL], 3);
	cr_assert_eq(len[1], len[2], "%zu and %zu", len[1], len[2]);
	for (size_t i = 0; i < EXCHANGE_CELLS; i++)
		cr_assert(exchange_cell(
		    sim.nodes[SIM_PLANT_A].peers[SIM_HQ], bytes_str("x")));
	cr_assert_not(exchange_cell(
	    sim.nodes[SIM_PLANT_A].peers[SIM_HQ], bytes_str("x")));
	free(cell);
	sim_end(&sim);
}

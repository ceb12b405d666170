/* exchange_carry_test.c - turns in files between members that never connect. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "federation/gossip.h"
#include "federation/parcel.h"
#include "federation/turn.h"
#include "proto/mem.h"
#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)
#define MADE INT64_C(1790000000000000)

static struct sim sim;

/* A file and where its frames begin. */
struct stick {
	struct buf file;
	size_t frame[64];
	size_t frames;
};

static struct buf said[MEMBERS_MAX][MEMBERS_MAX]; /* at, of whom */

static uint64_t
held(size_t at, size_t owner, enum roster_kind kind)
{
	return member_held(
	    &sim.nodes[at].member, sim_origin(&sim, owner, kind));
}

static void
begin(uint64_t seed)
{
	sim_new(&sim, seed);
	for (size_t a = 0; a < sim.len; a++)
		for (size_t b = 0; b < sim.len; b++) {
			if (a != b)
				sim_cut(&sim, a, b, true);
			buf_init(&said[a][b], 65536);
		}
}

static void
end(void)
{
	for (size_t a = 0; a < sim.len; a++)
		for (size_t b = 0; b < sim.len; b++)
			buf_clear(&said[a][b]);
	sim_end(&sim);
}

static struct parcel_ends
ends_of(size_t node)
{
	return (struct parcel_ends){sim.roster, sim.nodes[node].member.name,
	    &sim.nodes[node].member.session};
}

static void export(struct stick *s, size_t from, size_t to)
{
	const char *self = sim.nodes[from].member.name;
	const char *peer = sim.nodes[to].member.name;
	const struct parcel_ends ends = ends_of(from);
	struct exchange *x = exchange_new(
	    sim.roster, self, peer, depot_host(sim.nodes[from].depot));
	struct parcel p;
	struct buf turn;
	bool more = true;

	s->frames = 0;
	buf_init(&s->file, 64u << 20);
	buf_init(&turn, EXCHANGE_TURN_MAX);
	exchange_learn(x, buf_view(&said[from][to]));
	exchange_carry(x);
	cr_assert_eq(parcel_begin(&p, &ends, roster_find(sim.roster, peer),
	                 MADE, &s->file, NULL),
	    ERR_OK);
	while (more) {
		buf_reset(&turn);
		more = exchange_carry_out(x, sim.now_us, &turn);
		cr_assert_lt(s->frames, 64);
		s->frame[s->frames++] = s->file.len;
		cr_assert_eq(
		    parcel_put(&p, buf_view(&turn), !more, &s->file), ERR_OK);
	}
	exchange_free(x);
	buf_clear(&turn);
	parcel_wipe(&p);
}

/* The first `frames` of it; whose they are. */
static size_t
import(const struct stick *s, size_t at, size_t frames)
{
	const struct parcel_ends ends = ends_of(at);
	struct err_why why;
	struct exchange *x;
	struct parcel p;
	struct buf turn;
	size_t from = 0;
	size_t len;
	bool last;

	cr_assert_eq(parcel_open(&p, &ends,
	                 bytes_of(s->file.ptr, PARCEL_HEAD_BYTES), &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(p.made_us, MADE);
	while (strcmp(sim.nodes[from].member.name, p.from->name) != 0)
		from++;
	for (size_t i = 0; i < frames && i < s->frames; i++) {
		const uint8_t *f = s->file.ptr + s->frame[i];

		cr_assert_eq(parcel_length(&len, bytes_of(f, 4), NULL), ERR_OK);
		buf_init(&turn, EXCHANGE_TURN_MAX);
		cr_assert_eq(parcel_take(&p, i, bytes_of(f + 4, len), &turn,
		                 &last, &why),
		    ERR_OK, "%s", why.text);
		cr_assert_eq(last, i + 1 == s->frames);
		x = exchange_new(sim.roster, ends.self, p.from->name,
		    depot_host(sim.nodes[at].depot));
		exchange_learn(x, buf_view(&said[at][from]));
		cr_assert_eq(
		    exchange_carried_in(x, &turn, p.made_us, sim.now_us, &why),
		    ERR_OK, "%s", why.text);
		buf_reset(&said[at][from]);
		exchange_said(x, &said[at][from]);
		exchange_free(x);
		buf_clear(&turn);
	}
	parcel_wipe(&p);
	return from;
}

static void
trip(size_t from, size_t to)
{
	struct stick s;

	export(&s, from, to);
	(void)import(&s, to, SIZE_MAX);
	buf_clear(&s.file);
}

Test(exchange_carry, two_trips_bring_both_sides_level)
{
	begin(1);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 9000);
	sim_append(&sim, SIM_PLANT_A, ROSTER_ALLIANCE, 12);
	sim_append(&sim, SIM_HQ, ROSTER_ALLIANCE, 7);
	trip(SIM_PLANT_A, SIM_HQ);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 9001);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_ALLIANCE), 13);
	cr_assert(member_has_body(&sim.nodes[SIM_HQ].member,
	    sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE), 9000));
	trip(SIM_HQ, SIM_PLANT_A);
	cr_assert_eq(held(SIM_PLANT_A, SIM_HQ, ROSTER_ALLIANCE), 8);
	/* What HQ cosigned came back with it. */
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 9001);
	sim_check(&sim);
	end();
}

Test(exchange_carry, goes_on_from_what_the_other_said)
{
	struct stick s;

	begin(2);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5000);
	trip(SIM_PLANT_A, SIM_HQ);
	trip(SIM_HQ, SIM_PLANT_A);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 3);
	export(&s, SIM_PLANT_A, SIM_HQ);
	cr_assert_lt(s.file.len, 8192);
	(void)import(&s, SIM_HQ, SIZE_MAX);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 5004);
	buf_clear(&s.file);
	/* With a proof from what it acknowledged: HQ cosigns at once. */
	trip(SIM_HQ, SIM_PLANT_A);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 5004);
	sim_check(&sim);
	end();
}

Test(exchange_carry, half_a_file_and_then_all_of_it_is_all_of_it)
{
	struct stick s;
	unsigned refused;

	begin(3);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 9000);
	export(&s, SIM_PLANT_A, SIM_HQ);
	cr_assert_gt(s.frames, 2);
	(void)import(&s, SIM_HQ, s.frames / 2);
	cr_assert_lt(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 9001);
	refused = sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED];
	(void)import(&s, SIM_HQ, SIZE_MAX);
	(void)import(&s, SIM_HQ, SIZE_MAX);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 9001);
	cr_assert_eq(sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED], refused);
	sim_check(&sim);
	buf_clear(&s.file);
	end();
}

Test(exchange_carry, a_file_that_overlaps_what_is_held_adds_the_rest)
{
	struct stick whole, more;

	begin(4);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 100);
	export(&whole, SIM_PLANT_A, SIM_HQ);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 100);
	export(&more, SIM_PLANT_A, SIM_HQ);
	(void)import(&whole, SIM_HQ, SIZE_MAX);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 101);
	(void)import(&more, SIM_HQ, SIZE_MAX);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 201);
	/* An older one later takes nothing away. */
	(void)import(&whole, SIM_HQ, SIZE_MAX);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 201);
	sim_check(&sim);
	buf_clear(&whole.file);
	buf_clear(&more.file);
	end();
}

Test(exchange_carry, a_file_that_leaves_a_gap_stores_nothing_and_says_so)
{
	begin(5);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 50);
	trip(SIM_PLANT_A, SIM_HQ);
	trip(SIM_HQ, SIM_PLANT_A);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 50);
	/* HQ begins anew from an empty disk: what it said holds no more. */
	member_end(&sim.nodes[SIM_HQ].member);
	member_new(&sim.nodes[SIM_HQ].member, "hq.acme.example", FED__ROLE__HQ,
	    "acme", &sim.nodes[SIM_HQ].clock);
	member_open(&sim.nodes[SIM_HQ].member);
	sim_restart(&sim, SIM_HQ);
	trip(SIM_PLANT_A, SIM_HQ);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 0);
	cr_assert(strstr(sim.nodes[SIM_HQ].trouble, "exported anew") != NULL,
	    "%s", sim.nodes[SIM_HQ].trouble);
	trip(SIM_HQ, SIM_PLANT_A);
	trip(SIM_PLANT_A, SIM_HQ);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 101);
	sim_check(&sim);
	end();
}

Test(exchange_carry, gives_nobody_what_it_may_not_have)
{
	struct stick s;

	begin(6);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 400);
	sim_append(&sim, SIM_PLANT_A, ROSTER_ALLIANCE, 4);
	export(&s, SIM_PLANT_A, SIM_PARTNER);
	cr_assert_lt(s.file.len, 8192);
	(void)import(&s, SIM_PARTNER, SIZE_MAX);
	cr_assert_eq(held(SIM_PARTNER, SIM_PLANT_A, ROSTER_ALLIANCE), 5);
	cr_assert_eq(held(SIM_PARTNER, SIM_PLANT_A, ROSTER_EVIDENCE), 0);
	buf_clear(&s.file);
	end();
}

Test(exchange_carry, brings_the_next_generation_of_a_log)
{
	begin(7);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5000);
	trip(SIM_PLANT_A, SIM_HQ);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 20);
	member_succeed(&sim.nodes[SIM_PLANT_A].member, 0);
	sim_restart(&sim, SIM_PLANT_A);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 30);
	trip(SIM_PLANT_A, SIM_HQ);
	cr_assert_eq(held(SIM_HQ, SIM_PLANT_A, ROSTER_EVIDENCE), 5021);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 "plant-a.acme.example/evidence/2"),
	    31);
	end();
}

Test(exchange_carry, an_erasure_is_carried_out_and_said_back)
{
	begin(8);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 20);
	trip(SIM_PLANT_A, SIM_HQ);
	member_erase(&sim.nodes[SIM_PLANT_A].member, 7);
	sim_grown(&sim, SIM_PLANT_A);
	trip(SIM_PLANT_A, SIM_HQ);
	cr_assert(!member_has_body(&sim.nodes[SIM_HQ].member,
	    sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE), 7));
	trip(SIM_HQ, SIM_PLANT_A);
	cr_assert_geq(sim.nodes[SIM_PLANT_A].events[EXCHANGE_ERASED], 1);
	end();
}

Test(exchange_carry, a_file_beside_a_living_conversation_does_no_harm)
{
	struct stick s;

	begin(9);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 3000);
	export(&s, SIM_PLANT_A, SIM_HQ);
	memset(sim.cut, 0, sizeof(sim.cut));
	sim_run(&sim, SECOND / 20);
	(void)import(&s, SIM_HQ, SIZE_MAX);
	for (int i = 0; i < 60 && !sim_converged(&sim); i++)
		sim_run(&sim, SECOND);
	cr_assert(sim_converged(&sim));
	sim_check(&sim);
	buf_clear(&s.file);
	end();
}

/* Six logs with evidence, more than one turn tells. */
static enum err
six(void *arg, size_t i, struct bytes *file)
{
	static const char text[] = "012345";

	(void)arg;
	*file = bytes_of(text + i, 1);
	return i < 6 ? ERR_OK : ERR_NOT_FOUND;
}

Test(exchange_carry, a_file_tells_of_every_fork_once)
{
	struct gossip_host gossip = {.fork = six};
	unsigned told[6] = {0};
	struct exchange_host host;
	struct exchange *x;
	struct turn t;
	struct buf turn;
	bool more = true;

	begin(9);
	host = *depot_host(sim.nodes[SIM_PLANT_A].depot);
	host.gossip = &gossip;
	x = exchange_new(sim.roster, sim.nodes[SIM_PLANT_A].member.name,
	    sim.nodes[SIM_HQ].member.name, &host);
	buf_init(&turn, EXCHANGE_TURN_MAX);
	exchange_carry(x);
	for (int n = 0; more; n++) {
		cr_assert_lt(n, 64);
		buf_reset(&turn);
		more = exchange_carry_out(x, sim.now_us, &turn);
		cr_assert_eq(turn_cut(&t, buf_view(&turn), NULL), ERR_OK);
		for (size_t i = 0; i < t.small->n_forks; i++)
			told[t.small->forks[i].data[0] - '0']++;
		turn_clear(&t);
	}
	for (size_t i = 0; i < 6; i++)
		cr_assert_eq(told[i], 1, "%zu: %u times", i, told[i]);
	exchange_free(x);
	buf_clear(&turn);
	end();
}

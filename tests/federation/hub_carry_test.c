/* hub_carry_test.c - files between two hubs that never connect. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub_carry.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

#include "federation/parcel.h"
#include "tests/support/member.h"

#define DAY (INT64_C(86400) * 1000000)

struct party {
	struct member member;
	struct clock clock;
	int64_t ahead_us; /* of its wall clock */
	struct hub *hub;
	struct buf memory; /* what it remembers of the other */
};

static struct party plant, hq;
static struct roster *roster;

static int64_t
wall(void *arg)
{
	const struct party *p = arg;

	return clock_wall_us(clock_system()) + p->ahead_us;
}

static int64_t
boot(void *arg)
{
	(void)arg;
	return clock_boot_us(clock_system());
}

static void
remember(void *arg, const char *peer, struct bytes said)
{
	struct party *p = arg;

	(void)peer;
	buf_reset(&p->memory);
	buf_bytes(&p->memory, said);
}

static void
remembered(void *arg, const char *peer, struct buf *out)
{
	struct party *p = arg;

	(void)peer;
	buf_bytes(out, buf_view(&p->memory));
}

static void
start(struct party *p)
{
	struct hub_options o = {0};
	struct err_why why;
	enum err e;

	o.roster = roster;
	o.self = p->member.name;
	o.session_key = &p->member.session;
	o.witness_key = &p->member.witness_key;
	o.own = p->member.own;
	o.replicas = p->member.replicas;
	o.witness = &p->member.witness;
	o.clock = &p->clock;
	o.host.arg = p;
	o.host.remember = remember;
	o.host.remembered = remembered;
	e = hub_start(&p->hub, &o, &why);
	cr_assert_eq(e, ERR_OK, "%s", why.text);
}

static void
begin(struct party *p, const char *name, Fed__Role role)
{
	p->clock = (struct clock){.arg = p, .wall_us = wall, .boot_us = boot};
	buf_init(&p->memory, 65536);
	member_new(&p->member, name, role, "acme", &p->clock);
	member_open(&p->member);
}

/* The plant's clock is two days behind. */
static void
found(void)
{
	struct member both[2];

	plant.ahead_us = -2 * DAY;
	begin(&plant, "plant.acme.example", FED__ROLE__PLANT);
	begin(&hq, "hq.acme.example", FED__ROLE__HQ);
	both[0] = plant.member;
	both[1] = hq.member;
	roster = member_alliance(both, 2);
	start(&plant);
	start(&hq);
}

static void
end(void)
{
	hub_stop(plant.hub);
	hub_stop(hq.hub);
	member_end(&plant.member);
	member_end(&hq.member);
	buf_clear(&plant.memory);
	buf_clear(&hq.memory);
	roster_free(roster);
}

struct waiting {
	struct hub_carry carry; /* first */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
	enum err err;
	struct err_why why;
};

static void
done(struct hub_carry *c, enum err e, const struct err_why *why)
{
	struct waiting *w = (struct waiting *)(void *)c;

	(void)pthread_mutex_lock(&w->lock);
	w->done = true;
	w->err = e;
	w->why = *why;
	(void)pthread_cond_signal(&w->ended);
	(void)pthread_mutex_unlock(&w->lock);
}

static void
ask(struct hub *h, struct waiting *w, enum hub_carry_kind kind)
{
	w->carry.kind = kind;
	w->carry.done = done;
	w->done = false;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->ended, NULL);
	hub_carry(h, &w->carry);
	(void)pthread_mutex_lock(&w->lock);
	while (!w->done)
		(void)pthread_cond_wait(&w->ended, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
}

/* A file of one hub for the other, head and frames in one. */
static void export(struct party *from, struct party *to, struct buf *file)
{
	struct waiting w = {.carry.peer = to->member.name};

	buf_init(file, 8u << 20);
	buf_init(&w.carry.out, PARCEL_FRAME_MAX + 4);
	ask(from->hub, &w, HUB_CARRY_BEGIN);
	cr_assert_eq(w.err, ERR_OK, "%s", w.why.text);
	buf_bytes(file, buf_view(&w.carry.out));
	while (!w.carry.last) {
		buf_reset(&w.carry.out);
		ask(from->hub, &w, HUB_CARRY_NEXT);
		cr_assert_eq(w.err, ERR_OK, "%s", w.why.text);
		buf_bytes(file, buf_view(&w.carry.out));
	}
	cr_assert_eq(w.carry.said, w.carry.all);
	buf_clear(&w.carry.out);
}

/* Entries that were new. */
static uint64_t
import(struct party *at, const struct buf *file)
{
	struct waiting w = {
	    .carry.head = bytes_of(file->ptr, PARCEL_HEAD_BYTES)};
	size_t place = PARCEL_HEAD_BYTES;
	uint64_t stored = 0;
	size_t len;

	for (; !w.carry.last; w.carry.n++) {
		cr_assert_eq(
		    parcel_length(&len, bytes_of(file->ptr + place, 4), NULL),
		    ERR_OK);
		w.carry.frame = bytes_of(file->ptr + place + 4, len);
		w.carry.stored = 0;
		ask(at->hub, &w, HUB_CARRY_TAKE);
		cr_assert_eq(w.err, ERR_OK, "%s", w.why.text);
		cr_assert_str_empty(w.carry.trouble);
		stored += w.carry.stored;
		place += 4 + len;
	}
	cr_assert_eq(place, file->len);
	return stored;
}

static void
trip(struct party *from, struct party *to, uint64_t fresh)
{
	struct buf file;

	export(from, to, &file);
	cr_assert_eq(import(to, &file), fresh);
	buf_clear(&file);
}

Test(hub_carry, takes_a_file_and_knows_how_old_it_is)
{
	const struct hub_log_status *l;
	struct hub_status st;

	found();
	member_append(&plant.member, ROSTER_EVIDENCE, 30, 50);
	trip(&plant, &hq, 32);
	hub_status(hq.hub, &st);
	l = &st.peers[0].log[ROSTER_EVIDENCE];
	cr_assert_eq(l->held, 31);
	cr_assert_eq(l->head, 31);
	/* As fresh as the plant's clock said, not as its import. */
	cr_assert_gt(l->head_us, 0);
	cr_assert_lt(l->head_us, clock_wall_us(clock_system()) - DAY);
	cr_assert_eq(st.peers[0].carried_us / DAY, l->head_us / DAY);
	cr_assert(!st.peers[0].connected);
	hub_status_clear(&st);
	end();
}

Test(hub_carry, a_clock_that_is_ahead_makes_nothing_fresher_than_now)
{
	struct hub_status st;

	found();
	plant.ahead_us = 30 * DAY;
	trip(&plant, &hq, 2);
	hub_status(hq.hub, &st);
	cr_assert_leq(st.peers[0].log[ROSTER_ALLIANCE].head_us,
	    clock_wall_us(clock_system()));
	/* Else its owner would be heard a month ahead. */
	cr_assert_leq(st.peers[0].carried_us, clock_wall_us(clock_system()));
	cr_assert_gt(st.peers[0].carried_us, 0);
	hub_status_clear(&st);
	end();
}

Test(hub_carry, remembers_over_a_restart_what_the_other_said)
{
	const struct hub_log_status *l;
	struct hub_status st;
	struct buf file;

	found();
	plant.ahead_us = 0; /* else a cosignature by HQ is of its future */
	member_append(&plant.member, ROSTER_EVIDENCE, 500, 100);
	trip(&plant, &hq, 502);
	trip(&hq, &plant, 1);
	hub_stop(plant.hub);
	start(&plant);
	hub_status(plant.hub, &st);
	l = &st.peers[0].log[ROSTER_KINDS + ROSTER_EVIDENCE];
	cr_assert(l->own && l->wanted && l->reached);
	cr_assert_eq(l->reach, 501);
	hub_status_clear(&st);
	export(&plant, &hq, &file);
	cr_assert_lt(file.len, 8192);
	cr_assert_eq(import(&hq, &file), 0);
	buf_clear(&file);
	end();
}

Test(hub_carry, a_second_file_for_one_member_ends_the_first)
{
	struct waiting first = {.carry.peer = "hq.acme.example"};
	struct waiting second = {.carry.peer = "hq.acme.example"};
	struct waiting none = {.carry.peer = "nobody.example"};

	found();
	buf_init(&first.carry.out, PARCEL_FRAME_MAX + 4);
	buf_init(&second.carry.out, PARCEL_FRAME_MAX + 4);
	buf_init(&none.carry.out, PARCEL_FRAME_MAX + 4);
	ask(plant.hub, &first, HUB_CARRY_BEGIN);
	ask(plant.hub, &second, HUB_CARRY_BEGIN);
	ask(plant.hub, &first, HUB_CARRY_NEXT);
	cr_assert_eq(first.err, ERR_CONFLICT);
	ask(plant.hub, &second, HUB_CARRY_NEXT);
	cr_assert_eq(second.err, ERR_OK);
	ask(plant.hub, &none, HUB_CARRY_BEGIN);
	cr_assert_eq(none.err, ERR_NOT_FOUND);
	buf_clear(&first.carry.out);
	buf_clear(&second.carry.out);
	buf_clear(&none.carry.out);
	end();
}

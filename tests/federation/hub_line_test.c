/* hub_line_test.c - real hubs over lines that break, hush and are doubled. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "federation/exchange.h"
#include "federation/session.h"
#include "federation/wire.h"
#include "tests/support/member.h"
#include "tests/support/relay.h"

#define SECOND INT64_C(1000000)
#define WITHIN (30 * SECOND)

enum {
	HQ,
	PLANT_A,
	PLANT_B,
	PARTIES
};

struct party {
	struct member member;
	struct clock clock;
	_Atomic int64_t ahead_us; /* of its boot clock */
	struct hub *hub;
	atomic_ullong held[PARTIES]; /* evidence, by owner */
};

static struct party party[PARTIES];
static struct roster *roster;
static size_t parties;
static char url[NOTE_NAME_MAX + 1]; /* of HQ */

static int64_t
wall(void *arg)
{
	(void)arg;
	return clock_wall_us(clock_system());
}

static int64_t
boot(void *arg)
{
	struct party *p = arg;

	return clock_boot_us(clock_system()) + atomic_load(&p->ahead_us);
}

static void
on_extended(void *arg, const char *log, uint64_t from, uint64_t to)
{
	struct party *p = arg;

	(void)from;
	for (size_t i = 0; i < parties; i++)
		if (strcmp(log,
		        roster_find(roster, party[i].member.name)
		            ->log[ROSTER_EVIDENCE]
		            .name) == 0)
			atomic_store(&p->held[i], to);
}

/* By which it is known: its keys, and the members as it knows them. */
struct known {
	const struct roster *roster;
	const struct crypto_dh *key;
	const struct crypto_dh *other; /* NULL: none */
};

static void
start_as(size_t at, const struct known *k, const char *listen, const char *dial)
{
	struct party *p = &party[at];
	struct hub_address hq = {party[HQ].member.name, dial};
	struct hub_options o = {0};
	struct err_why why;
	enum err e;

	o.roster = k->roster;
	o.self = p->member.name;
	o.session_key = k->key;
	o.other_key = k->other;
	o.witness_key = &p->member.witness_key;
	o.listen = listen;
	o.addresses = dial != NULL ? &hq : NULL;
	o.addresses_len = dial != NULL ? 1 : 0;
	o.own = p->member.own;
	o.replicas = p->member.replicas;
	o.witness = &p->member.witness;
	o.clock = &p->clock;
	o.host.arg = p;
	o.host.extended = on_extended;
	e = hub_start(&p->hub, &o, &why);
	cr_assert_eq(e, ERR_OK, "%s", why.text);
}

static void
start(size_t at, const char *listen, const char *dial)
{
	const struct known k = {roster, &party[at].member.session, NULL};

	start_as(at, &k, listen, dial);
}

static void
found(size_t n)
{
	static const char *const name[] = {
	    "hq.acme.example", "plant-a.acme.example", "plant-b.acme.example"};
	struct member all[PARTIES];

	parties = n;
	for (size_t i = 0; i < n; i++) {
		struct party *p = &party[i];

		p->clock =
		    (struct clock){.arg = p, .wall_us = wall, .boot_us = boot};
		member_new(&p->member, name[i],
		    i == HQ ? FED__ROLE__HQ : FED__ROLE__PLANT, "acme",
		    &p->clock);
		if (i == HQ)
			p->member.endpoint = "tcp://127.0.0.1:9";
		member_open(&p->member);
		all[i] = p->member;
	}
	roster = member_alliance(all, n);
	start(HQ, "tcp://127.0.0.1:0", NULL);
	(void)snprintf(url, sizeof url, "%s", hub_url(party[HQ].hub));
}

static void
part(void)
{
	for (size_t i = 0; i < parties; i++)
		hub_stop(party[i].hub);
	for (size_t i = 0; i < parties; i++)
		member_end(&party[i].member);
	roster_free(roster);
}

static void
nap(void)
{
	const struct timespec pause = {0, 2000000};

	(void)nanosleep(&pause, NULL);
}

static bool
reaches(size_t at, size_t owner, uint64_t size)
{
	const int64_t end = clock_boot_us(clock_system()) + WITHIN;

	while (atomic_load(&party[at].held[owner]) < size) {
		if (clock_boot_us(clock_system()) > end)
			return false;
		nap();
	}
	return true;
}

static void
append(size_t at, unsigned n)
{
	member_append(&party[at].member, ROSTER_EVIDENCE, n, 300);
	hub_wake(party[at].hub);
}

static bool
hq_sees(bool connected)
{
	const int64_t end = clock_boot_us(clock_system()) + WITHIN;
	struct hub_status st;
	bool is = !connected;

	while (is != connected && clock_boot_us(clock_system()) < end) {
		hub_status(party[HQ].hub, &st);
		is = st.peers[0].connected;
		hub_status_clear(&st);
		nap();
	}
	return is == connected;
}

/* What a NAT does: each cut is another port, seen from HQ. */
Test(hub_line, goes_on_after_each_cut_from_another_address)
{
	struct relay *r = relay_start(url);

	found(2);
	relay_to(r, url);
	start(PLANT_A, NULL, relay_url(r));
	for (unsigned i = 1; i <= 4; i++) {
		append(PLANT_A, 200);
		cr_assert(reaches(HQ, PLANT_A, 200 * i + 1), "round %u", i);
		relay_cut(r);
	}
	member_check_replica(
	    &party[HQ].member, &party[PLANT_A].member, ROSTER_EVIDENCE);
	part();
	relay_end(r);
}

/* It takes bytes and passes none: nobody is told. */
Test(hub_line, finds_a_line_that_is_half_open_and_goes_on_without_it)
{
	struct relay *r = relay_start(url);

	found(2);
	relay_to(r, url);
	start(PLANT_A, NULL, relay_url(r));
	append(PLANT_A, 10);
	cr_assert(reaches(HQ, PLANT_A, 11));
	relay_hush(r, true);
	append(PLANT_A, 10);
	cr_assert(hq_sees(true), "nothing says that it is gone");
	atomic_fetch_add(&party[HQ].ahead_us, 61 * SECOND);
	cr_assert(hq_sees(false), "its silence does");
	relay_hush(r, false);
	relay_cut(r);
	cr_assert(reaches(HQ, PLANT_A, 21));
	cr_assert(hq_sees(true));
	part();
	relay_end(r);
}

/* ---- somebody else with the keys of a member, or its own past ---- */

struct other {
	struct wire *wire;
	struct wire_peer *peer;
	struct session *session;
	struct buf frame;
};

static bool
answer(struct other *o, struct wire_event *ev)
{
	for (int i = 0; i < 100; i++)
		if (wire_wait(o->wire, ev, 100000))
			return ev->kind == WIRE_REPLY;
	return false;
}

/* Says hello as `who` and, when it is welcome, one empty turn. */
static bool
intrude(struct other *o, size_t who, size_t whom, const char *at)
{
	const struct session_ends ends = {party[who].member.name,
	    party[whom].member.name, roster_fingerprint(roster),
	    &party[who].member.session,
	    roster_find(roster, party[whom].member.name)->session};
	struct wire_event ev;
	bool welcome;

	buf_init(&o->frame, SESSION_FRAME_MAX);
	wire_open(&o->wire, SESSION_FRAME_MAX);
	cr_assert_eq(wire_dial(o->wire, at, o, &o->peer, NULL), ERR_OK);
	cr_assert_eq(
	    session_hello(&o->session, &ends, 0, &o->frame, NULL), ERR_OK);
	wire_request(o->peer, 0, buf_view(&o->frame), 5 * SECOND);
	cr_assert(answer(o, &ev));
	welcome = session_kind(ev.body) == SESSION_WELCOME;
	if (welcome) {
		cr_assert_eq(session_finish(o->session, ev.body, NULL), ERR_OK);
		buf_reset(&o->frame);
		cr_assert_eq(session_seal(o->session, SESSION_REQUEST,
		                 bytes_of("\x08\x00", 2), &o->frame, NULL),
		    ERR_OK);
		wire_request(o->peer, 0, buf_view(&o->frame), 5 * SECOND);
		(void)answer(o, &ev);
	}
	return welcome;
}

static void
leave(struct other *o)
{
	session_free(o->session);
	wire_hangup(o->wire, o->peer);
	wire_close(o->wire);
	buf_clear(&o->frame);
}

Test(hub_line, two_that_dial_as_one_member_do_not_stop_it)
{
	struct other o;

	found(2);
	start(PLANT_A, NULL, url);
	append(PLANT_A, 10);
	cr_assert(reaches(HQ, PLANT_A, 11));
	for (unsigned i = 0; i < 3; i++) {
		cr_assert(intrude(&o, PLANT_A, HQ, url));
		append(PLANT_A, 10);
		leave(&o);
	}
	cr_assert(reaches(HQ, PLANT_A, 41));
	cr_assert(hq_sees(true));
	part();
}

Test(hub_line, whom_it_dials_may_not_dial_it)
{
	struct other o;
	char mine[NOTE_NAME_MAX + 1];

	found(2);
	start(PLANT_A, "tcp://127.0.0.1:0", url);
	(void)snprintf(mine, sizeof mine, "%s", hub_url(party[PLANT_A].hub));
	cr_assert_not(intrude(&o, HQ, PLANT_A, mine));
	leave(&o);
	append(PLANT_A, 10);
	cr_assert(reaches(HQ, PLANT_A, 11));
	part();
}

/* Thirty days of one site do not delay an alarm of another. */
Test(hub_line, an_alarm_passes_a_site_that_catches_up)
{
	found(3);
	for (int i = 0; i < 40; i++)
		member_append(
		    &party[PLANT_A].member, ROSTER_EVIDENCE, 1000, 300);
	start(PLANT_B, NULL, url);
	cr_assert(reaches(HQ, PLANT_B, 1));
	start(PLANT_A, NULL, url);
	cr_assert(reaches(HQ, PLANT_A, 2));
	append(PLANT_B, 1);
	cr_assert(reaches(HQ, PLANT_B, 2));
	cr_assert_lt(atomic_load(&party[HQ].held[PLANT_A]), 40001,
	    "else there was nothing to pass");
	cr_assert(reaches(HQ, PLANT_A, 40001));
	part();
}

/* The members of the next epoch: `at` has another session key. */
static struct roster *
renewed(size_t at, const struct crypto_dh *key)
{
	struct member all[PARTIES];
	struct roster *r, *out = NULL;
	struct err_why why = {.text = ""};

	for (size_t i = 0; i < parties; i++)
		all[i] = party[i].member;
	all[at].session = *key;
	r = member_alliance(all, parties);
	cr_assert_eq(roster_later(&out, roster_genesis(r), 1,
	                 roster_fingerprint(roster), &why),
	    ERR_OK, "%s", why.text);
	roster_free(r);
	return out;
}

/* Both ends anew, each in its epoch; then what the plant writes arrives. */
static void
talk(const struct known *hq, const struct known *plant, uint64_t size)
{
	hub_stop(party[HQ].hub);
	hub_stop(party[PLANT_A].hub);
	party[HQ].hub = party[PLANT_A].hub = NULL;
	start_as(HQ, hq, "tcp://127.0.0.1:0", NULL);
	start_as(PLANT_A, plant, NULL, hub_url(party[HQ].hub));
	append(PLANT_A, 10);
	cr_assert(
	    reaches(HQ, PLANT_A, size), "to %llu", (unsigned long long)size);
}

/* One of both has heard of the votes for the key and the other has not. */
static void
change_key_of(size_t at)
{
	const struct crypto_dh *was = &party[at].member.session;
	const size_t peer = at == HQ ? PLANT_A : HQ;
	struct crypto_dh next;
	struct roster *later;

	crypto_dh_new(&next);
	later = renewed(at, &next);
	struct known old = {roster, was, &next}, fresh = {later, &next, was};
	struct known behind = {roster, &party[peer].member.session, NULL};
	struct known ahead = {later, &party[peer].member.session, NULL};

	if (at == HQ) {
		talk(&old, &ahead, 11);
		talk(&fresh, &behind, 21);
		talk(&fresh, &ahead, 31);
	} else {
		talk(&ahead, &old, 11);
		talk(&behind, &fresh, 21);
		talk(&ahead, &fresh, 31);
	}
	part();
	roster_free(later);
}

Test(hub_line, is_known_by_either_key_while_that_of_the_dialler_changes)
{
	found(2);
	start(PLANT_A, NULL, url);
	change_key_of(PLANT_A);
}

Test(hub_line, is_known_by_either_key_while_that_of_the_listener_changes)
{
	found(2);
	start(PLANT_A, NULL, url);
	change_key_of(HQ);
}

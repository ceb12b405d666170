/* hub_guest_test.c - strangers at a real hub: the invited and all others. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub_guest.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/council.h"
#include "federation/guest.h"
#include "federation/session.h"
#include "federation/wire.h"
#include "proto/slice.h"
#include "tests/support/member.h"

#define SECOND INT64_C(1000000)
#define INVITED "iv_0123456789ab"

static struct member both[2];
static struct roster *roster;
static struct hub *hub;
static struct invitation v;
static char id[INVITATION_ID_CHARS + 1];

/* What the node does; written by the hub's thread. */
static atomic_uint heard;
static atomic_bool lies;
static uint8_t key[CRYPTO_KEY_BYTES];
static char name[64];

/* How often what was wiped by the hub's thread held the secret. */
static atomic_uint wiped;
static pthread_t tester;

void __real_buf_wipe(struct buf *b);
void __wrap_buf_wipe(struct buf *b);
void
__wrap_buf_wipe(struct buf *b)
{
	if (!pthread_equal(pthread_self(), tester) && b->len > 0 &&
	    memmem(b->ptr, b->len, v.secret, sizeof v.secret) != NULL)
		atomic_fetch_add(&wiped, 1);
	__real_buf_wipe(b);
}

static bool
on_invited(void *arg, const char *invitation, struct hash *epoch)
{
	(void)arg;
	*epoch = v.epoch;
	return strcmp(invitation, id) == 0;
}

static void
on_guest(void *arg, const struct hub_guest_said *said)
{
	struct council_epoch epoch;
	Fed__Told m = FED__TOLD__INIT;
	ProtobufCMessage *msg = NULL;
	const Fed__Guest *g;
	Fed__Epoch e;
	struct hash alliance = *roster_fingerprint(roster);
	struct buf out;

	(void)arg;
	atomic_fetch_add(&heard, 1);
	memcpy(key, said->key, sizeof key);
	cr_assert_eq(
	    slice_unpack(&msg, &fed__guest__descriptor, said->message, NULL),
	    ERR_OK);
	g = (const Fed__Guest *)(void *)msg;
	cr_assert(bytes_equal(bytes_of(g->secret.data, g->secret.len),
	    bytes_of(v.secret, sizeof v.secret)));
	if (g->card != NULL)
		(void)snprintf(name, sizeof name, "%s", g->card->name);
	council_genesis(&epoch, roster);
	council_epoch_tell(&e, &epoch, &alliance);
	if (atomic_load(&lies)) {
		e.number = 1;
		e.before = e.proposal = e.alliance;
		e.has_before = e.has_proposal = 1;
	}
	m.has_state = 1;
	m.state = FED__TOLD__STATE__PROPOSED;
	m.epoch = &e;
	buf_init(&out, 1u << 20);
	slice_pack(&out, &m.base);
	hub_guest_answer(hub, said->id, buf_view(&out));
	buf_clear(&out);
	slice_free(msg);
}

static void
begin(void)
{
	struct hub_options o = {0};
	struct err_why why;
	struct hash secret;

	member_new(
	    &both[0], "hq.acme.example", FED__ROLE__HQ, "acme", clock_system());
	member_new(&both[1], "plant.acme.example", FED__ROLE__PLANT, "acme",
	    clock_system());
	both[0].endpoint = "tcp://127.0.0.1:9";
	member_open(&both[0]);
	member_open(&both[1]);
	roster = member_alliance(both, 2);
	o.roster = roster;
	o.self = both[0].name;
	o.session_key = &both[0].session;
	o.witness_key = &both[0].witness_key;
	o.listen = "tcp://127.0.0.1:0";
	o.own = both[0].own;
	o.replicas = both[0].replicas;
	o.witness = &both[0].witness;
	o.clock = clock_system();
	o.host.invited = on_invited;
	o.host.guest = on_guest;
	tester = pthread_self();
	cr_assert_eq(hub_start(&hub, &o, &why), ERR_OK, "%s", why.text);
	v = (struct invitation){.epoch = *roster_fingerprint(roster),
	    .role = FED__ROLE__PLANT,
	    .name = "plant-e.acme.example",
	    .inviter = "hq.acme.example"};
	memcpy(v.key, both[0].session.pub, sizeof v.key);
	memset(v.secret, 5, sizeof v.secret);
	(void)snprintf(v.address, sizeof v.address, "%s", hub_url(hub));
	invitation_hash(&secret, bytes_of(v.secret, sizeof v.secret));
	invitation_id(id, &secret);
}

static void
end(void)
{
	hub_stop(hub);
	member_end(&both[0]);
	member_end(&both[1]);
	roster_free(roster);
}

TestSuite(hub_guest, .init = begin, .fini = end);

static enum err
ask(const struct invitation *by, struct crypto_dh *session, Fed__Told **out)
{
	Fed__Guest m = FED__GUEST__INIT;
	struct guest *g = NULL;
	struct err_why why = {.text = ""};
	enum err e;

	m.card = member_card(&both[1]);
	m.has_begin = m.begin = 1;
	crypto_dh_new(session);
	cr_assert_eq(guest_open(&g, by, session, &why), ERR_OK);
	e = guest_ask(g, &m, out, &why);
	fed__card__free_unpacked(m.card, NULL);
	guest_close(g);
	return e;
}

Test(hub_guest, hears_who_is_invited_and_answers_it_alone)
{
	struct crypto_dh session;
	Fed__Told *told = NULL;

	cr_assert_eq(ask(&v, &session, &told), ERR_OK);
	cr_assert_eq(told->state, FED__TOLD__STATE__PROPOSED);
	cr_assert_eq(told->epoch->state->n_members, 2);
	cr_assert_arr_eq(key, session.pub, sizeof key);
	cr_assert_str_eq(name, "plant.acme.example");
	slice_free(&told->base);
}

/* Whoever reads the hub's memory later could join under the guest's name. */
Test(hub_guest, keeps_no_secret_of_an_invitation)
{
	struct crypto_dh session;
	Fed__Told *told = NULL;

	cr_assert_eq(ask(&v, &session, &told), ERR_OK);
	slice_free(&told->base);
	cr_assert_eq(atomic_load(&wiped), 1);
}

/* The text of the invitation is what it is held against. */
Test(hub_guest, believes_nobody_who_gives_away_another_epoch)
{
	struct crypto_dh session;
	Fed__Told *told = NULL;

	atomic_store(&lies, true);
	cr_assert_eq(ask(&v, &session, &told), ERR_UNVERIFIED);
	cr_assert_null(told);
}

Test(hub_guest, knows_nobody_else)
{
	struct crypto_dh session, other;
	struct invitation w = v;
	Fed__Told *told = NULL;

	w.secret[0] ^= 1;
	cr_assert_eq(ask(&w, &session, &told), ERR_BUSY, "another secret");
	w = v;
	w.epoch.b[0] ^= 1;
	cr_assert_eq(ask(&w, &session, &told), ERR_BUSY, "another epoch");
	w = v;
	(void)snprintf(w.inviter, sizeof w.inviter, "x.acme.example");
	cr_assert_eq(ask(&w, &session, &told), ERR_BUSY, "another name");
	w = v;
	crypto_dh_new(&other);
	memcpy(w.key, other.pub, sizeof w.key);
	cr_assert_eq(ask(&w, &session, &told), ERR_BUSY, "another node");
	cr_assert_eq(atomic_load(&heard), 0);
}

/* Somebody who has seen the frame on its way. */
static void
say_again(struct wire_peer *to, unsigned slot, struct bytes frame)
{
	wire_request(to, slot, frame, 20 * SECOND);
}

static enum session_frame
next_answer(struct wire *w, struct buf *out)
{
	struct wire_event ev;

	do
		cr_assert(wire_wait(w, &ev, 20 * SECOND));
	while (ev.kind != WIRE_REPLY);
	buf_reset(out);
	buf_bytes(out, ev.body);
	return session_kind(buf_view(out));
}

Test(hub_guest, tells_a_replay_nothing_and_takes_no_flood)
{
	struct session_ends ends = {id, v.inviter, &v.epoch, NULL, v.key};
	Fed__Guest m = FED__GUEST__INIT;
	struct session *first = NULL;
	const struct session_place place = {true, 0};
	struct buf said, frame, got, plain;
	struct crypto_dh session;
	struct wire_peer *to;
	struct wire *w;
	unsigned lost = 0;

	crypto_dh_new(&session);
	ends.own = &session;
	m.has_secret = 1;
	m.secret = (ProtobufCBinaryData){sizeof v.secret, v.secret};
	buf_init(&said, SESSION_GUEST_MAX);
	buf_init(&frame, SESSION_FRAME_MAX);
	buf_init(&got, SESSION_FRAME_MAX);
	buf_init(&plain, SESSION_PLAIN_MAX);
	slice_pack(&said, &m.base);
	cr_assert_eq(
	    session_knock(&first, &ends, buf_view(&said), 1, &frame, NULL),
	    ERR_OK);
	wire_open(&w, SESSION_FRAME_MAX);
	cr_assert_eq(wire_dial(w, v.address, NULL, &to, NULL), ERR_OK);
	say_again(to, 0, buf_view(&frame));
	cr_assert_eq(next_answer(w, &got), SESSION_WELCOME);
	cr_assert_eq(session_finish(
	                 first, bytes_of(got.ptr, SESSION_WELCOME_BYTES), NULL),
	    ERR_OK);
	/* The same bytes once more: another answer, under other keys. */
	say_again(to, 0, buf_view(&frame));
	cr_assert_eq(next_answer(w, &got), SESSION_WELCOME);
	cr_assert_neq(session_open(first, place,
	                  bytes_of(got.ptr + SESSION_WELCOME_BYTES,
	                      got.len - SESSION_WELCOME_BYTES),
	                  &plain, NULL, NULL),
	    ERR_OK);
	for (unsigned i = 0; i < 4 * HUB_GUEST_BURST; i++) {
		say_again(to, 0, buf_view(&frame));
		lost += next_answer(w, &got) == SESSION_LOST;
	}
	cr_assert_gt(lost, HUB_GUEST_BURST);
	session_free(first);
	wire_hangup(w, to);
	wire_close(w);
	buf_clear(&said);
	buf_clear(&frame);
	buf_clear(&got);
	buf_clear(&plain);
}

Test(hub_guest, drops_answers_that_nobody_waits_for)
{
	hub_guest_answer(hub, 7, bytes_str("x"));
	cr_assert_eq(atomic_load(&heard), 0);
}

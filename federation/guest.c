/* guest.c - a new node's side of the conversation under an invitation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/guest.h"

#include <stdlib.h>

#include "federation/council.h"
#include "federation/session.h"
#include "federation/wire.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define PATIENCE_US INT64_C(15000000)

struct guest {
	struct invitation v;
	struct hash secret;
	char id[INVITATION_ID_CHARS + 1];
	struct crypto_dh key;
	struct wire *wire;
	struct wire_peer *peer;
	struct buf said;
	struct buf frame;
	struct buf answer;
};

enum err
guest_open(struct guest **out, const struct invitation *v,
    const struct crypto_dh *session, struct err_why *why)
{
	struct guest *g = mem_alloc(1, sizeof *g);
	enum err e;

	g->v = *v;
	g->key = *session;
	invitation_hash(&g->secret, bytes_of(v->secret, sizeof v->secret));
	invitation_id(g->id, &g->secret);
	buf_init(&g->said, SESSION_GUEST_MAX);
	buf_init(&g->frame, SESSION_FRAME_MAX);
	buf_init(&g->answer, SESSION_PLAIN_MAX);
	wire_open(&g->wire, SESSION_FRAME_MAX);
	e = wire_dial(g->wire, v->address, g, &g->peer, why);
	if (e != ERR_OK) {
		guest_close(g);
		return e;
	}
	*out = g;
	return ERR_OK;
}

void
guest_close(struct guest *g)
{
	if (g == NULL)
		return;
	wire_hangup(g->wire, g->peer);
	wire_close(g->wire);
	buf_wipe(&g->said);
	buf_clear(&g->frame);
	buf_clear(&g->answer);
	crypto_wipe(g, sizeof *g);
	free(g);
}

static enum err
pack(struct guest *g, const Fed__Guest *m, struct err_why *why)
{
	Fed__Guest with = *m;

	with.has_secret = 1;
	with.secret.data = g->v.secret;
	with.secret.len = sizeof g->v.secret;
	buf_reset(&g->said);
	(void)buf_grow(&g->said, SESSION_GUEST_MAX);
	buf_reset(&g->said);
	slice_pack(&g->said, &with.base);
	return buf_ok(&g->said, why);
}

/* What came back for slot 0; borrowed until the next wait. */
static enum err
wait_for(struct guest *g, struct bytes *frame, struct err_why *why)
{
	const struct clock *clock = clock_system();
	const int64_t until_us = clock_boot_us(clock) + PATIENCE_US;
	struct wire_event ev;
	int64_t left_us;

	do {
		left_us = until_us - clock_boot_us(clock);
		if (left_us > 0 && wire_wait(g->wire, &ev, left_us) &&
		    ev.kind == WIRE_REPLY) {
			*frame = ev.body;
			return ERR_OK;
		}
	} while (left_us > 0 && ev.kind != WIRE_FAILED);
	return err_fail(why, ERR_TIMEOUT, "no answer at %s", g->v.address);
}

static enum err
open_answer(
    struct guest *g, struct session *s, struct bytes frame, struct err_why *why)
{
	const struct session_place place = {true, 0};
	enum err e;

	if (session_kind(frame) == SESSION_LOST ||
	    frame.len < SESSION_WELCOME_BYTES)
		return err_both(why, ERR_BUSY,
		    "it does not know this invitation, or has too much to do "
		    "just now",
		    "对方不认识该邀请码，或暂时繁忙");
	e = session_finish(s, bytes_of(frame.ptr, SESSION_WELCOME_BYTES), why);
	if (e != ERR_OK)
		return e;
	buf_reset(&g->answer);
	return session_open(s, place,
	    bytes_of(frame.ptr + SESSION_WELCOME_BYTES,
	        frame.len - SESSION_WELCOME_BYTES),
	    &g->answer, NULL, why);
}

/* Whoever invites may lie about all but what its invitation says. */
static enum err
check_epoch(const struct guest *g, const Fed__Told *m, struct err_why *why)
{
	struct council_epoch epoch;
	struct hash alliance;
	enum err e;

	if (m->epoch == NULL)
		return ERR_OK;
	e = council_epoch_check(&epoch, &alliance, m->epoch, why);
	if (e == ERR_OK &&
	    (memcmp(epoch.id.b, g->v.epoch.b, HASH_BYTES) != 0 ||
	        m->epoch->card != NULL))
		e = err_both(why, ERR_UNVERIFIED,
		    "it gave away an epoch that is not the one of the "
		    "invitation: do not go on, and tell the other members",
		    "对方给出的届与邀请码不符：请勿继续，并通知其他成员");
	return e;
}

enum err
guest_ask(
    struct guest *g, const Fed__Guest *m, Fed__Told **out, struct err_why *why)
{
	const struct session_ends ends = {
	    g->id, g->v.inviter, &g->v.epoch, &g->key, g->v.key};
	ProtobufCMessage *msg = NULL;
	struct session *s = NULL;
	struct bytes frame = {.len = 0};
	enum err e = pack(g, m, why);

	buf_reset(&g->frame);
	if (e == ERR_OK)
		e = session_knock(&s, &ends, buf_view(&g->said),
		    clock_boot_us(clock_system()), &g->frame, why);
	if (e == ERR_OK) {
		wire_request(g->peer, 0, buf_view(&g->frame), PATIENCE_US);
		e = wait_for(g, &frame, why);
	}
	if (e == ERR_OK)
		e = open_answer(g, s, frame, why);
	if (e == ERR_OK)
		e = slice_unpack(
		    &msg, &fed__told__descriptor, buf_view(&g->answer), why);
	if (e == ERR_OK)
		e = check_epoch(g, (const Fed__Told *)(const void *)msg, why);
	if (e == ERR_OK)
		*out = (Fed__Told *)(void *)msg;
	else
		slice_free(msg);
	session_free(s);
	return e;
}

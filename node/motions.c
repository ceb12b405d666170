/* motions.c - operations on the members' decisions. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/motions.h"

#include <stdlib.h>

#include "motion.pb-c.h"
#include "node/motion_keys.h"
#include "node/motion_make.h"
#include "node/motion_view.h"
#include "node/peers.h"
#include "node/seat.h"
#include "node/service.h"
#include "node/site.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define ID_LEAST 6 /* characters that name a motion */

static struct seat *
seat_of(const struct ops_call *call)
{
	return peers_seat(call->service->peers);
}

static enum err
no_alliance(struct ops_call *call, enum err e)
{
	if (e == ERR_NOT_FOUND)
		call->code = "no_alliance";
	return e;
}

/* ---- reading ---- */

static void
show(void *arg, const struct seat_view *v)
{
	Api__Council *c = motion_view(v);

	ops_reply_message(arg, &c->base);
	api__council__free_unpacked(c, NULL);
}

enum err
motions_list(struct ops_call *call, struct err_why *why)
{
	return no_alliance(call, seat_look(seat_of(call), show, call, why));
}

static void
tell(void *arg, const struct seat_view *v)
{
	Fed__Epoch m;

	council_epoch_tell(&m, council_now(v->council), v->alliance);
	ops_reply_message(arg, &m.base);
}

enum err
motions_epoch(struct ops_call *call, struct err_why *why)
{
	return no_alliance(call, seat_look(seat_of(call), tell, call, why));
}

/* ---- proposing ---- */

struct proposing {
	struct site *site;
	const Api__MotionPost *post;
	Record__Proposal *out;
	enum err e;
	struct err_why *why;
};

static void
make(void *arg, const struct seat_view *v)
{
	struct proposing *p = arg;

	p->e = motion_make(
	    &p->out, p->post, council_now(v->council)->state, p->site, p->why);
}

struct finding {
	struct ops_call *call;
	const struct hash *id;
	bool found;
};

static void
show_one(void *arg, const struct seat_view *v)
{
	struct finding *f = arg;
	Api__Motion *m = motion_view_one(v, f->id);

	if (m == NULL)
		return;
	f->found = true;
	ops_reply_message(f->call, &m->base);
	api__motion__free_unpacked(m, NULL);
}

enum err
motions_propose(struct ops_call *call, struct err_why *why)
{
	struct proposing p = {.site = call->service->site, .why = why};
	struct hash id;
	struct finding f = {.call = call, .id = &id};
	ProtobufCMessage *msg = NULL;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	p.post = (const Api__MotionPost *)(const void *)msg;
	if (p.post->change == RECORD__PROPOSAL__CHANGE__KEYS &&
	    p.post->card == NULL)
		e = no_alliance(call, motion_keys_ready(call, p.post, why));
	if (e == ERR_OK)
		e = no_alliance(call, seat_look(seat_of(call), make, &p, why));
	if (e == ERR_OK)
		e = p.e;
	if (e == ERR_OK)
		e = seat_propose(seat_of(call), p.out, &id, why);
	if (e == ERR_OK)
		e = seat_look(seat_of(call), show_one, &f, why);
	if (e == ERR_OK && !f.found)
		e = motion_make_gone(why);
	if (p.out != NULL)
		slice_free(&p.out->base);
	slice_free(msg);
	return e;
}

/* ---- voting ---- */

struct choosing {
	const char *prefix;
	struct hash id;
	size_t found;
};

static void
choose(void *arg, const struct seat_view *v)
{
	struct choosing *c = arg;
	char hex[2 * HASH_BYTES + 1];

	for (size_t i = 0; i < council_motions(v->council); i++) {
		const struct council_motion *m = council_motion(v->council, i);

		motion_view_hex(hex, &m->hash);
		if (strncmp(hex, c->prefix, strlen(c->prefix)) != 0)
			continue;
		c->id = m->hash;
		c->found++;
	}
}

static enum err
find(struct ops_call *call, struct choosing *c, struct err_why *why)
{
	enum err e;

	if (strlen(c->prefix) < ID_LEAST)
		return err_fail(why, ERR_MALFORMED,
		    "a proposal is named by at least %d characters of its id",
		    ID_LEAST);
	e = no_alliance(call, seat_look(seat_of(call), choose, c, why));
	if (e != ERR_OK || c->found == 1)
		return e;
	return c->found == 0
	    ? err_fail(why, ERR_NOT_FOUND,
	          "no proposal with that id stands now; lianfang alliance "
	          "status")
	    : err_fail(why, ERR_CONFLICT,
	          "more than one proposal begins so: give more of the id");
}

enum err
motions_vote(struct ops_call *call, struct err_why *why)
{
	struct choosing c = {.found = 0};
	ProtobufCMessage *msg = NULL;
	const Api__BallotPost *post;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	post = (const Api__BallotPost *)(const void *)msg;
	c.prefix = post->motion;
	if ((post->motion != NULL) == (post->against != 0) &&
	    (post->motion != NULL || post->n_give_up == 0))
		e = err_fail(why, ERR_MALFORMED,
		    "give either a proposal, or that you are for none");
	for (size_t i = 0; e == ERR_OK && i < post->n_give_up; i++)
		e = seat_give_up(seat_of(call), post->give_up[i], why);
	if (e == ERR_OK && post->motion != NULL)
		e = find(call, &c, why);
	if (e == ERR_OK && (post->motion != NULL || post->against))
		e = seat_vote(
		    seat_of(call), post->motion != NULL ? &c.id : NULL, why);
	slice_free(msg);
	return e == ERR_OK ? motions_list(call, why) : e;
}

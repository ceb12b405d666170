/* invite_stand.c - how it stands with somebody who was invited. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/invite_stand.h"

#include <stdlib.h>

#include "node/motion_view.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define EPOCH_BYTES_MAX (2u << 20)

const Fed__Card *
invite_card(const Fed__Genesis *g, const char *name)
{
	for (size_t i = 0; i < g->n_members; i++)
		if (strcmp(g->members[i]->name, name) == 0)
			return g->members[i];
	return NULL;
}

bool
invite_former(const Fed__Genesis *g, const char *name)
{
	for (size_t i = 0; i < g->n_former; i++)
		if (strcmp(g->former[i], name) == 0)
			return true;
	return false;
}

/* The same identity key: a member's other keys may have changed since. */
static bool
same_identity(const Fed__Card *a, const Fed__Card *b)
{
	return bytes_equal(bytes_of(a->identity_key.data, a->identity_key.len),
	    bytes_of(b->identity_key.data, b->identity_key.len));
}

static bool
same_card(const Fed__Card *a, const Fed__Card *b)
{
	return same_identity(a, b) &&
	    bytes_equal(bytes_of(a->signature.data, a->signature.len),
	        bytes_of(b->signature.data, b->signature.len));
}

/* ---- the epoch to begin with ---- */

static enum err
tell(Fed__Told *out, const struct council_epoch *e, const struct hash *alliance,
    struct err_why *why)
{
	ProtobufCMessage *copy = NULL;
	Fed__Epoch m;
	struct buf b;
	enum err err;

	council_epoch_tell(&m, e, alliance);
	buf_init(&b, EPOCH_BYTES_MAX);
	slice_pack(&b, &m.base);
	err = buf_ok(&b, why);
	if (err == ERR_OK)
		err = slice_unpack(
		    &copy, &fed__epoch__descriptor, buf_view(&b), why);
	buf_clear(&b);
	out->epoch = (Fed__Epoch *)(void *)copy;
	return err;
}

/* An invitation is into one alliance: into another that this node has begun
 * since it opens nothing. */
static enum err
find_epoch(const struct invite_stand *s, const struct seat_view *v,
    const struct council_epoch **out, struct err_why *why)
{
	for (size_t i = 0; i < council_epochs(v->council); i++) {
		*out = council_epoch(v->council, i);
		if (memcmp((*out)->id.b, s->epoch.b, HASH_BYTES) == 0)
			return ERR_OK;
	}
	return err_both(why, ERR_NOT_FOUND,
	    "the alliance has begun anew since the invitation; ask for "
	    "another one",
	    "发出邀请之后联盟已重新创建，请重新索取邀请码");
}

/* Of earlier ones only the id is kept: the logs are folded again up to it. */
static enum err
tell_epoch(const struct invite_stand *s, const struct seat_view *v,
    const struct council_epoch *e, struct err_why *why)
{
	struct council *then = NULL;
	struct council_input in = v->input;
	enum err err;

	if (e->state != NULL)
		return tell(s->out, e, v->alliance, why);
	in.until = e->number;
	err = council_fold(&then, v->start, &in, why);
	if (err == ERR_OK)
		err = tell(s->out, council_now(then), v->alliance, why);
	council_free(then);
	return err;
}

/* ---- votes ---- */

static void
count(struct invite_stand *s, const struct seat_view *v,
    const struct council_motion *m)
{
	const Fed__Genesis *g = council_now(v->council)->state;
	Api__Motion *shown = motion_view_one(v, &m->hash);
	Fed__Told *out = s->out;

	if (shown == NULL)
		return;
	out->state = FED__TOLD__STATE__PROPOSED;
	out->has_votes = out->has_needed = 1;
	out->votes = shown->votes;
	out->needed = shown->needed;
	/* Said before, when this is the second look. */
	while (out->n_waits > 0)
		free(out->waits[--out->n_waits]);
	free(out->waits);
	out->waits = mem_alloc(g->n_members + 1, sizeof(char *));
	for (size_t i = 0; i < g->n_members; i++) {
		bool voted = false;

		for (size_t k = 0; k < shown->n_supporters; k++)
			voted = voted ||
			    strcmp(shown->supporters[k], g->members[i]->name) ==
			        0;
		if (!voted)
			out->waits[out->n_waits++] =
			    mem_strdup(g->members[i]->name);
	}
	api__motion__free_unpacked(shown, NULL);
}

static void
find_motion(struct invite_stand *s, const struct seat_view *v)
{
	for (size_t i = 0; i < council_motions(v->council); i++) {
		const struct council_motion *m = council_motion(v->council, i);
		const Record__Proposal *p = m->proposal;

		if (p->change == RECORD__PROPOSAL__CHANGE__JOIN &&
		    p->card != NULL && same_card(p->card, s->card)) {
			count(s, v, m);
			return;
		}
	}
}

void
invite_stand(void *arg, const struct seat_view *v)
{
	struct invite_stand *s = arg;
	const struct council_epoch *now = council_now(v->council);
	const Fed__Card *in = invite_card(now->state, s->card->name);
	const struct council_epoch *then = NULL;

	s->out->has_number = 1;
	s->out->number = now->number;
	s->now = now->id;
	s->e = find_epoch(s, v, &then, s->why);
	if (s->e == ERR_OK && s->begin && s->out->epoch == NULL)
		s->e = tell_epoch(s, v, then, s->why);
	if (s->e != ERR_OK)
		return;
	if (in != NULL && same_identity(in, s->card))
		s->out->state = FED__TOLD__STATE__MEMBER;
	else if (in != NULL || invite_former(now->state, s->card->name))
		s->e = err_both(s->why, ERR_EXISTS,
		    "there is or was a member of that name: names are used "
		    "once",
		    "该名称已是或曾是成员：名称只能使用一次");
	else
		find_motion(s, v);
}

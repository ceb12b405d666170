/* council_act.c - sightings and votes by the rules. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council_act.h"

#include <stdlib.h>

#include "federation/council_state.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* Slots that hold one value, as one message. */
struct group {
	Record__Tally tally;
	uint32_t value;
};

struct groups {
	struct group *at;
	Record__Tally **ptr;
	size_t len;
	size_t cap;
};

unsigned
council_round(const struct council *c, uint32_t *open)
{
	unsigned r = 0;
	uint32_t next;

	*open = TALLY_ANY;
	while (r + 1 < TALLY_ROUNDS) {
		next = tally_open(&c->tally, r + 1);
		if (next == TALLY_SHUT)
			break;
		*open = next;
		r++;
	}
	return r;
}

static void
add(struct groups *g, const struct council *c, unsigned round, size_t seat,
    uint32_t value)
{
	size_t i, bytes = (c->tally.n + 7) / 8;
	Record__Tally *t;

	for (i = 0; i < g->len; i++)
		if (g->at[i].tally.round == round && g->at[i].value == value)
			break;
	if (i == g->len) {
		if (g->len == g->cap) {
			g->cap = g->cap * 2 + 8;
			g->at = mem_resize(g->at, g->cap, sizeof(g->at[0]));
		}
		t = &g->at[g->len++].tally;
		g->at[i].value = value;
		record__tally__init(t);
		t->has_round = 1;
		t->round = round;
		t->has_members = 1;
		t->members.len = bytes;
		t->members.data = mem_alloc(1, bytes);
		if (value >= TALLY_CHOICE) {
			t->has_choice = 1;
			t->choice.len = HASH_BYTES;
			t->choice.data = c->choices[value - TALLY_CHOICE].b;
		}
	}
	g->at[i].tally.members.data[seat / 8] |= (uint8_t)(1u << seat % 8);
}

static void
finish(struct groups *g, size_t *n, Record__Tally ***out)
{
	size_t i;

	g->ptr = mem_alloc(g->len + 1, sizeof(Record__Tally *));
	for (i = 0; i < g->len; i++)
		g->ptr[i] = &g->at[i].tally;
	*n = g->len;
	*out = g->ptr;
}

static void
clear(struct groups *g)
{
	size_t i;

	for (i = 0; i < g->len; i++)
		free(g->at[i].tally.members.data);
	free(g->at);
	free(g->ptr);
}

static ProtobufCBinaryData
epoch_id(const struct council *c, struct hash *keep)
{
	*keep = council_now(c)->id;
	return (ProtobufCBinaryData){HASH_BYTES, keep->b};
}

/* ---- sightings ---- */

static bool
listed(const char *const *names, size_t len, const char *name)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
forked(const struct council *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->logs_len; i++)
		if (strcmp(c->logs[i].member, name) == 0)
			return c->logs[i].forked;
	return false;
}

/* Which value to say of a slot; TALLY_UNSAID: nothing yet. */
static uint32_t
sight(const struct council *c, unsigned round, size_t seat, bool liar,
    bool void_now)
{
	size_t vote = c->votes[round * c->tally.n + seat];
	const struct council_item *it;

	if (vote == 0 || liar)
		return void_now ? TALLY_NONE : TALLY_UNSAID;
	it = &c->items[vote - 1];
	return council_state_grounded(c, it) ? council_state_value(c, it)
	                                     : TALLY_UNSAID;
}

bool
council_sight(const struct council *c, const char *self,
    const char *const *given_up, size_t given_up_len, struct buf *body)
{
	size_t seat = council_state_seat(c, self), i;
	Record__Sighting s = RECORD__SIGHTING__INIT;
	struct groups g = {0};
	struct hash id;
	const char *name;
	uint32_t value, open;
	bool any, liar, gone;
	unsigned r, last;

	if (seat == SIZE_MAX)
		return false;
	last = council_round(c, &open);
	for (i = 0; i < c->tally.n; i++) {
		name = c->state->members[i]->name;
		liar = forked(c, name);
		gone = liar || listed(given_up, given_up_len, name);
		for (r = 0; i != seat && r < TALLY_ROUNDS; r++) {
			if (tally_said(&c->tally, r, i, seat) != TALLY_UNSAID)
				continue;
			value = sight(c, r, i, liar, gone && r <= last);
			if (value != TALLY_UNSAID)
				add(&g, c, r, i, value);
		}
	}
	any = g.len > 0;
	s.has_epoch = 1;
	s.epoch = epoch_id(c, &id);
	finish(&g, &s.n_seen, &s.seen);
	if (any)
		slice_pack(body, &s.base);
	clear(&g);
	return any;
}

/* ---- votes ---- */

/* The first open round where a vote for `value` is still to be given and can
 * help. */
static enum err
pick_round(const struct council *c, size_t seat, uint32_t value, unsigned *out,
    struct err_why *why)
{
	uint32_t newest, open;
	unsigned last = council_round(c, &newest), r;
	bool left = false;

	for (r = 0; r <= last; r++) {
		if (tally_said(&c->tally, r, seat, seat) != TALLY_UNSAID)
			continue;
		left = true;
		open = tally_open(&c->tally, r);
		*out = r;
		if (value == TALLY_NONE &&
		    (r == last || tally_open(&c->tally, r + 1) != TALLY_ANY))
			return ERR_OK;
		if (value != TALLY_NONE &&
		    (open == TALLY_ANY || open == value) &&
		    tally_possible(&c->tally, r, value))
			return ERR_OK;
	}
	if (!left)
		return err_fail(why, ERR_EXISTS,
		    "voted already in round %u, the newest that is open", last);
	return err_fail(why, ERR_REFUSED,
	    "another change may still pass in an earlier round; no vote for "
	    "this one now");
}

enum err
council_vote(const struct council *c, const char *self,
    const struct hash *motion, struct buf *body, struct err_why *why)
{
	size_t seat = council_state_seat(c, self), i;
	uint32_t value = TALLY_NONE, sure;
	Record__Vote v = RECORD__VOTE__INIT;
	struct council_draft *d = NULL;
	struct groups g = {0};
	Record__Proposal copy;
	struct hash id;
	enum err e;
	unsigned r;

	if (seat == SIZE_MAX)
		return err_fail(
		    why, ERR_DENIED, "%.200s is not a member", self);
	if (motion != NULL) {
		value = council_state_choice(c, motion);
		d = value >= TALLY_CHOICE ? council_state_draft(c, value)
		                          : NULL;
		if (d == NULL || d->proposal == NULL)
			return err_fail(why, ERR_NOT_FOUND,
			    "no such proposal for the epoch in force");
		if (d->next == NULL)
			return err_both(
			    why, ERR_NOT_FOUND, d->why->text, d->why->zh);
	}
	e = pick_round(c, seat, value, &v.round, why);
	if (e != ERR_OK)
		return e;
	for (r = 0; r < v.round; r++)
		for (i = 0; i < c->tally.n; i++) {
			sure = tally_sure(&c->tally, r, i);
			if (sure != TALLY_UNSAID)
				add(&g, c, r, i, sure);
		}
	v.has_epoch = 1;
	v.epoch = epoch_id(c, &id);
	v.has_round = 1;
	if (d != NULL) {
		copy = *d->proposal;
		v.proposal = &copy;
	}
	finish(&g, &v.n_because, &v.because);
	slice_pack(body, &v.base);
	clear(&g);
	return buf_ok(body, why);
}

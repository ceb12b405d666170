/* council_law_test.c - members decide over a lawless network, some lie. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/assembly.h"
#include "tests/support/chance.h"

/*
 * One history: up to five members, of whom as many lie as the quorum bears.
 * A liar keeps two logs and shows each member one of them; in both it votes and
 * sights by no rule.  The others get pieces of all logs in any order, sight
 * what they see, vote for anything, give up whom they like.  At every step:
 *
 *   agreement   the epochs of any two are one chain
 *   stability   nobody leaves an epoch again
 *   validity    nothing passes without the honest votes that it needs
 *   order       the same logs, whatever part was known before, and in any
 *               order, give the same
 */
struct story {
	struct chance *c;
	struct assembly *a;
	size_t honest; /* members 0 .. honest-1 */
	struct hash motions[64];
	size_t motions_len;
	struct hash chain[64]; /* ids by epoch; zeros: not reached */
	uint32_t reached[MEMBERS_MAX];
};

static struct err_why law_why;

#define holds(s, ok) chance_holds((s)->c, ok)

static size_t
any(const struct story *s, size_t below)
{
	return chance_below(s->c, below);
}

/* ---- what is always so ---- */

/* Honest members with a vote for it in their own log. */
static size_t
honest_votes(const struct story *s, const struct hash *motion)
{
	size_t i, k, votes = 0;
	const struct assembly_log *l;
	ProtobufCMessage *msg;
	const Record__Vote *v;
	struct hash h;
	bool found;

	for (i = 0; i < s->honest; i++) {
		l = &s->a->logs[i][0];
		for (k = 0, found = false; k < l->len && !found; k++) {
			if (l->kinds[k] != COUNCIL_VOTE)
				continue;
			holds(s,
			    slice_unpack(&msg, &record__vote__descriptor,
			        buf_view(&l->bodies[k]), NULL) == ERR_OK);
			v = (const void *)msg;
			if (v->proposal != NULL) {
				holds(s,
				    council_change_hash(
				        &h, v->proposal, NULL) == ERR_OK);
				found = memcmp(h.b, motion->b, HASH_BYTES) == 0;
			}
			slice_free(msg);
		}
		votes += found;
	}
	return votes;
}

static void
check(struct story *s, size_t who, const struct council *c)
{
	static const struct hash none;
	const struct council_epoch *e;
	size_t i, need, liars = s->a->n - s->honest;

	holds(s, council_now(c)->number >= s->reached[who]);
	s->reached[who] = council_now(c)->number;
	for (i = 0; i < council_epochs(c); i++) {
		e = council_epoch(c, i);
		holds(s, e->number == i && i < 64);
		if (memcmp(s->chain[i].b, none.b, HASH_BYTES) != 0) {
			holds(
			    s, memcmp(s->chain[i].b, e->id.b, HASH_BYTES) == 0);
			continue;
		}
		s->chain[i] = e->id;
		need = tally_quorum(s->a->n);
		if (i > 0)
			holds(s, honest_votes(s, &e->proposal) + liars >= need);
	}
}

static struct council *
view(struct story *s, size_t who)
{
	struct council *c = assembly_fold(s->a, who);

	check(s, who, c);
	return c;
}

/* ---- what members do ---- */

static void
hear(struct story *s, size_t who)
{
	size_t of = any(s, s->a->n), len, *held = &s->a->held[who][of];

	len = s->a->logs[of][s->a->side[who][of]].len;
	if (of != who && *held < len)
		*held += 1 + any(s, len - *held);
}

static void
sight(struct story *s, size_t who)
{
	const char *gone[1] = {assembly_name(s->a, any(s, s->a->n))};
	struct council *c = view(s, who);
	struct buf body;

	buf_init(&body, 1 << 20);
	if (council_sight(
	        c, assembly_name(s->a, who), gone, any(s, 8) == 0, &body))
		assembly_append(s->a, who, 0, COUNCIL_SIGHTING, &body);
	buf_clear(&body);
	council_free(c);
}

static const struct hash *
some_motion(struct story *s)
{
	if (s->motions_len == 0 || any(s, 4) == 0)
		return NULL;
	/* The newest two: of this epoch, mostly. */
	return &s->motions[s->motions_len - 1 -
	    any(s, s->motions_len < 2 ? s->motions_len : 2)];
}

static void
propose(struct story *s, size_t who)
{
	char name[2] = {(char)('a' + any(s, 26)), '\0'};

	if (s->motions_len < 64)
		s->motions[s->motions_len++] = assembly_pack(s->a, who, name);
}

/* ---- what liars do: anything, in both of their logs ---- */

static void
lie_sighting(struct story *s, size_t who, const struct hash *id, unsigned side)
{
	Record__Sighting m = RECORD__SIGHTING__INIT;
	Record__Tally t = RECORD__TALLY__INIT, *one = &t;
	const struct hash *motion = some_motion(s);
	struct hash of = *id, choice;
	uint8_t bits;
	struct buf body;

	m.has_epoch = 1;
	m.epoch = (ProtobufCBinaryData){HASH_BYTES, of.b};
	m.n_seen = 1;
	m.seen = &one;
	bits = (uint8_t)(1 + any(s, (1u << s->a->n) - 1));
	t.has_round = t.has_members = 1;
	t.round = (uint32_t)any(s, 3);
	t.members = (ProtobufCBinaryData){1, &bits};
	if (motion != NULL) {
		choice = *motion;
		t.has_choice = 1;
		t.choice = (ProtobufCBinaryData){HASH_BYTES, choice.b};
	}
	buf_init(&body, 1 << 20);
	slice_pack(&body, &m.base);
	assembly_append(s->a, who, side, COUNCIL_SIGHTING, &body);
}

/* A vote by the rules of somebody's view, but for any round. */
static void
lie_vote(struct story *s, size_t who, unsigned side)
{
	struct council *c = assembly_fold(s->a, any(s, s->honest));
	const struct council_motion *m;
	Record__Vote v = RECORD__VOTE__INIT;
	struct hash id = council_now(c)->id;
	Record__Proposal copy;
	struct buf body;

	v.has_epoch = 1;
	v.epoch = (ProtobufCBinaryData){HASH_BYTES, id.b};
	v.has_round = 1;
	v.round = (uint32_t)any(s, 3);
	if (council_motions(c) > 0 && any(s, 4) > 0) {
		m = council_motion(c, any(s, council_motions(c)));
		copy = *m->proposal;
		v.proposal = &copy;
	}
	buf_init(&body, 1 << 20);
	if (any(s, 2) == 0 || v.proposal == NULL) {
		slice_pack(&body, &v.base);
	} else {
		/* With the reasons of an honest member. */
		m = council_motion(c, any(s, council_motions(c)));
		if (council_vote(c, assembly_name(s->a, who), &m->hash, &body,
		        NULL) != ERR_OK) {
			buf_reset(&body);
			slice_pack(&body, &v.base);
		}
	}
	assembly_append(s->a, who, side, COUNCIL_VOTE, &body);
	council_free(c);
}

static void
lie(struct story *s, size_t who)
{
	unsigned side = (unsigned)any(s, ASSEMBLY_SIDES);
	struct council *c;
	struct buf body;

	/* It knows all that anybody knows. */
	s->a->side[who][who] = side;
	assembly_fetch(s->a, who);
	c = assembly_fold(s->a, who);
	buf_init(&body, 1 << 20);
	switch (any(s, 4)) {
	case 0:
		lie_sighting(s, who, &council_now(c)->id, side);
		break;
	case 1:
		lie_vote(s, who, side);
		break;
	case 2:
		if (council_sight(c, assembly_name(s->a, who), NULL, 0, &body))
			assembly_append(
			    s->a, who, side, COUNCIL_SIGHTING, &body);
		break;
	default:
		if (council_vote(c, assembly_name(s->a, who), some_motion(s),
		        &body, NULL) == ERR_OK)
			assembly_append(s->a, who, side, COUNCIL_VOTE, &body);
	}
	buf_clear(&body);
	council_free(c);
}

/* ---- the law ---- */

static void
step(struct story *s)
{
	size_t who = any(s, s->a->n);

	if (who >= s->honest) {
		lie(s, who);
		return;
	}
	switch (any(s, 8)) {
	case 0:
		propose(s, who);
		break;
	case 1:
	case 2:
		sight(s, who);
		break;
	case 3:
		(void)assembly_vote(s->a, who, some_motion(s), &law_why);
		break;
	default:
		hear(s, who);
	}
}

/* Parts of what `who` holds give parts of its chain, in any order. */
static void
parts(struct story *s, size_t who)
{
	struct council *c;
	size_t i, kept[MEMBERS_MAX];
	uint32_t before = s->reached[who];

	memcpy(kept, s->a->held[who], sizeof(kept));
	for (i = 0; i < s->a->n; i++)
		s->a->held[who][i] = any(s, kept[i] + 1);
	s->reached[who] = 0;
	c = view(s, who);
	holds(s, council_now(c)->number <= before);
	council_free(c);
	memcpy(s->a->held[who], kept, sizeof(kept));
	s->reached[who] = before;
	c = view(s, who);
	holds(s, council_now(c)->number == before);
	council_free(c);
}

static uint64_t epochs_reached;

static void
history(struct chance *c)
{
	struct story s = {.c = c};
	size_t n = 1 + chance_below(c, 5), i, liars, k;

	liars = 2 * tally_quorum(n) - n - 1;
	liars = chance_below(c, (liars < n ? liars : n - 1) + 1);
	s.a = assembly_new(n, n);
	s.honest = n - liars;
	for (i = 0; i < n; i++)
		for (k = s.honest; k < n; k++)
			s.a->side[i][k] = (unsigned)chance_below(c, 2);
	propose(&s, 0);
	for (i = 0; i < 40 + 20 * n; i++)
		step(&s);
	for (i = 0; i < s.honest; i++) {
		assembly_fetch(s.a, i);
		council_free(view(&s, i));
		parts(&s, i);
		epochs_reached += s.reached[i];
	}
	assembly_end(s.a);
}

Test(council_fold, no_two_honest_members_ever_hold_two_epochs)
{
	chance_each(40, history);
	/* It is about something. */
	cr_assert_gt(epochs_reached, 10);
}

/* Without liars and with everything delivered, what all want passes. */
static void
willing(struct chance *c)
{
	struct story s = {.c = c};
	size_t n = 1 + chance_below(c, 5), i, k;
	struct hash h;

	s.a = assembly_new(n, n);
	s.honest = n;
	propose(&s, 0);
	for (i = 0; i < 10 * n; i++)
		step(&s);
	assembly_settle(s.a);
	for (i = 0; i < n; i++)
		council_free(view(&s, i));
	for (k = 0; k < TALLY_ROUNDS && s.reached[0] == 0; k++) {
		h = s.motions[0];
		for (i = 0; i < n; i++)
			(void)assembly_vote(s.a, i, &h, &law_why);
		assembly_settle(s.a);
		for (i = 0; i < n; i++)
			council_free(view(&s, i));
	}
	for (i = 0; i < n; i++)
		holds(&s, s.reached[i] == s.reached[0]);
	assembly_end(s.a);
}

Test(council_fold, members_that_hear_each_other_come_to_the_same_epoch)
{
	chance_each(20, willing);
}

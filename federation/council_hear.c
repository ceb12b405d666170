/* council_hear.c - what the members say of one epoch, counted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "federation/council_change.h"
#include "federation/council_state.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/zh.h"

static const struct hash zeros;

/* ---- what the files share ---- */

static int
order_hashes(const void *a, const void *b)
{
	return memcmp(a, b, HASH_BYTES);
}

size_t
council_state_seat(const struct council *c, const char *name)
{
	size_t low = 0, high = c->state->n_members, mid;
	int d;

	while (low < high) {
		mid = low + (high - low) / 2;
		d = strcmp(name, c->state->members[mid]->name);
		if (d == 0)
			return mid;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return SIZE_MAX;
}

uint32_t
council_state_choice(const struct council *c, const struct hash *h)
{
	const struct hash *at;

	if (memcmp(h->b, zeros.b, HASH_BYTES) == 0)
		return TALLY_NONE;
	if (c->choices_len == 0)
		return TALLY_UNSAID;
	at = bsearch(
	    h, c->choices, c->choices_len, sizeof(c->choices[0]), order_hashes);
	return at == NULL ? TALLY_UNSAID
	                  : (uint32_t)(at - c->choices) + TALLY_CHOICE;
}

struct council_draft *
council_state_draft(const struct council *c, uint32_t choice)
{
	assert(choice >= TALLY_CHOICE);
	assert(choice - TALLY_CHOICE < c->choices_len);
	return &c->drafts[choice - TALLY_CHOICE];
}

void
council_state_fault(struct council *c, const struct council_fault *fault)
{
	size_t i;

	c->faults_all++;
	for (i = 0; i < c->logs_len; i++)
		if (c->logs[i].member == fault->member)
			break;
	assert(i < c->logs_len);
	/* Nobody drowns the faults of others, or his own of another kind. */
	if (c->logs[i].named[fault->kind] == COUNCIL_FAULTS_MAX)
		return;
	c->logs[i].named[fault->kind]++;
	c->faults =
	    mem_resize(c->faults, c->faults_len + 1, sizeof(c->faults[0]));
	c->faults[c->faults_len++] = *fault;
}

void
council_state_note(struct council *c, const struct council_item *it,
    enum council_fault_kind kind, const char *text)
{
	struct council_fault f = {.kind = kind,
	    .member = c->logs[it->log].member,
	    .index = it->index};

	(void)err_plain(&f.why, ERR_REFUSED, text);
	council_state_fault(c, &f);
}

static const Record__Vote *
vote_of(const struct council_item *it)
{
	assert(it->kind == COUNCIL_VOTE);
	return (const void *)it->msg;
}

static struct hash
choice_of(const Record__Tally *t)
{
	struct hash h = zeros;

	if (t->has_choice)
		memcpy(h.b, t->choice.data, HASH_BYTES);
	return h;
}

static bool
bit(const Record__Tally *t, size_t i)
{
	return t->members.data[i / 8] >> i % 8 & 1;
}

uint32_t
council_state_value(const struct council *c, const struct council_item *it)
{
	const Record__Vote *v = vote_of(it);
	const Record__Tally *t;
	struct tally given;
	uint32_t value = council_state_choice(c, &it->choice), open, held;
	struct hash h;
	size_t i, j;

	if (value == TALLY_NONE || council_state_draft(c, value)->next == NULL)
		return TALLY_NONE;
	tally_init(&given, c->tally.n, c->tally.need);
	for (i = 0; i < v->n_because; i++) {
		t = v->because[i];
		h = choice_of(t);
		held = council_state_choice(c, &h);
		if (!council_read_bitmap(t->members, given.n))
			continue;
		for (j = 0; j < given.n; j++)
			if (bit(t, j))
				tally_fix(&given, t->round, j, held);
	}
	open = tally_open(&given, v->round);
	tally_clear(&given);
	return open == TALLY_ANY || open == value ? value : TALLY_NONE;
}

bool
council_state_grounded(const struct council *c, const struct council_item *it)
{
	const Record__Vote *v = vote_of(it);
	const Record__Tally *t;
	struct hash h;
	uint32_t held;
	size_t i, j;

	for (i = 0; i < v->n_because; i++) {
		t = v->because[i];
		h = choice_of(t);
		held = council_state_choice(c, &h);
		if (!council_read_bitmap(t->members, c->tally.n))
			continue;
		for (j = 0; j < c->tally.n; j++)
			if (bit(t, j) &&
			    tally_sure(&c->tally, t->round, j) != held)
				return false;
	}
	return true;
}

/* ---- one epoch ---- */

static bool
of_now(const struct council *c, const struct council_item *it)
{
	return memcmp(it->epoch.b, council_now(c)->id.b, HASH_BYTES) == 0;
}

/* The next item of the epoch in force by a member of it, from `i` on. */
static struct council_item *
next_item(struct council *c, size_t *i, size_t *seat)
{
	struct council_item *it;

	while (*i < c->items_len) {
		it = &c->items[(*i)++];
		if (!of_now(c, it))
			continue;
		*seat = council_state_seat(c, c->logs[it->log].member);
		if (*seat != SIZE_MAX)
			return it;
	}
	return NULL;
}

static void
add_choice(struct council *c, size_t *cap, const struct hash *h)
{
	if (memcmp(h->b, zeros.b, HASH_BYTES) == 0)
		return;
	if (c->choices_len == *cap) {
		*cap = *cap * 2 + 16;
		c->choices =
		    mem_resize(c->choices, *cap, sizeof(c->choices[0]));
	}
	c->choices[c->choices_len++] = *h;
}

static void
add_tallies(struct council *c, size_t *cap, Record__Tally *const *t, size_t n)
{
	struct hash h;
	size_t i;

	for (i = 0; i < n; i++) {
		h = choice_of(t[i]);
		add_choice(c, cap, &h);
	}
}

/* Every hash that somebody names gets its number. */
static void
number_choices(struct council *c)
{
	const Record__Sighting *s;
	struct council_item *it;
	size_t cap = 0, i = 0, n = 0, seat;

	while ((it = next_item(c, &i, &seat)) != NULL) {
		add_choice(c, &cap, &it->choice);
		if (it->kind == COUNCIL_VOTE)
			add_tallies(c, &cap, vote_of(it)->because,
			    vote_of(it)->n_because);
		if (it->kind != COUNCIL_SIGHTING)
			continue;
		s = (const void *)it->msg;
		add_tallies(c, &cap, s->seen, s->n_seen);
	}
	if (c->choices_len > 1)
		qsort(c->choices, c->choices_len, sizeof(c->choices[0]),
		    order_hashes);
	for (i = 0; i < c->choices_len; i++)
		if (n == 0 ||
		    order_hashes(&c->choices[n - 1], &c->choices[i]) != 0)
			c->choices[n++] = c->choices[i];
	c->choices_len = n;
	c->drafts = mem_alloc(n + 1, sizeof(c->drafts[0]));
}

/* Judged once, whoever brings it. */
static const struct council_draft *
draft(
    struct council *c, const struct council_item *it, const Record__Proposal *p)
{
	struct council_draft *d =
	    council_state_draft(c, council_state_choice(c, &it->choice));
	struct err_why why;

	if (d->proposal == NULL) {
		d->hash = it->choice;
		d->proposal = p;
		if (council_change_apply(&d->next, c->state, p, &why) !=
		    ERR_OK) {
			d->next = NULL;
			d->why = mem_alloc(1, sizeof(*d->why));
			*d->why = why;
		}
	}
	return d;
}

/* Names a change that cannot be made. */
static void
must_apply(struct council *c, const struct council_item *it,
    const struct council_draft *d)
{
	struct council_fault f = {.kind = COUNCIL_REFUSED,
	    .member = c->logs[it->log].member,
	    .index = it->index};

	if (d->next != NULL)
		return;
	f.why = *d->why;
	council_state_fault(c, &f);
}

static void
hear_proposal(struct council *c, const struct council_item *it, size_t *given)
{
	const Record__Proposal *p = (const void *)it->msg;

	if (p->by == NULL || strcmp(p->by, c->logs[it->log].member) != 0) {
		council_state_note(c, it, COUNCIL_REFUSED,
		    ZH("a proposal stands in the log of whoever makes it"));
		return;
	}
	if (++*given > COUNCIL_MOTIONS_MAX) {
		council_state_note(c, it, COUNCIL_REFUSED,
		    ZH("too many proposals of one member in one epoch"));
		return;
	}
	must_apply(c, it, draft(c, it, p));
}

static void
hear_vote(struct council *c, const struct council_item *it, size_t seat)
{
	const Record__Vote *v = vote_of(it);
	size_t *first = &c->votes[v->round * c->tally.n + seat];
	const struct hash *before;

	if (*first != 0) {
		before = &c->items[*first - 1].choice;
		if (order_hashes(before, &it->choice) != 0)
			council_state_note(c, it, COUNCIL_TWICE,
			    ZH("a second vote in one round, for something "
			       "else"));
		return;
	}
	*first = (size_t)(it - c->items) + 1;
	if (v->proposal != NULL)
		must_apply(c, it, draft(c, it, v->proposal));
	/* Nobody else speaks for this slot of this member: it is new. */
	(void)tally_say(
	    &c->tally, v->round, seat, seat, council_state_value(c, it));
}

static void
hear_sighting(struct council *c, const struct council_item *it, size_t seat)
{
	const Record__Sighting *s = (const void *)it->msg;
	bool bad = false, twice = false;
	const Record__Tally *t;
	struct hash h;
	uint32_t held;
	size_t i, j;

	for (i = 0; i < s->n_seen; i++) {
		t = s->seen[i];
		h = choice_of(t);
		held = council_state_choice(c, &h);
		if (!council_read_bitmap(t->members, c->tally.n)) {
			bad = true;
			continue;
		}
		for (j = 0; j < c->tally.n; j++) {
			if (!bit(t, j))
				continue;
			if (j == seat)
				bad = true;
			else
				twice |= !tally_say(
				    &c->tally, t->round, j, seat, held);
		}
	}
	if (bad)
		council_state_note(c, it, COUNCIL_REFUSED,
		    ZH("a sighting names no member, or its own vote"));
	if (twice)
		council_state_note(c, it, COUNCIL_TWICE,
		    ZH("a second word on one vote, and another one"));
}

/* The name that lives as long as the council: of whoever has a log. */
static const char *
name_of(const struct council *c, size_t seat)
{
	size_t i;

	for (i = 0; i < c->logs_len; i++)
		if (strcmp(c->logs[i].member, c->state->members[seat]->name) ==
		    0)
			return c->logs[i].member;
	return NULL;
}

/* Whoever saw another vote than the one that stands in the voter's log here. */
static void
find_disputes(struct council *c)
{
	size_t n = c->tally.n, slot, who;
	const struct council_item *it;
	struct council_fault f;
	uint32_t said, value;
	unsigned round;

	for (slot = 0; slot < TALLY_ROUNDS * n; slot++) {
		if (c->votes[slot] == 0)
			continue;
		it = &c->items[c->votes[slot] - 1];
		round = (unsigned)(slot / n);
		value = tally_said(&c->tally, round, slot % n, slot % n);
		for (who = 0; who < n; who++) {
			said = tally_said(&c->tally, round, slot % n, who);
			/* For nothing: it may have given up waiting. */
			if (said < TALLY_CHOICE || said == value)
				continue;
			f = (struct council_fault){.kind = COUNCIL_DISPUTED,
			    .member = c->logs[it->log].member,
			    .index = it->index,
			    .other = name_of(c, who)};
			(void)err_plain(&f.why, ERR_CONFLICT,
			    ZH("its vote was seen otherwise: one of the two "
			       "lies"));
			council_state_fault(c, &f);
		}
	}
}

void
council_hear(struct council *c)
{
	size_t i = 0, seat, log = SIZE_MAX, given = 0;
	struct council_item *it;

	tally_init(
	    &c->tally, c->state->n_members, council_change_quorum(c->state));
	c->votes = mem_alloc(TALLY_ROUNDS * c->tally.n, sizeof(c->votes[0]));
	number_choices(c);
	while ((it = next_item(c, &i, &seat)) != NULL) {
		it->read = true;
		if (it->log != log)
			given = 0;
		log = it->log;
		if (it->kind == COUNCIL_PROPOSAL)
			hear_proposal(c, it, &given);
		else if (it->kind == COUNCIL_VOTE)
			hear_vote(c, it, seat);
		else
			hear_sighting(c, it, seat);
	}
	find_disputes(c);
}

void
council_hear_end(struct council *c)
{
	size_t i;

	for (i = 0; c->drafts != NULL && i < c->choices_len; i++) {
		free(c->drafts[i].why);
		if (c->drafts[i].next != NULL)
			slice_free(&c->drafts[i].next->base);
	}
	free(c->drafts);
	free(c->choices);
	free(c->votes);
	tally_clear(&c->tally);
	c->drafts = NULL;
	c->choices = NULL;
	c->choices_len = 0;
	c->votes = NULL;
}

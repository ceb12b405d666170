/* tally.c - slots, certainty, rounds that may open. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

size_t
tally_quorum(size_t n)
{
	return 2 * n / 3 + 1;
}

void
tally_init(struct tally *t, size_t n, size_t need)
{
	assert(n > 0 && 2 * need > n);
	memset(t, 0, sizeof(*t));
	t->n = n;
	t->need = need;
}

void
tally_clear(struct tally *t)
{
	unsigned i;

	for (i = 0; i < TALLY_ROUNDS; i++) {
		free(t->said[i]);
		free(t->sure[i]);
	}
	memset(t, 0, sizeof(*t));
}

void
tally_fix(struct tally *t, unsigned round, size_t author, uint32_t value)
{
	assert(round < TALLY_ROUNDS && author < t->n);
	if (t->sure[round] == NULL)
		t->sure[round] = mem_alloc(t->n, sizeof(uint32_t));
	t->sure[round][author] = value;
}

bool
tally_say(
    struct tally *t, unsigned round, size_t author, size_t who, uint32_t value)
{
	size_t same = 0, i;
	uint32_t *row;

	assert(round < TALLY_ROUNDS && author < t->n && who < t->n);
	assert(value != TALLY_UNSAID);
	if (t->said[round] == NULL)
		t->said[round] = mem_alloc(t->n * t->n, sizeof(uint32_t));
	row = t->said[round] + author * t->n;
	if (row[who] != TALLY_UNSAID)
		return row[who] == value;
	row[who] = value;
	for (i = 0; i < t->n; i++)
		same += row[i] == value;
	if (same >= t->need)
		tally_fix(t, round, author, value);
	return true;
}

uint32_t
tally_said(const struct tally *t, unsigned round, size_t author, size_t who)
{
	assert(round < TALLY_ROUNDS && author < t->n && who < t->n);
	return t->said[round] == NULL ? TALLY_UNSAID
	                              : t->said[round][author * t->n + who];
}

uint32_t
tally_sure(const struct tally *t, unsigned round, size_t author)
{
	assert(round < TALLY_ROUNDS && author < t->n);
	return t->sure[round] == NULL ? TALLY_UNSAID : t->sure[round][author];
}

/* Slots that certainly hold `value`. */
static size_t
count(const struct tally *t, unsigned round, uint32_t value)
{
	size_t i, c = 0;

	for (i = 0; i < t->n; i++)
		c += tally_sure(t, round, i) == value;
	return c;
}

bool
tally_possible(const struct tally *t, unsigned round, uint32_t choice)
{
	return count(t, round, choice) + count(t, round, TALLY_UNSAID) >=
	    t->need;
}

/* Narrows `open` by what this round can still pass. */
static uint32_t
narrow(const struct tally *t, unsigned round, uint32_t open)
{
	uint32_t v;
	size_t i;

	/* Even something that nobody has heard of yet. */
	if (count(t, round, TALLY_UNSAID) >= t->need)
		return TALLY_SHUT;
	for (i = 0; i < t->n && open != TALLY_SHUT; i++) {
		v = tally_sure(t, round, i);
		if (v < TALLY_CHOICE || v == open ||
		    !tally_possible(t, round, v))
			continue;
		open = open == TALLY_ANY ? v : TALLY_SHUT;
	}
	return open;
}

uint32_t
tally_open(const struct tally *t, unsigned round)
{
	uint32_t open = TALLY_ANY;
	unsigned i;

	if (round >= TALLY_ROUNDS)
		return TALLY_SHUT;
	for (i = 0; i < round && open != TALLY_SHUT; i++)
		open = narrow(t, i, open);
	return open;
}

uint32_t
tally_passed(const struct tally *t, unsigned *round)
{
	uint32_t open, v;
	unsigned r;
	size_t i;

	for (r = 0; r < TALLY_ROUNDS; r++) {
		open = tally_open(t, r);
		if (open == TALLY_SHUT)
			return TALLY_UNSAID;
		for (i = 0; i < t->n; i++) {
			v = tally_sure(t, r, i);
			if (v < TALLY_CHOICE || count(t, r, v) < t->need)
				continue;
			if (open != TALLY_ANY && open != v)
				continue;
			*round = r;
			return v;
		}
	}
	return TALLY_UNSAID;
}

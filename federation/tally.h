/* tally.h - counting what members say of each other's votes, in rounds. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_TALLY_H
#define FEDERATION_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One decision of n members.  In each round each member has one slot, its
 * vote; every member says once what it saw in that slot (its own: what it
 * votes).  A slot is *certain* when `need` members say the same of it.
 *
 * With need = tally_quorum(n) or more, and up to 2 need - n - 1 members who
 * say different things to different people:
 *   no slot is ever certain in two ways, whoever looks;
 *   no two choices pass in one round;
 *   if a choice passes in a round, no later round opens for another one.
 * tests/federation/tally_test.c tries all of it for up to five members.
 *
 * Certainty only grows with what is heard, so the order does not matter, and
 * neither does who tells.  Pure; one thread at a time.
 * Source: docs/decisions/0043.
 */
#define TALLY_ROUNDS 16

#define TALLY_UNSAID 0u
#define TALLY_NONE 1u /* for nothing */
#define TALLY_CHOICE 2u /* this and above: a choice */

/* tally_open: not one choice but any; no vote at all. */
#define TALLY_ANY 0u
#define TALLY_SHUT 1u

struct tally {
	size_t n;
	size_t need;
	uint32_t *said[TALLY_ROUNDS]; /* author * n + who; NULL: silence */
	uint32_t *sure[TALLY_ROUNDS]; /* by author; NULL: nothing */
};

/* floor(2n/3) + 1. */
size_t tally_quorum(size_t n);

void tally_init(struct tally *t, size_t n, size_t need);
void tally_clear(struct tally *t);

/* `who` says that the slot of `author` holds `value`.  Its first word stands:
 * false when it had said something else. */
bool tally_say(
    struct tally *t, unsigned round, size_t author, size_t who, uint32_t value);
/* What it said; TALLY_UNSAID. */
uint32_t tally_said(
    const struct tally *t, unsigned round, size_t author, size_t who);

/* What the slot certainly holds; TALLY_UNSAID: not certain yet. */
uint32_t tally_sure(const struct tally *t, unsigned round, size_t author);
/* A slot that is certain for a reason given elsewhere (Vote.because). */
void tally_fix(struct tally *t, unsigned round, size_t author, uint32_t value);

/* Could this choice still pass in that round, counting what is not certain for
 * it? */
bool tally_possible(const struct tally *t, unsigned round, uint32_t choice);

/* What may be voted for in that round: TALLY_ANY when the earlier ones can pass
 * nothing, the choice when they can pass that alone, else TALLY_SHUT. */
uint32_t tally_open(const struct tally *t, unsigned round);

/* The choice that has passed, and in which round; TALLY_UNSAID: none yet. */
uint32_t tally_passed(const struct tally *t, unsigned *round);

#endif

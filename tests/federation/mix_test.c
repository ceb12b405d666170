/* mix_test.c - what is held goes on together, in no order that tells. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/mix.h"

#include <criterion/criterion.h>
#include <math.h>

#include "proto/crypto.h"

static const struct mix_rule rule = {.least = 3,
    .patience = 0,
    .quota = 1,
    .held_max = 8,
    .piece_max = 16};

struct given {
	char text[32];
	size_t n;
};

static void
note(void *arg, struct bytes piece)
{
	struct given *g = arg;

	cr_assert_eq(piece.len, 1);
	g->text[g->n++] = (char)piece.ptr[0];
}

static enum err
take(struct mix *m, uint64_t round, uint32_t origin, const char *piece)
{
	return mix_take(m, round, origin, bytes_str(piece), NULL);
}

TestSuite(mix, .init = crypto_start);

Test(mix, goes_on_when_enough_origins_are_held)
{
	struct mix *m = mix_new(&rule);
	struct given g = {.n = 0};

	cr_assert_eq(take(m, 1, 1, "a"), ERR_OK);
	cr_assert_eq(take(m, 1, 2, "b"), ERR_OK);
	cr_assert_eq(mix_turn(m, 1, note, &g), 0, "two of three");
	cr_assert_eq(take(m, 2, 2, "c"), ERR_OK);
	cr_assert_eq(mix_turn(m, 2, note, &g), 0, "three of two origins");
	cr_assert_eq(take(m, 3, 3, "d"), ERR_OK);
	cr_assert_eq(mix_turn(m, 3, note, &g), 4);
	cr_assert_eq(g.n, 4);
	for (const char *want = "abcd"; *want != '\0'; want++)
		cr_assert_not_null(memchr(g.text, *want, 4));
	cr_assert_eq(mix_held(m), 0);
	cr_assert_eq(mix_turn(m, 4, note, &g), 0);
	mix_free(m);
}

Test(mix, an_item_does_not_wait_for_ever)
{
	struct mix_rule patient = rule;
	struct given g = {.n = 0};

	patient.patience = 4;
	struct mix *m = mix_new(&patient);
	cr_assert_eq(take(m, 10, 1, "a"), ERR_OK);
	cr_assert_eq(mix_turn(m, 13, note, &g), 0);
	cr_assert_eq(mix_turn(m, 14, note, &g), 1);
	mix_free(m);
}

/* Who sends twice in a round, again what was sent, or without end. */
Test(mix, nobody_fills_a_round)
{
	struct mix *m = mix_new(&rule);
	struct given g = {.n = 0};
	char piece[2] = {0};

	cr_assert_eq(take(m, 1, 1, "a"), ERR_OK);
	cr_assert_eq(take(m, 1, 1, "b"), ERR_BUSY);
	cr_assert_eq(take(m, 0, 1, "b"), ERR_BUSY, "rounds do not go back");
	cr_assert_eq(take(m, 1, 2, "a"), ERR_EXISTS);
	cr_assert_eq(take(m, 1, 2, "0123456789abcdefg"), ERR_LIMIT);
	cr_assert_eq(take(m, 1, 2, "c"), ERR_OK);
	cr_assert_eq(take(m, 1, 3, "d"), ERR_OK);
	cr_assert_eq(mix_turn(m, 1, note, &g), 3);
	cr_assert_eq(
	    take(m, 1, 1, "e"), ERR_BUSY, "gone on, and counted still");
	cr_assert_eq(take(m, 2, 1, "a"), ERR_EXISTS, "gone on, and known");
	for (uint32_t i = 0; i < rule.held_max; i++) {
		piece[0] = (char)('p' + i);
		cr_assert_eq(take(m, 3, i, piece), ERR_OK);
	}
	cr_assert_eq(take(m, 3, 99, "z"), ERR_LIMIT);
	mix_free(m);
}

/* Whoever holds a real item and makes up what nobody vouches for would find
 * the one that it does not know. */
Test(mix, what_nobody_vouches_for_fills_no_batch)
{
	struct mix_rule items = rule;
	struct given g = {.n = 0};

	items.least = 2;
	items.patience = 4;
	struct mix *m = mix_new(&items);
	for (uint32_t i = 0; i < 3; i++) {
		const char piece[2] = {(char)('w' + i), '\0'};

		cr_assert_eq(take(m, 10, i | MIX_SILENT, piece), ERR_OK);
	}
	cr_assert_eq(take(m, 13, 1, "a"), ERR_OK);
	cr_assert_eq(mix_turn(m, 13, note, &g), 0, "one origin");
	cr_assert_eq(mix_turn(m, 14, note, &g), 3, "those that waited");
	cr_assert_null(memchr(g.text, 'a', 3));
	cr_assert_eq(mix_held(m), 1);
	cr_assert_eq(mix_turn(m, 16, note, &g), 0);
	cr_assert_eq(take(m, 16, 9 | MIX_SILENT, "v"), ERR_OK);
	cr_assert_eq(take(m, 16, 9 | MIX_SILENT, "u"), ERR_BUSY);
	cr_assert_eq(mix_turn(m, 17, note, &g), 2, "an item takes all along");
	cr_assert_eq(mix_turn(m, 18, note, &g), 0);
	mix_free(m);
}

/* Each order is as likely: the first that came is found at each place in a
 * fifth of the rounds.  A shuffle that is none fails at once; an honest one
 * once in 10^9 runs (six standard deviations). */
Test(mix, the_order_tells_nothing)
{
	enum {
		PIECES = 5,
		ROUNDS = 4000
	};
	struct mix_rule quick = rule;
	unsigned at[PIECES] = {0};

	quick.quota = PIECES;
	quick.piece_max = sizeof(uint64_t) + 1;
	for (uint64_t r = 0; r < ROUNDS; r++) {
		struct mix *m = mix_new(&quick);
		struct given g = {.n = 0};

		for (uint32_t i = 0; i < PIECES; i++) {
			const char piece[2] = {(char)('a' + i), '\0'};

			cr_assert_eq(take(m, r, i, piece), ERR_OK);
		}
		cr_assert_eq(mix_turn(m, r, note, &g), PIECES);
		for (size_t i = 0; i < PIECES; i++)
			at[i] += g.text[i] == 'a';
		mix_free(m);
	}
	for (size_t i = 0; i < PIECES; i++)
		cr_assert_leq(fabs((double)at[i] - ROUNDS / 5.0),
		    6 * sqrt(ROUNDS * 0.2 * 0.8), "place %zu: %u", i, at[i]);
}

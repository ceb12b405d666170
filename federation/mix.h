/* mix.h - what came in is held, and goes on together in another order. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_MIX_H
#define FEDERATION_MIX_H

#include <stdbool.h>

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * A threshold mix in rounds: a forwarder holds the rests of cells, a publisher
 * the items that were in them.  All that is held goes on at the end of a
 * round, shuffled, as soon as it is of `least` different origins; an item also
 * when it has waited `patience` rounds (0: never for that).
 *
 * Of one origin `quota` are taken in a round and nothing twice, so that nobody
 * fills a round with what it knows, to find the one that it does not know. What
 * nobody vouches for anew is held and mixed, but no other waits for less
 * because of it: it counts as no origin, and its own patience moves it alone.
 *
 * Sans-IO; not thread-safe.  Source: A. Serjantov, R. Dingledine, P. Syverson,
 * From a Trickle to a Flood (IH 2002), threshold-or-timed mix.
 */
struct mix_rule {
	unsigned least;
	unsigned patience;
	unsigned quota;
	size_t held_max; /* pieces */
	size_t piece_max; /* bytes of one */
};

struct mix;
/* mix_free; the rule is copied. */
struct mix *mix_new(const struct mix_rule *rule);
void mix_free(struct mix *m);

/*
 * mix_take - hold a copy of a piece.  Rounds never go back: one of an earlier
 * round counts to the present.
 *   origin   whoever it came from: a member, by number; with MIX_SILENT it
 *            has its quota, and counts for nothing
 * ERR_LIMIT: too large, or too many are held; ERR_BUSY: the origin's quota of
 * this round is used; ERR_EXISTS: the same piece came before (among the last
 * MIX_SEEN_MAX).
 */
#define MIX_SEEN_MAX 4096
#define MIX_SILENT (UINT32_C(1) << 31)
ERR_CHECKED enum err mix_take(struct mix *m, uint64_t round, uint32_t origin,
    struct bytes piece, struct err_why *why);

/* mix_turn - at the end of `round`: everything held, shuffled, when it may go
 * on; a call for each; the view is valid during the call.  Number given. */
typedef void (*mix_give)(void *arg, struct bytes piece);
size_t mix_turn(struct mix *m, uint64_t round, mix_give give, void *arg);

size_t mix_held(const struct mix *m);

#endif

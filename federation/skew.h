/* skew.h - how far the peers' clocks are from ours. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_SKEW_H
#define FEDERATION_SKEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fed.pb-c.h"

#define SKEW_KEPT 8 /* samples of a peer */
#define SKEW_FRESH_US INT64_C(3600000000) /* an older one says nothing */
#define SKEW_DRIFT_PPM 200 /* two crystals, at worst */
#define SKEW_READ_US 1000 /* between reading a clock and sending it */

/*
 * What a peer says of its clock, measured against our boot clock, which nobody
 * turns: our own wall clock may be wrong or jump, and the estimate still holds.
 */
struct skew_sample {
	int64_t offset_us; /* the peer's wall clock minus our boot clock */
	int64_t error_us; /* the truth lies within +- this: half the round trip
	                   */
	int64_t at_us; /* our boot clock then */
};

/* A member of the alliance by name. */
struct skew_member {
	const char *name; /* as long as the process */
	struct skew_sample clock; /* error_us 0: unknown */
};

/*
 * One conversation.  Each turn carries the sender's wall clock, a mark, and
 * the mark of the turn heard last with the time it lay here; so a round trip is
 * what is left when the time is taken off that an answer was held back.
 */
struct skew {
	bool heard; /* since the reset */
	bool said;
	int64_t mark_us; /* of the turn heard last: the peer's boot clock */
	int64_t heard_us; /* and when that was */
	int64_t first_us; /* our first mark since the reset */
	struct skew_sample kept[SKEW_KEPT];
	size_t len;
	size_t next; /* the oldest one, when full */
};

/* A new conversation: no mark of before counts; samples stay. */
void skew_reset(struct skew *s);
/* What our next turn says. */
void skew_say(
    struct skew *s, int64_t wall_us, int64_t boot_us, Fed__Clock *out);
/* What a turn of the peer said; true: a sample was taken.  A word that cannot
 * be true is passed over. */
bool skew_hear(struct skew *s, const Fed__Clock *c, int64_t boot_us);
/* The most certain sample, its error grown to now; error_us 0: none is
 * fresh. */
void skew_best(const struct skew *s, int64_t boot_us, struct skew_sample *out);

/* ---- all peers together ---- */

/* One peer's word about our wall clock. */
struct skew_claim {
	int64_t ahead_us; /* ours is ahead of the peer's by this */
	int64_t error_us;
};

enum skew_verdict {
	SKEW_ALONE, /* nobody says anything certain enough */
	SKEW_AGREED, /* the median of the peers is within the limit of ours */
	SKEW_DISPUTED, /* one peer differs and there is no other: who is right?
	                */
	SKEW_WRONG, /* most peers say that ours is wrong */
};

struct skew_view {
	enum skew_verdict verdict;
	size_t counted; /* peers that are certain to within the limit */
	size_t agree; /* of those: within the limit of our clock */
	int64_t ahead_us; /* ours is ahead of their median; of the two in the
	                   * middle the one nearer to ours */
	int64_t error_us;
};

#define SKEW_CLAIMS_MAX 256

/* skew_judge - what n peers' words come to.  No single peer can make it WRONG,
 * and none moves the median further than honest ones stand.  Pure. */
void skew_judge(struct skew_view *out, const struct skew_claim *claims,
    size_t n, int64_t limit_us);

#endif

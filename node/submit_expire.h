/* submit_expire.h - what ends because its term is over. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_EXPIRE_H
#define NODE_SUBMIT_EXPIRE_H

#include "node/submit_op.h"
#include "node/submit_plan.h"

/*
 * submit_expiry - end records of one class, or the media of them, by one entry
 * that names every leaf.  What the plan found (submit_plan.h) is checked inside
 * the transaction, by confirmed time: what was reopened, held or named
 * meanwhile stays.  No plan: only the position is kept, and wrapping keys that
 * wait are ended.
 */
struct submit_expiry {
	const char *term; /* "alarm@2026.1"; borrowed, as is `id` */
	bool media;
	bool last; /* nothing more of this month follows */
	uint64_t position; /* all before it is dealt with (retain_scan.h) */
	/* For the plan alone. */
	const uint8_t (*id)[16];
	size_t len;
	int64_t now_us; /* confirmed */
	struct retain_seen *seen; /* NULL: everything is opened */
};
/* Takes the plan over; NULL allowed. */
void submit_expiry(const struct submit_to *to, const struct submit_expiry *in,
    struct submit_plan *plan);

/* Where looking goes on after a restart; 0: at the beginning. */
uint64_t submit_expiry_position(
    const struct fold *f, const char *term, bool media);

#endif

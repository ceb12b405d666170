/* stamp.c - the rule by which recorded_us follows the clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/stamp.h"

/* The latest time the next entry may carry.  A clock near the end of int64
 * must not overflow. */
static int64_t
latest(struct stamp last, struct stamp_now now)
{
	int64_t ahead = STAMP_SLACK_US;
	int64_t elapsed;

	if (last.boot_known && now.boot_us > last.boot_us &&
	    !__builtin_sub_overflow(now.boot_us, last.boot_us, &elapsed) &&
	    __builtin_add_overflow(ahead, elapsed, &ahead))
		ahead = INT64_MAX;
	if (__builtin_add_overflow(last.recorded_us, ahead, &ahead))
		return INT64_MAX;
	return ahead;
}

bool
stamp_held(struct stamp last, struct stamp_now now)
{
	if (last.epoch == 0 || now.reset || now.admit)
		return false;
	return now.wall_us > latest(last, now);
}

struct stamp
stamp_next(struct stamp last, struct stamp_now now)
{
	struct stamp out = {
	    .epoch = last.epoch,
	    .recorded_us = now.wall_us,
	    .boot_us = now.boot_us,
	    .boot_known = true,
	};

	if (last.epoch == 0 || now.reset) {
		out.epoch = last.epoch + 1;
		return out;
	}
	if (stamp_held(last, now))
		out.recorded_us = latest(last, now);
	if (out.recorded_us < last.recorded_us)
		out.recorded_us = last.recorded_us;
	return out;
}

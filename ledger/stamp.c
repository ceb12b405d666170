/* stamp.c - the rule by which recorded_us follows the clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/stamp.h"

/* A clock near the end of int64 must not overflow. */
static int64_t
add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* Boot time since; 0 for a clock that went back. */
static int64_t
elapsed(int64_t from_us, int64_t to_us)
{
	int64_t us;

	if (to_us <= from_us)
		return 0;
	return __builtin_sub_overflow(to_us, from_us, &us) ? INT64_MAX : us;
}

int64_t
stamp_line_at(struct stamp_line line, int64_t boot_us)
{
	return add(line.wall_us, elapsed(line.boot_us, boot_us));
}

/* The latest time the next entry may carry. */
static int64_t
latest(struct stamp last, struct stamp_now now)
{
	if (now.line.known)
		return add(
		    stamp_line_at(now.line, now.boot_us), STAMP_SLACK_US);
	if (last.epoch == 0)
		return INT64_MAX;
	return add(last.recorded_us,
	    add(last.boot_known ? elapsed(last.boot_us, now.boot_us) : 0,
	        STAMP_SLACK_US));
}

bool
stamp_held(struct stamp last, struct stamp_now now)
{
	return !now.reset && now.wall_us > latest(last, now);
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

	if (stamp_held(last, now))
		out.recorded_us = latest(last, now);
	if (last.epoch == 0 || now.reset)
		out.epoch = last.epoch + 1;
	else if (out.recorded_us < last.recorded_us)
		out.recorded_us = last.recorded_us;
	return out;
}

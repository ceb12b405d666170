/* timeline.c - what time it may be, and what speaks against the clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/timeline.h"

#include <stdlib.h>

/* The latest that is thought of when nothing says how long a node was off. */
#define UNKNOWN_US (INT64_C(400) * 24 * 3600 * 1000000)

#define MINUTE_US INT64_C(60000000)

/* Clocks of this world: sums of two stay in range. */
static int64_t
sane(int64_t us)
{
	const int64_t most = INT64_MAX / 4;

	return us > most ? most : us < -most ? -most : us;
}

static void
follow(struct timeline *t, const struct timeline_reading *r)
{
	t->line = (struct stamp_line){true, sane(r->wall_us), r->boot_us};
	t->unknown = false;
}

/* How far a start follows this clock ahead of the log. */
static int64_t
start_most(const struct timeline *t, const struct timeline_reading *r)
{
	return r->synchronised && t->policy.start_us < TIMELINE_SYNCED_US
	    ? TIMELINE_SYNCED_US
	    : t->policy.start_us;
}

enum timeline_start
timeline_start(struct timeline *t, const struct timeline_policy *policy,
    const struct timeline_reading *r, int64_t newest_us)
{
	int64_t gap_us = sane(r->wall_us) - sane(newest_us);

	*t = (struct timeline){.policy = *policy, .last = *r};
	t->moved.wall_us = r->wall_us;
	t->moved.boot_us = r->boot_us;
	if (gap_us <= start_most(t, r) &&
	    (gap_us >= -policy->limit_us || r->synchronised)) {
		follow(t, r);
		return TIMELINE_FOLLOWS;
	}
	t->line = (struct stamp_line){true, sane(newest_us), r->boot_us};
	t->unknown = true;
	return gap_us < 0 ? TIMELINE_WAITS : TIMELINE_HOLDS;
}

static void
look_frozen(struct timeline *t, const struct timeline_reading *r)
{
	int64_t wall_us = sane(r->wall_us) - sane(t->moved.wall_us);
	int64_t boot_us = r->boot_us - t->moved.boot_us;

	if (llabs(wall_us) > boot_us / 10) {
		t->moved.wall_us = r->wall_us;
		t->moved.boot_us = r->boot_us;
		t->frozen = false;
	} else if (boot_us >= TIMELINE_FROZEN_US) {
		t->frozen = true;
	}
}

static int64_t
within(int64_t us, int64_t most_us)
{
	return us > most_us ? most_us : us < -most_us ? -most_us : us;
}

enum timeline_step
timeline_beat(struct timeline *t, const struct timeline_reading *r,
    const struct skew_view *view, size_t quorum)
{
	int64_t past_us = r->boot_us - t->last.boot_us;
	int64_t line_us = stamp_line_at(t->line, r->boot_us);
	int64_t off_us = sane(r->wall_us) - sane(line_us);
	bool agreed = quorum > 0 && view->agree >= quorum;
	bool vouched = r->synchronised && view->verdict != SKEW_WRONG;

	t->last = *r;
	t->view = *view;
	t->peers_us = sane(r->wall_us) - view->ahead_us - r->boot_us;
	look_frozen(t, r);
	if (t->frozen)
		return TIMELINE_SAME;
	if (llabs(off_us) <= t->policy.limit_us) {
		int64_t rate_us =
		    agreed || vouched ? TIMELINE_SLEW_US : TIMELINE_DRIFT_US;

		/* A beat may come late, by no more than a minute's worth. */
		t->line.wall_us = line_us +
		    within(off_us,
		        within(past_us, MINUTE_US) / 1000 * rate_us / 1000);
		t->line.boot_us = r->boot_us;
		return TIMELINE_SAME;
	}
	/* Ahead: what the kernel says could be told it from outside, and would
	 * pin the logs.  Behind: no entry goes back for it. */
	bool settled = t->unknown && off_us > 0 && off_us <= start_most(t, r) &&
	    view->verdict != SKEW_WRONG;
	if (!agreed && !settled && (off_us > 0 || !vouched))
		return TIMELINE_SAME;
	follow(t, r);
	return off_us < 0 ? TIMELINE_BACK
	    : agreed      ? TIMELINE_JUMPED
	                  : TIMELINE_SETTLED;
}

void
timeline_confirm(struct timeline *t, const struct timeline_reading *r)
{
	t->last = *r;
	follow(t, r);
}

static void
widen(struct timeline_span *s, int64_t us)
{
	if (us < s->from_us)
		s->from_us = us;
	if (us > s->to_us)
		s->to_us = us;
}

struct timeline_span
timeline_now(const struct timeline *t, int64_t wall_us, int64_t boot_us)
{
	struct timeline_span s = {wall_us, wall_us, wall_us, 0};
	int64_t line_us = sane(stamp_line_at(t->line, boot_us));
	int64_t off_us = sane(wall_us) - line_us;

	if (off_us > t->policy.limit_us)
		s.faults |= TIMELINE_AHEAD;
	if (off_us < -t->policy.limit_us)
		s.faults |= TIMELINE_BEHIND;
	if (t->frozen)
		s.faults |= TIMELINE_FROZEN;
	if (s.faults != 0)
		widen(&s, line_us);
	if ((s.faults & TIMELINE_BEHIND) != 0 && t->unknown)
		widen(&s, line_us + UNKNOWN_US);
	if (t->view.verdict == SKEW_WRONG)
		s.faults |= TIMELINE_PEERS;
	if (t->view.verdict == SKEW_DISPUTED && !t->last.synchronised)
		s.faults |= TIMELINE_DISPUTED;
	if ((s.faults & (TIMELINE_PEERS | TIMELINE_DISPUTED)) != 0)
		widen(&s, sane(t->peers_us + boot_us));
	return s;
}

uint32_t
timeline_error_ms(const struct timeline *t)
{
	struct timeline_span s =
	    timeline_now(t, t->last.wall_us, t->last.boot_us);
	int64_t us = (int64_t)t->last.error_ms * 1000;
	int64_t peers_us = llabs(t->view.ahead_us) + t->view.error_us;

	if (t->view.counted > 0 && peers_us > us)
		us = peers_us;
	if (s.to_us - s.now_us > us)
		us = s.to_us - s.now_us;
	if (s.now_us - s.from_us > us)
		us = s.now_us - s.from_us;
	us = (us + 999) / 1000;
	return us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* timeline.h - what time it may be, and what speaks against the clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TIMELINE_H
#define NODE_TIMELINE_H

#include "federation/skew.h"
#include "ledger/stamp.h"

#include <stdbool.h>
#include <stdint.h>

/* Nobody vouches for the clock: further than the policy's hours a start does
 * not follow it; a clock that the kernel calls synchronised is followed so
 * far. */
#define TIMELINE_SYNCED_US (INT64_C(400) * 24 * 3600 * 1000000)
/* How far the line follows a wall clock that is within the policy, per second
 * of boot time: one that somebody vouches for, and one that nobody does. */
#define TIMELINE_SLEW_US 100000
#define TIMELINE_DRIFT_US 1000
#define TIMELINE_FROZEN_US INT64_C(3000000) /* then it is frozen */

/* Why the wall clock is not believed; several may hold. */
enum timeline_fault {
	TIMELINE_AHEAD = 1u << 0, /* of the confirmed line: time is held */
	TIMELINE_BEHIND = 1u << 1, /* the line, or the log */
	TIMELINE_FROZEN = 1u << 2,
	TIMELINE_PEERS = 1u << 3, /* most members say so */
	TIMELINE_DISPUTED = 1u << 4, /* the one member that answers says so, and
	                              * nobody vouches for ours */
};
#define TIMELINE_FAULTS 5

/* The clocks at one moment. */
struct timeline_reading {
	int64_t wall_us;
	int64_t boot_us;
	bool synchronised; /* says the kernel */
	uint32_t error_ms; /* likewise */
};

/* What the policy says. */
struct timeline_policy {
	int64_t limit_us; /* a clock that is wrong by more is uncertain */
	int64_t start_us; /* how far a start follows a clock unconfirmed */
};

/*
 * The line is the last confirmed reading of the wall clock, carried on by the
 * boot clock; recorded time keeps to it.  All functions are pure.
 */
struct timeline {
	struct timeline_policy policy;
	struct stamp_line line;
	bool unknown; /* how long the node was off is not known */
	struct timeline_reading last;
	struct skew_view view;
	int64_t peers_us; /* their median minus our boot clock */
	struct {
		int64_t wall_us, boot_us;
	} moved; /* when the wall clock was last seen to move */
	bool frozen;
};

enum timeline_start {
	TIMELINE_FOLLOWS, /* the line begins at the wall clock */
	TIMELINE_HOLDS, /* the wall clock is too far ahead: at the log's end */
	TIMELINE_WAITS, /* the wall clock is behind the log: likewise */
};

/* newest_us: the latest time any own log carries. */
enum timeline_start timeline_start(struct timeline *t,
    const struct timeline_policy *policy, const struct timeline_reading *r,
    int64_t newest_us);

enum timeline_step {
	TIMELINE_SAME, /* the line runs on, or follows a small difference */
	TIMELINE_JUMPED, /* a quorum of members confirmed a clock far ahead */
	TIMELINE_SETTLED, /* set right after a start that did not follow it: as
	                   * if it started now */
	TIMELINE_BACK, /* a clock set back was confirmed */
};

/* Once a second.  quorum: members that must agree to confirm a jump. */
enum timeline_step timeline_beat(struct timeline *t,
    const struct timeline_reading *r, const struct skew_view *view,
    size_t quorum);

/* An operator says that the wall clock is right. */
void timeline_confirm(struct timeline *t, const struct timeline_reading *r);

/* From when to when the truth may lie; from == to == now without a fault. */
struct timeline_span {
	int64_t now_us; /* the wall clock */
	int64_t from_us;
	int64_t to_us;
	unsigned faults; /* enum timeline_fault, or-ed; 0: certain */
};
struct timeline_span timeline_now(
    const struct timeline *t, int64_t wall_us, int64_t boot_us);

/* Milliseconds by which the wall clock may be wrong, all things counted. */
uint32_t timeline_error_ms(const struct timeline *t);

#endif

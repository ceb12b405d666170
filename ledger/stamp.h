/* stamp.h - the rule by which recorded_us follows the clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STAMP_H
#define LEDGER_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define STAMP_SLACK_US INT64_C(5000000)

/* Time of a log's last entry, and what the boot clock said then. */
struct stamp {
	uint32_t epoch; /* 0: no entry yet */
	int64_t recorded_us;
	int64_t boot_us;
	bool boot_known; /* false after a process start */
};

/*
 * A reading of the wall clock that was confirmed, and what the boot clock said
 * then: time runs on from it with the boot clock, whatever the wall clock does.
 */
struct stamp_line {
	bool known;
	int64_t wall_us;
	int64_t boot_us;
};

/* What the clocks say now, and what may be done with it. */
struct stamp_now {
	int64_t wall_us;
	int64_t boot_us;
	struct stamp_line line;
	bool reset; /* this is a TIME_RESET entry: the next epoch */
};

/*
 * stamp_next - time of the next entry: the wall clock, but within an epoch
 * never back, and never further than STAMP_SLACK_US beyond the line; without a
 * line forward by at most elapsed boot time + STAMP_SLACK_US (by the slack
 * alone while boot time is unknown).  Pure.  Source: docs/wire.md 2.
 */
struct stamp stamp_next(struct stamp last, struct stamp_now now);

/* What the line says now.  line.known. */
int64_t stamp_line_at(struct stamp_line line, int64_t boot_us);

/* True when stamp_next would hold time back: wall is further ahead than the
 * rule lets it go, so that somebody must confirm it. */
bool stamp_held(struct stamp last, struct stamp_now now);

#endif

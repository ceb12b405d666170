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

/* What the clocks say now, and what may be done with it. */
struct stamp_now {
	int64_t wall_us;
	int64_t boot_us;
	bool admit; /* an ADMIN entry says that time jumps */
	bool reset; /* this is a TIME_RESET entry: the next epoch */
};

/*
 * stamp_next - time of the next entry: the wall clock, but within an epoch
 * never back, and forward by at most elapsed boot time + STAMP_SLACK_US (by
 * the slack alone while boot time is unknown) unless admitted.  Pure.
 * Source: docs/wire.md 2.
 */
struct stamp stamp_next(struct stamp last, struct stamp_now now);

/* True when stamp_next would hold time back: wall is further ahead than the
 * rule lets it go, so that an admitted jump is due. */
bool stamp_held(struct stamp last, struct stamp_now now);

#endif

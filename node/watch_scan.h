/* watch_scan.h - what the tables say that is to be done.  Only for watch*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WATCH_SCAN_H
#define NODE_WATCH_SCAN_H

#include "node/domain/incident.h"
#include "node/site.h"
#include "node/watch.h"

#define WATCH_GROUPS 64 /* of one turn; the rest waits for the next */
#define WATCH_ROWS 20000 /* alarms looked at in one turn */
#define WATCH_WAITING 1024 /* areas remembered */
#define WATCH_EVENTS 64 /* steps and ends of one turn */

/* Alarms of one place and time, for one entry. */
struct watch_group {
	bool known; /* of this incident; else a new one */
	uint8_t incident[16];
	uint64_t area;
	bool exercise;
	uint32_t level; /* of the gravest that calls */
	int64_t first_us;
	int64_t last_us;
	size_t room; /* that the incident has left */
	size_t calls;
	size_t context;
	uint8_t call[INCIDENT_ALARMS_MAX][16];
	uint8_t other[INCIDENT_ALARMS_MAX][16];
	char text[256]; /* the area's name */
};

struct watch_event {
	uint8_t incident[16];
	bool over;
	uint32_t level;
	struct incident_step due;
};

/* Since when an incident's chain runs, by the boot clock. */
#define WATCH_SEEN 4096
struct watch_seen {
	uint8_t incident[16];
	int64_t start_us;
	int64_t boot_us;
};

struct watch_scan {
	struct site *site;
	const Pack__AlarmPolicy *policy;
	int64_t now_us;
	int64_t boot_us;
	bool started; /* the first look is behind */
	uint64_t next; /* place of the first alarm not looked at */
	uint64_t waiting[WATCH_WAITING]; /* areas */
	size_t waiting_len;
	size_t groups_len;
	struct watch_group group[WATCH_GROUPS];
	size_t events_len;
	struct watch_event event[WATCH_EVENTS];
	struct watch_seen seen[WATCH_SEEN];
	struct watch_stats stats;
	/* Of the look that is under way. */
	struct fold fold;
	size_t damaged; /* rows that were passed over */
};

/* Fills groups and events; moves `next`.  Errors of the store. */
ERR_CHECKED enum err watch_scan(struct watch_scan *s, struct err_why *why);

#endif

/* query_around.h - gas, wind and weather of an area, nearest to a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_AROUND_H
#define NODE_QUERY_AROUND_H

#include "api.pb-c.h"
#include "node/fold.h"

#define QUERY_AROUND_MAX 4 /* statements shown */
#define QUERY_AROUND_BACK_US (INT64_C(3600) * 1000000)
#define QUERY_AROUND_ALARMS 64 /* ended ones that are opened for it */

/* The nearest statements so far, nearest first; those of drills behind all
 * others, and none of them where people and air of before are looked for. */
struct query_around {
	int64_t at_us;
	int64_t window_ms; /* clocks that are off by more are not relied on */
	Api__AtEnvironment *said[QUERY_AROUND_MAX];
	size_t len;
};

/* One event as it was read. */
struct query_around_event {
	const ProtobufCMessage
	    *body; /* an alarm's or a permit's, or any other */
	const uint8_t *id; /* 16 */
	uint32_t seq;
	int64_t recorded_us;
	uint32_t clock_error_ms; /* of its leaf */
	bool exercise; /* its record is a drill's */
};
/* Takes what it says of the place, if it says any. */
void query_around_take(
    struct query_around *a, const struct query_around_event *e);

struct query_around_where {
	uint16_t slot; /* line of the log */
	uint64_t area;
	int64_t before_us;
};

/*
 * query_around_look - alarms of the area that had ended by `before_us` and
 * began within an hour before the time: the newest are opened, one after the
 * other, until one says something.  People that it counted: *people, which the
 * caller releases with slice_free; NULL: none.
 */
ERR_CHECKED enum err query_around_look(struct query_around *a, struct fold *f,
    const struct query_around_where *where, Record__Alarm **people,
    struct err_why *why);

#endif

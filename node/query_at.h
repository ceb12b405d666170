/* query_at.h - what was going on in an area at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_AT_H
#define NODE_QUERY_AT_H

#include "node/query.h"

#define QUERY_AT_MAX 200 /* records of each kind */
#define QUERY_AT_WINDOW_US (INT64_C(60) * 1000000) /* when none is given */
#define QUERY_AT_WINDOW_MAX_US (INT64_C(86400) * 1000000)

struct query_at {
	const char *area;
	int64_t at_us;
	int64_t window_us; /* 0: as above; at least what clocks may be off */
	const char *site; /* NULL: every site held */
	size_t limit; /* of each kind; 1 to QUERY_AT_MAX */
};

/*
 * query_at - alarms, incidents, permits and cases of an area that were open at
 * a time, or within the window around it, with the state that they had then.
 * Found by index (fold_span.h); what does not fit is said (`more`).  With it
 * the people who were counted there, and what was said of gas, wind and weather
 * nearest to the time: by those records, else by alarms of the hour before
 * (query_around.h), each with its age and by how much clocks may be off.
 * Release with api__at_view__free_unpacked.  ERR_MALFORMED: area, limit,
 * window; ERR_NOT_FOUND: no such site, or an area that the scope does not
 * cover.
 */
ERR_CHECKED enum err query_at(struct site *s, const struct query_at *q,
    const struct query_scope *scope, Api__AtView **out, struct err_why *why);

#endif

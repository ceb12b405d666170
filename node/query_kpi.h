/* query_kpi.h - figures of alarms in a window, from own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_KPI_H
#define NODE_QUERY_KPI_H

#include "node/domain/alarm_kpi.h"
#include "node/domain/row.h"
#include "node/query.h"

#define QUERY_KPI_ALARMS_MAX (1u << 20) /* of one window */
#define QUERY_KPI_STALE_MAX 10000 /* looked at for what stands too long */

/* Source of the node's own alarms about floods: in no figure. */
#define QUERY_KPI_FLOOD_SOURCE "lianfang-flood"
/* Is it one, `source` being the hash of that name?  Its id is made by a rule
 * (RFC 9562, version 8), which no message of a machine gets. */
bool query_kpi_is_flood(
    uint64_t source, const uint8_t id[static 16], const struct row *r);

struct query_kpi {
	const char *area; /* NULL: all of the site's, as one position */
	const char *site; /* NULL: this node's own */
	int64_t from_us;
	int64_t to_us;
};

/*
 * query_kpi - all figures (alarm_kpi.h) by the alarm policy in force.  Finds
 * the window's alarms by area and time of occurrence: what lies outside is not
 * read.  Short read transactions, one after another; what is written meanwhile
 * counts or does not.
 *
 *   out  release with api__alarm_kpi__free_unpacked
 *
 * ERR_MALFORMED: window; ERR_LIMIT: too long, or over QUERY_KPI_ALARMS_MAX
 * alarms; ERR_NOT_FOUND: no such site, or an area that is not the asker's;
 * ERR_REFUSED: no alarm policy is in force.
 */
ERR_CHECKED enum err query_kpi(struct site *s, const struct query_kpi *q,
    const struct query_scope *scope, Api__AlarmKpi **out, struct err_why *why);

/* The alarms behind one figure, oldest first; asks for all of the window. */
struct query_kpi_page {
	const char *figure;
	bool denominator;
	size_t limit; /* 1 to QUERY_LIMIT_MAX */
	const char *cursor; /* NULL: the first */
};
ERR_CHECKED enum err query_kpi_records(struct site *s,
    const struct query_kpi *q, const struct query_kpi_page *page,
    const struct query_scope *scope, Api__KpiRecords **out,
    struct err_why *why);

/* For who computes figures of their own: the marked items of the window.
 * Release out->items with free(). */
struct query_kpi_window {
	struct alarm_kpi_window window;
	struct alarm_kpi_limits limits;
	struct alarm_kpi kpi;
	struct alarm_kpi_item *items;
	size_t len;
	bool stale_more; /* more stand too long than were looked at */
};
ERR_CHECKED enum err query_kpi_items(struct site *s, const struct query_kpi *q,
    const struct query_scope *scope, struct query_kpi_window *out,
    struct err_why *why);

#endif

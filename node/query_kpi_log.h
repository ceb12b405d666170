/* query_kpi_log.h - one evidence log that is read for figures: query_*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_KPI_LOG_H
#define NODE_QUERY_KPI_LOG_H

#include "node/query_view.h"

#define QUERY_KPI_ROWS_MAX 20000 /* read in one transaction */

struct query_kpi_log {
	struct query_view v; /* its transaction is open */
	struct site_db *db;
	uint64_t *areas;
	struct buf scratch;
};

/* The evidence of a site; NULL: this node's own.  Close it also after a
 * failure.  ERR_NOT_FOUND: none is held. */
ERR_CHECKED enum err query_kpi_log_open(struct query_kpi_log *l, struct site *s,
    const char *site, const struct query_scope *scope, struct err_why *why);
void query_kpi_log_close(struct query_kpi_log *l);
/* A transaction of now: cursors of the one before are gone. */
ERR_CHECKED enum err query_kpi_log_renew(
    struct query_kpi_log *l, struct err_why *why);

/* The alarm as it was raised; NULL: not held, or erased.  slice_free of its
 * base. */
Record__Alarm *query_kpi_log_alarm(
    struct query_kpi_log *l, const struct row *r);

#endif

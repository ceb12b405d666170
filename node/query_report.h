/* query_report.h - how a report stands, for whoever has its code. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_REPORT_H
#define NODE_QUERY_REPORT_H

#include "api.pb-c.h"
#include "node/report_code.h"
#include "node/site.h"

#define QUERY_REPORT_ANSWERS 16 /* the newest */

/*
 * query_report - state, deadlines and answers of the report with this code,
 * with the proof of each entry and what opens it: that a reply existed, and
 * when, can be shown to anybody.  Who answered is not in it.
 *   out   release with api__report_state__free_unpacked
 * ERR_NOT_FOUND: no report has this code.
 */
ERR_CHECKED enum err query_report(struct site *s,
    const struct report_code *code, Api__ReportState **out,
    struct err_why *why);

#endif

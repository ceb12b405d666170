/* query_about.h - alarms that are about a permit.  Only for query*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_ABOUT_H
#define NODE_QUERY_ABOUT_H

#include "node/query_view.h"

#define QUERY_ABOUT_MAX \
	64 /* the newest; more_alarms says that there are more */

/* Adds to a permit's view the alarms that name it first: those of its rules
 * (rule_alarms.h), and of sources that say which permit they are about. */
ERR_CHECKED enum err query_about(struct query_view *v,
    const uint8_t id[static 16], Api__RecordView *m, struct err_why *why);

#endif

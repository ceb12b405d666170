/* query_case.h - how cases, checks and accounts stand, as messages. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_CASE_H
#define NODE_QUERY_CASE_H

#include "api.pb-c.h"
#include "node/domain/row.h"

/* The state of a CASE, CHECKLIST or POINTS, put into its view. */
void query_case(Api__RecordView *m, const struct row *r, int64_t now_us);

#endif

/* ingest_case.h - operations that write checks and points. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INGEST_CASE_H
#define NODE_INGEST_CASE_H

#include "node/ops.h"

/* The handlers of checklist.put and points.move. */
enum err ingest_case_checks(struct ops_call *call, struct err_why *why);
enum err ingest_case_points(struct ops_call *call, struct err_why *why);

#endif

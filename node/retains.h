/* retains.h - operations about terms, holds and erasures that wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RETAINS_H
#define NODE_RETAINS_H

#include "config.pb-c.h"
#include "node/ops.h"

#define RETAINS_DAYS_MAX 3660 /* looked ahead */
#define RETAINS_WAITING_MAX 1000 /* listed */

/* Terms in force and what is due, now or within ?days=: a dry run. */
enum err retains_get(struct ops_call *call, struct err_why *why);
/* One record {id}. */
enum err retains_record(struct ops_call *call, struct err_why *why);

struct retain;
Config__RetentionStatus *retains_status(struct retain *r);

#endif

/* health.h - operations that say how the node is. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HEALTH_H
#define NODE_HEALTH_H

#include "node/ops.h"

/* The process answers. */
enum err health_live(struct ops_call *call, struct err_why *why);
/* It takes writes and signs: 503 with the reasons while not. */
enum err health_ready(struct ops_call *call, struct err_why *why);
enum err health_metrics(struct ops_call *call, struct err_why *why);
enum err health_openapi(struct ops_call *call, struct err_why *why);
enum err health_status(struct ops_call *call, struct err_why *why);

/* Roster, peers and how far behind; installing a genesis. */
enum err health_alliance(struct ops_call *call, struct err_why *why);
enum err health_alliance_install(struct ops_call *call, struct err_why *why);
/* The tlog-policy of this node's logs, for readers. */
enum err health_policy(struct ops_call *call, struct err_why *why);

#endif

/* indicators.h - operations about indicators, snapshots and roll-ups. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INDICATORS_H
#define NODE_INDICATORS_H

#include "node/ops.h"

/* Without ?period= what there is; with it, all figures of the period. */
enum err indicators_list(struct ops_call *call, struct err_why *why);
/* One of them, {id}, with the facts behind it. */
enum err indicators_get(struct ops_call *call, struct err_why *why);
enum err indicators_snapshots(struct ops_call *call, struct err_why *why);
/* Makes what is due, and lists. */
enum err indicators_snapshot_make(struct ops_call *call, struct err_why *why);
enum err indicators_rollup(struct ops_call *call, struct err_why *why);

#endif

/* motions.h - operations on the members' decisions. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_MOTIONS_H
#define NODE_MOTIONS_H

#include "node/ops.h"

/* The epoch in force and what may follow it; the epoch whole, for somebody who
 * begins with it. */
enum err motions_list(struct ops_call *call, struct err_why *why);
enum err motions_epoch(struct ops_call *call, struct err_why *why);
/* Proposals and votes of this node; answered when they are durable. */
enum err motions_propose(struct ops_call *call, struct err_why *why);
enum err motions_vote(struct ops_call *call, struct err_why *why);

#endif

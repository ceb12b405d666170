/* logs.h - operations about the generations of the own logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_LOGS_H
#define NODE_LOGS_H

#include "node/ops.h"

/* Handlers of the operations table. */
enum err logs_list(struct ops_call *call, struct err_why *why);
/* Answers with the generation that has begun. */
enum err logs_roll(struct ops_call *call, struct err_why *why);

#endif

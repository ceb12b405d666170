/* outboxes.h - operations on notices to those outside. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOXES_H
#define NODE_OUTBOXES_H

#include "node/ops.h"

/* Handlers of the operations table (node/ops.h says how they answer). */
enum err outboxes_list(struct ops_call *call, struct err_why *why);
enum err outboxes_retry(struct ops_call *call, struct err_why *why);
enum err outboxes_test(struct ops_call *call, struct err_why *why);

#endif

/* outbox_tried.h - attempts at notices, in memory only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOX_TRIED_H
#define NODE_OUTBOX_TRIED_H

#include "node/webhook.h"

#define OUTBOX_TRIED 4096 /* notices whose attempts are remembered */

struct outbox;

struct outbox_tried {
	uint64_t place; /* 0 with target 0: free */
	uint64_t target;
	uint32_t attempts;
	uint32_t refusals;
	int64_t next_us; /* boot clock */
	long status;
	char error[WEBHOOK_ERROR_CHARS];
};

/* NULL: never tried.  The outbox's thread, or under the lock. */
struct outbox_tried *outbox_tried_find(
    struct outbox *o, uint64_t place, uint64_t target);
/* The same, made where there is none.  Under the lock. */
struct outbox_tried *outbox_tried_get(
    struct outbox *o, uint64_t place, uint64_t target);
void outbox_tried_drop(struct outbox *o, uint64_t place, uint64_t target);

#endif

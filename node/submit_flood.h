/* submit_flood.h - the node's alarm about a flood of alarms. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_FLOOD_H
#define NODE_SUBMIT_FLOOD_H

#include "node/submit.h"

struct submit_flood {
	uint8_t id[16]; /* submit_flood_id */
	uint64_t area; /* fold_hash */
	int64_t begin_us;
	uint64_t alarms; /* of its first window, so far */
	uint32_t most; /* more than these are a flood */
	uint32_t level;
};

/* The same flood has the same id, wherever it is found; nobody outside can
 * know it before. */
void submit_flood_id(const struct site *s, struct submit_flood *f);
/* Raises it, unless it was said. */
void submit_flood(const struct submit_to *to, const struct submit_flood *f);
/* Says that it is over, since then; refused when somebody closed it. */
void submit_flood_over(
    const struct submit_to *to, const uint8_t id[static 16], int64_t end_us);

#endif

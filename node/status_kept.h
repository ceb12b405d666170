/* status_kept.h - signed lists of the past, kept: they change no more. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STATUS_KEPT_H
#define NODE_STATUS_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/buf.h"

/* Of the lists that were asked for last these many, and no more bytes. */
#define STATUS_KEPT_LISTS 8
#define STATUS_KEPT_BYTES (16u << 20)

/* Which list: a second means another one after a reset of the clock, and
 * nothing any more after a loss, which begins a generation. */
struct status_kept_key {
	uint64_t second;
	uint32_t generation; /* of the alliance log */
	uint32_t epoch; /* its time epoch */
};

/* Not thread-safe. */
struct status_kept;
struct status_kept *status_kept_new(void);
void status_kept_free(struct status_kept *k); /* NULL allowed */

/* Appends the list; false: it is not here. */
bool status_kept_get(
    struct status_kept *k, const struct status_kept_key *key, struct buf *out);
/* Copies it; what was asked for least lately goes. */
void status_kept_put(struct status_kept *k, const struct status_kept_key *key,
    struct bytes list);

#endif

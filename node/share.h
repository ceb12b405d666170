/* share.h - a bounded good, divided fairly between those who ask. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHARE_H
#define NODE_SHARE_H

#include "proto/bytes.h"

#include <stdint.h>

enum share_verdict {
	SHARE_OK,
	SHARE_OVER, /* this client holds more than its part: 429 */
	SHARE_FULL, /* all together do: 503 */
};

/*
 * A limit and what each client holds of it.  While less than half is taken,
 * whoever asks gets.  Above, a client gets while it holds less than
 * limit / (clients that hold something + 1): a single greedy one ends at half
 * of the whole, and those who come later find room.  Thread-safe.
 */
struct share;
struct share_client;

struct share *share_new(uint64_t limit);
/* All was given back.  NULL allowed. */
void share_free(struct share *s);

/*
 * share_take - `cost` more for a client.
 *   client   a token's id or an address; two with one hash count as one
 *   held     NULL at first; set by SHARE_OK, for later takes and the gives
 */
enum share_verdict share_take(struct share *s, struct bytes client,
    uint64_t cost, struct share_client **held);
void share_give(struct share *s, struct share_client **held, uint64_t cost);

/* Another limit from now on; what is held stays held. */
void share_limit(struct share *s, uint64_t limit);

/* Taken now. */
uint64_t share_taken(struct share *s);

#endif

/* motion_view.h - an epoch and its motions as people are shown them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_MOTION_VIEW_H
#define NODE_MOTION_VIEW_H

#include "motion.pb-c.h"
#include "node/seat.h"

/* Release with api__council__free_unpacked; NULL: no such motion. */
Api__Council *motion_view(const struct seat_view *v);
Api__Motion *motion_view_one(const struct seat_view *v, const struct hash *id);

void motion_view_hex(char out[static 2 * HASH_BYTES + 1], const struct hash *h);

#endif

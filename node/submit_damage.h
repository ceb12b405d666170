/* submit_damage.h - an open permit that cannot be looked at is said, once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_DAMAGE_H
#define NODE_SUBMIT_DAMAGE_H

#include "node/commit.h"

/*
 * submit_damage - the row of an open permit is damaged or gone, or whatever
 * looks at it fails (submit_alone.h), so the node can neither stop its work nor
 * look at its rules: an alarm of level 1 (kind
 * "system", code L-00, the permit in `work`) calls people to do it.  Its id
 * follows from the permit's: said once.  Inside a command.
 */
ERR_CHECKED enum err submit_damage(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], uint64_t area, struct err_why *why);

#endif

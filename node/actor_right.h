/* actor_right.h - what an enrolled person may sign, where and when. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ACTOR_RIGHT_H
#define NODE_ACTOR_RIGHT_H

#include "node/commit.h"
#include "node/domain/rule.h"
#include "record.pb-c.h"

struct actor_right {
	char *const *roles; /* any of them; "any": whoever is enrolled */
	size_t roles_len;
	uint64_t area; /* keyed hash; 0: none in particular */
	int64_t at_us; /* when what is signed happened */
};

/*
 * actor_right_missing - what forbids it; NULL: nothing does.
 * A delegated right (`delegator`) is worth what the delegator's own is worth
 * now: it ends with it, too, and is not delegated further.
 * Source: GB 30871-2022 4.6; AQ 3064.2-2025 5.5.3 (delegation within its term).
 * *e: of the store; then NULL is no answer.
 */
const struct rule *actor_right_missing(struct commit_ctx *ctx,
    const Record__Actor *a, const struct actor_right *right, enum err *e);

/* What forbids to enrol this person; NULL: nothing does.
 *   signer  key of who enrols; NULL: the office.  Whose own right has an end
 *           gives none that lasts longer. */
const struct rule *actor_right_enrol(struct commit_ctx *ctx,
    const Record__Actor *a, const uint8_t *signer, enum err *e);

#endif

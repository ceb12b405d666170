/* submit_hold.h - legal holds: who may say what. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_HOLD_H
#define NODE_SUBMIT_HOLD_H

#include "node/submit_post.h"

/* May its author place or release holds?  A signature is always asked; area:
 * the hold's.  NULL: yes. */
const struct rule *submit_hold_right(const struct submit_post *p,
    struct commit_ctx *ctx, uint64_t area, enum err *e);

/* row: of the hold; NULL: there is none yet. */
struct rule_verdict submit_hold_judge(
    const struct submit_post *p, struct commit_ctx *ctx, const struct row *row);

#endif

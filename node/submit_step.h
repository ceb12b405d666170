/* submit_step.h - may this step of an alarm be taken, and by whom? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_STEP_H
#define NODE_SUBMIT_STEP_H

#include "node/submit_post.h"

/* A later event of an alarm, inside its transaction. */
struct submit_step {
	struct commit_ctx *ctx;
	const struct submit_post *post;
	const struct row *row; /* NULL: there is no such alarm */
	uint64_t area;
	bool late;
};

/* By the alarm policy in force: role and signature.  NULL when so; else the
 * rule.  Errors of the store in *e. */
const struct rule *submit_step_right(const struct submit_step *s, enum err *e);
struct rule_verdict submit_step_judge(const struct submit_step *s);

#endif

/* submit_step.h - may a step of an alarm or an incident be taken? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_STEP_H
#define NODE_SUBMIT_STEP_H

#include "node/submit_post.h"

/* A later event of an alarm or an incident, inside its transaction. */
struct submit_step {
	struct commit_ctx *ctx;
	const struct submit_post *post;
	const struct row *row; /* NULL: there is no such record */
	uint64_t area;
	bool late;
};

/* By the alarm policy in force: role and signature.  NULL when so; else the
 * rule.  Errors of the store in *e. */
const struct rule *submit_step_right(const struct submit_step *s, enum err *e);
struct rule_verdict submit_step_judge(const struct submit_step *s);

#endif

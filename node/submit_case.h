/* submit_case.h - one event of a case, inside its transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_CASE_H
#define NODE_SUBMIT_CASE_H

#include "node/domain/case.h"
#include "node/submit_post.h"

struct submit_case {
	struct commit_ctx *ctx;
	struct submit_post *post;
	const struct row *row; /* NULL: there is no such case */
	uint64_t area;
	bool late;
	/* Found out by submit_case_right. */
	struct case_event event;
};

/* What the policy says of a case's type, by its row: that in force when the
 * case was received, by which it ends; when it knew no such type, and by its
 * name (row NULL), that in force now.  NULL: nothing. */
const Pack__CaseType *submit_case_type(const struct site *s,
    const struct row *row, const char *name, int64_t now_us);

/* By the policy: role and signature.  NULL when so; else the rule, *gap its
 * particulars.  Errors of the store in *e. */
const struct rule *submit_case_right(
    struct submit_case *c, struct rule_gap *gap, enum err *e);

/* The machine's word, after submit_case_right. */
struct rule_verdict submit_case_judge(const struct submit_case *c);

/* Appends the report of a case that the node itself makes; id, 16: given, or
 * zeros: made and put there.  Nothing when it is there already. */
ERR_CHECKED enum err submit_case_own(struct commit_ctx *ctx,
    uint8_t id[static 16], const Record__Case *m, struct log_place *out,
    struct err_why *why);

#endif

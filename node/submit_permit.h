/* submit_permit.h - one event of a permit, inside its transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_PERMIT_H
#define NODE_SUBMIT_PERMIT_H

#include "node/domain/permit.h"
#include "node/permit_world.h"
#include "node/submit_crew.h"
#include "node/submit_post.h"
#include "node/timeline.h"

struct submit_permit {
	struct commit_ctx *ctx;
	struct submit_post *post;
	const struct row *row; /* NULL: there is no such permit */
	const Pack__Work *pack; /* NULL: none in force */
	uint64_t area;
	int64_t occurred_us;
	bool late;
	struct timeline_span span; /* when it may be now */
	/* Found out. */
	struct permit_event event;
	uint64_t signer; /* keyed hash of the name; 0: not known */
	struct permit_world_ids ids;
	struct submit_crew crew; /* who was decided about */
	struct submit_crew then; /* late: the same, as of when it happened */
	uint32_t broken; /* rules that it broke when it happened (bits) */
};

/* By the pack: role and signature.  NULL when so; else the rule.  Errors of
 * the store in *e. */
const struct rule *submit_permit_right(struct submit_permit *p, enum err *e);

/* The pure machine's word.  Decisions are taken for START and RESUME, about
 * everybody, and for CHANGE_GUARDIAN, about who comes. */
ERR_CHECKED enum err submit_permit_judge(
    struct submit_permit *p, struct rule_verdict *out, struct err_why *why);

/* The answer that people should see: the first that is not ALLOW; NULL: none
 * was asked for. */
const struct decide_answer *submit_permit_answer(const struct submit_permit *p);

/* For the annex: as of when an event counts that says a later time than that it
 * came; 0: as it says. */
int64_t submit_permit_counted(const struct submit_permit *p);

/* Appends the decisions that an applied event rests on. */
ERR_CHECKED enum err submit_permit_decided(
    struct submit_permit *p, struct err_why *why);

/* After the event: a gas test over the limit stops the work; work that this one
 * bounds stops with it. */
ERR_CHECKED enum err submit_permit_follow(
    struct submit_permit *p, const struct rule_verdict *v, struct err_why *why);

void submit_permit_clear(struct submit_permit *p);

#endif

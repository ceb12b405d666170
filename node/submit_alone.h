/* submit_alone.h - what failed for all permits is done for each. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_ALONE_H
#define NODE_SUBMIT_ALONE_H

#include "node/submit_op.h"

/*
 * One command looks at all open permits.  Whatever keeps it from one of them
 * would take what it wrote for the others with it: the suspensions of a whole
 * site.  Then each permit has a command of its own, and one that fails calls
 * people (submit_damage) and costs nobody else anything.
 */
struct submit_alone_of {
	uint8_t id[16];
	uint64_t area;
	unsigned how; /* for look */
};

struct submit_alone {
	enum err (*look)(struct commit_ctx *ctx,
	    const struct submit_alone_of *one, struct err_why *why);
	enum commit_class class;
	unsigned bit; /* of site->alone: one run of a kind at a time */
};

/* Is it one permit that failed?  A disk that is full, a log that may not be
 * signed and the like keep all of them from it. */
bool submit_alone_may(const struct submit_result *r);

/*
 * submit_alone - queue a command for each; `to` is told once all are answered,
 * with the first failure, before others one that another try may mend.  Not
 * while one of its kind is under way: then at once, with ERR_BUSY.  Any thread.
 */
void submit_alone(const struct submit_to *to, const struct submit_alone *how,
    const struct submit_alone_of *at, size_t len);

#endif

/* problem.h - errors as RFC 9457 problem details, Chinese and English. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PROBLEM_H
#define NODE_PROBLEM_H

#include "node/domain/rule.h"
#include "proto/buf.h"
#include "proto/err.h"

#define PROBLEM_TYPE "application/problem+json"

/* HTTP status of a failure; never 0. */
unsigned problem_status(enum err e);

/* One problem; code NULL: that of the rule, else err_name. */
struct problem {
	enum err err;
	unsigned status; /* 0: problem_status(err) */
	const char *code;
	const char *path; /* "" or NULL: that why names, if any */
	const struct err_why *why; /* NULL: none */
	const struct rule *rule; /* NULL: none */
	const struct rule_list *rules; /* NULL: no others */
	const struct rule_said *said; /* particulars of rule; NULL: none */
	const char *quarantine; /* id of what is kept; "" or NULL: nothing */
	bool chinese;
};

/* Appends the JSON document. */
void problem_put(struct buf *out, const struct problem *p);

/* True when an Accept-Language header prefers Chinese. */
bool problem_chinese(const char *accept_language);

#endif

/* submit_roster.h - decisions about many persons for one work, in one call. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_ROSTER_H
#define NODE_SUBMIT_ROSTER_H

#include "node/submit.h"

#define SUBMIT_ROSTER_MAX 500

/* What was decided about one of many. */
struct submit_answer {
	const char *holder; /* of the request */
	Record__Decision__Result result;
	struct rule_list rules;
	int64_t expires_us;
	char credential_id[40];
};

/*
 * submit_roster - decide about each holder by himself, in their order, as of
 * one moment; each is an entry of its own (result->items), what was decided
 * stands beside it (result->answers).  Goes with arrays, after alarms.
 */
void submit_roster(const struct submit_to *to, const Api__RosterPost *post);

#endif

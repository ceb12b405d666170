/* submit_defence.h - what a rule of joint defence does, and what is said. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_DEFENCE_H
#define NODE_SUBMIT_DEFENCE_H

#include "node/domain/defence_eval.h"
#include "node/submit.h"

/* Borrowed for the call. */
struct submit_fire {
	const struct defence_rule *rule;
	const char *area; /* NULL: unknown */
	uint64_t place; /* of the entry that made it fire */
	int64_t at_us;
	uint32_t epoch;
	bool suspends; /* its `suspend` holds at this site */
};

/*
 * submit_defence_fire - raises the alarm of the rule, whose id follows from the
 * rule's text and that entry, so that it is raised once, also after a restart;
 * in the same transaction, where the rule says so, it stops the issued and
 * running work that the rule is about: in the area, or with scope SITE in all
 * areas that the rule is for.  It appends RAISE and SUSPEND, and has no way to
 * do anything else.
 */
void submit_defence_fire(
    const struct submit_to *to, const struct submit_fire *in);

/* Record of all that a member says of the rule of this name. */
void submit_defence_id(uint8_t out[static 16], const char *name);

/*
 * submit_defence_say - the receipt on the alliance log, and beside it in the
 * same transaction, in the evidence of the site, who said so and what the dry
 * run found (ADMIN "defence.applied" ...), which goes to no member.
 */
struct submit_said {
	const Record__DefenceReceipt *receipt;
	const char *operator_;
	const char *detail;
};
void submit_defence_say(
    const struct submit_to *to, const struct submit_said *in);

#endif

/* submit_rules.h - alarms of permits that break a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_RULES_H
#define NODE_SUBMIT_RULES_H

#include "node/submit_op.h"

/*
 * submit_rules - look at every open permit as of now: an alarm for each rule
 * that it breaks (rule_alarms.h), and its RETURN once it breaks it no longer;
 * one whose row cannot be read has submit_damage.  One alarm: kind "permit",
 * stdCode and clause of the codes pack in force, the permit in `work`.
 */
void submit_rules(const struct submit_to *to);

/* How many permits are open, or cannot be read; 1 when that cannot be told. Any
 * thread. */
size_t submit_rules_open(struct site *s);

/* Inside a command, for one permit: `rules` as bits (permit_rules.h).  at_us:
 * when it happened. */
ERR_CHECKED enum err submit_rules_raise(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], const struct row *row, uint32_t rules,
    int64_t at_us, struct err_why *why);
/* Those that the permit breaks now, and no longer.  beside: does other special
 * work go on in its area that is linked neither way? */
enum submit_rules_beside {
	SUBMIT_RULES_NOT_ASKED, /* R19 stays as it is */
	SUBMIT_RULES_ALONE,
	SUBMIT_RULES_UNLINKED,
};
ERR_CHECKED enum err submit_rules_look(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], const struct row *row,
    enum submit_rules_beside beside, struct err_why *why);

#endif

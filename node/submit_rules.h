/* submit_rules.h - alarms of permits that break a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_RULES_H
#define NODE_SUBMIT_RULES_H

#include "node/submit_op.h"

/*
 * submit_rules - look at every open permit as of now and raise an alarm for
 * each rule that it breaks, once for each breach (permit_rules_turn); the
 * alarm's id follows from permit, rule and breach, so a restart says nothing
 * twice.  One alarm: kind "permit", stdCode and clause of the codes pack in
 * force, the permit in `work`.  No codes pack: nothing.
 */
void submit_rules(const struct submit_to *to);

/* How many permits are open; 1 when that cannot be told.  Any thread. */
size_t submit_rules_open(struct site *s);

/* Inside a command, for one permit: `rules` as bits (permit_rules.h).  at_us:
 * when it happened. */
ERR_CHECKED enum err submit_rules_raise(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], const struct row *row, uint32_t rules,
    int64_t at_us, struct err_why *why);
/* Those that the permit breaks now.  unlinked: other special work goes on in
 * its area and is linked neither way. */
ERR_CHECKED enum err submit_rules_look(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], const struct row *row, bool unlinked,
    struct err_why *why);

#endif

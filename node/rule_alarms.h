/* rule_alarms.h - the alarms of one permit's rules: said, returned. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RULE_ALARMS_H
#define NODE_RULE_ALARMS_H

#include "node/commit.h"
#include "node/domain/permit_rules.h"

#define RULE_ALARMS_SOURCE "permit-rules"

struct rule_alarms {
	struct commit_ctx *ctx;
	const uint8_t *permit; /* 16 */
	const struct row *row; /* of the permit; not ctx->fold.row */
	const struct permit_rules_view *view;
};

/*
 * rule_alarms_happened - rules that something broke at a time (bits): one alarm
 * each, which stands until people close it.
 * rule_alarms_hold - rules that are broken now, of those that were `judged`: an
 * alarm each, unless it stands already; those of others that were so and are
 * not any more return (ISA-18.2: what nobody acknowledged stays open).  What
 * people closed while it was so is not said again for the same breach
 * (permit_rules_turn); what returned and is so again is.  Closed ones return as
 * well.
 * Inside a command.  No codes pack: nothing is said.
 */
ERR_CHECKED enum err rule_alarms_happened(const struct rule_alarms *a,
    uint32_t rules, int64_t at_us, struct err_why *why);
ERR_CHECKED enum err rule_alarms_hold(const struct rule_alarms *a,
    uint32_t rules, uint32_t judged, struct err_why *why);

#endif

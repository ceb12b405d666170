/* defence_match.h - does an entry count for a condition?  For defence_eval. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_DEFENCE_MATCH_H
#define NODE_DOMAIN_DEFENCE_MATCH_H

#include "node/domain/defence_eval.h"

/* All names of an entry are as defence_rule_fold has them. */

/* Of a permit: what an action makes of its state. */
#define DEFENCE_MATCH_SAME 0 /* nothing that a rule could see */
#define DEFENCE_MATCH_OVER (-1)
int defence_match_state(Record__Permit__Action a);

/* A permit in this state, whose type is known. */
bool defence_match_permit(const Record__DefencePermits *c, const char *type,
    unsigned level, Record__DefencePermits__State state);

/* An entry, now. */
bool defence_match(
    const Record__DefenceCondition *c, const struct defence_event *e);

/* An area that the rule is for; a rule that names none is for all. */
bool defence_match_area(const Record__DefenceRule *r, const char *area);

/* Work that the rule's `suspend` is about. */
bool defence_match_work(
    const Record__DefenceSuspend *s, const char *type, unsigned level);

#endif

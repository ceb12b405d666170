/* permit_rules.h - which of the 25 rules a permit breaks. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PERMIT_RULES_H
#define NODE_DOMAIN_PERMIT_RULES_H

#include "node/domain/permit.h"

/* R01 .. R25 of a codes pack, as bits.  What a rule's alarm is called and how
 * grave it is stands in the pack. */
#define PERMIT_RULE(n) (UINT32_C(1) << (n))
#define PERMIT_RULES 25
#define PERMIT_RULES_ALL (PERMIT_RULE(PERMIT_RULES + 1) - 2)

/* A permit at a time; what is not known breaks no rule here: guards refuse by
 * it, alarms are for what is so. */
struct permit_rules_view {
	const struct row *row;
	const Pack__Work *pack; /* NULL: unknown */
	int64_t now_us;
	bool days_known;
	unsigned days; /* calendar_at */
	bool link_broken; /* a linked permit is not issued or over */
	int64_t away_us; /* how long its guardian may be seen outside */
	bool unlinked; /* other special work goes on in its area, not linked */
};

/*
 * permit_rules_now - by the clock, whoever did nothing.
 * R01, R04, R05, R06, R09 (positions), R10 to R13, R18 to R23, R24, R25.
 * Source: GB 30871-2022 4.1, 4.4, 4.6, 4.16, 5.1.1, 5.3.1, 5.3.2, 6.4, 6.5;
 * AQ 3064.2-2025 5.9.
 */
uint32_t permit_rules_now(const struct permit_rules_view *v);

/* Those of which it is known whether they are broken. */
uint32_t permit_rules_judged(const struct permit_rules_view *v);

/*
 * permit_rules_kept - by an event that is kept as evidence although it broke a
 * rule: it came late, what it tells of has happened.  A live event that breaks
 * a rule is refused, and nothing happened.
 *   decision   reasons of a DENY, or NULL
 * R01 to R04, R06 to R16, R18, R20 to R23, R25.
 */
uint32_t permit_rules_kept(const Pack__Work *pack, const struct rule_verdict *v,
    const struct rule_list *decision);

/* R14 to R16: what a decision found wrong with certificates.  One that is no
 * longer good by its date is R15, any other that does not do R14. */
uint32_t permit_rules_cards(const struct rule_list *reasons);

/*
 * permit_rules_begun - R17 (4.6, code 60): a START that came late tells of work
 * that began before its permit was approved or after it was over; by more than
 * two clocks may differ, where the pack has steps.
 *   e   e->row is the row before it, v what permit_check said of it
 */
uint32_t permit_rules_begun(
    const struct permit_event *e, const struct rule_verdict *v);

/* Tells one breach from the next of the same rule, so that each is said once:
 * the day, the sample, the start that it is about. */
uint64_t permit_rules_turn(const struct permit_rules_view *v, unsigned rule);

#endif

/* points.h - credits and debits of a pseudonym: never below nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_POINTS_H
#define NODE_DOMAIN_POINTS_H

#include "node/domain/case_policy.h"
#include "node/domain/row.h"
#include "node/domain/rule.h"

#define POINTS_MAX 1000000000u /* of one account */

struct points_event {
	const struct row *row; /* of the account; NULL: nothing yet */
	const Record__Points *msg;
	const Pack__PointsRule *rule; /* of AWARD; NULL: none of that name */
	const struct row *the_case; /* of AWARD; NULL: not there */
	bool right_type; /* the case is of the rule's type */
};

/*
 * points_check - may this be?  Pure.  An award is what its rule says, for a
 * case that has got so far and is no exercise; a redemption takes no more than
 * is there.
 */
struct rule_verdict points_check(const struct points_event *e);

/* The row after an applied event.  Total: what would go below nothing stops
 * there. */
void points_fold(struct row *r, const Record__Points *m);

#endif

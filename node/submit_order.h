/* submit_order.h - a work order that the node writes by a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_ORDER_H
#define NODE_SUBMIT_ORDER_H

#include "node/domain/fault.h"
#include "node/submit.h"

/* Borrowed for the call. */
struct submit_order {
	const Pack__FaultRule *rule;
	const struct fault_count *by; /* the alarms that broke it */
	const char *asset;
	const char *code;
	const char *area; /* of the newest of them */
};

/* A CASE of type work-order with the id of fault_id; none, and the receipt says
 * `duplicate`, when it is there already.  The receipt's record is that one. */
void submit_order(const struct submit_to *to, const struct submit_order *in);

#endif

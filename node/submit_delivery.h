/* submit_delivery.h - what the node itself says of targets and notices. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_DELIVERY_H
#define NODE_SUBMIT_DELIVERY_H

#include "node/submit.h"

/*
 * Enters one event of a target (SERVE, END) or of a notice, whose record's id
 * follows from what it says (notice_id); occurred_at is set here.  Borrowed for
 * the call; any thread.  Refused with the rule of notice_check: STATE_FINAL
 * means that the notice was delivered already.
 */
void submit_delivery(const struct submit_to *to, const Record__Delivery *m);

#endif

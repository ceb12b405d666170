/* quarantine_hold.h - answers of refused messages, which are kept. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUARANTINE_HOLD_H
#define NODE_QUARANTINE_HOLD_H

#include "node/ops.h"
#include "node/submit.h"

/*
 * On the transport's thread, for operations of machines (OPS_LIST): what is
 * wrong in itself is kept as it came; all other failures, and all other
 * operations, pass through.  An array's elements are kept one by one, unless
 * none could be read: then it is kept whole, or (too long) without an id.
 *
 * When it cannot be kept for want of room the answer becomes 507
 * quarantine_full; the sender has it still.
 */

/* The whole request failed with `e`: returns what is to be answered. */
enum err quarantine_hold(
    struct ops_call *call, enum err e, struct err_why *why);
/* Every item of the array was refused: keeps them all; `e` is of the first. */
enum err quarantine_hold_all(struct ops_call *call,
    const struct submit_result *r, enum err e, struct err_why *why);
/* Some were: their receipts get the ids. */
void quarantine_hold_some(struct ops_call *call, const struct submit_result *r,
    Api__Receipts *receipts);

#endif

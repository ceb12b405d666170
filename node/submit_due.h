/* submit_due.h - deadlines of cases and checks, near or passed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_DUE_H
#define NODE_SUBMIT_DUE_H

#include "node/submit_op.h"

#define SUBMIT_DUE_MAX 256 /* said in one turn; the others in the next */

/*
 * submit_due - look at the open cases and check tasks, and raise an alarm for
 * each whose deadline is near or past, or whose check is missing: one for each
 * warning, breach and gap, by an id that follows from them, so that a restart
 * says nothing twice.  One alarm: source "case-deadlines", kind "system", the
 * code and level of the case policy, the record in work.workOrder.
 *
 * Any thread; one read transaction.  False: there is nothing to say, nothing
 * was queued, done is not called.
 */
bool submit_due(const struct submit_to *to);

/* Inside a command: a case or task went from `was` to `is`.  Alarms about a
 * deadline that it has no more return, as if their source had said so. */
ERR_CHECKED enum err submit_due_over(struct commit_ctx *ctx,
    const uint8_t id[static 16], const struct row *was, const struct row *is,
    struct err_why *why);

#endif

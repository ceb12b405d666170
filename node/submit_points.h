/* submit_points.h - points: credited by rule, spent once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_POINTS_H
#define NODE_SUBMIT_POINTS_H

#include "node/submit.h"

/*
 * submit_points - one movement.  Judged inside the write transaction by the
 * account's row, so of two that would spend the same points one is refused.
 * An award is known by rule and case, a redemption by account, however it is
 * spelt, and `ref`: the same again has its first receipt, the same for another
 * account or sum is EVENT_EXISTS.  The amount of an award is the rule's,
 * whatever was sent.
 *   m   borrowed for the call
 */
void submit_points(const struct submit_to *to, const Record__Points *m);

#endif

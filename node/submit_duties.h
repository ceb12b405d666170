/* submit_duties.h - the prevention chain, duties, and the checks made. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_DUTIES_H
#define NODE_SUBMIT_DUTIES_H

#include "node/submit.h"

/*
 * submit_duties - items of the chain (DEFINE), checks (SUBMIT), RETIRE; up to
 * SUBMIT_ALARMS_MAX, each judged alone, in order, in one transaction.  Sent
 * again with the same content a DEFINE that still holds, or a SUBMIT, has its
 * receipt (duplicate).  A check that found a danger reports it: a CASE of type
 * hidden-danger with check_id and check_seq, in the same transaction.
 *   items   borrowed for the call
 */
void submit_duties(
    const struct submit_to *to, Record__Checklist *const *items, size_t n);

#endif

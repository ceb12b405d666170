/* submit_gate.h - codes for gates: made by the issuer, checked by the site. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_GATE_H
#define NODE_SUBMIT_GATE_H

#include "node/submit.h"

#define SUBMIT_GATE_MINUTES 720 /* life of a code; half a day */
#define SUBMIT_GATE_MINUTES_MAX 10080 /* seven days */

/*
 * submit_gate_issue - a code for the newest published certificate in force of
 * the holder (or for one certificate), for one verifier.  Any thread.
 *   out   release with slice_free
 * ERR_NOT_FOUND: none is published; ERR_REFUSED: not in force; ERR_MALFORMED;
 * ERR_BUSY: the node may not sign.
 */
ERR_CHECKED enum err submit_gate_issue(struct site *s,
    const Api__CodePost *post, Api__Code **out, struct err_why *why);

/*
 * submit_gate - a decision about whoever shows the code, by this node's own
 * tables and replicas alone.  Refused, without an entry, are codes that are
 * forged, for another verifier, past their end, or of somebody whose
 * presentation was never accepted here.  A code that is no badge allows once:
 * the entry that allows has an id that follows from it.
 */
void submit_gate(const struct submit_to *to, const Api__GatePost *post);

#endif

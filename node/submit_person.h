/* submit_person.h - whoever may no longer do a work stops doing it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_PERSON_H
#define NODE_SUBMIT_PERSON_H

#include "node/commit.h"

/*
 * submit_person_stop - inside a command, after something was recorded against
 * `holder`: every issued or running permit that he works under or guards is
 * stopped unless he is still allowed (PERSON_SUSPENDS).  Not known is not
 * allowed.  A certificate that ended under running work is an alarm as well
 * (R14 to R16).  Source: GB 30871-2022 4.8, 4.9, 4.10.
 */
ERR_CHECKED enum err submit_person_stop(
    struct commit_ctx *ctx, const char *holder, struct err_why *why);

/*
 * submit_persons - decide anew about everybody who works under an issued or
 * running permit, or guards it, and stop those whose people are denied for a
 * reason of their own: a revocation that came from the issuer, a term that
 * ended. What is merely not known, a status that grew stale, stops nothing that
 * runs. Any thread; what fails is said in the journal, and tried again by who
 * calls. Nothing is written where no permit is open.
 */
void submit_persons(struct site *s);

/* The same, when the first of what they are allowed by has ended: work stops at
 * that moment.  For the loop; costs nothing before. */
void submit_persons_due(struct site *s);

#endif

/* submit_card.h - are the certificates on a permit's form its people's own? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_CARD_H
#define NODE_SUBMIT_CARD_H

#include "node/submit_crew.h"

/*
 * submit_card_check - after submit_crew_ask: a number on the form
 * (certificates) that this node knows as somebody else's denies the work
 * (HOLDER_BOUND); one that it does not know says nothing.  Inside a
 * transaction. Source: GB 30871-2022 4.9, 4.10b; AQ 3064.2-2025 A.4 code 52.
 */
ERR_CHECKED enum err submit_card_check(struct submit_crew *c,
    const struct submit_crew_of *of, struct err_why *why);

#endif

/* submit_position.h - positions of people, as far as a permit needs them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_POSITION_H
#define NODE_SUBMIT_POSITION_H

#include "node/submit.h"

#define SUBMIT_POSITIONS_MAX 1000

/*
 * submit_positions - where people were seen.  Of whoever guards work that is
 * under way two things are recorded, as events of its permit: that he was seen
 * outside its area (AWAY), and in it again (BACK); nothing else is kept of
 * anybody.  R09 follows from that (permit_rules_now).  A point whose circle of
 * accuracy lies on the edge, or an area whose place is not known, says nothing;
 * so does one from before the newest start.
 *
 * Borrowed for the call; any thread.  One item of the result a position, with
 * an event_seq where it made an entry.
 * Source: GB 30871-2022 4.10f; AQ 3064.2-2025 A.4 code 31; PIPL 6, 28.
 */
void submit_positions(const struct submit_to *to, const Api__PositionPost *m);

#endif

/* status_past.h - what a status list said at a moment that is past. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STATUS_PAST_H
#define NODE_STATUS_PAST_H

#include "node/fold_term.h"
#include "node/site_logs.h"

/* Of one list, in one read transaction. */
struct status_past {
	struct fold fold; /* of the own store; txn is the caller's */
	uint16_t line; /* of the alliance log */
	uint64_t cut; /* first place that was not recorded by then */
	uint64_t events; /* told again so far */
};

/* Changes since that are told again for one list. */
#define STATUS_PAST_EVENTS 200000

/*
 * status_past_begin - finds the end of the log as it was at `at_us`.
 *
 * ERR_NOT_FOUND  it is not there any more, and why says what: before the log
 *                began, before a loss was admitted, before the clock was reset
 */
ERR_CHECKED enum err status_past_begin(struct status_past *out, struct site *s,
    struct store_txn *txn, int64_t at_us, struct err_why *why);

/*
 * status_past_turn - one row of `status`, as it was then.  What did not change
 * since is read in its row; of what did, its events are told again; one that
 * cannot be read makes it unknown (state 0).
 *   there   false: it was not published yet
 *
 * ERR_LIMIT: over STATUS_PAST_EVENTS.
 */
ERR_CHECKED enum err status_past_turn(struct status_past *p,
    struct fold_term_status *s, bool *there, struct err_why *why);

#endif

/* query_past.h - what a certificate was worth at a moment that is past. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_PAST_H
#define NODE_QUERY_PAST_H

#include "api.pb-c.h"
#include "node/domain/packs.h"
#include "proto/err.h"

/*
 * query_past - turn a view of a certificate or credential, with all its events,
 * into what it was at `at_us`: only events that were recorded by then, the
 * state that they made, and by the clock and the classes of then (`packs`)
 * LAPSED.  hindsight_state: the state at that time by all that has been
 * recorded since, of what had happened by then.  An event that cannot be read
 * makes either UNKNOWN.  Pure.
 *
 * ERR_NOT_FOUND  nothing of it was recorded by then
 * ERR_LIMIT      the view does not hold all events
 */
ERR_CHECKED enum err query_past(Api__RecordView *v, const struct packs *packs,
    int64_t at_us, struct err_why *why);

#endif

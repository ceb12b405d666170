/* seat_log.h - proposals, votes and sightings out of all alliance logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SEAT_LOG_H
#define NODE_SEAT_LOG_H

#include "federation/council.h"

struct site;

/*
 * Those of own and replicated alliance logs of all generations, kept between
 * looks: only what is new is read.  One thread at a time.
 */
struct seat_log;

struct seat_log *seat_log_new(struct site *s);
void seat_log_free(struct seat_log *l);

/*
 * seat_log_look - reads what came since.
 *   changed   set when there is anything new, or a fork became known
 * ERR_*: a store cannot be read; what was read before still stands, and what
 * was read of the other is told by `changed` this once.
 */
ERR_CHECKED enum err seat_log_look(
    struct seat_log *l, bool *changed, struct err_why *why);

/* The logs by member, for council_fold; borrowed until the next look. */
const struct council_log *seat_log_all(struct seat_log *l, size_t *len);

/* Entries whose body is not here, and logs with damage: these count as far as
 * they were read before, until they can be read. */
size_t seat_log_missing(const struct seat_log *l);
/* False: of what this node said itself something may not be known here. */
bool seat_log_own_whole(const struct seat_log *l);

#endif

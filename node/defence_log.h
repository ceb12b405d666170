/* defence_log.h - the own evidence log, as rules of joint defence see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_LOG_H
#define NODE_DEFENCE_LOG_H

#include "node/domain/defence_eval.h"

struct site;

/* Of the alarms that rules raise.  A device may call itself so: whose alarm it
 * is tells the id, which only the node gives (submit_own.h). */
#define DEFENCE_LOG_SOURCE "joint-defence"

/* How many entries are looked at when a rule set is new, or tried. */
#define DEFENCE_LOG_BACK 300000

struct defence_log {
	struct site *site;
	uint64_t next; /* place */
};

/* The end of the log, and when its last entry was recorded. */
ERR_CHECKED enum err defence_log_end(
    struct site *s, uint64_t *place, int64_t *last_us, struct err_why *why);
/* From the first entry on that was recorded at or after from_us, in its newest
 * generation; at the most DEFENCE_LOG_BACK before the end. */
ERR_CHECKED enum err defence_log_since(
    struct defence_log *l, int64_t from_us, struct err_why *why);

/*
 * defence_log_read - up to `most` entries, moving `next`; `each` gets them in
 * their order, in a read transaction.
 *   read  how many there were; less than `most`: there are no more now
 * A body that is not here is an entry of which nothing is seen.
 */
ERR_CHECKED enum err defence_log_read(struct defence_log *l, size_t most,
    void (*each)(void *arg, const struct defence_event *e), void *arg,
    size_t *read, struct err_why *why);

#endif

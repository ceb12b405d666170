/* feed_kept.h - kept alarms as server-sent events. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FEED_KEPT_H
#define NODE_FEED_KEPT_H

#include "node/feed_item.h"

/*
 * feed_kept_put - alarms of the spool from row *from on, as far as the filter
 * wants them; moves *from.  True: there may be more.
 *
 * They are in no log, so they carry "provisional":true, no origin and no index,
 * and no id: whoever resumes gets all that are kept then.  When one has become
 * an entry it comes again, with the same recordId.
 */
bool feed_kept_put(struct buf *out, struct site *s,
    const struct feed_filter *filter, uint64_t *from);

#endif

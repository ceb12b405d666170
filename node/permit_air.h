/* permit_air.h - was there an alarm since the air was measured? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PERMIT_AIR_H
#define NODE_PERMIT_AIR_H

#include "node/permit_world.h"

/*
 * permit_air - *out: in the area of the permit an alarm that stops its work by
 * its pack began after its newest sample, open or over by now; by the clock of
 * the alarm or by ours, whichever is later; of one that is ahead, up to five
 * minutes.
 * Whatever time the move itself is dated: what lets work go on has to hold now
 * as well.  What is under way is stopped by the alarm itself; this is for what
 * is not issued yet.  More alarms than one looks at, or one that cannot be
 * read: true.  Source: GB 30871-2022 4.8, 5.3.1.
 */
ERR_CHECKED enum err permit_air(
    const struct permit_world_ask *ask, bool *out, struct err_why *why);

#endif

/* decide_past.h - the row of a certificate as it was at a moment. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DECIDE_PAST_H
#define NODE_DECIDE_PAST_H

#include "node/fold.h"
#include "proto/err.h"

/*
 * decide_past - turns the row of a certificate or credential of the line `slot`
 * back to `at_us`: by all that is known now of what had happened by then.  What
 * it says first counts whenever it was entered: its dates speak for themselves.
 * One that has too many events to look through stays as it is; an event that
 * is not held makes it ROW_PARTIAL.  In any transaction of f's store.
 */
ERR_CHECKED enum err decide_past(struct fold *f, uint16_t slot,
    const uint8_t id[static 16], int64_t at_us, struct row *r,
    struct err_why *why);

#endif

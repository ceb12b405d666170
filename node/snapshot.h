/* snapshot.h - the month's figures, entered by the node when it is over. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SNAPSHOT_H
#define NODE_SNAPSHOT_H

#include "proto/err.h"

struct site;
struct snapshots;

/*
 * A month of the site's own clock (dayOffsetMinutes of its indicators) is over
 * when it is for certain, and SNAPSHOT_SETTLE_US more: then all figures of it
 * become one SNAPSHOT entry.  Each month once and in order, whatever the node
 * did at midnight; months that it was down for are made up.  What entries that
 * came later change in the two months before is a correction in the next
 * snapshot: nothing that was entered is ever replaced.
 */
#define SNAPSHOT_SETTLE_US (INT64_C(600) * 1000000)

struct snapshots *snapshot_new(struct site *s);
/* A thread of its own for snapshot_beat.  ERR_IO. */
ERR_CHECKED enum err snapshot_start(struct snapshots *n, struct err_why *why);
/* Once a second, any thread: now and then has the thread look. */
void snapshot_beat(struct snapshots *n);
/* Makes what is due, on this thread, waiting for the commits; *made: how many.
 * ERR_REFUSED: it is not certain what time it is, or the log may not be signed
 * now; ERR_*: of reading and of the commit. */
ERR_CHECKED enum err snapshot_turn(
    struct snapshots *n, unsigned *made, struct err_why *why);
/* Ends its thread, before the store is closed; NULL allowed. */
void snapshot_stop(struct snapshots *n);
void snapshot_free(struct snapshots *n); /* NULL allowed */

#endif

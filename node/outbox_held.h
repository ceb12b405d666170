/* outbox_held.h - what waits for each target, as read so far. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOX_HELD_H
#define NODE_OUTBOX_HELD_H

#include "node/outbox_look.h"

/*
 * The table `notice` says what is due; a look reads of it what came since the
 * last one, by place.  All of it is read at first, once a minute, when an
 * operation changed old rows (outbox_hurry), and when a target has used up
 * what is held of it.  What is held is asked of the table again before it is
 * sent: a row that is held too long costs a look, one that is missing waits a
 * minute.  Of the outbox's thread.
 */
ERR_CHECKED enum err outbox_held_read(
    struct outbox *o, struct fold *f, int64_t boot_us, struct err_why *why);
/* Is this row still as it was held?  ERR_NOT_FOUND. */
ERR_CHECKED enum err outbox_held_still(struct fold *f, uint16_t slot,
    const struct fold_notice_row *n, struct err_why *why);
/* Delivered, or given up: it waits no more. */
void outbox_held_drop(
    struct outbox *o, const struct fold_notice_row *n, bool given_up);
void outbox_held_free(struct outbox *o);

#endif

/* veil_desk.h - this node's part in the veil: sends, hands on, publishes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_DESK_H
#define NODE_VEIL_DESK_H

#include "proto/buf.h"
#include "proto/err.h"

struct peers;
struct site;

/*
 * While the release policy in force has `veil`: announces keys for the term,
 * sends a cell in each slot, hands on those of others, publishes what it is
 * given when a ring of enough companies vouches for it, and says own items
 * until it sees them published.  A thread of its own.
 */
struct veil_desk;

struct veil_desk *veil_desk_new(struct peers *p, struct site *s);
/* ERR_IO: no thread. */
ERR_CHECKED enum err veil_desk_start(struct veil_desk *d, struct err_why *why);
/* Ends its thread; before the site is closed.  Twice is allowed. */
void veil_desk_stop(struct veil_desk *d);
void veil_desk_free(struct veil_desk *d); /* NULL allowed */

/* A member sent this cell; the hub's thread.  Of one member so many wait as it
 * may send in a slot. */
void veil_desk_cell(struct veil_desk *d, const char *peer, struct bytes cell);

/* Prometheus text.  Any thread. */
void veil_desk_metrics(struct veil_desk *d, struct buf *out);

#endif

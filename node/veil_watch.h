/* veil_watch.h - who floods the veil, or keeps another pace: named. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_WATCH_H
#define NODE_VEIL_WATCH_H

#include "node/veil_book.h"
#include "proto/buf.h"

#define VEIL_SOURCE "lianfang-veil"

/*
 * Of each member how many of its cells were refused.  More than
 * VEIL_WATCH_MANY too many within VEIL_WATCH_SLOTS slots is a flood: who keeps
 * to its slots cannot send so many.  An alarm for each member that floods,
 * until it has not for so many slots, and one for all that keep another pace.
 */
#define VEIL_WATCH_SLOTS 64
#define VEIL_WATCH_MANY 128

struct veil_watch;
struct veil_watch *veil_watch_new(struct site *s);
/* After the site is closed. */
void veil_watch_free(struct veil_watch *w);

/* A cell of that member was refused; ERR_BUSY: one too many.  Any thread. */
void veil_watch_refused(struct veil_watch *w, const char *peer, enum err e);

/* At the end of each slot; one thread, the same for the next. */
void veil_watch_turn(struct veil_watch *w);
/* The book was read. */
void veil_watch_book(struct veil_watch *w, const struct veil_book *b);
/* This node takes no part any more: no alarm stands. */
void veil_watch_rest(struct veil_watch *w);

/* Prometheus text.  Any thread. */
void veil_watch_metrics(struct veil_watch *w, struct buf *out);

#endif

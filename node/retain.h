/* retain.h - the keeper of terms: what is over ends, what was asked is done. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RETAIN_H
#define NODE_RETAIN_H

#include "proto/err.h"

#include <stdint.h>

struct site;
struct retain;
struct rule;

/*
 * Looks behind the commit, on a thread of its own: erasures that waited and
 * whose term is over, media and records past theirs.  A batch at a time, each
 * one entry (docs/decisions/0036).  Nothing ends while the time is not
 * confirmed.  After a restart it goes on from tables and positions.
 */
struct retain *retain_new(struct site *s);
ERR_CHECKED enum err retain_start(struct retain *r, struct err_why *why);
/* Once a second, any thread: has the thread look when it is time to. */
void retain_beat(struct retain *r);
/* Looks once, on this thread; returns how many entries were made. */
unsigned retain_turn(struct retain *r);
/* As after a day: looks again at all that was left. */
void retain_again(struct retain *r);
/* Ends its thread, before the store is closed; NULL allowed. */
void retain_stop(struct retain *r);
/* After the committer has ended, which answers to it; NULL allowed. */
void retain_free(struct retain *r);

/* Any thread. */
struct retain_stats {
	uint64_t expired; /* entries erased at the end of their term, since the
	                   * start */
	uint64_t media; /* entries whose media ended */
	uint64_t erased; /* requests carried out */
	uint64_t waiting; /* requests that wait */
	uint64_t holds;
	uint64_t left; /* past their age, but open, held or continued */
	uint64_t held; /* of them: held */
	uint64_t behind; /* 1: more than one look takes */
	int64_t quiet_us; /* until then nothing ends; 0 */
	const struct rule *wants; /* why nothing ends; NULL: it does */
};
void retain_stats(struct retain *r, struct retain_stats *out);

#endif

/* watch.h - alarms become incidents, and incidents reach somebody. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WATCH_H
#define NODE_WATCH_H

#include "proto/err.h"

#include <stdint.h>

struct site;
struct watch;

/*
 * The alarms of this node's own log are looked through behind the commit, which
 * therefore costs nothing more: what belongs together becomes an incident, what
 * nobody acknowledges in time goes up its chain, by the wall clock or by time
 * since the start of the process, whichever is ahead.  All that comes of it is
 * an entry; after a restart it goes on from the tables.
 */
struct watch *watch_new(struct site *s);
/* A thread of its own for watch_beat.  ERR_IO. */
ERR_CHECKED enum err watch_start(struct watch *w, struct err_why *why);
/* Once a second, any thread: has the thread look, unless it still does. */
void watch_beat(struct watch *w);
/* Looks once, on this thread: what is new, what is due, what is over.  Returns
 * how many entries were made. */
unsigned watch_turn(struct watch *w);
/* Ends its thread, before the store is closed; NULL allowed. */
void watch_stop(struct watch *w);
/* After the committer has ended, which answers to it; NULL allowed. */
void watch_free(struct watch *w);

/* For metrics; any thread. */
struct watch_stats {
	uint64_t open; /* incidents */
	uint64_t called; /* of them: nobody has acknowledged */
	uint64_t exhausted; /* of those: their chain has ended */
	uint64_t escalated; /* steps since the start */
	uint64_t waiting; /* areas with more alarms than an incident lists */
	uint64_t behind; /* 1: more alarms than one look takes */
};
void watch_stats(struct watch *w, struct watch_stats *out);

#endif

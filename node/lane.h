/* lane.h - a few threads for work that would hold up others. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_LANE_H
#define NODE_LANE_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Embedded by whoever hands it in; free again when run is called. */
struct lane_job {
	void (*run)(void *arg);
	void *arg;
	struct lane_job *next; /* private */
};

struct lane;

/*
 * lane_start - threads that take jobs in their order.
 *   nice   how much they stand back behind other threads (setpriority)
 * ERR_IO: no thread.
 */
ERR_CHECKED enum err lane_start(
    struct lane **out, unsigned threads, int nice, struct err_why *why);
/* Any thread; whoever hands in bounds how much. */
void lane_put(struct lane *l, struct lane_job *job);
/* Runs what waits, then ends the threads.  NULL allowed. */
void lane_stop(struct lane *l);

#endif

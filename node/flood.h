/* flood.h - more alarms of an area than anybody can take in: said once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FLOOD_H
#define NODE_FLOOD_H

#include "proto/err.h"

#include <stdint.h>

struct site;
struct flood;

/*
 * Behind the commit, which pays nothing for it: areas are looked at in turn, by
 * the index of their alarms' times.  A window (alarm policy: ten minutes) with
 * more alarms than the policy says begins a flood, one with fewer than it says
 * ends it; alarms of exercises do not count.  Each flood is one alarm of source
 * QUERY_KPI_FLOOD_SOURCE, whose id follows from area and beginning, so that it
 * is said once, also after a restart; CLEAR says its end.  No alarm is held
 * back or hidden by it.
 *
 * What arrives later than the window after its own is in the figures
 * (query_kpi.h), and raises no alarm.
 */
struct flood *flood_new(struct site *s);
/* A thread of its own for flood_beat.  ERR_IO. */
ERR_CHECKED enum err flood_start(struct flood *f, struct err_why *why);
/* Once a second, any thread. */
void flood_beat(struct flood *f);
/* Looks once, on this thread; returns how many entries were made. */
unsigned flood_turn(struct flood *f);
/* Ends its thread, before the store is closed; NULL allowed. */
void flood_stop(struct flood *f);
/* After the committer has ended; NULL allowed. */
void flood_free(struct flood *f);

#endif

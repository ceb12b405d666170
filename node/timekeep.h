/* timekeep.h - the keeper of a node's time: the logs', and what to believe. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TIMEKEEP_H
#define NODE_TIMEKEEP_H

#include "config.pb-c.h"
#include "node/site_logs.h"
#include "node/timeline.h"
#include "proto/err.h"

#define TIMEKEEP_SOURCE "lianfang-clock" /* of the alarm about the clock */

/*
 * Compares the wall clock with the confirmed line and the members' clocks,
 * tells the logs how far their time may go, and raises one alarm per episode
 * of an uncertain clock.  Source: docs/decisions/0019.
 */
struct timekeep;

/* Site and its peers are borrowed and outlive it; sets site->time.  Before
 * site_start. */
struct timekeep *timekeep_new(
    struct site *s, const struct timeline_policy *policy);
/* After the site's committer has ended; NULL allowed. */
void timekeep_free(struct timekeep *k);

/*
 * timekeep_start - append the ADMIN entry of this start.  Recorded time follows
 * the wall clock with it, or is held at the log's end when the clock is too
 * far ahead and nobody vouches for it; recording goes on in any case.
 * `program` is who starts: the daemon, or the CLI that writes in its stead.
 * Waits for the commit; call once.
 */
ERR_CHECKED enum err timekeep_start(
    struct timekeep *k, const char *program, struct err_why *why);

/* Once a second, on one thread: looks at the clocks and acts. */
void timekeep_beat(struct timekeep *k);

/* An operator says that the wall clock is right: an ADMIN entry, and recorded
 * time follows it.  done: called once, maybe on the committer's thread.
 * ERR_REFUSED: there is nothing to reset. */
struct timekeep_word {
	const char *reason; /* borrowed for the call, as is `by` */
	bool reset; /* logs that are ahead of it begin a new time epoch */
	const char *by; /* token id */
	void (*done)(void *arg, enum err e, const struct err_why *why);
	void *arg;
};
void timekeep_admit(struct timekeep *k, const struct timekeep_word *w);

/* When the truth may lie, for a wall clock that says now_us; any thread.
 * Without a keeper, or before its start: now_us and no fault. */
struct timeline_span timekeep_span(const struct site *s, int64_t now_us);

/* Is the clock good: in no doubt, and the kernel or the members vouch for it?
 * Without a keeper it is believed. */
bool timekeep_vouched(const struct site *s);

/* The latest time that each own log carries, by enum site_kind. */
ERR_CHECKED enum err timekeep_newest(
    struct site *s, int64_t out[static SITE_LOGS], struct err_why *why);

/* How things stand; release with config__clock__free_unpacked. */
Config__Clock *timekeep_status(struct timekeep *k);

#endif

/* timekeep_state.h - what the files of the time keeper share; private. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TIMEKEEP_STATE_H
#define NODE_TIMEKEEP_STATE_H

#include "node/own_alarm.h"
#include "node/site.h"
#include "node/timekeep.h"

#include <pthread.h>

#define TIMEKEEP_TEXT 512

struct timekeep {
	struct site *site;
	struct timeline_policy policy;
	pthread_mutex_t lock; /* over all but `beat` */
	struct timeline line;
	_Atomic bool started;
	uint64_t stepped[2]; /* jumps of the wall clock seen: ahead, back */
	/* A jump was followed whose ADMIN entry is not there yet: until it is,
	 * the book is not told. */
	struct {
		const char *action; /* NULL: none */
		char detail[TIMEKEEP_TEXT];
		bool sent;
	} owed;
	/* Of the thread that calls timekeep_beat. */
	struct own_alarm alarm;
	bool found; /* one that is open from before a restart is known */
	struct {
		unsigned count;
		unsigned good, bad; /* beats in a row */
		unsigned faults; /* as journaled */
		enum skew_verdict verdict; /* likewise */
		struct stamp_line told;
		uint32_t error_ms;
		char apart[SKEW_CLAIMS_MAX][NOTE_NAME_MAX + 1];
		size_t apart_len; /* members whose clock was said to differ */
	} beat;
};

/* The members' clocks against a wall clock of ours. */
struct timekeep_peers {
	struct skew_member at[SKEW_CLAIMS_MAX]; /* all but this node */
	size_t quorum; /* of them */
	size_t len;
	struct skew_claim claim[SKEW_CLAIMS_MAX]; /* of those known */
	size_t claims;
};
void timekeep_peers(struct timekeep_peers *out, const struct site *s,
    int64_t wall_us, int64_t boot_us);
/* Ours is ahead of that member's by this. */
int64_t timekeep_ahead(
    const struct skew_member *c, int64_t wall_us, int64_t boot_us);

/* Why the clock is not believed: text of the i-th of TIMELINE_FAULTS, NULL
 * when it is not in the set. */
const char *timekeep_fault(unsigned set, size_t i);
double timekeep_seconds(int64_t us);

void timekeep_read(const struct site *s, struct timeline_reading *out);

/* ---- timekeep_order.c ---- */

/* Tells the book the line and the quality, with an ADMIN entry unless action
 * is NULL.  done may be NULL. */
struct timekeep_order {
	struct stamp_line line;
	bool synchronised;
	uint32_t error_ms;
	const char *action; /* static */
	const char *detail; /* borrowed for the call, as is by */
	const char *by; /* NULL: the node */
	const char *reset; /* reason; logs ahead of the line go back to it */
	void (*done)(void *arg, enum err e, const struct err_why *why);
	void *arg;
};
void timekeep_order(struct timekeep *k, const struct timekeep_order *o);

#endif

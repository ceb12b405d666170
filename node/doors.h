/* doors.h - what may wait inside at one time, and who is sent away. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOORS_H
#define NODE_DOORS_H

#include "node/ops.h"
#include "node/share.h"

struct commit_stats;
struct metrics;

/* Bodies over this are bulk: sealed by the lane for it, queued behind single
 * messages. */
#define DOOR_BULK_BYTES 16384u

/* What there is only so much of.  The bounds are doors.c's table. */
enum door {
	DOOR_WRITE, /* single messages from their headers to their answer */
	DOOR_BULK, /* bytes of large bodies, likewise */
	DOOR_QUERY, /* reads that look at many records */
	DOOR_REPLY, /* bytes of large answers not yet read by their askers */
	DOOR_STREAM, /* event streams */
	DOORS,
};

struct doors;

/* What one request holds; zeroed: nothing. */
struct door_pass {
	struct share_client *held[DOORS];
	uint64_t cost[DOORS];
};

/* `metrics` is borrowed. */
struct doors *doors_new(struct metrics *metrics);
/* Every pass was given back.  NULL allowed. */
void doors_free(struct doors *d);

/* Which one an operation goes through, by its flags and the length of the body
 * that was announced; DOORS: none. */
enum door doors_of(const struct ops_call *call, uint64_t body);

/*
 * doors_enter - `cost` more of one good, by the token of the call.
 * ERR_BUSY: call->status, code and retry_s say which of 429 and 503, and when
 * to come again.
 */
ERR_CHECKED enum err doors_enter(struct doors *d, enum door which,
    struct ops_call *call, uint64_t cost, struct door_pass *pass,
    struct err_why *why);
void doors_leave(struct doors *d, enum door which, struct door_pass *pass);
void doors_leave_all(struct doors *d, struct door_pass *pass);

/* Narrows the doors of the committer while what is queued waits too long, and
 * widens them again; a few times a second. */
void doors_tune(struct doors *d, const struct commit_stats *s);

#endif

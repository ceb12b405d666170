/* doors.c - what may wait inside at one time, and who is sent away. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/doors.h"

#include "node/commit.h"
#include "node/metrics.h"
#include "proto/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MAX_S 30

/* Least and most of each good.  Those of the committer stand between by how
 * long its queues wait: a slow disk takes in less, not later. */
static const struct {
	uint64_t least;
	uint64_t most;
	int64_t lag_us; /* longest wait of the first in the queue; 0: fixed */
	enum commit_class class;
} doors[DOORS] = {
    [DOOR_WRITE] = {64, 4096, INT64_C(1000000), COMMIT_URGENT},
    [DOOR_BULK] = {4u << 20, 64u << 20, INT64_C(4000000), COMMIT_BULK},
    [DOOR_QUERY] = {64, 64, 0, COMMIT_LATER},
    [DOOR_REPLY] = {128u << 20, 128u << 20, 0, COMMIT_LATER},
    [DOOR_STREAM] = {256, 256, 0, COMMIT_LATER},
};

struct doors {
	struct metrics *metrics;
	struct share *share[DOORS];
	_Atomic uint64_t limit[DOORS];
	atomic_uint retry_s[DOORS];
};

struct doors *
doors_new(struct metrics *metrics)
{
	struct doors *d = mem_alloc(1, sizeof *d);

	d->metrics = metrics;
	for (size_t i = 0; i < DOORS; i++) {
		d->share[i] = share_new(doors[i].most);
		atomic_init(&d->limit[i], doors[i].most);
		atomic_init(&d->retry_s[i], 1);
	}
	return d;
}

void
doors_free(struct doors *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < DOORS; i++)
		share_free(d->share[i]);
	free(d);
}

enum door
doors_of(const struct ops_call *call, uint64_t body)
{
	const struct ops_entry *op = call->op;

	if ((op->flags & OPS_SLOW) != 0)
		return DOOR_QUERY;
	if (body > DOOR_BULK_BYTES)
		return DOOR_BULK;
	if ((op->flags & OPS_QUEUED) != 0 || op->method[0] != 'G')
		return DOOR_WRITE;
	return DOORS;
}

enum err
doors_enter(struct doors *d, enum door which, struct ops_call *call,
    uint64_t cost, struct door_pass *pass, struct err_why *why)
{
	enum share_verdict v = share_take(
	    d->share[which], bytes_str(call->who.id), cost, &pass->held[which]);

	if (v == SHARE_OK) {
		pass->cost[which] += cost;
		return ERR_OK;
	}
	metrics_refused(d->metrics, which, v == SHARE_OVER);
	call->retry_s = atomic_load(&d->retry_s[which]);
	call->status = v == SHARE_OVER ? 429 : 503;
	call->code = v == SHARE_OVER ? "over_share" : "node_full";
	if (v == SHARE_OVER)
		return err_fail(why, ERR_BUSY,
		    "this token has more under way than its share; "
		    "wait for answers, or send less at once");
	return err_fail(why, ERR_BUSY, "the node is full; send it again later");
}

void
doors_leave(struct doors *d, enum door which, struct door_pass *pass)
{
	share_give(d->share[which], &pass->held[which], pass->cost[which]);
	pass->cost[which] = 0;
}

void
doors_leave_all(struct doors *d, struct door_pass *pass)
{
	for (size_t i = 0; i < DOORS; i++)
		if (pass->held[i] != NULL)
			doors_leave(d, (enum door)i, pass);
}

void
doors_tune(struct doors *d, const struct commit_stats *s)
{
	for (size_t i = 0; i < DOORS; i++) {
		uint64_t limit = atomic_load(&d->limit[i]);
		int64_t lag = s->lag_us[doors[i].class];

		if (doors[i].lag_us == 0)
			continue;
		limit = lag > doors[i].lag_us ? limit / 2 : limit * 2;
		if (limit < doors[i].least)
			limit = doors[i].least;
		if (limit > doors[i].most)
			limit = doors[i].most;
		atomic_store(&d->limit[i], limit);
		share_limit(d->share[i], limit);
		int64_t wait = 1 + lag / 1000000;
		atomic_store(&d->retry_s[i],
		    (unsigned)(wait < RETRY_MAX_S ? wait : RETRY_MAX_S));
	}
}

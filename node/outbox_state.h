/* outbox_state.h - what the files of the outbox share.  Only for outbox*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOX_STATE_H
#define NODE_OUTBOX_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "node/config_target.h"
#include "node/fold_notice.h"
#include "node/outbox.h"
#include "node/outbox_tried.h"
#include "node/own_alarm.h"
#include "node/site.h"
#include "proto/text.h"

#define OUTBOX_SOURCE "lianfang-outbox" /* of its alarms */
#define OUTBOX_FLIGHTS 4 /* posts to one target at a time */
/* The last are for names that are no target. */
#define OUTBOX_SLOTS ((CONFIG_TARGETS_MAX + 1) * OUTBOX_FLIGHTS)
#define OUTBOX_BODY_MAX 262144
#define OUTBOX_NONE SIZE_MAX /* no target of node.yaml */

/* One row of `notice`, and what it stands for. */
struct outbox_due {
	struct fold_notice_row row;
	uint8_t about[16];
	uint32_t about_seq;
	uint8_t id[16];
	char target[NOTICE_NAME_MAX + 1];
};

/* An alarm for as long as a target is in trouble.  Of the outbox's thread. */
struct outbox_alarm {
	struct own_alarm own;
	uint64_t given_up; /* that it was raised for, or that were there */
	bool known; /* it was looked at since the start */
};

/* Rows that wait for it, the oldest first; of the outbox's thread. */
struct outbox_held {
	struct fold_notice_row *row;
	size_t len;
	size_t cap;
	uint64_t more; /* that wait and are not held */
	uint64_t given_up;
};

struct outbox_target {
	struct outbox *of;
	const Config__Target *conf; /* NULL: the one for unknown names */
	uint64_t name; /* its hash */
	bool ready; /* the following are there */
	struct webhook_sign sign;
	struct webhook_where where;
	char ca_file[SITE_PATH_MAX + 512]; /* "": none */
	uint32_t failures; /* in a row */
	uint32_t refused; /* since it took one */
	int64_t next_us; /* boot clock: not before */
	struct outbox_held held;
	/* Of the last look, under the lock. */
	bool failing;
	uint64_t pending;
	uint64_t given_up;
	int64_t oldest_us;
	struct outbox_alarm alarm;
};

enum outbox_step {
	OUTBOX_FREE,
	OUTBOX_FLYING,
	OUTBOX_ANSWERED, /* to be entered */
	OUTBOX_ENTERING, /* the committer has it */
	OUTBOX_ENTERED, /* its row is gone from the next look on */
	OUTBOX_REFUSED, /* by a rule of the ledger */
};

/* A notice from its post to its entry.  The committer's thread only changes
 * `step` from ENTERING; all else is the outbox's. */
struct outbox_slot {
	_Atomic int step;
	struct outbox *of;
	size_t target; /* index, or OUTBOX_NONE */
	struct outbox_due due;
	Record__Delivery__Action action;
	struct webhook_answer answer;
	struct hash document;
	int64_t sent_us;
	uint32_t attempts;
	bool posted; /* there is an answer, or was to be one */
};

struct lane;

struct outbox {
	struct site *site;
	const Config__Node *node;
	struct webhook *hook; /* NULL: not started */
	pthread_t thread;
	bool threaded;
	atomic_bool ending;
	atomic_bool hurry;
	struct lane *tests;
	atomic_uint testing;
	bool found; /* alarms that are open since before the start are known */
	bool served; /* the ledger names the targets of node.yaml */
	_Atomic unsigned serving; /* entries about targets under way */
	int64_t looked_us; /* how long the last look took */
	bool held_known; /* rows were read (outbox_held.h) ... */
	uint64_t next_place; /* ... up to here, exclusive */
	int64_t whole_us; /* boot clock: when all were read */
	uint64_t rows; /* of `notice` read for looks, since the start */
	pthread_mutex_t lock; /* what other threads read: tried, stats */
	struct outbox_stats stats;
	struct outbox_tried *tried;
	size_t targets;
	struct outbox_target target[CONFIG_TARGETS_MAX + 1]; /* last: unknown */
	struct outbox_slot slot[OUTBOX_SLOTS];
};

/* ---- outbox.c ---- */

/* Its secret, where it leads, its CA file.  ERR_*: `why` names the target. */
ERR_CHECKED enum err outbox_prepare(
    struct outbox_target *t, struct err_why *why);

/* ---- outbox_serve.c: entries about targets ---- */
void outbox_serve(struct outbox *o);

/* ---- outbox_alarm.c ---- */

/* Raises and clears what the last look asks for. */
void outbox_alarm_look(struct outbox *o);

#endif

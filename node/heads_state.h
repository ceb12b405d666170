/* heads_state.h - what is known of the own logs; private to heads*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HEADS_STATE_H
#define NODE_HEADS_STATE_H

#include <pthread.h>

#include "node/heads.h"
#include "node/heads_tail.h"
#include "node/service.h"
#include "node/site.h"

#define HEADS_AGAIN_US INT64_C(20000000) /* ask those again who had nothing */

/* What a member said of one log. */
struct word {
	bool heard;
	uint64_t most; /* largest checkpoint it showed */
	uint64_t dry; /* it held nothing from this entry on, plus 1; 0: no */
	bool late; /* it was asked for entries and gave none that hold */
	bool bare; /* it gave entries without their bodies */
};

struct asked {
	char name[NOTE_NAME_MAX + 1];
	bool up;
	struct word log[SITE_LOGS];
};

struct known {
	struct tree_head held;
	uint64_t most; /* proved by anybody */
	char by[NOTE_NAME_MAX + 1];
	char from[NOTE_NAME_MAX + 1]; /* who is asked for entries; "" nobody */
	int64_t asked_us; /* since when */
	bool storing;
	bool two; /* another history is signed by our key */
	bool behind; /* more was proved than this directory knew of */
	bool told; /* an operator was */
	uint64_t knew; /* entries that this directory knew to be signed */
	bool was_closed; /* doubt, and a clean stop said where it ended */
	struct tree_head closed;
	struct heads_tail_gaps gaps;
};

struct heads {
	struct service *service;
	struct site *site;
	struct exchange_recaller recaller;
	pthread_mutex_t lock;
	bool on; /* heads_prepare said so */
	bool released; /* commands do not wait any more */
	bool beginning; /* a task is on its way */
	bool started; /* the start entry is written */
	unsigned decided; /* 1 << kind: whole, also while beginning failed */
	bool wake; /* somebody else may be asked now */
	int64_t until_us; /* wait for members until then */
	int64_t again_us;
	int64_t retry_us; /* not before, after beginning failed */
	struct known log[SITE_LOGS];
	struct asked *asked;
	size_t len;
};

/* Logs that may not be signed now, 1 << kind. */
unsigned heads_unsure(const struct heads *h);
/* -1: not a log that is written now. */
int heads_kind(const struct heads *h, const char *origin);

int64_t heads_boot_us(const struct heads *h);

/* The rest with the lock held. */

/* Does it depend on what members say whether this log is signed? */
bool heads_waits(const struct heads *h, int k);
bool heads_whole(const struct heads *h, int k);
/* Did all members say what they know of the logs that wait? */
bool heads_all_heard(const struct heads *h);
/* Can this member be asked for what follows; can anybody? */
bool heads_has_more(const struct heads *h, const struct asked *a, int k);
bool heads_may_fetch(const struct heads *h, int k);
/* Entries without their bodies: only when nobody gives more.  What is stored
 * is not asked for again. */
bool heads_takes_bare(const struct heads *h, int k);
/* Is there one among them whose body does not come with it? */
bool heads_is_bare(const struct log_extension *x);

#endif

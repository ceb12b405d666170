/* defence_post.h - entries of joint defence that wait for the committer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_POST_H
#define NODE_DEFENCE_POST_H

#include <pthread.h>

#include "node/submit.h"

struct defence_post {
	struct site *site;
	pthread_mutex_t lock; /* the following */
	pthread_cond_t wake;
	unsigned waiting; /* answers of the committer */
	unsigned made;
	bool ending;
	bool failed; /* something was not recorded */
};

void defence_post_open(struct defence_post *p, struct site *s);
/* After the committer has ended. */
void defence_post_close(struct defence_post *p);

/* For one entry: its answer is waited for. */
struct submit_to defence_post_to(struct defence_post *p);
/* The answer of one that has a call of its own; arg: the defence_post. */
void defence_post_told(void *arg);
/* Waits for all of them.  False: one was not recorded, or the node ends. */
bool defence_post_settled(struct defence_post *p);
/* Nobody waits any more; any thread. */
void defence_post_end(struct defence_post *p);
/* Entries made since it was asked last. */
unsigned defence_post_made(struct defence_post *p);

#endif

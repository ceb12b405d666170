/* crew.c - threads that share the parts of a job. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/mem.h"

/*
 * Invariant: a job stands in the list while it has parts that nobody has
 * begun.
 */
struct crew {
	pthread_mutex_t lock;
	pthread_cond_t filled; /* a job came, or the end */
	pthread_cond_t ended; /* a part ended */
	struct crew_job *first;
	bool closing;
	void (*idle)(void *arg);
	void *arg;
	pthread_t thread[CREW_MAX];
	unsigned threads;
};

/* Under the lock, as the next ones. */
static void
leave(struct crew *c, struct crew_job *j)
{
	struct crew_job **at = &c->first;

	if (!j->queued)
		return;
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	j->queued = false;
}

/* Does one part of j; gives the lock away meanwhile. */
static void
run_part(struct crew *c, struct crew_job *j)
{
	const size_t part = j->begun++;

	if (j->begun == j->parts)
		leave(c, j);
	(void)pthread_mutex_unlock(&c->lock);
	j->run(j->arg, part);
	(void)pthread_mutex_lock(&c->lock);
	j->ended++;
	(void)pthread_cond_signal(&c->ended);
}

static void *
work(void *arg)
{
	struct crew *c = arg;
	struct crew_job *j;
	bool whole;

	(void)pthread_mutex_lock(&c->lock);
	while (!c->closing) {
		j = c->first;
		if (j == NULL) {
			(void)pthread_cond_wait(&c->filled, &c->lock);
			continue;
		}
		run_part(c, j);
		/* Until the lock is given away j is still there. */
		whole = j->ended == j->parts;
		if (!whole)
			continue;
		(void)pthread_mutex_unlock(&c->lock);
		c->idle(c->arg);
		(void)pthread_mutex_lock(&c->lock);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

void
crew_open(struct crew **out, void (*idle)(void *arg), void *arg)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct crew *c = mem_alloc(1, sizeof(*c));

	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->filled, NULL);
	(void)pthread_cond_init(&c->ended, NULL);
	c->idle = idle;
	c->arg = arg;
	while (c->threads < CREW_MAX && (long)c->threads + 1 < cores &&
	    pthread_create(&c->thread[c->threads], NULL, work, c) == 0)
		c->threads++;
	*out = c;
}

void
crew_close(struct crew *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->closing = true;
	(void)pthread_cond_broadcast(&c->filled);
	(void)pthread_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < c->threads; i++)
		(void)pthread_join(c->thread[i], NULL);
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_cond_destroy(&c->filled);
	(void)pthread_cond_destroy(&c->ended);
	free(c);
}

void
crew_put(struct crew *c, struct crew_job *j)
{
	struct crew_job **at = &c->first;

	j->next = NULL;
	j->begun = 0;
	j->ended = 0;
	if (j->parts == 0)
		return;
	(void)pthread_mutex_lock(&c->lock);
	while (*at != NULL)
		at = &(*at)->next;
	*at = j;
	j->queued = true;
	(void)pthread_cond_broadcast(&c->filled);
	(void)pthread_mutex_unlock(&c->lock);
}

bool
crew_done(struct crew *c, const struct crew_job *j)
{
	bool done;

	(void)pthread_mutex_lock(&c->lock);
	done = j->ended == j->parts;
	(void)pthread_mutex_unlock(&c->lock);
	return done;
}

bool
crew_help(struct crew *c)
{
	struct crew_job *j;

	(void)pthread_mutex_lock(&c->lock);
	j = c->first;
	if (j != NULL)
		run_part(c, j);
	(void)pthread_mutex_unlock(&c->lock);
	return j != NULL;
}

void
crew_finish(struct crew *c, struct crew_job *j)
{
	(void)pthread_mutex_lock(&c->lock);
	while (j->begun < j->parts)
		run_part(c, j);
	while (j->ended < j->parts)
		(void)pthread_cond_wait(&c->ended, &c->lock);
	(void)pthread_mutex_unlock(&c->lock);
}

void
crew_drop(struct crew *c, struct crew_job *j)
{
	(void)pthread_mutex_lock(&c->lock);
	leave(c, j);
	j->parts = j->begun;
	while (j->ended < j->parts)
		(void)pthread_cond_wait(&c->ended, &c->lock);
	(void)pthread_mutex_unlock(&c->lock);
}

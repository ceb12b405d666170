/* lane.c - a few threads for work that would hold up others. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/lane.h"

#include "proto/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#define THREADS_MAX 64

struct lane {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct lane_job *head;
	struct lane_job **tail;
	bool stopping;
	int nice;
	unsigned len;
	pthread_t thread[THREADS_MAX];
};

static void *
lane_main(void *arg)
{
	struct lane *l = arg;
	struct lane_job *job;

	/* On Linux the value is this thread's alone.  Without the right to it
	 * the lane is as good as others, no worse. */
	(void)setpriority(PRIO_PROCESS, 0, l->nice);
	for (;;) {
		(void)pthread_mutex_lock(&l->lock);
		while (l->head == NULL && !l->stopping)
			(void)pthread_cond_wait(&l->wake, &l->lock);
		job = l->head;
		if (job != NULL) {
			l->head = job->next;
			if (l->head == NULL)
				l->tail = &l->head;
		}
		(void)pthread_mutex_unlock(&l->lock);
		if (job == NULL)
			return NULL;
		job->run(job->arg);
	}
}

enum err
lane_start(struct lane **out, unsigned threads, int nice, struct err_why *why)
{
	struct lane *l = mem_alloc(1, sizeof *l);

	l->tail = &l->head;
	l->nice = nice;
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_cond_init(&l->wake, NULL);
	while (l->len < threads && l->len < THREADS_MAX) {
		if (pthread_create(&l->thread[l->len], NULL, lane_main, l) !=
		    0) {
			lane_stop(l);
			return err_fail(why, ERR_IO, "cannot start a thread");
		}
		l->len++;
	}
	*out = l;
	return ERR_OK;
}

void
lane_put(struct lane *l, struct lane_job *job)
{
	job->next = NULL;
	(void)pthread_mutex_lock(&l->lock);
	*l->tail = job;
	l->tail = &job->next;
	(void)pthread_cond_signal(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
}

void
lane_stop(struct lane *l)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_lock(&l->lock);
	l->stopping = true;
	(void)pthread_cond_broadcast(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
	for (unsigned i = 0; i < l->len; i++)
		(void)pthread_join(l->thread[i], NULL);
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

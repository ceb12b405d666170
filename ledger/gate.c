/* gate.c - many pass together, one closes it for itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/gate.h"

#include <assert.h>
#include <time.h>

void
gate_init(struct gate *g)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->turn, &attr);
	pthread_condattr_destroy(&attr);
	g->inside = 0;
	g->closed = false;
}

void
gate_clear(struct gate *g)
{
	assert(g->inside == 0);
	pthread_cond_destroy(&g->turn);
	pthread_mutex_destroy(&g->lock);
}

void
gate_enter(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	while (g->closed)
		pthread_cond_wait(&g->turn, &g->lock);
	g->inside++;
	pthread_mutex_unlock(&g->lock);
}

void
gate_leave(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	assert(g->inside > 0);
	g->inside--;
	if (g->inside == 0)
		pthread_cond_broadcast(&g->turn);
	pthread_mutex_unlock(&g->lock);
}

bool
gate_close(struct gate *g, unsigned wait_s)
{
	struct timespec until;
	bool mine = false;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)wait_s;
	pthread_mutex_lock(&g->lock);
	while (g->closed && rc == 0 && wait_s > 0)
		rc = pthread_cond_timedwait(&g->turn, &g->lock, &until);
	if (!g->closed) {
		g->closed = true;
		mine = true;
	}
	while (mine && g->inside > 0 && rc == 0 && wait_s > 0)
		rc = pthread_cond_timedwait(&g->turn, &g->lock, &until);
	if (mine && g->inside > 0) {
		g->closed = false;
		mine = false;
		pthread_cond_broadcast(&g->turn);
	}
	pthread_mutex_unlock(&g->lock);
	return mine;
}

void
gate_open(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->closed = false;
	pthread_cond_broadcast(&g->turn);
	pthread_mutex_unlock(&g->lock);
}

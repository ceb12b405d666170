/* crew_test.c - every part of a job is done once, whoever does it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/crew.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#define PARTS 100
#define JOBS 6

static atomic_int times[JOBS][PARTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;

static void
on_idle(void *arg)
{
	(void)arg;
	(void)pthread_mutex_lock(&lock);
	(void)pthread_cond_signal(&woken);
	(void)pthread_mutex_unlock(&lock);
}

static void
count(void *arg, size_t part)
{
	atomic_int *at = arg;

	(void)atomic_fetch_add(&at[part], 1);
}

static void
fill(struct crew_job *j, size_t at, size_t parts)
{
	*j = (struct crew_job){.run = count, .arg = times[at], .parts = parts};
}

Test(crew_put, does_every_part_once)
{
	struct crew_job jobs[JOBS];
	struct crew *c;

	for (int round = 1; round <= 200; round++) {
		crew_open(&c, on_idle, NULL);
		for (size_t i = 0; i < JOBS; i++) {
			fill(&jobs[i], i, PARTS);
			crew_put(c, &jobs[i]);
		}
		if (round % 2 == 0)
			while (crew_help(c))
				continue;
		for (size_t i = JOBS; i-- > 0;) {
			crew_finish(c, &jobs[i]);
			cr_assert(crew_done(c, &jobs[i]));
			crew_drop(c, &jobs[i]);
		}
		crew_close(c);
		for (size_t i = 0; i < JOBS; i++)
			for (size_t k = 0; k < PARTS; k++)
				cr_assert_eq(atomic_load(&times[i][k]), round);
	}
}

Test(crew_put, takes_a_job_without_parts_as_done)
{
	struct crew_job j;
	struct crew *c;

	crew_open(&c, on_idle, NULL);
	fill(&j, 0, 0);
	crew_put(c, &j);
	cr_assert(crew_done(c, &j));
	cr_assert_not(crew_help(c));
	crew_finish(c, &j);
	crew_drop(c, &j);
	crew_close(c);
}

Test(crew_drop, begins_nothing_more)
{
	struct crew_job jobs[2];
	struct crew *c;
	int done = 0;

	for (int round = 0; round < 200; round++) {
		crew_open(&c, on_idle, NULL);
		fill(&jobs[0], 0, PARTS);
		fill(&jobs[1], 1, 1);
		crew_put(c, &jobs[0]);
		crew_put(c, &jobs[1]);
		crew_drop(c, &jobs[0]);
		done = 0;
		for (size_t k = 0; k < PARTS; k++)
			done += atomic_load(&times[0][k]);
		/* What follows it is still done. */
		crew_finish(c, &jobs[1]);
		for (size_t k = 0; k < PARTS; k++)
			done -= atomic_load(&times[0][k]);
		cr_assert_eq(done, 0);
		crew_drop(c, &jobs[1]);
		crew_close(c);
	}
	cr_assert_eq(atomic_load(&times[1][0]), 200);
}

/* Whoever ends a job last: the owner sees it, or is told. */
Test(crew_open, tells_when_a_job_has_ended)
{
	struct crew_job j;
	struct crew *c;

	crew_open(&c, on_idle, NULL);
	for (int round = 0; round < 200; round++) {
		fill(&j, 0, PARTS);
		crew_put(c, &j);
		while (crew_help(c))
			continue;
		(void)pthread_mutex_lock(&lock);
		while (!crew_done(c, &j))
			(void)pthread_cond_wait(&woken, &lock);
		(void)pthread_mutex_unlock(&lock);
		crew_drop(c, &j);
	}
	crew_close(c);
}

/* commit_test.c - who goes first into a transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/commit.h"

#include <criterion/criterion.h>
#include <pthread.h>

#include "tests/support/plant.h"

#define COUNT 6

/* Commands that write nothing and say in which order they ran. */
struct step {
	struct commit_cmd cmd;
	struct stage *stage;
	char name;
};

struct stage {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool open; /* the first command waits for it */
	bool entered;
	char order[COUNT + 2];
	size_t ran;
	size_t done;
};

static enum err
step_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct step *s = (struct step *)cmd;
	struct stage *g = s->stage;

	(void)ctx;
	(void)why;
	(void)pthread_mutex_lock(&g->lock);
	g->order[g->ran++] = s->name;
	g->entered = true;
	(void)pthread_cond_broadcast(&g->change);
	while (!g->open)
		(void)pthread_cond_wait(&g->change, &g->lock);
	(void)pthread_mutex_unlock(&g->lock);
	return ERR_OK;
}

static void
step_done(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	struct step *s = (struct step *)cmd;
	struct stage *g = s->stage;

	(void)heads;
	(void)why;
	(void)pthread_mutex_lock(&g->lock);
	g->done += e == ERR_OK;
	(void)pthread_cond_broadcast(&g->change);
	(void)pthread_mutex_unlock(&g->lock);
}

static void
put(struct plant *p, struct step *s)
{
	struct err_why why = {.text = ""};

	s->cmd.run = step_run;
	s->cmd.done = step_done;
	cr_assert_eq(commit_put(p->site->commit, &s->cmd, &why), ERR_OK);
}

Test(commit, takes_urgent_commands_before_arrays_and_arrays_before_notes)
{
	struct plant p;
	struct stage g = {.lock = PTHREAD_MUTEX_INITIALIZER,
	    .change = PTHREAD_COND_INITIALIZER};
	struct step s[COUNT] = {
	    {.stage = &g, .name = '0'},
	    {.stage = &g, .name = 'l', .cmd.class = COMMIT_LATER},
	    {.stage = &g, .name = 'b', .cmd.class = COMMIT_BULK},
	    {.stage = &g,
	        .name = 'B',
	        .cmd.class = COMMIT_BULK,
	        .cmd.cost = COMMIT_BULK_MAX},
	    {.stage = &g, .name = 'u'},
	    {.stage = &g, .name = 'v'},
	};
	struct commit_stats stats;

	plant_begin(&p, "plant-a.acme.example");
	put(&p, &s[0]);
	(void)pthread_mutex_lock(&g.lock);
	while (!g.entered)
		(void)pthread_cond_wait(&g.change, &g.lock);
	(void)pthread_mutex_unlock(&g.lock);
	for (size_t i = 1; i < COUNT; i++)
		put(&p, &s[i]);
	commit_stats(p.site->commit, &stats);
	cr_assert_eq(stats.queued[COMMIT_URGENT], 2u);
	cr_assert_eq(stats.queued[COMMIT_BULK], 2u);
	cr_assert_eq(stats.queued[COMMIT_LATER], 1u);
	(void)pthread_mutex_lock(&g.lock);
	g.open = true;
	(void)pthread_cond_broadcast(&g.change);
	while (g.done < COUNT)
		(void)pthread_cond_wait(&g.change, &g.lock);
	(void)pthread_mutex_unlock(&g.lock);
	/* The second array does not fit into the batch any more; the note
	 * does not wait for it. */
	cr_assert_str_eq(g.order, "0uvblB");
	plant_end(&p);
}

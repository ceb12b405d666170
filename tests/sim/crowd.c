/* crowd.c - many histories beside each other, each in a process of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/mem.h"

#define SHOWN_MAX 20 /* failures that are told one by one */

/* What the children tell. */
struct sums {
	uint64_t seconds; /* virtual */
	uint64_t turns;
	uint64_t lost;
	uint64_t epochs;
	uint64_t disks; /* commits that failed, or of which nobody heard */
	uint64_t lies[WORLD_LIES]; /* histories with such a liar */
};

struct crowd {
	const struct world_order *order;
	struct sums
	    *sums; /* shared; under no lock: counts are added atomically */
	unsigned runs;
	bool loud;
	char dir[TEMP_PATH_BYTES];
	struct {
		pid_t pid; /* 0: free */
		uint64_t seed;
	} job[64];
	unsigned begun, done, bad;
	time_t shown;
};

static const char *const lies[WORLD_LIES] = {"honest", "fork", "roll back",
    "size 0", "replay", "withhold", "clock", "carrier", "flood", "vote twice",
    "greedy"};

static void
sum_up(struct sums *s, const struct world *w)
{
	(void)__atomic_add_fetch(&s->seconds,
	    (uint64_t)(w->sim.now_us / WORLD_SECOND), __ATOMIC_RELAXED);
	(void)__atomic_add_fetch(&s->turns, w->sim.delivered, __ATOMIC_RELAXED);
	(void)__atomic_add_fetch(&s->lost, w->sim.lost, __ATOMIC_RELAXED);
	(void)__atomic_add_fetch(&s->epochs, w->epochs, __ATOMIC_RELAXED);
	(void)__atomic_add_fetch(
	    &s->disks, w->sim.failed + w->sim.died, __ATOMIC_RELAXED);
	for (size_t i = 0; i < w->members; i++)
		(void)__atomic_add_fetch(
		    &s->lies[w->actor[i].lie], 1, __ATOMIC_RELAXED);
}

static void
describe(const struct world *w)
{
	printf("%s%u lazy, %lld us late\n",
	    w->sim.lines ? "lines that break, " : "silent loss, ", w->sim.lazy,
	    (long long)w->sim.delay_us);
	printf("%zu members, %u of them lie; %lld s; %u turns, %u lost, %u "
	       "twice; %u commits failed; %u proposals, epoch %u\n",
	    w->members, w->liars, (long long)(w->sim.now_us / WORLD_SECOND),
	    w->sim.delivered, w->sim.lost, w->sim.doubled,
	    w->sim.failed + w->sim.died, w->proposals, w->epochs);
	for (size_t i = 0; i < w->len; i++)
		printf("%s: %s%s%s%s\n", w->actor[i].name,
		    lies[w->actor[i].lie], w->actor[i].hidden ? ", hidden" : "",
		    w->actor[i].outside ? ", outside" : "",
		    w->actor[i].gone ? ", gone" : "");
	printf("history %016llx\n", (unsigned long long)w->sim.history);
}

/* In the child. */
static int
live(const struct crowd *c, uint64_t seed)
{
	struct world *w = mem_alloc(1, sizeof *w);
	struct world_order o = *c->order;
	bool good;

	o.seed = seed;
	good = world_run(w, &o);
	sum_up(c->sums, w);
	if (c->loud)
		describe(w);
	if (!good)
		fprintf(stderr, "%s: %s\n", world_law_text(w->broken), w->text);
	free(w);
	(void)fflush(stdout);
	return good ? 0 : 1;
}

static void
begin(struct crowd *c, unsigned at)
{
	char dir[TEMP_PATH_BYTES], name[32];
	const uint64_t seed = c->order->seed + c->begun++;
	pid_t pid;

	(void)snprintf(name, sizeof name, "%u", at);
	temp_path(dir, c->dir, name);
	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		if (setenv("TMPDIR", dir, 1) != 0)
			abort();
		_exit(live(c, seed));
	}
	c->job[at].pid = pid;
	c->job[at].seed = seed;
}

static void
show(struct crowd *c)
{
	const time_t now = time(NULL);

	if (c->runs == 1 || (now < c->shown + 5 && c->done < c->runs))
		return;
	c->shown = now;
	fprintf(stderr, "%u of %u histories, %u failed\n", c->done, c->runs,
	    c->bad);
}

static void
end(struct crowd *c, unsigned at, int status)
{
	struct world_order o = *c->order;
	char line[128];

	o.seed = c->job[at].seed;
	c->job[at].pid = 0;
	c->done++;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		c->bad++;
		world_replay(&o, line, sizeof line);
		if (c->bad <= SHOWN_MAX && WIFSIGNALED(status))
			fprintf(
			    stderr, "ended by signal %d\n", WTERMSIG(status));
		if (c->bad <= SHOWN_MAX)
			fprintf(stderr, "replay: %s\n", line);
	}
	show(c);
}

static void
tell(const struct crowd *c)
{
	const struct sums *s = c->sums;

	printf("%u histories, %u failed: %llu h, %llu turns heard, %llu lost, "
	       "%llu commits failed, %llu epochs\nliars:",
	    c->done, c->bad, (unsigned long long)s->seconds / 3600,
	    (unsigned long long)s->turns, (unsigned long long)s->lost,
	    (unsigned long long)s->disks, (unsigned long long)s->epochs);
	for (int i = 1; i < WORLD_LIES; i++)
		printf(" %s %llu%s", lies[i], (unsigned long long)s->lies[i],
		    i + 1 < WORLD_LIES ? "," : "\n");
}

unsigned
crowd_run(const struct world_order *o, unsigned runs, unsigned jobs, bool loud)
{
	struct crowd c = {.order = o, .runs = runs, .loud = loud};
	char dir[TEMP_PATH_BYTES], name[32];
	int status;
	pid_t pid;

	if (jobs > 64)
		jobs = 64;
	temp_make(c.dir);
	c.sums = mmap(NULL, sizeof *c.sums, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c.sums == MAP_FAILED)
		abort();
	while (c.done < runs) {
		for (unsigned i = 0; i < jobs && c.begun < runs; i++) {
			if (c.job[i].pid != 0)
				continue;
			(void)snprintf(name, sizeof name, "%u", i);
			temp_path(dir, c.dir, name);
			temp_remove(dir);
			if (mkdir(dir, 0700) != 0)
				abort();
			begin(&c, i);
		}
		pid = wait(&status);
		for (unsigned i = 0; i < jobs; i++)
			if (pid > 0 && c.job[i].pid == pid)
				end(&c, i, status);
	}
	temp_remove(c.dir);
	if (runs > 1)
		tell(&c);
	(void)munmap(c.sums, sizeof *c.sums);
	return c.bad;
}

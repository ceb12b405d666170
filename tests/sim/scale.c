/* scale.c - how an alliance behaves as it grows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/mem.h"
#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)
#define DIALLED 10 /* one of so many can be dialled */
#define COMPANY 10 /* members of one */
#define TIMES 4 /* each thing is said so often */
#define WAIT 8 /* seconds for each to arrive; 5 are promised */
#define LINE_KIB_US 820 /* 10 Mbit/s */
#define DELAY_US 50000

struct scale {
	struct sim sim;
	size_t n;
	struct sim_who *who;
	char (*name)[32];
	char (*company)[32];
	const char *origin; /* of what is waited for; NULL: nothing */
	uint64_t size;
	int64_t said_us;
	bool *has;
	double *late; /* milliseconds, of all who got it */
	size_t late_len;
	size_t missing;
};

static void
told(struct sim *s, size_t node, const struct exchange_event *e)
{
	struct scale *x = s->arg;

	if (x->origin == NULL || e->kind != EXCHANGE_STORED || x->has[node] ||
	    e->size < x->size || strcmp(e->origin, x->origin) != 0)
		return;
	x->has[node] = true;
	x->late[x->late_len++] = (double)(s->now_us - x->said_us) / 1000;
}

static void
cast(struct scale *x)
{
	const size_t hubs = (x->n + DIALLED - 1) / DIALLED;

	x->who = mem_alloc(x->n, sizeof x->who[0]);
	x->name = mem_alloc(x->n, sizeof x->name[0]);
	x->company = mem_alloc(x->n, sizeof x->company[0]);
	x->has = mem_alloc(x->n, sizeof x->has[0]);
	x->late = mem_alloc(TIMES * x->n, sizeof x->late[0]);
	for (size_t i = 0; i < x->n; i++) {
		(void)snprintf(
		    x->name[i], sizeof x->name[i], "n%04zu.example", i);
		(void)snprintf(
		    x->company[i], sizeof x->company[i], "c%zu", i % hubs);
		x->who[i] = (struct sim_who){x->name[i],
		    i < hubs ? FED__ROLE__HQ : FED__ROLE__PLANT, x->company[i],
		    NULL};
	}
}

static bool
meet(const struct sim *s, size_t a, size_t b)
{
	const size_t hubs = (s->len + DIALLED - 1) / DIALLED;

	return a < hubs || b < hubs;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
quantile(struct scale *x, double q)
{
	if (x->late_len == 0)
		return (double)NAN;
	qsort(x->late, x->late_len, sizeof x->late[0], by_size);
	return x->late[(size_t)(q * (double)(x->late_len - 1))];
}

/* Within which each pair has told the other once what it saw of all others, as
 * GOSSIP_SIGHT_US says. */
static int64_t
round_us(const struct scale *x)
{
	const int64_t us = (int64_t)x->n * SECOND;

	return us > GOSSIP_SIGHT_US ? us : GOSSIP_SIGHT_US;
}

/* One entry of each of the authors from `first` on, TIMES in all. */
static void
say(struct scale *x, size_t first, size_t len)
{
	x->late_len = 0;
	x->missing = 0;
	for (size_t i = 0; i < TIMES; i++) {
		const size_t at = first + i % len;

		memset(x->has, 0, x->n * sizeof x->has[0]);
		x->has[at] = true;
		x->origin = sim_origin(&x->sim, at, ROSTER_ALLIANCE);
		x->said_us = x->sim.now_us;
		x->size =
		    member_size(&x->sim.nodes[at].member, ROSTER_ALLIANCE) + 1;
		(void)sim_append(&x->sim, at, ROSTER_ALLIANCE, 1);
		sim_run(&x->sim, WAIT * SECOND);
		for (size_t k = 0; k < x->n; k++)
			x->missing += !x->has[k];
	}
	x->origin = NULL;
	printf(" %8.0f %8.0f", quantile(x, 0.5), quantile(x, 0.99));
	if (x->missing > 0)
		printf(" (%zu never)", x->missing);
}

/* Bytes that fly meanwhile. */
static double
passed(struct scale *x, int64_t us)
{
	const uint64_t before = x->sim.bytes;

	sim_run(&x->sim, us);
	return (double)(x->sim.bytes - before);
}

static void
row(struct scale *x)
{
	const size_t hubs = (x->n + DIALLED - 1) / DIALLED;
	const double n = (double)x->n;
	const double round = (double)round_us(x) / SECOND;
	const clock_t began = clock();
	double rest, moved;
	uint64_t said;

	/* All that stands still is said again once in GOSSIP_ROUNDS, in the end
	 * in GOSSIP_ROUNDS_MAX. */
	sim_run(&x->sim, (GOSSIP_ROUNDS - 4) * round_us(x));
	rest = passed(x, 2 * round_us(x)) / (2 * round);
	rest += (passed(x, 4 * round_us(x)) - rest * 4 * round) /
	    (GOSSIP_ROUNDS_MAX * round);
	printf("%7zu %9zu %12.2f", x->n, hubs, rest * 86400 / n / 1e6);
	said = x->sim.bytes;
	say(x, 0, hubs);
	say(x, hubs, x->n - hubs);
	/* With all that is told of them afterwards. */
	sim_run(&x->sim, 2 * round_us(x));
	moved = ((double)(x->sim.bytes - said) -
	            rest * (2.0 * TIMES * WAIT + 2 * round)) /
	    (2 * TIMES);
	printf(" %10.3f %9.1f\n", moved / n / 1e3,
	    (double)(clock() - began) / CLOCKS_PER_SEC);
	(void)fflush(stdout);
}

void
scale_run(size_t members)
{
	struct scale *x;

	if (members == 0) {
		printf("%7s %9s %12s %17s %17s %10s %9s\n", "members",
		    "dialled", "at rest", "from one dialled",
		    "from one that dials", "KB/entry", "seconds");
		printf("%7s %9s %12s %8s %8s %8s %8s %10s %9s\n", "", "",
		    "MB/day each", "p50 ms", "p99 ms", "p50 ms", "p99 ms",
		    "each", "of a core");
		return;
	}
	x = mem_alloc(1, sizeof *x);
	x->n = members;
	cast(x);
	sim_make(&x->sim, 1, x->who, members, members);
	x->sim.arg = x;
	x->sim.trusting = true;
	x->sim.told = told;
	x->sim.meet = meet;
	x->sim.kib_us = LINE_KIB_US;
	x->sim.delay_us = DELAY_US;
	x->sim.lines = true;
	sim_begin(&x->sim);
	row(x);
	sim_end(&x->sim);
	free(x->who);
	free(x->name);
	free(x->company);
	free(x->has);
	free(x->late);
	free(x);
}

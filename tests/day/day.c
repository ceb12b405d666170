/* day.c - a day of a plant, told to a node minute by minute. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/day/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/journal.h"
#include "node/submit_rules.h"
#include "node/watch.h"
#include "proto/mem.h"

#define CALLS_MAX 4096
#define LATER 10 /* minutes after midnight in which the last are answered */

void
day_die(const char *what, const char *why)
{
	fprintf(stderr, "day: %s: %s\n", what, why);
	exit(1);
}

struct day_call *
day_call_new(struct day *d, const char *what)
{
	struct day_call *c;

	if (d->calls_len == CALLS_MAX)
		day_finish(d);
	c = &d->calls[d->calls_len++];
	*c = (struct day_call){.wait = submit_wait_new(), .what = what};
	return c;
}

void
day_finish(struct day *d)
{
	for (size_t i = 0; i < d->calls_len; i++) {
		struct day_call *c = &d->calls[i];
		struct submit_result *r = submit_wait_for(c->wait);

		if ((r->error != ERR_OK) != c->refused)
			day_die(c->what,
			    r->error != ERR_OK ? r->why.text : "not refused");
		d->events += r->len;
		if (c->then != NULL)
			c->then(c->arg, r);
		submit_result_free(r);
	}
	d->calls_len = 0;
}

/* What a daemon does by the clock. */
static void
turn(struct day *d, struct watch *watch)
{
	struct day_call *call = day_call_new(d, "rules");
	struct submit_to to = plant_to(&d->plant, call->wait);

	submit_rules(&to);
	day_finish(d);
	d->events += watch_turn(watch);
}

static void
run(struct day *d)
{
	struct watch *watch = watch_new(d->plant.site);

	day_cast(d);
	day_alarms_begin(d);
	day_permits_begin(d);
	for (d->minute = 0; d->minute < PLAN_MINUTES + LATER; d->minute++) {
		d->plant.now = d->midnight + d->minute * PLANT_MINUTE;
		day_alarms(d);
		day_permits(d);
		day_finish(d);
		turn(d, watch);
	}
	watch_free(watch);
	day_permits_end(d);
	day_alarms_end(d);
}

/* The last midnight in China that is at least a day ago. */
static int64_t
yesterday(void)
{
	const int64_t day = PLAN_MINUTES * PLANT_MINUTE;
	const int64_t offset = 480 * PLANT_MINUTE;
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (ts.tv_sec * INT64_C(1000000) + offset) / day * day - day -
	    offset;
}

int
main(int argc, char **argv)
{
	struct day *d = mem_alloc(1, sizeof *d);
	struct timespec from;
	struct timespec to;

	if (argc != 2) {
		fprintf(
		    stderr, "usage: day DIR   (DIR: new, becomes a node)\n");
		return 2;
	}
	journal_level(CONFIG__LOG_LEVEL__ERROR);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	d->midnight = yesterday();
	d->calls = mem_alloc(CALLS_MAX, sizeof *d->calls);
	plant_begin_at(&d->plant, argv[1], "plant-a.acme.example",
	    d->midnight - PLANT_MINUTE);
	day_packs(d);
	plant_restart(&d->plant);
	run(d);
	plant_close(&d->plant);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%u workers, %u permits, %llu events answered, in %.1f s: %s\n",
	    PLAN_WORKERS, PLAN_PERMITS, (unsigned long long)d->events,
	    (double)(to.tv_sec - from.tv_sec) +
	        (double)(to.tv_nsec - from.tv_nsec) / 1e9,
	    argv[1]);
	free(d->calls);
	free(d);
	return 0;
}

/* day.c - a day of a plant, told to a node minute by minute. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/day/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/journal.h"
#include "node/submit_due.h"
#include "node/submit_rules.h"
#include "node/watch.h"
#include "proto/mem.h"

#define CALLS_MAX 4096
#define LATER 10 /* minutes after midnight in which the last are answered */
#define LATER_STEP 60 /* minutes, of the days after */
#define OFFSET_S 28800 /* China's clock */

/* Nobody outside relies on what this process acknowledges: the disk has to have
 * it at the end (--wrap=fdatasync). */
static _Atomic bool syncs;
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int
__wrap_fdatasync(int fd)
{
	return syncs ? __real_fdatasync(fd) : 0;
}

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
	static struct submit_wait *due; /* kept until something is */
	struct submit_to to;

	if (due == NULL)
		due = submit_wait_new();
	to = plant_to(&d->plant, due);
	if (submit_due(&to)) {
		struct submit_result *r = submit_wait_for(due);

		due = NULL;
		d->events += r->len;
		submit_result_free(r);
	}
	if (submit_rules_open(d->plant.site) != 0) {
		to = plant_to(&d->plant, day_call_new(d, "rules")->wait);
		submit_rules(&to);
		day_finish(d);
	}
	d->events += watch_turn(watch);
}

static void
set_clock(struct day *d)
{
	d->plant.now = d->midnight + d->minute * PLANT_MINUTE;
}

/* Nothing happens any more but what was due, until now. */
static void
days_after(struct day *d, struct watch *watch)
{
	const unsigned last = (unsigned)((d->now - d->midnight) / PLANT_MINUTE);

	while (d->minute < last) {
		d->minute += LATER_STEP;
		if (d->minute > last)
			d->minute = last;
		set_clock(d);
		day_cases(d);
		turn(d, watch);
	}
}

static void
run(struct day *d)
{
	struct watch *watch = watch_new(d->plant.site);

	day_cast(d);
	day_alarms_begin(d);
	day_permits_begin(d);
	day_cases_begin(d);
	for (d->minute = 0; d->minute < PLAN_MINUTES + LATER; d->minute++) {
		set_clock(d);
		day_alarms(d);
		day_permits(d);
		day_cases(d);
		day_finish(d);
		turn(d, watch);
	}
	days_after(d, watch);
	watch_free(watch);
	day_cases_end(d);
	day_permits_end(d);
	day_alarms_end(d);
}

static int64_t
wall(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000000);
}

/* Midnight in China of the 15th of last month: what falls due within two weeks
 * falls due in that month, which is over. */
static int64_t
midnight_of(int64_t now, char date[static 16])
{
	const time_t local = (time_t)(now / 1000000 + OFFSET_S);
	struct tm tm;
	int64_t at;

	(void)gmtime_r(&local, &tm);
	tm =
	    (struct tm){.tm_year = tm.tm_mon == 0 ? tm.tm_year - 1 : tm.tm_year,
	        .tm_mon = tm.tm_mon == 0 ? 11 : tm.tm_mon - 1,
	        .tm_mday = 15};
	at = timegm(&tm);
	(void)strftime(date, 16, "%Y-%m-%d", &tm);
	return (at - OFFSET_S) * INT64_C(1000000);
}

int
main(int argc, char **argv)
{
	struct day *d = mem_alloc(1, sizeof *d);
	char date[16];
	struct timespec from;
	struct timespec to;

	if (argc != 2) {
		fprintf(
		    stderr, "usage: day DIR   (DIR: new, becomes a node)\n");
		return 2;
	}
	journal_level(CONFIG__LOG_LEVEL__ERROR);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	d->now = wall();
	d->midnight = midnight_of(d->now, date);
	d->calls = mem_alloc(CALLS_MAX, sizeof *d->calls);
	plant_begin_at(&d->plant, argv[1], "plant-c.acme.example",
	    d->midnight - PLANT_MINUTE);
	day_packs(d);
	run(d);
	syncs = true;
	plant_close(&d->plant);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%s: %u workers, %u permits, %llu events answered, in %.1f s\n",
	    date, PLAN_WORKERS, PLAN_PERMITS, (unsigned long long)d->events,
	    (double)(to.tv_sec - from.tv_sec) +
	        (double)(to.tv_nsec - from.tv_nsec) / 1e9);
	free(d->calls);
	free(d);
	return 0;
}

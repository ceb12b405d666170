/* day.h - a day of a plant, told to a node minute by minute. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DAY_DAY_H
#define TESTS_DAY_DAY_H

#include "tests/day/plan.h"
#include "tests/support/plant.h"

/* Everybody who signs, by role. */
struct day_role {
	char name[40];
	struct plant_person who;
};

/* One event on its way; made by day_send, ended by day_finish. */
struct day_call {
	struct submit_wait *wait;
	void (*then)(void *arg, const struct submit_result *r);
	void *arg;
	const char *what; /* for the message when it is refused */
	bool refused; /* it must be */
};

struct day {
	struct plant plant;
	int64_t now; /* at which it ends */
	int64_t midnight; /* PLANT_MINUTE * n after it are the minutes */
	unsigned minute; /* of the days after it: from PLAN_MINUTES on */
	struct day_role roles[64];
	size_t roles_len;
	struct plant_person guardians[PLAN_AREAS];
	struct day_permit *permits;
	struct day_alarm *alarms;
	struct day_case *cases;
	struct day_call *calls; /* of this minute */
	size_t calls_len;
	uint64_t events; /* answered */
};

/* What does not go as planned ends the program and says why. */
_Noreturn void day_die(const char *what, const char *why);

/* Takes up a call; `then` gets its result, once, on this thread. */
struct day_call *day_call_new(struct day *d, const char *what);
void day_finish(struct day *d); /* waits for all of this minute */

/* cast.c: packs of the site, people, certificates. */
void day_packs(struct day *d);
void day_cast(struct day *d);
const struct plant_person *day_role(const struct day *d, const char *name);
/* A text that the API does not change. */
char *day_text(const char *s);

/* alarms.c, permits.c, cases.c: what is due in d->minute. */
void day_alarms_begin(struct day *d);
void day_alarms(struct day *d);
void day_alarms_end(struct day *d);
void day_permits_begin(struct day *d);
void day_permits(struct day *d);
void day_permits_end(struct day *d);
void day_cases_begin(struct day *d);
void day_cases(struct day *d); /* up to d->minute: also of the days after */
void day_cases_end(struct day *d);

#endif

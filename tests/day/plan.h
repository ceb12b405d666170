/* plan.h - what happens on the day, so regular that its figures can be told on
 * paper (README). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DAY_PLAN_H
#define TESTS_DAY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "record.pb-c.h"

#define PLAN_MINUTES 1440
#define PLAN_WORKERS 2000
#define PLAN_AREAS 60
#define PLAN_PERMITS 300
#define PLAN_ALARMS 19984 /* and one of gas for each stop */
#define PLAN_HAZARDS 50
#define PLAN_SUGGESTIONS 8
#define PLAN_VIOLATIONS 10
#define PLAN_ACCIDENTS 4
#define PLAN_OF_SOURCE 2000 /* alarms of a source, one source after another */

/* Five permits in each area, one after another, from 07:00. */
#define PLAN_FIRST_PERMIT 420
#define PLAN_SLOT 150
#define PLAN_GAS_AFTER_START 5

struct plan_work {
	const char *work_type;
	Record__Permit__Level level;
	const char *class; /* of the worker's certificate */
	const char *content;
};

/* Work of the k-th permit, and what worker k is certified for. */
const struct plan_work *plan_work(unsigned k);
unsigned plan_permit_area(unsigned k);
unsigned plan_permit_minute(unsigned k);
bool plan_stopped(unsigned k); /* a gas alarm stops it once */
bool plan_denied(unsigned k); /* its worker has no certificate */
unsigned plan_worker(unsigned k);
bool plan_certified(unsigned worker); /* all but the last ten */

unsigned plan_alarm_minute(unsigned i);
unsigned plan_alarm_area(unsigned i); /* two floods, each in one area */
unsigned plan_alarm_level(unsigned i); /* 2 or 3 */
bool plan_alarm_exercise(unsigned i);
const char *plan_alarm_kind(unsigned i);
unsigned plan_tag(unsigned i); /* one chatters from 10:00 to 10:03 */
unsigned plan_source(unsigned i);
uint64_t plan_source_seq(unsigned i); /* two numbers never arrive */
unsigned plan_ack_after(unsigned i); /* minutes; of those of level 2 */
/* Of those of level 2; VERDICT_UNSPECIFIED: nobody judges it. */
Record__Alarm__Verdict plan_verdict(unsigned i);

/* Cases: when and where they are reported, and how they go on. */
unsigned plan_hazard_minute(unsigned h);
bool plan_hazard_late(unsigned h); /* settled after its week */
unsigned plan_suggestion_minute(unsigned s);
unsigned plan_reply_days(unsigned s); /* 1 or 5 */
unsigned plan_violation_minute(unsigned v);
unsigned plan_violator(unsigned v); /* two of them again */
unsigned plan_accident_minute(unsigned a);
unsigned plan_accident_area(unsigned a);

#endif

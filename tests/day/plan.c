/* plan.c - what happens on the day. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/day/plan.h"

#define LEVEL(name) RECORD__PERMIT__LEVEL__##name

static const struct plan_work works[] = {
    {"hot-work", LEVEL(LEVEL_2), "welding", "weld a support of the flare line"},
    {"hot-work", LEVEL(LEVEL_1), "welding",
        "replace a valve of the naphtha line"},
    {"confined-space", LEVEL(UNLEVELLED), "site-training",
        "inspect the lining of R-301"},
    {"blind-plate", LEVEL(UNLEVELLED), "site-training",
        "blind the steam inlet of E-205"},
    {"height", LEVEL(LEVEL_1), "height", "repaint the pipe bridge"},
    {"lifting", LEVEL(LEVEL_3), "crane-driver", "set the new pump of P-114"},
    {"temporary-electricity", LEVEL(UNLEVELLED), "electrician",
        "supply the lamps of the shutdown"},
    {"excavation", LEVEL(UNLEVELLED), "site-training", "open the cable trench"},
    {"road-breaking", LEVEL(UNLEVELLED), "site-training",
        "close the road beside the tank farm"},
    {"hot-work", LEVEL(LEVEL_2), "welding",
        "cut the old railing of the loading arm"},
};
#define WORKS (sizeof works / sizeof works[0])

const struct plan_work *
plan_work(unsigned k)
{
	return &works[k % WORKS];
}

unsigned
plan_permit_area(unsigned k)
{
	return k % PLAN_AREAS;
}

unsigned
plan_permit_minute(unsigned k)
{
	return PLAN_FIRST_PERMIT + k / PLAN_AREAS * PLAN_SLOT;
}

bool
plan_stopped(unsigned k)
{
	return k % 19 == 1;
}

bool
plan_denied(unsigned k)
{
	return k % 25 == 24;
}

unsigned
plan_worker(unsigned k)
{
	return plan_denied(k) ? (unsigned)(PLAN_WORKERS - WORKS + k % WORKS)
	                      : k;
}

bool
plan_certified(unsigned worker)
{
	return worker < PLAN_WORKERS - WORKS;
}

unsigned
plan_alarm_minute(unsigned i)
{
	return (unsigned)((uint64_t)i * PLAN_MINUTES / PLAN_ALARMS);
}

static bool
chatters(unsigned i)
{
	unsigned minute = plan_alarm_minute(i);

	return minute >= 600 && minute < 603;
}

unsigned
plan_alarm_area(unsigned i)
{
	unsigned minute = plan_alarm_minute(i);

	if (minute >= 180 && minute < 190)
		return 0;
	return chatters(i) ? 30 : i % PLAN_AREAS;
}

unsigned
plan_alarm_level(unsigned i)
{
	return i % 40 == 0 ? 2 : 3;
}

bool
plan_alarm_exercise(unsigned i)
{
	return i % 200 == 100;
}

const char *
plan_alarm_kind(unsigned i)
{
	static const char *const kinds[] = {"process", "process", "process",
	    "process", "process", "equipment", "position", "data"};

	return chatters(i) ? "process"
	                   : kinds[i % (sizeof kinds / sizeof kinds[0])];
}

unsigned
plan_tag(unsigned i)
{
	return chatters(i) ? 9999 : i % PLAN_OF_SOURCE;
}

unsigned
plan_source(unsigned i)
{
	return i / PLAN_OF_SOURCE;
}

uint64_t
plan_source_seq(unsigned i)
{
	uint64_t n = i % PLAN_OF_SOURCE + 1;

	if (plan_source(i) != 3)
		return n;
	return n + (n >= 500) + (n >= 1500);
}

Record__Alarm__Verdict
plan_verdict(unsigned i)
{
	unsigned n = i / 40 % 20;

	if (plan_alarm_level(i) != 2)
		return RECORD__ALARM__VERDICT__VERDICT_UNSPECIFIED;
	if (n < 17)
		return RECORD__ALARM__VERDICT__TRUE_ALARM;
	return n < 19 ? RECORD__ALARM__VERDICT__FALSE_ALARM
	              : RECORD__ALARM__VERDICT__NUISANCE;
}

unsigned
plan_ack_after(unsigned i)
{
	return i / 40 % 25 == 24 ? 7 : 2;
}

unsigned
plan_hazard_minute(unsigned h)
{
	return 480 + 10 * h;
}

bool
plan_hazard_late(unsigned h)
{
	return h % 12 == 7;
}

unsigned
plan_suggestion_minute(unsigned s)
{
	return 600 + 5 * s;
}

unsigned
plan_reply_days(unsigned s)
{
	return s % 4 == 3 ? 5 : 1;
}

unsigned
plan_violation_minute(unsigned v)
{
	return 700 + 20 * v;
}

unsigned
plan_violator(unsigned v)
{
	return 1000 + v % 8;
}

/* Hours after alarms of level 2; where none was; minutes after one of gas. */
static const struct {
	unsigned minute;
	unsigned area;
} accidents[PLAN_ACCIDENTS] = {{840, 20}, {300, 40}, {720, 7}, {450, 1}};

unsigned
plan_accident_minute(unsigned a)
{
	return accidents[a].minute;
}

unsigned
plan_accident_area(unsigned a)
{
	return accidents[a].area;
}

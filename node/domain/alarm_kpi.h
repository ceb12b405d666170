/* alarm_kpi.h - how alarms behaved in a window, in numbers. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ALARM_KPI_H
#define NODE_DOMAIN_ALARM_KPI_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest window, in windows of the limits (ten minutes): over a year. */
#define ALARM_KPI_BUCKETS_MAX 60000
#define ALARM_KPI_TOP 10

/* Thresholds of the alarm policy in force (packs_alarm_limits); each with its
 * source in node/packs/alarm.yaml. */
struct alarm_kpi_limits {
	uint32_t chatter_alarms; /* of one instrument ... */
	uint32_t chatter_seconds; /* ... within so long */
	uint32_t fleeting_seconds; /* gone by itself within */
	uint32_t stale_hours; /* standing longer than */
	uint32_t flood_seconds; /* length of a window */
	uint32_t flood_alarms; /* more than these in one: a flood begins */
	uint32_t flood_end_alarms; /* fewer than these: it is over */
	uint32_t flood_level; /* of the alarm that says so; 0: none is raised */
	uint32_t late_seconds; /* recorded later than this: not in time */
	uint8_t priority[4]; /* of levels 1 to 3; [0]: not used */
};

/* What was found of an alarm. */
#define ALARM_KPI_WITHIN 1u /* counted: began in the window, no exercise */
#define ALARM_KPI_PEAK 2u /* in the busiest window */
#define ALARM_KPI_FLOOD 4u
#define ALARM_KPI_TOP_TEN 8u /* of one of the ten loudest instruments */
#define ALARM_KPI_CHATTER 16u
#define ALARM_KPI_FLEETING 32u
#define ALARM_KPI_STALE 64u

/* One alarm; level, verdict as in record.Alarm, 0: none. */
struct alarm_kpi_item {
	uint8_t id[16];
	int64_t at_us;
	int64_t acked_us; /* 0: nobody has */
	int64_t back_us; /* returned, or closed; 0: it stands */
	uint64_t tag; /* which instrument */
	uint8_t level;
	uint8_t verdict;
	bool exercise;
	uint8_t marks; /* out */
};

/* A figure is numerator / denominator; what either counts are alarms, unless
 * said otherwise. */
enum alarm_kpi_figure {
	ALARM_KPI_RATE, /* alarms / windows */
	ALARM_KPI_MOST, /* alarms of the busiest window / 1 */
	ALARM_KPI_FLOOD_TIME, /* seconds in flood / seconds */
	ALARM_KPI_FLOOD_ALARMS, /* alarms in floods / alarms */
	ALARM_KPI_TOP_SHARE, /* of the ten loudest instruments / alarms */
	ALARM_KPI_CHATTERING, /* / alarms */
	ALARM_KPI_FLEETS, /* / alarms */
	ALARM_KPI_STALES, /* standing too long at the end / 0: a count */
	ALARM_KPI_PRIORITY_1, /* / alarms */
	ALARM_KPI_PRIORITY_2,
	ALARM_KPI_PRIORITY_3,
	ALARM_KPI_PRIORITY_4,
	ALARM_KPI_ACCURACY, /* true / true or false */
	ALARM_KPI_NUISANCE, /* nuisance / judged */
	ALARM_KPI_ACKED, /* acknowledged / alarms */
	ALARM_KPI_ACK_P50, /* milliseconds / 1; no records: none acked */
	ALARM_KPI_ACK_P95,
	ALARM_KPI_FIGURES
};

struct alarm_kpi_ratio {
	uint64_t num;
	uint64_t den; /* 0: the figure has no value, but is a count */
};

struct alarm_kpi_tag {
	uint64_t tag;
	uint64_t alarms;
	uint8_t id[16]; /* one of them */
};

struct alarm_kpi {
	struct alarm_kpi_ratio at[ALARM_KPI_FIGURES];
	uint64_t excluded; /* in the window, but exercise or test */
	uint64_t floods; /* that began in it, or had begun */
	struct alarm_kpi_tag top[ALARM_KPI_TOP]; /* loudest first */
	size_t top_len;
};

/* From and to: whole windows, counted from the epoch (alarm_kpi_align). */
struct alarm_kpi_window {
	int64_t from_us;
	int64_t to_us;
	int64_t as_of_us; /* what stands is judged then; at most to_us */
};

/* Outwards to whole windows.  ERR_MALFORMED: it ends before it begins;
 * ERR_LIMIT: longer than ALARM_KPI_BUCKETS_MAX. */
ERR_CHECKED enum err alarm_kpi_align(struct alarm_kpi_window *w,
    const struct alarm_kpi_limits *l, struct err_why *why);

/*
 * alarm_kpi - all figures, and the marks of every item.  Pure.
 *
 * Items may be in any order, come twice (the same id counts once) and lie
 * outside the window: those count for what stands alone.  Afterwards they are
 * in the order of at_us and id, each once; returns how many.  Exercise and
 * test (the verdict) are in no figure.
 *
 * Source: ISA-18.2 and EEMUA 191 as named in node/packs/alarm.yaml; windows are
 * aligned to the clock and empty ones count; percentiles by nearest rank.
 */
size_t alarm_kpi(struct alarm_kpi *out, const struct alarm_kpi_window *w,
    const struct alarm_kpi_limits *l, struct alarm_kpi_item *items, size_t n);

/* Does a marked item stand behind a figure: in its numerator, or denominator?
 */
bool alarm_kpi_behind(enum alarm_kpi_figure f, bool denominator,
    const struct alarm_kpi_item *it, const struct alarm_kpi_limits *l);

/* Does it stand too long?  Was it gone before anybody did anything? */
bool alarm_kpi_stale(const struct alarm_kpi_limits *l, int64_t at_us,
    int64_t back_us, int64_t as_of_us);
bool alarm_kpi_fleeting(const struct alarm_kpi_limits *l, int64_t at_us,
    int64_t acked_us, int64_t back_us);

/* The newest flood among windows one after another: counts[begin] to
 * counts[end - 1]; end == n: it lasts.  before: in flood before the first.
 * False: there is none. */
bool alarm_kpi_newest_flood(const uint64_t *counts, size_t n, bool before,
    const struct alarm_kpi_limits *l, size_t *begin, size_t *end);

/* "flood_time"; ALARM_KPI_FIGURES: no such name. */
const char *alarm_kpi_name(enum alarm_kpi_figure f);
enum alarm_kpi_figure alarm_kpi_find(const char *name);

#endif

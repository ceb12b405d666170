/* alarm_kpi.c - how alarms behaved in a window, in numbers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm_kpi.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"
#include "record.pb-c.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)

static const char *const names[ALARM_KPI_FIGURES] = {
    [ALARM_KPI_RATE] = "rate",
    [ALARM_KPI_MOST] = "peak",
    [ALARM_KPI_FLOOD_TIME] = "flood_time",
    [ALARM_KPI_FLOOD_ALARMS] = "flood_alarms",
    [ALARM_KPI_TOP_SHARE] = "top_ten",
    [ALARM_KPI_CHATTERING] = "chattering",
    [ALARM_KPI_FLEETS] = "fleeting",
    [ALARM_KPI_STALES] = "stale",
    [ALARM_KPI_PRIORITY_1] = "priority_1",
    [ALARM_KPI_PRIORITY_2] = "priority_2",
    [ALARM_KPI_PRIORITY_3] = "priority_3",
    [ALARM_KPI_PRIORITY_4] = "priority_4",
    [ALARM_KPI_ACCURACY] = "accuracy",
    [ALARM_KPI_NUISANCE] = "nuisance",
    [ALARM_KPI_ACKED] = "acknowledged",
    [ALARM_KPI_ACK_P50] = "ack_p50",
    [ALARM_KPI_ACK_P95] = "ack_p95",
};

const char *
alarm_kpi_name(enum alarm_kpi_figure f)
{
	return f < ALARM_KPI_FIGURES ? names[f] : "";
}

enum alarm_kpi_figure
alarm_kpi_find(const char *name)
{
	unsigned f = 0;

	while (f < ALARM_KPI_FIGURES && strcmp(names[f], name) != 0)
		f++;
	return (enum alarm_kpi_figure)f;
}

static int64_t
length_us(const struct alarm_kpi_limits *l)
{
	return (l->flood_seconds != 0 ? l->flood_seconds : 1) * SECOND_US;
}

enum err
alarm_kpi_align(struct alarm_kpi_window *w, const struct alarm_kpi_limits *l,
    struct err_why *why)
{
	const int64_t len = length_us(l);

	if (w->from_us < 0 || w->to_us <= w->from_us ||
	    w->to_us > INT64_MAX - len)
		return err_fail(why, ERR_MALFORMED, "to: not after from");
	w->from_us -= w->from_us % len;
	w->to_us += len - 1;
	w->to_us -= w->to_us % len;
	if ((w->to_us - w->from_us) / len > ALARM_KPI_BUCKETS_MAX)
		return err_fail(why, ERR_LIMIT,
		    "from: the window is longer than %lld days; ask for less",
		    (long long)(ALARM_KPI_BUCKETS_MAX * len / (24 * HOUR_US)));
	if (w->as_of_us > w->to_us)
		w->as_of_us = w->to_us;
	return ERR_OK;
}

/* ---- orders ---- */

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
by_time(const void *a, const void *b)
{
	const struct alarm_kpi_item *x = a;
	const struct alarm_kpi_item *y = b;
	const int64_t d = (x->at_us > y->at_us) - (x->at_us < y->at_us);

	return d != 0 ? (int)d : memcmp(x->id, y->id, sizeof x->id);
}

static int
by_tag(const void *a, const void *b)
{
	const struct alarm_kpi_item *x = a;
	const struct alarm_kpi_item *y = b;
	const int d = compare(x->tag, y->tag);

	return d != 0 ? d : by_time(a, b);
}

static int
by_number(const void *a, const void *b)
{
	return compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* ---- of one alarm ---- */

static bool
is_test(const struct alarm_kpi_item *it)
{
	return it->exercise || it->verdict == RECORD__ALARM__VERDICT__TEST;
}

bool
alarm_kpi_stale(const struct alarm_kpi_limits *l, int64_t at_us,
    int64_t back_us, int64_t as_of_us)
{
	return at_us <= as_of_us - l->stale_hours * HOUR_US &&
	    (back_us == 0 || back_us > as_of_us);
}

bool
alarm_kpi_fleeting(const struct alarm_kpi_limits *l, int64_t at_us,
    int64_t acked_us, int64_t back_us)
{
	return back_us != 0 && back_us >= INT64_MIN + HOUR_US &&
	    back_us - l->fleeting_seconds * SECOND_US <= at_us &&
	    (acked_us == 0 || acked_us >= back_us);
}

static void
mark_alone(struct alarm_kpi_item *it, const struct alarm_kpi_window *w,
    const struct alarm_kpi_limits *l, struct alarm_kpi *out)
{
	const bool within = it->at_us >= w->from_us && it->at_us < w->to_us;

	it->marks = 0;
	if (is_test(it)) {
		out->excluded += within;
		return;
	}
	if (within)
		it->marks |= ALARM_KPI_WITHIN;
	if (alarm_kpi_stale(l, it->at_us, it->back_us, w->as_of_us))
		it->marks |= ALARM_KPI_STALE;
	if (within &&
	    alarm_kpi_fleeting(l, it->at_us, it->acked_us, it->back_us))
		it->marks |= ALARM_KPI_FLEETING;
}

static bool
is_within(const struct alarm_kpi_item *it)
{
	return (it->marks & ALARM_KPI_WITHIN) != 0;
}

/* ---- of one instrument; items by tag and time ---- */

/* From here on `most` alarms came within so many seconds. */
static void
mark_chatter(struct alarm_kpi_item *tag, size_t n, size_t most, int64_t us)
{
	for (size_t i = 0; most > 0 && i + most <= n; i++) {
		if (tag[i + most - 1].at_us - tag[i].at_us > us)
			continue;
		for (size_t k = i; k < i + most; k++) {
			tag[k].marks |= ALARM_KPI_CHATTER;
			/* One that comes again at once is not fleeting. */
			tag[k].marks &= (uint8_t)~ALARM_KPI_FLEETING;
		}
	}
}

static void
place(struct alarm_kpi *out, const struct alarm_kpi_item *tag, size_t n)
{
	size_t at = out->top_len;

	while (at > 0 && out->top[at - 1].alarms < n)
		at--;
	if (at == ALARM_KPI_TOP)
		return;
	if (out->top_len < ALARM_KPI_TOP)
		out->top_len++;
	memmove(&out->top[at + 1], &out->top[at],
	    (out->top_len - at - 1) * sizeof out->top[0]);
	out->top[at].tag = tag->tag;
	out->top[at].alarms = n;
	memcpy(out->top[at].id, tag->id, sizeof tag->id);
}

static bool
is_loud(const struct alarm_kpi *k, uint64_t tag)
{
	for (size_t i = 0; i < k->top_len; i++)
		if (k->top[i].tag == tag)
			return true;
	return false;
}

/* `items` are those that count, alone. */
static void
judge_tags(struct alarm_kpi *out, const struct alarm_kpi_limits *l,
    struct alarm_kpi_item *items, size_t n)
{
	size_t end;

	qsort(items, n, sizeof *items, by_tag);
	for (size_t i = 0; i < n; i = end) {
		end = i + 1;
		while (end < n && items[end].tag == items[i].tag)
			end++;
		mark_chatter(&items[i], end - i, l->chatter_alarms,
		    l->chatter_seconds * SECOND_US);
		place(out, &items[i], end - i);
	}
	for (size_t i = 0; i < n; i++)
		if (is_loud(out, items[i].tag))
			items[i].marks |= ALARM_KPI_TOP_TEN;
}

/* ---- of the windows; items by time ---- */

/* In flood after a window with so many alarms? */
static bool
is_flood(bool before, uint64_t alarms, const struct alarm_kpi_limits *l)
{
	return alarms > l->flood_alarms ||
	    (before && alarms >= l->flood_end_alarms);
}

bool
alarm_kpi_newest_flood(const uint64_t *counts, size_t n, bool before,
    const struct alarm_kpi_limits *l, size_t *begin, size_t *end)
{
	bool flood = before;
	bool any = before;

	*begin = *end = 0;
	for (size_t i = 0; i < n; i++) {
		const bool was = flood;

		flood = is_flood(was, counts[i], l);
		if (flood && !was)
			*begin = i;
		if (flood)
			*end = i + 1;
		any |= flood;
	}
	return any;
}

static void
mark_bucket(struct alarm_kpi_item *items, size_t n, uint8_t mark)
{
	for (size_t i = 0; i < n; i++)
		items[i].marks |= mark;
}

static void
judge_time(struct alarm_kpi *out, const struct alarm_kpi_window *w,
    const struct alarm_kpi_limits *l, struct alarm_kpi_item *items, size_t n)
{
	const int64_t len = length_us(l);
	size_t at = 0, peak = 0, most = 0;
	bool flood = false;

	for (int64_t us = w->from_us; us < w->to_us; us += len) {
		const bool before = flood;
		size_t end = at;

		while (end < n && items[end].at_us < us + len)
			end++;
		flood = is_flood(before, end - at, l);
		out->floods += flood && !before;
		out->at[ALARM_KPI_RATE].den++;
		out->at[ALARM_KPI_FLOOD_TIME].num +=
		    flood ? (uint64_t)(len / SECOND_US) : 0;
		out->at[ALARM_KPI_FLOOD_TIME].den +=
		    (uint64_t)(len / SECOND_US);
		if (flood)
			mark_bucket(&items[at], end - at, ALARM_KPI_FLOOD);
		if (end - at > most) {
			peak = at;
			most = end - at;
		}
		at = end;
	}
	if (most > 0)
		mark_bucket(&items[peak], most, ALARM_KPI_PEAK);
	out->at[ALARM_KPI_MOST].den = 1;
}

/* ---- sums ---- */

static unsigned
priority_of(const struct alarm_kpi_item *it, const struct alarm_kpi_limits *l)
{
	return it->level < sizeof l->priority ? l->priority[it->level] : 0;
}

static bool
is_judged(const struct alarm_kpi_item *it)
{
	return it->verdict == RECORD__ALARM__VERDICT__TRUE_ALARM ||
	    it->verdict == RECORD__ALARM__VERDICT__FALSE_ALARM;
}

static bool
numerator(enum alarm_kpi_figure f, const struct alarm_kpi_item *it,
    const struct alarm_kpi_limits *l)
{
	static const uint8_t marks[ALARM_KPI_FIGURES] = {
	    [ALARM_KPI_RATE] = ALARM_KPI_WITHIN,
	    [ALARM_KPI_MOST] = ALARM_KPI_PEAK,
	    [ALARM_KPI_FLOOD_TIME] = ALARM_KPI_FLOOD,
	    [ALARM_KPI_FLOOD_ALARMS] = ALARM_KPI_FLOOD,
	    [ALARM_KPI_TOP_SHARE] = ALARM_KPI_TOP_TEN,
	    [ALARM_KPI_CHATTERING] = ALARM_KPI_CHATTER,
	    [ALARM_KPI_FLEETS] = ALARM_KPI_FLEETING,
	    [ALARM_KPI_STALES] = ALARM_KPI_STALE,
	};

	if (f < ALARM_KPI_FIGURES && marks[f] != 0)
		return (it->marks & marks[f]) != 0;
	if (!is_within(it))
		return false;
	switch ((int)f) {
	case ALARM_KPI_PRIORITY_1:
	case ALARM_KPI_PRIORITY_2:
	case ALARM_KPI_PRIORITY_3:
	case ALARM_KPI_PRIORITY_4:
		return priority_of(it, l) ==
		    (unsigned)f - ALARM_KPI_PRIORITY_1 + 1;
	case ALARM_KPI_ACCURACY:
		return it->verdict == RECORD__ALARM__VERDICT__TRUE_ALARM;
	case ALARM_KPI_NUISANCE:
		return it->verdict == RECORD__ALARM__VERDICT__NUISANCE;
	case ALARM_KPI_ACKED:
	case ALARM_KPI_ACK_P50:
	case ALARM_KPI_ACK_P95:
		return it->acked_us != 0;
	default:
		return false;
	}
}

static bool
denominator(enum alarm_kpi_figure f, const struct alarm_kpi_item *it)
{
	switch ((int)f) {
	case ALARM_KPI_ACCURACY:
		return is_within(it) && is_judged(it);
	case ALARM_KPI_NUISANCE:
		return is_within(it) &&
		    (is_judged(it) ||
		        it->verdict == RECORD__ALARM__VERDICT__NUISANCE);
	case ALARM_KPI_STALES:
	case ALARM_KPI_ACK_P50:
	case ALARM_KPI_ACK_P95:
		return false;
	default:
		return is_within(it);
	}
}

bool
alarm_kpi_behind(enum alarm_kpi_figure f, bool below,
    const struct alarm_kpi_item *it, const struct alarm_kpi_limits *l)
{
	return below ? denominator(f, it) : numerator(f, it, l);
}

/* Nearest rank: of 20, the 19th is the 95th percentile. */
static void
put_ranks(struct alarm_kpi *out, uint64_t *ms, size_t n)
{
	qsort(ms, n, sizeof *ms, by_number);
	if (n == 0)
		return;
	out->at[ALARM_KPI_ACK_P50] =
	    (struct alarm_kpi_ratio){ms[(n * 50 + 99) / 100 - 1], 1};
	out->at[ALARM_KPI_ACK_P95] =
	    (struct alarm_kpi_ratio){ms[(n * 95 + 99) / 100 - 1], 1};
}

static bool
counts_alarms(enum alarm_kpi_figure f, bool below)
{
	if (f == ALARM_KPI_ACK_P50 || f == ALARM_KPI_ACK_P95 ||
	    f == ALARM_KPI_FLOOD_TIME)
		return false;
	return !below || (f != ALARM_KPI_RATE && f != ALARM_KPI_MOST);
}

static void
add_up(struct alarm_kpi *out, const struct alarm_kpi_limits *l,
    const struct alarm_kpi_item *items, size_t n)
{
	uint64_t *ms = mem_alloc(n + 1, sizeof *ms);
	size_t acked = 0;

	for (size_t i = 0; i < n; i++) {
		const struct alarm_kpi_item *it = &items[i];

		for (unsigned k = 0; k < ALARM_KPI_FIGURES; k++) {
			const enum alarm_kpi_figure f =
			    (enum alarm_kpi_figure)k;

			if (counts_alarms(f, false))
				out->at[f].num += numerator(f, it, l);
			if (counts_alarms(f, true))
				out->at[f].den += denominator(f, it);
		}
		if (numerator(ALARM_KPI_ACKED, it, l))
			ms[acked++] = it->acked_us > it->at_us
			    ? (uint64_t)(it->acked_us - it->at_us) / 1000
			    : 0;
	}
	put_ranks(out, ms, acked);
	free(ms);
}

/* The same alarm, seen open and then closed. */
static size_t
once_each(struct alarm_kpi_item *items, size_t n)
{
	size_t kept = 0;

	qsort(items, n, sizeof *items, by_time);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 &&
		    memcmp(items[kept - 1].id, items[i].id, 16) == 0)
			kept--;
		items[kept++] = items[i];
	}
	return kept;
}

size_t
alarm_kpi(struct alarm_kpi *out, const struct alarm_kpi_window *w,
    const struct alarm_kpi_limits *l, struct alarm_kpi_item *items, size_t n)
{
	struct alarm_kpi_item none;
	size_t counted = 0;

	*out = (struct alarm_kpi){.top_len = 0};
	/* No alarm may come as no array, which qsort does not take. */
	if (n == 0)
		items = &none;
	n = once_each(items, n);
	for (size_t i = 0; i < n; i++)
		mark_alone(&items[i], w, l, out);
	/* Those that count to the front. */
	for (size_t i = 0; i < n; i++) {
		const struct alarm_kpi_item it = items[i];

		if (!is_within(&it))
			continue;
		items[i] = items[counted];
		items[counted++] = it;
	}
	judge_tags(out, l, items, counted);
	qsort(items, counted, sizeof *items, by_time);
	judge_time(out, w, l, items, counted);
	qsort(items, n, sizeof *items, by_time);
	add_up(out, l, items, n);
	return n;
}

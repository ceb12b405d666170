/* alarm_kpi_test.c - figures of alarms, by hand and against a plain count. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm_kpi.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "record.pb-c.h"
#include "tests/support/chance.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define T0 (INT64_C(1795000200) * SECOND) /* at a whole ten minutes */
#define ITEMS 400

static const struct alarm_kpi_limits limits = {
    .chatter_alarms = 3,
    .chatter_seconds = 60,
    .fleeting_seconds = 10,
    .stale_hours = 24,
    .flood_seconds = 600,
    .flood_alarms = 10,
    .flood_end_alarms = 5,
    .priority = {0, 1, 2, 3},
};

static struct alarm_kpi_item item[ITEMS];
static size_t len;

static struct alarm_kpi_item *
add(int64_t at_us, uint64_t tag)
{
	struct alarm_kpi_item *it = &item[len++];

	*it = (struct alarm_kpi_item){.at_us = at_us, .tag = tag, .level = 3};
	it->id[14] = (uint8_t)(len >> 8);
	it->id[15] = (uint8_t)len;
	return it;
}

static struct alarm_kpi
judge(unsigned windows)
{
	const struct alarm_kpi_window w = {.from_us = T0,
	    .to_us = T0 + windows * 10 * MINUTE,
	    .as_of_us = T0 + windows * 10 * MINUTE};
	struct alarm_kpi k;

	len = alarm_kpi(&k, &w, &limits, item, len);
	return k;
}

static void
is(const struct alarm_kpi *k, enum alarm_kpi_figure f, uint64_t num,
    uint64_t den)
{
	cr_assert_eq(k->at[f].num, num, "%s: %llu, not %llu", alarm_kpi_name(f),
	    (unsigned long long)k->at[f].num, (unsigned long long)num);
	cr_assert_eq(k->at[f].den, den, "%s: of %llu, not %llu",
	    alarm_kpi_name(f), (unsigned long long)k->at[f].den,
	    (unsigned long long)den);
}

static void
set_up(void)
{
	len = 0;
}

TestSuite(alarm_kpi, .init = set_up);

Test(alarm_kpi, empty_windows_count_and_nothing_has_no_value)
{
	const struct alarm_kpi k = judge(6);

	is(&k, ALARM_KPI_RATE, 0, 6);
	is(&k, ALARM_KPI_MOST, 0, 1);
	is(&k, ALARM_KPI_FLOOD_TIME, 0, 3600);
	is(&k, ALARM_KPI_ACCURACY, 0, 0);
	is(&k, ALARM_KPI_ACK_P95, 0, 0);
	cr_assert_eq(k.top_len, 0u);
}

Test(alarm_kpi, more_than_ten_begin_a_flood_and_fewer_than_five_end_it)
{
	/* 11 | 5 | 4 | 10 | 0 | 12: the fourth is none, the last one is */
	static const unsigned counts[] = {11, 5, 4, 10, 0, 12};
	struct alarm_kpi k;

	for (unsigned w = 0; w < 6; w++)
		for (unsigned i = 0; i < counts[w]; i++)
			add(T0 + (w * 600 + i * 40) * SECOND, len + 1);
	k = judge(6);
	is(&k, ALARM_KPI_RATE, 42, 6);
	is(&k, ALARM_KPI_MOST, 12, 1);
	is(&k, ALARM_KPI_FLOOD_TIME, 1800, 3600);
	is(&k, ALARM_KPI_FLOOD_ALARMS, 28, 42);
	cr_assert_eq(k.floods, 2u);
}

Test(alarm_kpi, three_of_one_instrument_within_a_minute_chatter)
{
	struct alarm_kpi k;

	add(T0, 7);
	add(T0 + 30 * SECOND, 7);
	add(T0 + 60 * SECOND, 7); /* within 60 s: all three */
	add(T0 + 200 * SECOND, 7);
	add(T0, 8);
	add(T0 + 30 * SECOND, 8);
	add(T0 + 61 * SECOND, 8); /* 61 s: none */
	k = judge(1);
	is(&k, ALARM_KPI_CHATTERING, 3, 7);
	is(&k, ALARM_KPI_TOP_SHARE, 7, 7);
	cr_assert_eq(k.top_len, 2u);
	cr_assert_eq(k.top[0].tag, 7u);
	cr_assert_eq(k.top[0].alarms, 4u);
}

Test(alarm_kpi, what_is_gone_before_anybody_acts_is_fleeting_unless_it_chatters)
{
	struct alarm_kpi k;

	add(T0, 1)->back_us = T0 + 10 * SECOND;
	add(T0, 2)->back_us = T0 + 11 * SECOND; /* too long */
	struct alarm_kpi_item *acked = add(T0, 3);
	acked->acked_us = T0 + 2 * SECOND;
	acked->back_us = T0 + 3 * SECOND;
	for (int i = 0; i < 3; i++) {
		struct alarm_kpi_item *it = add(T0 + i * 5 * SECOND, 4);
		it->back_us = it->at_us + SECOND;
	}
	k = judge(1);
	is(&k, ALARM_KPI_FLEETS, 1, 6);
	is(&k, ALARM_KPI_CHATTERING, 3, 6);
}

Test(alarm_kpi, what_stands_for_a_day_is_stale_also_from_before_the_window)
{
	const int64_t end = T0 + 10 * MINUTE;
	struct alarm_kpi k;

	add(end - 24 * 60 * MINUTE, 1); /* a day: stale */
	add(end - 24 * 60 * MINUTE + 1, 1); /* less */
	add(end - 48 * 60 * MINUTE, 1)->back_us = end; /* gone */
	add(end - 48 * 60 * MINUTE, 1)->back_us = end + 1; /* later */
	add(end - 48 * 60 * MINUTE, 1)->exercise = true;
	k = judge(1);
	is(&k, ALARM_KPI_STALES, 2, 0);
	is(&k, ALARM_KPI_RATE, 0, 1);
	cr_assert_eq(k.excluded, 0u);
}

Test(alarm_kpi, exercise_and_test_are_in_no_number)
{
	struct alarm_kpi k;

	for (int i = 0; i < 20; i++) {
		struct alarm_kpi_item *it = add(T0 + i * SECOND, 1);

		it->exercise = i % 2 == 0;
		it->verdict = i % 2 == 0 ? RECORD__ALARM__VERDICT__TRUE_ALARM
		                         : RECORD__ALARM__VERDICT__TEST;
		it->acked_us = it->at_us + SECOND;
		it->back_us = it->at_us + 2 * SECOND;
	}
	add(T0, 2);
	k = judge(1);
	is(&k, ALARM_KPI_RATE, 1, 1);
	is(&k, ALARM_KPI_MOST, 1, 1);
	is(&k, ALARM_KPI_CHATTERING, 0, 1);
	is(&k, ALARM_KPI_ACCURACY, 0, 0);
	is(&k, ALARM_KPI_ACKED, 0, 1);
	cr_assert_eq(k.excluded, 20u);
	cr_assert_eq(k.top_len, 1u);
}

Test(alarm_kpi, accuracy_nuisance_priorities_and_times_by_hand)
{
	static const uint8_t verdicts[] = {1, 1, 1, 2, 3, 3, 0, 0};
	struct alarm_kpi k;

	for (size_t i = 0; i < 8; i++) {
		struct alarm_kpi_item *it =
		    add(T0 + (int64_t)i * SECOND, i + 1);

		it->verdict = verdicts[i];
		it->level = i < 1 ? 1 : i < 3 ? 2 : 3;
	}
	/* 1, 2, 3, 4, 5 s: the third, and the fifth (4.75 rounded up) */
	for (int i = 0; i < 5; i++)
		item[i].acked_us = item[i].at_us + (5 - i) * SECOND;
	k = judge(1);
	is(&k, ALARM_KPI_ACCURACY, 3, 4);
	is(&k, ALARM_KPI_NUISANCE, 2, 6);
	is(&k, ALARM_KPI_PRIORITY_1, 1, 8);
	is(&k, ALARM_KPI_PRIORITY_2, 2, 8);
	is(&k, ALARM_KPI_PRIORITY_3, 5, 8);
	is(&k, ALARM_KPI_PRIORITY_4, 0, 8);
	is(&k, ALARM_KPI_ACKED, 5, 8);
	is(&k, ALARM_KPI_ACK_P50, 3000, 1);
	is(&k, ALARM_KPI_ACK_P95, 5000, 1);
}

Test(alarm_kpi, the_ten_loudest_of_twelve_and_one_that_came_twice)
{
	struct alarm_kpi k;

	for (unsigned tag = 1; tag <= 12; tag++)
		for (unsigned i = 0; i < tag; i++)
			add(T0 + (tag * 40 + i) * SECOND, tag);
	item[len] = item[0];
	len++;
	k = judge(1);
	cr_assert_eq(len, 78u);
	is(&k, ALARM_KPI_TOP_SHARE, 75, 78);
	cr_assert_eq(k.top[0].tag, 12u);
	cr_assert_eq(k.top[9].tag, 3u);
}

Test(alarm_kpi, windows_are_whole_and_bounded)
{
	struct alarm_kpi_window w = {T0 + 1, T0 + 2, T0 + 60 * MINUTE};

	cr_assert_eq(alarm_kpi_align(&w, &limits, NULL), ERR_OK);
	cr_assert_eq(w.from_us, T0);
	cr_assert_eq(w.to_us, T0 + 10 * MINUTE);
	cr_assert_eq(w.as_of_us, T0 + 10 * MINUTE);
	w.to_us = w.from_us;
	cr_assert_eq(alarm_kpi_align(&w, &limits, NULL), ERR_MALFORMED);
	w.to_us = w.from_us + INT64_C(60001) * 10 * MINUTE;
	cr_assert_eq(alarm_kpi_align(&w, &limits, NULL), ERR_LIMIT);
	w.from_us = -1;
	cr_assert_eq(alarm_kpi_align(&w, &limits, NULL), ERR_MALFORMED);
	w = (struct alarm_kpi_window){0, INT64_MAX, 0};
	cr_assert_eq(alarm_kpi_align(&w, &limits, NULL), ERR_MALFORMED);
}

Test(alarm_kpi, every_figure_has_a_name_that_finds_it)
{
	for (unsigned f = 0; f < ALARM_KPI_FIGURES; f++)
		cr_assert_eq(alarm_kpi_find(alarm_kpi_name(f)), f);
	cr_assert_eq(alarm_kpi_find("none"), ALARM_KPI_FIGURES);
}

Test(alarm_kpi, the_newest_of_several_floods_is_found_and_whether_it_lasts)
{
	static const uint64_t two[] = {11, 5, 4, 0, 12, 5, 5};
	static const uint64_t over[] = {0, 30, 9, 4};
	static const uint64_t none[] = {10, 10, 9};
	size_t begin, end;

	cr_assert(alarm_kpi_newest_flood(two, 7, false, &limits, &begin, &end));
	cr_assert_eq(begin, 4u);
	cr_assert_eq(end, 7u);
	cr_assert(
	    alarm_kpi_newest_flood(over, 4, false, &limits, &begin, &end));
	cr_assert_eq(begin, 1u);
	cr_assert_eq(end, 3u);
	cr_assert_not(
	    alarm_kpi_newest_flood(none, 3, false, &limits, &begin, &end));
	cr_assert(alarm_kpi_newest_flood(none, 3, true, &limits, &begin, &end));
	cr_assert_eq(end, 3u);
}

/* ---- against a plain count ---- */

static bool
plain_chatter(size_t i)
{
	for (size_t a = 0; a < len; a++) {
		size_t n = 0;
		bool me = false;

		/* A minute that begins with one of them, and has i in it. */
		for (size_t k = 0; k < len; k++) {
			const int64_t d = item[k].at_us - item[a].at_us;

			if (item[k].tag != item[i].tag || d < 0 ||
			    d > 60 * SECOND ||
			    (item[k].marks & ALARM_KPI_WITHIN) == 0)
				continue;
			n++;
			me |= k == i;
		}
		if (me && n >= 3 && item[a].tag == item[i].tag &&
		    (item[a].marks & ALARM_KPI_WITHIN) != 0)
			return true;
	}
	return false;
}

static void
random_items(struct chance *c)
{
	const size_t n = chance_below(c, 120);

	len = 0;
	for (size_t i = 0; i < n; i++) {
		struct alarm_kpi_item *it = add(
		    T0 + (int64_t)chance_below(c, 4800) * SECOND - 10 * MINUTE,
		    1 + chance_below(c, 14));

		it->exercise = chance_below(c, 10) == 0;
		it->verdict = (uint8_t)chance_below(c, 5);
		it->level = (uint8_t)chance_below(c, 5);
		if (chance_below(c, 2) == 0)
			it->acked_us =
			    it->at_us + (int64_t)chance_below(c, 900000000);
		if (chance_below(c, 2) == 0)
			it->back_us = it->at_us +
			    (int64_t)chance_below(c, 30) * SECOND - SECOND;
	}
}

static void
one_plant(struct chance *c)
{
	uint64_t behind[ALARM_KPI_FIGURES][2] = {{0}};
	uint64_t in_window = 0, excluded = 0;
	struct alarm_kpi k;

	random_items(c);
	k = judge(6);
	for (size_t i = 0; i < len; i++) {
		const struct alarm_kpi_item *it = &item[i];
		const bool in = it->at_us >= T0 && it->at_us < T0 + 60 * MINUTE;
		const bool test = it->exercise || it->verdict == 4;

		chance_holds(c, i == 0 || item[i - 1].at_us <= it->at_us);
		in_window += in && !test;
		excluded += in && test;
		chance_holds(
		    c, ((it->marks & ALARM_KPI_WITHIN) != 0) == (in && !test));
		if (in && !test)
			chance_holds(c,
			    ((it->marks & ALARM_KPI_CHATTER) != 0) ==
			        plain_chatter(i));
		for (unsigned f = 0; f < ALARM_KPI_FIGURES; f++)
			for (int d = 0; d < 2; d++)
				behind[f][d] += alarm_kpi_behind(
				    (enum alarm_kpi_figure)f, d, it, &limits);
	}
	chance_holds(c, k.at[ALARM_KPI_RATE].num == in_window);
	chance_holds(c, k.excluded == excluded);
	/* As many records are behind a figure as it says. */
	for (unsigned f = 0; f < ALARM_KPI_FIGURES; f++) {
		if (f == ALARM_KPI_FLOOD_TIME || f >= ALARM_KPI_ACK_P50)
			continue;
		chance_holds(c, behind[f][0] == k.at[f].num);
		if (f != ALARM_KPI_RATE && f != ALARM_KPI_MOST)
			chance_holds(c, behind[f][1] == k.at[f].den);
		if (f != ALARM_KPI_RATE && f != ALARM_KPI_MOST &&
		    f != ALARM_KPI_STALES)
			chance_holds(c, k.at[f].num <= k.at[f].den);
	}
}

Test(alarm_kpi, agrees_with_a_plain_count_of_what_stands_behind)
{
	chance_each(150, one_plant);
}

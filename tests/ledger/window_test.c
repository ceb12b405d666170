/* window_test.c - what a run of leaves must satisfy to be complete. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger/window.h"

static Ledger__Entry
entry(Ledger__Kind kind, uint64_t seq, uint64_t before, int64_t us)
{
	Ledger__Entry e = LEDGER__ENTRY__INIT;

	e.has_kind = e.has_kind_seq = e.has_previous_of_kind = 1;
	e.has_time_epoch = e.has_recorded_us = 1;
	e.kind = kind;
	e.kind_seq = seq;
	e.previous_of_kind = before;
	e.time_epoch = 1;
	e.recorded_us = us;
	return e;
}

#define ALARM LEDGER__KIND__ALARM
#define PERMIT LEDGER__KIND__PERMIT
#define HEADS LEDGER__KIND__HEADS

/* Entries 10 to 12: ALARM 4 at 100, PERMIT 1 at 110, ALARM 5 at 120. */
static void
walk(struct window_check *w)
{
	const Ledger__Entry run[] = {entry(ALARM, 4, 7, 100),
	    entry(PERMIT, 1, 0, 110), entry(ALARM, 5, 11, 120)};

	window_check_init(w, 10);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(window_check_leaf(w, &run[i], NULL), ERR_OK);
}

static enum err
next(Ledger__Entry e)
{
	struct window_check w;

	walk(&w);
	return window_check_leaf(&w, &e, NULL);
}

Test(window_check_leaf, accepts_what_continues_chain_and_time)
{
	cr_assert_eq(next(entry(ALARM, 6, 13, 120)), ERR_OK);
	cr_assert_eq(next(entry(PERMIT, 2, 12, 130)), ERR_OK);
	cr_assert_eq(next(entry(HEADS, 3, 9, 130)), ERR_OK);
}

Test(window_check_leaf, refuses_broken_chains)
{
	cr_assert_eq(next(entry(ALARM, 7, 13, 130)), ERR_UNVERIFIED);
	cr_assert_eq(next(entry(ALARM, 6, 12, 130)), ERR_UNVERIFIED);
	cr_assert_eq(next(entry(ALARM, 6, 0, 130)), ERR_UNVERIFIED);
	/* New in the run, but pointing into it, or first without being it. */
	cr_assert_eq(next(entry(HEADS, 3, 11, 130)), ERR_UNVERIFIED);
	cr_assert_eq(next(entry(HEADS, 3, 0, 130)), ERR_UNVERIFIED);
	cr_assert_eq(next(entry(HEADS, 1, 9, 130)), ERR_UNVERIFIED);
	cr_assert_eq(next(entry(HEADS, 0, 0, 130)), ERR_UNVERIFIED);
}

Test(window_check_leaf, refuses_time_that_runs_back_or_jumps_epoch)
{
	Ledger__Entry e = entry(ALARM, 6, 13, 119);

	cr_assert_eq(next(e), ERR_UNVERIFIED);
	e.time_epoch = 2;
	cr_assert_eq(next(e), ERR_UNVERIFIED);
	e = entry(LEDGER__KIND__TIME_RESET, 1, 0, 5);
	cr_assert_eq(next(e), ERR_UNVERIFIED);
	e.time_epoch = 2;
	cr_assert_eq(next(e), ERR_OK);
	e.time_epoch = 3;
	cr_assert_eq(next(e), ERR_UNVERIFIED);
}

static enum err
bounds(int64_t from, int64_t to, uint64_t heads)
{
	struct window_question q = {
	    .timed = true, .time_epoch = 1, .from_us = from, .to_us = to};
	struct window_check w;

	walk(&w);
	return window_check_bounds(&w, &q, heads, NULL);
}

Test(window_check_bounds, wants_a_neighbour_on_either_side)
{
	cr_assert_eq(bounds(101, 120, 20), ERR_OK);
	cr_assert_eq(bounds(100, 120, 20), ERR_UNVERIFIED);
	cr_assert_eq(bounds(101, 121, 20), ERR_UNVERIFIED);
	/* HEADS itself closes the run; it cannot stand before its end. */
	cr_assert_eq(bounds(101, 500, 12), ERR_OK);
	cr_assert_eq(bounds(101, 120, 11), ERR_UNVERIFIED);
}

/* After entry 12 at 120 the clock is set to `us`. */
static bool
twice(int64_t us, int64_t from, int64_t to)
{
	struct window_question q = {
	    .timed = true, .time_epoch = 1, .from_us = from, .to_us = to};
	Ledger__Entry e = entry(LEDGER__KIND__TIME_RESET, 1, 0, us);
	struct window_check w;

	walk(&w);
	e.time_epoch = 2;
	cr_assert_eq(window_check_leaf(&w, &e, NULL), ERR_OK);
	return window_check_twice(&w, &q);
}

Test(window_check_twice, finds_hours_that_a_clock_set_back_repeats)
{
	cr_assert_not(twice(121, 0, 500), "set forward");
	cr_assert(twice(50, 0, 500));
	cr_assert(twice(50, 119, 121));
	cr_assert(twice(50, 0, 51));
	cr_assert_not(twice(50, 0, 50), "before what is repeated");
	cr_assert_not(twice(50, 121, 500), "after it");
}

static enum err
heads_say(uint32_t kind, uint64_t seq, uint64_t last)
{
	Record__Head alarm = RECORD__HEAD__INIT, permit = RECORD__HEAD__INIT;
	Record__Head *list[] = {&alarm, &permit};
	Record__Heads heads = RECORD__HEADS__INIT;
	struct window_check w;

	walk(&w);
	alarm.has_kind = alarm.has_kind_seq = alarm.has_last_index = 1;
	permit.has_kind = permit.has_kind_seq = permit.has_last_index = 1;
	alarm.kind = ALARM;
	alarm.kind_seq = kind == ALARM ? seq : 5;
	alarm.last_index = kind == ALARM ? last : 12;
	permit.kind = PERMIT;
	permit.kind_seq = kind == PERMIT ? seq : 1;
	permit.last_index = kind == PERMIT ? last : 11;
	heads.n_heads = 2;
	heads.heads = list;
	return window_check_heads(&w, &heads, 20, NULL);
}

Test(window_check_heads, agrees_with_every_kind_of_the_run)
{
	cr_assert_eq(heads_say(ALARM, 5, 12), ERR_OK);
	cr_assert_eq(heads_say(ALARM, 6, 13), ERR_OK, "one came after");
	cr_assert_eq(heads_say(ALARM, 6, 12), ERR_UNVERIFIED);
	cr_assert_eq(heads_say(ALARM, 4, 10), ERR_UNVERIFIED);
	cr_assert_eq(heads_say(ALARM, 5, 13), ERR_UNVERIFIED);
	cr_assert_eq(heads_say(PERMIT, 2, 12), ERR_UNVERIFIED);
	cr_assert_eq(heads_say(PERMIT, 1, 20), ERR_UNVERIFIED,
	    "not before HEADS itself");
}

Test(window_question_put, refuses_text_that_could_forge_a_line)
{
	struct window_question q = {
	    .kind = PERMIT,
	    .timed = true,
	    .to_us = 1,
	    .asker = "a\nkind ALARM",
	    .purpose = "",
	};
	struct buf out;

	buf_init(&out, WINDOW_QUESTION_MAX);
	cr_assert_eq(window_question_put(&out, &q, NULL), ERR_MALFORMED);
	q.asker = "a";
	cr_assert_eq(window_question_put(&out, &q, NULL), ERR_OK);
	cr_assert_str_eq(buf_cstr(&out),
	    "lianfang/question/v1\nkind PERMIT\nwindow 0 0 1\nasker a\n"
	    "purpose \npolicy "
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	    "\n");
	q.timed = false;
	cr_assert_eq(window_question_put(&out, &q, NULL), ERR_MALFORMED);
	buf_clear(&out);
}

/* fold_cite_test.c - rings and chains of names, clocks set back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_cite.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "node/retain_look.h"
#include "node/timekeep.h"
#include "tests/support/aged.h"

static struct aged s;

static void
setup(void)
{
	aged_begin(&s);
}

static void
teardown(void)
{
	aged_end(&s);
}

TestSuite(fold_cite, .init = setup, .fini = teardown);

/* ---- names ---- */

/* An alarm is over, and whoever says so names a record. */
static void
clear_naming(const char *id, char *other)
{
	Record__Alarm clear = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	clear.has_action = true;
	clear.action = RECORD__ALARM__ACTION__CLEAR;
	clear.note = other;
	post.alarm = &clear;
	r = plant_event(&s.k.p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* Each is kept no longer than the other. */
Test(fold_cite, ends_records_that_name_each_other)
{
	char id[2][TEXT_UUID_CHARS + 1];

	(void)aged_alarm(&s, aged_gas, true, id[0]);
	aged_name(&s, id[0], id[1]);
	clear_naming(id[0], id[1]);
	plant_turn(&s.k.p, AGED_AGES);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id[0], NULL), "the other is open");
	plant_clear(&s.k.p, id[1]);
	plant_turn(&s.k.p, AGED_AGES);
	(void)aged_run(&s);
	for (size_t i = 0; i < 2; i++)
		cr_assert(aged_withheld(&s, id[i], "ERASED"), "%zu", i);
}

/* More than one look follows: those that nothing names end first. */
Test(fold_cite, ends_what_more_records_name_than_are_followed)
{
	enum {
		MANY = 260
	};
	Record__Alarm a[MANY];
	Record__Alarm *list[MANY];
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r;

	(void)aged_alarm(&s, aged_gas, false, id);
	for (size_t i = 0; i < MANY; i++) {
		a[i] = (Record__Alarm)RECORD__ALARM__INIT;
		a[i].has_level = a[i].has_occurred_at = true;
		a[i].level = 3;
		a[i].kind = aged_gas;
		a[i].area = aged_area;
		a[i].detail = id;
		a[i].occurred_at = s.k.p.now;
		list[i] = &a[i];
	}
	r = plant_alarms(&s.k.p, list, MANY);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	for (size_t i = 0; i < MANY; i++) {
		char one[TEXT_UUID_CHARS + 1];

		text_uuid_put(one, r->items[i].record_id);
		plant_clear(&s.k.p, one);
	}
	submit_result_free(r);
	plant_turn(&s.k.p, AGED_AGES);
	(void)aged_run(&s);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id, "ERASED"));
}

/* ---- time ---- */

static void
said(void *arg, enum err e, const struct err_why *why)
{
	cr_assert_eq(e, ERR_OK, "%s", why->text);
	atomic_store((atomic_bool *)arg, true);
}

static void
say(struct timekeep *k, bool reset)
{
	atomic_bool done = false;

	timekeep_admit(k,
	    &(struct timekeep_word){.reason = "so it is",
	        .reset = reset,
	        .by = "admin",
	        .done = said,
	        .arg = &done});
	while (!atomic_load(&done))
		(void)sched_yield();
}

static int64_t
unlived(const char *id)
{
	struct site *at = s.k.p.site;
	struct fold f = {
	    .t = &at->own.tables, .book = at->own.book, .mac = &at->index_mac};
	const struct retain_ask ask = {
	    .site = at, .fold = &f, .line = at->evidence, .now_us = s.k.p.now};
	struct retain_look look;
	uint8_t raw[16];

	cr_assert_eq(text_uuid_get(raw, bytes_str(id), NULL), ERR_OK);
	cr_assert_eq(store_read(at->own.store, &f.txn, NULL), ERR_OK);
	cr_assert_eq(retain_look(&look, &ask, raw, NULL), ERR_OK);
	store_abort(f.txn);
	return look.facts.unlived_us;
}

/* Led ahead by two years and set back: what is of before is no younger for it,
 * nothing is older, and what is dated ahead keeps nothing behind it. */
Test(fold_cite, takes_back_what_was_led_once_the_clock_is_set_right)
{
	const struct timeline_policy policy = {
	    2000000, INT64_C(24) * 3600 * 1000000};
	char id[3][TEXT_UUID_CHARS + 1];
	struct timekeep *k;
	struct err_why why = {.text = ""};

	(void)aged_alarm(&s, aged_gas, false, id[0]);
	k = timekeep_new(s.k.p.site, &policy);
	s.k.p.synchronised = true;
	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
	s.k.p.wrong = 2 * AGED_YEAR;
	say(k, false);
	cr_assert_gt(unlived(id[0]), 2 * AGED_YEAR - AGED_DAY);
	(void)aged_alarm(&s, aged_gas, false, id[1]);
	cr_assert_eq(unlived(id[1]), 0);
	s.k.p.wrong = 0;
	say(k, true);
	(void)aged_alarm(&s, aged_gas, false, id[2]);
	cr_assert_lt(unlived(id[0]), AGED_DAY);
	cr_assert_eq(unlived(id[1]), 0, "by its own date");
	plant_turn(&s.k.p, 6 * AGED_YEAR + 90 * AGED_DAY);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id[0], "ERASED"));
	cr_assert(aged_withheld(&s, id[1], NULL));
	cr_assert(aged_withheld(&s, id[2], "ERASED"), "behind it");
	plant_turn(&s.k.p, 2 * AGED_YEAR);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id[1], "ERASED"));
	site_close(s.k.p.site);
	timekeep_free(k);
	s.k.p.site = NULL;
	plant_restart(&s.k.p);
	retain_stop(s.r);
	retain_free(s.r);
	s.r = retain_new(s.k.p.site);
}

/* pack_recall_test.c - packs over restarts, resets of time, and damage. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_recall.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log.h"
#include "node/domain/packs.h"
#include "node/fold_key.h"
#include "node/pack_adopt.h"
#include "node/pack_notes.h"
#include "node/timekeep.h"
#include "tests/support/packed.h"

#define SECOND INT64_C(1000000)
#define DAY (24 * 60 * PLANT_MINUTE)

static size_t
notes(struct plant *p, const char *about)
{
	char **list = NULL;
	size_t n = 0;
	size_t found = 0;

	pack_notes_list(p->site, &list, &n);
	for (size_t i = 0; i < n; i++) {
		found += strstr(list[i], about) != NULL;
		free(list[i]);
	}
	free(list);
	return found;
}

static uint32_t
sample(struct plant *p)
{
	const Pack__Work *w =
	    packs_work(p->site->packs, "hot-work", p->now + p->wrong);

	return w != NULL ? w->sample_minutes : 0;
}

/* What was under way is done when an alarm is in. */
static void
settle(struct plant *p)
{
	static char kind[] = "gas", area[] = "yard";
	Record__Alarm a = RECORD__ALARM__INIT;

	a.kind = kind;
	a.area = area;
	a.has_level = true;
	a.level = 3;
	submit_result_free(plant_alarms(p, (Record__Alarm *[]){&a}, 1));
}

static void
done(void *arg, enum err e, const struct err_why *why)
{
	(void)arg;
	cr_assert_eq(e, ERR_OK, "%s", why->text);
}

/* An operator's word: the clock is right, as it is or by a reset. */
static void
say(struct plant *p, struct timekeep *k, bool reset)
{
	struct timekeep_word w = {
	    .reason = "by radio", .reset = reset, .by = "tk", .done = done};

	for (int i = 0; i < 3; i++) {
		plant_turn(p, SECOND);
		timekeep_beat(k);
	}
	timekeep_admit(k, &w);
	settle(p);
}

/* The log was led a year ahead, where somebody activated a version; time goes
 * back, another is activated: it holds, also when that year is over, and after
 * a start. */
Test(pack_recall, no_version_returns_because_time_went_back)
{
	static const struct timeline_policy policy = {
	    .limit_us = 2 * SECOND, .start_us = DAY};
	struct err_why why = {.text = ""};
	char loose[PACKED_TEXT];
	char tight[PACKED_TEXT];
	struct timekeep *k;
	struct plant p;

	packed_edit(loose, "2026.8", "sampleMinutes: 30", "sampleMinutes: 25");
	packed_edit(tight, "2026.9", "sampleMinutes: 30", "sampleMinutes: 20");
	plant_begin(&p, "plant-a.acme.example");
	k = timekeep_new(p.site, &policy);
	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
	p.wrong = 365 * DAY;
	say(&p, k, false);
	packed_activate(&p, NULL, loose);
	cr_expect_eq(sample(&p), 25);
	p.wrong = 0;
	cr_expect_eq(sample(&p), 25, "the wall clock alone changes nothing");
	say(&p, k, true);
	cr_expect_eq(sample(&p), 25);
	packed_activate(&p, NULL, tight);
	cr_expect_eq(sample(&p), 20);
	for (int i = 0; i < 2; i++) {
		p.wrong = 366 * DAY;
		cr_expect_eq(sample(&p), 20, "that year is over");
		p.wrong = 0;
		cr_expect_eq(sample(&p), 20);
		if (i == 0)
			plant_restart(&p);
	}
	timekeep_free(k);
	plant_end(&p);
}

/* The body of the newest ADMIN entry is not there any more. */
static void
lose_admin(struct plant *p)
{
	struct site_db *db = &p->site->own;
	struct fold_key k = fold_key_slot(p->site->evidence);
	struct store_txn *txn = NULL;
	struct store_cursor *c = NULL;
	struct store_table keys;
	struct store_row row;
	uint8_t at[10];

	fold_key_uint(&k, LEDGER__KIND__ADMIN, 2);
	fold_key_uint(&k, UINT64_MAX, 8);
	cr_assert_eq(store_table(db->store, "log_key", &keys, NULL), ERR_OK);
	cr_assert_eq(store_write(db->store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_cursor(txn, db->tables.bykind, &c, NULL), ERR_OK);
	cr_assert_eq(store_seek_before(c, fold_key_view(&k), &row), ERR_OK);
	cr_assert_eq(row.key.ptr[3], LEDGER__KIND__ADMIN);
	memcpy(at, row.key.ptr, 2);
	memcpy(at + 2, row.key.ptr + 4, 8);
	store_cursor_close(c);
	cr_assert_eq(
	    store_del(txn, keys, bytes_of(at, sizeof at), NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static bool
adopt(struct plant *p)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);

	if (pack_adopt(&to)) {
		submit_result_free(submit_wait_for(w));
		return true;
	}
	submit_wait_done(w, NULL);
	free(w);
	return false;
}

/* A file that the ledger may name with another text is not entered, work goes
 * by no version that may be an old one, and people read what to do. */
Test(pack_recall, what_cannot_be_read_stops_adoption_and_work)
{
	static char calendar[] = "calendar:\n  version: \"a\"\n"
	                         "  effectiveAt: \"2026-01-01T00:00:00Z\"\n"
	                         "  from: \"2026-01-01\"\n"
	                         "  to: \"2026-12-31\"\n"
	                         "  dayOffsetMinutes: 480\n  nightFrom: "
	                         "\"22:00\"\n  nightTo: \"06:00\"\n";
	char tight[PACKED_TEXT];
	struct plant p;

	packed_edit(tight, "2026.9", "sampleMinutes: 30", "sampleMinutes: 20");
	plant_begin(&p, "plant-a.acme.example");
	packed_activate(&p, NULL, tight);
	lose_admin(&p);
	packed_file(&p, "calendar.yaml", calendar);
	plant_restart(&p);
	cr_expect_eq(sample(&p), 0, "not by the version before");
	cr_expect_null(packs_credentials(p.site->packs, p.now));
	cr_expect_not_null(packs_alarm(p.site->packs, p.now), "alarms go on");
	cr_expect_null(packs_calendar(p.site->packs, p.now));
	cr_expect_not(adopt(&p));
	cr_expect_eq(notes(&p, "cannot be read"), 1);
	cr_expect_eq(notes(&p, "lianfang repair"), 1);
	cr_expect_eq(notes(&p, "calendar@a lies in DIR/packs"), 1);
	packed_activate(&p, NULL, tight);
	cr_expect_eq(sample(&p), 20, "said anew");
	plant_end(&p);
}

/* A set of indicators from before a rule of its kind: the node starts, counts
 * by its own, and says which file, line and field. */
Test(pack_recall, an_old_set_of_indicators_keeps_no_node_from_starting)
{
	static char text[PACKED_OTHER];
	struct plant p;

	packed_other(text, "safety-health-index", "2026.9",
	    "2026-01-01T00:00:00Z", "ownDue: true", "");
	plant_begin(&p, "plant-a.acme.example");
	packed_file(&p, "old.yaml", text);
	plant_restart(&p);
	cr_expect_eq(notes(&p, "not used: old.yaml: line"), 1);
	cr_expect_eq(notes(&p, "ownDue"), 1);
	cr_expect_not_null(packs_alarm(p.site->packs, p.now));
	plant_end(&p);
}

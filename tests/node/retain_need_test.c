/* retain_need_test.c - what must not end, whatever goes wrong around it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/retain_look.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_book.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "node/pack_adopt.h"
#include "node/refold.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "tests/support/aged.h"
#include "tests/support/folded.h"
#include "tests/support/packed.h"

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

TestSuite(retain_need, .init = setup, .fini = teardown);

static bool
kept(const char *id)
{
	return aged_withheld(&s, id, NULL);
}

static const char *
wants(void)
{
	struct retain_stats n;

	retain_stats(s.r, &n);
	return n.wants != NULL ? n.wants->code : "";
}

/* What rests beside an entry is there no more, or is damaged. */
static void
spoil(uint64_t index, bool lose)
{
	struct log_book *b = s.k.p.site->own.book;
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_txn *txn = NULL;

	log_book_key(key, s.k.p.site->evidence, index);
	const struct bytes at = bytes_of(key, sizeof key);
	cr_assert_eq(store_write(s.k.p.site->own.store, &txn, NULL), ERR_OK);
	if (lose) {
		cr_assert_eq(store_del(txn, b->keys, at, NULL), ERR_OK);
		cr_assert_eq(store_del(txn, b->bodies, at, NULL), ERR_OK);
	} else {
		cr_assert_eq(
		    store_put(txn, b->bodies, at, bytes_str("dust"), NULL),
		    ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static uint64_t
newest(Ledger__Kind kind)
{
	struct site *at = s.k.p.site;
	struct store_txn *txn = NULL;
	uint64_t seq, index;

	cr_assert_eq(store_read(at->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_kind_head(at->own.book, txn, at->evidence, kind, &seq,
	                 &index, NULL),
	    ERR_OK);
	store_abort(txn);
	return index;
}

static void
differs(void *arg, const struct refold_table *t)
{
	(void)arg;
	cr_expect_eq(t->missing + t->extra + t->changed, 0u, "%s: %s", t->name,
	    t->first.text);
}

static void
same_anew(void)
{
	struct err_why why = {.text = ""};
	char scratch[TEMP_PATH_BYTES];

	temp_path(scratch, s.k.folder, "scratch");
	const struct refold r = {.book = s.k.p.site->own.book,
	    .mac = &s.k.p.site->index_mac,
	    .scratch = scratch,
	    .table = differs};
	cr_assert_eq(refold(&r, &why), ERR_OK, "%s", why.text);
}

/* ---- holds ---- */

/* It was found to be due before somebody held it. */
Test(retain_need, judges_again_in_the_transaction_that_would_end_it)
{
	char id[2][TEXT_UUID_CHARS + 1];

	(void)aged_alarm(&s, aged_gas, false, id[0]);
	(void)aged_alarm(&s, aged_gas, false, id[1]);
	plant_turn(&s.k.p, AGED_AGES);
	aged_hold_record(&s, id[0]);
	cr_assert_eq(aged_end_now(&s, id[0]), 0u);
	cr_assert(kept(id[0]));
	cr_assert_eq(aged_end_now(&s, id[1]), 2u, "raised and cleared");
	cr_assert_eq(aged_end_now(&s, id[1]), 0u, "once");
}

Test(retain_need, keeps_a_hold_over_tables_made_anew_and_a_restored_copy)
{
	char id[TEXT_UUID_CHARS + 1];
	struct err_why why = {.text = ""};

	(void)aged_alarm(&s, aged_gas, false, id);
	aged_hold_record(&s, id);
	same_anew();
	aged_fold_anew(&s);
	plant_turn(&s.k.p, AGED_AGES);
	cr_assert_eq(aged_run(&s), 0u);
	retain_stop(s.r);
	keeper_close(&s.k);
	cr_assert_eq(
	    keeper_backup(&s.k, true, NULL, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(keeper_restore(&s.k, &why), ERR_OK, "%s", why.text);
	retain_free(s.r);
	keeper_open(&s.k);
	s.r = retain_new(s.k.p.site);
	plant_turn(&s.k.p, AGED_AGES);
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert(kept(id));
}

Test(retain_need, holds_everything_while_a_hold_cannot_be_read)
{
	char id[TEXT_UUID_CHARS + 1];
	char held[TEXT_UUID_CHARS + 1] = "";
	Record__Retention m = RECORD__RETENTION__INIT;
	uint64_t index = aged_alarm(&s, aged_gas, false, id);

	m.record_id = id;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, held, &m, 0));
	spoil(index + 2, true);
	aged_fold_anew(&s);
	plant_turn(&s.k.p, AGED_AGES);
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert(kept(id));
	m = (Record__Retention)RECORD__RETENTION__INIT;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__RELEASE, held, &m, 1));
	cr_assert_gt(aged_run(&s), 0u);
	cr_assert(aged_withheld(&s, id, "ERASED"));
}

/* Its row knows the source alone; who was there stands in the alarm. */
Test(retain_need, holds_by_a_person_what_names_him_in_any_field)
{
	char id[TEXT_UUID_CHARS + 1];
	char who[] = " Zhang";
	Record__Retention m = RECORD__RETENTION__INIT;

	(void)aged_alarm(&s, aged_gas, false, id);
	m.subject = who;
	aged_place(&s, &m);
	plant_turn(&s.k.p, AGED_AGES);
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert_eq(aged_end_now(&s, id), 0u);
	cr_assert(kept(id));
}

/* ---- what cannot be read ---- */

Test(retain_need, keeps_a_record_of_which_an_event_is_damaged_or_gone)
{
	char id[3][TEXT_UUID_CHARS + 1];
	uint64_t damaged = aged_alarm(&s, aged_gas, false, id[0]);
	uint64_t gone = aged_alarm(&s, aged_gas, false, id[1]);

	(void)aged_alarm(&s, aged_gas, false, id[2]);
	plant_turn(&s.k.p, AGED_AGES);
	spoil(damaged + 1, false); /* how it was cleared */
	spoil(gone + 1, true);
	cr_assert_gt(aged_run(&s), 0u);
	cr_assert(kept(id[0]));
	cr_assert(kept(id[1]));
	cr_assert(aged_withheld(&s, id[2], "ERASED"), "it keeps only itself");
}

Test(retain_need, keeps_a_record_whose_row_is_damaged_and_ends_the_others)
{
	char id[2][TEXT_UUID_CHARS + 1];

	(void)aged_alarm(&s, aged_gas, false, id[0]);
	(void)aged_alarm(&s, aged_gas, false, id[1]);
	plant_damage(&s.k.p, id[0]);
	plant_turn(&s.k.p, AGED_AGES);
	cr_assert_gt(aged_run(&s), 0u);
	cr_assert(aged_withheld(&s, id[1], "ERASED"));
	cr_assert_eq(aged_end_now(&s, id[0]), 0u);
}

/* Its name is folded anew; the request came to its end before. */
Test(retain_need, asks_once_also_when_the_name_of_who_asked_is_erased)
{
	char id[TEXT_UUID_CHARS + 1];
	uint64_t asked;

	cr_assert_str_eq(
	    aged_erase(&s, aged_alarm(&s, aged_position, false, id), 0, false),
	    "ERASE_WAITS");
	asked = newest(LEDGER__KIND__RETENTION);
	plant_turn(&s.k.p, AGED_YEAR);
	cr_assert_gt(aged_run(&s), 0u);
	cr_assert_str_empty(aged_erase(&s, asked, 15, false));
	cr_assert(!aged_waiting(&s));
	same_anew();
}

/* Its tables are folded anew in one commit, for which alarms wait. */
Test(retain_need, keeps_a_record_of_more_events_than_one_commit_folds)
{
	char id[TEXT_UUID_CHARS + 1];
	struct retain_seen seen = {.opened = 0};
	struct fold f = {.t = &s.k.p.site->own.tables,
	    .book = s.k.p.site->own.book,
	    .mac = &s.k.p.site->index_mac};
	struct retain_ask ask = {.site = s.k.p.site,
	    .fold = &f,
	    .line = s.k.p.site->evidence,
	    .seen = &seen};
	struct retain_look look;
	uint8_t raw[16];
	bool needed;

	(void)aged_alarm(&s, aged_gas, false, id);
	plant_turn(&s.k.p, AGED_AGES);
	ask.now_us = s.k.p.now;
	cr_assert_eq(text_uuid_get(raw, bytes_str(id), NULL), ERR_OK);
	cr_assert_eq(store_read(s.k.p.site->own.store, &f.txn, NULL), ERR_OK);
	cr_assert_eq(retain_look(&look, &ask, raw, NULL), ERR_OK);
	look.row.seq = RETAIN_EVENTS_MAX + 1;
	cr_assert_eq(retain_needed(&needed, &ask, raw, &look, NULL), ERR_OK);
	cr_assert(needed);
	cr_assert_eq(seen.opened, 0u, "nor is it opened for that");
	look.row.seq = 2;
	cr_assert_eq(retain_needed(&needed, &ask, raw, &look, NULL), ERR_OK);
	cr_assert_not(needed);
	store_abort(f.txn);
}

/* ---- the policy ---- */

Test(retain_need, ends_nothing_while_the_policy_in_force_is_not_here)
{
	struct site *at = s.k.p.site;
	struct packs *grown = packs_grow(at->packs);
	const struct hash digest = {{1}};
	char id[2][TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_gas, false, id[0]);
	uint64_t law = aged_alarm(&s, aged_position, false, id[1]);

	cr_assert_str_eq(aged_erase(&s, law, 0, false), "ERASE_WAITS");
	(void)packs_activate(grown, "retention@local.9", &digest, s.k.p.now);
	at->packs = grown;
	plant_turn(&s.k.p, AGED_AGES);
	cr_assert_null(packs_retention(at->packs, s.k.p.now));
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert_str_eq(wants(), "END_POLICY");
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "END_POLICY");
	cr_assert(kept(id[0]));
	cr_assert(aged_withheld(&s, id[1], "STORAGE_ONLY"));
}

/* How many files the node enters in the ledger by itself. */
static int
adopts(void)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s.k.p, w);

	if (!pack_adopt(&to)) {
		submit_wait_done(w, NULL);
		free(w);
		return 0;
	}
	submit_result_free(submit_wait_for(w));
	return 1;
}

Test(retain_need, ends_nothing_while_an_activation_may_be_among_what_is_unread)
{
	static char text[PACKED_OTHER];
	char id[TEXT_UUID_CHARS + 1];

	packed_other(text, "retention", "mine", "2026-01-01T00:00:00Z",
	    "keepMonths: 72", "keepMonths: 96");
	packed_activate(&s.k.p, NULL, text);
	uint64_t index = aged_alarm(&s, aged_gas, false, id);
	spoil(newest(LEDGER__KIND__ADMIN), true);
	packed_other(text, "retention", "old", "2026-01-02T00:00:00Z",
	    "keepMonths: 72", "keepMonths: 84");
	packed_file(&s.k.p, "old.yaml", text);
	aged_restart(&s);
	cr_assert_eq(adopts(), 0, "that is not alone which may be replaced");
	plant_turn(&s.k.p, AGED_AGES);
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert_str_eq(wants(), "END_POLICY");
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "END_POLICY");
	cr_assert(kept(id));
}

/* What type it was is gone with its first event: it may be the one whose term
 * is longest. */
Test(retain_need, takes_the_longest_term_where_the_type_is_gone)
{
	const struct row r = {.kind = LEDGER__KIND__CASE, .flags = ROW_PARTIAL};
	const struct row other = {.kind = LEDGER__KIND__CASE};
	struct site *at = s.k.p.site;
	const Pack__Retention *p = packs_retention(at->packs, s.k.p.now);

	cr_assert_str_eq(
	    retain_class(&at->index_mac, p, &r)->name, "impact-assessment");
	cr_assert_str_eq(retain_class(&at->index_mac, p, &other)->name, "case");
}

/* Whose first event was erased by then is no riddle: the rest goes, too. */
Test(retain_need, erases_a_record_event_by_event)
{
	char id[TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_gas, false, id);

	plant_turn(&s.k.p, PLANT_LAW);
	cr_assert_str_empty(aged_erase(&s, index, 0, false));
	cr_assert_str_empty(aged_erase(&s, index + 1, 0, false));
}

Test(retain_need, does_nothing_while_tables_are_folded)
{
	char id[TEXT_UUID_CHARS + 1];

	(void)aged_alarm(&s, aged_gas, false, id);
	plant_turn(&s.k.p, AGED_AGES);
	atomic_store(&s.k.p.site->folding, true);
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert_eq(aged_end_now(&s, id), 0u);
	atomic_store(&s.k.p.site->folding, false);
	cr_assert(kept(id));
}

/* ---- time ---- */

static void
admitted(void *arg, enum err e, const struct err_why *why)
{
	cr_assert_eq(e, ERR_OK, "%s", why->text);
	atomic_store((atomic_bool *)arg, true);
}

/* Many steps of less than three days, too: nobody lived through them. */
Test(retain_need, lets_no_clock_that_is_led_make_anything_older)
{
	const struct timeline_policy policy = {
	    2000000, INT64_C(24) * 3600 * 1000000};
	char id[TEXT_UUID_CHARS + 1];
	struct timekeep *k;
	struct err_why why = {.text = ""};

	(void)aged_alarm(&s, aged_gas, false, id);
	k = timekeep_new(s.k.p.site, &policy);
	s.k.p.synchronised = true;
	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
	for (unsigned i = 0; i < 40; i++) {
		atomic_bool said = false;

		s.k.p.wrong += 290 * AGED_DAY / 100;
		timekeep_admit(k,
		    &(struct timekeep_word){.reason = "so it is",
		        .by = "admin",
		        .done = admitted,
		        .arg = &said});
		while (!atomic_load(&said))
			(void)sched_yield();
	}
	cr_assert_eq(aged_run(&s), 0u);
	plant_turn(&s.k.p, 8 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert_str_empty(wants(), "it may end things: %s", wants());
	cr_assert(kept(id));
	same_anew();
	site_close(s.k.p.site);
	timekeep_free(k);
	s.k.p.site = NULL;
	plant_restart(&s.k.p);
	retain_stop(s.r);
	retain_free(s.r);
	s.r = retain_new(s.k.p.site);
}

/* ---- what others need ---- */

Test(retain_need, keeps_what_another_record_names_as_long_as_that)
{
	char id[2][TEXT_UUID_CHARS + 1];
	Record__Alarm clear = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	(void)aged_alarm(&s, aged_gas, false, id[0]);
	aged_name(&s, id[0], id[1]);
	plant_turn(&s.k.p, AGED_AGES);
	(void)aged_run(&s);
	cr_assert(kept(id[0]), "one that is open names it");
	clear.has_action = true;
	clear.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &clear;
	submit_result_free(
	    plant_event(&s.k.p, LEDGER__KIND__ALARM, id[1], &post));
	plant_turn(&s.k.p, 5 * AGED_YEAR);
	cr_assert_eq(aged_run(&s), 0u);
	same_anew();
	cr_assert(kept(id[0]), "its term is not over");
	plant_turn(&s.k.p, 2 * AGED_YEAR);
	cr_assert_gt(aged_run(&s), 0u);
	cr_assert(aged_withheld(&s, id[0], "ERASED"));
	cr_assert(aged_withheld(&s, id[1], "ERASED"));
	same_anew();
}

/* Who names it cannot be read: that keeps it, and stops nothing else. */
Test(retain_need, keeps_what_a_damaged_record_names_and_ends_the_others)
{
	char id[3][TEXT_UUID_CHARS + 1];

	(void)aged_alarm(&s, aged_gas, false, id[0]);
	aged_name(&s, id[0], id[1]);
	(void)aged_alarm(&s, aged_gas, false, id[2]);
	plant_damage(&s.k.p, id[1]);
	plant_turn(&s.k.p, AGED_AGES);
	(void)aged_run(&s);
	cr_assert(kept(id[0]));
	cr_assert(aged_withheld(&s, id[2], "ERASED"));
}

/* ---- kinds whose end has a condition ---- */

static bool
needed(struct folded *f, unsigned n)
{
	struct fold at = {.t = &f->site->own.tables,
	    .book = f->site->own.book,
	    .mac = &f->site->index_mac};
	const struct retain_ask ask = {.site = f->site,
	    .fold = &at,
	    .line = f->site->evidence,
	    .now_us = f->now_us + AGED_AGES};
	struct retain_look look;
	uint8_t id[16];
	bool out = false;

	folded_id(id, n);
	cr_assert_eq(store_read(f->site->own.store, &at.txn, NULL), ERR_OK);
	cr_assert_eq(retain_look(&look, &ask, id, NULL), ERR_OK);
	if (look.facts.open)
		out = true;
	else
		cr_assert_eq(
		    retain_needed(&out, &ask, id, &look, NULL), ERR_OK);
	store_abort(at.txn);
	return out;
}

static void
erase(struct folded *f, uint64_t index)
{
	const struct log_erasure x = {
	    .slot = f->site->evidence, .index = index};
	struct commit_ctx ctx;

	folded_begin(f, &f->site->own, &ctx);
	cr_assert_eq(
	    log_erase(f->site->own.book, ctx.txn, &x, 1, NULL), ERR_OK);
	folded_commit(&ctx);
}

/* Else the notice would be due again. */
Test(retain_delivery, outlives_what_it_tells_of)
{
	struct folded f;
	Record__Delivery d = RECORD__DELIVERY__INIT;
	uint8_t id[16];
	char about[TEXT_UUID_CHARS + 1];
	struct log_place raised, cleared;

	folded_new(&f);
	raised = folded_raise(&f, 1, "tank-farm-2", 2);
	cleared = folded_clear(&f, 1, 2);
	folded_id(id, 1);
	text_uuid_put(about, id);
	d.has_action = d.has_about_seq = true;
	d.action = RECORD__DELIVERY__ACTION__DELIVERED;
	d.target = folded_text("office");
	d.about_id = about;
	d.about_seq = 1;
	folded_id(id, 2);
	struct draft_spec spec =
	    folded_spec(&f, id, LEDGER__KIND__DELIVERY, 1, &d.base);
	(void)folded_put_one(&f, &f.site->own, &spec);
	cr_expect(needed(&f, 2));
	erase(&f, raised.index);
	cr_expect(needed(&f, 2), "one event of it is there");
	cr_expect_not(needed(&f, 1), "it keeps nothing itself");
	erase(&f, cleared.index);
	cr_expect_not(needed(&f, 2));
	/* Whom notices go to is in force. */
	d.action = RECORD__DELIVERY__ACTION__SERVE;
	d.about_id = NULL;
	folded_id(id, 3);
	(void)folded_put_one(&f, &f.site->own, &spec);
	cr_expect(needed(&f, 3));
	folded_end(&f);
}

/* Else a month would be entered a second time. */
Test(retain_snapshot, keeps_the_newest)
{
	struct folded f;
	Record__Snapshot m = RECORD__SNAPSHOT__INIT;
	uint8_t id[16];

	folded_new(&f);
	m.period = folded_text("2026-11");
	for (unsigned n = 1; n <= 2; n++) {
		folded_id(id, n);
		struct draft_spec spec =
		    folded_spec(&f, id, LEDGER__KIND__SNAPSHOT, 1, &m.base);
		(void)folded_put_one(&f, &f.site->own, &spec);
	}
	cr_expect_not(needed(&f, 1));
	cr_expect(needed(&f, 2));
	folded_end(&f);
}

Test(retain_open, is_a_balance_that_somebody_may_spend_and_a_check_in_use)
{
	struct row r = {.kind = LEDGER__KIND__POINTS, .members = 1};

	cr_expect(retain_open(&r, AGED_AGES));
	r.members = 0;
	cr_expect_not(retain_open(&r, AGED_AGES));
	r = (struct row){.kind = LEDGER__KIND__CHECKLIST, .state = ROW_OPEN};
	cr_expect(retain_open(&r, AGED_AGES), "a unit, too");
	r.state = ROW_CLOSED;
	cr_expect_not(retain_open(&r, AGED_AGES));
}

/* Else many clocks that were led would make all of it old. */
Test(retain_leads, add_up_to_no_less_than_each)
{
	struct fold_leads l = {.len = 2};

	l.at = mem_alloc(2, sizeof *l.at);
	l.at[0].place = 1;
	l.at[1].place = 2;
	l.at[0].by_us = l.at[1].by_us = INT64_MAX - 1;
	cr_expect_eq(fold_leads_since(&l, 0), INT64_MAX);
	fold_leads_free(&l);
}

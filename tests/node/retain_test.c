/* retain_test.c - terms that end, erasures that wait, holds. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/retain.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ledger/log_erase.h"
#include "node/export_set.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/retain_look.h"
#include "node/submit_expire.h"
#include "node/timekeep.h"
#include "tests/support/aged.h"
#include "tests/support/cards.h"
#include "tests/support/packed.h"

/* ---- terms ---- */

Test(retain, ends_closed_records_after_six_years_and_says_so)
{
	struct aged s;
	char id[3][TEXT_UUID_CHARS + 1];
	Api__RecordView *v;
	struct err_why why = {.text = ""};

	aged_begin(&s);
	(void)aged_alarm(&s, aged_gas, false, id[0]);
	(void)aged_alarm(&s, aged_gas, false, id[1]);
	(void)aged_alarm(&s, aged_gas, true, id[2]);
	plant_turn(&s.k.p, 100 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 1u, "media alone");
	plant_turn(&s.k.p, 5 * AGED_YEAR + 200 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 0u, "five years");
	cr_assert(aged_withheld(&s, id[0], NULL));
	plant_turn(&s.k.p, AGED_YEAR);
	cr_assert_eq(aged_run(&s), 1u, "one entry for all of them");
	cr_assert(aged_withheld(&s, id[0], "ERASED"));
	cr_assert(aged_withheld(&s, id[1], "ERASED"));
	cr_assert(aged_withheld(&s, id[2], NULL), "it is open");
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id[0]);
	cr_assert_str_eq(v->events[0]->expired, "alarm@2026.1");
	cr_assert_str_eq(v->events[1]->expired, "alarm@2026.1");
	api__record_view__free_unpacked(v, NULL);
	cr_assert_eq(aged_run(&s), 0u, "once");
	aged_restart(&s);
	cr_assert_eq(aged_run(&s), 0u, "also after a restart");
	/* Proofs, a backup and what comes out of it. */
	retain_stop(s.r);
	keeper_close(&s.k);
	cr_assert_eq(
	    keeper_backup(&s.k, true, NULL, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(keeper_restore(&s.k, &why), ERR_OK, "%s", why.text);
	cr_assert_str_empty(keeper_differs(&s.k));
	retain_free(s.r);
	keeper_open(&s.k);
	s.r = retain_new(s.k.p.site);
	aged_end(&s);
}

Test(retain, trap_16_media_go_after_their_term_and_their_hash_stays)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1];
	Api__RecordView *v;

	aged_begin(&s);
	(void)aged_alarm(&s, aged_gas, false, id);
	plant_turn(&s.k.p, 90 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 0u);
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id);
	cr_assert_not_null(v->events[0]->alarm->evidence[0]->uri);
	api__record_view__free_unpacked(v, NULL);
	plant_turn(&s.k.p, AGED_DAY);
	cr_assert_eq(aged_run(&s), 1u);
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id);
	cr_assert(v->events[0]->media_expired);
	cr_assert_str_eq(v->events[0]->expired, "alarm@2026.1");
	cr_assert_null(v->events[0]->alarm->evidence[0]->uri);
	cr_assert_eq(v->events[0]->alarm->evidence[0]->digest.len, 33u);
	cr_assert_null(v->events[0]->withheld);
	api__record_view__free_unpacked(v, NULL);
	cr_assert_eq(aged_run(&s), 0u);
	aged_end(&s);
}

/* More than one command takes: the wrapping key goes with the last. */
Test(retain, ends_a_month_in_batches)
{
	struct aged s;
	char id[130][TEXT_UUID_CHARS + 1];
	struct retain_stats n;
	struct store_txn *txn;

	aged_begin(&s);
	for (size_t i = 0; i < 130; i++)
		(void)aged_alarm(&s, aged_gas, false, id[i]);
	plant_turn(&s.k.p, 7 * AGED_YEAR);
	cr_assert_eq(aged_run(&s), 4u, "media and records, in two each");
	for (size_t i = 0; i < 130; i++)
		cr_assert(aged_withheld(&s, id[i], "ERASED"), "%zu", i);
	retain_stats(s.r, &n);
	cr_assert_eq(n.expired, 260u);
	cr_assert_eq(n.media, 130u);
	cr_assert_eq(store_read(s.k.p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert(!log_erase_waits(s.k.p.site->own.book, txn));
	store_abort(txn);
	aged_end(&s);
}

/* ---- the clock ---- */

Test(retain, ends_nothing_by_a_clock_that_nobody_confirms)
{
	const struct timeline_policy policy = {
	    2000000, INT64_C(24) * 3600 * 1000000};
	struct aged s;
	struct timekeep *k;
	struct retain_stats n;
	char id[TEXT_UUID_CHARS + 1];
	struct err_why why = {.text = ""};

	aged_begin(&s);
	(void)aged_alarm(&s, aged_gas, false, id);
	k = timekeep_new(s.k.p.site, &policy);
	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
	s.k.p.wrong = 73 * AGED_YEAR; /* 2099 */
	cr_assert_eq(aged_run(&s), 0u);
	retain_stats(s.r, &n);
	cr_assert_str_eq(n.wants->code, "END_UNCERTAIN");
	s.k.p.wrong = 0;
	cr_assert_eq(aged_run(&s), 0u);
	retain_stats(s.r, &n);
	cr_assert_str_eq(n.wants->code, "END_UNVOUCHED");
	s.k.p.synchronised = true;
	cr_assert_eq(aged_run(&s), 0u);
	retain_stats(s.r, &n);
	cr_assert_null(n.wants);
	site_close(s.k.p.site);
	timekeep_free(k);
	s.k.p.site = NULL;
	retain_stop(s.r);
	keeper_end(&s.k);
	retain_free(s.r);
}

/* A key opens what ended, in old pages and backups: it goes by no clock. */
Test(retain, ends_wrapping_keys_also_while_nobody_vouches_for_the_time)
{
	const struct timeline_policy policy = {
	    2000000, INT64_C(24) * 3600 * 1000000};
	const struct submit_expiry x = {.term = aged_term};
	struct aged s;
	struct timekeep *k;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to;
	struct submit_result *r;
	struct store_txn *txn;
	struct retain_stats n;
	char id[TEXT_UUID_CHARS + 1];
	struct err_why why = {.text = ""};

	aged_begin(&s);
	(void)aged_alarm(&s, aged_gas, false, id);
	plant_turn(&s.k.p, AGED_AGES);
	to = plant_to(&s.k.p, w);
	submit_expiry(&to, &x, aged_look(&s, id));
	r = submit_wait_for(w);
	cr_assert_eq(r->expired, 2u, "more of the month follows");
	submit_result_free(r);
	cr_assert_eq(store_read(s.k.p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert(log_erase_waits(s.k.p.site->own.book, txn));
	store_abort(txn);
	k = timekeep_new(s.k.p.site, &policy);
	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
	s.k.p.wrong = AGED_AGES;
	(void)aged_run(&s);
	retain_stats(s.r, &n);
	cr_assert_not_null(n.wants);
	cr_assert_eq(store_read(s.k.p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_not(log_erase_waits(s.k.p.site->own.book, txn));
	store_abort(txn);
	site_close(s.k.p.site);
	timekeep_free(k);
	s.k.p.site = NULL;
	retain_stop(s.r);
	keeper_end(&s.k);
	retain_free(s.r);
}

/* An operator's word, or the kernel's, leads time ahead: a week for people to
 * see it, on all ways. */
Test(retain, waits_a_week_after_time_was_led_ahead)
{
	const struct timeline_policy policy = {
	    2000000, INT64_C(24) * 3600 * 1000000};
	struct aged s;
	struct timekeep *k;
	struct retain_stats n;
	char id[TEXT_UUID_CHARS + 1];
	struct err_why why = {.text = ""};

	aged_begin(&s);
	(void)aged_alarm(&s, aged_gas, false, id);
	s.k.p.synchronised = true;
	s.k.p.wrong = 300 * AGED_DAY;
	k = timekeep_new(s.k.p.site, &policy);
	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
	cr_assert_eq(aged_run(&s), 0u);
	retain_stats(s.r, &n);
	cr_assert_str_eq(n.wants->code, "END_LED");
	cr_assert(aged_withheld(&s, id, NULL));
	plant_turn(&s.k.p, 6 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 0u);
	plant_turn(&s.k.p, 2 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 0u, "nobody lived through those days");
	plant_turn(&s.k.p, 84 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 1u, "its media");
	site_close(s.k.p.site);
	timekeep_free(k);
	s.k.p.site = NULL;
	retain_stop(s.r);
	keeper_end(&s.k);
	retain_free(s.r);
}

/* ---- holds ---- */

Test(retain, keeps_what_is_held_until_its_release)
{
	struct aged s;
	char id[3][TEXT_UUID_CHARS + 1];
	char held[TEXT_UUID_CHARS + 1] = "";
	char wide[TEXT_UUID_CHARS + 1] = "";
	static char kind[] = "ALARM";
	Record__Retention m = RECORD__RETENTION__INIT;
	uint64_t index;

	aged_begin(&s);
	index = aged_alarm(&s, aged_gas, false, id[0]);
	(void)aged_alarm(&s, aged_gas, false, id[1]);
	plant_turn(&s.k.p, AGED_DAY);
	(void)aged_alarm(&s, aged_gas, false, id[2]);
	m.record_id = id[0];
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, held, &m, 0));
	m = (Record__Retention)RECORD__RETENTION__INIT;
	m.kind = kind;
	m.area = aged_area;
	m.has_from_at = true;
	m.from_at = s.k.p.now - PLANT_MINUTE;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, wide, &m, 0));
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_HELD");
	aged_restart(&s);
	plant_turn(&s.k.p, 8 * AGED_YEAR);
	cr_assert_eq(
	    aged_run(&s), 2u, "media and body of the one that is free");
	cr_assert(aged_withheld(&s, id[0], NULL));
	cr_assert(aged_withheld(&s, id[1], "ERASED"));
	cr_assert(aged_withheld(&s, id[2], NULL));
	m = (Record__Retention)RECORD__RETENTION__INIT;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__RELEASE, held, &m, 1));
	m = (Record__Retention)RECORD__RETENTION__INIT;
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__RELEASE, held, &m, 2),
	    "STATE_FINAL");
	cr_assert_eq(aged_run(&s), 2u);
	cr_assert(aged_withheld(&s, id[0], "ERASED"));
	cr_assert(aged_withheld(&s, id[2], NULL));
	aged_end(&s);
}

Test(retain, takes_holds_from_people_who_may_and_say_why)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1] = "";
	char other[] = "01930000-0000-7000-8000-000000000001";
	char mine[TEXT_UUID_CHARS + 1];
	char nothing[] = "";
	Record__Retention m = RECORD__RETENTION__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	struct plant_person lin;

	aged_begin(&s);
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, id, &m, 0),
	    "HOLD_SCOPE");
	m.record_id = other;
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, id, &m, 0),
	    "HOLD_ELSEWHERE", "it would keep nothing");
	(void)aged_alarm(&s, aged_gas, false, mine);
	m.record_id = mine;
	m.reason = nothing;
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, id, &m, 0),
	    "HOLD_SCOPE");
	m.reason = NULL;
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__MEDIA, id, &m, 0),
	    "HOLD_NODE");
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__DEFER, id, &m, 0),
	    "HOLD_NODE");
	post.retention = &m;
	m.action = RECORD__RETENTION__ACTION__HOLD;
	r = plant_event(&s.k.p, LEDGER__KIND__RETENTION, NULL, &post);
	cr_assert_str_eq(r->rule->code, "SIGNATURE_MISSING");
	submit_result_free(r);
	lin = s.lin;
	plant_enrol(&s.k.p, &s.lin, "wu", "operator");
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, id, &m, 0),
	    "ROLE_MISSING");
	s.lin = lin;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, id, &m, 0));
	aged_end(&s);
}

/* ---- erasures that wait ---- */

/* AQ 3064.3-2025 4.4: location data a year. */
Test(retain, stores_only_until_a_legal_term_ends_then_erases_once)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1];
	struct retain_stats n;
	Api__RecordView *v;
	uint64_t index;

	aged_begin(&s);
	index = aged_alarm(&s, aged_position, false, id);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_ASKED");
	cr_assert_str_eq(aged_erase(&s, index, 37, false), "ERASE_ASKED");
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id);
	cr_assert_str_eq(v->events[0]->withheld, "STORAGE_ONLY");
	cr_assert_null(v->events[0]->alarm->title);
	cr_assert_eq(v->events[0]->alarm->n_people, 0u);
	cr_assert_str_eq(v->events[0]->alarm->kind, "position");
	cr_assert(v->events[0]->has_erased_from_at);
	cr_assert_str_eq(v->events[0]->hidden_clause, "AQ 3064.3-2025 4.4");
	api__record_view__free_unpacked(v, NULL);
	plant_turn(&s.k.p, 300 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 1u, "its media alone");
	retain_stats(s.r, &n);
	cr_assert_eq(n.waiting, 1u);
	aged_restart(&s);
	cr_assert(aged_withheld(&s, id, "STORAGE_ONLY"));
	plant_turn(&s.k.p, 66 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 1u);
	cr_assert(aged_withheld(&s, id, "ERASED"));
	cr_assert_eq(aged_run(&s), 0u, "once");
	cr_assert(!aged_waiting(&s));
	aged_end(&s);
}

Test(retain, adds_to_what_waits)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1];
	Api__RecordView *v;
	uint64_t index;

	aged_begin(&s);
	index = aged_alarm(&s, aged_position, false, id);
	cr_assert_str_eq(aged_erase(&s, index, 37, false), "ERASE_WAITS");
	cr_assert_str_eq(aged_erase(&s, index, 37, false), "ERASE_ASKED");
	cr_assert_str_eq(aged_erase(&s, index, 9, false), "ERASE_WAITS");
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id);
	cr_assert_null(v->events[0]->alarm->title);
	cr_assert_eq(v->events[0]->alarm->n_people, 0u);
	api__record_view__free_unpacked(v, NULL);
	plant_turn(&s.k.p, AGED_YEAR);
	cr_assert_eq(aged_run(&s), 2u, "media, and both fields at once");
	cr_assert(!aged_waiting(&s));
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id);
	cr_assert_null(v->events[0]->alarm->title);
	cr_assert_null(v->events[0]->withheld);
	api__record_view__free_unpacked(v, NULL);
	aged_end(&s);
}

Test(retain, erases_wrong_fields_at_once_never_a_whole_record)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1];
	uint64_t index;
	Api__RecordView *v;

	aged_begin(&s);
	index = aged_alarm(&s, aged_position, false, id);
	cr_assert_str_eq(aged_erase(&s, index, 0, true), "ERASE_WRONG");
	cr_assert_str_eq(
	    aged_erase(&s, index, 40, true), "ERASE_WRONG", "media");
	cr_assert_str_empty(aged_erase(&s, index, 37, true));
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id);
	cr_assert_eq(v->events[0]->alarm->n_people, 0u);
	cr_assert_not_null(v->events[0]->alarm->title);
	api__record_view__free_unpacked(v, NULL);
	aged_end(&s);
}

/* Life goes first: whoever watches over open alarms sees all of them. */
Test(retain, hides_nothing_of_what_is_in_force)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1];
	Record__Alarm clear = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	uint64_t index;

	aged_begin(&s);
	index = aged_alarm(&s, aged_position, true, id);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_DECIDES");
	cr_assert_str_eq(aged_erase(&s, index, 37, false), "ERASE_WAITS");
	cr_assert(aged_withheld(&s, id, NULL));
	clear.has_action = true;
	clear.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &clear;
	submit_result_free(plant_event(&s.k.p, LEDGER__KIND__ALARM, id, &post));
	cr_assert(aged_withheld(&s, id, "STORAGE_ONLY"));
	plant_turn(&s.k.p, AGED_YEAR);
	cr_assert_eq(aged_run(&s), 2u, "media, and the field");
	cr_assert(aged_withheld(&s, id, NULL));
	aged_end(&s);
}

Test(retain, keeps_what_waits_and_is_held)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1];
	char held[TEXT_UUID_CHARS + 1] = "";
	Record__Retention m = RECORD__RETENTION__INIT;
	uint64_t index;

	aged_begin(&s);
	index = aged_alarm(&s, aged_position, false, id);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	m.record_id = id;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, held, &m, 0));
	plant_turn(&s.k.p, 2 * AGED_YEAR);
	cr_assert_eq(aged_run(&s), 0u);
	cr_assert(
	    aged_withheld(&s, id, "STORAGE_ONLY"), "still given to nobody");
	m = (Record__Retention)RECORD__RETENTION__INIT;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__RELEASE, held, &m, 1));
	cr_assert_eq(aged_run(&s), 1u);
	cr_assert(aged_withheld(&s, id, "ERASED"));
	aged_end(&s);
}

static void
decide(struct aged *s, char id[TEXT_UUID_CHARS + 1])
{
	static char holder[] = "w-9";
	static char work[] = "hot-work";
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s->k.p, w);
	struct submit_result *r;

	q.holder = holder;
	q.work_type = work;
	q.area = aged_area;
	q.has_level = true;
	q.level = RECORD__PERMIT__LEVEL__LEVEL_2;
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

/* One that bars its holder is kept, and keeps nothing else: classes behind it
 * are looked at. */
Test(retain, keeps_a_bar_beyond_its_term_and_ends_other_classes)
{
	struct aged s;
	char card[TEXT_UUID_CHARS + 1];
	char decision[TEXT_UUID_CHARS + 1];
	char text[PACKED_OTHER];
	static char code[] = "FRAUD";
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	Api__RecordView *v;

	aged_begin(&s);
	packed_other(text, "credential-classes", "long.1",
	    "2016-01-01T00:00:00+08:00", "barMonths: 36", "barMonths: 600");
	packed_activate(&s.k.p, NULL, text);
	cards_certify(&s.k.p, "w-7", "welding", card);
	decide(&s, decision);
	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__REVOKE;
	c.reason_code = code;
	post.certificate = &c;
	submit_result_free(
	    plant_event(&s.k.p, LEDGER__KIND__CERTIFICATE, card, &post));
	plant_turn(&s.k.p, 8 * AGED_YEAR);
	(void)aged_run(&s);
	v = plant_get(&s.k.p, LEDGER__KIND__CERTIFICATE, card);
	cr_assert_str_eq(v->state, "REVOKED");
	cr_assert_null(v->events[0]->withheld, "it bars");
	api__record_view__free_unpacked(v, NULL);
	v = plant_get(&s.k.p, LEDGER__KIND__DECISION, decision);
	cr_assert_str_eq(v->events[0]->withheld, "ERASED");
	api__record_view__free_unpacked(v, NULL);
	aged_end(&s);
}

/* Its row is damaged: whether it waits, and for what, is not known. */
Test(retain, bundles_nothing_of_which_it_is_not_known_whether_it_waits)
{
	struct aged s;
	char id[TEXT_UUID_CHARS + 1];
	struct fold_key k;
	Ledger__Entry leaf = LEDGER__ENTRY__INIT;
	struct ops_identity who = {.areas_len = 0};
	struct export_scope scope = {.who = &who};
	uint64_t index;

	aged_begin(&s);
	index = aged_alarm(&s, aged_position, false, id);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	scope.site = s.k.p.site;
	scope.log = site_log(scope.site, SITE_EVIDENCE);
	cr_assert_eq(
	    store_write(scope.site->own.store, &scope.txn, NULL), ERR_OK);
	cr_assert(export_set_entitled(&scope, index, &leaf));
	k = fold_key_slot(scope.site->evidence);
	fold_key_uint(&k, 'p', 1);
	fold_key_uint(&k, generation_place(scope.log->number, index), 8);
	cr_assert_eq(store_put(scope.txn, scope.site->own.tables.retain,
	                 fold_key_view(&k), bytes_str("dust"), NULL),
	    ERR_OK);
	cr_assert_not(export_set_entitled(&scope, index, &leaf));
	cr_assert(export_set_entitled(&scope, index + 1, &leaf));
	store_abort(scope.txn);
	aged_end(&s);
}

static const struct fold_hold *
count_asked(void *arg, const struct fold_hold *const *holds, size_t len)
{
	++*(unsigned *)arg;
	return holds[len - 1];
}

/* Whom a record names is read from its events while alarms wait: only where all
 * else of the hold fits. */
Test(retain_holds, open_a_record_only_where_all_else_fits)
{
	static const uint8_t id[16] = {1};
	const struct row row = {.kind = LEDGER__KIND__ALARM, .area = 5};
	struct fold_hold at[] = {
	    {.person = 7, .source = 8, .kind = LEDGER__KIND__PERMIT},
	    {.person = 7, .source = 8, .area = 6},
	    {.person = 7, .source = 8, .from_us = 200},
	    {.person = 7, .source = 8, .to_us = 50},
	};
	const struct fold_holds all = {at, sizeof at / sizeof at[0]};
	unsigned asked = 0;
	const struct fold_held r = {.id = id,
	    .row = &row,
	    .first_us = 100,
	    .newest_us = 100,
	    .names = count_asked,
	    .arg = &asked};

	cr_assert_null(fold_holds_it(&all, &r));
	cr_assert_eq(asked, 0u);
	at[3].to_us = 101;
	cr_assert_not_null(fold_holds_it(&all, &r));
	cr_assert_eq(asked, 1u);
	at[1].area = 0;
	at[2].from_us = 0;
	cr_assert_eq(fold_holds_it(&all, &r), &at[3]);
	cr_assert_eq(asked, 2u, "once for all of them");
}

/* submit_erase_test.c - what an erasure must not take. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_erase.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ledger/log_book.h"
#include "node/fold_key.h"
#include "node/query.h"
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

TestSuite(submit_erase, .init = setup, .fini = teardown);

/* No request either: each entry of a kind that ends has its record. */
Test(submit_erase, erases_nothing_of_which_the_row_is_lost)
{
	char id[TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_position, false, id);
	struct site *at = s.k.p.site;
	struct store_txn *txn = NULL;
	struct fold_key k;
	uint8_t raw[16];

	cr_assert_eq(text_uuid_get(raw, bytes_str(id), NULL), ERR_OK);
	k = fold_key_record(at->evidence, raw, 0);
	cr_assert_eq(store_write(at->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_del(txn, at->own.tables.record, fold_key_view(&k), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "END_UNKNOWN");
	cr_assert_str_eq(aged_erase(&s, index, 37, true), "END_UNKNOWN");
	aged_fold_anew(&s);
	cr_assert(aged_withheld(&s, id, NULL));
}

/* The newest entry of a kind. */
static void
newest_of(Ledger__Kind kind, char id[TEXT_UUID_CHARS + 1])
{
	const struct query_scope scope = {.own_only = true};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *all = NULL;

	cr_assert_eq(
	    query_list(s.k.p.site, kind, &q, &scope, &all, NULL), ERR_OK);
	cr_assert_gt(all->n_items, 0u);
	memcpy(id, all->items[0]->record_id, TEXT_UUID_CHARS + 1);
	api__records__free_unpacked(all, NULL);
}

/* About what waits. */
static void
newest(char id[TEXT_UUID_CHARS + 1])
{
	newest_of(LEDGER__KIND__RETENTION, id);
}

/* Is it told who asked, and why, to somebody who may ask for erasures? */
static bool
says_who(const char *id, bool askers)
{
	const struct query_scope scope = {.askers = askers};
	const struct query_key key = {LEDGER__KIND__RETENTION, id, NULL};
	Api__RecordView *v = NULL;
	const Record__Retention *m;
	bool who;

	cr_assert_eq(query_get(s.k.p.site, &key, &scope, &v, NULL), ERR_OK);
	m = v->events[0]->retention;
	cr_assert_eq(m->action, RECORD__RETENTION__ACTION__DEFER);
	cr_assert_not_null(m->origin);
	who = m->requested_by != NULL;
	cr_assert_eq(who, m->reason != NULL);
	api__record_view__free_unpacked(v, NULL);
	return who;
}

/* Nor does it stay once the request has come to its end. */
Test(submit_erase, tells_who_asked_to_those_who_may_ask_until_it_is_done)
{
	char id[TEXT_UUID_CHARS + 1];
	char request[TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_position, false, id);

	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	newest(request);
	cr_assert(says_who(request, true));
	cr_assert_not(says_who(request, false));
	plant_turn(&s.k.p, AGED_YEAR);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id, "ERASED"));
	cr_assert_not(says_who(request, true));
	cr_assert(!aged_waiting(&s));
}

/* What no term ends is held all the same, and so is who asked. */
Test(submit_erase, takes_nothing_that_is_held_of_what_no_term_knows)
{
	char id[TEXT_UUID_CHARS + 1];
	char request[TEXT_UUID_CHARS + 1];
	const uint64_t index = aged_alarm(&s, aged_position, false, id);
	Api__RecordView *v;
	uint64_t at;

	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	newest(request);
	v = plant_get(&s.k.p, LEDGER__KIND__RETENTION, request);
	at = v->events[0]->place->index;
	api__record_view__free_unpacked(v, NULL);
	aged_hold_record(&s, request);
	cr_assert_str_eq(aged_erase(&s, at, 15, false), "ERASE_HELD");
	plant_turn(&s.k.p, AGED_YEAR);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id, "ERASED"));
	cr_assert(says_who(request, true));
}

/* Nor is it told who asked for what was done at once. */
Test(submit_erase, tells_who_asked_for_what_no_law_keeps_to_those_who_may_ask)
{
	char id[TEXT_UUID_CHARS + 1];
	char by[TEXT_UUID_CHARS + 1];
	const struct query_key key = {LEDGER__KIND__ERASURE, by, NULL};
	uint64_t index = aged_alarm(&s, aged_gas, false, id);

	plant_turn(&s.k.p, PLANT_LAW);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "");
	newest_of(LEDGER__KIND__ERASURE, by);
	for (int askers = 0; askers < 2; askers++) {
		const struct query_scope scope = {.askers = askers == 1};
		Api__RecordView *v = NULL;
		const Record__Erasure *m;

		cr_assert_eq(
		    query_get(s.k.p.site, &key, &scope, &v, NULL), ERR_OK);
		m = v->events[0]->erasure;
		cr_assert_eq(m->index, index);
		cr_assert_eq(m->requested_by != NULL, askers == 1);
		cr_assert_eq(m->reason != NULL, askers == 1);
		api__record_view__free_unpacked(v, NULL);
	}
}

Test(submit_erase, forgets_who_asked_for_less_when_more_is_asked_for)
{
	char id[TEXT_UUID_CHARS + 1];
	char request[2][TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_position, false, id);

	cr_assert_str_eq(aged_erase(&s, index, 37, false), "ERASE_WAITS");
	newest(request[0]);
	cr_assert_str_eq(aged_erase(&s, index, 9, false), "ERASE_WAITS");
	newest(request[1]);
	cr_assert_not(says_who(request[0], true));
	cr_assert(says_who(request[1], true));
	cr_assert(aged_waiting(&s));
}

/* ---- a source that somebody wears ---- */

static char tag[] = "tag-of-zhang";

static uint64_t
worn(uint64_t seq, char id[TEXT_UUID_CHARS + 1])
{
	Record__Alarm clear = RECORD__ALARM__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	uint64_t index;

	a.has_level = a.has_occurred_at = a.has_source_seq = true;
	a.level = 3;
	a.kind = aged_position;
	a.area = aged_area;
	a.source = tag;
	a.source_seq = seq;
	a.occurred_at = s.k.p.now;
	r = plant_alarms(&s.k.p, (Record__Alarm *[]){&a}, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	index = r->items[0].index;
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	clear.has_action = true;
	clear.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &clear;
	r = plant_event(&s.k.p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	return index;
}

/* Is its feed called by its name, and how many of its alarms are found? */
static size_t
told(bool *by_name)
{
	const struct query_scope scope = {.own_only = true};
	const struct query_page page = {.limit = 0};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Sources *feeds = NULL;
	Api__Records *all = NULL;
	size_t n;

	cr_assert_eq(
	    query_sources(s.k.p.site, &page, &scope, &feeds, NULL), ERR_OK);
	cr_assert_eq(feeds->n_items, 1u);
	*by_name = feeds->items[0]->source != NULL;
	cr_assert(!*by_name || strcmp(feeds->items[0]->source, tag) == 0);
	api__sources__free_unpacked(feeds, NULL);
	q.subject = tag;
	cr_assert_eq(
	    query_list(s.k.p.site, LEDGER__KIND__ALARM, &q, &scope, &all, NULL),
	    ERR_OK);
	n = all->n_items;
	api__records__free_unpacked(all, NULL);
	return n;
}

Test(submit_erase, names_no_source_of_which_all_is_stored_only)
{
	char id[2][TEXT_UUID_CHARS + 1];
	uint64_t index[2];
	bool by_name;

	for (size_t i = 0; i < 2; i++)
		index[i] = worn(i + 1, id[i]);
	cr_assert_eq(told(&by_name), 2u);
	cr_assert(by_name);
	cr_assert_str_eq(aged_erase(&s, index[1], 0, false), "ERASE_WAITS");
	cr_assert_eq(told(&by_name), 1u);
	cr_assert(by_name, "an older one says it");
	cr_assert_str_eq(aged_erase(&s, index[0], 0, false), "ERASE_WAITS");
	cr_assert_eq(told(&by_name), 0u);
	cr_assert_not(by_name);
}

/* Work Safety Law article 36: nobody's request takes an alarm before. */
Test(submit_erase, takes_no_alarm_at_once)
{
	char id[TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_gas, false, id);

	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	cr_assert_str_eq(aged_erase(&s, index, 0, true), "ERASE_WRONG");
	cr_assert_str_eq(aged_erase(&s, index, 7, true), "ERASE_WRONG");
	cr_assert(aged_withheld(&s, id, "STORAGE_ONLY"));
	plant_turn(&s.k.p, AGED_YEAR);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id, "ERASED"));
}

/* ---- who carries what out ---- */

/* Of one request: what the node would carry out when it is due. */
static void
read_request(const char *id, struct submit_due *out, Record__Retention *m)
{
	static char origin[NOTE_NAME_MAX + 1];
	static uint64_t index;
	static uint32_t fields[8];
	Api__RecordView *v = plant_get(&s.k.p, LEDGER__KIND__RETENTION, id);
	const Record__Retention *r = v->events[0]->retention;

	*m = (Record__Retention)RECORD__RETENTION__INIT;
	(void)snprintf(origin, sizeof origin, "%s", r->origin);
	index = r->index[0];
	cr_assert_leq(r->n_fields, 8u);
	memcpy(fields, r->fields, r->n_fields * sizeof fields[0]);
	m->origin = origin;
	m->index = &index;
	m->n_index = 1;
	m->fields = fields;
	m->n_fields = r->n_fields;
	cr_assert_eq(text_uuid_get(out->request, bytes_str(id), NULL), ERR_OK);
	out->asked = m;
	api__record_view__free_unpacked(v, NULL);
}

static const char *
carry_out(const struct submit_due *due)
{
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&s.k.p, w);
	struct submit_result *r;
	const char *code;

	submit_erasure_due(&to, due);
	r = submit_wait_for(w);
	code = r->error == ERR_OK ? "" : r->rule != NULL ? r->rule->code : "?";
	submit_result_free(r);
	return code;
}

/* It would end the wider one with it. */
Test(submit_erase, carries_out_no_request_that_went_on_in_another)
{
	char id[TEXT_UUID_CHARS + 1];
	char request[TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_position, false, id);
	struct submit_due due;
	Record__Retention m;

	cr_assert_str_eq(aged_erase(&s, index, 37, false), "ERASE_WAITS");
	newest(request);
	read_request(request, &due, &m);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	plant_turn(&s.k.p, AGED_YEAR);
	cr_assert_str_eq(carry_out(&due), "ERASED_ALREADY");
	cr_assert(aged_waiting(&s));
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id, "ERASED"));
}

/* As many as one look takes, and each is refused again and again. */
Test(submit_erase, is_not_kept_from_one_request_by_those_that_cannot_be_done)
{
	enum {
		LOST = 64
	};
	struct log_book *b = s.k.p.site->own.book;
	struct store_txn *txn = NULL;
	uint64_t index[LOST + 1];
	char id[TEXT_UUID_CHARS + 1];

	for (size_t i = 0; i <= LOST; i++) {
		index[i] = aged_alarm(&s, aged_position, false, id);
		cr_assert_str_eq(
		    aged_erase(&s, index[i], 0, false), "ERASE_WAITS");
	}
	cr_assert_eq(store_write(s.k.p.site->own.store, &txn, NULL), ERR_OK);
	for (size_t i = 0; i < LOST; i++) {
		uint8_t key[LOG_ROW_KEY_BYTES];

		log_book_key(key, s.k.p.site->evidence, index[i]);
		cr_assert_eq(
		    store_del(txn, b->keys, bytes_of(key, sizeof key), NULL),
		    ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	plant_turn(&s.k.p, AGED_YEAR);
	for (int looks = 0; looks < 3; looks++)
		(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id, "ERASED"));
}

/* It would seem done in lists while it waits. */
Test(submit_erase, lets_nobody_release_a_request_as_if_it_were_a_hold)
{
	char id[TEXT_UUID_CHARS + 1];
	char request[TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_position, false, id);
	Record__Retention m = RECORD__RETENTION__INIT;

	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	newest(request);
	cr_assert_str_eq(
	    aged_hold(&s, RECORD__RETENTION__ACTION__RELEASE, request, &m, 1),
	    "HOLD_NODE");
}

/* By a time from before his own right was over. */
Test(submit_erase, lets_nobody_release_a_hold_whose_right_is_over)
{
	static char name[] = "wu";
	static char legal[] = "legal";
	static char why[] = "settled";
	char *roles[] = {legal};
	char id[TEXT_UUID_CHARS + 1];
	char hold[TEXT_UUID_CHARS + 1] = "";
	struct plant_person wu;
	Record__Actor a = RECORD__ACTOR__INIT;
	Record__Retention m = RECORD__RETENTION__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct plant_sign sign = {.who = &wu,
	    .kind = LEDGER__KIND__RETENTION,
	    .record = hold,
	    .based_on = 1,
	    .msg = &m.base,
	    .occurred_us = s.k.p.now};
	struct submit_result *r;

	crypto_signer_new(&wu.key);
	wu.alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(wu.alg_key + 1, wu.key.pub, CRYPTO_PUB_BYTES);
	a.has_action = a.has_key = a.has_valid_to_at = true;
	a.action = RECORD__ACTOR__ACTION__ENROL;
	a.name = name;
	a.roles = roles;
	a.n_roles = 1;
	a.key = (ProtobufCBinaryData){sizeof wu.alg_key, wu.alg_key};
	a.valid_to_at = s.k.p.now + AGED_DAY;
	post.actor = &a;
	r = plant_event(&s.k.p, LEDGER__KIND__ACTOR, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	(void)aged_alarm(&s, aged_gas, false, id);
	m.record_id = id;
	cr_assert_str_empty(
	    aged_hold(&s, RECORD__RETENTION__ACTION__HOLD, hold, &m, 0));
	plant_turn(&s.k.p, 2 * AGED_DAY);
	m = (Record__Retention)RECORD__RETENTION__INIT;
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__RETENTION__ACTION__RELEASE;
	m.occurred_at = sign.occurred_us;
	m.reason = why;
	r = plant_signed(&s.k.p, &sign, hold);
	cr_assert_neq(r->error, ERR_OK, "he freed it");
	cr_assert_str_eq(r->rule->code, "RIGHT_OVER");
	submit_result_free(r);
}

/* ---- what is in force, and what is named ---- */

/* A case, which no law keeps; its index. */
static uint64_t
reported(const char *type, char id[TEXT_UUID_CHARS + 1])
{
	static char text[] = "a flange weeps";
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	char kind[32];
	uint64_t index;

	(void)snprintf(kind, sizeof kind, "%s", type);
	c.has_action = c.has_occurred_at = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.occurred_at = s.k.p.now;
	c.type = kind;
	c.area = aged_area;
	c.description = text;
	c.person_name = text;
	post.case_event = &c;
	r = plant_event(&s.k.p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	index = r->items[0].index;
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	return index;
}

/* Who looks at the screen must read what is there, and who is in there. */
Test(submit_erase, takes_nothing_at_once_that_tells_of_an_open_danger)
{
	char id[TEXT_UUID_CHARS + 1];
	uint64_t index = aged_alarm(&s, aged_gas, true, id);
	uint64_t at;

	cr_assert_str_eq(aged_erase(&s, index, 9, true), "ERASE_DECIDES");
	cr_assert_str_eq(aged_erase(&s, index, 37, true), "ERASE_DECIDES");
	plant_clear(&s.k.p, id);
	cr_assert_str_empty(aged_erase(&s, index, 37, true));
	at = reported("hazard", id);
	cr_assert_str_eq(aged_erase(&s, at, 17, false), "ERASE_DECIDES");
	cr_assert_str_eq(aged_erase(&s, at, 17, true), "ERASE_DECIDES");
	cr_assert_str_eq(aged_erase(&s, at, 0, false), "ERASE_DECIDES");
	cr_assert_str_empty(aged_erase(&s, at, 16, false));
	at = reported("near-miss", id);
	cr_assert_str_empty(aged_erase(&s, at, 17, false));
}

static const char *
withheld(const char *id)
{
	static char text[32];
	Api__RecordView *v = plant_get(&s.k.p, LEDGER__KIND__CASE, id);
	const char *is = v->events[0]->withheld;

	(void)snprintf(text, sizeof text, "%s", is != NULL ? is : "");
	api__record_view__free_unpacked(v, NULL);
	return text;
}

/* What a law keeps is not whole without what it names. */
Test(submit_erase, waits_for_what_names_it_and_is_kept_by_a_law)
{
	char id[TEXT_UUID_CHARS + 1];
	char by[TEXT_UUID_CHARS + 1];
	char free[TEXT_UUID_CHARS + 1];
	const uint64_t index = reported("near-miss", id);

	aged_name(&s, id, by);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	cr_assert_str_eq(withheld(id), "");
	plant_turn(&s.k.p, 2 * AGED_YEAR);
	(void)aged_run(&s);
	cr_assert_str_eq(withheld(id), "", "both are in force");
	plant_clear(&s.k.p, by);
	plant_turn(&s.k.p, 300 * AGED_DAY);
	(void)aged_run(&s);
	cr_assert(aged_waiting(&s));
	plant_turn(&s.k.p, 66 * AGED_DAY);
	(void)aged_run(&s);
	cr_assert_str_eq(withheld(id), "ERASED");
	cr_assert_str_empty(
	    aged_erase(&s, reported("near-miss", free), 0, false));
}

Test(submit_erase, takes_nothing_that_a_held_record_names)
{
	char id[TEXT_UUID_CHARS + 1];
	char by[TEXT_UUID_CHARS + 1];
	const uint64_t index = reported("near-miss", id);

	aged_name(&s, id, by);
	plant_clear(&s.k.p, by);
	aged_hold_record(&s, by);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_HELD");
	plant_turn(&s.k.p, 2 * AGED_YEAR);
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_HELD");
}

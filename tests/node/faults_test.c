/* faults_test.c - faults that come again and again become work orders. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/faults.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_book.h"
#include "node/site_logs.h"
#include "proto/mem.h"
#include "tests/support/plant.h"

#define MINUTE PLANT_MINUTE

static struct plant p;
static struct faults *faults;
static uint64_t seq;
static char last[TEXT_UUID_CHARS + 1]; /* alarm */

static void
begin(void)
{
	plant_begin(&p, "plant-a.acme.example");
	faults = faults_new(p.site);
	cr_assert_eq(faults_turn(faults), 0u);
}

static void
end(void)
{
	faults_end(faults);
	plant_end(&p);
	faults_free(faults);
}

static void
restart(void)
{
	faults_end(faults);
	plant_restart(&p);
	faults_free(faults);
	faults = faults_new(p.site);
}

static void
fails(const char *asset, const char *code)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char kind[] = "equipment", area[] = "pump-house", source[] = "dcs-1";
	char what[32], which[32];
	struct submit_result *r;

	(void)snprintf(what, sizeof what, "%s", asset);
	(void)snprintf(which, sizeof which, "%s", code);
	a.has_level = a.has_occurred_at = a.has_source_seq = true;
	a.level = 3;
	a.kind = kind;
	a.area = area;
	a.source = source;
	a.source_seq = ++seq;
	a.asset = what;
	a.std_code = which;
	a.occurred_at = p.now;
	r = plant_alarms(&p, list, 1);
	cr_assert_eq(r->error, ERR_OK);
	text_uuid_put(last, r->items[0].record_id);
	submit_result_free(r);
	plant_turn(&p, MINUTE);
}

static Api__Records *
cases(void)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope scope = {.own_only = true};
	Api__Records *out = NULL;
	char type[] = "work-order";

	q.type = type;
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__CASE, &q, &scope, &out, NULL),
	    ERR_OK);
	return out;
}

static size_t
orders(void)
{
	Api__Records *all = cases();
	const size_t n = all->n_items;

	api__records__free_unpacked(all, NULL);
	return n;
}

Test(faults, the_third_of_the_same_makes_one_work_order)
{
	begin();
	fails("P-101", "17");
	fails("P-101", "18");
	fails("P-102", "17");
	fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 0u, "two each, of one");
	fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 1u);
	Api__Records *all = cases();
	cr_assert_eq(all->n_items, 1u);
	const Record__Case *c = all->items[0]->events[0]->case_event;
	cr_assert_str_eq(c->equipment, "P-101");
	cr_assert_str_eq(c->fault, "17");
	cr_assert_str_eq(c->rule, "same-fault");
	cr_assert_str_eq(c->area, "pump-house");
	cr_assert_eq(c->n_alarm_ids, 3u);
	cr_assert_eq(c->due_at - c->occurred_at, 480 * MINUTE);
	api__records__free_unpacked(all, NULL);
	end();
}

Test(faults, an_open_work_order_answers_for_all_that_follow)
{
	begin();
	for (int i = 0; i < 9; i++)
		fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 1u, "all in one look");
	for (int i = 0; i < 4; i++) {
		fails("P-101", "17");
		cr_assert_eq(faults_turn(faults), 0u);
	}
	cr_assert_eq(orders(), 1u);
	end();
}

Test(faults, a_restart_makes_no_second_one_and_loses_no_count)
{
	begin();
	fails("P-101", "17");
	fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 0u);
	restart();
	cr_assert_eq(faults_turn(faults), 0u);
	fails("P-101", "17");
	restart();
	cr_assert_eq(faults_turn(faults), 1u, "two before, one after");
	restart();
	cr_assert_eq(faults_turn(faults), 0u);
	fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 0u, "it is still open");
	cr_assert_eq(orders(), 1u);
	end();
}

Test(faults, a_damaged_alarm_counts_not_and_keeps_no_other_from_counting)
{
	begin();
	fails("P-101", "17");
	plant_damage(&p, last);
	for (int i = 0; i < 3; i++)
		fails("P-101", "17");
	restart();
	cr_assert_eq(faults_turn(faults), 1u);
	end();
}

/* The entry on which the search for the window begins. */
static void
damage_entry(void)
{
	struct log_book *book = p.site->own.book;
	const uint16_t slot = site_log(p.site, SITE_EVIDENCE)->slot;
	struct log_state *st = mem_alloc(1, sizeof *st);
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_txn *txn = NULL;

	cr_assert_eq(store_write(p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_state(book, txn, slot, st, NULL), ERR_OK);
	log_book_key(key, slot, st->frontier.size / 2);
	cr_assert_eq(store_put(txn, book->entries, bytes_of(key, sizeof key),
	                 bytes_of("\xff", 1), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	free(st);
}

Test(faults, a_damaged_entry_keeps_none_from_counting)
{
	begin();
	fails("P-101", "17");
	fails("P-101", "17");
	damage_entry();
	faults_end(faults);
	faults_free(faults);
	faults = faults_new(p.site);
	fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 1u);
	end();
}

/* What came before it was closed was answered by it. */
Test(faults, a_closed_one_lets_the_next_three_make_another)
{
	Record__Case m = RECORD__CASE__INIT;
	struct plant_person officer;
	char id[TEXT_UUID_CHARS + 1], reason[] = "not a fault";
	struct submit_result *r;

	begin();
	for (int i = 0; i < 4; i++)
		fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 1u);
	Api__Records *all = cases();
	(void)snprintf(id, sizeof id, "%s", all->items[0]->record_id);
	api__records__free_unpacked(all, NULL);
	plant_enrol(&p, &officer, "wu", "safety-officer");
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__CASE__ACTION__REJECT;
	m.occurred_at = p.now;
	m.reason = reason;
	r = plant_signed(&p,
	    &(struct plant_sign){.who = &officer,
	        .kind = LEDGER__KIND__CASE,
	        .record = id,
	        .based_on = 1,
	        .msg = &m.base,
	        .occurred_us = p.now},
	    id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	plant_turn(&p, MINUTE);
	fails("P-101", "17");
	fails("P-101", "17");
	restart();
	cr_assert_eq(faults_turn(faults), 0u, "two since then");
	fails("P-101", "17");
	cr_assert_eq(faults_turn(faults), 1u);
	cr_assert_eq(orders(), 2u);
	end();
}

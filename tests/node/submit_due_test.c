/* submit_due_test.c - deadlines are said once, also after a restart. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_due.h"

#include <criterion/criterion.h>

#include "node/submit_duties.h"
#include "tests/support/plant.h"

static char type[] = "hidden-danger";
static char area[] = "tank-farm-2";
static char source[] = "case-deadlines";

/* The table of which the next row cannot be read. */
static const struct store_table *failing;

enum err __wrap_store_get(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes *value, struct err_why *why);
enum err __real_store_get(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes *value, struct err_why *why);

enum err
__wrap_store_get(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes *value, struct err_why *why)
{
	if (failing != NULL && memcmp(failing, &t, sizeof t) == 0) {
		failing = NULL;
		return err_fail(why, ERR_CORRUPT, "a damaged row");
	}
	return __real_store_get(txn, t, key, value, why);
}

/* Whether there was something to say. */
static bool
look(struct plant *p)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	struct submit_result *r;

	if (!submit_due(&to)) {
		submit_wait_done(w, NULL);
		free(w);
		return false;
	}
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	return true;
}

static size_t
listed(struct plant *p, Ledger__Kind kind, bool overdue)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	size_t n;

	if (kind == LEDGER__KIND__ALARM)
		q.subject = source;
	q.has_overdue = q.overdue = overdue;
	cr_assert_eq(
	    query_list(p->site, kind, &q, &scope, &list, NULL), ERR_OK);
	n = list->n_items;
	api__records__free_unpacked(list, NULL);
	return n;
}

Test(submit_due, says_a_warning_and_a_breach_once_and_lists_it)
{
	struct plant p;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	post.case_event = &c;
	r = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	cr_assert_not(look(&p));
	plant_turn(&p, 16 * 60 * PLANT_MINUTE + PLANT_MINUTE);
	cr_assert(look(&p));
	cr_assert_eq(listed(&p, LEDGER__KIND__ALARM, false), 1, "a warning");
	cr_assert_eq(listed(&p, LEDGER__KIND__CASE, true), 0);
	cr_assert_not(look(&p));
	plant_turn(&p, 8 * 60 * PLANT_MINUTE);
	cr_assert(look(&p));
	cr_assert_eq(listed(&p, LEDGER__KIND__ALARM, false), 2, "a breach");
	cr_assert_eq(listed(&p, LEDGER__KIND__CASE, true), 1);
	plant_restart(&p);
	cr_assert_not(look(&p));
	cr_assert_eq(listed(&p, LEDGER__KIND__ALARM, false), 2);
	plant_end(&p);
}

/* Alarms about deadlines that still stand. */
static size_t
standing(struct plant *p)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	size_t n = 0;

	q.subject = source;
	cr_assert_eq(
	    query_list(p->site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	for (size_t i = 0; i < list->n_items; i++)
		n += list->items[i]->alarm_state->active ? 1 : 0;
	api__records__free_unpacked(list, NULL);
	return n;
}

/* What they said is so no more: the case was taken up, which sets another
 * deadline, and at last rejected. */
Test(submit_due, returns_its_alarms_when_the_case_moves_on)
{
	struct plant p;
	struct plant_person zhao;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char id[TEXT_UUID_CHARS + 1];
	char note[] = "no danger";
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &zhao, "Zhao", "safety-officer");
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	post.case_event = &c;
	r = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	plant_turn(&p, 16 * 60 * PLANT_MINUTE + PLANT_MINUTE);
	cr_assert(look(&p));
	plant_turn(&p, 8 * 60 * PLANT_MINUTE);
	cr_assert(look(&p));
	cr_assert_eq(standing(&p), 2);
	c = (Record__Case)RECORD__CASE__INIT;
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REJECT;
	c.reason = note;
	c.has_occurred_at = true;
	c.occurred_at = p.now;
	const struct plant_sign sign = {.who = &zhao,
	    .kind = LEDGER__KIND__CASE,
	    .record = id,
	    .based_on = 1,
	    .msg = &c.base,
	    .occurred_us = p.now};
	r = plant_signed(&p, &sign, id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	cr_expect_eq(standing(&p), 0);
	cr_expect_eq(listed(&p, LEDGER__KIND__ALARM, false), 2, "kept");
	cr_assert_not(look(&p));
	plant_end(&p);
}

Test(submit_due, says_it_although_another_case_is_damaged)
{
	struct plant p;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	post.case_event = &c;
	r = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	plant_turn(&p, PLANT_MINUTE); /* ids ascend with the time */
	submit_result_free(plant_event(&p, LEDGER__KIND__CASE, NULL, &post));
	plant_damage(&p, id);
	plant_turn(&p, 16 * 60 * PLANT_MINUTE + PLANT_MINUTE);
	cr_assert(look(&p));
	cr_assert_eq(listed(&p, LEDGER__KIND__ALARM, false), 1);
	plant_end(&p);
}

/* An alarm that names the wrong place helps nobody: none, and the reason. */
Test(submit_own, says_the_store_s_error_and_not_another_area)
{
	struct plant p;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_wait *w;
	struct submit_to to;
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	post.case_event = &c;
	submit_result_free(plant_event(&p, LEDGER__KIND__CASE, NULL, &post));
	plant_turn(&p, 16 * 60 * PLANT_MINUTE + PLANT_MINUTE);
	w = submit_wait_new();
	to = plant_to(&p, w);
	failing = &p.site->own.tables.name;
	cr_assert(submit_due(&to));
	r = submit_wait_for(w);
	cr_expect_null(failing);
	cr_expect_eq(r->error, ERR_CORRUPT, "%s", r->why.text);
	submit_result_free(r);
	cr_expect_eq(listed(&p, LEDGER__KIND__ALARM, false), 0);
	cr_expect(look(&p), "said in the next turn");
	cr_expect_eq(listed(&p, LEDGER__KIND__ALARM, false), 1);
	plant_end(&p);
}

Test(submit_due, says_a_check_that_is_missing_once)
{
	struct plant p;
	Record__Checklist m = RECORD__CHECKLIST__INIT;
	Record__Checklist *list[] = {&m};
	char id[] = "D1", post[] = "shift-leader", hour[] = "hour";
	struct submit_result *r;
	struct submit_wait *w;
	struct submit_to to;

	plant_begin(&p, "plant-a.acme.example");
	m.has_action = m.has_tier = m.has_cycle = m.has_start_at = true;
	m.action = RECORD__CHECKLIST__ACTION__DEFINE;
	m.tier = RECORD__CHECKLIST__TIER__TASK;
	m.id = id;
	m.name = m.post = post;
	m.cycle = 8;
	m.cycle_unit = hour;
	m.start_at = PLANT_START;
	for (int i = 0; i < 2; i++) {
		w = submit_wait_new();
		to = plant_to(&p, w);
		submit_duties(&to, list, 1);
		r = submit_wait_for(w);
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		cr_assert_eq(r->items[0].duplicate, i == 1);
		submit_result_free(r);
	}
	cr_assert_not(look(&p));
	plant_turn(&p, 8 * 60 * PLANT_MINUTE + PLANT_MINUTE);
	cr_assert(look(&p));
	cr_assert_eq(listed(&p, LEDGER__KIND__CHECKLIST, true), 1);
	cr_assert_not(look(&p));
	plant_end(&p);
}

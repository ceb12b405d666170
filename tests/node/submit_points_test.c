/* submit_points_test.c - an account is one, however it is spelt. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_points.h"

#include <criterion/criterion.h>

#include "tests/support/plant.h"

#define ACT(name) RECORD__CASE__ACTION__##name

static char account[] = "p-17";
static char other[] = "p-18";
static char wide[] = " P\xef\xbc\x8d"
                     "17";
static char near_miss[] = "near-miss";
static char area[] = "tank-farm-2";
static char lunch[] = "lunch";

/* A near miss that was accepted. */
static void
accepted(struct plant *p, char id[static TEXT_UUID_CHARS + 1])
{
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct plant_person wang;
	struct submit_result *r;

	plant_enrol(p, &wang, "wang", "safety-officer");
	c.has_action = true;
	c.action = ACT(REPORT);
	c.type = near_miss;
	c.area = area;
	c.description = lunch;
	post.case_event = &c;
	r = plant_event(p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	c = (Record__Case)RECORD__CASE__INIT;
	c.has_action = c.has_occurred_at = true;
	c.action = ACT(ACCEPT);
	c.occurred_at = p->now;
	const struct plant_sign s = {.who = &wang,
	    .kind = LEDGER__KIND__CASE,
	    .record = id,
	    .based_on = 1,
	    .msg = &c.base,
	    .occurred_us = c.occurred_at};
	r = plant_signed(p, &s, id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static struct submit_result *
move(struct plant *p, const Record__Points *m)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);

	submit_points(&to, m);
	return submit_wait_for(w);
}

static void
redeem(struct plant *p, char *whose, uint32_t amount, bool again)
{
	Record__Points m = RECORD__POINTS__INIT;
	struct submit_result *r;

	m.has_action = m.has_amount = true;
	m.action = RECORD__POINTS__ACTION__REDEEM;
	m.account = whose;
	m.amount = amount;
	m.reason = m.ref = lunch;
	r = move(p, &m);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->items[0].duplicate, again, "%s", whose);
	submit_result_free(r);
}

static void
award(struct plant *p, char *whose, char *id, const char *code)
{
	char rule[] = "near-miss-reported";
	Record__Points m = RECORD__POINTS__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__POINTS__ACTION__AWARD;
	m.account = whose;
	m.rule = rule;
	m.case_id = id;
	r = move(p, &m);
	if (code != NULL)
		cr_assert_str_eq(r->rule->code, code);
	else
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static uint32_t
balance(struct plant *p)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	uint32_t n;

	q.subject = account;
	cr_assert_eq(
	    query_list(p->site, LEDGER__KIND__POINTS, &q, &scope, &list, NULL),
	    ERR_OK);
	cr_assert_eq(list->n_items, 1);
	n = (uint32_t)list->items[0]->points_state->balance;
	api__records__free_unpacked(list, NULL);
	return n;
}

Test(submit_points, spends_once_however_the_account_is_spelt)
{
	struct plant p;
	char id[TEXT_UUID_CHARS + 1];

	plant_begin(&p, "plant-a.acme.example");
	accepted(&p, id);
	award(&p, account, id, NULL);
	redeem(&p, account, 2, false);
	redeem(&p, wide, 2, true);
	cr_assert_eq(balance(&p), 3, "spent once");
	award(&p, wide, id, NULL);
	award(&p, other, id, "EVENT_EXISTS");
	cr_assert_eq(balance(&p), 3, "credited once");
	plant_end(&p);
}

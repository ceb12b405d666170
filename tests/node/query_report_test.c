/* query_report_test.c - whoever reported sees what he was told last. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_report.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/submit_report.h"
#include "tests/support/plant.h"

static char words[] = "the guard is tied up";

/* The table whose rows cannot be read: an area is unknown only where the store
 * says so. */
static const struct store_table *failing;

enum err __wrap_store_get(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes *value, struct err_why *why);
enum err __real_store_get(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes *value, struct err_why *why);

enum err
__wrap_store_get(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes *value, struct err_why *why)
{
	if (failing != NULL && memcmp(failing, &t, sizeof t) == 0)
		return err_fail(why, ERR_CORRUPT, "a damaged row");
	return __real_store_get(txn, t, key, value, why);
}

static void
report(struct plant *p, const struct report_code *code)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	Api__ReportPost m = API__REPORT_POST__INIT;
	struct submit_result *r;

	m.description = words;
	submit_report(&to, &m, code);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static void
reply(struct plant *p, const struct plant_person *who, char *id, uint32_t seq)
{
	Record__Case m = RECORD__CASE__INIT;
	char text[16];
	const struct plant_sign s = {.who = who,
	    .kind = LEDGER__KIND__CASE,
	    .record = id,
	    .based_on = seq,
	    .msg = &m.base,
	    .occurred_us = p->now};
	struct submit_result *r;

	(void)snprintf(text, sizeof text, "reply %u", seq);
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__CASE__ACTION__REPLY;
	m.occurred_at = p->now;
	m.feedback = text;
	r = plant_signed(p, &s, id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

Test(query_report, shows_the_newest_answers_in_their_order)
{
	const uint32_t replies = QUERY_REPORT_ANSWERS + 2;
	struct plant p;
	struct plant_person wang;
	struct report_code code;
	Api__ReportState *m = NULL;
	char id[TEXT_UUID_CHARS + 1];

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &wang, "wang", "safety-officer");
	report_code_new(&code);
	report(&p, &code);
	text_uuid_put(id, code.record_id);
	for (uint32_t i = 1; i <= replies; i++)
		reply(&p, &wang, id, i);
	cr_assert_eq(query_report(p.site, &code, &m, NULL), ERR_OK);
	cr_assert_eq(m->n_answers, QUERY_REPORT_ANSWERS);
	cr_expect_str_eq(m->answers[0]->feedback, "reply 3");
	cr_expect_str_eq(
	    m->answers[QUERY_REPORT_ANSWERS - 1]->feedback, "reply 18");
	cr_expect_not_null(m->answers[0]->disclosure);
	api__report_state__free_unpacked(m, NULL);
	code.receipt.b[0] ^= 1;
	cr_assert_eq(query_report(p.site, &code, &m, NULL), ERR_NOT_FOUND,
	    "the id alone opens nothing");
	plant_end(&p);
}

Test(submit_report, says_the_store_s_error_and_not_that_an_area_is_unknown)
{
	static char area[] = "tank-farm-2";
	Api__ReportPost m = API__REPORT_POST__INIT;
	struct report_code code;
	struct plant p;

	plant_begin(&p, "plant-a.acme.example");
	report_code_new(&code);
	m.description = words;
	m.area = area;
	for (int i = 0; i < 2; i++) {
		struct submit_wait *w = submit_wait_new();
		struct submit_to to = plant_to(&p, w);
		struct submit_result *r;

		failing = i == 1 ? &p.site->own.tables.name : NULL;
		submit_report(&to, &m, &code);
		r = submit_wait_for(w);
		failing = NULL;
		cr_expect_eq(r->error, i == 1 ? ERR_CORRUPT : ERR_REFUSED, "%s",
		    r->why.text);
		cr_expect_eq(
		    r->rule, i == 1 ? NULL : rule_get(RULE_REPORT_AREA));
		submit_result_free(r);
	}
	plant_end(&p);
}

/* query_report_test.c - what whoever has a report's code is told. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_report.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/submit_report.h"
#include "tests/support/packed.h"

static char words[] = "the escape route is blocked";
static const char feedback[] = "Zhang San freed the escape route today";

struct scene {
	struct plant p;
	struct plant_person wang;
	struct report_code code;
	char id[TEXT_UUID_CHARS + 1];
};

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
begin(struct scene *s)
{
	Api__ReportPost post = API__REPORT_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	plant_begin(&s->p, "plant.acme.example");
	packed_law(&s->p);
	plant_enrol(&s->p, &s->wang, "wang", "safety-officer");
	post.description = words;
	report_code_new(&s->code);
	text_uuid_put(s->id, s->code.record_id);
	const struct submit_to to = plant_to(&s->p, w);

	submit_report(&to, &post, &s->code);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* The index of its entry. */
static uint64_t
answer(struct scene *s, Record__Case__Action action, uint32_t based_on,
    const char *says)
{
	char text[64];
	Record__Case m = RECORD__CASE__INIT;
	const struct plant_sign sign = {.who = &s->wang,
	    .kind = LEDGER__KIND__CASE,
	    .record = s->id,
	    .based_on = based_on,
	    .msg = &m.base,
	    .occurred_us = s->p.now};
	struct submit_result *r;
	uint64_t index;

	m.has_action = m.has_occurred_at = true;
	m.action = action;
	m.occurred_at = s->p.now;
	(void)snprintf(text, sizeof text, "%s", says);
	m.feedback = text;
	r = plant_signed(&s->p, &sign, s->id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	index = r->items[0].index;
	submit_result_free(r);
	return index;
}

static const char *
erase(struct scene *s, uint64_t index)
{
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&s->p, w);
	char reason[] = "PIPL 47";
	struct submit_result *r;
	const char *code = "";

	post.has_index = true;
	post.index = index;
	post.reason = reason;
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	if (r->items != NULL && r->items[0].rule != NULL)
		code = r->items[0].rule->code;
	else if (r->error != ERR_OK)
		code = r->rule != NULL ? r->rule->code : r->why.text;
	submit_result_free(r);
	return code;
}

/* How many answers it shows; what they say. */
static size_t
answers(struct scene *s, const char *says)
{
	Api__ReportState *m = NULL;
	struct err_why why = {.text = ""};
	size_t n;

	cr_assert_eq(query_report(s->p.site, &s->code, &m, &why), ERR_OK, "%s",
	    why.text);
	n = m->n_answers;
	for (size_t i = 0; i < n; i++) {
		cr_assert_str_eq(m->answers[i]->feedback, says);
		cr_assert_not_null(strstr(m->answers[i]->disclosure, "{"));
	}
	api__report_state__free_unpacked(m, NULL);
	return n;
}

/* PIPL 47: who has the code is somebody, too; while it is open it is told. */
Test(query_report, tells_nothing_that_is_only_stored)
{
	struct scene s;
	uint64_t reply;

	begin(&s);
	reply = answer(&s, RECORD__CASE__ACTION__REPLY, 1, feedback);
	cr_assert_eq(answers(&s, feedback), 1u);
	cr_assert_str_eq(erase(&s, reply), "ERASE_WAITS");
	cr_assert_eq(answers(&s, feedback), 1u, "it is open");
	(void)answer(&s, RECORD__CASE__ACTION__CLOSE, 2, feedback);
	cr_assert_eq(answers(&s, feedback), 1u, "of the close alone");
	plant_end(&s.p);
}

Test(query_report, shows_the_newest_answers_in_their_order)
{
	const uint32_t replies = QUERY_REPORT_ANSWERS + 2;
	struct scene s;
	Api__ReportState *m = NULL;
	char text[16];

	begin(&s);
	for (uint32_t i = 1; i <= replies; i++) {
		(void)snprintf(text, sizeof text, "reply %u", i);
		(void)answer(&s, RECORD__CASE__ACTION__REPLY, i, text);
	}
	cr_assert_eq(query_report(s.p.site, &s.code, &m, NULL), ERR_OK);
	cr_assert_eq(m->n_answers, QUERY_REPORT_ANSWERS);
	cr_expect_str_eq(m->answers[0]->feedback, "reply 3");
	cr_expect_str_eq(
	    m->answers[QUERY_REPORT_ANSWERS - 1]->feedback, "reply 18");
	cr_expect_not_null(m->answers[0]->disclosure);
	api__report_state__free_unpacked(m, NULL);
	s.code.receipt.b[0] ^= 1;
	cr_assert_eq(query_report(s.p.site, &s.code, &m, NULL), ERR_NOT_FOUND,
	    "the id alone opens nothing");
	plant_end(&s.p);
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

/* submit_alone_test.c - one permit that fails costs no other its suspension. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_alone.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "node/fold_key.h"
#include "node/rule_alarms.h"
#include "node/submit_own.h"
#include "node/submit_person.h"
#include "node/submit_rules.h"
#include "tests/support/hotwork.h"

static char first[] = "w-0017", second[] = "w-0018";
static uint8_t odd[16];
static bool half_way; /* it fails after it wrote */
static bool counts; /* how often a permit is looked at is asked */

static enum err
fails(const struct rule_alarms *a, struct err_why *why)
{
	a->ctx->writes += half_way;
	return err_fail(why, ERR_LIMIT, "an odd permit");
}

/* Instead of those of rule_alarms.c: of one permit nothing can be said. */
enum err
rule_alarms_happened(const struct rule_alarms *a, uint32_t rules, int64_t at_us,
    struct err_why *why)
{
	(void)rules;
	(void)at_us;
	return memcmp(a->permit, odd, 16) == 0 ? fails(a, why) : ERR_OK;
}

/* Of any other that it was looked at. */
enum err
rule_alarms_hold(const struct rule_alarms *a, uint32_t rules, uint32_t judged,
    struct err_why *why)
{
	char uuid[TEXT_UUID_CHARS + 1];
	uint8_t id[16];
	const struct submit_own said = {.source = "looked-at",
	    .kind = "permit",
	    .title = "x",
	    .detail = "x",
	    .code = "10",
	    .permit_id = uuid,
	    .level = 3,
	    .area = a->row->area,
	    .at_us = a->ctx->now_us};

	(void)rules;
	(void)judged;
	if (memcmp(a->permit, odd, 16) == 0)
		return fails(a, why);
	if (!counts)
		return ERR_OK;
	text_uuid_put(uuid, a->permit);
	submit_own_id(id, uuid);
	return submit_own(a->ctx, id, &said, why);
}

struct two {
	struct plant p;
	struct hotwork a, b; /* a fails */
	char card[2][TEXT_UUID_CHARS + 1];
};

static void
begin(struct two *t)
{
	struct err_why why;

	plant_begin(&t->p, "plant-b.acme.example");
	cards_certify(&t->p, first, "welding", t->card[0]);
	cards_certify(&t->p, second, "welding", t->card[1]);
	memset(odd, 0, sizeof odd);
	hotwork_begin(&t->a, &t->p, first);
	plant_turn(&t->p, PLANT_MINUTE); /* ids ascend with the time */
	hotwork_begin(&t->b, &t->p, second);
	cr_assert_eq(text_uuid_get(odd, bytes_str(t->a.permit), &why), ERR_OK);
}

/* What this source said: how often, and the newest alarm's permit and code. */
static size_t
said(struct two *t, char *source, char *permit, char *code)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	size_t n;

	q.subject = source;
	cr_assert_eq(
	    query_list(t->p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	permit[0] = code[0] = '\0';
	if (n > 0) {
		const Record__Alarm *m = list->items[0]->events[0]->alarm;

		(void)snprintf(
		    permit, TEXT_UUID_CHARS + 1, "%s", m->work->permit_ids[0]);
		(void)snprintf(code, 8, "%s", m->std_code);
	}
	api__records__free_unpacked(list, NULL);
	return n;
}

/* People are called to the odd one, once. */
static void
is_told(struct two *t)
{
	char source[] = "permit-rules", code[8];
	char permit[TEXT_UUID_CHARS + 1];

	cr_assert_eq(said(t, source, permit, code), 1u);
	cr_assert_str_eq(permit, t->a.permit);
	cr_assert_str_eq(code, "L-00");
}

/* A later answer of the committer means that all before it were given. */
static void
settle(struct two *t)
{
	for (int i = 0; i < 3; i++)
		cards_certify(&t->p, "somebody", "welding", NULL);
	cr_assert_eq(atomic_load(&t->p.site->alone), 0u);
}

static void
end_cards(struct two *t)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	c.has_action = c.has_review_due_at = true;
	c.action = RECORD__CERTIFICATE__ACTION__REVIEW;
	c.review_due_at = t->p.now + 10 * PLANT_MINUTE;
	post.certificate = &c;
	for (int i = 0; i < 2; i++)
		submit_result_free(plant_event(
		    &t->p, LEDGER__KIND__CERTIFICATE, t->card[i], &post));
	plant_turn(&t->p, 10 * PLANT_MINUTE + 1);
}

static void
persons(bool half)
{
	struct two t;

	begin(&t);
	half_way = half;
	end_cards(&t);
	submit_persons(t.p.site);
	settle(&t);
	hotwork_is(&t.b, "SUSPENDED");
	hotwork_is(&t.a, "IN_PROGRESS");
	is_told(&t);
	submit_persons(t.p.site);
	settle(&t);
	is_told(&t);
	plant_end(&t.p);
}

Test(submit_alone, all_others_stop_whose_people_may_no_longer_work)
{
	persons(false);
}

Test(submit_alone, all_others_stop_also_when_it_had_written_already)
{
	persons(true);
}

Test(submit_alone, all_others_are_looked_at_by_their_rules)
{
	struct two t;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;
	char source[] = "looked-at", code[8];
	char permit[TEXT_UUID_CHARS + 1];

	begin(&t);
	half_way = counts = true;
	const struct submit_to to = plant_to(&t.p, w);
	submit_rules(&to);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_LIMIT, "%s", r->why.text);
	submit_result_free(r);
	cr_assert_eq(said(&t, source, permit, code), 1u);
	cr_assert_str_eq(permit, t.b.permit);
	is_told(&t);
	plant_end(&t.p);
}

/* Its row is gone: nothing but this look says so. */
static void
lose(struct plant *p, const char *permit)
{
	const struct fold_tables *t = &p->site->own.tables;
	struct store_txn *txn;
	struct fold_key k;
	uint8_t id[16];

	cr_assert_eq(text_uuid_get(id, bytes_str(permit), NULL), ERR_OK);
	k = fold_key_record(p->site->evidence, id, 0);
	cr_assert_eq(store_write(p->site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_del(txn, t->record, fold_key_view(&k), NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

Test(submit_alone, people_are_called_to_lost_permits_beside_odd_ones)
{
	struct two t;
	struct submit_wait *w = submit_wait_new();
	char source[] = "permit-rules", code[8];
	char permit[TEXT_UUID_CHARS + 1];

	begin(&t);
	lose(&t.p, t.b.permit);
	const struct submit_to to = plant_to(&t.p, w);
	submit_rules(&to);
	submit_result_free(submit_wait_for(w));
	cr_assert_eq(said(&t, source, permit, code), 2u);
	plant_end(&t.p);
}

static enum err
looks(struct commit_ctx *ctx, const struct submit_alone_of *one,
    struct err_why *why)
{
	(void)ctx;
	return one->how == 0 ? err_fail(why, ERR_LIMIT, "an odd permit")
	                     : err_fail(why, ERR_TIMEOUT, "later");
}

/* Whoever asked has to know that another try may do. */
Test(submit_alone, says_that_it_may_be_tried_again_before_what_may_not)
{
	static const struct submit_alone how = {.look = looks, .bit = 2};
	static const struct submit_alone_of at[] = {
	    {.id = {1}, .how = 0}, {.id = {2}, .how = 1}};
	struct two t;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	begin(&t);
	const struct submit_to to = plant_to(&t.p, w);
	submit_alone(&to, &how, at, 2);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_TIMEOUT);
	submit_result_free(r);
	plant_end(&t.p);
}

/* Two runs of a kind at a time would fill the queue that alarms wait in. */
Test(submit_alone, does_one_run_of_a_kind_at_a_time)
{
	static const struct submit_alone how = {.bit = 2};
	struct two t;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	begin(&t);
	const struct submit_to to = plant_to(&t.p, w);
	atomic_store(&t.p.site->alone, 2u);
	submit_alone(&to, &how, NULL, 0);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_BUSY);
	submit_result_free(r);
	plant_end(&t.p);
}

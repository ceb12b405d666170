/* submit_holder_test.c - bars and holds of a person. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_holder.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/domain/term.h"
#include "node/submit_score.h"
#include "tests/support/hotwork.h"

#define A(name) RECORD__CERTIFICATE__ACTION__##name
#define CHINA 480

static char worker[] = "w-0017";
static char number[] = "11010519491231002X";
static char welding[] = "welding";

static struct submit_result *
issue(struct plant *p, char *holder, char *id_number, char *class)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	c.has_action = true;
	c.action = A(ISSUE);
	c.holder = holder;
	c.holder_number = id_number;
	c.class_ = class;
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = p->now;
	c.valid_to_at = p->now + 300 * TERM_DAY_US;
	post.certificate = &c;
	return plant_event(p, LEDGER__KIND__CERTIFICATE, NULL, &post);
}

static void
must_issue(struct plant *p, char *holder, char *class, char *id)
{
	struct submit_result *r = issue(p, holder, number, class);

	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static void
revoke(struct plant *p, char *id, char *code)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	c.has_action = true;
	c.action = A(REVOKE);
	c.reason_code = code;
	post.certificate = &c;
	r = plant_event(p, LEDGER__KIND__CERTIFICATE, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* until: NULL, it is issued. */
static void
expect(struct plant *p, char *holder, char *id_number, char *class,
    const char *until)
{
	struct submit_result *r = issue(p, holder, id_number, class);

	if (until == NULL) {
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	} else {
		cr_assert_str_eq(r->rule->code, "CERT_BARRED");
		cr_assert_str_eq(r->rule->clause, "Order 30 art. 30");
		cr_assert_str_eq(r->said.what, until);
	}
	submit_result_free(r);
}

/* Order 30 art. 30: three years after false content or fraud; by reference
 * and by identity number, for special operations alone, to the microsecond. */
Test(submit_holder_barred, holds_for_three_years_whoever_got_one_by_fraud)
{
	struct plant p;
	char id[TEXT_UUID_CHARS + 1], until[TEXT_TIME_CHARS + 1];
	char fraud[] = "FRAUD", other[] = "w-9999", height[] = "height";
	char fit[] = "health-fit";
	int64_t end;

	plant_begin(&p, "plant-b.acme.example");
	must_issue(&p, worker, welding, id);
	end = term_after(p.now, 36, CHINA);
	text_time_put(until, end);
	revoke(&p, id, fraud);
	expect(&p, worker, NULL, welding, until);
	expect(&p, worker, NULL, height, until);
	expect(&p, other, number, welding, until);
	expect(&p, other, NULL, welding, NULL);
	expect(&p, worker, number, fit, NULL);
	plant_turn(&p, end - p.now - 1);
	expect(&p, worker, number, welding, until);
	plant_turn(&p, 1);
	expect(&p, worker, number, welding, NULL);
	plant_end(&p);
}

/* What art. 30 does not say of the other reasons is not claimed. */
Test(submit_holder_barred, bars_nobody_for_another_reason)
{
	static const char *const codes[] = {
	    "ACCIDENT", "UNFIT", "EXPIRED_UNRENEWED", "no such code"};
	struct plant p;
	char id[TEXT_UUID_CHARS + 1], code[24];

	plant_begin(&p, "plant-b.acme.example");
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		(void)snprintf(code, sizeof code, "%s", codes[i]);
		must_issue(&p, worker, welding, id);
		revoke(&p, id, code);
	}
	expect(&p, worker, number, welding, NULL);
	plant_end(&p);
}

/* What bars is kept while it bars, and can go then. */
Test(submit_holder_barred, outlives_an_erasure_of_who_it_was)
{
	struct plant p;
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	char id[TEXT_UUID_CHARS + 1];
	char false_content[] = "FALSE_CONTENT", reason[] = "asked for";
	uint32_t fields[] = {5};
	Api__RecordView *v;

	plant_begin(&p, "plant-b.acme.example");
	must_issue(&p, worker, welding, id);
	revoke(&p, id, false_content);
	v = plant_get(&p, LEDGER__KIND__CERTIFICATE, id);
	post.has_index = true;
	post.index = v->events[0]->place->index;
	post.reason = reason;
	api__record_view__free_unpacked(v, NULL);
	for (int i = 0; i < 2; i++) {
		struct submit_wait *w = submit_wait_new();
		struct submit_to to = plant_to(&p, w);
		struct submit_result *r;

		post.fields = fields;
		post.n_fields = 1;
		submit_erasure(&to, &post);
		r = submit_wait_for(w);
		cr_assert_eq(r->error == ERR_OK, i == 1, "%s", r->why.text);
		submit_result_free(r);
		plant_turn(&p, 1097 * TERM_DAY_US);
	}
	plant_end(&p);
}

/* ---- scores ---- */

static struct submit_result *
score(struct plant *p, double value, uint64_t seq, char *model)
{
	Record__Case c = RECORD__CASE__INIT;
	Record__Model m = RECORD__MODEL__INIT;
	char source[] = "portrait-01";
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);

	m.id = model;
	m.has_score = true;
	m.score = value;
	c.source = source;
	c.has_source_seq = true;
	c.source_seq = seq;
	c.holder = worker;
	c.model = &m;
	submit_score(&to, &c);
	return submit_wait_for(w);
}

/* code: NULL, it holds; id: of the case. */
static void
scored(struct plant *p, double value, uint64_t seq, const char *code, char *id)
{
	char model[] = "risk-portrait";
	struct submit_result *r = score(p, value, seq, model);

	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	if (code == NULL)
		cr_assert_null(r->items[0].rule);
	else
		cr_assert_str_eq(r->items[0].rule->code, code);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static void
is(struct plant *p, Ledger__Kind kind, const char *id, const char *state)
{
	Api__RecordView *v = plant_get(p, kind, id);

	cr_assert_str_eq(v->state, state);
	api__record_view__free_unpacked(v, NULL);
}

Test(submit_score, stops_work_at_the_limit_and_not_below_until_a_person_closes)
{
	struct plant p;
	struct hotwork w;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char card[TEXT_UUID_CHARS + 1], low[TEXT_UUID_CHARS + 1];
	char high[TEXT_UUID_CHARS + 1], again[TEXT_UUID_CHARS + 1];
	char stranger[] = "another";
	struct submit_result *r;

	plant_begin(&p, "plant-b.acme.example");
	cards_certify(&p, worker, "welding", card);
	hotwork_begin(&w, &p, worker);
	scored(&p, 0.79, 1, "SCORE_BELOW", low);
	is(&p, LEDGER__KIND__CASE, low, "CLOSED");
	hotwork_is(&w, "IN_PROGRESS");
	scored(&p, 0.8, 2, NULL, high);
	is(&p, LEDGER__KIND__CASE, high, "REPORTED");
	hotwork_is(&w, "SUSPENDED");
	scored(&p, 0.9, 3, "SCORE_AGAIN", again);
	is(&p, LEDGER__KIND__CASE, again, "CLOSED");
	/* The same message again is the same case. */
	scored(&p, 0.8, 2, NULL, again);
	cr_assert_str_eq(again, high);
	/* A better score lets nobody go on; whoever closes the case does. */
	scored(&p, 0.1, 4, "SCORE_BELOW", low);
	r = hotwork_step(&w, &w.guardian, RECORD__PERMIT__ACTION__RESUME);
	cr_assert_neq(r->error, ERR_OK);
	submit_result_free(r);
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__CLOSE;
	post.case_event = &c;
	submit_result_free(plant_event(&p, LEDGER__KIND__CASE, high, &post));
	r = hotwork_step(&w, &w.guardian, RECORD__PERMIT__ACTION__RESUME);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	r = score(&p, 0.9, 5, stranger);
	cr_assert_str_eq(r->rule->code, "SCORE_UNKNOWN");
	submit_result_free(r);
	plant_end(&p);
}

Test(submit_score, holds_him_although_another_case_of_his_is_damaged)
{
	struct plant p;
	char first[TEXT_UUID_CHARS + 1], second[TEXT_UUID_CHARS + 1];

	plant_begin(&p, "plant-b.acme.example");
	cards_certify(&p, worker, "welding", NULL);
	scored(&p, 0.8, 1, NULL, first);
	plant_damage(&p, first);
	scored(&p, 0.9, 2, NULL, second);
	is(&p, LEDGER__KIND__CASE, second, "REPORTED");
	plant_end(&p);
}

/* Members know the person by the certificate alone: it is suspended, and so
 * their permits are. */
Test(submit_holder_case, suspends_published_certificates_with_it)
{
	struct plant p;
	char card[TEXT_UUID_CHARS + 1], other[TEXT_UUID_CHARS + 1];
	char held[TEXT_UUID_CHARS + 1];
	char credential[40];
	struct submit_wait *w;
	Api__RecordView *v;

	plant_begin(&p, "plant-b.acme.example");
	cards_certify(&p, worker, "welding", card);
	cards_certify(&p, worker, "height", other);
	w = submit_wait_new();
	struct submit_to to = plant_to(&p, w);
	submit_publish(&to, card);
	struct submit_result *r = submit_wait_for(w);
	(void)snprintf(credential, sizeof credential, "%s", r->credential_id);
	submit_result_free(r);
	scored(&p, 0.95, 1, NULL, held);
	is(&p, LEDGER__KIND__CREDENTIAL, credential, "SUSPENDED");
	is(&p, LEDGER__KIND__CERTIFICATE, other, "VALID");
	v = plant_get(&p, LEDGER__KIND__CERTIFICATE, card);
	cr_assert_str_eq(v->state, "SUSPENDED");
	cr_assert_str_eq(
	    v->events[v->n_events - 1]->certificate->reason_code, "INTERLOCK");
	cr_assert_str_eq(v->events[v->n_events - 1]->annex->code, "SCORE_HIGH");
	api__record_view__free_unpacked(v, NULL);
	plant_end(&p);
}

/* A machine's message does the same as a person's: no 30 seconds of work. */
Test(submit_holder_case, stops_work_for_a_violation_that_a_machine_reports)
{
	struct plant p;
	struct hotwork w;
	Record__Case c = RECORD__CASE__INIT;
	char type[] = "violation", card[TEXT_UUID_CHARS + 1];
	struct submit_wait *wait = submit_wait_new();
	ProtobufCMessage *list[1];
	uint8_t bytes[256];

	plant_begin(&p, "plant-b.acme.example");
	cards_certify(&p, worker, "welding", card);
	hotwork_begin(&w, &p, worker);
	c.type = type;
	c.holder = worker;
	list[0] = protobuf_c_message_unpack(&record__case__descriptor, NULL,
	    protobuf_c_message_pack(&c.base, bytes), bytes);
	struct submit_to to = plant_to(&p, wait);
	submit_given(&to, LEDGER__KIND__CASE, list, 1, NULL);
	submit_result_free(submit_wait_for(wait));
	hotwork_is(&w, "SUSPENDED");
	plant_end(&p);
}

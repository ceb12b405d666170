/* submit_person_test.c - whoever may no longer do a work stops doing it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_person.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/submit_own.h"
#include "tests/support/hotwork.h"

static char worker[] = "w-0017";

struct site_work {
	struct plant p;
	struct hotwork w;
	char card[TEXT_UUID_CHARS + 1];
};

static void
begin(struct site_work *s)
{
	plant_begin(&s->p, "plant-b.acme.example");
	cards_certify(&s->p, worker, "welding", s->card);
	hotwork_begin(&s->w, &s->p, worker);
	hotwork_is(&s->w, "IN_PROGRESS");
}

static void
resumes(struct site_work *s, bool yes)
{
	struct submit_result *r =
	    hotwork_step(&s->w, &s->w.guardian, RECORD__PERMIT__ACTION__RESUME);

	cr_assert_eq(r->error == ERR_OK, yes, "%s", r->why.text);
	submit_result_free(r);
}

static void
change(struct site_work *s, char *id, Record__Certificate__Action a)
{
	struct submit_result *r = hotwork_certificate(&s->p, id, a);

	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* GB 30871-2022 4.9: in the transaction of the suspension itself. */
Test(submit_person_stop, stops_the_work_of_whose_certificate_is_suspended)
{
	struct site_work s;
	Api__RecordView *v;

	begin(&s);
	change(&s, s.card, RECORD__CERTIFICATE__ACTION__SUSPEND);
	hotwork_is(&s.w, "SUSPENDED");
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.w.permit);
	cr_assert_str_eq(
	    v->events[v->n_events - 1]->annex->code, "PERSON_SUSPENDS");
	api__record_view__free_unpacked(v, NULL);
	resumes(&s, false);
	change(&s, s.card, RECORD__CERTIFICATE__ACTION__REINSTATE);
	hotwork_is(&s.w, "SUSPENDED");
	resumes(&s, true);
	plant_end(&s.p);
}

Test(submit_person_stop, lets_work_go_on_that_rests_on_another_certificate)
{
	struct site_work s;
	char second[TEXT_UUID_CHARS + 1];

	begin(&s);
	cards_certify(&s.p, worker, "welding", second);
	change(&s, s.card, RECORD__CERTIFICATE__ACTION__CANCEL);
	hotwork_is(&s.w, "IN_PROGRESS");
	change(&s, second, RECORD__CERTIFICATE__ACTION__REVOKE);
	hotwork_is(&s.w, "SUSPENDED");
	plant_end(&s.p);
}

/* A contraindication stops whoever has the best of cards. */
Test(submit_person_stop, stops_on_what_health_says)
{
	struct site_work s;
	char fit[TEXT_UUID_CHARS + 1];

	begin(&s);
	cards_certify(&s.p, worker, "health-fit", fit);
	hotwork_is(&s.w, "IN_PROGRESS");
	change(&s, fit, RECORD__CERTIFICATE__ACTION__SUSPEND);
	hotwork_is(&s.w, "SUSPENDED");
	plant_end(&s.p);
}

Test(submit_person_stop, stops_him_although_a_certificate_is_damaged)
{
	struct site_work s;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char type[] = "violation", area[] = HOTWORK_AREA;
	char second[TEXT_UUID_CHARS + 1];
	struct submit_result *r;

	begin(&s);
	cards_certify(&s.p, worker, "welding", second);
	plant_damage(&s.p, second);
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	c.holder = worker;
	post.case_event = &c;
	r = plant_event(&s.p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	hotwork_is(&s.w, "SUSPENDED");
	plant_end(&s.p);
}

/* Order 30 art. 25: until somebody has closed it. */
Test(submit_person_stop, stops_whose_violation_is_reported)
{
	struct site_work s;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char type[] = "violation";
	char id[TEXT_UUID_CHARS + 1];
	struct plant_person officer;
	struct plant_sign close = {.who = &officer,
	    .kind = LEDGER__KIND__CASE,
	    .based_on = 1,
	    .msg = &c.base};
	struct submit_result *r;

	begin(&s);
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.holder = worker;
	post.case_event = &c;
	r = plant_event(&s.p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	hotwork_is(&s.w, "SUSPENDED");
	resumes(&s, false);
	record__case__init(&c);
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__CLOSE;
	/* Nobody lifts it without a name. */
	r = plant_event(&s.p, LEDGER__KIND__CASE, id, &post);
	cr_assert_str_eq(r->rule->code, "CASE_SIGNATURE");
	submit_result_free(r);
	plant_enrol(&s.p, &officer, "He", "safety-officer");
	close.record = id;
	c.has_occurred_at = true;
	c.occurred_at = close.occurred_us = s.p.now;
	r = plant_signed(&s.p, &close, id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	hotwork_is(&s.w, "SUSPENDED");
	resumes(&s, true);
	plant_end(&s.p);
}

/* Nobody says that a term has ended: the clock does. */
Test(submit_persons, stop_whose_term_ends_and_nobody_else)
{
	struct site_work s;
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	begin(&s);
	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__REVIEW;
	c.has_review_due_at = true;
	c.review_due_at = s.p.now + 10 * PLANT_MINUTE;
	post.certificate = &c;
	submit_result_free(
	    plant_event(&s.p, LEDGER__KIND__CERTIFICATE, s.card, &post));
	hotwork_is(&s.w, "IN_PROGRESS");
	plant_turn(&s.p, 10 * PLANT_MINUTE);
	submit_persons(s.p.site);
	change(&s, s.card, RECORD__CERTIFICATE__ACTION__WORKED);
	hotwork_is(&s.w, "IN_PROGRESS");
	plant_turn(&s.p, 1);
	submit_persons(s.p.site);
	change(&s, s.card, RECORD__CERTIFICATE__ACTION__WORKED);
	hotwork_is(&s.w, "SUSPENDED");
	plant_end(&s.p);
}

static void
expect_alarm(struct site_work *s, const char *code, int64_t at_us)
{
	Api__RecordView *v =
	    plant_get(&s->p, LEDGER__KIND__PERMIT, s->w.permit);

	cr_assert_eq(v->n_alarms, code != NULL ? 1u : 0u);
	for (size_t i = 0; i < v->n_alarms; i++) {
		cr_assert_str_eq(v->alarms[i]->code, code);
		cr_assert_eq(v->alarms[i]->opened_at, at_us);
	}
	api__record_view__free_unpacked(v, NULL);
}

/* Work by a certificate that ends ten minutes from now; when. */
static int64_t
begin_short(struct site_work *s)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	int64_t end;
	char class[] = "welding";
	struct submit_result *r;

	plant_begin(&s->p, "plant-b.acme.example");
	end = s->p.now + 10 * PLANT_MINUTE;
	c.has_action = c.has_valid_from_at = c.has_valid_to_at = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = worker;
	c.class_ = class;
	c.valid_from_at = s->p.now - PLANT_MINUTE;
	c.valid_to_at = end;
	post.certificate = &c;
	r = plant_event(&s->p, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	hotwork_begin(&s->w, &s->p, worker);
	return end;
}

/* 4.9 (B.6 R15, code 51): the moment at which a certificate ends under running
 * work stops it and is an alarm, once, with no look at all permits between. */
Test(submit_persons_due, stops_and_says_so_when_a_certificate_ends)
{
	struct site_work s;
	const int64_t end = begin_short(&s);

	plant_turn(&s.p, end - s.p.now - 1);
	submit_persons_due(s.p.site);
	cards_certify(&s.p, "somebody", "welding", NULL);
	hotwork_is(&s.w, "IN_PROGRESS");
	expect_alarm(&s, NULL, 0);
	plant_turn(&s.p, PLANT_MINUTE);
	submit_persons_due(s.p.site);
	cards_certify(&s.p, "somebody", "welding", NULL);
	hotwork_is(&s.w, "SUSPENDED");
	expect_alarm(&s, "51", end);
	submit_persons(s.p.site);
	cards_certify(&s.p, "somebody", "welding", NULL);
	expect_alarm(&s, "51", end);
	plant_end(&s.p);
}

/* Somebody may have said so before, in an alarm that cannot be read now. */
Test(submit_persons_due, stops_although_what_said_it_is_damaged)
{
	struct site_work s;
	const int64_t end = begin_short(&s);
	char text[96], alarm[TEXT_UUID_CHARS + 1];
	uint8_t id[16];

	(void)snprintf(text, sizeof text, "lianfang/rule/%s/R15/at/%lld",
	    s.w.permit, (long long)end);
	submit_own_id(id, text);
	text_uuid_put(alarm, id);
	plant_damage(&s.p, alarm);
	plant_turn(&s.p, end - s.p.now + PLANT_MINUTE);
	submit_persons_due(s.p.site);
	cards_certify(&s.p, "somebody", "welding", NULL);
	hotwork_is(&s.w, "SUSPENDED");
	expect_alarm(&s, "51", end);
	plant_end(&s.p);
}

/* R14, code 50: taken away by somebody, not by its date. */
Test(submit_person_stop, says_that_a_certificate_was_taken_away_under_work)
{
	struct site_work s;

	begin(&s);
	change(&s, s.card, RECORD__CERTIFICATE__ACTION__REVOKE);
	hotwork_is(&s.w, "SUSPENDED");
	expect_alarm(&s, "50", s.p.now);
	plant_end(&s.p);
}

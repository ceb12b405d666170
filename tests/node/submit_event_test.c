/* submit_event_test.c - a permit's life, its stops, its papers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/fold.h"
#include "node/submit_own.h"
#include "node/timekeep.h"
#include "proto/text.h"
#include "tests/support/cards.h"

static char area[] = "tank-farm-2";
static char work[] = "hot-work";
static char worker[] = "w-0017";
static char guardian[] = "g-0003";

/* The people and one permit of a shift. */
struct shift {
	struct plant p;
	struct plant_person applicant, analyst, approver, guardian;
	char permit[TEXT_UUID_CHARS + 1];
	char certificate[TEXT_UUID_CHARS + 1];
	uint32_t seq;
};

static struct submit_result *
step(struct shift *s, const struct plant_person *who, Record__Permit *m)
{
	struct plant_sign sign = {
	    .who = who,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = s->permit,
	    .based_on = s->seq,
	    .msg = &m->base,
	    .occurred_us = s->p.now,
	};
	struct submit_result *r;
	bool later = s->permit[0] != '\0';

	m->has_occurred_at = true;
	m->occurred_at = s->p.now;
	r = plant_signed(&s->p, &sign, later ? s->permit : NULL);
	if (r->error == ERR_OK)
		s->seq = r->items[0].event_seq;
	return r;
}

static void
must_go(struct shift *s, const struct plant_person *who,
    Record__Permit__Action action)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = action;
	r = step(s, who, &m);
	cr_assert_eq(r->error, ERR_OK, "%d: %s", (int)action, r->why.text);
	cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__APPLIED);
	submit_result_free(r);
}

static void
must_fail(struct shift *s, const struct plant_person *who,
    Record__Permit__Action action, const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = action;
	r = step(s, who, &m);
	cr_assert_neq(r->error, ERR_OK);
	cr_assert_not_null(r->rule, "%s", r->why.text);
	cr_assert_str_eq(r->rule->code, code);
	submit_result_free(r);
}

static void
test_gas(struct shift *s, double value)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	char unit[] = "%vol";
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__GAS_TEST;
	m.has_sampled_at = true;
	m.sampled_at = s->p.now;
	m.gas = list;
	m.n_gas = 1;
	g.has_value = g.has_lel = true;
	g.value = value;
	g.lel = 5;
	g.unit = unit;
	r = step(s, &s->analyst, &m);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static void
issue_certificate(struct shift *s)
{
	cards_begin(&s->p, worker, "welding", guardian, s->certificate);
}

static struct submit_result *
change_certificate(struct shift *s, Record__Certificate__Action action)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	c.has_action = true;
	c.action = action;
	post.certificate = &c;
	return plant_event(
	    &s->p, LEDGER__KIND__CERTIFICATE, s->certificate, &post);
}

static struct submit_result *
apply(struct shift *s, Record__Permit__Level level)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = work;
	m.has_level = true;
	m.level = level;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = s->p.now;
	m.planned_to_at = s->p.now + 8 * 60 * PLANT_MINUTE;
	return step(s, &s->applicant, &m);
}

static void
begin(struct shift *s)
{
	*s = (struct shift){.seq = 0};
	plant_begin(&s->p, "plant-b.acme.example");
	plant_enrol(&s->p, &s->applicant, "Li", "applicant");
	plant_enrol(&s->p, &s->analyst, "Wang", "gas-analyst");
	plant_enrol(&s->p, &s->approver, "Zhao", "approver");
	plant_enrol(&s->p, &s->guardian, "Qian", "guardian");
}

static void
begin_work(struct shift *s)
{
	begin(s);
	issue_certificate(s);
	submit_result_free(apply(s, RECORD__PERMIT__LEVEL__LEVEL_1));
	test_gas(s, 0.1);
	must_go(s, &s->approver, RECORD__PERMIT__ACTION__APPROVE);
	must_go(s, &s->guardian, RECORD__PERMIT__ACTION__START);
}

static struct submit_result *
raise_gas(struct shift *s, uint32_t level)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	char kind[] = "gas";

	a.kind = kind;
	a.area = area;
	a.has_level = true;
	a.level = level;
	return plant_alarms(&s->p, (Record__Alarm *[]){&a}, 1);
}

static void
clear_alarm(struct shift *s, const uint8_t id[16])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char text[TEXT_UUID_CHARS + 1];

	text_uuid_put(text, id);
	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &a;
	submit_result_free(
	    plant_event(&s->p, LEDGER__KIND__ALARM, text, &post));
}

Test(submit_event, leads_a_permit_from_application_to_acceptance)
{
	struct shift s;
	Api__RecordView *v;

	begin_work(&s);
	must_go(&s, &s.guardian, RECORD__PERMIT__ACTION__FINISH);
	must_go(&s, &s.approver, RECORD__PERMIT__ACTION__ACCEPT);
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.permit);
	cr_assert_str_eq(v->state, "ACCEPTED");
	cr_assert_eq(v->n_events, 6);
	cr_assert_str_eq(v->events[0]->annex->pack_version, "hot-work@2022.1");
	cr_assert_not_null(v->events[0]->signer);
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
}

/* GB 30871-2022 4.9: the decision is taken again at the start itself. */
/* Else whoever begins a case under the id of an alarm to come is not told. */
Test(submit_event, begins_nothing_under_an_id_that_the_node_gives)
{
	struct shift s;
	uint8_t id[16];
	Record__Case m = RECORD__CASE__INIT;
	static char type[] = "near-miss";
	struct plant_sign sign = {.who = &s.applicant,
	    .kind = LEDGER__KIND__CASE,
	    .record = s.permit,
	    .msg = &m.base};
	struct submit_result *r;

	begin(&s);
	submit_own_id(id,
	    "lianfang/rule/01930000-0000-7000-8000-000000000001"
	    "/R06/0");
	text_uuid_put(s.permit, id);
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__CASE__ACTION__REPORT;
	m.occurred_at = sign.occurred_us = s.p.now;
	m.type = type;
	m.area = area;
	r = plant_signed(&s.p, &sign, NULL);
	cr_assert_eq(r->error, ERR_MALFORMED, "%s", r->why.text);
	submit_result_free(r);
	s.permit[0] = '\0';
	r = plant_signed(&s.p, &sign, NULL);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	plant_end(&s.p);
}

Test(submit_event, does_not_start_work_of_a_worker_without_certificate)
{
	struct shift s;
	struct query_counts before;
	struct query_counts after;

	begin(&s);
	submit_result_free(apply(&s, RECORD__PERMIT__LEVEL__LEVEL_1));
	test_gas(&s, 0.1);
	must_go(&s, &s.approver, RECORD__PERMIT__ACTION__APPROVE);
	cr_assert_eq(query_counts(s.p.site, &before, NULL), ERR_OK);
	must_fail(
	    &s, &s.guardian, RECORD__PERMIT__ACTION__START, "DECISION_DENY");
	cr_assert_eq(query_counts(s.p.site, &after, NULL), ERR_OK);
	cr_assert_eq(before.evidence_size, after.evidence_size,
	    "a refused command changes nothing");
	plant_end(&s.p);
}

/* 5.3.1c, measured from the sample to the start. */
Test(submit_event, does_not_start_on_a_sample_older_than_thirty_minutes)
{
	struct shift s;

	begin(&s);
	issue_certificate(&s);
	submit_result_free(apply(&s, RECORD__PERMIT__LEVEL__LEVEL_1));
	test_gas(&s, 0.1);
	plant_turn(&s.p, 20 * PLANT_MINUTE);
	must_go(&s, &s.approver, RECORD__PERMIT__ACTION__APPROVE);
	plant_turn(&s.p, 11 * PLANT_MINUTE);
	must_fail(
	    &s, &s.guardian, RECORD__PERMIT__ACTION__START, "GAS_TOO_OLD");
	test_gas(&s, 0.1);
	must_go(&s, &s.guardian, RECORD__PERMIT__ACTION__START);
	plant_end(&s.p);
}

static struct timekeep *
keep_time(struct shift *s)
{
	const struct timeline_policy policy = {
	    .limit_us = 2000000, .start_us = 24 * 60 * PLANT_MINUTE};
	struct timekeep *k = timekeep_new(s->p.site, &policy);
	struct err_why why;

	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
	return k;
}

/* A clock set back makes an old sample look fresh. */
Test(submit_event, does_not_start_by_a_clock_that_was_set_back)
{
	struct shift s;
	struct timekeep *k;
	Api__RecordView *v;

	begin(&s);
	k = keep_time(&s);
	issue_certificate(&s);
	submit_result_free(apply(&s, RECORD__PERMIT__LEVEL__LEVEL_1));
	test_gas(&s, 0.1);
	must_go(&s, &s.approver, RECORD__PERMIT__ACTION__APPROVE);
	plant_turn(&s.p, 20 * PLANT_MINUTE);
	s.p.wrong = -15 * PLANT_MINUTE;
	must_go(&s, &s.guardian, RECORD__PERMIT__ACTION__START);
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.permit);
	cr_assert(v->events[v->n_events - 1]->annex->time_uncertain,
	    "it holds at all times it may be, and says so");
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
	timekeep_free(k);

	begin(&s);
	k = keep_time(&s);
	issue_certificate(&s);
	submit_result_free(apply(&s, RECORD__PERMIT__LEVEL__LEVEL_1));
	test_gas(&s, 0.1);
	must_go(&s, &s.approver, RECORD__PERMIT__ACTION__APPROVE);
	/* The author's device is as wrong as the node. */
	plant_turn(&s.p, 40 * PLANT_MINUTE);
	s.p.wrong = -30 * PLANT_MINUTE;
	s.p.now -= 30 * PLANT_MINUTE;
	s.p.booted = 30 * PLANT_MINUTE;
	s.p.wrong = 0;
	must_fail(
	    &s, &s.guardian, RECORD__PERMIT__ACTION__START, "CLOCK_UNCERTAIN");
	plant_end(&s.p);
	timekeep_free(k);
}

/* What gas stopped goes on only after a sample later than any time that it may
 * have been. */
Test(submit_event, stops_at_the_latest_time_it_may_be)
{
	struct shift s;
	struct timekeep *k;
	struct submit_result *r;

	begin(&s);
	k = keep_time(&s);
	issue_certificate(&s);
	submit_result_free(apply(&s, RECORD__PERMIT__LEVEL__LEVEL_1));
	test_gas(&s, 0.1);
	must_go(&s, &s.approver, RECORD__PERMIT__ACTION__APPROVE);
	must_go(&s, &s.guardian, RECORD__PERMIT__ACTION__START);
	plant_turn(&s.p, 10 * PLANT_MINUTE);
	s.p.wrong = -10 * PLANT_MINUTE;
	r = raise_gas(&s, 2);
	s.seq++;
	clear_alarm(&s, r->items[0].record_id);
	submit_result_free(r);
	/* Sampled before the alarm, but after what our clock said then. */
	s.p.now -= 5 * PLANT_MINUTE;
	test_gas(&s, 0.1);
	s.p.now += 6 * PLANT_MINUTE;
	s.p.wrong = 0;
	must_fail(
	    &s, &s.guardian, RECORD__PERMIT__ACTION__RESUME, "STOP_NEEDS_TEST");
	test_gas(&s, 0.1);
	must_go(&s, &s.guardian, RECORD__PERMIT__ACTION__RESUME);
	plant_end(&s.p);
	timekeep_free(k);
}

Test(submit_event, refuses_a_signature_of_the_wrong_person_and_a_forged_one)
{
	struct shift s;
	struct plant_person stranger;

	begin(&s);
	submit_result_free(apply(&s, RECORD__PERMIT__LEVEL__LEVEL_1));
	test_gas(&s, 0.1);
	must_fail(
	    &s, &s.applicant, RECORD__PERMIT__ACTION__APPROVE, "ROLE_MISSING");
	crypto_signer_new(&stranger.key);
	stranger.alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(stranger.alg_key + 1, stranger.key.pub, CRYPTO_PUB_BYTES);
	must_fail(
	    &s, &stranger, RECORD__PERMIT__ACTION__APPROVE, "ACTOR_UNKNOWN");
	memcpy(stranger.alg_key, s.approver.alg_key, sizeof stranger.alg_key);
	must_fail(&s, &stranger, RECORD__PERMIT__ACTION__APPROVE,
	    "SIGNATURE_INVALID");
	plant_end(&s.p);
}

Test(submit_event, wants_a_signature_where_the_pack_says_so)
{
	struct shift s;
	Record__Permit m = RECORD__PERMIT__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	begin(&s);
	submit_result_free(apply(&s, RECORD__PERMIT__LEVEL__LEVEL_1));
	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__REJECT;
	post.permit = &m;
	r = plant_event(&s.p, LEDGER__KIND__PERMIT, s.permit, &post);
	cr_assert_eq(r->error, ERR_DENIED);
	cr_assert_str_eq(r->rule->code, "SIGNATURE_MISSING");
	submit_result_free(r);
	plant_end(&s.p);
}

/* 4.8: the alarm and the suspension are one transaction, hence neighbours
 * under one checkpoint. */
Test(submit_alarms, suspends_the_open_permit_in_the_same_transaction)
{
	struct shift s;
	struct submit_result *r;
	Api__RecordView *v;
	const Api__EventView *last;
	char id[TEXT_UUID_CHARS + 1];

	begin_work(&s);
	r = raise_gas(&s, 2);
	cr_assert_eq(r->error, ERR_OK);
	text_uuid_put(id, r->items[0].record_id);
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.permit);
	cr_assert_str_eq(v->state, "SUSPENDED");
	last = v->events[v->n_events - 1];
	cr_assert_eq(last->place->index, r->items[0].index + 1);
	cr_assert_str_eq(last->annex->code, "ALARM_SUSPENDS");
	cr_assert_str_eq(last->annex->alarm_id, id);
	cr_assert_null(last->signer);
	api__record_view__free_unpacked(v, NULL);
	s.seq++;
	must_fail(
	    &s, &s.guardian, RECORD__PERMIT__ACTION__RESUME, "STOP_NEEDS_TEST");
	plant_turn(&s.p, PLANT_MINUTE);
	test_gas(&s, 0.1);
	must_fail(&s, &s.guardian, RECORD__PERMIT__ACTION__RESUME,
	    "DECISION_DENY"); /* the alarm is still open */
	clear_alarm(&s, r->items[0].record_id);
	must_go(&s, &s.guardian, RECORD__PERMIT__ACTION__RESUME);
	submit_result_free(r);
	plant_end(&s.p);
}

Test(submit_alarms, leaves_work_alone_below_the_level)
{
	struct shift s;
	Api__RecordView *v;

	begin_work(&s);
	submit_result_free(raise_gas(&s, 3));
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.permit);
	cr_assert_str_eq(v->state, "IN_PROGRESS");
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
}

/* 5.3.2: a measurement takes effect by itself. */
Test(submit_event, stops_the_work_on_a_gas_test_over_the_limit)
{
	struct shift s;
	Api__RecordView *v;

	begin_work(&s);
	plant_turn(&s.p, PLANT_MINUTE);
	test_gas(&s, 0.6);
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.permit);
	cr_assert_str_eq(v->state, "SUSPENDED");
	cr_assert_str_eq(
	    v->events[v->n_events - 1]->annex->code, "GAS_SUSPENDS");
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
}

/* The tables are a fold: dropping them loses nothing. */
Test(site_rebuild, gives_the_same_rows_as_the_running_node)
{
	struct shift s;
	struct submit_result *r;
	struct store_txn *txn = NULL;
	struct row before;
	struct row after;
	struct fold f = {0};
	uint8_t id[16];
	struct query_counts n[2];

	begin_work(&s);
	r = raise_gas(&s, 1);
	submit_result_free(r);
	cr_assert_eq(text_uuid_get(id, bytes_str(s.permit), NULL), ERR_OK);
	for (int i = 0; i < 2; i++) {
		struct site *site = s.p.site;

		cr_assert_eq(store_read(site->own.store, &txn, NULL), ERR_OK);
		f = (struct fold){.txn = txn,
		    .t = &site->own.tables,
		    .book = site->own.book,
		    .mac = &site->index_mac};
		cr_assert_eq(fold_get(&f, site->evidence, id,
		                 i == 0 ? &before : &after, NULL),
		    ERR_OK);
		store_abort(txn);
		cr_assert_eq(query_counts(site, &n[i], NULL), ERR_OK);
		if (i == 1)
			break;
		site_close(site);
		cr_assert_eq(
		    site_open(&s.p.site, s.p.dir, &s.p.clock, NULL), ERR_OK);
		cr_assert_eq(site_rebuild(s.p.site, NULL), ERR_OK);
	}
	cr_assert_eq(before.state, after.state);
	cr_assert_eq(before.flags, after.flags);
	cr_assert_eq(before.seq, after.seq);
	cr_assert_eq(before.first, after.first);
	cr_assert_eq(before.last, after.last);
	cr_assert_eq(before.mark_us, after.mark_us);
	cr_assert_eq(before.stop_us, after.stop_us);
	cr_assert_eq(before.pack, after.pack);
	cr_assert_eq(n[0].open_alarms, n[1].open_alarms);
	cr_assert_eq(n[0].open_permits, n[1].open_permits);
	plant_end(&s.p);
}

/* A certificate that was published is suspended for everybody at once. */
Test(submit_publish, tells_the_alliance_of_a_suspension_in_one_transaction)
{
	struct shift s;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;
	char credential[TEXT_UUID_CHARS + 1];
	Api__RecordView *v;

	begin(&s);
	issue_certificate(&s);
	struct submit_to to = plant_to(&s.p, w);
	submit_publish(&to, s.certificate);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	memcpy(credential, r->credential_id, sizeof credential);
	submit_result_free(r);
	v = plant_get(&s.p, LEDGER__KIND__CREDENTIAL, credential);
	cr_assert_str_eq(v->state, "VALID");
	cr_assert_str_eq(v->events[0]->credential->class_, "welding");
	api__record_view__free_unpacked(v, NULL);
	v = plant_get(&s.p, LEDGER__KIND__CERTIFICATE, s.certificate);
	cr_assert(!v->events[1]->certificate->has_holder_secret,
	    "the holder's secret is never shown");
	api__record_view__free_unpacked(v, NULL);
	submit_result_free(
	    change_certificate(&s, RECORD__CERTIFICATE__ACTION__SUSPEND));
	v = plant_get(&s.p, LEDGER__KIND__CREDENTIAL, credential);
	cr_assert_str_eq(v->state, "SUSPENDED");
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
}

Test(submit_presentation, accepts_the_own_node_s_and_refuses_an_altered_one)
{
	struct shift s;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;
	Api__PresentPost post = API__PRESENT_POST__INIT;
	Record__Presentation *p = NULL;
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	struct err_why why = {.text = ""};

	begin(&s);
	issue_certificate(&s);
	struct submit_to to = plant_to(&s.p, w);
	submit_publish(&to, s.certificate);
	submit_result_free(submit_wait_for(w));
	post.record_id = s.certificate;
	post.verifier = s.p.site->name;
	cr_assert_eq(
	    submit_present(s.p.site, &post, &p, &why), ERR_OK, "%s", why.text);
	to.arg = w = submit_wait_new();
	submit_presentation(&to, p);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	q.holder = p->holder_ref;
	q.work_type = work;
	q.has_level = true;
	q.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	q.area = area;
	to.arg = w = submit_wait_new();
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_eq(r->decision, RECORD__DECISION__RESULT__ALLOW);
	cr_assert_eq(r->len, 1);
	submit_result_free(r);
	p->expires_at += 1;
	to.arg = w = submit_wait_new();
	submit_presentation(&to, p);
	r = submit_wait_for(w);
	cr_assert_str_eq(r->rule->code, "PRESENTATION_INVALID");
	submit_result_free(r);
	record__presentation__free_unpacked(p, NULL);
	plant_end(&s.p);
}

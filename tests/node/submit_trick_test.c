/* submit_trick_test.c - signed events that try to bend time, names and keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/packed.h"
#include "tests/support/signers.h"

#define NEWER "newer.yaml"

static char area[] = "tank-farm-2";
static char work[] = "hot-work";
static char worker[] = SIGNERS_WORKER;
static char guardian[] = SIGNERS_GUARDIAN;

static void
test_gas(struct signers *c)
{
	signers_gas(c, c->p.now);
}

/* A permit that was approved just now on a sample of just now; `own`: under a
 * newer version, in the node's directory. */
static void
begin_under(struct signers *c, bool own)
{
	char text[PACKED_TEXT];
	Record__Permit m = RECORD__PERMIT__INIT;

	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	if (own) {
		packed_edit(text, "2026.1", "effectiveAt: \"2022",
		    "effectiveAt: \"2026");
		packed_file(&c->p, NEWER, text);
		plant_restart(&c->p);
	}
	plant_enrol(&c->p, &c->li, "Li", "applicant");
	plant_enrol(&c->p, &c->wang, "Wang", "gas-analyst");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "Qian", "guardian");
	signers_certify(c);
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = work;
	m.has_level = true;
	m.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = c->p.now;
	m.planned_to_at = c->p.now + 8 * 60 * PLANT_MINUTE;
	signers_step(c, &c->li, &m, 0, NULL);
	test_gas(c);
	signers_go(c, &c->zhao, RECORD__PERMIT__ACTION__APPROVE, 0, NULL);
}

static void
begin(struct signers *c)
{
	begin_under(c, false);
}

static void
expect_state(struct signers *c, const char *state)
{
	Api__RecordView *v = plant_get(&c->p, LEDGER__KIND__PERMIT, c->permit);

	cr_assert_str_eq(v->state, state);
	api__record_view__free_unpacked(v, NULL);
}

static void
raise(struct signers *c, const char *kind, const char *where, int64_t back_us)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	char kind_copy[32];
	char where_copy[32];

	(void)snprintf(kind_copy, sizeof kind_copy, "%s", kind);
	(void)snprintf(where_copy, sizeof where_copy, "%s", where);
	a.kind = kind_copy;
	a.area = where_copy;
	a.has_level = true;
	a.level = 2;
	a.has_occurred_at = true;
	a.occurred_at = c->p.now - back_us;
	submit_result_free(plant_alarms(&c->p, (Record__Alarm *[]){&a}, 1));
}

/* GB 30871-2022 5.3.1c. */
Test(submit_event, does_not_start_on_an_old_sample_by_a_time_written_back)
{
	struct signers c;

	begin(&c);
	plant_turn(&c.p, 35 * PLANT_MINUTE);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 6 * PLANT_MINUTE,
	    "GAS_TOO_OLD");
	expect_state(&c, "ISSUED");
	plant_turn(&c.p, 60 * PLANT_MINUTE);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START,
	    80 * PLANT_MINUTE, "GAS_TOO_OLD");
	expect_state(&c, "ISSUED");
	plant_end(&c.p);
}

static void
clear(struct signers *c)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.proof = false};
	Api__Records *list = NULL;

	cr_assert_eq(
	    query_list(c->p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &a;
	submit_result_free(plant_event(
	    &c->p, LEDGER__KIND__ALARM, list->items[0]->record_id, &post));
	api__records__free_unpacked(list, NULL);
}

/* 5.3.1c, 4.8: a clock that runs ahead makes no sample fresher, nor later than
 * a stop. */
Test(submit_event, counts_a_sample_from_the_future_as_of_when_it_came)
{
	struct signers c;
	Api__RecordView *v;

	begin(&c);
	signers_gas(&c, c.p.now + 4 * PLANT_MINUTE);
	v = plant_get(&c.p, LEDGER__KIND__PERMIT, c.permit);
	cr_assert_eq(
	    v->events[v->n_events - 1]->annex->counted_at, (int64_t)c.p.now);
	api__record_view__free_unpacked(v, NULL);
	plant_turn(&c.p, 31 * PLANT_MINUTE);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__START, 0, "GAS_TOO_OLD");
	signers_gas(&c, c.p.now + 4 * PLANT_MINUTE);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	plant_turn(&c.p, PLANT_MINUTE);
	signers_gas(&c, c.p.now + 4 * PLANT_MINUTE);
	plant_turn(&c.p, PLANT_MINUTE);
	raise(&c, "gas", area, 0);
	c.seq++;
	clear(&c);
	plant_turn(&c.p, 5 * PLANT_MINUTE);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, "STOP_NEEDS_TEST");
	test_gas(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, NULL);
	plant_end(&c.p);
}

/* 5.3.1d. */
Test(submit_event, does_not_shorten_a_break_by_a_time_written_back)
{
	struct signers c;

	begin(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__SUSPEND, 0, NULL);
	plant_turn(&c.p, 120 * PLANT_MINUTE);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME,
	    100 * PLANT_MINUTE, "BREAK_TOO_LONG");
	expect_state(&c, "SUSPENDED");
	plant_end(&c.p);
}

/* 4.8: one area, one kind, however a system spells them. */
Test(submit_alarms, stops_the_work_however_area_and_kind_are_spelt)
{
	struct signers c;

	begin(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	raise(&c, "process", area, 0);
	expect_state(&c, "IN_PROGRESS");
	raise(&c, " GAS ", "Tank-Farm-2 ", 0);
	expect_state(&c, "SUSPENDED");
	plant_end(&c.p);
}

/* An hour late it still is the newest that is known of the air. */
Test(submit_alarms, wants_a_sample_from_after_an_alarm_that_came_late)
{
	struct signers c;

	begin(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	plant_turn(&c.p, 60 * PLANT_MINUTE);
	test_gas(&c);
	plant_turn(&c.p, PLANT_MINUTE);
	raise(&c, "可燃气体", area, 50 * PLANT_MINUTE);
	expect_state(&c, "SUSPENDED");
	c.seq++;
	{
		Record__Permit m = RECORD__PERMIT__INIT;
		Record__GasReading g = RECORD__GAS_READING__INIT;
		Record__GasReading *list[] = {&g};
		char unit[] = "%vol";

		m.action = RECORD__PERMIT__ACTION__GAS_TEST;
		m.has_sampled_at = true;
		m.sampled_at = c.p.now - PLANT_MINUTE;
		m.gas = list;
		m.n_gas = 1;
		g.has_value = g.has_lel = true;
		g.value = 0.1;
		g.lel = 5;
		g.unit = unit;
		signers_step(&c, &c.wang, &m, 0, NULL);
	}
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, "STOP_NEEDS_TEST");
	plant_end(&c.p);
}

Test(submit_event, revokes_only_the_key_that_the_record_enrolled)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor a = RECORD__ACTOR__INIT;
	struct plant_person qian, zhao;
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.proof = false};
	Api__Records *list = NULL;
	struct submit_result *r;
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	plant_enrol(&p, &qian, "Qian", "guardian");
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__ACTOR, &q, &scope, &list, NULL),
	    ERR_OK);
	crypto_signer_new(&zhao.key);
	zhao.alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(zhao.alg_key + 1, zhao.key.pub, CRYPTO_PUB_BYTES);
	a.has_action = a.has_key = true;
	a.action = RECORD__ACTOR__ACTION__REVOKE;
	a.key = (ProtobufCBinaryData){sizeof zhao.alg_key, zhao.alg_key};
	post.actor = &a;
	r = plant_event(
	    &p, LEDGER__KIND__ACTOR, list->items[0]->record_id, &post);
	cr_assert_neq(r->error, ERR_OK,
	    "a person counts as revoked while the key still signs");
	submit_result_free(r);
	a.key.data = qian.alg_key;
	r = plant_event(
	    &p, LEDGER__KIND__ACTOR, list->items[0]->record_id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	api__records__free_unpacked(list, NULL);
	plant_end(&p);
}

/* Only a checkpoint makes a receipt provable. */
Test(submit_event, answers_a_repeat_after_a_restart_with_a_checkpoint)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	char event[] = "0196f000-0000-7000-8000-000000000001";
	char class[] = "welding";
	struct submit_result *r;
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	m.has_action = true;
	m.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	m.holder = worker;
	m.class_ = class;
	m.has_valid_from_at = m.has_valid_to_at = true;
	m.valid_from_at = PLANT_START;
	m.valid_to_at = PLANT_START + 1000 * PLANT_MINUTE;
	post.certificate = &m;
	post.event_id = event;
	submit_result_free(
	    plant_event(&p, LEDGER__KIND__CERTIFICATE, NULL, &post));
	plant_restart(&p);
	r = plant_event(&p, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert(r->items[0].duplicate);
	cr_assert_not_null(r->checkpoint);
	submit_result_free(r);
	plant_end(&p);
}

/* Field 0: the whole event; NULL: done, else the rule's code. */
static void
erase(struct plant *p, uint64_t index, uint32_t field, const char *code)
{
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	char reason[] = "asked for";
	struct submit_result *r;

	post.has_index = true;
	post.index = index;
	post.reason = reason;
	post.n_fields = field != 0 ? 1 : 0;
	post.fields = &field;
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	if (code == NULL) {
		cr_assert_eq(
		    r->error, ERR_OK, "%u: %s", (unsigned)field, r->why.text);
	} else {
		cr_assert_eq(
		    r->error, ERR_CONFLICT, "field %u", (unsigned)field);
		cr_assert_str_eq(r->rule->code, code);
	}
	submit_result_free(r);
}

static uint64_t
last_index(struct plant *p)
{
	struct query_counts n;

	cr_assert_eq(query_counts(p->site, &n, NULL), ERR_OK);
	return n.evidence_size - 1;
}

/* Field 1 of a permit's event is its action, 0 all of it. */
Test(submit_erasure, does_not_take_a_stop_from_an_open_permit)
{
	struct signers c;

	begin(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__SUSPEND, 0, NULL);
	for (uint32_t field = 0; field <= 1; field++)
		erase(&c.p, last_index(&c.p), field, "ERASE_DECIDES");
	expect_state(&c, "SUSPENDED");
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, NULL);
	plant_end(&c.p);
}

static uint64_t
index_of(struct plant *p, Ledger__Kind kind, const char *id, size_t event)
{
	Api__RecordView *v = plant_get(p, kind, id);
	uint64_t index;

	cr_assert_lt(event, v->n_events);
	index = v->events[event]->place->index;
	api__record_view__free_unpacked(v, NULL);
	return index;
}

/* What decides stays until the end; who it was may go at any time. */
Test(submit_erasure, keeps_what_an_open_permit_decides_by)
{
	static const struct {
		size_t event;
		uint32_t fields[8];
	} kept[] = {
	    {0, {1, 2, 3, 4, 5, 13, 14}},
	    {1, {1, 2, 15, 16}},
	    {2, {1, 2}},
	};
	static const uint32_t personal[] = {10, 11, 12};
	struct signers c;

	begin(&c);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		uint64_t at = index_of(
		    &c.p, LEDGER__KIND__PERMIT, c.permit, kept[i].event);

		for (size_t n = 0; kept[i].fields[n] != 0; n++)
			erase(&c.p, at, kept[i].fields[n], "ERASE_DECIDES");
		erase(&c.p, at, 0, "ERASE_DECIDES");
	}
	for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++)
		erase(&c.p, index_of(&c.p, LEDGER__KIND__PERMIT, c.permit, 0),
		    personal[i], NULL);
	signers_go(&c, &c.zhao, RECORD__PERMIT__ACTION__CANCEL, 0, NULL);
	for (size_t i = 0; i < 3; i++)
		erase(&c.p, index_of(&c.p, LEDGER__KIND__PERMIT, c.permit, i),
		    0, NULL);
	expect_state(&c, "CANCELLED");
	plant_end(&c.p);
}

Test(submit_erasure, keeps_what_a_certificate_in_force_decides_by)
{
	static const uint32_t kept[] = {1, 6, 10, 11, 12, 0};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.proof = false};
	Api__Records *list = NULL;
	struct signers c;
	uint64_t at;

	begin(&c);
	cr_assert_eq(query_list(c.p.site, LEDGER__KIND__CERTIFICATE, &q, &scope,
	                 &list, NULL),
	    ERR_OK);
	at = list->items[0]->events[0]->place->index;
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		erase(&c.p, at, kept[i], "ERASE_DECIDES");
	erase(&c.p, at, 3, NULL);
	plant_turn(&c.p, (CARDS_DAYS * 24 * 60 + 1) * PLANT_MINUTE);
	erase(&c.p, at, 0, NULL);
	api__records__free_unpacked(list, NULL);
	plant_end(&c.p);
}

static void
erase_the_revocation(uint32_t field)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor a = RECORD__ACTOR__INIT;
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.proof = false};
	Api__Records *list = NULL;
	struct signers c;

	begin(&c);
	cr_assert_eq(
	    query_list(c.p.site, LEDGER__KIND__ACTOR, &q, &scope, &list, NULL),
	    ERR_OK);
	/* Newest first: Qian was enrolled last. */
	a.has_action = a.has_key = true;
	a.action = RECORD__ACTOR__ACTION__REVOKE;
	a.key = (ProtobufCBinaryData){sizeof c.qian.alg_key, c.qian.alg_key};
	post.actor = &a;
	submit_result_free(plant_event(
	    &c.p, LEDGER__KIND__ACTOR, list->items[0]->record_id, &post));
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__START, 0, "ACTOR_UNKNOWN");
	erase(&c.p, last_index(&c.p), field, NULL);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__START, 0, "ACTOR_UNKNOWN");
	api__records__free_unpacked(list, NULL);
	plant_end(&c.p);
}

Test(submit_erasure, does_not_revive_a_key_by_erasing_its_revocation)
{
	erase_the_revocation(0);
	erase_the_revocation(1);
	erase_the_revocation(4);
}

/* Field 1 is the action, 0 all of it. */
Test(submit_erasure, does_not_restore_a_certificate_by_erasing_its_end)
{
	for (uint32_t field = 0; field < 2; field++) {
		Record__Certificate m = RECORD__CERTIFICATE__INIT;
		Api__EventPost post = API__EVENT_POST__INIT;
		Api__RecordQuery q = API__RECORD_QUERY__INIT;
		struct query_scope scope = {.proof = false};
		Api__Records *list = NULL;
		struct submit_result *r;
		struct signers c;
		begin(&c);
		cr_assert_eq(query_list(c.p.site, LEDGER__KIND__CERTIFICATE, &q,
		                 &scope, &list, NULL),
		    ERR_OK);
		m.has_action = true;
		m.action = RECORD__CERTIFICATE__ACTION__REVOKE;
		post.certificate = &m;
		r = plant_event(&c.p, LEDGER__KIND__CERTIFICATE,
		    list->items[0]->record_id, &post);
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		erase(&c.p, r->items[0].index, field, NULL);
		submit_result_free(r);
		c.seq++; /* the revocation stopped it */
		signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0,
		    "DECISION_DENY");
		api__records__free_unpacked(list, NULL);
		plant_end(&c.p);
	}
}

Test(submit_erasure, waits_until_an_alarm_is_closed)
{
	static const uint32_t kept[] = {1, 5, 6, 7, 8, 0};
	struct signers c;

	begin(&c);
	raise(&c, "gas", area, 0);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		erase(&c.p, last_index(&c.p) - 1, /* then the suspension */
		    kept[i], "ERASE_DECIDES");
	plant_end(&c.p);
}

/* What a step gives when the pack with which its permit began is gone. */
Test(submit_event, wants_signatures_although_the_permit_s_pack_is_gone)
{
	static const struct {
		Record__Permit__Action action;
		const char *unsigned_code; /* NULL: goes */
		const char *stranger_code;
	} steps[] = {
	    {RECORD__PERMIT__ACTION__FINISH, "SIGNATURE_MISSING",
	        "ROLE_MISSING"},
	    {RECORD__PERMIT__ACTION__ACCEPT, "SIGNATURE_MISSING",
	        "ROLE_MISSING"},
	    {RECORD__PERMIT__ACTION__CANCEL, "SIGNATURE_MISSING",
	        "ROLE_MISSING"},
	    {RECORD__PERMIT__ACTION__REJECT, "SIGNATURE_MISSING",
	        "ROLE_MISSING"},
	    {RECORD__PERMIT__ACTION__SUSPEND, NULL, NULL},
	};
	struct signers c;

	begin_under(&c, true);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	packed_file(&c.p, NEWER, NULL);
	plant_restart(&c.p);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		Record__Permit m = RECORD__PERMIT__INIT;
		Api__EventPost post = API__EVENT_POST__INIT;
		struct submit_result *r;

		if (steps[i].stranger_code != NULL)
			signers_go(&c, &c.wang, steps[i].action, 0,
			    steps[i].stranger_code);
		m.has_action = true;
		m.action = steps[i].action;
		post.permit = &m;
		r = plant_event(&c.p, LEDGER__KIND__PERMIT, c.permit, &post);
		if (steps[i].unsigned_code == NULL) {
			cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
			c.seq = r->items[0].event_seq;
		} else {
			cr_assert_neq(r->error, ERR_OK, "step %zu", i);
			cr_assert_str_eq(r->rule->code, steps[i].unsigned_code);
		}
		submit_result_free(r);
	}
	expect_state(&c, "SUSPENDED");
	signers_go(&c, &c.zhao, RECORD__PERMIT__ACTION__CANCEL, 0, NULL);
	expect_state(&c, "CANCELLED");
	plant_end(&c.p);
}

/* A guardian whose right ends then. */
static void
enrol_until(struct plant *p, struct plant_person *out, int64_t until_us)
{
	static char role[] = "guardian", name[] = "Sun";
	char *roles[] = {role};
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor a = RECORD__ACTOR__INIT;
	struct submit_result *r;

	crypto_signer_new(&out->key);
	out->alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(out->alg_key + 1, out->key.pub, CRYPTO_PUB_BYTES);
	a.has_action = a.has_key = a.has_valid_to_at = true;
	a.action = RECORD__ACTOR__ACTION__ENROL;
	a.name = name;
	a.roles = roles;
	a.n_roles = 1;
	a.key = (ProtobufCBinaryData){sizeof out->alg_key, out->alg_key};
	a.valid_to_at = until_us;
	post.actor = &a;
	r = plant_event(p, LEDGER__KIND__ACTOR, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* Whom some pack entitles, now as when he signed, may end what runs. */
Test(submit_event, ends_work_although_the_permit_s_pack_is_gone)
{
	const Record__Permit__Action finish = RECORD__PERMIT__ACTION__FINISH;
	struct plant_person sun;
	struct signers c;

	begin_under(&c, true);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	enrol_until(&c.p, &sun, c.p.now + 10 * PLANT_MINUTE);
	packed_file(&c.p, NEWER, NULL);
	plant_restart(&c.p);
	plant_turn(&c.p, 12 * PLANT_MINUTE);
	signers_go(&c, &sun, finish, 5 * PLANT_MINUTE, "RIGHT_OVER");
	expect_state(&c, "IN_PROGRESS");
	signers_go(&c, &c.qian, finish, 0, NULL);
	expect_state(&c, "FINISHED");
	plant_end(&c.p);
}

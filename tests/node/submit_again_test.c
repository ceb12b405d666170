/* submit_again_test.c - what follows upon a stop that is there already. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"
#include "tests/support/plant.h"

static char area[] = "tank-farm-2";
static char work[] = "hot-work";
static char worker[] = "w-0017";
static char guardian[] = "g-0003";

struct crew {
	struct plant p;
	struct plant_person li, wang, zhao, qian;
	char permit[TEXT_UUID_CHARS + 1];
	uint32_t seq;
};

/* Signed with a time written back; NULL: applied, else the rule's code. */
static void
step(struct crew *c, const struct plant_person *who, Record__Permit *m,
    int64_t back_us, const char *code)
{
	struct plant_sign sign = {
	    .who = who,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = c->permit,
	    .based_on = c->seq,
	    .msg = &m->base,
	    .occurred_us = c->p.now - back_us,
	};
	bool later = c->permit[0] != '\0';
	struct submit_result *r;

	m->has_action = m->has_occurred_at = true;
	m->occurred_at = sign.occurred_us;
	r = plant_signed(&c->p, &sign, later ? c->permit : NULL);
	if (code != NULL) {
		const struct rule *rule =
		    r->error != ERR_OK ? r->rule : r->items[0].rule;
		cr_assert_not_null(rule, "%s", r->why.text);
		cr_assert_str_eq(rule->code, code);
		cr_assert(r->error != ERR_OK ||
		    r->items[0].outcome != LEDGER__OUTCOME__APPLIED);
	} else {
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__APPLIED);
	}
	if (r->error == ERR_OK)
		c->seq = r->items[0].event_seq;
	submit_result_free(r);
}

static void
go(struct crew *c, const struct plant_person *who,
    Record__Permit__Action action, int64_t back_us, const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.action = action;
	step(c, who, &m, back_us, code);
}

static void
test_gas_of(struct crew *c, int64_t sampled_us)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	char unit[] = "%vol";

	m.action = RECORD__PERMIT__ACTION__GAS_TEST;
	m.has_sampled_at = true;
	m.sampled_at = sampled_us;
	m.gas = list;
	m.n_gas = 1;
	g.has_value = g.has_lel = true;
	g.value = 0.1;
	g.lel = 5;
	g.unit = unit;
	step(c, &c->wang, &m, 0, NULL);
}

static void
test_gas(struct crew *c)
{
	test_gas_of(c, c->p.now);
}

static void
certify(struct crew *c)
{
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char class[] = "welding";
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	m.holder = worker;
	m.class_ = class;
	m.has_valid_from_at = m.has_valid_to_at = true;
	m.valid_from_at = PLANT_START - PLANT_MINUTE;
	m.valid_to_at = PLANT_START + 100000 * PLANT_MINUTE;
	post.certificate = &m;
	r = plant_event(&c->p, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* A permit that was approved just now on a sample of just now. */
static void
begin(struct crew *c)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	*c = (struct crew){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	plant_enrol(&c->p, &c->li, "Li", "applicant");
	plant_enrol(&c->p, &c->wang, "Wang", "gas-analyst");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "Qian", "guardian");
	certify(c);
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
	step(c, &c->li, &m, 0, NULL);
	test_gas(c);
	go(c, &c->zhao, RECORD__PERMIT__ACTION__APPROVE, 0, NULL);
}

static void
expect_state(struct crew *c, const char *state)
{
	Api__RecordView *v = plant_get(&c->p, LEDGER__KIND__PERMIT, c->permit);

	cr_assert_str_eq(v->state, state);
	api__record_view__free_unpacked(v, NULL);
}

/* A gas alarm that is over at once; the node appended `stops` events by it. */
static void
alarm_and_clear(struct crew *c, uint32_t stops)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm over = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r;
	char kind[] = "gas";

	a.kind = kind;
	a.area = area;
	a.has_level = a.has_occurred_at = true;
	a.level = 2;
	a.occurred_at = c->p.now;
	r = plant_alarms(&c->p, (Record__Alarm *[]){&a}, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	over.has_action = true;
	over.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &over;
	r = plant_event(&c->p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	c->seq += stops;
	expect_state(c, "SUSPENDED");
}

/* GB 30871-2022 4.8, 5.3.1d. */
Test(submit_alarms, a_second_one_outdates_the_sample_after_the_first)
{
	struct crew c;

	begin(&c);
	go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	alarm_and_clear(&c, 1);
	plant_turn(&c.p, 5 * PLANT_MINUTE);
	test_gas(&c);
	plant_turn(&c.p, PLANT_MINUTE);
	alarm_and_clear(&c, 1);
	go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, "STOP_NEEDS_TEST");
	plant_turn(&c.p, PLANT_MINUTE);
	test_gas(&c);
	go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, NULL);
	plant_end(&c.p);
}

/* The sample between them is told of only after both. */
Test(submit_alarms, a_second_one_outdates_a_sample_that_comes_later)
{
	struct crew c;

	begin(&c);
	go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	alarm_and_clear(&c, 1);
	plant_turn(&c.p, 5 * PLANT_MINUTE);
	alarm_and_clear(&c, 1);
	alarm_and_clear(&c, 0); /* of the same second */
	plant_turn(&c.p, PLANT_MINUTE);
	test_gas_of(&c, c.p.now - 2 * PLANT_MINUTE);
	go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, "STOP_NEEDS_TEST");
	plant_end(&c.p);
}

/* submit_again_test.c - what follows upon a stop that is there already. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/signers.h"

static char area[] = "tank-farm-2";
static char work[] = "hot-work";
static char worker[] = SIGNERS_WORKER;
static char guardian[] = SIGNERS_GUARDIAN;

static void
test_gas(struct signers *c)
{
	signers_gas(c, c->p.now);
}

/* A permit that was approved just now on a sample of just now. */
static void
begin(struct signers *c)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
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
expect_state(struct signers *c, const char *state)
{
	Api__RecordView *v = plant_get(&c->p, LEDGER__KIND__PERMIT, c->permit);

	cr_assert_str_eq(v->state, state);
	api__record_view__free_unpacked(v, NULL);
}

/* A gas alarm that is over at once; the node appended `stops` events by it. */
static void
alarm_and_clear(struct signers *c, uint32_t stops)
{
	Record__Alarm a = RECORD__ALARM__INIT;
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
	plant_clear(&c->p, id);
	c->seq += stops;
	expect_state(c, "SUSPENDED");
}

/* GB 30871-2022 4.8, 5.3.1d. */
Test(submit_alarms, a_second_one_outdates_the_sample_after_the_first)
{
	struct signers c;

	begin(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	alarm_and_clear(&c, 1);
	plant_turn(&c.p, 5 * PLANT_MINUTE);
	test_gas(&c);
	plant_turn(&c.p, PLANT_MINUTE);
	alarm_and_clear(&c, 1);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, "STOP_NEEDS_TEST");
	plant_turn(&c.p, PLANT_MINUTE);
	test_gas(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, NULL);
	plant_end(&c.p);
}

/* The sample between them is told of only after both. */
Test(submit_alarms, a_second_one_outdates_a_sample_that_comes_later)
{
	struct signers c;

	begin(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	alarm_and_clear(&c, 1);
	plant_turn(&c.p, 5 * PLANT_MINUTE);
	alarm_and_clear(&c, 1);
	alarm_and_clear(&c, 0); /* of the same second */
	plant_turn(&c.p, PLANT_MINUTE);
	signers_gas(&c, c.p.now - 2 * PLANT_MINUTE);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__RESUME, 0, "STOP_NEEDS_TEST");
	plant_end(&c.p);
}

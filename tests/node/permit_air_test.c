/* permit_air_test.c - an alarm between the sample and the approval. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_air.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/signers.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name

static char area[] = "tank-farm-2";

static void
begin(struct signers *c)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char work[] = "hot-work";
	char worker[] = SIGNERS_WORKER, guardian[] = SIGNERS_GUARDIAN;

	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	plant_enrol(&c->p, &c->li, "Li", "applicant");
	plant_enrol(&c->p, &c->wang, "Wang", "gas-analyst");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "Qian", "guardian");
	signers_certify(c);
	m.action = ACT(APPLY);
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
	signers_gas(c, c->p.now);
	plant_turn(&c->p, PLANT_MINUTE);
}

static int64_t ahead; /* of its clock */

/* Raised now, and over a minute later. */
static void
alarm(struct signers *c, const char *kind, uint32_t level, const char *where)
{
	static uint64_t seq;
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char source[] = "gds-01", title[] = "x";
	char word[16], place[32];
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r;

	(void)snprintf(word, sizeof word, "%s", kind);
	(void)snprintf(place, sizeof place, "%s", where);
	a.has_action = a.has_source_seq = a.has_occurred_at = a.has_level =
	    true;
	a.action = RECORD__ALARM__ACTION__RAISE;
	a.source = source;
	a.source_seq = ++seq;
	a.occurred_at = c->p.now + ahead;
	a.level = level;
	a.kind = word;
	a.area = place;
	a.title = title;
	r = plant_alarms(&c->p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	plant_turn(&c->p, PLANT_MINUTE);
	plant_clear(&c->p, id);
}

/* 4.8, 5.3.1: good air of before says nothing of the air after it. */
Test(permit_air, takes_no_sample_of_before_an_alarm)
{
	struct signers c;

	begin(&c);
	alarm(&c, "gas", 1, area);
	signers_go(&c, &c.zhao, ACT(APPROVE), 0, "ALARM_SINCE");
	signers_gas(&c, c.p.now);
	signers_go(&c, &c.zhao, ACT(APPROVE), 0, NULL);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	plant_end(&c.p);
}

Test(permit_air, takes_one_beside_alarms_that_stop_nothing)
{
	struct signers c;

	begin(&c);
	alarm(&c, "gas", 1, "yard");
	alarm(&c, "gas", 3, area);
	alarm(&c, "equipment", 1, area);
	signers_go(&c, &c.zhao, ACT(APPROVE), 0, NULL);
	plant_end(&c.p);
}

/* An alarm whose clock runs ahead is over before its own beginning; one whose
 * clock is behind began, by its word, before the sample.  Both came since. */
Test(permit_air, takes_no_sample_of_before_an_alarm_whatever_its_clock_says)
{
	static const int64_t off[] = {5, -4, -12, -300};
	struct signers c;

	for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
		ahead = off[i] * PLANT_MINUTE;
		begin(&c);
		alarm(&c, "gas", 1, area);
		signers_go(&c, &c.zhao, ACT(APPROVE), 0, "ALARM_SINCE");
		/* It has to be later by either clock. */
		plant_turn(&c.p, ahead > 0 ? ahead : 1);
		signers_gas(&c, c.p.now);
		signers_go(&c, &c.zhao, ACT(APPROVE), 0, NULL);
		signers_go(&c, &c.qian, ACT(START), 0, NULL);
		plant_end(&c.p);
	}
}

/* Air that was measured after it was heard. */
Test(permit_air, takes_one_from_after_an_alarm)
{
	struct signers c;

	begin(&c);
	ahead = -PLANT_MINUTE;
	alarm(&c, "gas", 1, area);
	signers_gas(&c, c.p.now);
	signers_go(&c, &c.zhao, ACT(APPROVE), 0, NULL);
	plant_end(&c.p);
}

/* permit_linked_test.c - three and four works that go together. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/rule.h"
#include "tests/support/works.h"

#define MIN PLANT_MINUTE
#define ACT(name) RECORD__PERMIT__ACTION__##name

/* In a confined space hot work, lifting, and the electricity for both: each is
 * linked to all that were there before it. */
struct scene {
	struct works w;
	struct job space, hot, lift, power;
};

static void
begin(struct scene *s)
{
	works_begin(&s->w);
	works_until(&s->w, 10 * 60, WORKS_ANY);
	works_job(&s->space, &s->w, "confined-space@2022.1",
	    RECORD__PERMIT__LEVEL__UNLEVELLED, NULL);
	works_job(&s->hot, &s->w, "hot-work@2022.1",
	    RECORD__PERMIT__LEVEL__LEVEL_1, &s->space);
	works_job(&s->lift, &s->w, "lifting@2022.1",
	    RECORD__PERMIT__LEVEL__LEVEL_3, &s->space);
	works_job(&s->power, &s->w, "temporary-electricity@2022.1",
	    RECORD__PERMIT__LEVEL__UNLEVELLED, &s->space);
	cards_certify(&s->w.p, s->lift.worker, "crane-driver", NULL);
	cards_certify(&s->w.p, s->lift.worker, "crane-signal", NULL);
	s->hot.links[0] = s->lift.links[0] = s->power.links[0] =
	    s->space.permit;
	s->lift.links[1] = s->power.links[1] = s->hot.permit;
}

static void
is(struct job *j, const char *state)
{
	Api__RecordView *v;

	works_settle(j->w);
	v = plant_get(&j->w->p, LEDGER__KIND__PERMIT, j->permit);
	cr_assert_str_eq(
	    v->state, state, "%s: %s", j->pack->work_type, v->state);
	j->seq = v->event_seq;
	api__record_view__free_unpacked(v, NULL);
}

/* By its guardian, for this linked permit. */
static void
refused(struct job *j, Record__Permit__Action action, enum rule_id rule,
    const struct job *link)
{
	struct plant_sign sign = {.who = &j->guard,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = j->permit,
	    .occurred_us = j->w->p.now};
	struct submit_result *r;

	works_settle(j->w);
	sign.msg = &works_event(j, action)->base;
	sign.based_on = j->seq;
	j->f.m.has_occurred_at = true;
	j->f.m.occurred_at = j->w->p.now;
	r = plant_signed(&j->w->p, &sign, j->permit);
	cr_assert_neq(r->error, ERR_OK);
	cr_assert_eq(
	    r->rule, rule_get(rule), "%s %s", r->why.text, r->said.what);
	cr_assert_str_eq(r->said.what, link->permit);
	submit_result_free(r);
}

static void
go(struct job *j, Record__Permit__Action action)
{
	works_do(j, action, &j->guard);
	works_settle(j->w);
}

/* In the order in which they are linked, by a clock that goes on. */
static void
start_all(struct scene *s)
{
	struct job *const all[] = {&s->space, &s->hot, &s->lift, &s->power};

	for (size_t i = 0; i < 4; i++) {
		works_start(all[i]);
		works_turn(&s->w, MIN);
	}
}

static void
samples(struct scene *s)
{
	works_turn(&s->w, MIN);
	works_gas(&s->space, 0.1);
	works_gas(&s->hot, 0.1);
}

Test(permit_linked, three_start_once_each_is_issued_and_stop_with_the_first)
{
	struct scene s;

	begin(&s);
	works_apply(&s.space);
	works_steps(&s.space, ACT(APPROVE), WORKS_ALL);
	works_settle(&s.w);
	works_turn(&s.w, MIN);
	works_issue(&s.hot);
	works_turn(&s.w, MIN);
	works_issue(&s.power);
	refused(&s.hot, ACT(START), RULE_LINK_NOT_ISSUED, &s.space);
	refused(&s.power, ACT(START), RULE_LINK_NOT_ISSUED, &s.space);
	works_gas(&s.space, 0.1);
	works_do(&s.space, ACT(APPROVE), &s.w.boss);
	works_steps(&s.space, ACT(START), WORKS_ALL);
	go(&s.space, ACT(START));
	go(&s.hot, ACT(START));
	go(&s.power, ACT(START));
	works_turn(&s.w, MIN);
	/* 10.8: the electricity ends with either; the rest goes on. */
	go(&s.space, ACT(SUSPEND));
	is(&s.power, "SUSPENDED");
	is(&s.hot, "IN_PROGRESS");
	refused(&s.power, ACT(RESUME), RULE_PARENT_STOPPED, &s.space);
	samples(&s);
	go(&s.space, ACT(RESUME));
	is(&s.power, "SUSPENDED");
	go(&s.power, ACT(RESUME));
	works_turn(&s.w, MIN);
	go(&s.hot, ACT(SUSPEND));
	is(&s.power, "SUSPENDED");
	is(&s.space, "IN_PROGRESS");
	refused(&s.power, ACT(RESUME), RULE_PARENT_STOPPED, &s.hot);
	works_end(&s.w);
}

Test(permit_linked, four_wait_for_the_one_that_is_not_issued_and_end_in_order)
{
	struct scene s;

	begin(&s);
	s.power.links[2] = s.lift.permit;
	works_start(&s.space);
	works_turn(&s.w, MIN);
	works_start(&s.hot);
	works_turn(&s.w, MIN);
	works_apply(&s.lift);
	works_steps(&s.lift, ACT(APPROVE), WORKS_ALL);
	works_settle(&s.w);
	works_turn(&s.w, MIN);
	works_issue(&s.power);
	refused(&s.power, ACT(START), RULE_LINK_NOT_ISSUED, &s.lift);
	works_do(&s.lift, ACT(APPROVE), &s.w.boss);
	works_steps(&s.lift, ACT(START), WORKS_ALL);
	go(&s.power, ACT(START));
	go(&s.lift, ACT(START));
	works_turn(&s.w, MIN);
	/* Lifting is none of those that electricity ends with. */
	go(&s.lift, ACT(SUSPEND));
	is(&s.power, "IN_PROGRESS");
	go(&s.lift, ACT(RESUME));
	go(&s.lift, ACT(FINISH));
	is(&s.power, "IN_PROGRESS");
	works_turn(&s.w, MIN);
	go(&s.hot, ACT(FINISH));
	is(&s.power, "SUSPENDED");
	is(&s.space, "IN_PROGRESS");
	refused(&s.power, ACT(RESUME), RULE_LINK_NOT_ISSUED, &s.hot);
	go(&s.power, ACT(FINISH));
	go(&s.space, ACT(FINISH));
	is(&s.space, "FINISHED");
	is(&s.hot, "FINISHED");
	is(&s.lift, "FINISHED");
	is(&s.power, "FINISHED");
	works_end(&s.w);
}

Test(permit_linked, whoever_ends_first_holds_back_what_is_not_started_yet)
{
	struct scene s;

	begin(&s);
	works_start(&s.space);
	works_turn(&s.w, MIN);
	works_issue(&s.hot);
	works_turn(&s.w, MIN);
	works_issue(&s.lift);
	works_turn(&s.w, MIN);
	works_issue(&s.power);
	go(&s.space, ACT(FINISH));
	is(&s.power, "SUSPENDED");
	refused(&s.hot, ACT(START), RULE_LINK_NOT_ISSUED, &s.space);
	refused(&s.lift, ACT(START), RULE_LINK_NOT_ISSUED, &s.space);
	refused(&s.power, ACT(RESUME), RULE_LINK_NOT_ISSUED, &s.space);
	works_end(&s.w);
}

Test(permit_linked, stop_of_all_by_the_space_and_back_after_new_samples)
{
	struct scene s;

	begin(&s);
	start_all(&s);
	works_gas(&s.space, 5);
	is(&s.space, "SUSPENDED");
	is(&s.power, "SUSPENDED");
	is(&s.hot, "IN_PROGRESS");
	is(&s.lift, "IN_PROGRESS");
	refused(&s.power, ACT(RESUME), RULE_PARENT_STOPPED, &s.space);
	samples(&s);
	go(&s.space, ACT(RESUME));
	go(&s.power, ACT(RESUME));
	is(&s.power, "IN_PROGRESS");
	works_end(&s.w);
}

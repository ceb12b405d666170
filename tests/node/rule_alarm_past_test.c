/* rule_alarm_past_test.c - a late start is judged by the cards of its time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/works.h"

#define MIN PLANT_MINUTE
#define HOUR (60 * MIN)
#define ACT(name) RECORD__PERMIT__ACTION__##name

static struct works w;

static void
change_card(struct job *j, Record__Certificate__Action action)
{
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = action;
	post.certificate = &m;
	r = plant_event(&w.p, LEDGER__KIND__CERTIFICATE, j->card, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* Begun offline at a minute between two changes of the worker's card, of which
 * the node hears before. */
static void
begun_between(struct job *j, bool held)
{
	Ledger__Outcome got;
	int64_t at;

	works_until(&w, 10 * 60, WORKS_ANY);
	works_job(j, &w, "height@2022.1", RECORD__PERMIT__LEVEL__LEVEL_1, NULL);
	works_issue(j);
	if (held)
		change_card(j, RECORD__CERTIFICATE__ACTION__SUSPEND);
	works_turn(&w, MIN);
	at = w.p.now;
	works_turn(&w, MIN);
	change_card(j,
	    held ? RECORD__CERTIFICATE__ACTION__REINSTATE
	         : RECORD__CERTIFICATE__ACTION__SUSPEND);
	(void)works_event(j, ACT(START));
	works_turn(&w, HOUR);
	cr_assert(works_send(j, &j->guard, at, &got));
	works_look(&w);
	works_look(&w);
}

static Api__RecordView *
permit_of(const struct job *j)
{
	return plant_get(&w.p, LEDGER__KIND__PERMIT, j->permit);
}

Test(rule_alarm_past, goes_by_the_card_as_it_was_when_the_work_was_begun)
{
	Api__RecordView *v;
	struct job j;

	works_begin(&w);
	begun_between(&j, false);
	v = permit_of(&j);
	cr_assert_eq(v->n_alarms, 0u, "a card suspended since");
	api__record_view__free_unpacked(v, NULL);
	begun_between(&j, true);
	v = permit_of(&j);
	cr_assert_eq(v->n_alarms, 1u, "a card reinstated since");
	cr_assert_str_eq(v->alarms[0]->code, "50", "R14, GB 30871-2022 4.9");
	cr_assert_str_eq(v->alarms[0]->state, "RAISED");
	api__record_view__free_unpacked(v, NULL);
	works_end(&w);
}

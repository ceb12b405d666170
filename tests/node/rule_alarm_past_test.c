/* rule_alarm_past_test.c - a late start is judged by the cards of its time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "node/submit_erase.h"
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

/* A name on the card, which is shown field by field from then on. */
static void
erase_name(struct job *j)
{
	Api__RecordView *v =
	    plant_get(&w.p, LEDGER__KIND__CERTIFICATE, j->card);
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	struct submit_wait *wait = submit_wait_new();
	struct submit_to to = plant_to(&w.p, wait);
	char reason[] = "PIPL 47";
	uint32_t name = 4;
	struct submit_result *r;

	post.has_index = true;
	post.index = v->events[0]->place->index;
	post.reason = reason;
	post.fields = &name;
	post.n_fields = 1;
	submit_erasure(&to, &post);
	r = submit_wait_for(wait);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	api__record_view__free_unpacked(v, NULL);
}

/* Begun offline at a minute between two changes of the worker's card, of which
 * the node hears before. */
static void
begun_between(struct job *j, bool held, bool erased)
{
	Ledger__Outcome got;
	int64_t at;

	works_until(&w, 10 * 60, WORKS_ANY);
	works_job(j, &w, "height@2022.1", RECORD__PERMIT__LEVEL__LEVEL_1, NULL);
	works_issue(j);
	if (erased)
		erase_name(j);
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
	begun_between(&j, false, false);
	v = permit_of(&j);
	cr_assert_eq(v->n_alarms, 0u, "a card suspended since");
	api__record_view__free_unpacked(v, NULL);
	begun_between(&j, true, false);
	v = permit_of(&j);
	cr_assert_eq(v->n_alarms, 1u, "a card reinstated since");
	cr_assert_str_eq(v->alarms[0]->code, "50", "R14, GB 30871-2022 4.9");
	cr_assert_str_eq(v->alarms[0]->state, "RAISED");
	api__record_view__free_unpacked(v, NULL);
	works_end(&w);
}

Test(rule_alarm_past, goes_by_a_card_from_which_a_name_was_erased)
{
	Api__RecordView *v;
	struct job j;

	works_begin(&w);
	begun_between(&j, false, true);
	v = permit_of(&j);
	cr_assert_eq(v->n_alarms, 0u, "it was good when the work was begun");
	api__record_view__free_unpacked(v, NULL);
	works_end(&w);
}

/* Whose card is suspended stops, whatever name was erased from it. */
Test(rule_alarm_past, stops_work_under_a_card_from_which_a_name_was_erased)
{
	Api__RecordView *v;
	struct job j;

	works_begin(&w);
	works_until(&w, 10 * 60, WORKS_ANY);
	works_job(
	    &j, &w, "height@2022.1", RECORD__PERMIT__LEVEL__LEVEL_1, NULL);
	works_start(&j);
	erase_name(&j);
	change_card(&j, RECORD__CERTIFICATE__ACTION__SUSPEND);
	v = permit_of(&j);
	cr_assert_str_eq(v->state, "SUSPENDED");
	api__record_view__free_unpacked(v, NULL);
	works_end(&w);
}

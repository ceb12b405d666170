/* submit_activity_test.c - what goes on nearby, and the work beside it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_activity.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/packed.h"
#include "tests/support/works.h"

static struct works w;
static char venting[] = "gas-venting";
static char near_29[] = "near-29", near_30[] = "near-30.1";

/* Hot work in the first area, issued. */
static void
begin(struct job *j)
{
	char whole[] = "hot-work@2022.2";

	works_begin(&w);
	packed_activate(&w.p, whole, NULL);
	works_until(&w, 10 * 60, WORKS_ANY);
	works_job(
	    j, &w, "hot-work@2022.2", RECORD__PERMIT__LEVEL__LEVEL_1, NULL);
	works_issue(j);
}

/* Its record in `id`. */
static void
state(char *type, char *area, char id[TEXT_UUID_CHARS + 1])
{
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	c.has_action = c.has_occurred_at = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	c.occurred_at = w.p.now;
	post.case_event = &c;
	r = plant_event(&w.p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static void
end(const char *id)
{
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	c.has_action = true;
	c.action = RECORD__CASE__ACTION__CLOSE;
	post.case_event = &c;
	r = plant_event(&w.p, LEDGER__KIND__CASE, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static bool
starts(struct job *j)
{
	(void)works_event(j, RECORD__PERMIT__ACTION__START);
	return works_send(j, &j->guard, 0, &(Ledger__Outcome){0});
}

static void
must_be(struct job *j, const char *state, const char *code)
{
	Api__RecordView *v = plant_get(&w.p, LEDGER__KIND__PERMIT, j->permit);
	const Api__EventView *last = v->events[v->n_events - 1];

	cr_assert_str_eq(v->state, state);
	if (code != NULL)
		cr_assert_str_eq(last->annex->code, code);
	api__record_view__free_unpacked(v, NULL);
}

/* GB 30871-2022 5.2.9, by the built-in packs alone. */
Test(submit_activity, hot_work_starts_at_thirty_metres_from_venting_not_at_29)
{
	struct job j;
	char far[TEXT_UUID_CHARS + 1], close[TEXT_UUID_CHARS + 1];

	begin(&j);
	state(venting, near_30, far);
	state(venting, near_29, close);
	cr_assert_not(starts(&j));
	end(close);
	cr_assert(starts(&j));
	must_be(&j, "IN_PROGRESS", NULL);
	works_end(&w);
}

/* 5.2.10 has it stop for a train; so it does for all that may not go on beside
 * it.  What is further away stops nothing. */
Test(submit_activity, hot_work_that_is_under_way_stops)
{
	struct job j;
	char id[TEXT_UUID_CHARS + 1];

	begin(&j);
	cr_assert(starts(&j));
	state(venting, near_30, id);
	must_be(&j, "IN_PROGRESS", NULL);
	state(venting, near_29, id);
	must_be(&j, "SUSPENDED", "ACTIVITY_SUSPENDS");
	works_end(&w);
}

/* submit_position_test.c - a guardian who walks away. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_position.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/works.h"

#define SECOND INT64_C(1000000)

static struct works w;
static struct job j;
static char gate[] = "gate";

/* Work at height under way in the first area: 60 m around 121.0, 31.2. */
static void
begin(void)
{
	works_begin(&w);
	works_until(&w, 10 * 60, WORKS_ANY);
	works_job(
	    &j, &w, "height@2022.1", RECORD__PERMIT__LEVEL__LEVEL_1, NULL);
	works_start(&j);
}

static void
end(void)
{
	works_end(&w);
}

TestSuite(submit_position, .init = begin, .fini = end);

/* How many entries it made. */
static size_t
seen(Api__Position *p)
{
	Api__Position *list[] = {p};
	Api__PositionPost post = API__POSITION_POST__INIT;
	struct submit_wait *wait = submit_wait_new();
	struct submit_to to = plant_to(&w.p, wait);
	struct submit_result *r;
	size_t n;

	post.positions = list;
	post.n_positions = 1;
	submit_positions(&to, &post);
	r = submit_wait_for(wait);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	n = r->items[0].event_seq != 0;
	submit_result_free(r);
	return n;
}

static size_t
in_area(char *who, char *area, int64_t at_us)
{
	Api__Position p = API__POSITION__INIT;

	p.person = who;
	p.area = area;
	p.has_occurred_at = at_us != 0;
	p.occurred_at = at_us;
	return seen(&p);
}

/* So many metres north of the middle, known to 5 m. */
static size_t
at_point(double meters)
{
	Api__Position p = API__POSITION__INIT;

	p.person = j.guardian;
	p.has_longitude = p.has_latitude = p.has_accuracy_m = true;
	p.longitude = 121.0;
	p.latitude = 31.2 + meters / 111194.92664455873;
	p.accuracy_m = 5;
	return seen(&p);
}

/* The alarms of the permit, as its view shows them: "" or "31 RAISED". */
static void
must_say(const char *what)
{
	Api__RecordView *v;
	char text[64] = "";

	works_look(&w);
	works_look(&w);
	v = plant_get(&w.p, LEDGER__KIND__PERMIT, j.permit);
	cr_assert_leq(v->n_alarms, 1u);
	if (v->n_alarms == 1)
		(void)snprintf(text, sizeof text, "%s %s", v->alarms[0]->code,
		    v->alarms[0]->state);
	cr_assert_str_eq(text, what);
	api__record_view__free_unpacked(v, NULL);
}

/* GB 30871-2022 4.10f, AQ 3064.2-2025 A.4 code 31: 60 s of the pack. */
Test(submit_position, a_guardian_outside_for_longer_than_the_pack_allows)
{
	cr_assert_eq(in_area(j.guardian, j.area, 0), 0u, "where he should be");
	cr_assert_eq(in_area(j.guardian, gate, 0), 1u);
	works_turn(&w, 60 * SECOND);
	cr_assert_eq(in_area(j.guardian, gate, 0), 0u, "nothing new");
	must_say("");
	works_turn(&w, SECOND);
	must_say("31 RAISED");
	cr_assert_eq(in_area(j.guardian, j.area, 0), 1u);
	must_say("31 RETURNED");
}

Test(submit_position, one_who_comes_back_in_time_was_not_away)
{
	cr_assert_eq(in_area(j.guardian, gate, 0), 1u);
	works_turn(&w, 30 * SECOND);
	cr_assert_eq(in_area(j.guardian, j.area, 0), 1u);
	works_turn(&w, 120 * SECOND);
	must_say("");
}

/* It may be older than what was said of him since, which is not kept. */
Test(submit_position, a_late_position_brings_nobody_back)
{
	cr_assert_eq(in_area(j.guardian, gate, 0), 1u);
	works_turn(&w, 120 * SECOND);
	cr_assert_eq(in_area(j.guardian, gate, 0), 0u);
	cr_assert_eq(in_area(j.guardian, j.area, w.p.now - 61 * SECOND), 0u);
	must_say("31 RAISED");
	cr_assert_eq(in_area(j.guardian, j.area, w.p.now - 60 * SECOND), 1u);
	must_say("31 RETURNED");
}

/* The circle of 60 m, and of 5: certainly outside beyond 65. */
Test(submit_position, a_point_counts_as_outside_where_it_certainly_is)
{
	cr_assert_eq(at_point(64.9), 0u);
	cr_assert_eq(at_point(65.9), 1u);
	cr_assert_eq(at_point(55.1), 0u, "perhaps still outside");
	cr_assert_eq(at_point(54.9), 1u);
}

/* No source of positions: nothing is claimed.  Of workers and strangers, and of
 * the time before the start, nothing is kept. */
Test(submit_position, nothing_is_claimed_or_kept_beyond_that)
{
	char nobody[] = "nobody";

	cr_assert_eq(in_area(j.worker, gate, 0), 0u);
	cr_assert_eq(in_area(nobody, gate, 0), 0u);
	cr_assert_eq(in_area(j.guardian, gate, w.p.now - SECOND), 0u);
	works_turn(&w, 3600 * SECOND);
	must_say("");
}

/* Whoever takes over is there. */
Test(submit_position, work_that_stops_has_no_guardian_who_is_away)
{
	cr_assert_eq(in_area(j.guardian, gate, 0), 1u);
	works_turn(&w, 61 * SECOND);
	must_say("31 RAISED");
	works_do(&j, RECORD__PERMIT__ACTION__SUSPEND, &j.guard);
	must_say("31 RETURNED");
	cr_assert_eq(in_area(j.guardian, gate, 0), 0u);
}

/* flood_test.c - more alarms than anybody can take in: said once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flood.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/query_kpi.h"
#include "tests/support/plant.h"

#define SECOND INT64_C(1000000)
#define MINUTE PLANT_MINUTE

static char gas[] = "gas";
static char tanks[] = "tank-farm-2";
static char yard[] = "yard";

struct scene {
	struct plant p;
	struct flood *f;
};

static void
begin(struct scene *s)
{
	plant_begin(&s->p, "plant-a.acme.example");
	s->f = flood_new(s->p.site);
	cr_assert_eq(flood_turn(s->f), 0u);
}

static void
end(struct scene *s)
{
	flood_stop(s->f);
	plant_end(&s->p);
	flood_free(s->f);
}

static void
restart(struct scene *s)
{
	flood_stop(s->f);
	plant_restart(&s->p);
	flood_free(s->f);
	s->f = flood_new(s->p.site);
}

static int64_t ahead; /* of true time, its clock */
static char last[TEXT_UUID_CHARS + 1]; /* that was raised */

static void
raise(struct scene *s, char *area, unsigned n, bool exercise)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};

	a.has_level = a.has_occurred_at = true;
	a.level = 3;
	a.kind = gas;
	a.area = area;
	a.has_exercise = a.exercise = exercise;
	for (unsigned i = 0; i < n; i++) {
		struct submit_result *r;

		a.occurred_at = s->p.now + ahead;
		r = plant_alarms(&s->p, list, 1);
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		text_uuid_put(last, r->items[0].record_id);
		submit_result_free(r);
	}
}

/* Floods that are recorded, newest first; release. */
static Api__Records *
floods(struct scene *s)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope all = {.own_only = true};
	static char source[] = QUERY_KPI_FLOOD_SOURCE;
	struct err_why why = {.text = ""};
	Api__Records *list = NULL;

	q.subject = source;
	cr_assert_eq(
	    query_list(s->p.site, LEDGER__KIND__ALARM, &q, &all, &list, &why),
	    ERR_OK, "%s", why.text);
	return list;
}

static void
are(struct scene *s, size_t n, const char *newest)
{
	Api__Records *list = floods(s);

	cr_assert_eq(list->n_items, n, "%zu", list->n_items);
	if (n > 0)
		cr_assert_str_eq(list->items[0]->state, newest);
	api__records__free_unpacked(list, NULL);
}

Test(flood, eleven_in_a_window_are_one_said_once_and_its_end_too)
{
	struct scene s;
	Api__Records *list;
	int64_t first;

	begin(&s);
	first = s.p.now - s.p.now % (10 * MINUTE);
	raise(&s, tanks, 10, false);
	cr_assert_eq(flood_turn(s.f), 0u);
	raise(&s, tanks, 1, false);
	raise(&s, yard, 10, false);
	cr_assert_eq(flood_turn(s.f), 1u);
	cr_assert_eq(flood_turn(s.f), 0u);
	raise(&s, tanks, 20, false);
	cr_assert_eq(flood_turn(s.f), 0u);
	list = floods(&s);
	cr_assert_eq(list->n_items, 1u);
	cr_assert_str_eq(list->items[0]->area, tanks);
	cr_assert_eq(list->items[0]->opened_at, first);
	cr_assert_str_eq(list->items[0]->events[0]->alarm->kind, "system");
	cr_assert_eq(list->items[0]->events[0]->alarm->value, 11.0);
	api__records__free_unpacked(list, NULL);
	/* Five in the next window: it lasts.  None in the one after. */
	s.p.now = first + 11 * MINUTE;
	raise(&s, tanks, 5, false);
	s.p.now = first + 21 * MINUTE;
	cr_assert_eq(flood_turn(s.f), 0u);
	are(&s, 1, "RAISED");
	s.p.now = first + 30 * MINUTE + 3 * SECOND;
	cr_assert_eq(flood_turn(s.f), 1u);
	list = floods(&s);
	cr_assert_eq(list->n_items, 1u);
	cr_assert_str_eq(list->items[0]->state, "CLEARED");
	cr_assert_eq(
	    list->items[0]->alarm_state->closed_at, first + 20 * MINUTE);
	api__records__free_unpacked(list, NULL);
	cr_assert_eq(flood_turn(s.f), 0u);
	/* The next one is another. */
	raise(&s, tanks, 11, false);
	cr_assert_eq(flood_turn(s.f), 1u);
	are(&s, 2, "RAISED");
	end(&s);
}

Test(flood, is_said_beside_an_alarm_whose_row_is_damaged)
{
	struct scene s;

	begin(&s);
	raise(&s, tanks, 1, false);
	plant_damage(&s.p, last);
	raise(&s, tanks, 10, false);
	cr_assert_eq(flood_turn(s.f), 0u, "it counts not");
	raise(&s, tanks, 1, false);
	cr_assert_eq(flood_turn(s.f), 1u);
	end(&s);
}

Test(flood, a_restart_says_nothing_twice_and_finds_the_end)
{
	struct scene s;

	begin(&s);
	s.p.now -= s.p.now % (10 * MINUTE);
	raise(&s, tanks, 11, false);
	cr_assert_eq(flood_turn(s.f), 1u);
	restart(&s);
	cr_assert_eq(flood_turn(s.f), 0u);
	are(&s, 1, "RAISED");
	s.p.now += 25 * MINUTE;
	restart(&s);
	cr_assert_eq(flood_turn(s.f), 1u);
	are(&s, 1, "CLEARED");
	end(&s);
}

Test(flood, somebody_who_closes_it_hears_of_it_no_more)
{
	struct scene s;
	Api__Records *list;

	begin(&s);
	s.p.now -= s.p.now % (10 * MINUTE);
	raise(&s, tanks, 11, false);
	cr_assert_eq(flood_turn(s.f), 1u);
	list = floods(&s);
	plant_clear(&s.p, list->items[0]->record_id);
	api__records__free_unpacked(list, NULL);
	cr_assert_eq(flood_turn(s.f), 0u);
	restart(&s);
	cr_assert_eq(flood_turn(s.f), 0u);
	are(&s, 1, "CLEARED");
	end(&s);
}

Test(flood, exercises_flood_nobody)
{
	struct scene s;

	begin(&s);
	raise(&s, tanks, 30, true);
	cr_assert_eq(flood_turn(s.f), 0u);
	raise(&s, tanks, 10, false);
	cr_assert_eq(flood_turn(s.f), 0u);
	end(&s);
}

Test(flood, one_that_arrives_in_the_next_window_is_said)
{
	struct scene s;
	const int64_t late = 9 * MINUTE;

	begin(&s);
	s.p.now -= s.p.now % (10 * MINUTE);
	raise(&s, tanks, 11, false);
	s.p.now += 10 * MINUTE + late;
	cr_assert_eq(flood_turn(s.f), 1u);
	are(&s, 1, "RAISED");
	end(&s);
}

/* Looked at where an alarm was recorded, and again when it says it was. */
Test(flood, a_clock_that_runs_ahead_hides_none)
{
	struct scene s;

	begin(&s);
	raise(&s, yard, 1, false); /* the log's clock has begun */
	plant_turn(&s.p, 10 * MINUTE - s.p.now % (10 * MINUTE) + 9 * MINUTE);
	ahead = 2 * MINUTE;
	raise(&s, tanks, 11, false);
	ahead = 0;
	cr_assert_eq(flood_turn(s.f), 0u);
	plant_turn(&s.p, MINUTE + SECOND);
	cr_assert_eq(flood_turn(s.f), 1u);
	end(&s);
}

/* Its alarms came while the one before was still being said. */
Test(flood, one_that_follows_another_is_said)
{
	struct scene s;

	begin(&s);
	raise(&s, yard, 1, false);
	plant_turn(&s.p, 10 * MINUTE - s.p.now % (10 * MINUTE));
	raise(&s, tanks, 11, false);
	cr_assert_eq(flood_turn(s.f), 1u);
	plant_turn(
	    &s.p, 20 * MINUTE + 3 * SECOND); /* a quiet window lies between */
	raise(&s, tanks, 11, false);
	for (int i = 0; i < 3; i++)
		(void)flood_turn(s.f);
	are(&s, 2, "RAISED");
	end(&s);
}

Test(flood, many_areas_are_all_said_over_some_turns)
{
	struct scene s;
	unsigned made = 0;

	begin(&s);
	s.p.now -= s.p.now % (10 * MINUTE);
	for (unsigned i = 0; i < 70; i++) {
		char area[16];

		(void)snprintf(area, sizeof area, "area-%u", i);
		raise(&s, area, 11, false);
	}
	for (unsigned i = 0; i < 3; i++)
		made += flood_turn(s.f);
	cr_assert_eq(made, 70u);
	end(&s);
}

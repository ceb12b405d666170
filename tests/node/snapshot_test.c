/* snapshot_test.c - each month once, corrections, computed again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/snapshot.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "node/rollup.h"
#include "node/snapshot_make.h"
#include "node/submit_snapshot.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/folded.h"
#include "tests/support/plant.h"

#define NAME "plant-a.acme.example"
#define HOUR (60 * PLANT_MINUTE)
#define DAY (24 * HOUR)
#define DECEMBER INT64_C(1796054400000000) /* 2026-11-30T16:00:00Z */
#define JANUARY (DECEMBER + 31 * DAY)

static struct plant p;
static struct snapshots *made;
static uint64_t seq;

static void
begin(void)
{
	seq = 0;
	plant_begin(&p, NAME);
	made = snapshot_new(p.site);
}

static void
end(void)
{
	snapshot_stop(made);
	snapshot_free(made);
	plant_end(&p);
}

TestSuite(snapshot, .init = begin, .fini = end);

static unsigned
turn(void)
{
	struct err_why why = {.text = ""};
	unsigned n = 0;

	cr_assert_eq(snapshot_turn(made, &n, &why), ERR_OK, "%s", why.text);
	return n;
}

static void
raise_at(int64_t at_us, bool exercise)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Record__Alarm *one[] = {&m};
	struct submit_result *r;

	m.source = folded_text("gds-01");
	m.has_source_seq = m.has_level = m.has_occurred_at = true;
	m.source_seq = ++seq;
	m.level = 1;
	m.kind = folded_text("gas");
	m.area = folded_text("tank-farm-2");
	m.title = folded_text("LEL high");
	m.occurred_at = at_us;
	m.has_exercise = exercise;
	m.exercise = exercise;
	r = plant_alarms(&p, one, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->items[0].error, ERR_OK);
	submit_result_free(r);
}

static struct snapshot_list *
held(void)
{
	struct snapshot_list *l = calloc(1, sizeof *l);
	struct indicator_log log;

	cr_assert_eq(
	    indicator_log_find(&log, p.site, NULL, NULL, NULL), ERR_OK);
	cr_assert_eq(snapshot_list(l, &log, INT64_MIN, NULL), ERR_OK);
	return l;
}

static void
drop(struct snapshot_list *l)
{
	snapshot_list_clear(l);
	free(l);
}

static Record__Snapshot__Value *
value(const Record__Snapshot *s, const char *set, const char *id)
{
	for (size_t i = 0; i < s->n_values; i++)
		if (strcmp(s->values[i]->id, id) == 0 &&
		    strcmp(s->values[i]->set, set) == 0)
			return s->values[i];
	cr_assert(false, "no %s", id);
	return NULL;
}

Test(snapshot, is_made_once_when_the_month_is_over_for_certain)
{
	struct snapshot_list *l;
	const Record__Snapshot *s;

	raise_at(p.now, false);
	raise_at(p.now, true); /* exercise */
	cr_assert_eq(turn(), 0);
	p.now = DECEMBER + SNAPSHOT_SETTLE_US - 1;
	cr_assert_eq(turn(), 0);
	p.now++;
	cr_assert_eq(turn(), 1);
	cr_assert_eq(turn(), 0);
	snapshot_free(made);
	plant_restart(&p);
	made = snapshot_new(p.site);
	cr_assert_eq(turn(), 0);

	l = held();
	cr_assert_eq(l->len, 1);
	s = l->at[0].body;
	cr_assert_str_eq(s->period, "2026-11");
	cr_assert_eq(s->to_at, DECEMBER);
	cr_assert_eq(s->from_at, PLANT_START); /* not before the log began */
	cr_assert_eq(s->n_packs, 2);
	cr_assert_not_null(strstr(s->checkpoint, NAME "/evidence/1\n"));
	cr_assert_eq(value(s, "articles", "response-in-time")->numerator, 0);
	cr_assert_eq(value(s, "articles", "response-in-time")->denominator, 1);
	cr_assert_eq(value(s, "articles", "response-in-time")->excluded, 1);
	cr_assert_str_eq(
	    value(s, "articles", "hazard-closure")->lack, "NONE_DUE");
	cr_assert_str_eq(
	    value(s, "safety-health-index", "exposure")->lack, "NONE_DUE");
	drop(l);
}

Test(snapshot, months_that_the_node_was_down_for_are_made_up_in_order)
{
	static const char *const months[] = {
	    "2027-02", "2027-01", "2026-12", "2026-11"};
	struct snapshot_list *l;

	raise_at(p.now, false);
	p.now = DECEMBER + 93 * DAY; /* in March */
	cr_assert_eq(turn(), 4);
	cr_assert_eq(turn(), 0);
	l = held();
	cr_assert_eq(l->len, 4);
	for (size_t i = 0; i < 4; i++)
		cr_assert_str_eq(l->at[i].body->period, months[i]);
	drop(l);
}

Test(snapshot, what_comes_late_is_a_correction_never_a_change)
{
	const Record__Snapshot *s;
	struct snapshot_list *l;
	bool corrected;
	bool seen = false;

	raise_at(p.now, false);
	p.now = DECEMBER + HOUR;
	cr_assert_eq(turn(), 1);
	p.now = DECEMBER + DAY;
	raise_at(DECEMBER - HOUR, false); /* the edge was cut off */
	p.now = JANUARY + HOUR;
	cr_assert_eq(turn(), 1);
	l = held();
	s = l->at[0].body;
	cr_assert_str_eq(s->period, "2026-12");
	cr_assert_gt(s->n_corrections, 0);
	for (size_t i = 0; i < s->n_corrections; i++) {
		const Record__Snapshot__Correction *c = s->corrections[i];

		cr_expect_str_eq(c->period, "2026-11");
		if (strcmp(c->is->id, "response-in-time") != 0 ||
		    strcmp(c->is->set, "articles") != 0)
			continue;
		seen = true;
		cr_expect_eq(c->was->denominator, 1);
		cr_expect_eq(c->is->denominator, 2);
	}
	cr_assert(seen);
	cr_assert_eq(
	    value(l->at[1].body, "articles", "response-in-time")->denominator,
	    1);
	for (size_t i = 0; i < l->at[1].body->n_values; i++) {
		const Record__Snapshot__Value *v =
		    snapshot_value(l, &l->at[1], i, &corrected);

		if (strcmp(v->id, "response-in-time") == 0)
			cr_expect(corrected && v->denominator == 2);
		if (strcmp(v->id, "hazard-closure") == 0)
			cr_expect_not(corrected);
	}
	drop(l);
	/* And said once. */
	p.now = JANUARY + 31 * DAY + HOUR;
	cr_assert_eq(turn(), 1);
	l = held();
	cr_assert_eq(l->at[0].body->n_corrections, 0);
	drop(l);
}

/* November as it is, but for what `change` makes of it. */
static void
enter_changed(void (*change)(Record__Snapshot *s))
{
	struct snapshot_list *known = held();
	struct indicator_log log;
	struct snapshot_plan plan = {.packs = p.site->packs,
	    .log = &log,
	    .offset_minutes = 480,
	    .known = known,
	    .note = ""};
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p, w);
	struct submit_result *r;
	Record__Snapshot *s = NULL;
	struct period month;

	raise_at(p.now, false);
	p.now = DECEMBER + HOUR;
	cr_assert_eq(
	    indicator_log_find(&log, p.site, NULL, NULL, NULL), ERR_OK);
	cr_assert_eq(period_get(&month, "2026-11", 480, NULL), ERR_OK);
	plan.period = &month;
	cr_assert_eq(snapshot_make(&s, &plan, NULL), ERR_OK);
	change(s);
	submit_snapshot(&to, s, 0);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	slice_free(&s->base);
	drop(known);
}

static void
answer_one(Record__Snapshot *s)
{
	for (size_t i = 0; i < s->n_values; i++)
		if (strcmp(s->values[i]->id, "response-in-time") == 0)
			s->values[i]->numerator = 1;
}

Test(snapshot, one_that_says_something_else_differs_when_it_is_checked)
{
	struct rollup_ask ask = {
	    .site = p.site, .period = "2026-11", .check = true};
	Api__Rollup *m = NULL;

	enter_changed(answer_one);
	ask.now_us = p.now;
	cr_assert_eq(rollup(&m, &ask, NULL), ERR_OK);
	cr_assert(m->sites[0]->checked);
	cr_assert_eq(m->sites[0]->n_differs, 2); /* of both sets */
	cr_assert_str_eq(m->sites[0]->differs[0], "response-in-time");
	api__rollup__free_unpacked(m, NULL);
}

static const Api__RollupItem *
item(const Api__Rollup *m, const char *set, const char *id)
{
	for (size_t i = 0; i < m->n_items; i++)
		if (strcmp(m->items[i]->figure->id, id) == 0 &&
		    strcmp(m->items[i]->figure->set, set) == 0)
			return m->items[i];
	cr_assert(false, "no %s", id);
	return NULL;
}

/* How many sites' values are in the sum. */
static size_t
summed(const Api__Rollup *m, const char *set, const char *id)
{
	return item(m, set, id)->n_ranks;
}

/* Of nothing, and of other steps. */
static void
claim(Record__Snapshot *s)
{
	Record__Snapshot__Value *v =
	    value(s, "safety-health-index", "exposure");

	free(v->lack);
	v->lack = NULL;
	v->has_numerator = v->has_denominator = true;
	v->numerator = 1;
	value(s, "articles", "response-time")->n_bins = 1;
	value(s, "articles", "warning-recorded")->bins[0]++;
}

Test(snapshot, what_cannot_be_a_figure_is_in_no_sum)
{
	struct rollup_ask ask = {.site = p.site, .period = "2026-11"};
	Api__Rollup *m = NULL;

	enter_changed(claim);
	ask.now_us = p.now;
	cr_assert_eq(rollup(&m, &ask, NULL), ERR_OK);
	cr_expect_eq(summed(m, "safety-health-index", "exposure"), 0);
	cr_expect_eq(
	    item(m, "safety-health-index", "exposure")->figure->has_value, 0);
	cr_expect_eq(summed(m, "articles", "response-time"), 0);
	cr_expect_eq(summed(m, "articles", "warning-recorded"), 0);
	cr_expect_eq(summed(m, "articles", "response-in-time"), 1);
	api__rollup__free_unpacked(m, NULL);
}

/* One in the place of another, so that there are as many. */
static void
say_twice(Record__Snapshot *s)
{
	const Record__Snapshot__Value *v =
	    value(s, "articles", "response-in-time");
	Record__Snapshot__Value *other =
	    value(s, "articles", "warnings-judged");

	free(other->id);
	other->id = mem_strdup(v->id);
	other->numerator = v->numerator;
	other->denominator = v->denominator;
	other->newest_at = v->newest_at;
}

Test(snapshot, what_it_says_twice_counts_once_and_differs)
{
	struct rollup_ask ask = {
	    .site = p.site, .period = "2026-11", .check = true};
	const Api__RollupItem *of;
	Api__Rollup *m = NULL;

	enter_changed(say_twice);
	ask.now_us = p.now;
	cr_assert_eq(rollup(&m, &ask, NULL), ERR_OK);
	of = item(m, "articles", "response-in-time");
	cr_expect_eq(of->n_ranks, 1);
	cr_expect_eq(of->figure->denominator, 1);
	cr_assert_eq(m->sites[0]->n_differs, 2);
	cr_expect_str_eq(m->sites[0]->differs[0], "response-in-time");
	cr_expect_str_eq(m->sites[0]->differs[1], "warnings-judged");
	api__rollup__free_unpacked(m, NULL);
}

static void
widen_flood(Record__Snapshot *s)
{
	s->limits->flood_alarms += 1000;
}

static void
change_priority(Record__Snapshot *s)
{
	s->limits->priorities[0]++;
}

static void
drop_limits(Record__Snapshot *s)
{
	slice_free(&s->limits->base);
	s->limits = NULL;
}

static void
change_nothing(Record__Snapshot *s)
{
	(void)s;
}

Test(snapshot, alarms_counted_by_limits_of_ones_own_are_in_no_sum)
{
	static void (*const changes[])(Record__Snapshot * s) = {
	    change_nothing, widen_flood, change_priority, drop_limits};

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct rollup_ask ask = {.site = p.site, .period = "2026-11"};
		Api__Rollup *m = NULL;

		if (i > 0) {
			end();
			begin();
		}
		enter_changed(changes[i]);
		ask.site = p.site;
		ask.now_us = p.now;
		cr_assert_eq(rollup(&m, &ask, NULL), ERR_OK);
		cr_assert_str_eq(m->sites[0]->state, "COUNTED");
		cr_assert_eq(m->sites[0]->n_differs, i > 0);
		if (i > 0)
			cr_assert_str_eq(
			    m->sites[0]->differs[0], "alarm-limits");
		cr_assert_eq(summed(m, "articles", "alarm-rate"), i == 0);
		cr_assert_eq(summed(m, "articles", "response-in-time"), 1);
		api__rollup__free_unpacked(m, NULL);
	}
}

Test(snapshot, anybody_with_the_same_prefix_gets_the_same_numbers)
{
	struct rollup_ask ask = {
	    .site = p.site, .period = "2026-11", .check = true};
	struct err_why why = {.text = ""};
	Api__Rollup *m = NULL;

	for (unsigned i = 0; i < 20; i++)
		raise_at(p.now + i * PLANT_MINUTE, i % 5 == 0);
	p.now = DECEMBER + HOUR;
	cr_assert_eq(turn(), 1);
	p.now += DAY;
	raise_at(DECEMBER - HOUR, false); /* beyond the prefix */
	ask.now_us = p.now;
	cr_assert_eq(rollup(&m, &ask, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(m->n_sites, 1);
	cr_assert_str_eq(m->sites[0]->state, "COUNTED");
	cr_assert(m->sites[0]->checked, "%s", m->sites[0]->trouble);
	cr_assert_eq(m->sites[0]->n_differs, 0);
	cr_assert_not(m->sites[0]->late);
	for (size_t i = 0; i < m->n_items; i++) {
		const Api__RollupItem *x = m->items[i];

		if (strcmp(x->figure->id, "response-in-time") != 0)
			continue;
		cr_expect_eq(x->figure->denominator, 16);
		cr_expect_eq(x->figure->excluded, 4);
		cr_expect_eq(x->n_ranks, 1);
	}
	api__rollup__free_unpacked(m, NULL);
	ask.period = "2026-12";
	cr_assert_eq(rollup(&m, &ask, NULL), ERR_OK);
	cr_assert_str_eq(m->sites[0]->state, "MISSING");
	for (size_t i = 0; i < m->n_items; i++)
		cr_expect_not(m->items[i]->figure->has_value);
	api__rollup__free_unpacked(m, NULL);
}

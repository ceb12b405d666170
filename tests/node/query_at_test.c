/* query_at_test.c - what was going on in an area at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_at.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/domain/alarm.h"
#include "proto/text.h"
#include "tests/support/chance.h"
#include "tests/support/folded.h"

#define ALARMS 40
#define EVENTS 6
#define SECOND INT64_C(1000000)

static struct folded w;
static struct query_scope all = {.own_only = true};

static void
set_up(void)
{
	folded_new(&w);
	/* All of it is past when it is recorded. */
	w.now_us += 100000 * SECOND;
}

static void
tear_down(void)
{
	folded_end(&w);
}

TestSuite(query_at, .init = set_up, .fini = tear_down);

/* What became of each alarm, by a plain list. */
/* All of it is told afterwards. */
#define DAY_BEFORE (FOLDED_T0 - 100000 * SECOND)

struct life {
	bool here; /* in the area that is asked for */
	size_t n;
	int64_t at[EVENTS];
	Record__Alarm__Action action[EVENTS];
};

static void
put(const struct life *l, unsigned n)
{
	struct commit_ctx ctx;
	uint8_t id[16];

	folded_id(id, n);
	folded_begin(&w, &w.site->own, &ctx);
	for (size_t i = 0; i < l->n; i++) {
		Record__Alarm m = i == 0
		    ? folded_alarm(&w, l->here ? "boiler" : "yard", 2)
		    : (Record__Alarm)RECORD__ALARM__INIT;
		struct draft_spec spec = folded_spec(
		    &w, id, LEDGER__KIND__ALARM, (uint32_t)i + 1, &m.base);

		m.has_action = m.has_occurred_at = true;
		m.action = l->action[i];
		m.occurred_at = l->at[i];
		(void)folded_put(&w, &w.site->own, &ctx, &spec);
	}
	folded_commit(&ctx);
}

/* Its row after what had happened by then. */
static struct row
row_at(const struct life *l, int64_t us)
{
	struct row r = {.kind = LEDGER__KIND__ALARM, .level = 2};

	for (size_t i = 0; i < l->n && l->at[i] <= us; i++) {
		Record__Alarm m = RECORD__ALARM__INIT;

		m.action = l->action[i];
		if (i == 0)
			r.state = ROW_RAISED;
		else
			alarm_fold(&r, &m, l->at[i]);
	}
	return r;
}

static Api__AtView *
ask(int64_t us, int64_t window_us)
{
	const struct query_at q = {.area = "boiler",
	    .at_us = us,
	    .window_us = window_us,
	    .limit = QUERY_AT_MAX};
	struct err_why why = {.text = ""};
	Api__AtView *v = NULL;

	cr_assert_eq(
	    query_at(w.site, &q, &all, &v, &why), ERR_OK, "%s", why.text);
	return v;
}

static const Api__AtItem *
find(const Api__AtView *v, unsigned n)
{
	char text[TEXT_UUID_CHARS + 1];
	uint8_t id[16];

	folded_id(id, n);
	text_uuid_put(text, id);
	for (size_t i = 0; i < v->n_alarms; i++)
		if (strcmp(v->alarms[i]->record->record_id, text) == 0)
			return v->alarms[i];
	return NULL;
}

static void
compare(struct chance *c, const struct life *lives, unsigned base)
{
	const int64_t at = DAY_BEFORE + (int64_t)chance_below(c, 9000) * SECOND;
	const int64_t window = (2 + (int64_t)chance_below(c, 600)) * SECOND;
	Api__AtView *v = ask(at, window);

	chance_holds(c, v->window_ms == window / 1000);
	for (unsigned i = 0; i < ALARMS; i++) {
		const struct life *l = &lives[i];
		const struct row end = row_at(l, INT64_MAX);
		const struct row then = row_at(l, at);
		const bool want = l->here && l->at[0] <= at + window &&
		    (row_is_open(&end) || end.stop_us >= at - window);
		const Api__AtItem *it = find(v, base + i);

		chance_holds(c, (it != NULL) == want);
		if (it == NULL)
			continue;
		chance_holds(c, (it->state_at != NULL) == (then.state != 0));
		if (it->state_at != NULL)
			chance_holds(c,
			    strcmp(it->state_at,
			        row_state_text(then.kind, then.state)) == 0);
		chance_holds(
		    c, it->beside == (then.state == 0 || !row_is_open(&then)));
	}
	api__at_view__free_unpacked(v, NULL);
}

static void
one_day(struct chance *c)
{
	static unsigned base = 1;
	struct life lives[ALARMS];
	static const Record__Alarm__Action later[] = {
	    RECORD__ALARM__ACTION__ACK, RECORD__ALARM__ACTION__RETURN,
	    RECORD__ALARM__ACTION__CLEAR, RECORD__ALARM__ACTION__HANDLE};
	struct commit_ctx ctx;

	folded_begin(&w, &w.site->own, &ctx);
	cr_assert_eq(fold_clear(&ctx.fold, NULL), ERR_OK);
	folded_commit(&ctx);
	for (unsigned i = 0; i < ALARMS; i++) {
		struct life *l = &lives[i];

		*l = (struct life){.here = chance_below(c, 3) != 0};
		l->at[0] = DAY_BEFORE + (int64_t)chance_below(c, 8000) * SECOND;
		l->action[0] = RECORD__ALARM__ACTION__RAISE;
		l->n = 1 + chance_below(c, EVENTS);
		for (size_t k = 1; k < l->n; k++) {
			l->at[k] = l->at[k - 1] +
			    (int64_t)chance_below(
			        c, UINT64_C(1) << chance_below(c, 13)) *
			        SECOND;
			l->action[k] = later[chance_below(c, 4)];
		}
		put(l, base + i);
	}
	for (int i = 0; i < 20; i++)
		compare(c, lives, base);
	base += ALARMS;
}

Test(query_at, agrees_with_a_plain_list_at_any_time_and_window)
{
	chance_each(12, one_day);
}

Test(query_at, says_when_not_all_fits_and_shows_the_newest)
{
	const struct query_at q = {
	    .area = "boiler", .at_us = FOLDED_T0, .limit = 3};
	Api__AtView *v = NULL;

	for (unsigned n = 1; n <= 5; n++) {
		struct life l = {.here = true, .n = 1};

		l.at[0] = FOLDED_T0 - n * SECOND;
		l.action[0] = RECORD__ALARM__ACTION__RAISE;
		put(&l, n);
	}
	cr_assert_eq(query_at(w.site, &q, &all, &v, NULL), ERR_OK);
	cr_assert_eq(v->n_alarms, 3u);
	cr_assert(v->more);
	cr_assert_eq(v->window_ms, 60000);
	cr_assert_not_null(find(v, 1));
	cr_assert_null(find(v, 5));
	api__at_view__free_unpacked(v, NULL);
}

/* Whose clock is off by more than the window: shown, and marked. */
Test(query_at, marks_what_may_have_happened_at_another_time)
{
	const int offsets[] = {0, 59000, 61000, -61000};

	for (unsigned n = 1; n <= 4; n++) {
		Record__Alarm m = folded_alarm(&w, "boiler", 2);
		struct draft_spec spec;
		uint8_t id[16];

		folded_id(id, n);
		m.has_clock_offset_ms = true;
		m.clock_offset_ms = offsets[n - 1];
		m.has_people_count = true;
		m.people_count = n;
		m.occurred_at = FOLDED_T0 + n;
		spec = folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
		(void)folded_put_one(&w, &w.site->own, &spec);
	}
	Api__AtView *v = ask(FOLDED_T0 + SECOND, 60 * SECOND);
	cr_assert_eq(v->n_alarms, 4u);
	for (unsigned n = 1; n <= 4; n++)
		cr_assert_eq(find(v, n)->unreliable, n > 2, "%u", n);
	cr_assert_eq(v->people_count, 4u, "by the newest");
	api__at_view__free_unpacked(v, NULL);
}

/* ---- permits, cases, environment ---- */

static void
permit_event(unsigned n, uint32_t seq, Record__Permit *m,
    Record__Permit__Action action, int64_t us)
{
	struct draft_spec spec;
	uint8_t id[16];

	folded_id(id, n);
	m->has_action = m->has_occurred_at = true;
	m->action = action;
	m->occurred_at = us;
	m->area = folded_text("boiler");
	m->work_type = folded_text("hot-work");
	m->has_planned_to_at = true;
	m->planned_to_at = FOLDED_T0 + 8000 * SECOND;
	spec = folded_spec(&w, id, LEDGER__KIND__PERMIT, seq, &m->base);
	(void)folded_put_one(&w, &w.site->own, &spec);
}

static void
case_event(unsigned n, uint32_t seq, Record__Case__Action action, int64_t us)
{
	Record__Case m = RECORD__CASE__INIT;
	struct draft_spec spec;
	uint8_t id[16];

	folded_id(id, n);
	m.has_action = m.has_occurred_at = true;
	m.action = action;
	m.occurred_at = us;
	m.area = folded_text("boiler");
	m.type = folded_text("work-order");
	spec = folded_spec(&w, id, LEDGER__KIND__CASE, seq, &m.base);
	(void)folded_put_one(&w, &w.site->own, &spec);
}

#define DO(n, seq, action, us) \
	permit_event(n, seq, &m, RECORD__PERMIT__ACTION__##action, us)

/* What has ended since is shown as it was. */
Test(query_at, shows_permits_and_work_orders_as_they_stood_then)
{
	static const struct {
		int64_t at_s;
		const char *permit, *order;
	} rows[] = {
	    {-2000, NULL, NULL},
	    {-800, "APPLIED", NULL},
	    {-550, "ISSUED", "REPORTED"},
	    {-300, "IN_PROGRESS", "REPORTED"},
	    {-50, "SUSPENDED", "REPORTED"},
	    {2000, NULL, NULL},
	};
	Record__Permit m = RECORD__PERMIT__INIT;

	DO(50, 1, APPLY, FOLDED_T0 - 1000 * SECOND);
	DO(50, 2, APPROVE, FOLDED_T0 - 600 * SECOND);
	DO(50, 3, START, FOLDED_T0 - 500 * SECOND);
	DO(50, 4, SUSPEND, FOLDED_T0 - 100 * SECOND);
	DO(50, 5, CANCEL, FOLDED_T0 + 500 * SECOND);
	case_event(
	    60, 1, RECORD__CASE__ACTION__REPORT, FOLDED_T0 - 560 * SECOND);
	case_event(60, 2, RECORD__CASE__ACTION__CLOSE, FOLDED_T0 + SECOND);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Api__AtView *v = ask(FOLDED_T0 + rows[i].at_s * SECOND, SECOND);
		const char *permit =
		    v->n_permits > 0 ? v->permits[0]->state_at : NULL;
		const char *order =
		    v->n_cases > 0 ? v->cases[0]->state_at : NULL;

		cr_expect_eq(permit == NULL, rows[i].permit == NULL, "%ld",
		    (long)rows[i].at_s);
		cr_expect_eq(order == NULL, rows[i].order == NULL, "%ld",
		    (long)rows[i].at_s);
		if (permit != NULL && rows[i].permit != NULL)
			cr_expect_str_eq(permit, rows[i].permit);
		if (order != NULL && rows[i].order != NULL)
			cr_expect_str_eq(order, rows[i].order);
		api__at_view__free_unpacked(v, NULL);
	}
}

static uint64_t felt_at; /* the newest of these */

/* An alarm that was over a second later, and said what the air was like. */
static void
felt(unsigned n, int64_t us, double temperature, int offset_ms, bool counted)
{
	Record__Alarm m = folded_alarm(&w, "boiler", 3);
	Record__Environment e = RECORD__ENVIRONMENT__INIT;
	struct draft_spec spec;
	uint8_t id[16];

	folded_id(id, n);
	m.occurred_at = us;
	m.environment = &e;
	m.has_clock_offset_ms = true;
	m.clock_offset_ms = offset_ms;
	m.has_people_count = counted;
	m.people_count = n;
	e.has_temperature = true;
	e.temperature = temperature;
	spec = folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
	felt_at = folded_put_one(&w, &w.site->own, &spec).index;
	m = (Record__Alarm)RECORD__ALARM__INIT;
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__ALARM__ACTION__CLEAR;
	m.occurred_at = us + SECOND;
	spec = folded_spec(&w, id, LEDGER__KIND__ALARM, 2, &m.base);
	(void)folded_put_one(&w, &w.site->own, &spec);
}

Test(query_at, shows_the_air_as_it_was_last_said_with_its_age)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading gas = RECORD__GAS_READING__INIT;
	Record__GasReading *readings[] = {&gas};
	Api__AtView *v;

	/* Long over; the newest of them counts, with the people it saw. */
	felt(1, FOLDED_T0 - 3700 * SECOND, 1, 0, true);
	felt(2, FOLDED_T0 - 1800 * SECOND, 2, 0, true);
	felt(3, FOLDED_T0 - 900 * SECOND, 3, 61000, false);
	v = ask(FOLDED_T0, 60 * SECOND);
	cr_assert_eq(v->n_alarms, 0u);
	cr_assert_geq(v->n_environment, 1u);
	cr_assert_float_eq(
	    v->environment[0]->environment->temperature, 3, 1e-9);
	cr_assert_eq(v->environment[0]->age_ms, 900000);
	cr_assert_geq(v->environment[0]->clock_error_ms, 61000);
	cr_assert(v->environment[0]->unreliable);
	cr_assert_eq(v->people_count, 2u);
	cr_assert_eq(v->people_at, FOLDED_T0 - 1800 * SECOND);
	api__at_view__free_unpacked(v, NULL);

	/* A gas test of an open permit is nearer; what came after is marked. */
	DO(50, 1, APPLY, FOLDED_T0 - 1000 * SECOND);
	gas.gas = folded_text("methane");
	gas.has_value = true;
	gas.value = 0.1;
	m.gas = readings;
	m.n_gas = 1;
	m.has_sampled_at = true;
	m.sampled_at = FOLDED_T0 - 400 * SECOND;
	DO(50, 2, GAS_TEST, FOLDED_T0 - 300 * SECOND);
	felt(4, FOLDED_T0 + 30 * SECOND, 4, 0, false);
	v = ask(FOLDED_T0, 60 * SECOND);
	cr_assert_eq(v->n_permits, 1u);
	cr_assert_geq(v->n_environment, 2u);
	cr_assert_eq(v->environment[0]->age_ms, -30000);
	cr_assert_not(v->environment[0]->unreliable);
	cr_assert_eq(v->environment[1]->age_ms, 400000);
	cr_assert_eq(v->environment[1]->event_seq, 2u);
	cr_assert_str_eq(
	    v->environment[1]->environment->gas[0]->gas, "methane");
	api__at_view__free_unpacked(v, NULL);
	/* Nobody had said anything yet. */
	v = ask(FOLDED_T0 - 3800 * SECOND, SECOND);
	cr_assert_eq(v->n_environment, 0u);
	cr_assert_not(v->has_people_count);
	api__at_view__free_unpacked(v, NULL);
}

Test(query_at, says_nothing_by_what_is_stored_only)
{
	uint32_t fields[] = {36, 38}; /* people_count, environment */
	Api__AtView *v;

	felt(1, FOLDED_T0 - 1800 * SECOND, 1, 0, true);
	v = ask(FOLDED_T0, 60 * SECOND);
	cr_assert_eq(v->n_environment, 1u);
	cr_assert(v->has_people_count);
	api__at_view__free_unpacked(v, NULL);
	folded_only_stored(&w, felt_at, fields, 2);
	v = ask(FOLDED_T0, 60 * SECOND);
	cr_assert_eq(v->n_environment, 0u);
	cr_assert_not(v->has_people_count);
	api__at_view__free_unpacked(v, NULL);
}

Test(query_at, shows_no_area_that_the_asker_may_not_see)
{
	const char *const areas[] = {"yard"};
	const struct query_scope scope = {.areas = areas, .areas_len = 1};
	const struct query_at q = {
	    .area = "boiler", .at_us = FOLDED_T0, .limit = 3};
	Api__AtView *v = NULL;

	cr_assert_eq(query_at(w.site, &q, &scope, &v, NULL), ERR_NOT_FOUND);
}

/* Trap 18: whoever reads it sees that it was a drill, and it takes the place of
 * nothing that was so. */
Test(query_at, tells_a_drill_s_air_from_that_of_the_day)
{
	struct draft_spec spec;
	uint8_t id[16];
	Api__AtView *v;

	felt(1, FOLDED_T0 - 600 * SECOND, 1, 0, true);
	for (unsigned n = 2; n <= 6; n++) {
		Record__Alarm m = folded_alarm(&w, "boiler", 3);
		Record__Environment e = RECORD__ENVIRONMENT__INIT;

		folded_id(id, n);
		m.occurred_at = FOLDED_T0 - n * SECOND;
		m.environment = &e;
		m.has_exercise = m.exercise = true;
		m.has_people_count = true;
		m.people_count = 99;
		e.has_temperature = true;
		e.temperature = 1000;
		spec = folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
		(void)folded_put_one(&w, &w.site->own, &spec);
	}
	v = ask(FOLDED_T0, 60 * SECOND);
	cr_assert_eq(v->n_alarms, 5u);
	cr_assert(v->alarms[0]->exercise);
	cr_assert_geq(v->n_environment, 2u);
	cr_assert_not(v->environment[0]->exercise);
	cr_assert_float_eq(
	    v->environment[0]->environment->temperature, 1, 1e-9);
	cr_assert(v->environment[1]->exercise);
	cr_assert_eq(v->people_count, 1u);
	api__at_view__free_unpacked(v, NULL);
}

Test(query_at, shows_what_is_damaged_beside_all_others)
{
	Api__AtView *v;

	for (unsigned n = 1; n <= 3; n++)
		folded_raise(&w, n, "boiler", 2);
	folded_damage(&w, 2);
	v = ask(w.now_us, 60 * SECOND);
	cr_assert_eq(v->n_alarms, 3u);
	cr_assert_str_eq(find(v, 2)->state_at, "DAMAGED");
	cr_assert_str_eq(find(v, 1)->state_at, "RAISED");
	api__at_view__free_unpacked(v, NULL);
}

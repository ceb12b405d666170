/* permit_walk_test.c - no path leads to work without its guards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/domain/permit.h"
#include "tests/support/permit_form.h"
#include "tests/support/permit_oracle.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name

static struct packs *packs;

static void
open_packs(void)
{
	packs = walk_packs();
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(permit_walk, .init = open_packs, .fini = close_packs);

/* ---- more of the oracle ---- */

/* Out of an end leads nothing; out of acceptance, closing the file. */
static void
must_be_an_end(const struct walk *k, const struct row *before,
    const struct permit_event *e)
{
	if (before->state <= ROW_FINISHED || k->row.state == before->state)
		return;
	cr_assert_eq(before->state, ROW_ACCEPTED);
	cr_assert_eq(k->row.state, ROW_ARCHIVED);
	cr_assert_eq(e->msg->action, ACT(CLOSE));
	cr_assert_not_null(k->w->booking, "its pack says who closes");
}

static void
must_be_booked(const struct row *before, const struct permit_event *e)
{
	int64_t at;

	(void)oracle_done(before, "booking", &at);
	cr_assert_neq(at, 0);
	cr_assert_leq(at, e->occurred_us);
	cr_assert_leq(e->occurred_us, before->to_us);
	cr_assert_not(e->world.other_booking);
	cr_assert(e->world.chain == NULL);
}

/* ---- random events, some of them sensible ---- */

static const uint64_t people[] = {NOBODY, WORKER, GUARDIAN, GUARDIAN, GUARDIAN,
    OTHER, CHIEF, CHIEF, CHIEF, CHIEF};
#define PEOPLE (sizeof people / sizeof people[0])

static void
random_world(struct walk *k, struct permit_event *e)
{
	static const Pack__Interference near = PACK__INTERFERENCE__INIT;

	e->world = walk_calm;
	e->allowed = walk_draw(k, 8) != 0;
	e->stale = walk_draw(k, 10) == 0;
	e->late = walk_draw(k, 10) == 0;
	e->world.on_site = walk_draw(k, 10) != 0;
	e->world.days_known = walk_draw(k, 20) != 0;
	e->world.days = walk_draw(k, 40) == 0 ? 2 : 0;
	if (walk_draw(k, 20) == 0)
		e->world.conflict = &near;
	if (walk_draw(k, 20) == 0)
		e->world.link = rule_get(RULE_LINK_NOT_ISSUED);
	if (walk_draw(k, 20) == 0)
		e->world.chain = rule_get(RULE_PREDECESSOR_OPEN);
	e->world.other_booking = walk_draw(k, 20) == 0;
	e->world.place_known = walk_draw(k, 20) != 0;
	e->world.coming[0] = people[1 + walk_draw(k, PEOPLE - 1)];
	e->world.coming_len = 1;
}

/* Something of the form is not as it should be. */
static void
spoil(struct walk *k, struct permit_form *f)
{
	f->m.instruments = f->one;
	f->weather.fog = walk_draw(k, 20) == 0;
	f->weather.heavy_rain = walk_draw(k, 20) == 0;
	f->weather.heavy_snow = walk_draw(k, 20) == 0;
	f->m.has_wind_grade = walk_draw(k, 20) != 0;
	f->m.accuracy_m = walk_draw(k, 20) == 0 ? 30.1 : 30;
	f->m.has_latitude = walk_draw(k, 40) != 0;
	f->m.handed_over = walk_draw(k, 4) != 0;
	f->m.has_site_restored = walk_draw(k, 10) != 0;
	if (walk_draw(k, 20) == 0)
		f->blind.operation = RECORD__BLIND_FORM__OPERATION__REMOVE;
	if (walk_draw(k, 20) == 0)
		f->m.weather = NULL;
	f->m.n_instruments = walk_draw(k, 6) != 0;
	f->hot.has_bottles_apart_m = walk_draw(k, 4) == 0;
	f->hot.bottles_apart_m = walk_draw(k, 4) == 0 ? 4.9 : 5;
	if (walk_draw(k, 10) == 0)
		f->m.hazards = f->m.plan = f->m.briefer = f->m.reason = NULL;
	if (walk_draw(k, 10) == 0)
		f->check[0].done = false;
	if (walk_draw(k, 3) != 0)
		f->m.successor = NULL;
}

static Record__Permit__Action
random_action(struct walk *k)
{
	static const Record__Permit__Action next[] = {[ROW_BOOKED] = ACT(APPLY),
	    [ROW_APPLIED] = ACT(APPROVE),
	    [ROW_TESTED] = ACT(APPROVE),
	    [ROW_ISSUED] = ACT(START),
	    [ROW_IN_PROGRESS] = ACT(FINISH),
	    [ROW_SUSPENDED] = ACT(RESUME),
	    [ROW_FINISHED] = ACT(ACCEPT),
	    [ROW_ACCEPTED] = ACT(CLOSE)};

	if (k->w->n_steps > 0 && walk_draw(k, 2) == 0)
		return ACT(STEP);
	if (walk_draw(k, 4) == 0)
		return ACT(GAS_TEST);
	if (walk_draw(k, 8) != 0 && k->row.state < sizeof next / sizeof next[0])
		return next[k->row.state];
	return (Record__Permit__Action)walk_draw(k, ACT(CLOSE) + 3);
}

/* Mostly the first that is not done yet. */
static char *
random_step(struct walk *k)
{
	int64_t at;

	for (size_t i = 0; i < k->w->n_steps && walk_draw(k, 8) != 0; i++) {
		const Pack__Step *s = k->w->steps[i];

		(void)oracle_done(&k->row, s->name, &at);
		if (at == 0 &&
		    packs_at_level(s->levels, s->n_levels,
		        (Record__Permit__Level)k->row.level))
			return s->name;
	}
	return k->w->steps[walk_draw(k, k->w->n_steps)]->name;
}

/* Some minutes, sometimes many; what was tested again before midnight goes on
 * after it. */
static void
pass_time(struct walk *k)
{
	const int64_t day = 24 * 60;
	const int64_t left = day - (k->now / WALK_MIN + 480) % day;
	const uint64_t most = walk_draw(k, 40) == 0 ? 90 : 2;

	if (k->row.state == ROW_SUSPENDED && left <= 28 &&
	    k->row.mark_us > k->row.stop_us)
		k->now += left * WALK_MIN;
	else
		k->now += (int64_t)walk_draw(k, most) * WALK_MIN;
}

/* Mostly a worker where the crew signs. */
static uint64_t
random_signer(struct walk *k, const Record__Permit *m)
{
	const Pack__Step *s = packs_step(k->w, m->step);

	if (m->action == ACT(STEP) && s != NULL && s->crew &&
	    walk_draw(k, 4) != 0)
		return WORKER;
	return people[walk_draw(k, PEOPLE)];
}

static void
random_event(struct walk *k)
{
	struct permit_form f;
	struct permit_event e = {.msg = &f.m};
	const struct row before = k->row;
	struct rule_verdict v;

	permit_form_fill(&f, k->w, random_action(k));
	if (f.m.action == ACT(APPLY))
		walk_plan(&f, k, (Record__Permit__Level)before.level);
	pass_time(k);
	e.occurred_us = k->now - (walk_draw(k, 20) == 0 ? 20 * WALK_MIN : 0);
	random_world(k, &e);
	f.m.has_sampled_at = true;
	f.m.sampled_at = e.occurred_us - (int64_t)walk_draw(k, 20) * WALK_MIN;
	f.m.gas = (Record__GasReading *[]){
	    &(Record__GasReading)RECORD__GAS_READING__INIT};
	f.m.n_gas = 1;
	e.gas = walk_draw(k, 8) == 0 ? PERMIT_GAS_OVER : PERMIT_GAS_OK;
	f.m.wind_grade = (uint32_t)walk_draw(k, 8);
	if (k->w->n_steps > 0)
		permit_form_step(&f, k->w, random_step(k));
	/* Some confirm a part of the measures, or what is not theirs. */
	if (f.m.n_measures > 1 && walk_draw(k, 3) == 0)
		f.m.n_measures = 1 + walk_draw(k, f.m.n_measures);
	if (walk_draw(k, 20) == 0)
		e.world.confirms = 1;
	if (before.state != ROW_BOOKED || f.m.action != ACT(APPLY))
		spoil(k, &f);
	v = walk_try(k, &e, random_signer(k, &f.m));
	must_be_an_end(k, &before, &e);
	if (v.refused || v.outcome != LEDGER__OUTCOME__APPLIED)
		cr_assert(memcmp(&before, &k->row, sizeof before) == 0);
	else
		oracle_of_applied(k, &before, &e);
	if (before.state == ROW_BOOKED && k->row.state == ROW_APPLIED)
		must_be_booked(&before, &e);
	if (k->row.state == ROW_IN_PROGRESS && before.state != ROW_IN_PROGRESS)
		cr_assert(e.msg->action == ACT(START) ||
		    e.msg->action == ACT(RESUME));
}

/* The same work, its gas measured all the time. */
struct monitored {
	Pack__Work w;
	Pack__Level level[8];
	Pack__Level *levels[8];
};

static const Pack__Work *
monitor(struct monitored *m, const Pack__Work *w)
{
	m->w = *w;
	m->w.levels = m->levels;
	cr_assert_leq(w->n_levels, 8u);
	for (size_t i = 0; i < w->n_levels; i++) {
		m->level[i] = *w->levels[i];
		m->level[i].has_monitored = m->level[i].monitored = true;
		m->levels[i] = &m->level[i];
	}
	return &m->w;
}

static uint64_t
first_seed(void)
{
	const char *given = getenv("SEED");
	uint64_t seed =
	    given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	printf("SEED=%" PRIu64 "\n", seed);
	return seed;
}

/* Eight types, one in two versions, all of them booked, too; their levels,
 * PERMIT_WALKS walks of 120 events each. */
Test(permit_walk, never_reaches_work_without_guards_nor_leaves_an_end)
{
	const char *given = getenv("PERMIT_WALKS");
	uint64_t walks = given != NULL ? strtoull(given, NULL, 0) : 2000;
	uint64_t seed = first_seed();
	size_t begun[WALK_TYPES] = {0};
	size_t closed = 0;

	for (uint64_t i = 0; i < walks; i++) {
		struct walk k = {.random = seed + i + 1};
		struct monitored watched;

		k.random *= UINT64_C(0x9e3779b97f4a7c15);
		k.random |= 1;
		/* Most of them over midnight; WALK_T0 is 790 minutes before. */
		k.now =
		    WALK_T0 + (int64_t)(780 - walk_draw(&k, 190)) * WALK_MIN;
		k.w =
		    packs_version(packs, packs_id(walk_types[i % WALK_TYPES]));
		cr_assert_not_null(k.w);
		if (walk_draw(&k, 2) == 0)
			k.w = monitor(&watched, k.w);
		walk_apply(
		    &k, k.w->levels[walk_draw(&k, k.w->n_levels)]->level);
		/* Some end within the walk. */
		if (walk_draw(&k, 3) == 0)
			k.row.to_us -=
			    (int64_t)walk_draw(&k, 7 * 60) * WALK_MIN;
		for (size_t n = 0; n < 120; n++) {
			uint8_t was = k.row.state;

			random_event(&k);
			if (was != ROW_IN_PROGRESS &&
			    k.row.state == ROW_IN_PROGRESS)
				begun[i % WALK_TYPES]++;
		}
		closed += k.row.state == ROW_ARCHIVED;
	}
	if (walks >= 2000)
		cr_assert_gt(closed, 0u);
	/* The walks are worth something only when work begins in them. */
	for (size_t i = 0; walks >= 2000 && i < WALK_TYPES; i++) {
		printf("%s: begun %zu times\n", walk_types[i], begun[i]);
		cr_assert_gt(begun[i], 0u, "%s", walk_types[i]);
	}
}

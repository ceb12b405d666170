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
#include "tests/support/permit_walk.h"

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

/* ---- the oracle: what must be so when work begins, told from the row ---- */

static bool
done(const struct row *r, const char *name, int64_t *at)
{
	*at = 0;
	for (size_t i = 0; i < r->work.steps_len; i++) {
		if (r->work.steps[i].name == packs_id(name) &&
		    r->work.steps[i].at_us > *at)
			*at = r->work.steps[i].at_us;
	}
	return *at != 0;
}

static void
must_be_guarded(const struct walk *k, const struct row *before,
    const struct permit_event *e)
{
	const Pack__Work *w = k->w;
	int64_t at;

	cr_assert(e->allowed);
	cr_assert_leq(e->occurred_us, before->to_us);
	cr_assert_eq(before->flags & ROW_GAS_BAD, 0);
	if (permit_needs_gas(w, before)) {
		cr_assert((before->flags & ROW_GAS_OK) != 0);
		if (e->msg->action == ACT(START))
			cr_assert_leq(
			    e->occurred_us - before->mark_us, 30 * WALK_MIN);
		if (e->msg->action == ACT(RESUME) && w->resume_test)
			cr_assert_gt(before->mark_us, before->stop_us);
	}
	for (size_t i = 0; i < w->n_steps; i++) {
		const Pack__Step *s = w->steps[i];

		if (!packs_at_level(s->levels, s->n_levels,
		        (Record__Permit__Level)before->level))
			continue;
		cr_assert(done(before, s->name, &at), "%s", s->name);
		cr_assert_leq(at, e->occurred_us);
	}
	if (w->n_steps == 0)
		return;
	cr_assert(done(before, "APPROVE", &at));
	cr_assert_eq(e->world.signer, before->other);
	cr_assert(e->world.link == NULL && e->world.conflict == NULL);
	if (w->has_wind_below && (before->work.conditions & PACKS_OUTDOOR) != 0)
		cr_assert_lt(e->msg->wind_grade, w->wind_below);
}

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

	cr_assert(done(before, "booking", &at));
	cr_assert_leq(at, e->occurred_us);
	cr_assert_leq(e->occurred_us, before->to_us);
	cr_assert_not(e->world.other_booking);
	cr_assert(e->world.chain == NULL);
}

/* ---- random events, some of them sensible ---- */

static const uint64_t people[] = {NOBODY, WORKER, GUARDIAN, GUARDIAN, GUARDIAN,
    OTHER, CHIEF, CHIEF, CHIEF, CHIEF};

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

		if (!done(&k->row, s->name, &at) &&
		    packs_at_level(s->levels, s->n_levels,
		        (Record__Permit__Level)k->row.level))
			return s->name;
	}
	return k->w->steps[walk_draw(k, k->w->n_steps)]->name;
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
	k->now +=
	    (int64_t)walk_draw(k, walk_draw(k, 40) == 0 ? 90 : 2) * WALK_MIN;
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
		f.m.step = random_step(k);
	if (walk_draw(k, 10) == 0)
		f.check[0].done = false;
	if (walk_draw(k, 3) != 0)
		f.m.successor = NULL;
	v = walk_try(
	    k, &e, people[walk_draw(k, sizeof people / sizeof people[0])]);
	must_be_an_end(k, &before, &e);
	if (v.refused)
		cr_assert(memcmp(&before, &k->row, sizeof before) == 0);
	if (before.state == ROW_BOOKED && k->row.state == ROW_APPLIED)
		must_be_booked(&before, &e);
	if (k->row.state == ROW_IN_PROGRESS && before.state != ROW_IN_PROGRESS)
		must_be_guarded(k, &before, &e);
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
		struct walk k = {.random = seed + i + 1, .now = WALK_T0};

		k.random *= UINT64_C(0x9e3779b97f4a7c15);
		k.random |= 1;
		k.w =
		    packs_version(packs, packs_id(walk_types[i % WALK_TYPES]));
		cr_assert_not_null(k.w);
		walk_apply(
		    &k, k.w->levels[walk_draw(&k, k.w->n_levels)]->level);
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

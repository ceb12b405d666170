/* permit_flow_test.c - no path leads to work without its guards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/domain/permit.h"
#include "node/packs_file.h"
#include "tests/support/pack_text.h"
#include "tests/support/permit_form.h"

#define MIN INT64_C(60000000)
#define T0 INT64_C(1795315800000000) /* 10:50 in China */
#define ACT(name) RECORD__PERMIT__ACTION__##name

static const char *const types[] = {"hot-work@2022.1", "hot-work@2022.2",
    "confined-space@2022.1", "blind-plate@2022.1", "height@2022.1",
    "lifting@2022.1", "temporary-electricity@2022.1", "excavation@2022.1",
    "road-breaking@2022.1"};
#define TYPES (sizeof types / sizeof types[0])

static struct packs *packs;

static void
open_packs(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(permit_flow, .init = open_packs, .fini = close_packs);

/* ---- a permit and its people, by keyed hashes ---- */

enum who {
	NOBODY = 0,
	WORKER = 0x11,
	GUARDIAN = 0x22,
	OTHER = 0x33,
	CHIEF = 0x44,
};

struct walk {
	uint64_t random;
	const Pack__Work *w;
	struct row row;
	int64_t now;
	bool deep; /* one that says what it does */
};

static uint64_t
draw(struct walk *k, uint64_t n)
{
	k->random ^= k->random << 13;
	k->random ^= k->random >> 7;
	k->random ^= k->random << 17;
	return k->random % n;
}

/* What the node would find out of an event, then row and fold as it does. */
static struct rule_verdict
try(struct walk *k, struct permit_event *e, uint64_t signer)
{
	struct rule_verdict v;
	struct permit_facts f = {
	    .msg = e->msg,
	    .occurred_us = e->occurred_us,
	    .signer = k->w->n_steps > 0 ? signer : 0,
	    .worker = WORKER,
	    .guardian = GUARDIAN,
	};
	bool begun = k->row.kind != 0;

	e->row = begun ? &k->row : NULL;
	e->pack = k->w;
	e->world.signer = signer;
	v = permit_check(e);
	if (v.refused || v.outcome != LEDGER__OUTCOME__APPLIED)
		return v;
	f.code = v.rule != NULL ? v.rule->code : NULL;
	k->row.kind = LEDGER__KIND__PERMIT;
	k->row.seq++;
	permit_fold(&k->row, &f);
	return v;
}

static const struct permit_world calm = {.place_known = true,
    .on_site = true,
    .days_known = true};

static void
apply(struct walk *k, Record__Permit__Level level)
{
	struct permit_form f;
	struct permit_event e = {
	    .msg = &f.m, .occurred_us = k->now, .world = calm};
	struct rule_verdict v;

	permit_form_fill(&f, k->w, ACT(APPLY));
	permit_form_level(&f, level);
	f.m.explosive_area = f.m.hazardous_media = f.m.outdoor =
	    draw(k, 2) != 0;
	f.m.has_planned_from_at = f.m.has_planned_to_at = true;
	f.m.planned_from_at = k->now;
	f.m.planned_to_at = k->now + 8 * 60 * MIN;
	v = try(k, &e, OTHER);
	cr_assert(!v.refused, "%s: %s %s", k->w->work_type, v.rule->code,
	    v.gap.what != NULL ? v.gap.what : "");
}

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
			    e->occurred_us - before->mark_us, 30 * MIN);
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

/* ---- random events, some of them sensible ---- */

static const uint64_t people[] = {NOBODY, WORKER, GUARDIAN, GUARDIAN, GUARDIAN,
    OTHER, CHIEF, CHIEF, CHIEF, CHIEF};

static void
random_world(struct walk *k, struct permit_event *e)
{
	static const Pack__Interference near = PACK__INTERFERENCE__INIT;

	e->world = calm;
	e->allowed = draw(k, 8) != 0;
	e->stale = draw(k, 10) == 0;
	e->late = draw(k, 10) == 0;
	e->world.on_site = draw(k, 10) != 0;
	e->world.days_known = draw(k, 20) != 0;
	e->world.days = draw(k, 40) == 0 ? 2 : 0;
	if (draw(k, 20) == 0)
		e->world.conflict = &near;
	if (draw(k, 20) == 0)
		e->world.link = rule_get(RULE_LINK_NOT_ISSUED);
}

static Record__Permit__Action
random_action(struct walk *k)
{
	static const Record__Permit__Action next[] = {ACT(APPLY), ACT(APPROVE),
	    ACT(APPROVE), ACT(START), ACT(FINISH), ACT(RESUME), ACT(ACCEPT)};

	if (k->w->n_steps > 0 && draw(k, 2) == 0)
		return ACT(STEP);
	if (draw(k, 4) == 0)
		return ACT(GAS_TEST);
	if (draw(k, 8) != 0 && k->row.state < 7)
		return next[k->row.state];
	return (Record__Permit__Action)draw(k, ACT(VOID) + 3);
}

/* Mostly the first that is not done yet. */
static char *
random_step(struct walk *k)
{
	int64_t at;

	for (size_t i = 0; i < k->w->n_steps && draw(k, 8) != 0; i++) {
		const Pack__Step *s = k->w->steps[i];

		if (!done(&k->row, s->name, &at) &&
		    packs_at_level(s->levels, s->n_levels,
		        (Record__Permit__Level)k->row.level))
			return s->name;
	}
	return k->w->steps[draw(k, k->w->n_steps)]->name;
}

static void
random_event(struct walk *k)
{
	struct permit_form f;
	struct permit_event e = {.msg = &f.m};
	const struct row before = k->row;
	struct rule_verdict v;
	bool was_final = before.state > ROW_FINISHED;

	permit_form_fill(&f, k->w, random_action(k));
	k->now += (int64_t)draw(k, draw(k, 40) == 0 ? 90 : 2) * MIN;
	e.occurred_us = k->now - (draw(k, 20) == 0 ? 20 * MIN : 0);
	random_world(k, &e);
	f.m.has_sampled_at = true;
	f.m.sampled_at = e.occurred_us - (int64_t)draw(k, 20) * MIN;
	f.m.gas = (Record__GasReading *[]){
	    &(Record__GasReading)RECORD__GAS_READING__INIT};
	f.m.n_gas = 1;
	e.gas = draw(k, 8) == 0 ? PERMIT_GAS_OVER : PERMIT_GAS_OK;
	f.m.wind_grade = (uint32_t)draw(k, 8);
	if (k->w->n_steps > 0)
		f.m.step = random_step(k);
	if (draw(k, 10) == 0)
		f.check[0].done = false;
	v = try(k, &e, people[draw(k, sizeof people / sizeof people[0])]);
	if (was_final)
		cr_assert_eq(k->row.state, before.state);
	if (v.refused)
		cr_assert(memcmp(&before, &k->row, sizeof before) == 0);
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

/* 9 types, their levels in turn, PERMIT_WALKS walks of 120 events each. */
Test(permit_flow, never_reaches_work_without_guards_nor_leaves_an_end)
{
	const char *given = getenv("PERMIT_WALKS");
	uint64_t walks = given != NULL ? strtoull(given, NULL, 0) : 2000;
	uint64_t seed = first_seed();
	size_t begun[TYPES] = {0};

	for (uint64_t i = 0; i < walks; i++) {
		struct walk k = {.random = seed + i + 1, .now = T0};

		k.random *= UINT64_C(0x9e3779b97f4a7c15);
		k.random |= 1;
		k.w = packs_version(packs, packs_id(types[i % TYPES]));
		cr_assert_not_null(k.w);
		apply(&k, k.w->levels[draw(&k, k.w->n_levels)]->level);
		for (size_t n = 0; n < 120; n++) {
			uint8_t was = k.row.state;

			random_event(&k);
			if (was != ROW_IN_PROGRESS &&
			    k.row.state == ROW_IN_PROGRESS)
				begun[i % TYPES]++;
		}
	}
	/* The walks are worth something only when work begins in them. */
	for (size_t i = 0; walks >= 2000 && i < TYPES; i++) {
		printf("%s: begun %zu times\n", types[i], begun[i]);
		cr_assert_gt(begun[i], 0u, "%s", types[i]);
	}
}

/* ---- a workflow is data ---- */

static struct rule_verdict
act(struct walk *k, Record__Permit__Action action, const char *step,
    uint64_t who)
{
	struct permit_form f;
	struct permit_event e = {.msg = &f.m,
	    .occurred_us = k->now,
	    .allowed = true,
	    .gas = PERMIT_GAS_OK,
	    .world = calm};
	char name[40] = "";
	Record__GasReading g = RECORD__GAS_READING__INIT;

	permit_form_fill(&f, k->w, action);
	if (step != NULL) {
		(void)snprintf(name, sizeof name, "%s", step);
		f.m.step = name;
	}
	f.m.has_sampled_at = true;
	f.m.sampled_at = k->now;
	f.m.gas = (Record__GasReading *[]){&g};
	f.m.n_gas = 1;
	return try(k, &e, who);
}

static void
must(struct walk *k, Record__Permit__Action action, const char *step,
    uint64_t who)
{
	struct rule_verdict v = act(k, action, step, who);

	cr_assert(!v.refused, "%s %s: %s %s", k->w->work_type,
	    step != NULL ? step : "", v.rule->code,
	    v.gap.what != NULL ? v.gap.what : "");
	k->now += MIN;
}

static void
must_not(struct walk *k, Record__Permit__Action action, uint64_t who,
    const char *code, const char *what)
{
	struct rule_verdict v = act(k, action, NULL, who);

	cr_assert(v.refused, "expected %s", code);
	cr_assert_str_eq(v.rule->code, code);
	if (what != NULL)
		cr_assert_str_eq(v.gap.what, what);
}

/* All steps before `before`, in the pack's order, each by somebody else. */
static void
do_steps(struct walk *k, Record__Permit__Action before)
{
	for (size_t i = 0; i < k->w->n_steps; i++) {
		const Pack__Step *s = k->w->steps[i];

		if (s->before == before &&
		    packs_at_level(s->levels, s->n_levels,
		        (Record__Permit__Level)k->row.level))
			must(k, ACT(STEP), s->name, 0x100 + i);
	}
}

/* Every type and level from application to acceptance; and nothing of it can be
 * left out. */
Test(permit_flow, leads_every_type_and_level_to_its_acceptance)
{
	for (size_t i = 1; i < TYPES; i++) {
		const Pack__Work *w = packs_version(packs, packs_id(types[i]));

		for (size_t l = 0; l < w->n_levels; l++) {
			struct walk k = {.random = i + 1, .w = w, .now = T0};

			apply(&k, w->levels[l]->level);
			must(&k, ACT(GAS_TEST), NULL, OTHER);
			must_not(&k, ACT(APPROVE), CHIEF, "STEP_MISSING", NULL);
			do_steps(&k, ACT(APPROVE));
			must_not(
			    &k, ACT(APPROVE), GUARDIAN, "SAME_PERSON", NULL);
			must_not(&k, ACT(APPROVE), WORKER, "SAME_PERSON", NULL);
			must_not(
			    &k, ACT(APPROVE), OTHER, "SAME_PERSON", "APPLY");
			must_not(
			    &k, ACT(APPROVE), NOBODY, "SIGNER_UNKNOWN", NULL);
			must_not(
			    &k, ACT(START), GUARDIAN, "STATE_FORBIDS", NULL);
			must(&k, ACT(APPROVE), NULL, CHIEF);
			do_steps(&k, ACT(START));
			must_not(&k, ACT(START), CHIEF, "NOT_NAMED", NULL);
			must(&k, ACT(START), NULL, GUARDIAN);
			must(&k, ACT(SUSPEND), NULL, NOBODY);
			do_steps(&k, ACT(START));
			must(&k, ACT(RESUME), NULL, GUARDIAN);
			must(&k, ACT(FINISH), NULL, GUARDIAN);
			must(&k, ACT(ACCEPT), NULL, CHIEF);
			cr_assert_eq(k.row.state, ROW_ACCEPTED);
			must_not(&k, ACT(START), GUARDIAN, "STATE_FINAL", NULL);
		}
	}
}

/* The articles' case: a regulator asks for an environmental review, not older
 * than four hours.  Ten lines of a pack, none of code. */
Test(permit_flow, takes_a_new_step_with_an_age_from_an_edited_pack)
{
	static const char review[] = "  steps:\n"
	                             "    - name: environment\n"
	                             "      title: environmental review\n"
	                             "      titleZh: \"环境影响评估\"\n"
	                             "      clause: \"local order 7\"\n"
	                             "      roles: [environment-officer]\n"
	                             "      before: START\n"
	                             "      maxAgeMinutes: 240\n";
	struct packs *p = packs_new();
	struct err_why why = {.text = ""};
	char *edited = pack_text_edit("  steps:\n", review);
	struct walk k = {.random = 1, .now = T0};

	cr_assert_eq(packs_add(p, "edited", bytes_str(edited), &why), ERR_OK,
	    "%s", why.text);
	k.w = packs_work(p, "drilling", T0);
	apply(&k, RECORD__PERMIT__LEVEL__UNLEVELLED);
	must(&k, ACT(STEP), "environment", OTHER);
	must(&k, ACT(STEP), "risk", OTHER);
	must(&k, ACT(STEP), "brief", OTHER);
	k.row.work.conditions = 0;
	must(&k, ACT(APPROVE), NULL, CHIEF);
	k.now = T0 + 240 * MIN + 1;
	must_not(&k, ACT(START), GUARDIAN, "STEP_TOO_OLD", "environment");
	k.now = T0 + 240 * MIN;
	must(&k, ACT(START), NULL, GUARDIAN);
	free(edited);
	packs_free(p);
}

/* What is missing, by which clause, and who can mend it; it shrinks. */
Test(permit_flow, says_all_that_is_missing_and_who_can_mend_it)
{
	struct walk k = {.random = 3, .now = T0};
	struct rule_gaps gaps;
	struct permit_event e = {.world = calm};
	Record__Permit none = RECORD__PERMIT__INIT;

	k.w = packs_version(packs, packs_id("confined-space@2022.1"));
	apply(&k, RECORD__PERMIT__LEVEL__UNLEVELLED);
	e.row = &k.row;
	e.pack = k.w;
	e.msg = &none;
	e.occurred_us = k.now;
	cr_assert_eq(permit_missing(&e, &gaps), ACT(APPROVE));
	cr_assert_eq(gaps.len, 7); /* gas twice: none, none fresh; 5 steps */
	cr_assert_str_eq(gaps.at[0].rule->code, "GAS_MISSING");
	cr_assert_str_eq(gaps.at[0].who[0], "gas-analyst");
	cr_assert_str_eq(gaps.at[2].what, "risk");
	cr_assert_str_eq(gaps.at[2].clause, "GB 30871-2022 4.1");
	cr_assert_str_eq(gaps.at[2].who[0], "safety-officer");
	must(&k, ACT(GAS_TEST), NULL, OTHER);
	do_steps(&k, ACT(APPROVE));
	e.occurred_us = k.now;
	cr_assert_eq(permit_missing(&e, &gaps), ACT(APPROVE));
	cr_assert_eq(gaps.len, 0);
}

/* permit_flow_test.c - a workflow is data, step by step. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/permit.h"
#include "tests/support/pack_text.h"
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

TestSuite(permit_flow, .init = open_packs, .fini = close_packs);

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
	    .world = walk_calm};
	Record__GasReading g = RECORD__GAS_READING__INIT;

	permit_form_fill(&f, k->w, action);
	if (step != NULL)
		permit_form_step(&f, k->w, step);
	f.m.has_sampled_at = true;
	f.m.sampled_at = k->now;
	f.m.gas = (Record__GasReading *[]){&g};
	f.m.n_gas = 1;
	return walk_try(k, &e, who);
}

static void
must(struct walk *k, Record__Permit__Action action, const char *step,
    uint64_t who)
{
	struct rule_verdict v = act(k, action, step, who);

	cr_assert(!v.refused, "%s %s: %s %s", k->w->work_type,
	    step != NULL ? step : "", v.rule->code,
	    v.gap.what != NULL ? v.gap.what : "");
	k->now += WALK_MIN;
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
			must(k, ACT(STEP), s->name,
			    s->crew ? WORKER : 0x100 + i);
	}
}

/* Every type and level from application to acceptance; and nothing of it can be
 * left out. */
Test(permit_flow, leads_every_type_and_level_to_its_acceptance)
{
	for (size_t i = 1; i < WALK_PLAIN; i++) {
		const Pack__Work *w =
		    packs_version(packs, packs_id(walk_types[i]));

		for (size_t l = 0; l < w->n_levels; l++) {
			struct walk k = {
			    .random = i + 1, .w = w, .now = WALK_T0};

			walk_apply(&k, w->levels[l]->level);
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
			if (w->resume_test && permit_needs_gas(w, &k.row))
				must_not(&k, ACT(RESUME), GUARDIAN,
				    "RESUME_NEEDS_TEST", NULL);
			must(&k, ACT(GAS_TEST), NULL, OTHER);
			must(&k, ACT(RESUME), NULL, GUARDIAN);
			must(&k, ACT(FINISH), NULL, GUARDIAN);
			must(&k, ACT(ACCEPT), NULL, CHIEF);
			cr_assert_eq(k.row.state, ROW_ACCEPTED);
			must_not(&k, ACT(START), GUARDIAN, "STATE_FINAL", NULL);
			must_not(&k, ACT(CLOSE), CHIEF, "BOOKING_NONE", NULL);
			must_not(&k, ACT(BOOK), OTHER, "RECORD_EXISTS", NULL);
		}
	}
}

/* ---- booked before, closed after ---- */

static struct rule_verdict
book(struct walk *k, int64_t ahead_us, bool urgent)
{
	struct permit_form f;
	struct permit_event e = {
	    .msg = &f.m, .occurred_us = k->now, .world = walk_calm};

	permit_form_fill(&f, k->w, ACT(BOOK));
	walk_plan(&f, k, k->w->levels[0]->level);
	f.m.planned_from_at += ahead_us;
	f.m.planned_to_at += ahead_us;
	f.m.has_urgent = f.m.urgent = urgent;
	return walk_try(k, &e, OTHER);
}

/* AQ 3064.2-2025 5.3.1, 5.3.2, 5.7.2: a day before, to the minute; what was
 * booked is approved, then applied for; in the end the file is closed. */
Test(permit_flow, books_a_day_before_and_closes_what_was_accepted)
{
	struct walk k = {.random = 5, .now = WALK_T0};
	struct permit_form f;
	struct permit_event e = {.msg = &f.m, .world = walk_calm};
	struct rule_verdict v;

	k.w = packs_version(packs, packs_id("excavation@b022.1"));
	permit_form_fill(&f, k.w, ACT(APPLY));
	walk_plan(&f, &k, k.w->levels[0]->level);
	e.occurred_us = k.now;
	v = walk_try(&k, &e, OTHER);
	cr_assert_str_eq(v.rule->code, "BOOKING_MISSING");
	v = book(&k, 1439 * WALK_MIN, false);
	cr_assert_str_eq(v.rule->code, "BOOKING_LATE");
	cr_assert(v.refused);
	v = book(&k, 1440 * WALK_MIN, false);
	cr_assert_not(v.refused);
	cr_assert_eq(k.row.state, ROW_BOOKED);
	must_not(&k, ACT(APPROVE), CHIEF, "STATE_FORBIDS", NULL);
	must_not(&k, ACT(GAS_TEST), OTHER, "STATE_FORBIDS", NULL);
	must_not(&k, ACT(START), GUARDIAN, "STATE_FORBIDS", NULL);
	k.now = k.row.from_us;
	permit_form_fill(&f, k.w, ACT(APPLY));
	walk_plan(&f, &k, k.w->levels[0]->level);
	e.occurred_us = k.now;
	v = walk_try(&k, &e, OTHER);
	cr_assert_str_eq(v.rule->code, "STEP_MISSING");
	cr_assert_str_eq(v.gap.what, "booking");
	must(&k, ACT(STEP), "booking", CHIEF);
	e.world.other_booking = true;
	v = walk_try(&k, &e, OTHER);
	cr_assert_str_eq(v.rule->code, "BOOKING_DIFFERS");
	e.world.other_booking = false;
	e.occurred_us = k.now;
	v = walk_try(&k, &e, OTHER);
	cr_assert_not(v.refused, "%s", v.rule->code);
	cr_assert_eq(k.row.state, ROW_APPLIED);
	cr_assert_eq(k.row.work.crew_seq, k.row.seq, "the names stand there");
	k.row.work.conditions = 0;
	do_steps(&k, ACT(APPROVE));
	must(&k, ACT(APPROVE), NULL, CHIEF);
	do_steps(&k, ACT(START));
	must(&k, ACT(START), NULL, GUARDIAN);
	must(&k, ACT(FINISH), NULL, GUARDIAN);
	must(&k, ACT(ACCEPT), NULL, CHIEF);
	cr_assert_not(row_is_open(&k.row));
	must_not(&k, ACT(VOID), GUARDIAN, "STATE_FINAL", NULL);
	must(&k, ACT(CLOSE), NULL, CHIEF);
	cr_assert_str_eq(
	    row_state_text(LEDGER__KIND__PERMIT, k.row.state), "CLOSED");
	must_not(&k, ACT(CLOSE), CHIEF, "STATE_FINAL", NULL);
	must_not(&k, ACT(RESUME), GUARDIAN, "STATE_FINAL", NULL);
}

/* 4.16, 4.17: one that was voided is taken over by another, and names it. */
Test(permit_flow, voids_for_a_successor_only)
{
	struct walk k = {.random = 5, .now = WALK_T0};
	struct permit_form f;
	struct permit_event e = {
	    .msg = &f.m, .occurred_us = WALK_T0, .world = walk_calm};
	struct rule_verdict v;

	k.w = packs_version(packs, packs_id("height@2022.1"));
	walk_apply(&k, k.w->levels[0]->level);
	permit_form_fill(&f, k.w, ACT(VOID));
	f.m.successor = NULL;
	v = walk_try(&k, &e, GUARDIAN);
	cr_assert_str_eq(v.rule->code, "SUCCESSOR_MISSING");
	permit_form_fill(&f, k.w, ACT(VOID));
	e.world.chain = rule_get(RULE_SUCCESSOR_WRONG);
	v = walk_try(&k, &e, GUARDIAN);
	cr_assert_str_eq(v.rule->code, "SUCCESSOR_WRONG");
	e.world.chain = NULL;
	v = walk_try(&k, &e, GUARDIAN);
	cr_assert_not(v.refused);
	cr_assert_eq(k.row.state, ROW_VOIDED);
}

/* # a digit, @ a letter; and never one that a node could give itself. */
Test(permit_flow, knows_the_numbers_that_a_pack_asks_for)
{
	static const struct {
		const char *form;
		const char *number;
		bool fits;
	} rows[] = {
	    {NULL, "HW 17", true},
	    {NULL, "", false},
	    {"HW-####", "HW-0017", true},
	    {"HW-####", "HW-017", false},
	    {"HW-####", "HW-00171", false},
	    {"HW-####", "XW-0017", false},
	    {"@@-##", "ab-12", true},
	    {"@@-##", "a1-12", false},
	    {NULL, "20261130-ABCDEFGHJK", false},
	    {"########-@@@@@@@@@@", "20261130-ABCDEFGHJK", false},
	    {NULL, "20261130-ABCDEFGHJ", true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_assert_eq(permit_number_fits(rows[i].form, rows[i].number),
		    rows[i].fits, "%s", rows[i].number);
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
	struct walk k = {.random = 1, .now = WALK_T0};

	cr_assert_eq(packs_add(p, "edited", bytes_str(edited), &why), ERR_OK,
	    "%s", why.text);
	k.w = packs_work(p, "drilling", WALK_T0);
	walk_apply(&k, RECORD__PERMIT__LEVEL__UNLEVELLED);
	must(&k, ACT(STEP), "environment", OTHER);
	must(&k, ACT(STEP), "risk", OTHER);
	must(&k, ACT(STEP), "brief", OTHER);
	k.row.work.conditions = 0;
	must(&k, ACT(APPROVE), NULL, CHIEF);
	k.now = WALK_T0 + 240 * WALK_MIN + 1;
	must_not(&k, ACT(START), GUARDIAN, "STEP_TOO_OLD", "environment");
	k.now = WALK_T0 + 240 * WALK_MIN;
	must(&k, ACT(START), NULL, GUARDIAN);
	free(edited);
	packs_free(p);
}

/* What is missing, by which clause, and who can mend it; it shrinks. */
Test(permit_flow, says_all_that_is_missing_and_who_can_mend_it)
{
	struct walk k = {.random = 3, .now = WALK_T0};
	struct rule_gaps gaps;
	struct permit_event e = {.world = walk_calm};
	Record__Permit none = RECORD__PERMIT__INIT;

	k.w = packs_version(packs, packs_id("confined-space@2022.1"));
	walk_apply(&k, RECORD__PERMIT__LEVEL__UNLEVELLED);
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

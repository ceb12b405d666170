/* permit_whole_test.c - a whole permit of each kind under its newest pack. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/permit_said.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name
#define LEVEL(name) RECORD__PERMIT__LEVEL__##name
#define ALL SIZE_MAX

/* What a new plant begins with, at its gravest level. */
static const struct {
	const char *version;
	Record__Permit__Level level;
	size_t steps; /* signed from application to start */
	bool gas; /* sampled before approval, and after a stop */
} kinds[] = {
    {"hot-work@2022.3", LEVEL(SPECIAL), 10, true},
    {"confined-space@2022.2", LEVEL(UNLEVELLED), 7, true},
    {"blind-plate@2022.2", LEVEL(UNLEVELLED), 7, false},
    {"height@2022.2", LEVEL(LEVEL_4), 9, false},
    {"lifting@2022.2", LEVEL(LEVEL_1), 9, false},
    {"temporary-electricity@2022.2", LEVEL(UNLEVELLED), 7, true},
    {"excavation@2022.2", LEVEL(UNLEVELLED), 11, true},
    {"road-breaking@2022.2", LEVEL(UNLEVELLED), 9, false},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

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

TestSuite(permit_whole, .init = open_packs, .fini = close_packs);

static struct rule_verdict
try(struct walk *k, Record__Permit__Action action, const char *step,
    uint64_t who)
{
	struct said s;

	k->now += WALK_MIN;
	said_begin(&s, k, action);
	if (step != NULL)
		permit_form_step(&s.f, k->w, step);
	return walk_try(k, &s.e, who);
}

static bool
goes(struct walk *k, Record__Permit__Action action, uint64_t who)
{
	return !try(k, action, NULL, who).refused;
}

/* Steps that this action asks for, but the one left out; how many. */
static size_t
steps(struct walk *k, Record__Permit__Action before, size_t without)
{
	size_t n = 0;

	for (size_t i = 0; i < k->w->n_steps; i++) {
		const Pack__Step *s = k->w->steps[i];

		if (s->before != before || i == without ||
		    !packs_at_level(s->levels, s->n_levels,
		        (Record__Permit__Level)k->row.level))
			continue;
		/* The briefing is each worker's own to sign. */
		if (!try(k, ACT(STEP), s->name,
		        s->crew ? (uint64_t)WORKER : 0x100 + i)
		         .refused)
			n++;
	}
	return n;
}

/* Up to the start; `without` a step, and `gas` a sample.  Did it start? */
static bool
starts(struct walk *k, size_t at, size_t without, bool gas, size_t *signed_)
{
	*k = (struct walk){.random = 1,
	    .w = packs_version(packs, packs_id(kinds[at].version)),
	    .now = WALK_T0};
	cr_assert_not_null(k->w, "%s", kinds[at].version);
	struct permit_form f;
	struct permit_event e = {
	    .msg = &f.m, .occurred_us = k->now, .world = walk_calm};

	permit_form_fill(&f, k->w, ACT(APPLY));
	walk_plan(&f, k, kinds[at].level);
	f.m.explosive_area = f.m.hazardous_media = f.m.outdoor = true;
	f.m.contractor = true;
	cr_assert_not(walk_try(k, &e, OTHER).refused, "%s", kinds[at].version);
	*signed_ = steps(k, ACT(APPROVE), without);
	if (gas)
		said_sample(k, k->now);
	if (!goes(k, ACT(APPROVE), CHIEF))
		return false;
	*signed_ += steps(k, ACT(START), without);
	return goes(k, ACT(START), GUARDIAN);
}

/* From application to acceptance, stopped and resumed once. */
Test(permit_whole, goes_from_application_to_acceptance)
{
	for (size_t i = 0; i < KINDS; i++) {
		const char *name = kinds[i].version;
		struct walk k;
		size_t n;

		cr_assert(packs_version(packs, packs_id(name))->standby);
		cr_assert(starts(&k, i, ALL, true, &n), "%s", name);
		cr_expect_eq(n, kinds[i].steps, "%s: %zu steps", name, n);
		cr_assert_eq(k.row.state, ROW_IN_PROGRESS, "%s", name);
		cr_assert(goes(&k, ACT(SUSPEND), OTHER), "%s", name);
		cr_assert_eq(k.row.state, ROW_SUSPENDED, "%s", name);
		for (size_t s = 0; s < k.w->n_steps; s++) {
			const Pack__Step *p = k.w->steps[s];

			if (p->on_resume)
				cr_expect_not(
				    try(&k, ACT(STEP), p->name, 0x100 + s)
				        .refused,
				    "%s: %s", name, p->name);
		}
		if (kinds[i].gas) {
			cr_expect_not(
			    goes(&k, ACT(RESUME), GUARDIAN), "%s", name);
			said_sample(&k, k.now);
		}
		cr_assert(goes(&k, ACT(RESUME), GUARDIAN), "%s", name);
		cr_assert_eq(k.row.state, ROW_IN_PROGRESS, "%s", name);
		cr_assert(goes(&k, ACT(FINISH), GUARDIAN), "%s", name);
		cr_assert(goes(&k, ACT(ACCEPT), CHIEF), "%s", name);
		cr_assert_eq(k.row.state, ROW_ACCEPTED, "%s", name);
	}
}

/* No step of any kind can be left out, nor the sample where gas is. */
Test(permit_whole, does_not_start_without_one_of_its_steps)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct walk k;
		size_t n;

		(void)starts(&k, i, ALL, true, &n);
		for (size_t s = 0; s < k.w->n_steps; s++) {
			const Pack__Step *step = k.w->steps[s];
			bool asked = packs_at_level(
			    step->levels, step->n_levels, kinds[i].level);

			cr_expect_eq(starts(&k, i, s, true, &n), !asked,
			    "%s without %s", kinds[i].version, step->name);
		}
		cr_expect_eq(starts(&k, i, ALL, false, &n), !kinds[i].gas,
		    "%s without a sample", kinds[i].version);
	}
}

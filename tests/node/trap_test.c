/* trap_test.c - where permits go wrong in practice, each with its clause. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "node/packs_file.h"
#include "tests/support/permit_said.h"

#define MIN WALK_MIN
#define ACT(name) RECORD__PERMIT__ACTION__##name
#define LEVEL(name) RECORD__PERMIT__LEVEL__##name

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

TestSuite(trap, .init = open_packs, .fini = close_packs);

/* GB 30871-2022 5.3.1c: from the sample to the start, not to the approval. */
Test(trap, trap_01_a_sample_is_thirty_minutes_old_at_the_start_at_most)
{
	struct walk k = said_permit(packs, "hot-work@2022.2", LEVEL(LEVEL_1));
	const int64_t sampled = k.now;

	said_steps(&k, ACT(APPROVE));
	said_sample(&k, sampled);
	k.now = sampled + 31 * MIN;
	said_stops(&k, ACT(APPROVE), CHIEF, "GAS_TOO_OLD");
	k.now = sampled + 29 * MIN;
	said_goes(&k, ACT(APPROVE), CHIEF);
	said_steps(&k, ACT(START));
	k.now = sampled + 31 * MIN;
	said_stops(&k, ACT(START), GUARDIAN, "GAS_TOO_OLD");
	k.now = sampled + 30 * MIN;
	said_goes(&k, ACT(START), GUARDIAN);
}

/* 5.3.1d; AQ 3064.2-2025 A.4 code 04: 72 hours are not 72 hours of one test. */
Test(trap, trap_02_level_two_is_tested_on_each_of_its_days)
{
	struct walk k = {.random = 1,
	    .w = packs_version(packs, packs_id("hot-work@2022.2")),
	    .now = WALK_T0};
	/* WALK_T0 is 10:50 at the plant. */
	const int64_t midnight = WALK_T0 + (13 * 60 + 10) * MIN;
	struct said s;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, LEVEL(LEVEL_2));
	s.f.m.planned_to_at = k.now + 72 * 60 * MIN;
	said_ends(&s, &k, OTHER, NULL);
	said_steps(&k, ACT(APPROVE));
	said_sample(&k, k.now);
	said_goes(&k, ACT(APPROVE), CHIEF);
	said_steps(&k, ACT(START));
	said_goes(&k, ACT(START), GUARDIAN);
	k.now = midnight - 10 * MIN;
	said_goes(&k, ACT(SUSPEND), NOBODY);
	k.now = midnight - 1;
	said_sample(&k, k.now);
	k.now = midnight;
	said_stops(&k, ACT(RESUME), GUARDIAN, "DAILY_TEST");
	said_sample(&k, k.now);
	said_goes(&k, ACT(RESUME), GUARDIAN);
}

/* 6.10. */
Test(trap, trap_03_a_confined_space_is_over_after_a_day)
{
	struct walk k = {.random = 1,
	    .w = packs_version(packs, packs_id("confined-space@2022.1")),
	    .now = WALK_T0};
	struct said s;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, LEVEL(UNLEVELLED));
	s.f.m.planned_to_at = k.now + (24 * 60 + 1) * MIN;
	said_ends(&s, &k, OTHER, "WINDOW_TOO_LONG");
	s.f.m.planned_to_at = k.now + 24 * 60 * MIN;
	said_ends(&s, &k, OTHER, NULL);
}

/* 7.11; code 20. */
Test(trap, trap_04_to_put_and_to_remove_a_blind_are_two_permits)
{
	struct walk k = {.random = 1,
	    .w = packs_version(packs, packs_id("blind-plate@2022.1")),
	    .now = WALK_T0};
	struct said s;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, LEVEL(UNLEVELLED));
	s.f.blind.operation = RECORD__BLIND_FORM__OPERATION__BOTH;
	said_ends(&s, &k, OTHER, "ONE_BLIND");
	s.f.blind.operation = RECORD__BLIND_FORM__OPERATION__REMOVE;
	said_ends(&s, &k, OTHER, NULL);
}

/* 4.10f: who must leave takes the permit back, and work stops; only the one
 * who is named goes on with it. */
Test(trap, trap_07_work_stops_when_its_guardian_leaves)
{
	struct walk k = said_started(packs, "hot-work@2022.2", LEVEL(LEVEL_1));
	struct said s;

	said_begin(&s, &k, ACT(SUSPEND));
	said_ends(&s, &k, GUARDIAN, NULL);
	cr_assert_eq(k.row.state, ROW_SUSPENDED);
	said_sample(&k, ++k.now);
	said_stops(&k, ACT(RESUME), OTHER, "NOT_NAMED");
	said_goes(&k, ACT(RESUME), GUARDIAN);
}

/* 8.1.2, annex B.1 note 2: any of nine factors makes it a level graver, and
 * somebody else approves. */
Test(trap, trap_09_a_factor_raises_the_level_of_height)
{
	struct walk k = {.random = 1,
	    .w = packs_version(packs, packs_id("height@2022.1")),
	    .now = WALK_T0};
	struct said s;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, LEVEL(LEVEL_1));
	s.f.height.height_m = 4.9;
	s.f.height.factors = true;
	said_ends(&s, &k, OTHER, "LEVEL_TOO_LOW");
	s.f.m.level = s.f.m.base_level = LEVEL(LEVEL_2);
	said_ends(&s, &k, OTHER, NULL);
	cr_assert_str_neq(
	    packs_right(k.w, ACT(APPROVE), LEVEL(LEVEL_1))->roles[0],
	    packs_right(k.w, ACT(APPROVE), LEVEL(LEVEL_2))->roles[0]);
}

/* Annex B.1 note 3 lets a site waive the permit of less than 10 t, never the
 * risk analysis: the pack waives nothing. */
Test(trap, trap_10_a_light_load_is_analysed_like_a_heavy_one)
{
	struct walk k = {.random = 1,
	    .w = packs_version(packs, packs_id("lifting@2022.1")),
	    .now = WALK_T0};
	struct said s;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, LEVEL(LEVEL_3));
	s.f.lift.mass_t = 9.9;
	said_ends(&s, &k, OTHER, NULL);
	said_stops(&k, ACT(APPROVE), CHIEF, "STEP_MISSING");
	said_stops(&k, ACT(START), GUARDIAN, "STATE_FORBIDS");
}

/* 5.3.1d, 6.3f: thirty minutes in levels special and one, sixty in level two
 * and in confined spaces; AQ 3064.2-2025 5.8.4 wants a test in any case. */
Test(trap, trap_06_how_long_a_break_may_be_differs_by_level)
{
	static const struct {
		const char *version;
		Record__Permit__Level level;
		uint32_t minutes;
	} cases[] = {
	    {"hot-work@2022.2", LEVEL(SPECIAL), 30},
	    {"hot-work@2022.2", LEVEL(LEVEL_1), 30},
	    {"hot-work@2022.2", LEVEL(LEVEL_2), 60},
	    {"confined-space@2022.1", LEVEL(UNLEVELLED), 60},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const Pack__Work *w =
		    packs_version(packs, packs_id(cases[i].version));

		cr_assert_eq(packs_level(w, cases[i].level)->break_minutes,
		    cases[i].minutes);
	}
}

/* permit_limit_test.c - each limit of the standard: below it, at it, above. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "node/packs_file.h"
#include "tests/support/permit_said.h"

#define MIN WALK_MIN
#define ACT(name) RECORD__PERMIT__ACTION__##name
#define L1 RECORD__PERMIT__LEVEL__LEVEL_1
#define L2 RECORD__PERMIT__LEVEL__LEVEL_2
#define L3 RECORD__PERMIT__LEVEL__LEVEL_3
#define L4 RECORD__PERMIT__LEVEL__LEVEL_4
#define SP RECORD__PERMIT__LEVEL__SPECIAL
#define NONE RECORD__PERMIT__LEVEL__UNLEVELLED

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

TestSuite(permit_limit, .init = open_packs, .fini = close_packs);

static struct walk
nothing_yet(const char *version)
{
	struct walk k = {.random = 1,
	    .w = packs_version(packs, packs_id(version)),
	    .now = WALK_T0};

	cr_assert_not_null(k.w, "%s", version);
	return k;
}

/* ---- 8.1.1, 8.1.3, 9.1: the level that a height or a mass asks for ---- */

struct measured {
	const char *version;
	double value;
	bool factors; /* 8.1.2: any of the nine */
	Record__Permit__Level level; /* NONE: no permit of this work */
};

static void
apply_measured(const struct measured *m, Record__Permit__Level level)
{
	struct walk k = nothing_yet(m->version);
	struct said s;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, level);
	s.f.height.height_m = m->value;
	s.f.height.factors = m->factors;
	s.f.lift.mass_t = m->value;
	said_ends(&s, &k, OTHER,
	    level == m->level      ? NULL
	        : m->level == NONE ? "FORM_INCOMPLETE"
	                           : "LEVEL_TOO_LOW");
}

Test(permit_limit, height_and_mass_ask_for_their_level_and_no_other)
{
	static const struct measured rows[] = {
	    {"height@2022.1", 1.99, false, NONE},
	    {"height@2022.1", 2, false, L1},
	    {"height@2022.1", 4.99, false, L1},
	    {"height@2022.1", 5, false, L1},
	    {"height@2022.1", 5.01, false, L2},
	    {"height@2022.1", 14.99, false, L2},
	    {"height@2022.1", 15, false, L2},
	    {"height@2022.1", 15.01, false, L3},
	    {"height@2022.1", 29.99, false, L3},
	    {"height@2022.1", 30, false, L3},
	    {"height@2022.1", 30.01, false, L4},
	    {"height@2022.1", 1.99, true, NONE},
	    {"height@2022.1", 2, true, L2},
	    {"height@2022.1", 5, true, L2},
	    {"height@2022.1", 5.01, true, L3},
	    {"height@2022.1", 15, true, L3},
	    {"height@2022.1", 15.01, true, L4},
	    {"height@2022.1", 30, true, L4},
	    {"height@2022.1", 30.01, true, L4},
	    {"lifting@2022.1", 9.99, false, L3}, /* annex B.1 note 3 */
	    {"lifting@2022.1", 10, false, L3},
	    {"lifting@2022.1", 39.99, false, L3},
	    {"lifting@2022.1", 40, false, L2},
	    {"lifting@2022.1", 40.01, false, L2},
	    {"lifting@2022.1", 99.99, false, L2},
	    {"lifting@2022.1", 100, false, L2},
	    {"lifting@2022.1", 100.01, false, L1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const Pack__Work *w =
		    packs_version(packs, packs_id(rows[i].version));

		for (size_t n = 0; n < w->n_levels; n++)
			apply_measured(&rows[i], w->levels[n]->level);
	}
}

/* ---- 5.1.5, 6.10, 8.2.11, 10.8: how long a permit may be valid ---- */

Test(permit_limit, validity_to_the_minute)
{
	static const struct {
		const char *version;
		Record__Permit__Level level;
		int64_t minutes;
	} rows[] = {
	    {"hot-work@2022.2", SP, 8 * 60},
	    {"hot-work@2022.2", L1, 8 * 60},
	    {"hot-work@2022.2", L2, 72 * 60},
	    {"confined-space@2022.1", NONE, 24 * 60},
	    {"height@2022.1", L1, 7 * 1440},
	    {"height@2022.1", L2, 7 * 1440},
	    {"height@2022.1", L3, 7 * 1440},
	    {"height@2022.1", L4, 7 * 1440},
	    {"temporary-electricity@2022.1", NONE, 15 * 1440},
	    /* the standard states none: the company's */
	    {"blind-plate@2022.1", NONE, 1440},
	    {"lifting@2022.1", L1, 1440},
	    {"lifting@2022.1", L2, 1440},
	    {"lifting@2022.1", L3, 1440},
	    {"excavation@2022.1", NONE, 7 * 1440},
	    {"road-breaking@2022.1", NONE, 7 * 1440},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (int64_t more = -1; more <= 1; more++) {
			struct walk k = nothing_yet(rows[i].version);
			struct said s;

			said_begin(&s, &k, ACT(APPLY));
			walk_plan(&s.f, &k, rows[i].level);
			s.f.m.planned_to_at =
			    k.now + (rows[i].minutes + more) * MIN;
			said_ends(&s, &k, OTHER,
			    more == 1 ? "WINDOW_TOO_LONG" : NULL);
		}
	}
}

/* 4.16: and work under it begins before its end, or at it. */
Test(permit_limit, no_work_begins_after_the_end_of_its_permit)
{
	for (int64_t more = -1; more <= 1; more++) {
		struct walk k = said_approved(packs, "height@2022.1", L1);

		k.now = k.row.to_us + more;
		said_stops(&k, ACT(START), GUARDIAN,
		    more == 1 ? "PERMIT_EXPIRED" : NULL);
	}
}

/* ---- 5.3.1, 6.3, 10.1, 11.10: samples and breaks ---- */

static const struct tested {
	const char *version;
	Record__Permit__Level level;
	int64_t break_minutes;
} tested[] = {
    {"hot-work@2022.2", SP, 30}, {"hot-work@2022.2", L1, 30},
    {"hot-work@2022.2", L2, 60}, {"confined-space@2022.1", NONE, 60},
    {"temporary-electricity@2022.1", NONE, 30}, /* AQ 3064.2-2025 5.4.3 */
    {"excavation@2022.1", NONE, 60}, /* 11.10, 6.3f */
};
#define TESTED (sizeof tested / sizeof tested[0])

/* An application that says of its area what wants a test. */
static struct walk
applied(const struct tested *t)
{
	struct walk k = nothing_yet(t->version);
	struct said s;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, t->level);
	s.f.m.explosive_area = s.f.m.hazardous_media = true;
	said_ends(&s, &k, OTHER, NULL);
	said_steps(&k, ACT(APPROVE));
	return k;
}

static struct walk
issued(const struct tested *t)
{
	struct walk k = applied(t);

	said_sample(&k, k.now);
	said_goes(&k, ACT(APPROVE), CHIEF);
	said_steps(&k, ACT(START));
	return k;
}

Test(
    permit_limit, a_sample_holds_thirty_minutes_in_every_work_that_asks_for_one)
{
	static const int64_t us[] = {
	    29 * MIN, 30 * MIN, 30 * MIN + 1, 31 * MIN};

	for (size_t i = 0; i < TESTED; i++) {
		for (size_t n = 0; n < 4; n++) {
			const char *code = n > 1 ? "GAS_TOO_OLD" : NULL;
			struct walk k = applied(&tested[i]);

			said_stops(&k, ACT(APPROVE), CHIEF, "GAS_MISSING");
			said_sample(&k, k.now);
			k.now += us[n];
			said_stops(&k, ACT(APPROVE), CHIEF, code);
			k = issued(&tested[i]);
			k.now += us[n];
			said_stops(&k, ACT(START), GUARDIAN, code);
		}
	}
}

/* Where no test after every stop is asked for (AQ 3064.2-2025 5.8.4). */
Test(permit_limit, a_break_is_too_long_by_a_microsecond)
{
	for (size_t i = 0; i < TESTED; i++) {
		for (int64_t more = -1; more <= 1; more++) {
			struct walk k = issued(&tested[i]);
			Pack__Work w = *k.w;

			w.resume_test = false;
			k.w = &w;
			said_goes(&k, ACT(START), GUARDIAN);
			said_goes(&k, ACT(SUSPEND), NOBODY);
			k.now += tested[i].break_minutes * MIN + more;
			said_stops(&k, ACT(RESUME), GUARDIAN,
			    more == 1 ? "BREAK_TOO_LONG" : NULL);
		}
	}
}

/* ---- 5.3.2, 5.2.7, 6.4, 11.10: what may be in the air ---- */

struct read {
	const char *version;
	const char *gas;
	double value;
	double lel; /* 0: not a combustible one */
	enum permit_gas want;
};

static enum permit_gas
judge(const struct read *r)
{
	static const struct {
		const char *gas;
		const char *unit;
		double value;
		double lel;
	} air[] = {{"methane", "%vol", 0, 5}, {"oxygen", "%vol", 20.9, 0},
	    {"hydrogen-sulfide", "mg/m3", 0, 0},
	    {"carbon-monoxide", "mg/m3", 0, 0}};
	Record__GasReading g[5];
	Record__GasReading *list[5];
	char text[5][2][20];
	size_t n = 0;

	for (size_t i = 0; i < 5; i++) {
		const bool asked = i == 4;
		const size_t of = asked ? 0 : i;
		const char *name = asked ? r->gas : air[i].gas;

		/* The one that is asked about, in good air. */
		if (!asked && strcmp(name, r->gas) == 0)
			continue;
		record__gas_reading__init(&g[n]);
		(void)snprintf(text[n][0], 20, "%s", name);
		(void)snprintf(text[n][1], 20, "%s",
		    asked && r->lel == 0 && strcmp(name, "oxygen") != 0
		        ? "mg/m3"
		        : air[of].unit);
		g[n].gas = text[n][0];
		g[n].unit = text[n][1];
		g[n].has_value = true;
		g[n].value = asked ? r->value : air[i].value;
		g[n].lel = asked ? r->lel : air[i].lel;
		g[n].has_lel = g[n].lel > 0;
		list[n] = &g[n];
		n++;
	}
	return permit_judge(
	    packs_version(packs, packs_id(r->version)), list, n);
}

#define OK PERMIT_GAS_OK
#define OVER PERMIT_GAS_OVER

Test(permit_limit, gases_by_work_and_substance)
{
	static const struct read rows[] = {
	    /* every work that asks for a test, both classes of 5.3.2 */
	    {"hot-work@2022.2", "propane", 0.19, 3.99, OK},
	    {"hot-work@2022.2", "propane", 0.2, 3.99, OK},
	    {"hot-work@2022.2", "propane", 0.21, 3.99, OVER},
	    {"hot-work@2022.2", "hydrogen", 0.49, 4, OK},
	    {"hot-work@2022.2", "hydrogen", 0.5, 4, OK},
	    {"hot-work@2022.2", "hydrogen", 0.51, 4, OVER},
	    {"hot-work@2022.2", "hydrogen", 0.5, 4.01, OK},
	    {"hot-work@2022.2", "hydrogen", 0.51, 4.01, OVER},
	    {"confined-space@2022.1", "propane", 0.2, 3.99, OK},
	    {"confined-space@2022.1", "propane", 0.21, 3.99, OVER},
	    {"confined-space@2022.1", "hydrogen", 0.5, 4, OK},
	    {"confined-space@2022.1", "hydrogen", 0.51, 4, OVER},
	    {"temporary-electricity@2022.1", "propane", 0.2, 3.99, OK},
	    {"temporary-electricity@2022.1", "propane", 0.21, 3.99, OVER},
	    {"temporary-electricity@2022.1", "hydrogen", 0.5, 4, OK},
	    {"temporary-electricity@2022.1", "hydrogen", 0.51, 4, OVER},
	    {"excavation@2022.1", "propane", 0.2, 3.99, OK},
	    {"excavation@2022.1", "propane", 0.21, 3.99, OVER},
	    {"excavation@2022.1", "hydrogen", 0.5, 4, OK},
	    {"excavation@2022.1", "hydrogen", 0.51, 4, OVER},
	    {"hot-work@2022.2", "oxygen", 23.4, 0, OK},
	    {"hot-work@2022.2", "oxygen", 23.5, 0, OK},
	    {"hot-work@2022.2", "oxygen", 23.6, 0, OVER},
	    {"confined-space@2022.1", "oxygen", 19.4, 0, OVER},
	    {"confined-space@2022.1", "oxygen", 19.5, 0, OK},
	    {"confined-space@2022.1", "oxygen", 19.6, 0, OK},
	    {"confined-space@2022.1", "oxygen", 20.9, 0, OK},
	    {"confined-space@2022.1", "oxygen", 21, 0, OK},
	    {"confined-space@2022.1", "oxygen", 21.1, 0, OVER},
	    {"confined-space@2022.1", "hydrogen-sulfide", 9.9, 0, OK},
	    {"confined-space@2022.1", "hydrogen-sulfide", 10, 0, OK},
	    {"confined-space@2022.1", "hydrogen-sulfide", 10.1, 0, OVER},
	    {"confined-space@2022.1", "carbon-monoxide", 19.9, 0, OK},
	    {"confined-space@2022.1", "carbon-monoxide", 20, 0, OK},
	    {"confined-space@2022.1", "carbon-monoxide", 20.1, 0, OVER},
	    {"excavation@2022.1", "oxygen", 19.4, 0, OVER},
	    {"excavation@2022.1", "oxygen", 19.5, 0, OK},
	    {"excavation@2022.1", "oxygen", 21, 0, OK},
	    {"excavation@2022.1", "oxygen", 21.1, 0, OVER},
	    {"excavation@2022.1", "hydrogen-sulfide", 10, 0, OK},
	    {"excavation@2022.1", "hydrogen-sulfide", 10.1, 0, OVER},
	    {"excavation@2022.1", "carbon-monoxide", 20, 0, OK},
	    {"excavation@2022.1", "carbon-monoxide", 20.1, 0, OVER},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_assert_eq(judge(&rows[i]), rows[i].want, "%s: %s %g",
		    rows[i].version, rows[i].gas, rows[i].value);
}

/* ---- 4.11a: on site, as exactly as the company asks (30 m) ---- */

Test(permit_limit, a_position_no_worse_than_thirty_metres)
{
	for (int more = -1; more <= 1; more++) {
		struct walk k = said_permit(packs, "height@2022.1", L1);
		struct said s;

		said_steps(&k, ACT(APPROVE));
		said_sample(&k, k.now);
		said_begin(&s, &k, ACT(APPROVE));
		s.f.m.accuracy_m = 30 + 0.1 * more;
		said_ends(&s, &k, CHIEF, more == 1 ? "POSITION_MISSING" : NULL);
	}
}

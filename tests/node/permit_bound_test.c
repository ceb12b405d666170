/* permit_bound_test.c - stated facts and weather, clause by clause. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "node/domain/permit_guard.h"
#include "node/packs_file.h"
#include "tests/support/permit_form.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name
#define OK NULL

static struct packs *packs;

static void
open_packs(void)
{
	cr_assert_eq(packs_open(&packs, NULL, NULL), ERR_OK);
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(permit_bound, .init = open_packs, .fini = close_packs);

/* The clause that refuses what the form says at this action; NULL: none. */
static const char *
clause_of(const char *pack, struct permit_form *f, unsigned conditions)
{
	struct row r = {.kind = LEDGER__KIND__PERMIT,
	    .work = {.conditions = (uint8_t)conditions}};
	struct permit_event e = {.row = &r,
	    .pack = packs_version(packs, packs_id(pack)),
	    .msg = &f->m};
	struct rule_gaps gaps = {.len = 0};
	const struct permit_guard g = {
	    .e = &e, .action = f->m.action, .signing = true, .gaps = &gaps};

	permit_guard_bounds(&g);
	return gaps.len > 0 ? gaps.at[0].clause : NULL;
}

static void
same(const char *is, const char *must)
{
	if (must == NULL)
		cr_assert_null(is, "%s", is);
	else
		cr_assert_str_eq(is != NULL ? is : "nothing", must);
}

static struct permit_form form;

static struct permit_form *
filled(const char *pack, Record__Permit__Action action)
{
	permit_form_fill(&form, packs_version(packs, packs_id(pack)), action);
	return &form;
}

/* 5.2.13: to the edge and beyond; what nobody states is not judged here. */
Test(permit_bound, gas_bottles_of_hot_work)
{
	static const char hot[] = "hot-work@2022.2";
	static const char clause[] = "GB 30871-2022 5.2.13";
	struct permit_form *f = filled(hot, ACT(START));

	same(clause_of(hot, f, 0), OK);
	f->hot.has_bottles_apart_m = true;
	f->hot.bottles_apart_m = 5;
	same(clause_of(hot, f, 0), OK);
	f->hot.bottles_apart_m = 4.9;
	same(clause_of(hot, f, 0), clause);
	f->hot.bottles_apart_m = 6;
	f->hot.has_bottles_from_fire_m = true;
	f->hot.bottles_from_fire_m = 10;
	same(clause_of(hot, f, 0), OK);
	f->hot.bottles_from_fire_m = 9.9;
	same(clause_of(hot, f, 0), clause);
	f->hot.bottles_from_fire_m = 10;
	f->hot.has_acetylene_upright = true;
	same(clause_of(hot, f, 0), clause);
	f->hot.acetylene_upright = true;
	same(clause_of(hot, f, 0), OK);
}

/* 5.2.12 */
Test(permit_bound, welding_machine_of_hot_work)
{
	static const char hot[] = "hot-work@2022.2";
	struct permit_form *f = filled(hot, ACT(APPLY));

	f->hot.has_machine_from_fire_m = true;
	f->hot.machine_from_fire_m = 10;
	same(clause_of(hot, f, 0), OK);
	f->hot.machine_from_fire_m = 10.1;
	same(clause_of(hot, f, 0), "GB 30871-2022 5.2.12");
}

/* 9.2.10c: 80 % of the rating, where two cranes lift one load. */
Test(permit_bound, cranes_that_share_a_load)
{
	static const char lift[] = "lifting@2022.1";
	static const char clause[] = "GB 30871-2022 9.2.10c";
	struct permit_form *f = filled(lift, ACT(APPLY));

	f->lift.cranes = 1;
	f->lift.has_share = true;
	f->lift.share = 0.95;
	same(clause_of(lift, f, 0), OK);
	f->lift.cranes = 2;
	same(clause_of(lift, f, 0), clause);
	f->lift.share = 0.8;
	same(clause_of(lift, f, 0), OK);
	f->lift.has_share = false;
	same(clause_of(lift, f, 0), clause);
}

/* 8.2.8: one barrier, two above 24 m. */
Test(permit_bound, barriers_where_work_at_height_crosses)
{
	static const char high[] = "height@2022.1";
	static const char clause[] = "GB 30871-2022 8.2.8";
	struct permit_form *f = filled(high, ACT(START));

	same(clause_of(high, f, 0), OK);
	f->height.has_crossing_m = true;
	f->height.crossing_m = 24;
	same(clause_of(high, f, 0), clause);
	f->height.has_barriers = true;
	f->height.barriers = 1;
	same(clause_of(high, f, 0), OK);
	f->height.crossing_m = 24.1;
	same(clause_of(high, f, 0), clause);
	f->height.barriers = 2;
	same(clause_of(high, f, 0), OK);
	f->height.crossing_m = 0;
	f->height.barriers = 0;
	same(clause_of(high, f, 0), OK);
}

/* 8.2.6, 9.2.4: outdoors, at the start and at every resumption; not said is not
 * good. */
Test(permit_bound, weather_outdoors)
{
	static const struct {
		const char *pack;
		bool fog, rain, snow;
		const char *clause;
	} rows[] = {
	    {"height@2022.1", false, false, false, NULL},
	    {"height@2022.1", true, false, false, "GB 30871-2022 8.2.6"},
	    {"height@2022.1", false, true, true, NULL},
	    {"lifting@2022.1", false, false, false, NULL},
	    {"lifting@2022.1", true, false, false, "GB 30871-2022 9.2.4"},
	    {"lifting@2022.1", false, true, false, "GB 30871-2022 9.2.4"},
	    {"lifting@2022.1", false, false, true, "GB 30871-2022 9.2.4"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct permit_form *f =
		    filled(rows[i].pack, i % 2 ? ACT(START) : ACT(RESUME));

		f->weather.fog = rows[i].fog;
		f->weather.heavy_rain = rows[i].rain;
		f->weather.heavy_snow = rows[i].snow;
		same(clause_of(rows[i].pack, f, PACKS_OUTDOOR), rows[i].clause);
		same(clause_of(rows[i].pack, f, 0), OK);
		f->m.weather = NULL;
		cr_assert_not_null(clause_of(rows[i].pack, f, PACKS_OUTDOOR));
		same(clause_of(rows[i].pack, f, 0), OK);
	}
}

/* 5.2.15, 8.2.6, 9.2.4: below this grade, outdoors. */
Test(permit_bound, wind_outdoors)
{
	static const struct {
		const char *pack;
		uint32_t below;
	} rows[] = {{"hot-work@2022.2", 5}, {"height@2022.1", 5},
	    {"lifting@2022.1", 6}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct permit_form *f = filled(rows[i].pack, ACT(START));
		struct row r = {.work = {.conditions = PACKS_OUTDOOR}};
		struct permit_event e = {.row = &r,
		    .pack = packs_version(packs, packs_id(rows[i].pack)),
		    .msg = &f->m,
		    .world = {.days_known = true}};

		for (uint32_t wind = 0; wind < 13; wind++) {
			struct rule_gaps gaps = {.len = 0};
			const struct permit_guard g = {.e = &e,
			    .action = ACT(START),
			    .signing = true,
			    .gaps = &gaps};

			f->m.wind_grade = wind;
			permit_guard_world(&g);
			cr_assert_eq(gaps.len, wind >= rows[i].below ? 1u : 0u,
			    "%s at %u", rows[i].pack, wind);
		}
	}
}

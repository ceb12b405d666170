/* gate_k_test.c - an item leaves as fine as enough companies allow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/gate_k.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/packs_force.h"
#include "node/domain/release_pack.h"
#include "node/packs_file.h"
#include "proto/mem.h"
#include "tests/support/circle.h"

#define NOW INT64_C(1795315800000000) /* 2026-11-22 */

static struct packs *packs;
static const Pack__Release *policy;
static struct circle circle;
static struct gate_member member[CIRCLE_MAX];

static void
open_packs(void)
{
	cr_assert_eq(packs_open(&packs, NULL, NULL), ERR_OK);
	policy = packs_release(packs, NOW);
	cr_assert_not_null(policy);
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(gate_k, .init = open_packs, .fini = close_packs);

/* The alliance with profiles by `line`; m0 is the source. */
static struct gate_alliance
alliance(size_t n, const char *(*line)(size_t))
{
	static char text[CIRCLE_TEXT];
	const Pack__Profiles *p;
	struct err_why why = {.text = ""};

	close_packs();
	open_packs();
	circle_make(&circle, n);
	circle_profiles(&circle, "t1", line, text);
	cr_assert_eq(packs_add(packs, "x", bytes_str(text), &why), ERR_OK, "%s",
	    why.text);
	p = packs_profiles(packs, NOW);
	for (size_t i = 0; i < n; i++)
		member[i] = (struct gate_member){circle.name[i],
		    circle.company[i], release_pack_profile(p, circle.name[i])};
	return (struct gate_alliance){
	    .at = member, .len = n, .self = circle.name[0]};
}

static Record__Intel *
item(const char *industry, const char *region, const char *substance)
{
	Record__Intel *m = mem_alloc(1, sizeof *m);

	record__intel__init(m);
	m->industry = industry != NULL ? mem_strdup(industry) : NULL;
	m->region = region != NULL ? mem_strdup(region) : NULL;
	m->substance = substance != NULL ? mem_strdup(substance) : NULL;
	return m;
}

static enum gate_k_why
pass(const struct gate_alliance *a, Record__Intel *m, struct gate_k *k)
{
	enum gate_dim dim;

	return gate_k(policy, a, NOW, m, k, &dim);
}

/* ---- companies, not rows ---- */

static const char *
all_alike(size_t i)
{
	(void)i;
	return "industries: [C2614], regions: [宁夏], "
	       "substances: [chlorine], equipment: [pump]";
}

Test(gate_k, wants_five_companies_beside_the_reader)
{
	struct gate_alliance a = alliance(5, all_alike);
	Record__Intel *m = item("C26", "宁夏", "7782-50-5");
	struct gate_k k;

	cr_assert_eq(pass(&a, m, &k), GATE_K_FEW);
	cr_assert_eq(k.companies, 5);
	cr_assert_eq(k.k, 4);
	a = alliance(6, all_alike);
	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_eq(k.k, 5);
	cr_assert_str_eq(m->industry, "C26");
	cr_assert_str_eq(m->region, "宁夏");
	cr_assert_str_eq(m->substance, "7782-50-5");
	cr_assert_str_eq(m->period, "2026-11");
	gate_k_clear(&k);
	/* Twenty plants of one owner are one company. */
	a = alliance(26, all_alike);
	for (size_t i = 5; i < 26; i++)
		member[i].owner = "co0";
	cr_assert_eq(pass(&a, m, &k), GATE_K_FEW);
	cr_assert_eq(k.companies, 5);
	record__intel__free_unpacked(m, NULL);
}

static const char *
who_has_no_profile(size_t i)
{
	return i < 4 ? all_alike(i) : "owner: somebody";
}

Test(gate_k, counts_nobody_of_whom_nothing_is_known)
{
	struct gate_alliance a = alliance(12, who_has_no_profile);
	Record__Intel *m = item("C26", NULL, NULL);
	struct gate_k k;

	/* All could be the source of an item that says nothing at all. */
	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_null(m->industry);
	gate_k_clear(&k);
	for (size_t i = 4; i < 12; i++)
		member[i].profile = NULL;
	cr_assert_eq(pass(&a, m, &k), GATE_K_FEW);
	member[0].profile = NULL;
	cr_assert_eq(pass(&a, m, &k), GATE_K_UNKNOWN_SELF);
	record__intel__free_unpacked(m, NULL);
}

Test(gate_k, holds_what_the_own_profile_does_not_cover)
{
	struct gate_alliance a = alliance(12, all_alike);
	Record__Intel *m = item("C26", "宁夏", "75-44-5");
	enum gate_dim dim = 0;
	struct gate_k k;

	cr_assert_eq(gate_k(policy, &a, NOW, m, &k, &dim), GATE_K_NOT_OURS);
	cr_assert_eq(dim, GATE_SUBSTANCE);
	record__intel__free_unpacked(m, NULL);
}

Test(gate_k, says_nothing_finer_than_the_policy_lets_any_item_be)
{
	struct gate_alliance a = alliance(12, all_alike);
	Record__Intel *m = item("C2614", NULL, NULL);
	struct gate_k k;

	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_str_eq(m->industry, "C26", "all twelve are of C2614");
	gate_k_clear(&k);
	record__intel__free_unpacked(m, NULL);
}

/* ---- step by step ---- */

/* 8 with chlorine, 6 with other toxic gases, two of them each, 8 with benzene;
 * half in Ningxia, the rest over the east. */
static const char *
mixed(size_t i)
{
	static const char *const substance[] = {
	    "7782-50-5", "7664-41-7", "75-44-5", "7664-39-3", "71-43-2"};
	static const char *const region[] = {
	    "宁夏", "江苏", "浙江", "山东", "安徽"};
	static char out[160];
	size_t s = i < 8 ? 0 : i < 14 ? 1 + (i - 8) / 2 : 4;

	(void)snprintf(out, sizeof out,
	    "industries: [C26], regions: [%s], substances: [%s], "
	    "equipment: [vessel]",
	    region[i % 2 == 0 ? 0 : 1 + i / 2 % 4], substance[s]);
	return out;
}

Test(gate_k, goes_from_number_to_class_and_from_province_to_ring)
{
	struct gate_alliance a = alliance(22, mixed);
	Record__Intel *m = item("C26", "宁夏", "7782-50-5");
	struct gate_k k;

	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_str_eq(m->substance, "7782-50-5");
	cr_assert_geq(k.k, 5);
	cr_assert_null(m->region, "8 with chlorine, 4 of them in Ningxia");
	cr_assert_str_eq(k.at[GATE_REGION].level, "withheld");
	gate_k_clear(&k);
	record__intel__free_unpacked(m, NULL);
	/* Phosgene is at two: with ammonia and fluoride they are six. */
	a.self = circle.name[10];
	m = item("C26", NULL, "75-44-5");
	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_str_eq(m->substance, "toxic-gas/other");
	cr_assert_eq(k.companies, 6);
	gate_k_clear(&k);
	record__intel__free_unpacked(m, NULL);
}

/* That it stayed coarse says nothing: whoever of the companies named had sent
 * what is like it would have sent these very words. */
Test(gate_k, gives_all_that_it_names_the_same_words)
{
	for (size_t who = 0; who < 22; who++) {
		struct gate_alliance a = alliance(22, mixed);
		const Pack__Profile *p = member[who].profile;
		Record__Intel *m =
		    item(p->industries[0], p->regions[0], p->substances[0]);
		struct gate_k k;
		size_t same = 0;

		a.self = circle.name[who];
		cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
		for (size_t i = 0; i < 22; i++) {
			const Pack__Profile *q = member[i].profile;
			Record__Intel *o = item(
			    q->industries[0], q->regions[0], q->substances[0]);
			struct gate_k other;

			a.self = circle.name[i];
			cr_assert_eq(pass(&a, o, &other), GATE_K_PASSES);
			same += strcmp(k.at[GATE_SUBSTANCE].value,
			            other.at[GATE_SUBSTANCE].value) == 0 &&
			    strcmp(k.at[GATE_REGION].value,
			        other.at[GATE_REGION].value) == 0 &&
			    strcmp(k.at[GATE_INDUSTRY].value,
			        other.at[GATE_INDUSTRY].value) == 0;
			gate_k_clear(&other);
			record__intel__free_unpacked(o, NULL);
		}
		cr_assert_eq(
		    same, k.companies, "%zu of %zu", same, k.companies);
		cr_assert_geq(same, 6);
		gate_k_clear(&k);
		record__intel__free_unpacked(m, NULL);
	}
}

Test(gate_k, counts_only_what_earlier_items_left)
{
	struct gate_alliance a = alliance(12, all_alike);
	char co[7][8];
	char *only[7];
	Record__Intel *m = item("C26", NULL, NULL);
	struct gate_k k;

	for (size_t i = 0; i < 7; i++) {
		(void)snprintf(co[i], sizeof co[i], "co%zu", i);
		only[i] = co[i];
	}
	a.only = only;
	a.only_len = 7;
	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_eq(k.companies, 7);
	gate_k_clear(&k);
	a.only_len = 5;
	cr_assert_eq(pass(&a, m, &k), GATE_K_FEW);
	/* Without the source itself. */
	a.only = only + 1;
	a.only_len = 6;
	cr_assert_eq(pass(&a, m, &k), GATE_K_UNKNOWN_SELF);
	record__intel__free_unpacked(m, NULL);
}

Test(gate_k, wants_three_beside_the_reader_whatever_the_policy_says)
{
	struct gate_alliance a = alliance(3, all_alike);
	Record__Intel *m = item("C26", NULL, NULL);
	Pack__Release loose = *policy;
	enum gate_dim dim;
	struct gate_k k;

	loose.has_k = true;
	loose.k = 1;
	cr_assert_eq(gate_k(&loose, &a, NOW, m, &k, &dim), GATE_K_FEW);
	cr_assert_eq(k.needed, GATE_K_LEAST);
	record__intel__free_unpacked(m, NULL);
}

/* Three of nine say the family alone: they could have any class of it, which is
 * too few for a class that nobody else names. */
static const char *
some_say_less(size_t i)
{
	return i < 3 ? "equipment: [static]"
	    : i < 6  ? "equipment: [vessel]"
	    : i < 12 ? "equipment: [tank]"
	             : "equipment: [static]";
}

Test(gate_k, lets_who_says_less_hide_in_every_part)
{
	struct gate_alliance a = alliance(12, some_say_less);
	Record__Intel *m = item(NULL, NULL, NULL);
	struct gate_k k;

	/* Vessel: three say so, and three may; a hose: those three, with them.
	 */
	m->equipment = mem_strdup("hose");
	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_str_eq(m->equipment, "static/other");
	cr_assert_eq(k.companies, 6);
	gate_k_clear(&k);
	/* With six who say the family, any class has six. */
	a = alliance(16, some_say_less);
	free(m->equipment);
	m->equipment = mem_strdup("hose");
	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_str_eq(m->equipment, "hose");
	cr_assert_eq(k.companies, 7);
	gate_k_clear(&k);
	record__intel__free_unpacked(m, NULL);
}

/* ---- time ---- */

static const char *
lately(size_t i)
{
	return i < 4 ? "industries: [C26]"
	             : "industries: [C26], sinceAt: \"2026-11-01T00:00:00Z\"";
}

Test(gate_k, widens_the_period_until_enough_were_in_operation)
{
	struct gate_alliance a = alliance(9, lately);
	Record__Intel *m = item("C26", NULL, NULL);
	struct gate_k k;
	enum gate_dim dim;

	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_str_eq(m->period, "2026-11");
	gate_k_clear(&k);
	/* In October four were: the quarter has nine. */
	cr_assert_eq(
	    gate_k(policy, &a, NOW - INT64_C(3000000000000), m, &k, &dim),
	    GATE_K_PASSES);
	cr_assert_str_eq(m->period, "2026-Q4");
	gate_k_clear(&k);
	cr_assert_eq(
	    gate_k(policy, &a, NOW - INT64_C(40000000000000), m, &k, &dim),
	    GATE_K_PASSES);
	cr_assert_null(m->period);
	gate_k_clear(&k);
	record__intel__free_unpacked(m, NULL);
}

static const char *
some_gone(size_t i)
{
	return i < 6 ? "industries: [C26]"
	             : "industries: [C26], untilAt: \"2026-11-01T00:00:00Z\"";
}

Test(gate_k, counts_nobody_who_had_closed_by_then)
{
	struct gate_alliance a = alliance(9, some_gone);
	Record__Intel *m = item("C26", NULL, NULL);
	struct gate_k k;

	cr_assert_eq(pass(&a, m, &k), GATE_K_PASSES);
	cr_assert_str_eq(m->period, "2026-11");
	cr_assert_eq(k.companies, 6);
	gate_k_clear(&k);
	record__intel__free_unpacked(m, NULL);
}

Test(gate_time, names_periods_as_the_calendar_does)
{
	static const struct {
		enum gate_time level;
		const char *text;
	} rows[] = {{GATE_YEAR, "2026"}, {GATE_QUARTER, "2026-Q4"},
	    {GATE_MONTH, "2026-11"}, {GATE_WEEK, "2026-W47"},
	    {GATE_DAY, "2026-11-22"}};
	char text[16];
	int64_t span[2];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(gate_time_period(rows[i].level, NOW, text, span));
		cr_assert_str_eq(text, rows[i].text);
		cr_assert(span[0] <= NOW && NOW < span[1]);
		cr_assert_eq(gate_time_find(gate_time_text(rows[i].level)),
		    rows[i].level);
	}
	cr_assert_not(gate_time_period(GATE_DAY, -1, text, span));
}

Test(gate_tree, knows_names_aliases_numbers_and_codes)
{
	static const struct {
		const char *field, *text, *node;
	} rows[] = {{"industry", "C2614", "C2614"}, {"industry", "c26", NULL},
	    {"industry", "C26141", NULL}, {"region", "Ningxia", "宁夏"},
	    {"substance", "chlorine", "7782-50-5"},
	    {"capacity", "12500", "10-100kt"}, {"capacity", "-1", NULL},
	    {"equipment", "泵", "pump"}, {"equipment", "", NULL}};

	open_packs();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct gate_node n;
		const Pack__ReleaseTree *t = NULL;

		for (size_t k = 0; k < policy->n_trees; k++) {
			if (strcmp(policy->trees[k]->field, rows[i].field) == 0)
				t = policy->trees[k];
		}
		cr_assert_not_null(t);
		cr_assert_eq(gate_tree_find(t, rows[i].text, &n),
		    rows[i].node != NULL, "%s", rows[i].text);
		if (rows[i].node != NULL)
			cr_assert_str_eq(n.name, rows[i].node);
	}
	close_packs();
}

/* Who wrote a card and who wrote a profile spell an owner each his way. */
Test(gate_k, counts_an_owner_once_however_it_is_spelt)
{
	struct gate_alliance a = alliance(6, all_alike);
	Record__Intel *m = item("C26", NULL, NULL);
	enum gate_dim dim;
	struct gate_k k;

	member[1].owner = "North Star Chemical";
	member[2].owner = "north star  chemical ";
	member[3].owner = "NORTH-STAR CHEMICAL";
	cr_assert_eq(gate_k(policy, &a, NOW, m, &k, &dim), GATE_K_FEW);
	cr_assert_eq(k.companies, 4);
	gate_k_clear(&k);
	record__intel__free_unpacked(m, NULL);
}

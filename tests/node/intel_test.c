/* intel_test.c - what must never leave does not leave. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/intel.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/gate_pass.h"
#include "node/domain/packs_force.h"
#include "node/domain/release_pack.h"
#include "node/packs_file.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/circle.h"

#define NOW INT64_C(1795315800000000)

static char secret[] = "PLANTED";

static struct packs *packs;
static struct circle circle;
static struct gate_member member[CIRCLE_MAX];
static struct scrub_known known;
static struct gate_past past;

static const char *
alike(size_t i)
{
	(void)i;
	return "industries: [C26], substances: [chlorine], equipment: [pump]";
}

static void
open_packs(void)
{
	static char text[CIRCLE_TEXT];
	const Pack__Profiles *p;

	cr_assert_eq(packs_open(&packs, NULL, NULL), ERR_OK);
	circle_make(&circle, 9);
	circle_profiles(&circle, "t", alike, text);
	cr_assert_eq(packs_add(packs, "x", bytes_str(text), NULL), ERR_OK);
	p = packs_profiles(packs, NOW);
	for (size_t i = 0; i < circle.len; i++)
		member[i] = (struct gate_member){circle.name[i],
		    circle.company[i], release_pack_profile(p, circle.name[i])};
}

static void
close_packs(void)
{
	packs_free(packs);
	scrub_clear(&known);
	gate_past_clear(&past);
}

TestSuite(intel, .init = open_packs, .fini = close_packs);

static struct gate_ask
question(void)
{
	return (struct gate_ask){.policy = packs_release(packs, NOW),
	    .packs = packs,
	    .alliance = {.at = member,
	        .len = circle.len,
	        .self = circle.name[0]},
	    .known = &known,
	    .past = &past,
	    .occurred_us = NOW,
	    .now_us = NOW};
}

/* An author's item of a case, through the gate. */
static Record__Intel *
passed(Record__Intel *author, struct gate_answer *a)
{
	Record__Case c = RECORD__CASE__INIT;
	struct intel_source s = {.basis_case = &c, .occurred_us = NOW};
	struct gate_ask ask = question();
	Record__Intel *m = NULL;

	cr_assert_null(intel_draft(ask.policy, &s, author, &m));
	gate_pass(&ask, &m, a);
	gate_k_clear(&a->k);
	return m;
}

/* Every text of the record carries the plant: only what the policy lists may
 * bring it out. */
Test(intel, copies_nothing_that_the_policy_does_not_list)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Case c = RECORD__CASE__INIT;
	Record__Intel author = RECORD__INTEL__INIT;
	struct gate_ask ask = question();
	struct gate_answer answer;
	char kind[] = "gas";
	char hazard[] = "Pressed";

	a.source = a.area = a.title = a.asset = a.detail = secret;
	a.operator_ = a.note = a.unit = secret;
	a.kind = kind;
	c.source = c.area = c.region = c.type = c.person_kind = secret;
	c.person_sex = c.person_name = c.description = c.note = secret;
	c.hazard = hazard;
	author.drafted_by = author.basis = secret;
	for (int i = 0; i < 2; i++) {
		struct intel_source s = {.alarm = i == 0 ? &a : NULL,
		    .basis_case = i == 1 ? &c : NULL,
		    .occurred_us = NOW,
		    .area = secret};
		Record__Intel *m = NULL;
		Record__Intel *out;
		struct buf text;

		cr_assert_null(intel_draft(ask.policy, &s, &author, &m));
		gate_pass(&ask, &m, &answer);
		gate_k_clear(&answer.k);
		m->drafted_by = mem_strdup(secret);
		m->approved_by = mem_strdup(secret);
		m->companies = mem_alloc(1, sizeof *m->companies);
		m->companies[m->n_companies++] = mem_strdup(secret);
		out = intel_release(m, secret);
		buf_init(&text, 65536);
		json_encode(&text, &out->base, 0);
		cr_assert_null(
		    strstr(buf_cstr(&text), secret), "%s", buf_cstr(&text));
		cr_assert_str_eq(out->period, "2026-11");
		cr_assert_null(out->region);
		cr_assert_str_eq(out->hazard, i == 0 ? "gas" : "Pressed");
		buf_clear(&text);
		slice_free(&m->base);
		slice_free(&out->base);
	}
}

Test(intel, refuses_without_policy_or_basis)
{
	struct intel_source s = {.alarm = NULL};
	Record__Intel author = RECORD__INTEL__INIT;
	Record__Intel *m = NULL;
	struct gate_ask ask = question();

	cr_assert_str_eq(
	    intel_draft(NULL, &s, &author, &m)->code, "INTEL_POLICY");
	cr_assert_str_eq(
	    intel_draft(ask.policy, &s, &author, &m)->code, "INTEL_BASIS");
}

Test(intel, refuses_a_label_that_keeps_it_from_members)
{
	static const char *const labels[] = {"RED", "PURPLE", "green", ""};
	char label[8];
	Record__Case c = RECORD__CASE__INIT;
	struct intel_source s = {.basis_case = &c};
	Record__Intel author = RECORD__INTEL__INIT;
	struct gate_ask ask = question();
	Record__Intel *m = NULL;

	author.tlp = label;
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		(void)snprintf(label, sizeof label, "%s", labels[i]);
		cr_assert_str_eq(intel_draft(ask.policy, &s, &author, &m)->code,
		    "INTEL_TLP");
	}
}

/* One reason each; "": it may leave. */
Test(intel, is_held_with_the_reason_that_says_what_to_change)
{
	static const struct {
		const char *json, *code, *what;
	} rows[] = {
	    {"{\"appliesIf\":\"a sampler\"}", "", ""},
	    {"{\"recommended\":[\"check earthing\"]}", "", ""},
	    {"{\"actions\":[{\"verb\":\"check\",\"object\":\"earthing\","
	     "\"priority\":1}],\"eventClass\":\"WSA10009\","
	     "\"eventClass1986\":\"1986-08\",\"confidence\":\"B2\","
	     "\"pap\":\"GREEN\",\"hazardFactors\":[\"110204\"]}",
	        "", ""},
	    {"{\"title\":\"noise\"}", "INTEL_EMPTY", "actions"},
	    {"{\"recommended\":[\" \"]}", "INTEL_EMPTY", "actions"},
	    {"{\"appliesIf\":\"x\",\"actions\":[{\"verb\":\"check\"}]}",
	        "INTEL_FIELD", "actions: verb, object"},
	    {"{\"appliesIf\":\"x\",\"type\":\"gossip\"}", "INTEL_FIELD",
	        "type"},
	    {"{\"appliesIf\":\"x\",\"eventClass\":\"WSA19999\"}", "INTEL_FIELD",
	        "eventClass"},
	    {"{\"appliesIf\":\"x\",\"eventClass1986\":\"WSA10009\"}",
	        "INTEL_FIELD", "eventClass1986"},
	    {"{\"appliesIf\":\"x\",\"confidence\":\"G2\"}", "INTEL_FIELD",
	        "confidence"},
	    {"{\"appliesIf\":\"x\",\"pap\":\"WHITE\"}", "INTEL_FIELD", "pap"},
	    {"{\"appliesIf\":\"x\",\"hazardFactors\":[\"11020A\"]}",
	        "INTEL_FIELD", "hazardFactors"},
	    {"{\"appliesIf\":\"x\",\"substance\":\"75-44-5\"}", "INTEL_PROFILE",
	        "substance"},
	    {"{\"appliesIf\":\"ask 13812345678\"}", "INTEL_IDENTIFIES",
	        "appliesIf"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ProtobufCMessage *author = NULL;
		struct gate_answer a;
		struct err_why why = {.text = ""};
		Record__Intel *m;

		cr_assert_eq(json_decode(&author, &record__intel__descriptor,
		                 bytes_str(rows[i].json), &why),
		    ERR_OK, "%s", why.text);
		m = passed((Record__Intel *)author, &a);
		if (rows[i].code[0] == '\0') {
			cr_assert_eq(a.len, 0, "%s: %s", rows[i].json,
			    a.at[0].rule->code);
			cr_assert_eq(m->k, 8);
			cr_assert_gt(m->expires_at, NOW);
		} else {
			cr_assert_eq(a.len, 1, "%s", rows[i].json);
			cr_assert_str_eq(a.at[0].rule->code, rows[i].code);
			cr_assert_str_eq(a.at[0].what, rows[i].what);
		}
		slice_free(&m->base);
		slice_free(author);
	}
}

static char words[] = "look for a leak";

Test(intel, holds_what_names_its_source_where_nobody_may)
{
	struct gate_ask ask = question();
	Pack__Release strict = *ask.policy;
	Record__Intel *m = mem_alloc(1, sizeof *m);
	struct gate_answer a;
	bool held = false;

	record__intel__init(m);
	m->has_named = m->named = true;
	strict.has_anonymous_only = strict.anonymous_only = true;
	ask.policy = &strict;
	gate_pass(&ask, &m, &a);
	for (size_t i = 0; i < a.len; i++)
		held |= strcmp(a.at[i].rule->code, "INTEL_NAMED") == 0;
	cr_assert(held);
	slice_free(&m->base);
}

Test(intel, keeps_maker_and_model_under_the_label_that_allows_them)
{
	char amber[] = "AMBER", green[] = "GREEN", maker[] = "Somebody";
	Record__Intel author = RECORD__INTEL__INIT;
	struct gate_answer a;
	Record__Intel *m;

	author.applies_if = words;
	author.maker = maker;
	author.tlp = amber;
	m = passed(&author, &a);
	cr_assert_str_eq(m->maker, maker);
	slice_free(&m->base);
	author.tlp = green;
	m = passed(&author, &a);
	cr_assert_null(m->maker);
	slice_free(&m->base);
}

Test(intel, spends_a_budget_and_links_what_came_before)
{
	Record__Intel author = RECORD__INTEL__INIT;
	struct gate_answer a;
	char co[9][8];
	char *owner[9];

	author.applies_if = words;
	past.spent = 11;
	slice_free(&passed(&author, &a)->base);
	cr_assert_eq(a.len, 0);
	past.spent = 12;
	slice_free(&passed(&author, &a)->base);
	cr_assert_str_eq(a.at[0].rule->code, "INTEL_BUDGET");
	past.spent = 0;
	for (size_t i = 0; i < 9; i++) {
		(void)snprintf(co[i], sizeof co[i], "co%zu", i);
		owner[i] = co[i];
	}
	gate_past_add(&past, owner, 7);
	slice_free(&passed(&author, &a)->base);
	cr_assert_eq(a.len, 0);
	gate_past_add(&past, owner, 5);
	slice_free(&passed(&author, &a)->base);
	cr_assert_str_eq(a.at[0].rule->code, "INTEL_LINKED");
	cr_assert_str_eq(a.at[0].what, "companies: 5 of 6");
	past.lost = true;
	slice_free(&passed(&author, &a)->base);
	cr_assert_str_eq(a.at[0].rule->code, "INTEL_PAST");
	/* Who names himself is not counted among companies. */
	author.has_named = author.named = true;
	Record__Intel *m = passed(&author, &a);
	cr_assert_eq(a.len, 0);
	cr_assert_str_eq(m->label, "source-named");
	slice_free(&m->base);
}

Test(intel, is_signed_for_as_it_leaves)
{
	Record__Intel m = RECORD__INTEL__INIT;
	char other[] = "look for a leek";
	char *companies[] = {secret};
	struct hash a, b;

	m.applies_if = words;
	intel_digest(&m, &a);
	m.companies = companies;
	m.n_companies = 1;
	intel_digest(&m, &b);
	cr_assert_arr_eq(a.b, b.b, sizeof a.b);
	m.applies_if = other;
	intel_digest(&m, &b);
	cr_assert_arr_neq(a.b, b.b, sizeof a.b);
}

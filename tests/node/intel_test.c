/* intel_test.c - what must never leave does not leave. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/intel.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/packs_file.h"
#include "proto/json.h"

static char secret[] = "PLANTED";

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

TestSuite(intel_draft, .init = open_packs, .fini = close_packs);

/* Every string field of the record carries the plant: only those that the
 * policy lists may bring it out. */
Test(intel_draft, copies_nothing_that_the_policy_does_not_list)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Case c = RECORD__CASE__INIT;
	struct intel_texts texts = {0};
	const Pack__Release *policy =
	    packs_release(packs, INT64_C(1795315800000000));
	char kind[] = "gas";
	char hazard[] = "Pressed";

	a.source = a.area = a.title = a.asset = a.detail = secret;
	a.operator_ = a.note = a.unit = secret;
	a.kind = kind;
	c.source = c.area = c.region = c.type = c.person_kind = secret;
	c.person_sex = c.person_name = c.description = c.note = secret;
	c.hazard = hazard;
	for (int i = 0; i < 2; i++) {
		struct intel_source s = {.alarm = i == 0 ? &a : NULL,
		    .basis_case = i == 1 ? &c : NULL,
		    .occurred_us = INT64_C(1795315800000000),
		    .area = secret};
		Record__Intel *draft = NULL;
		Record__Intel *out;
		struct buf text;

		cr_assert_null(intel_draft(policy, &s, &texts, &draft));
		draft->drafted_by = draft->approved_by = draft->basis = secret;
		out = intel_release(policy, draft, "plant-a.acme.example");
		buf_init(&text, 65536);
		json_encode(&text, &out->base, 0);
		cr_assert_null(
		    strstr(buf_cstr(&text), secret), "%s", buf_cstr(&text));
		cr_assert_str_eq(out->month, "2026-11");
		cr_assert_str_eq(out->region, "unspecified");
		buf_clear(&text);
		draft->drafted_by = draft->approved_by = draft->basis = NULL;
		record__intel__free_unpacked(draft, NULL);
		record__intel__free_unpacked(out, NULL);
	}
}

Test(intel_draft, refuses_without_policy_or_basis)
{
	struct intel_source s = {.alarm = NULL};
	struct intel_texts texts = {0};
	Record__Intel *draft = NULL;
	const Pack__Release *policy =
	    packs_release(packs, INT64_C(1795315800000000));

	cr_assert_str_eq(
	    intel_draft(NULL, &s, &texts, &draft)->code, "INTEL_POLICY");
	cr_assert_str_eq(
	    intel_draft(policy, &s, &texts, &draft)->code, "INTEL_BASIS");
}

Test(intel_draft, refuses_a_label_that_keeps_it_from_members)
{
	static const char *const labels[] = {"RED", "PURPLE", "green", ""};
	Record__Case c = RECORD__CASE__INIT;
	struct intel_source s = {.basis_case = &c};
	struct intel_texts texts = {.narrative = secret};
	Record__Intel *draft = NULL;
	const Pack__Release *policy =
	    packs_release(packs, INT64_C(1795315800000000));

	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		texts.tlp = labels[i];
		cr_assert_str_eq(
		    intel_draft(policy, &s, &texts, &draft)->code, "INTEL_TLP");
	}
	texts.tlp = "AMBER+STRICT";
	cr_assert_null(intel_draft(policy, &s, &texts, &draft));
	record__intel__free_unpacked(draft, NULL);
}

Test(intel_text_ok, finds_planted_identifiers)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {
	    {"valve 3 left open at 45 bar", true},
	    {"2026-11: pressure 12.5", true},
	    {"ID 11010519491231002X", false},
	    {"call 13812345678 now", false},
	    {"call 138-1234-5678 now", false},
	    {"call 138 1234 5678 now", false},
	    {"电话１３８１２３４５６７８", false},
	    {"write to li.lei@acme.example", false},
	    {"the ACME crew", false},
	    {"at Tank-Farm-2", false},
	    {"在二号罐区", false},
	};
	struct intel_words words = {0};

	intel_words_add_node(&words, "plant-a.acme.example");
	intel_words_add(&words, "tank-farm-2");
	intel_words_add(&words, "二号罐区");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_assert_eq(intel_text_ok(rows[i].text, &words), rows[i].ok,
		    "%s", rows[i].text);
	intel_words_clear(&words);
}

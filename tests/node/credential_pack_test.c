/* credential_pack_test.c - certificate classes as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/credential_pack.h"

#include <criterion/criterion.h>

#include "node/domain/packs.h"
#include "node/packs_file.h"
#include "tests/support/pack_text.h"

#define NOW INT64_C(1795315800000000)

static const char whole[] =
    "credentials:\n"
    "  version: \"1\"\n"
    "  effectiveAt: \"2020-01-01T00:00:00+08:00\"\n"
    "  dayOffsetMinutes: 480\n"
    "  warnDays: [90, 7]\n"
    "  classes:\n"
    "    - {name: a, family: OPERATOR, source: s, confirmed: true}\n"
    "    - {name: b, family: HEALTH, source: s, confirmed: false}\n"
    "  reasons:\n"
    "    - {action: REVOKE, code: FRAUD, clause: x}\n"
    "  rights:\n"
    "    - {action: ISSUE, roles: [issuer]}\n"
    "  needs:\n"
    "    - {classes: [b], ifKnown: true}\n";

Test(credential_pack_check, names_what_is_wrong)
{
	static const struct pack_text_row rows[] = {
	    {"  version: \"1\"\n", "", "version"},
	    {"family: HEALTH, ", "", "family"},
	    {"name: b", "name: A", "there twice"},
	    {"source: s, confirmed: true", "confirmed: true", "source"},
	    {"[b], ifKnown", "[c], ifKnown", "no such class"},
	    {"[90, 7]", "[7, 90]", "warnDays"},
	    {"[90, 7]", "[]", "warnDays"},
	    {"Minutes: 480", "Minutes: 4800", "dayOffsetMinutes"},
	    {"code: FRAUD, ", "", "reasons[0]"},
	    {"roles: [issuer]", "signed: true", "rights[0]"},
	    {"  needs:\n", "  trust:\n    - {classes: [a]}\n  needs:\n",
	        "trust[0]"},
	    {"  needs:\n", "  trust:\n    - {issuers: [x]}\n  needs:\n",
	        "trust[0]"},
	    {"  needs:\n",
	        "  trust:\n    - {issuers: [x], classes: [c]}\n  needs:\n",
	        "no such class"},
	};

	pack_text_refused(whole, rows, sizeof rows / sizeof rows[0]);
}

/* Without a word about trust: cards that the state examines, of members. */
Test(credential_pack_trusts, believes_nobody_who_is_not_named)
{
	struct packs *p = NULL;
	const Pack__Credentials *c;

	cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
	c = packs_credentials(p, NOW);
#define TRUSTS(class, role) \
	credential_pack_trusts(c, credential_pack_class(c, class), "x", role)
	cr_expect(TRUSTS("welding", FED__ROLE__PARTNER));
	cr_expect(TRUSTS("crane-driver", FED__ROLE__REGULATOR));
	cr_expect_not(TRUSTS("welding", FED__ROLE__ROLE_UNSPECIFIED));
	cr_expect_not(TRUSTS("contractor", FED__ROLE__PARTNER));
	cr_expect_not(TRUSTS("induction", FED__ROLE__PARTNER));
	cr_expect_not(TRUSTS("guardian", FED__ROLE__PARTNER));
	cr_expect_not(TRUSTS("health-fit", FED__ROLE__REGULATOR));
	cr_expect_not(TRUSTS("equipment-inspection", FED__ROLE__PARTNER));
	cr_expect_not(TRUSTS("no such class", FED__ROLE__PARTNER));
#undef TRUSTS
	packs_free(p);
}

/* Order 30 art. 19, 21, 22, 32 as the built-in pack has them. */
Test(credential_pack, holds_order_30_and_says_what_is_not_confirmed)
{
	struct packs *p = NULL;
	const Pack__Credentials *c;
	const Pack__CredentialClass *k;

	cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
	c = packs_credentials(p, NOW);
	cr_assert_not_null(c);
	cr_assert_null(packs_credentials(p, 0));
	k = credential_pack_class(c, " Welding ");
	cr_assert_not_null(k);
	cr_expect_eq(k->validity_months, 72u);
	cr_expect_eq(k->review_months, 36u);
	cr_expect_eq(k->idle_months, 6u);
	cr_expect_eq(k->apply_days, 60u);
	cr_expect(k->confirmed);
	k = credential_pack_class(c, "crane-driver");
	cr_assert_not_null(k);
	cr_expect_not(k->confirmed);
	cr_expect_eq(k->idle_months, 0u, "nothing was read of such a limit");
	cr_expect_null(credential_pack_class(c, "weld"));
	cr_expect_not_null(credential_pack_reason(
	    c, RECORD__CERTIFICATE__ACTION__REVOKE, "FRAUD"));
	cr_expect_null(credential_pack_reason(
	    c, RECORD__CERTIFICATE__ACTION__REVIEW, "FRAUD"));
	packs_free(p);
}

/* What only warns takes nothing back, wherever it stands. */
Test(credential_pack_part, goes_by_the_need_whose_lack_is_the_gravest)
{
	static const char text[] =
	    "credentials:\n"
	    "  version: \"1\"\n"
	    "  effectiveAt: \"2020-01-01T00:00:00+08:00\"\n"
	    "  dayOffsetMinutes: 480\n"
	    "  warnDays: [90, 7]\n"
	    "  classes:\n"
	    "    - {name: a, family: EQUIPMENT, source: s, confirmed: true}\n"
	    "  needs:\n"
	    "    - {role: gas-instrument, classes: [a], lacking: WARN}\n"
	    "    - {role: gas-instrument, classes: [a], lacking: DENY}\n"
	    "    - {role: gas-instrument, classes: [a], lacking: WARN}\n";
	struct packs *p = packs_new();
	const Pack__Credentials *c;
	const Pack__CredentialNeed *n;

	cr_assert_eq(packs_add(p, "x", bytes_str(text), NULL), ERR_OK);
	c = packs_credentials(p, NOW);
	cr_assert_not_null(c);
	n = credential_pack_part(c, "hot-work", CREDENTIAL_INSTRUMENT);
	cr_assert_eq(n, c->needs[1]);
	cr_expect_null(credential_pack_part(c, "hot-work", "equipment"));
	packs_free(p);
}

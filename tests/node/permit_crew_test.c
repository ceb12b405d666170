/* permit_crew_test.c - who issues a permit, and who never does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "node/domain/permit.h"
#include "node/packs_file.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name

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

TestSuite(permit_crew, .init = open_packs, .fini = close_packs);

static bool
lists(char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* GB 30871-2022 annex B.1: the enterprise issues it, at every level, by a
 * person who signs where the work is; parts that a contractor's people have do
 * not. */
Test(permit_crew, lets_no_contractor_issue_a_permit)
{
	static const char *const theirs[] = {"any", "applicant", "worker",
	    "work-lead", "guardian", "commander", "rigger", "gas-analyst",
	    "acceptor"};
	const Pack__Work *w;
	size_t seen = 0;

	for (size_t i = 0; (w = packs_each(packs, i)) != NULL; i++) {
		for (size_t l = 0; l < w->n_levels; l++) {
			const Pack__Right *r =
			    packs_right(w, ACT(APPROVE), w->levels[l]->level);

			cr_assert_not_null(r, "%s", w->work_type);
			cr_assert(r->signed_, "%s", w->work_type);
			for (size_t k = 0; k < sizeof theirs / sizeof theirs[0];
			     k++)
				cr_assert(
				    !lists(r->roles, r->n_roles, theirs[k]),
				    "%s: %s", w->work_type, theirs[k]);
			seen++;
			if (w->n_steps == 0)
				continue;
			cr_assert(r->on_site, "%s", w->work_type);
			cr_assert(lists(r->unlike, r->n_unlike, "worker") &&
			        lists(r->unlike, r->n_unlike, "guardian") &&
			        lists(r->unlike, r->n_unlike, "APPLY"),
			    "%s", w->work_type);
		}
	}
	cr_assert_geq(seen, 15u);
}

/* Whoever is denied is told apart by his part, his clause and his fix. */
Test(permit_crew, says_whose_part_it_is_that_nobody_may_do)
{
	static const struct {
		const char *denied;
		const char *code;
		const char *what;
		const char *clause;
	} rows[] = {
	    {NULL, "DECISION_DENY", "worker", "GB 30871-2022 4.9"},
	    {"guardian", "GUARDIAN_DENIED", "guardian", "GB 30871-2022 4.10"},
	    {"crane-driver", "PART_DENIED", "crane-driver",
	        "GB 30871-2022 4.9"},
	};
	struct row r = {
	    .kind = LEDGER__KIND__PERMIT,
	    .state = ROW_ISSUED,
	    .level = RECORD__PERMIT__LEVEL__LEVEL_1,
	    .flags = ROW_GAS_OK,
	    .from_us = 1,
	    .to_us = 100,
	    .mark_us = 1,
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Record__Permit m = RECORD__PERMIT__INIT;
		struct permit_event e = {
		    .row = &r,
		    .msg = &m,
		    .pack = packs_version(packs, packs_id("hot-work@2022.1")),
		    .occurred_us = 50,
		    .denied = rows[i].denied,
		};
		struct rule_verdict v;

		m.has_action = true;
		m.action = ACT(START);
		v = permit_check(&e);
		cr_assert(v.refused);
		cr_assert_str_eq(v.rule->code, rows[i].code);
		cr_assert_str_eq(v.gap.what, rows[i].what);
		cr_assert_str_eq(v.rule->clause, rows[i].clause);
		cr_assert_neq(v.rule->fix[0], '\0');
	}
}

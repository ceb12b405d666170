/* accident_test.c - an accident is classed by the standard of its time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/accident.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/packs_file.h"
#include "tests/support/plant.h"

#define CHANGE INT64_C(1782835200000000) /* 2026-07-01T00:00:00+08:00 */

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

TestSuite(accident, .init = open_packs, .fini = close_packs);

/* Every class of 2025 names what it takes from, and that is there. */
Test(accident, knows_27_classes_that_come_from_20)
{
	const Pack__Accidents *now = packs_accidents(packs, CHANGE);
	const Pack__Accidents *then = packs_accidents(packs, CHANGE - 1);

	cr_assert_eq(now->n_classes, 27u);
	cr_assert_eq(then->n_classes, 20u);
	for (size_t i = 0; i < now->n_classes; i++) {
		cr_assert_gt(now->classes[i]->n_before, 0u);
		for (size_t k = 0; k < now->classes[i]->n_before; k++)
			cr_assert(
			    accident_known(then, now->classes[i]->before[k]));
	}
	for (size_t i = 0; i < then->n_classes; i++) {
		bool found = false;

		for (size_t k = 0; k < now->n_classes && !found; k++)
			for (size_t b = 0; b < now->classes[k]->n_before; b++)
				found |= strcmp(now->classes[k]->before[b],
				             then->classes[i]->code) == 0;
		cr_assert(found, "%s", then->classes[i]->code);
	}
}

static void
report(struct plant *p, const char *class, int64_t at_us, const char *code)
{
	static char type[] = "accident";
	char text[16];
	Record__Case m = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	(void)snprintf(text, sizeof text, "%s", class);
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__CASE__ACTION__REPORT;
	m.type = type;
	m.event_class = text;
	m.occurred_at = at_us;
	post.case_event = &m;
	r = plant_event(p, LEDGER__KIND__CASE, NULL, &post);
	if (code == NULL) {
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	} else {
		cr_assert_not_null(r->rule, "%s", r->why.text);
		cr_assert_str_eq(r->rule->code, code);
	}
	submit_result_free(r);
}

/* GB 6441-2025 holds from 2026-07-01; fire is WSA10009 since. */
Test(accident, trap_17_what_happened_before_keeps_the_class_of_its_time)
{
	struct plant p;

	plant_begin(&p, "plant-a.example");
	report(&p, "WSA10009", CHANGE, NULL);
	report(&p, "WSA10009", CHANGE - 1, "ACCIDENT_CLASS");
	report(&p, "1986-08", CHANGE - 1, NULL);
	report(&p, "1986-08", CHANGE, "ACCIDENT_CLASS");
	report(&p, "WSA10028", CHANGE, "ACCIDENT_CLASS");
	plant_end(&p);
}

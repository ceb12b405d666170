/* indicator_pack_test.c - sets of indicators as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/indicator_pack.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/packs.h"
#include "node/packs_file.h"

#define NOW INT64_C(1795315800000000) /* 2026-11-22T02:50:00Z */
#define YEAR (INT64_C(365) * 86400 * 1000000)

#define HEAD                                        \
	"indicators:\n"                             \
	"  name: own\n"                             \
	"  version: \"1\"\n"                        \
	"  effectiveAt: \"2026-01-01T00:00:00Z\"\n" \
	"  dayOffsetMinutes: 480\n"                 \
	"  weighted: true\n"                        \
	"  classes:\n"                              \
	"    - {id: c, title: C, titleZh: 类}\n"   \
	"  indicators:\n"
#define ONE                                                               \
	"    - {id: a, inClass: c, version: 1, title: A, titleZh: 甲, "  \
	"unit: PERCENT, direction: HIGHER, target: 9, worst: 1, "         \
	"weight: 60, period: MONTH, group: LEADING, source: s, formula: " \
	"{facts: ALARM, aggregate: RATIO, withinSeconds: 60, counted: "   \
	"[{field: ANSWERED, atMost: 60}]}}\n"
#define TWO                                                              \
	"    - {id: b, inClass: c, version: 1, title: B, titleZh: 乙, " \
	"unit: NUMBER, direction: LOWER, target: 1, worst: 9, "          \
	"weight: 40, period: DAY, group: OUTCOME, source: s, lacks: x, " \
	"lacksZh: 缺}\n"

static enum err
load(const char *text, struct err_why *why)
{
	struct packs *p = packs_new();
	enum err e = packs_add(p, "t.yaml", bytes_str(text), why);

	packs_free(p);
	return e;
}

static void
with(char *out, size_t cap, const char *from, const char *to)
{
	static const char whole[] = HEAD ONE TWO;
	const char *at = strstr(whole, from);

	cr_assert_not_null(at, "%s", from);
	(void)snprintf(out, cap, "%.*s%s%s", (int)(at - whole), whole, to,
	    at + strlen(from));
}

Test(indicator_pack, names_line_and_field_of_what_is_wrong)
{
	static const struct {
		const char *from, *to, *says;
	} rows[] = {
	    {"weight: 60", "weight: 61", "add up to 101"},
	    {"id: b", "id: a", "there twice"},
	    {"id: b", "id: B", "indicators[1].id"},
	    {"inClass: c, version: 1, title: B",
	        "inClass: d, version: 1, title: B", "no such class"},
	    {"worst: 1,", "worst: 10,", "in its direction"},
	    {"target: 9, ", "", "target and worst"},
	    {"source: s, lacks", "lacks", "source is missing"},
	    {"lacks: x, ", "", "in both languages"},
	    {"atMost: 60", "atMost: 61", "beyond withinSeconds"},
	    {"atMost: 60", "is: [x]", "`is` goes with words"},
	    {"aggregate: RATIO", "aggregate: MAX", "MAX needs a field"},
	    {"aggregate: RATIO", "aggregate: PERCENTILE", "PERCENTILE needs"},
	    {"aggregate: RATIO", "aggregate: KPI", "KPI is a figure"},
	    {"aggregate: RATIO, ", "aggregate: RATIO, ownDue: true, ",
	        "cases may"},
	    {"facts: ALARM, ", "", "facts or aggregate"},
	    {"name: own", "name: Own", "name, version"},
	    {"dayOffsetMinutes: 480", "dayOffsetMinutes: 481", "quarter"},
	    {"id: c,", "id: \"\",", "classes"},
	    {"field: ANSWERED", "field: SOON", "a name of Field"},
	    {"group: LEADING", "group: OTHER", "a name of Group"},
	};
	char text[4096];

	cr_assert_eq(load(HEAD ONE TWO, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err_why why = {.text = ""};

		with(text, sizeof text, rows[i].from, rows[i].to);
		cr_expect_neq(load(text, &why), ERR_OK, "%s", rows[i].to);
		cr_expect_not_null(strstr(why.text, rows[i].says), "%s: %s",
		    rows[i].to, why.text);
		cr_expect_not_null(strstr(why.text, "line "), "%s", why.text);
	}
}

Test(indicator_pack, the_built_in_index_has_12_classes_and_47_indicators)
{
	struct packs *p = NULL;
	const Pack__Pack *pack;
	struct packs_fact fact;
	size_t seen = 0;

	cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
	for (size_t i = 0; (pack = packs_at(p, i, &fact)) != NULL; i++) {
		const Pack__Indicators *x = pack->indicators;

		if (x == NULL)
			continue;
		seen++;
		cr_expect(
		    strcmp(fact.name, "indicators.articles@2026.1") == 0 ||
		    strcmp(fact.name,
		        "indicators.safety-health-index@2026.2") == 0);
		cr_expect(packs_in_force(p, i, NOW));
		cr_expect_not(packs_in_force(p, i, NOW - YEAR));
		if (!x->weighted)
			continue;
		cr_expect_eq(x->n_classes, 12);
		cr_expect_eq(x->n_indicators, 47);
		for (size_t c = 0; c < x->n_classes; c++) {
			size_t n = 0;

			for (size_t k = 0; k < x->n_indicators; k++)
				n += strcmp(x->indicators[k]->in_class,
				         x->classes[c]->id) == 0;
			cr_expect_gt(n, 0, "%s", x->classes[c]->id);
		}
	}
	cr_assert_eq(seen, 2);
	packs_free(p);
}

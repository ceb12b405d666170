/* pack_text.c - small rule packs that tests edit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/pack_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char pack_text_work[] = "# A pack.\n"
                              "work:\n"
                              "  workType: drilling\n"
                              "  version: \"1\"\n"
                              "  effectiveAt: \"2022-10-01T00:00:00+08:00\"\n"
                              "  classes: [welding]\n"
                              "  statusMinutes: 15\n"
                              "  decisionMinutes: 480\n"
                              "  levels:\n"
                              "    - level: UNLEVELLED\n"
                              "      validityMinutes: 1440\n"
                              "      breakMinutes: 30\n"
                              "      dailyTest: false\n"
                              "  sampleMinutes: 30\n"
                              "  lelSplit: 4\n"
                              "  limitHighLel: 0.5\n"
                              "  gasWhen: [explosive_area]\n"
                              "  limitLowLel: 0.2\n"
                              "  alarmKinds: [gas]\n"
                              "  alarmLevel: 2\n"
                              "  lateMinutes: 10\n"
                              "  accuracyM: 30\n"
                              "  rights:\n"
                              "    - action: APPLY\n"
                              "      roles: [applicant]\n"
                              "      signed: true\n"
                              "    - action: APPROVE\n"
                              "      roles: [approver]\n"
                              "      signed: true\n"
                              "      unlike: [worker]\n"
                              "    - action: GAS_TEST\n"
                              "      roles: [gas-analyst]\n"
                              "      signed: true\n"
                              "    - action: START\n"
                              "      roles: [guardian]\n"
                              "      signed: true\n"
                              "      named: guardian\n"
                              "    - action: SUSPEND\n"
                              "      roles: [any]\n"
                              "      signed: false\n"
                              "    - action: RESUME\n"
                              "      roles: [guardian]\n"
                              "      signed: true\n"
                              "    - action: FINISH\n"
                              "      roles: [guardian]\n"
                              "      signed: true\n"
                              "      requires: [site_restored]\n"
                              "    - action: ACCEPT\n"
                              "      roles: [approver]\n"
                              "      signed: true\n"
                              "    - action: CANCEL\n"
                              "      roles: [approver]\n"
                              "      signed: true\n"
                              "    - action: VOID\n"
                              "      roles: [approver]\n"
                              "      signed: true\n"
                              "    - action: REJECT\n"
                              "      roles: [approver]\n"
                              "      signed: true\n"
                              "  steps:\n"
                              "    - name: risk\n"
                              "      title: risk analysis\n"
                              "      titleZh: \"风险辨识\"\n"
                              "      roles: [safety-officer]\n"
                              "      before: APPROVE\n"
                              "      requires: [hazards]\n"
                              "      code: \"80\"\n"
                              "    - name: brief\n"
                              "      title: briefing\n"
                              "      titleZh: \"交底\"\n"
                              "      roles: [safety-officer]\n"
                              "      before: START\n"
                              "      after: [risk]\n"
                              "  measures:\n"
                              "    - no: 1\n"
                              "      text: hose at hand\n"
                              "      textZh: \"水带就位\"\n"
                              "      always: true\n";

const char pack_text_calendar[] =
    "calendar:\n"
    "  version: \"2026\"\n"
    "  effectiveAt: \"2026-01-01T00:00:00+08:00\"\n"
    "  dayOffsetMinutes: 480\n"
    "  from: \"2026-01-01\"\n"
    "  to: \"2026-12-31\"\n"
    "  holidays:\n"
    "    - from: \"2026-10-01\"\n"
    "      to: \"2026-10-07\"\n"
    "  workdays: [\"2026-11-22\", \"2026-10-10\"]\n"
    "  special:\n"
    "    - from: \"2026-03-04\"\n"
    "      to: \"2026-03-11\"\n"
    "      name: sessions\n"
    "  restWeekdays: [6, 7]\n"
    "  nightFrom: \"22:00\"\n"
    "  nightTo: \"06:00\"\n"
    "  sources: [\"a test\"]\n";

static char *
edited(const char *text, const char *was, const char *now)
{
	const char *at = strstr(text, was);
	size_t size = strlen(text) + strlen(now) + 1;
	char *out = malloc(size);

	if (at == NULL || out == NULL)
		abort();
	(void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, now,
	    at + strlen(was));
	return out;
}

char *
pack_text_edit(const char *was, const char *now)
{
	return edited(pack_text_work, was, now);
}

static enum err
load(const char *text, struct err_why *why)
{
	struct packs *p = packs_new();
	enum err e = packs_add(p, "t.yaml", bytes_str(text), why);

	packs_free(p);
	return e;
}

void
pack_text_refused(const char *whole, const struct pack_text_row *rows, size_t n)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(load(whole, &why), ERR_OK, "%s", why.text);
	for (size_t i = 0; i < n; i++) {
		char *text = edited(whole, rows[i].from, rows[i].to);

		cr_expect_eq(
		    load(text, &why), ERR_MALFORMED, "%s", rows[i].from);
		cr_expect_not_null(strstr(why.text, rows[i].says), "%s: %s",
		    rows[i].from, why.text);
		free(text);
	}
}

static char *
replace(char *text, const char *was, const char *now)
{
	char *out = edited(text, was, now);

	free(text);
	return out;
}

char *
pack_text_booked(const struct packs *built_in, const char *name)
{
	struct packs_fact fact;
	char *text;

	for (size_t i = 0;; i++) {
		if (packs_at(built_in, i, &fact) == NULL)
			abort();
		if (strcmp(fact.name, name) == 0)
			break;
	}
	text = strdup((const char *)fact.text.ptr);
	if (strstr(text, "\n  steps:\n") == NULL) {
		free(text);
		return NULL;
	}
	text = replace(text, "version: \"2", "version: \"b");
	text = replace(text, "\n  rights:\n",
	    "\n  booking:\n"
	    "    aheadMinutes: 1440\n"
	    "    clause: \"AQ 3064.2-2025 5.3.1\"\n"
	    "  rights:\n"
	    "    - action: BOOK\n"
	    "      roles: [applicant]\n"
	    "      signed: true\n"
	    "      requires: [content, location, unit]\n"
	    "    - action: CLOSE\n"
	    "      roles: [archivist]\n"
	    "      signed: true\n"
	    "      requires: [evidence]\n");
	return replace(text, "\n  steps:\n",
	    "\n  steps:\n"
	    "    - name: booking\n"
	    "      title: booking approved\n"
	    "      titleZh: \"预约批准\"\n"
	    "      clause: \"AQ 3064.2-2025 5.3.2\"\n"
	    "      roles: [unit-manager]\n"
	    "      before: APPLY\n"
	    "      unlike: [BOOK]\n");
}

/* case_policy_test.c - a policy with a hole is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/case_policy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/packs.h"

static const char whole[] =
    "cases:\n"
    "  version: \"1\"\n"
    "  effectiveAt: \"2020-01-01T00:00:00+08:00\"\n"
    "  readerRole: reader\n"
    "  anonymousBurst: 1\n"
    "  anonymousPerHour: 1\n"
    "  missingLevel: 3\n"
    "  missingCode: X\n"
    "  types:\n"
    "    - types: [report, suggestion]\n"
    "      respondMinutes: 4320\n"
    "      warnMinutes: 1440\n"
    "      warnLevel: 3\n"
    "      breachLevel: 2\n"
    "      code: L\n"
    "      reply: true\n"
    "      feedback: true\n"
    "      steps:\n"
    "        - {action: REPLY, roles: [a], signed: true}\n"
    "        - {action: CLOSE, roles: [b], signed: true}\n"
    "    - types: [hazard]\n"
    "      steps:\n"
    "        - {action: DONE, roles: [any], signed: true, requires: "
    "[measures]}\n"
    "        - {action: CLOSE, roles: [c], signed: true, unlike: [DONE, "
    "liable]}\n"
    "    - types: [violation]\n"
    "      steps:\n"
    "        - {action: CLOSE, roles: [c], signed: true}\n"
    "  points:\n"
    "    - {name: n, type: hazard, state: CLOSED, amount: 5}\n";

static enum err
load(const char *text, struct err_why *why)
{
	struct packs *p = packs_new();
	enum err e = packs_add(p, "t.yaml", bytes_str(text), why);

	packs_free(p);
	return e;
}

Test(case_policy_check, names_what_is_wrong)
{
	static const struct {
		const char *from, *to, *says;
	} rows[] = {
	    {"  version: \"1\"\n", "", "version"},
	    {"[report, ", "[other, ", "report"},
	    {", suggestion]", "]", "suggestion"},
	    {"[violation]", "[other]", "violation"},
	    {"[hazard]", "[Report]", "types[1]"},
	    {"  readerRole: reader\n", "", "readerRole"},
	    {"anonymousBurst: 1", "anonymousBurst: 0", "anonymousBurst"},
	    {"warnMinutes: 1440", "warnMinutes: 4320", "warnMinutes"},
	    {"      code: L\n", "", "code"},
	    {"      feedback: true\n", "", "feedback"},
	    {"[b], signed: true", "[b]", "signed"},
	    {"action: REPLY", "action: ACCEPT", "REPLY"},
	    {"[any], signed: true", "[any]", "DONE"},
	    {"unlike: [DONE, liable]", "unlike: [liable]", "DONE"},
	    {"unlike: [DONE, liable]", "unlike: [WHO]", "steps[1]"},
	    {"requires: [measures]", "requires: [nothing]", "steps[0]"},
	    {"action: CLOSE, roles: [c]", "action: START, roles: [c]", "CLOSE"},
	    {"state: CLOSED", "state: OPEN", "points"},
	    {"amount: 5", "amount: 0", "points"},
	};
	struct err_why why = {.text = ""};

	cr_assert_eq(load(whole, &why), ERR_OK, "%s", why.text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *at = strstr(whole, rows[i].from);
		char text[4096];

		cr_assert_not_null(at, "%s", rows[i].from);
		(void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - whole),
		    whole, rows[i].to, at + strlen(rows[i].from));
		cr_assert_eq(load(text, &why), ERR_MALFORMED, "%s", rows[i].to);
		cr_assert_not_null(strstr(why.text, rows[i].says), "%s: %s",
		    rows[i].from, why.text);
	}
}

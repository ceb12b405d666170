/* case_policy_test.c - a policy with a hole is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/case_policy.h"

#include <criterion/criterion.h>

#include "tests/support/pack_text.h"

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

Test(case_policy_check, names_what_is_wrong)
{
	static const struct pack_text_row rows[] = {
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

	pack_text_refused(whole, rows, sizeof rows / sizeof rows[0]);
}

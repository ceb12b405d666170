/* config_target_test.c - who outside is told: the targets of node.yaml. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/config_target.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/config.h"

#define NAMED "name: plant-a.acme.example\nrole: PLANT\n"
#define GOOD "url: \"https://hook.example/a\", secret_file: hooks/office"

static enum err
parse(struct config **out, const char *targets, struct err_why *why)
{
	char text[8192];

	(void)snprintf(text, sizeof text, NAMED "targets:\n%s", targets);
	return config_parse(out, bytes_str(text), why);
}

Test(config_target, takes_targets_and_fills_their_defaults)
{
	struct config *c = NULL;
	struct err_why why = {.text = ""};

	cr_assert_eq(parse(&c,
	                 "  - {name: office, " GOOD
	                 ", notices: [named, escalation], level: 2}\n"
	                 "  - {name: pager, secretFile: x, "
	                 "url: \"http://127.0.0.1:9/\", personal: true}\n"
	                 "  - {name: far, secretFile: x, insecure: true, "
	                 "url: \"http://far.example/\"}\n",
	                 &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(c->node->n_targets, 3u);
	cr_assert_eq(c->node->targets[0]->timeout_seconds, 10u);
	cr_assert_not(c->node->targets[0]->personal, "nobody by default");
	cr_assert_eq(c->node->outbox_late_seconds, 120u);
	cr_assert_eq(c->node->outbox_refusals, 8u);
	config_free(c);
}

Test(config_target, refuses_what_would_tell_nobody_or_the_wrong_one)
{
	static const struct {
		const char *target, *says;
	} bad[] = {
	    {"{" GOOD "}", "name"},
	    {"{name: \"The Office\", " GOOD "}", "name"},
	    {"{name: office, secretFile: x}", "url: missing"},
	    {"{name: office, secretFile: x, url: \"file:///etc/passwd\"}",
	        "http"},
	    {"{name: office, secretFile: x, url: \"http://u:p@h.example/\"}",
	        "without user"},
	    {"{name: office, secretFile: x, url: \"http://h.example/\"}",
	        "beyond loopback"},
	    {"{name: office, secretFile: x, "
	     "url: \"http://127.0.0.1.evil.example/\"}",
	        "beyond loopback"},
	    {"{name: office, url: \"https://h.example/\"}", "secret_file"},
	    {"{name: office, " GOOD ", notices: [everything]}",
	        "everything is none of named incident-open"},
	    {"{name: office, " GOOD ", level: 4}", "level"},
	    {"{name: office, " GOOD ", timeoutSeconds: 61}", "timeout"},
	    {"{name: office, " GOOD ", areas: [\"\"]}", "areas[0]"},
	    {"{name: office, " GOOD "}\n  - {name: office, " GOOD "}",
	        "$.targets[1]: name: office is there twice"},
	};
	char line[1024];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct config *c = NULL;
		struct err_why why = {.text = ""};

		(void)snprintf(line, sizeof line, "  - %s\n", bad[i].target);
		cr_assert_neq(parse(&c, line, &why), ERR_OK, "%s", line);
		cr_assert_not_null(
		    strstr(why.text, bad[i].says), "%s: %s", line, why.text);
		cr_assert_null(c);
	}
}

Test(config_target, bounds_their_number)
{
	struct config *c = NULL;
	char text[4096] = "";
	size_t len = 0;

	for (int i = 0; i <= CONFIG_TARGETS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "  - {name: t%d, " GOOD "}\n", i);
	cr_assert_eq(parse(&c, text, NULL), ERR_LIMIT);
}

Test(config_target, a_change_of_targets_needs_a_restart)
{
	struct config *a = NULL, *b = NULL;
	char fields[128];

	cr_assert_eq(parse(&a, "  - {name: office, " GOOD "}\n", NULL), ERR_OK);
	cr_assert_eq(parse(&b, "  - {name: bureau, " GOOD "}\n", NULL), ERR_OK);
	cr_assert_eq(config_restart(a, a, fields, sizeof fields), 0u);
	cr_assert_eq(config_restart(a, b, fields, sizeof fields), 1u);
	cr_assert_str_eq(fields, "targets");
	config_free(a);
	config_free(b);
}

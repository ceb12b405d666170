/* cli_table_test.c - every command says what it does, and shows how. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli.h"

#include <criterion/criterion.h>
#include <string.h>

Test(cli_table, every_command_has_help_and_an_example_in_its_own_words)
{
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
		cr_expect(c->help.en[0] != '\0' && c->help.zh[0] != '\0', "%s",
		    c->name);
		cr_assert_not_null(c->examples, "%s", c->name);
		cr_expect_not_null(strstr(c->examples, c->name), "%s", c->name);
		cr_expect_eq(
		    c->examples[strlen(c->examples) - 1], '\n', "%s", c->name);
		for (const struct cli_args_option *o = c->options;
		     o->name != NULL; o++)
			cr_expect(
			    o->help.en[0] != '\0' && o->help.zh[0] != '\0',
			    "%s --%s", c->name, o->name);
	}
}

/* An example that nobody could type is worse than none. */
Test(cli_table, every_example_names_options_that_there_are)
{
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
		const char *at = c->examples;

		while (at != NULL && (at = strstr(at, " --")) != NULL) {
			const struct cli_args_option *o = c->options;
			size_t n;

			at += 3;
			n = strcspn(at, " =\n");
			if (strncmp(at, "dir", n) == 0)
				continue;
			while (o->name != NULL &&
			    (strlen(o->name) != n ||
			        strncmp(o->name, at, n) != 0))
				o++;
			cr_expect_not_null(
			    o->name, "%s --%.*s", c->name, (int)n, at);
		}
	}
}

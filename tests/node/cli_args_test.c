/* cli_args_test.c - how a command line is read and refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_args.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const struct cli_args_option OPTIONS[] = {
    {"name", "NAME", CLI_ARGS_REQUIRED, {"", ""}},
    {"area", "AREA", CLI_ARGS_MANY, {"", ""}},
    {"again", NULL, CLI_ARGS_FLAG, {"", ""}},
    {"output", "FILE", 0, {"", ""}},
    {NULL, NULL, 0, {NULL, NULL}},
};
static struct cli_args args;
static struct err_why why;

static enum err
parse(const char *line)
{
	static char copy[256];
	char *argv[16];
	char *at = copy;
	int argc = 0;

	(void)setenv("LC_ALL", "C", 1); /* the texts below are English */
	(void)snprintf(copy, sizeof(copy), "%s", line);
	while (at != NULL)
		argv[argc++] = strsep(&at, " ");
	return cli_args_parse(&args, OPTIONS, argc, argv, &why);
}

Test(cli_args_parse, reads_options_in_both_forms_and_operands)
{
	cr_assert_eq(
	    parse("x --name=n --area a --area b -o f --again -- -y"), ERR_OK);
	cr_assert_str_eq(cli_args_get(&args, "name"), "n");
	cr_assert_str_eq(cli_args_nth(&args, "area", 1), "b");
	cr_assert_null(cli_args_nth(&args, "area", 2));
	cr_assert_str_eq(cli_args_get(&args, "output"), "f");
	cr_assert_str_eq(cli_args_get(&args, "again"), "");
	cr_assert_eq(args.operands_len, 2);
	cr_assert_str_eq(args.operands[1], "-y");
}

Test(cli_args_parse, says_what_is_wrong)
{
	static const struct {
		const char *line;
		const char *text;
	} cases[] = {
	    {"x", "--name NAME is required"},
	    {"--name", "--name needs a value (NAME)"},
	    {"--name a --name b", "--name is given twice"},
	    {"--nam a", "unknown option --nam"},
	    {"-x", "unknown option -x"},
	    {"--name a --again=1", "--again takes no value"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(parse(cases[i].line), ERR_MALFORMED);
		cr_assert_str_eq(why.text, cases[i].text);
	}
}

Test(cli_args_parse, asks_for_nothing_when_help_is_wanted)
{
	cr_assert_eq(parse("--help"), ERR_OK);
	cr_assert(args.help);
}

Test(cli_args_say, speaks_the_language_of_the_environment)
{
	struct cli_args_text t = {"yes", "是"};

	(void)setenv("LC_ALL", "zh_CN.UTF-8", 1);
	cr_assert_str_eq(cli_args_say(t), "是");
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	cr_assert_str_eq(cli_args_say(t), "yes");
}

Test(cli_args_number, takes_digits_and_nothing_else)
{
	static const char *const bad[] = {"", "abc", "-1", "+1", "1x", " 1",
	    "0x10", "100", "18446744073709551616"};
	uint64_t v = 7;

	cr_assert_eq(cli_args_number(&v, "INDEX", "42", 99, &why), ERR_OK);
	cr_assert_eq(v, 42);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_assert_eq(cli_args_number(&v, "INDEX", bad[i], 99, &why),
		    ERR_MALFORMED, "\"%s\" passes", bad[i]);
		cr_assert_eq(v, 42);
	}
}

Test(cli_args_parse, drops_no_value_but_refuses_too_many)
{
	static char name[] = "--name=n";
	static char area[] = "--area=a";
	char *argv[CLI_ARGS_REPEATS + 2];
	int argc = 0;

	argv[argc++] = name;
	for (int i = 0; i < CLI_ARGS_REPEATS; i++)
		argv[argc++] = area;
	cr_assert_eq(cli_args_parse(&args, OPTIONS, argc, argv, &why), ERR_OK);
	argv[argc++] = area;
	cr_assert_eq(
	    cli_args_parse(&args, OPTIONS, argc, argv, &why), ERR_MALFORMED);
}

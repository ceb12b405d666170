/* cli.c - finding commands, printing help, saying what failed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli.h"

#include <stdio.h>
#include <string.h>

const struct cli_command *
cli_find(int argc, char **argv, int *used)
{
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
		const char *space = strchr(c->name, ' ');
		size_t first =
		    space != NULL ? (size_t)(space - c->name) : strlen(c->name);

		if (argc < 1 || strlen(argv[0]) != first ||
		    strncmp(argv[0], c->name, first) != 0)
			continue;
		if (space == NULL) {
			*used = 1;
			return c;
		}
		if (argc >= 2 && strcmp(argv[1], space + 1) == 0) {
			*used = 2;
			return c;
		}
	}
	return NULL;
}

static void
help_all(void)
{
	(void)puts(cli_args_say((struct cli_args_text){
	    "Lianfang - the safety record of a site, provable to strangers\n\n"
	    "usage: lianfang [--dir DIR] [--json] COMMAND [...]\n"
	    "       lianfang COMMAND --help\n",
	    "联防 —— 现场安全记录，外人可验证\n\n"
	    "用法: lianfang [--dir 目录] [--json] 命令 [...]\n"
	    "      lianfang 命令 --help\n"}));
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
		(void)printf("  %-20s %s\n", c->name, cli_args_say(c->help));
}

static void
help_option(const struct cli_args_option *o)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "--%s%s%s", o->name,
	    o->metavar != NULL ? " " : "",
	    o->metavar != NULL ? o->metavar : "");
	(void)printf("  %-26s %s%s\n", left, cli_args_say(o->help),
	    (o->flags & CLI_ARGS_REQUIRED) != 0
	        ? cli_args_say(
	              (struct cli_args_text){" (required)", "（必填）"})
	        : (o->flags & CLI_ARGS_MANY) != 0
	        ? cli_args_say((struct cli_args_text){
	              " (may be repeated)", "（可重复）"})
	        : "");
}

void
cli_help(const struct cli_command *one)
{
	if (one == NULL) {
		help_all();
		return;
	}
	(void)printf("lianfang %s - %s\n\n%s: lianfang %s%s%s%s%s\n", one->name,
	    cli_args_say(one->help),
	    cli_args_say((struct cli_args_text){"usage", "用法"}),
	    one->needs_dir ? "--dir DIR " : "", one->name,
	    one->options->name != NULL ? " [OPTIONS]" : "",
	    one->operands[0] != '\0' ? " " : "", one->operands);
	if (one->options->name != NULL)
		(void)printf("\n%s:\n",
		    cli_args_say((struct cli_args_text){"options", "选项"}));
	for (const struct cli_args_option *o = one->options; o->name != NULL;
	     o++)
		help_option(o);
	if (one->examples != NULL)
		(void)printf("\n%s:\n%s",
		    cli_args_say((struct cli_args_text){"examples", "示例"}),
		    one->examples);
}

static int
status_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return CLI_OK;
	case ERR_MALFORMED:
	case ERR_UNSUPPORTED:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_UNVERIFIED:
	case ERR_REFUSED:
	case ERR_DENIED:
	case ERR_CONFLICT:
	case ERR_LIMIT:
	case ERR_CORRUPT:
		return CLI_FAILED;
	case ERR_FULL:
	case ERR_BUSY:
	case ERR_TIMEOUT:
	case ERR_IO:
		return CLI_UNREACHABLE;
	}
	return CLI_FAILED;
}

int
cli_fail(enum err e, const char *what, const struct err_why *why)
{
	(void)fprintf(stderr, "lianfang: %s: %s\n", what,
	    why != NULL && why->text[0] != '\0' ? why->text : err_text(e));
	return status_of(e);
}

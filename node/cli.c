/* cli.c - finding commands, printing help, saying what failed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli.h"

#include "node/cli_wrap.h"

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
help_row(FILE *to, const struct cli_command *c)
{
	(void)fprintf(to, "  %-22s  %s\n", c->name, cli_args_say(c->help));
}

void
cli_unknown(const char *word, const char *next)
{
	size_t len = strlen(word);
	bool two = next != NULL && next[0] != '-';

	(void)fprintf(stderr,
	    CLI_ARGS_SAY(
	        "lianfang: no command \"%s%s%s\"\n  -> lianfang --help\n",
	        "lianfang: 没有命令 \"%s%s%s\"\n  -> lianfang --help\n"),
	    word, two ? " " : "", two ? next : "");
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
		if (strncmp(c->name, word, len) == 0 && c->name[len] == ' ')
			help_row(stderr, c);
	}
}

static void
help_all(void)
{
	(void)fputs(CLI_ARGS_SAY(
	                "Lianfang - the safety record of a site, provable to "
	                "strangers\n\n"
	                "usage: lianfang [--dir DIR] [--json] COMMAND [...]\n"
	                "       lianfang COMMAND --help\n\n"
	                "  --dir DIR            the node's directory\n"
	                "  --json               answers as JSON, for programs\n"
	                "  --version            version\n\n",
	                "联防：现场安全记录，外人可验证\n\n"
	                "用法: lianfang [--dir 目录] [--json] 命令 [...]\n"
	                "      lianfang 命令 --help\n\n"
	                "  --dir 目录           节点目录\n"
	                "  --json               以 JSON 输出，供程序使用\n"
	                "  --version            版本\n\n"),
	    stdout);
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
		help_row(stdout, c);
	(void)fputs(
	    CLI_ARGS_SAY("\nexit status: 0 done, 1 refused or not verified, "
	                 "2 wrong command line,\n"
	                 "             3 no node, file or network\n",
	        "\n退出码: 0 完成，1 被拒绝或验证不通过，2 命令行有误，"
	        "3 找不到节点、文件或网络\n"),
	    stdout);
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
	        ? CLI_ARGS_SAY(" (required)", "（必填）")
	        : (o->flags & CLI_ARGS_MANY) != 0
	        ? CLI_ARGS_SAY(" (may be repeated)", "（可重复）")
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
	    cli_args_say(one->help), CLI_ARGS_SAY("usage", "用法"),
	    one->needs_dir ? "--dir DIR " : "", one->name,
	    one->options->name != NULL ? " [OPTIONS]" : "",
	    one->operands[0] != '\0' ? " " : "", one->operands);
	if (one->options->name != NULL)
		(void)printf("\n%s:\n", CLI_ARGS_SAY("options", "选项"));
	for (const struct cli_args_option *o = one->options; o->name != NULL;
	     o++)
		help_option(o);
	if (one->examples != NULL)
		(void)printf("\n%s:\n%s", CLI_ARGS_SAY("examples", "示例"),
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
	case ERR_EXISTS:
	case ERR_UNVERIFIED:
	case ERR_REFUSED:
	case ERR_DENIED:
	case ERR_CONFLICT:
	case ERR_LIMIT:
	case ERR_CORRUPT:
		return CLI_FAILED;
	case ERR_NOT_FOUND: /* a file; a record not found is ERR_REFUSED */
	case ERR_FULL:
	case ERR_BUSY:
	case ERR_TIMEOUT:
	case ERR_IO:
		return CLI_UNREACHABLE;
	}
	return CLI_FAILED;
}

int
cli_fail(const struct cli *cli, enum err e, const struct err_why *why)
{
	const char *text = why != NULL && why->text[0] != '\0'
	    ? cli_args_why(why)
	    : CLI_ARGS_SAY(err_text(e), err_text_zh(e));
	struct buf safe;

	/* It may quote a stranger's file; its lines are ours. */
	buf_init(&safe, 8 * ERR_WHY_BYTES);
	for (;;) {
		size_t n = strcspn(text, "\n");
		char line[2 * ERR_WHY_BYTES];

		(void)snprintf(line, sizeof(line), "%.*s", (int)n, text);
		cli_wrap_plain(&safe, line);
		if (text[n] == '\0')
			break;
		buf_u8(&safe, '\n');
		text += n + 1;
	}
	(void)fprintf(
	    stderr, "lianfang %s: %s\n", cli->command, buf_cstr(&safe));
	buf_clear(&safe);
	return status_of(e);
}

int
cli_wrong(const struct cli *cli, const struct err_why *why)
{
	(void)fprintf(stderr, "lianfang %s: %s\n  -> lianfang %s --help\n",
	    cli->command, cli_args_why(why), cli->command);
	return CLI_USAGE;
}

/* lianfang.c - the admin CLI and offline verifier: find a command, run it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli.h"
#include "node/service.h"
#include "proto/crypto.h"
#include "proto/text.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Options before the command.  Returns how many words they took, -1 on a
 * mistake (said already). */
static int
global_options(struct cli *cli, int argc, char **argv, bool *help)
{
	int i = 0;

	for (; i < argc && argv[i][0] == '-'; i++) {
		bool dir = strcmp(argv[i], "--dir") == 0 ||
		    strncmp(argv[i], "--dir=", 6) == 0;

		if (dir && cli->dir != NULL) {
			(void)fprintf(stderr,
			    CLI_ARGS_SAY("lianfang: --dir is given twice\n"
			                 "  -> lianfang --help\n",
			        "lianfang: --dir 重复\n"
			        "  -> lianfang --help\n"));
			return -1;
		}
		if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
			cli->dir = argv[++i];
		} else if (strncmp(argv[i], "--dir=", 6) == 0) {
			cli->dir = argv[i] + 6;
		} else if (strcmp(argv[i], "--json") == 0) {
			cli->json = true;
		} else if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			*help = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			(void)puts("lianfang " SERVICE_VERSION);
			exit(CLI_OK);
		} else {
			(void)fprintf(stderr,
			    CLI_ARGS_SAY("lianfang: unknown option %s before "
			                 "the command\n  -> lianfang --help\n",
			        "lianfang: 命令之前有未知选项 %s\n"
			        "  -> lianfang --help\n"),
			    argv[i]);
			return -1;
		}
	}
	return i;
}

static int
run(struct cli *cli, const struct cli_command *c, int argc, char **argv)
{
	struct err_why why;
	enum err e;

	cli->command = c->name;
	e = cli_args_parse(&cli->args, c->options, argc, argv, &why);
	if (cli->args.help) {
		cli_help(c);
		return CLI_OK;
	}
	if (e == ERR_OK &&
	    (cli->args.operands_len < c->operands_min ||
	        cli->args.operands_len > c->operands_max))
		e = err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY(
		        "expected: lianfang %s%s%s", "用法: lianfang %s%s%s"),
		    c->name, c->operands[0] != '\0' ? " " : "", c->operands);
	for (size_t i = 0; e == ERR_OK && i < cli->args.operands_len; i++) {
		if (strstr(c->operands, "NAME") != NULL &&
		    !text_utf8_ok(bytes_str(cli->args.operands[i])))
			e = err_fail(&why, ERR_MALFORMED,
			    CLI_ARGS_SAY("%s: the text is not UTF-8; set the "
			                 "terminal and locale to UTF-8",
			        "%s：文本不是 UTF-8；请将终端与语言环境设为 "
			        "UTF-8"),
			    c->operands);
	}
	if (e == ERR_OK && cli->dir != NULL &&
	    cli_args_get(&cli->args, "dir") != NULL)
		e = err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--%s is given twice", "--%s 重复"), "dir");
	if (cli_args_get(&cli->args, "dir") != NULL)
		cli->dir = cli_args_get(&cli->args, "dir");
	if (cli_args_get(&cli->args, "json") != NULL)
		cli->json = true;
	if (e == ERR_OK && c->needs_dir && cli->dir == NULL)
		e = err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("which node? lianfang --dir DIR %s ...",
		        "哪个节点？lianfang --dir 目录 %s ..."),
		    c->name);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	return c->run(cli);
}

int
main(int argc, char **argv)
{
	static struct cli cli;
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	const struct cli_command *c;
	bool help = false;
	int used;
	int at;

	(void)setlocale(LC_CTYPE, "");
	if (MB_CUR_MAX == 1)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)sigaction(SIGPIPE, &ignore, NULL);
	crypto_start();
	cli.color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	cli.progress = isatty(STDERR_FILENO) != 0;
	at = global_options(&cli, argc - 1, argv + 1, &help);
	if (at < 0)
		return CLI_USAGE;
	argc -= 1 + at;
	argv += 1 + at;
	if (argc == 0 || strcmp(argv[0], "help") == 0) {
		cli_help(argc > 1 ? cli_find(argc - 1, argv + 1, &used) : NULL);
		return argc == 0 && !help ? CLI_USAGE : CLI_OK;
	}
	c = cli_find(argc, argv, &used);
	if (c == NULL) {
		cli_unknown(argv[0], argc > 1 ? argv[1] : NULL);
		return CLI_USAGE;
	}
	if (help) {
		cli_help(c);
		return CLI_OK;
	}
	return run(&cli, c, argc - used, argv + used);
}

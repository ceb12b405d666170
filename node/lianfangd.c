/* lianfangd.c - the daemon: one node in the foreground. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_args.h"
#include "node/daemon.h"
#include "node/service.h"
#include "proto/err.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static void
usage(FILE *to)
{
	(void)fputs(cli_args_chinese()
	        ? "用法: lianfangd --dir 目录\n\n"
	          "在前台运行该目录中的联防节点；就绪后在标准输出打印一行。\n"
	          "  --dir 目录   由 lianfang init 建立的节点目录\n"
	          "  --version    版本\n"
	          "  --help       本帮助\n\n"
	          "SIGTERM 处理完已接收的请求后退出；SIGHUP 重新读取 node.yaml "
	          "与令牌。\n"
	          "示例: lianfangd --dir /var/lib/lianfang\n"
	        : "usage: lianfangd --dir DIR\n\n"
	          "Serves the Lianfang node in DIR, in the foreground; prints "
	          "one line when ready.\n"
	          "  --dir DIR    a node's directory, made by lianfang init\n"
	          "  --version    version\n"
	          "  --help       this\n\n"
	          "SIGTERM finishes what was accepted and exits; SIGHUP reads "
	          "node.yaml and the tokens again.\n"
	          "example: lianfangd --dir /var/lib/lianfang\n",
	    to);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"dir", required_argument, NULL, 'd'},
	    {"version", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct err_why why = {.text = ""};
	const char *dir = NULL;

	for (;;) {
		int c = getopt_long(argc, argv, "d:h", options, NULL);
		if (c == -1)
			break;
		if (c == 'd') {
			dir = optarg;
		} else if (c == 'v') {
			(void)puts("lianfangd " SERVICE_VERSION);
			return EXIT_SUCCESS;
		} else if (c == 'h') {
			usage(stdout);
			return EXIT_SUCCESS;
		} else {
			usage(stderr);
			return 2;
		}
	}
	if (dir == NULL || optind != argc) {
		usage(stderr);
		return 2;
	}
	enum err e = daemon_run(dir, &why);
	if (e == ERR_OK)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "lianfangd: %s\n",
	    why.text[0] != '\0' ? cli_args_why(&why)
	                        : CLI_ARGS_SAY(err_text(e), err_text_zh(e)));
	if (e == ERR_CORRUPT)
		(void)fputs(
		    CLI_ARGS_SAY(
		        "all that is damaged: lianfang audit --all; to "
		        "mend it: lianfang repair\n",
		        "列出全部受损处：lianfang audit --all；修复：lianfang "
		        "repair\n"),
		    stderr);
	return EXIT_FAILURE;
}

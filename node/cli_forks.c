/* cli_forks.c - evidence that a log signed two histories. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "ledger/fork.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/whole_file.h"

#include <stdio.h>

int
cli_forks_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"FORKED LOG", "分叉的日志"}, "origin"},
	    {{"ONE CHECKPOINT", "一个检查点"}, "first"},
	    {{"ANOTHER", "另一个"}, "second"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/forks", NULL,
	    &config__forks__descriptor,
	    &(struct cli_out_view){.rows = "items", .columns = columns});
}

int
cli_forks_submit(struct cli *cli)
{
	const char *file = cli->args.operands[0];
	struct err_why why = {.text = ""};
	struct cli_call *call = NULL;
	struct buf text, out;
	int status = CLI_OK;
	enum err e;

	buf_init(&text, FORK_BYTES_MAX);
	buf_init(&out, FORK_BYTES_MAX);
	e = whole_file_read(&text, file, &why);
	if (e != ERR_OK) {
		status = cli_fail(cli, e, &why);
		goto out;
	}
	call = cli_call_open(cli, &status);
	if (call == NULL)
		goto out;
	e = cli_call_send(call,
	    &(struct cli_call_request){.method = "POST",
	        .path = "/v1/forks",
	        .type = "text/plain",
	        .body = buf_view(&text)},
	    &out, &why);
	if (e != ERR_OK)
		status = cli_fail(cli, e, &why);
	else if (cli->json)
		(void)fputs(buf_cstr(&out), stdout);
	else
		(void)puts(CLI_ARGS_SAY(
		    "it holds: the members are told, and nothing more of that "
		    "log is accepted",
		    "证据成立：已通知各成员，不再接受该日志的新内容"));
out:
	cli_call_close(call);
	buf_clear(&text);
	buf_clear(&out);
	return status;
}

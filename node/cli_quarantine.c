/* cli_quarantine.c - messages in quarantine, on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "proto/slice.h"

#include <stdio.h>
#include <string.h>

#define PATH "/v1/quarantine"

static void
print_rest(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__QuarantineList *m = (const Api__QuarantineList *)msg;

	(void)cli;
	if (m->next_cursor != NULL)
		(void)printf("%s: --cursor %s\n", CLI_ARGS_SAY("more", "更多"),
		    m->next_cursor);
}

int
cli_quarantine_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "quarantine_id"},
	    {{"RECEIVED", "接收于"}, "received_at"},
	    {{"TOKEN", "令牌"}, "token"},
	    {{"OPERATION", "操作"}, "operation"},
	    {{"CODE", "原因"}, "code"},
	    {{"FIELD", "字段"}, "path"},
	    {{"BYTES", "字节"}, "bytes"},
	    {{NULL, NULL}, NULL},
	};
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_str(&path, PATH);
	cli_call_query(&path, "limit", cli_args_get(&cli->args, "limit"));
	cli_call_query(&path, "cursor", cli_args_get(&cli->args, "cursor"));
	status = cli_call_show(cli, "GET", buf_cstr(&path), NULL,
	    &api__quarantine_list__descriptor,
	    &(struct cli_out_view){
	        .rows = "items", .columns = columns, .more = print_rest});
	buf_clear(&path);
	return status;
}

static void
print_body(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Quarantined *m = (const Api__Quarantined *)msg;

	(void)puts("");
	if (m->body_text != NULL)
		cli_out_text(cli, "body", m->body_text);
	else
		(void)puts(CLI_ARGS_SAY("(no text; --json shows it as base64)",
		    "（非文本，--json 以 base64 显示）"));
}

int
cli_quarantine_show(struct cli *cli)
{
	static const struct cli_out_column en[] = {
	    {{"id", "编号"}, "quarantine_id"},
	    {{"received", "接收于"}, "received_at"},
	    {{"token", "令牌"}, "token"},
	    {{"operation", "操作"}, "operation"},
	    {{"content", "内容类型"}, "content_type"},
	    {{"code", "原因"}, "code"},
	    {{"field", "字段"}, "path"},
	    {{"why", "说明"}, "text"},
	    {{"bytes", "字节"}, "bytes"},
	    {{NULL, NULL}, NULL},
	};
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};

	if (cli_record_path(path, PATH, cli->args.operands[0], "", &why) !=
	    ERR_OK)
		return cli_wrong(cli, &why);
	return cli_call_show(cli, "GET", path, NULL,
	    &api__quarantined__descriptor,
	    &(struct cli_out_view){.head = en, .more = print_body});
}

/* The corrected message: YAML or JSON of record.Alarm, or of record.Case. */
static enum err
form_get(const struct cli *cli, Api__QuarantinePost *post, struct err_why *why)
{
	const char *path = cli_args_get(&cli->args, "form");
	ProtobufCMessage *msg = NULL;
	const char *what = cli_args_get(&cli->args, "kind");
	const bool is_case = what != NULL && strcmp(what, "case") == 0;
	enum err e = cli_record_form(&msg, path,
	    is_case ? &record__case__descriptor : &record__alarm__descriptor,
	    why);

	if (e == ERR_OK && is_case)
		post->case_event = (Record__Case *)(void *)msg;
	else if (e == ERR_OK)
		post->alarm = (Record__Alarm *)(void *)msg;
	return e;
}

static int
decide(struct cli *cli, const char *tail, bool release)
{
	static const struct cli_out_column head[] = {
	    {{"record", "记录"}, "record_id"},
	    {{"outcome", "结果"}, "outcome"},
	    {{"log", "日志"}, "origin"},
	    {{"entry", "条目"}, "leaf_index"},
	    {{NULL, NULL}, NULL},
	};
	Api__QuarantinePost post = API__QUARANTINE_POST__INIT;
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};
	int status;
	enum err e;

	post.operator_ = cli_record_text(cli_args_get(&cli->args, "actor"));
	post.reason = cli_record_text(cli_args_get(&cli->args, "reason"));
	e = cli_record_path(path, PATH, cli->args.operands[0], tail, &why);
	if (e == ERR_OK && release)
		e = form_get(cli, &post, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_show(cli, "POST", path, &post.base,
	    &ledger__receipt__descriptor, &(struct cli_out_view){.head = head});
	if (post.alarm != NULL)
		slice_free(&post.alarm->base);
	if (post.case_event != NULL)
		slice_free(&post.case_event->base);
	return status;
}

int
cli_quarantine_release(struct cli *cli)
{
	return decide(cli, "/release", true);
}

int
cli_quarantine_discard(struct cli *cli)
{
	return decide(cli, "/discard", false);
}

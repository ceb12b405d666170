/* cli_outbox.c - notices to those outside, on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "proto/slice.h"

#include <stdio.h>
#include <strings.h>

static int
show(struct cli *cli, const char *path, const char *state,
    const char *target_param, const ProtobufCMessageDescriptor *desc,
    const struct cli_out_view *view)
{
	const struct cli_args *a = &cli->args;
	struct buf text;
	int status;

	buf_init(&text, 4096);
	buf_str(&text, path);
	cli_call_query(&text, "state", state);
	cli_call_query(&text, target_param, cli_args_get(a, "target"));
	cli_call_query(&text, "limit", cli_args_get(a, "limit"));
	cli_call_query(&text, "cursor", cli_args_get(a, "cursor"));
	status = cli_call_show(cli, "GET", buf_cstr(&text), NULL, desc, view);
	buf_clear(&text);
	return status;
}

static int
list_delivered(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"NOTICE", "通知"}, "record_id"},
	    {{"TARGET", "对象"}, "events.delivery.target"},
	    {{"KIND", "类别"}, "events.delivery.kinds"},
	    {{"STATE", "状态"}, "state"},
	    {{"AT", "时间"}, "changed_at"},
	    {{"HTTP", "HTTP"}, "events.delivery.status"},
	    {{"ATTEMPTS", "次数"}, "events.delivery.attempts"},
	    {{"ABOUT", "所述记录"}, "events.delivery.about_id"},
	    {{NULL, NULL}, NULL},
	};

	return show(cli, "/v1/deliveries", "DELIVERED", "subject",
	    &api__records__descriptor,
	    &(struct cli_out_view){.rows = "items", .columns = columns});
}

static int
list_due(struct cli *cli, const char *state)
{
	static const struct cli_out_column head[] = {
	    {{"pending", "待送"}, "pending"},
	    {{"given up", "已放弃"}, "given_up"},
	    {{"next", "下页"}, "next_cursor"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"NOTICE", "通知"}, "notice_id"},
	    {{"TARGET", "对象"}, "target"},
	    {{"KIND", "类别"}, "kind"},
	    {{"STATE", "状态"}, "state"},
	    {{"AREA", "区域"}, "area"},
	    {{"AGE S", "秒"}, "age_seconds"},
	    {{"ATTEMPTS", "次数"}, "attempts"},
	    {{"HTTP", "HTTP"}, "status"},
	    {{"LAST ERROR", "最近错误"}, "error"},
	    {{NULL, NULL}, NULL},
	};

	return show(cli, "/v1/outbox", state, "target",
	    &api__outbox__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "items", .columns = columns});
}

int
cli_outbox_list(struct cli *cli)
{
	const char *state = cli_args_get(&cli->args, "state");
	struct err_why why = {.text = ""};

	if (state == NULL)
		return list_due(cli, NULL);
	if (strcasecmp(state, "pending") == 0)
		return list_due(cli, "PENDING");
	if (strcasecmp(state, "given-up") == 0 ||
	    strcasecmp(state, "given_up") == 0)
		return list_due(cli, "GIVEN_UP");
	if (strcasecmp(state, "delivered") == 0)
		return list_delivered(cli);
	(void)err_fail(&why, ERR_MALFORMED,
	    CLI_ARGS_SAY("--state %s: expected pending, given-up or delivered",
	        "--state %s：应为 pending、given-up 或 delivered"),
	    state);
	return cli_wrong(cli, &why);
}

int
cli_outbox_retry(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"retried", "重送"}, "retried"},
	    {{"at once", "立即发送"}, "hurried"},
	    {{NULL, NULL}, NULL},
	};
	const struct cli_args *a = &cli->args;
	Api__OutboxRetry m = API__OUTBOX_RETRY__INIT;
	struct err_why why = {.text = ""};
	const bool all = cli_args_get(a, "all") != NULL;

	if (all == (a->operands_len > 0)) {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("give either an ID or --all%s",
		        "请给出编号或 --all 之一%s"),
		    "");
		return cli_wrong(cli, &why);
	}
	m.has_all = m.all = all;
	if (!all)
		m.notice_id = cli_record_text(a->operands[0]);
	return cli_call_show(cli, "POST", "/v1/outbox/retry", &m.base,
	    &api__outbox_retried__descriptor,
	    &(struct cli_out_view){.head = head});
}

int
cli_outbox_test(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"target", "对象"}, "target"},
	    {{"taken", "已接收"}, "taken"},
	    {{"HTTP", "HTTP"}, "status"},
	    {{"error", "错误"}, "error"},
	    {{NULL, NULL}, NULL},
	};
	Api__OutboxTest m = API__OUTBOX_TEST__INIT;
	ProtobufCMessage *answer = NULL;
	int status;

	m.target = cli_record_text(cli->args.operands[0]);
	status = cli_call_message(cli, "POST", "/v1/outbox/test", &m.base,
	    &api__outbox_tested__descriptor, &answer);
	if (status != CLI_OK)
		return status;
	cli_out_answer(cli, answer, &(struct cli_out_view){.head = head});
	if (!((const Api__OutboxTested *)(const void *)answer)->taken)
		status = CLI_FAILED;
	slice_free(answer);
	return status;
}

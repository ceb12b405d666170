/* cli_retain.c - terms, what is due, legal holds. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_options.h"
#include "node/cli_record.h"
#include "node/cli_row.h"
#include "proto/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define HOLDS "/v1/holds"

OPT cli_options_hold_place[] = {DIR_ROW, JSON_ROW, ACTOR_ROW,
    {"reason", "TEXT", CLI_ARGS_REQUIRED, {"which proceeding", "案由"}},
    {"record", "ID", 0, {"this record alone", "仅该记录"}},
    {"subject", "REF", 0,
        {"named in a field of its own, not within a free text",
            "以单独字段写明的人员或数据源，不含自由文本"}},
    {"kind", "KIND", 0, {"alarm permit certificate case ...", "记录种类"}},
    {"area", "AREA", 0, {"in this area", "该区域"}},
    {"from", "TIME", 0, {"recorded since", "入账时间起"}},
    {"to", "TIME", 0, {"recorded before", "入账时间止"}}, END};
OPT cli_options_hold_release[] = {DIR_ROW, JSON_ROW, ACTOR_ROW,
    {"reason", "TEXT", CLI_ARGS_REQUIRED, {"why it is over", "解除原因"}},
    {"record", "ID", 0,
        {"of a request that cannot be read: what it was for",
            "删除申请无法读取时：其所指的记录"}},
    END};
OPT cli_options_due[] = {DIR_ROW, JSON_ROW,
    {"days", "N", 0, {"within so many days; 0", "若干天内，默认 0"}}, END};

/* ---- holds ---- */

static int
send_hold(struct cli *cli, Record__Retention *m, const char *id)
{
	const struct cli_args *a = &cli->args;

	m->has_action = m->has_occurred_at = 1;
	m->occurred_at = clock_wall_us(clock_system());
	m->reason = cli_record_text(cli_args_get(a, "reason"));
	m->operator_ = cli_record_text(cli_args_get(a, "actor"));
	return cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__RETENTION,
	        .path = HOLDS,
	        .record_id = id,
	        .msg = &m->base,
	        .occurred_us = m->occurred_at});
}

int
cli_retain_place(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const int64_t now_us = clock_wall_us(clock_system());
	Record__Retention m = RECORD__RETENTION__INIT;
	struct err_why why = {.text = ""};
	char kind[32];
	int status;
	enum err e;

	m.action = RECORD__RETENTION__ACTION__HOLD;
	m.record_id = cli_record_text(cli_args_get(a, "record"));
	m.subject = cli_record_text(cli_args_get(a, "subject"));
	m.area = cli_record_text(cli_args_get(a, "area"));
	if (cli_args_get(a, "kind") != NULL) {
		(void)snprintf(
		    kind, sizeof kind, "%s", cli_args_get(a, "kind"));
		for (char *c = kind; *c != '\0'; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A')
			                            : *c;
		m.kind = kind;
	}
	e = cli_record_time(
	    cli, "from", now_us, &m.has_from_at, &m.from_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(
		    cli, "to", now_us, &m.has_to_at, &m.to_at, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	status = send_hold(cli, &m, NULL);
	if (status == 0 && m.subject != NULL && !cli->json)
		(void)puts(CLI_ARGS_SAY(
		    "held: records that name this person or source in a field "
		    "of its own; not those where the name stands within a free "
		    "text: hold these by --record, --kind or --area",
		    "已保全：以单独字段写明该人员或数据源的记录；姓名仅出现在"
		    "自由文本中的记录不在其内，请用 --record、--kind 或 --area "
		    "保全"));
	return status;
}

int
cli_retain_release(struct cli *cli)
{
	Record__Retention m = RECORD__RETENTION__INIT;

	m.action = RECORD__RETENTION__ACTION__RELEASE;
	m.record_id = cli_record_text(cli_args_get(&cli->args, "record"));
	return send_hold(cli, &m, cli->args.operands[0]);
}

int
cli_retain_holds(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"STATE", "状态"}, "state"},
	    {{"SINCE", "开始"}, "opened_at"},
	    {{"RECORD", "记录"}, "events.retention.record_id"},
	    {{"SUBJECT", "人员"}, "events.retention.subject"},
	    {{"KIND", "类别"}, "events.retention.kind"},
	    {{"AREA", "区域"}, "events.retention.area"},
	    {{"FROM", "自"}, "events.retention.from_at"},
	    {{"TO", "至"}, "events.retention.to_at"},
	    {{"BY", "责任人"}, "events.retention.operator"},
	    {{"REASON", "原因"}, "events.retention.reason"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, HOLDS "?kind=hold", columns);
}

/* ---- terms ---- */

static const struct cli_out_column waits[] = {
    {{"REQUEST", "申请"}, "record_id"},
    {{"ERASES", "删除记录"}, "erases"},
    {{"INDEX", "索引"}, "index"},
    {{"NOT BEFORE", "不早于"}, "until_at"},
    {{"CLAUSE", "条款"}, "clause"},
    {{NULL, NULL}, NULL},
};

static int
show_record(struct cli *cli, const char *id)
{
	static const struct cli_out_column head[] = {
	    {{"record", "记录"}, "record_id"},
	    {{"kind", "类别"}, "kind"},
	    {{"term", "期限"}, "term"},
	    {{"state", "状态"}, "state"},
	    {{"in force", "在效"}, "in_force"},
	    {{"newest event", "最近事件"}, "newest_at"},
	    {{"kept until", "保存至"}, "until_at"},
	    {{"erasable from", "可删除自"}, "erasable_at"},
	    {{"media until", "媒体保存至"}, "media_until_at"},
	    {{"held by", "保全"}, "hold_id"},
	    {{"clause", "条款"}, "clause"},
	    {{"source", "来源"}, "source"},
	    {{"personal fields", "个人信息字段"}, "personal"},
	    {{NULL, NULL}, NULL},
	};
	struct err_why why = {.text = ""};
	char path[CLI_RECORD_PATH_MAX];

	if (cli_record_path(path, "/v1/retention", id, "", &why) != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_call_show(cli, "GET", path, NULL,
	    &api__retention_view__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "waiting", .columns = waits});
}

int
cli_retain_show(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"policy", "期限表"}, "policy"},
	    {{"basis", "法律依据"}, "basis"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"CLASS", "类别"}, "name"},
	    {{"KIND", "种类"}, "kind"},
	    {{"TYPE", "子类"}, "type"},
	    {{"MONTHS", "月"}, "keep_months"},
	    {{"AT LEAST", "至少"}, "min_months"},
	    {{"BY LAW", "法定"}, "legal"},
	    {{"MEDIA DAYS", "媒体天数"}, "media_days"},
	    {{"CLAUSE", "条款"}, "clause"},
	    {{"CONFIRMED", "已核实"}, "confirmed"},
	    {{NULL, NULL}, NULL},
	};

	if (cli->args.operands_len > 0)
		return show_record(cli, cli->args.operands[0]);
	return cli_call_show(cli, "GET", "/v1/retention", NULL,
	    &api__retentions__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "classes", .columns = columns});
}

static void
say_waiting(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Retentions *r = (const Api__Retentions *)msg;

	if (r->ends_nothing != NULL && r->ends_nothing_zh != NULL)
		(void)printf("%s %s\n",
		    CLI_ARGS_SAY("nothing ends now:", "目前不到期："),
		    CLI_ARGS_SAY(r->ends_nothing, r->ends_nothing_zh));
	if (r->n_waiting == 0)
		return;
	(void)puts("");
	cli_out_answer(cli, msg,
	    &(struct cli_out_view){.rows = "waiting", .columns = waits});
}

int
cli_retain_due(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"policy", "期限表"}, "policy"},
	    {{"as of", "截至"}, "as_of_at"},
	    {{"holds", "保全"}, "holds"},
	    {{"quiet until", "静默至"}, "quiet_until_at"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"TERM", "期限"}, "term"},
	    {{"WHAT", "内容"}, "what"},
	    {{"DUE", "到期"}, "records"},
	    {{"MORE", "更多"}, "more"},
	    {{"KEPT", "仍保存"}, "kept"},
	    {{"OLDEST", "最早"}, "oldest_at"},
	    {{NULL, NULL}, NULL},
	};
	struct buf path;
	int status;

	buf_init(&path, 256);
	buf_str(&path, "/v1/retention");
	cli_call_query(&path, "days", cli_args_get(&cli->args, "days"));
	status = cli_call_show(cli, "GET", buf_cstr(&path), NULL,
	    &api__retentions__descriptor,
	    &(struct cli_out_view){.head = head,
	        .rows = "due",
	        .columns = columns,
	        .more = say_waiting});
	buf_clear(&path);
	return status;
}

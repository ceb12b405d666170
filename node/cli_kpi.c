/* cli_kpi.c - figures of alarms on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/v1/kpi/alarms"

static const struct {
	const char *name;
	struct cli_args_text what; /* numerator / denominator */
} figures[] = {
    {"rate", {"alarms / windows", "报警数 / 时间窗数"}},
    {"peak", {"alarms of the busiest window", "最多一窗的报警数"}},
    {"flood_time", {"seconds in flood / seconds", "泛滥秒数 / 总秒数"}},
    {"flood_alarms", {"alarms in floods / alarms", "泛滥期报警 / 报警"}},
    {"top_ten",
        {"alarms of the ten loudest instruments / alarms",
            "最频繁十点的报警 / 报警"}},
    {"chattering", {"chattering / alarms", "抖动报警 / 报警"}},
    {"fleeting", {"fleeting / alarms", "瞬时报警 / 报警"}},
    {"stale", {"standing too long at the end", "期末长期未复位的报警"}},
    {"priority_1", {"of this priority / alarms", "该优先级 / 报警"}},
    {"priority_2", {"of this priority / alarms", "该优先级 / 报警"}},
    {"priority_3", {"of this priority / alarms", "该优先级 / 报警"}},
    {"priority_4", {"of this priority / alarms", "该优先级 / 报警"}},
    {"accuracy", {"true / true and false", "真报 / 真报与误报"}},
    {"nuisance", {"nuisance / judged", "扰动 / 已判定"}},
    {"acknowledged", {"acknowledged / alarms", "已确认 / 报警"}},
    {"ack_p50", {"milliseconds to acknowledge, median", "确认用时毫秒，中位"}},
    {"ack_p95",
        {"milliseconds to acknowledge, 95 of 100", "确认用时毫秒，95 分位"}},
};

static const struct cli_args_text *
what(const char *name)
{
	static const struct cli_args_text none = {"", ""};

	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
		if (strcmp(figures[i].name, name) == 0)
			return &figures[i].what;
	return &none;
}

/* Area, site and times, as they were given. */
static enum err
window_path(const struct cli *cli, struct buf *out, struct err_why *why)
{
	const struct cli_args *a = &cli->args;
	enum err e;

	cli_call_query(out, "area", cli_args_get(a, "area"));
	cli_call_query(out, "site", cli_args_get(a, "site"));
	e = cli_record_when(cli, "from", out, why);
	return e == ERR_OK ? cli_record_when(cli, "to", out, why) : e;
}

static void
print_top(const struct cli *cli, const ProtobufCMessage *msg)
{
	static const struct cli_out_column columns[] = {
	    {{"LOUDEST", "最频繁"}, "alarms"},
	    {{"SOURCE", "来源"}, "source"},
	    {{"DEVICE", "设备"}, "device"},
	    {{"TAG", "位号"}, "tag"},
	    {{"KIND", "类型"}, "kind"},
	    {{"AREA", "区域"}, "area"},
	    {{"ONE OF THEM", "其中一条"}, "record_id"},
	    {{NULL, NULL}, NULL},
	};

	if (((const Api__AlarmKpi *)msg)->n_top == 0)
		return;
	(void)puts("");
	cli_out_answer(cli, msg,
	    &(struct cli_out_view){.rows = "top", .columns = columns});
}

static void
explain(Api__AlarmKpi *m)
{
	for (size_t i = 0; i < m->n_figures; i++) {
		char *name = m->figures[i]->name;
		const struct cli_args_text *t = what(name);
		char text[160];

		(void)snprintf(text, sizeof text, "%-13s %s", name,
		    CLI_ARGS_SAY(t->en, t->zh));
		free(name);
		m->figures[i]->name = mem_strdup(text);
	}
}

static int
show(struct cli *cli, const char *path)
{
	static const struct cli_out_column head[] = {
	    {{"site", "站点"}, "site"},
	    {{"area", "区域"}, "area"},
	    {{"from", "起"}, "from_at"},
	    {{"to", "止"}, "to_at"},
	    {{"window s", "时间窗秒"}, "window_seconds"},
	    {{"policy", "策略"}, "policy"},
	    {{"floods", "泛滥次数"}, "floods"},
	    {{"left out: exercise, test", "未计入：演练、测试"}, "excluded"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"FIGURE", "指标"}, "name"},
	    {{"VALUE", "值"}, "value"},
	    {{"NUMERATOR", "分子"}, "numerator"},
	    {{"DENOMINATOR", "分母"}, "denominator"},
	    {{NULL, NULL}, NULL},
	};
	const struct cli_out_view view = {.head = head,
	    .rows = "figures",
	    .columns = columns,
	    .more = print_top};
	ProtobufCMessage *msg = NULL;
	int status = cli_call_message(
	    cli, "GET", path, NULL, &api__alarm_kpi__descriptor, &msg);

	if (status != CLI_OK)
		return status;
	Api__AlarmKpi *m = (Api__AlarmKpi *)(void *)msg;
	if (!cli->json)
		explain(m);
	cli_out_answer(cli, msg, &view);
	api__alarm_kpi__free_unpacked(m, NULL);
	return CLI_OK;
}

static void
print_cursor(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__KpiRecords *m = (const Api__KpiRecords *)msg;

	(void)cli;
	if (m->next_cursor != NULL)
		(void)printf("%s: --cursor %s\n", CLI_ARGS_SAY("more", "更多"),
		    m->next_cursor);
}

static int
show_records(struct cli *cli, const char *path)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"OPENED", "开始"}, "opened_at"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", path, NULL,
	    &api__kpi_records__descriptor,
	    &(struct cli_out_view){
	        .rows = "items", .columns = columns, .more = print_cursor});
}

int
cli_kpi_alarms(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *figure = cli_args_get(a, "records");
	struct err_why why = {.text = ""};
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_str(&path, PATH);
	if (figure != NULL)
		buf_printf(&path, "/%.40s", figure);
	if (window_path(cli, &path, &why) != ERR_OK) {
		status = cli_wrong(cli, &why);
	} else if (figure == NULL) {
		status = show(cli, buf_cstr(&path));
	} else {
		cli_call_query(&path, "part", cli_args_get(a, "part"));
		cli_call_query(&path, "limit", cli_args_get(a, "limit"));
		cli_call_query(&path, "cursor", cli_args_get(a, "cursor"));
		status = show_records(cli, buf_cstr(&path));
	}
	buf_clear(&path);
	return status;
}

int
cli_kpi_source(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"source", "来源"}, "source"},
	    {{"site", "站点"}, "site"},
	    {{"numbers", "条数"}, "numbers"},
	    {{"older ones", "另有更早"}, "more"},
	    {{"late after s", "迟报界限秒"}, "late_seconds"},
	    {{"late p50 ms", "延迟中位毫秒"}, "late_p50_ms"},
	    {{"late p95 ms", "延迟 95 分位毫秒"}, "late_p95_ms"},
	    {{"ahead of time", "早于发生"}, "ahead"},
	    {{"clock off", "时钟超差"}, "clock_off"},
	    {{"clock off ms", "最大时钟偏差毫秒"}, "clock_offset_ms"},
	    {{"missing", "缺失"}, "missing"},
	    {{"conflicts", "冲突"}, "conflicts"},
	    {{"erased", "已擦除"}, "erased"},
	    {{"damaged", "损坏"}, "damaged"},
	    {{"in quarantine", "隔离中"}, "quarantined"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"FIGURE", "指标"}, "name"},
	    {{"VALUE", "值"}, "value"},
	    {{"NUMERATOR", "分子"}, "numerator"},
	    {{"DENOMINATOR", "分母"}, "denominator"},
	    {{NULL, NULL}, NULL},
	};
	const struct cli_args *a = &cli->args;
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_str(&path, "/v1/kpi/source");
	cli_call_query(&path, "source", a->operands[0]);
	cli_call_query(&path, "site", cli_args_get(a, "site"));
	cli_call_query(&path, "numbers", cli_args_get(a, "numbers"));
	status = cli_call_show(cli, "GET", buf_cstr(&path), NULL,
	    &api__source_quality__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "figures", .columns = columns});
	buf_clear(&path);
	return status;
}

/* cli_indicator.c - indicators on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/cli_wrap.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH "/v1/indicators"

static char *
replaced(char *old, char *text)
{
	free(old);
	return text;
}

/* What people read: the title of their language, the figure with its unit, or
 * why there is none. */
static void
explain(Api__IndicatorView *v)
{
	static const char *const units[] = {"", " %", "", " s", " ms"};
	char text[256];

	if (cli_args_chinese() && v->title_zh != NULL)
		v->title = replaced(v->title, mem_strdup(v->title_zh));
	if (v->lack != NULL) {
		(void)snprintf(text, sizeof text, "%s: %.200s",
		    CLI_ARGS_SAY("no data", "无数据"),
		    CLI_ARGS_SAY(v->lack_text, v->lack_text_zh));
		v->lack_text = replaced(v->lack_text, mem_strdup(text));
		return;
	}
	if (!v->has_value && !v->over)
		return;
	/* Cut, not rounded: 99.996 has not reached 100. */
	double shown = (double)(long long)(v->value * 1000) / 1000;
	(void)snprintf(text, sizeof text, "%s%.10g%s",
	    v->over             ? "> "
	        : v->n_bins > 0 ? "<= "
	                        : "",
	    v->over && v->n_steps > 0 ? (double)v->steps[v->n_steps - 1]
	                              : shown,
	    units[v->has_unit ? v->unit : 0]);
	v->lack_text = replaced(v->lack_text, mem_strdup(text));
}

static const struct cli_out_column columns[] = {
    {{"SET", "指标集"}, "set"},
    {{"ID", "指标"}, "id"},
    {{"FIGURE", "数值"}, "lack_text"},
    {{"OF", "分子"}, "numerator"},
    {{"ALL", "分母"}, "denominator"},
    {{"LEFT OUT", "排除"}, "excluded"},
    {{"UNREADABLE", "不可读"}, "unreadable"},
    {{"TARGET", "目标"}, "target"},
    {{"MET", "达标"}, "met"},
    {{"STALE", "过期"}, "stale"},
    {{"SCORE", "得分"}, "score"},
    {{"WEIGHT", "权重"}, "weight"},
    {{"TITLE", "名称"}, "title"},
    {{NULL, NULL}, NULL},
};

static const struct cli_out_column head[] = {
    {{"site", "站点"}, "site"},
    {{"period", "期间"}, "period"},
    {{"area", "区域"}, "area"},
    {{"from", "起"}, "from_at"},
    {{"to", "止"}, "to_at"},
    {{"not over yet", "未结束"}, "running"},
    {{"log", "日志"}, "origin"},
    {{"entries", "条目数"}, "size"},
    {{"root", "根"}, "root"},
    {{NULL, NULL}, NULL},
};

static void
print_indexes(Api__IndexView *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)printf(CLI_ARGS_SAY("%s: %u of 1000, over %u of 100 of "
		                          "its weight\n",
		                 "%s：%u／1000，覆盖权重 %u／100\n"),
		    list[i]->set, (unsigned)list[i]->score,
		    (unsigned)list[i]->weight);
}

static void
print_facts(const struct cli *cli, const ProtobufCMessage *msg)
{
	static const struct cli_out_column facts[] = {
	    {{"PART", "部分"}, "part"},
	    {{"RECORD", "记录"}, "record_id"},
	    {{"BEGAN", "发生"}, "began_at"},
	    {{"LOG", "日志"}, "origin"},
	    {{"ENTRY", "条目"}, "index"},
	    {{NULL, NULL}, NULL},
	};
	const Api__Indicators *m = (const Api__Indicators *)msg;

	print_indexes(m->indexes, m->n_indexes);
	if (m->n_facts == 0)
		return;
	(void)puts("");
	cli_out_answer(cli, msg,
	    &(struct cli_out_view){.rows = "facts", .columns = facts});
	if (m->next_cursor != NULL)
		(void)printf("--cursor %s\n", m->next_cursor);
}

static void
path_of(const struct cli *cli, struct buf *path, const char *id)
{
	static const char *const names[] = {
	    "period", "area", "site", "set", "part", "cursor", "limit"};

	buf_str(path, PATH);
	if (id != NULL)
		buf_printf(path, "/%.64s", id);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cli_call_query(
		    path, names[i], cli_args_get(&cli->args, names[i]));
}

static int
figures(struct cli *cli, const char *id)
{
	ProtobufCMessage *msg = NULL;
	Api__Indicators *m;
	struct buf path;
	int status;

	buf_init(&path, 4096);
	path_of(cli, &path, id);
	status = cli_call_message(cli, "GET", buf_cstr(&path), NULL,
	    &api__indicators__descriptor, &msg);
	buf_clear(&path);
	if (status != CLI_OK)
		return status;
	m = (Api__Indicators *)(void *)msg;
	for (size_t i = 0; i < m->n_items && !cli->json; i++)
		explain(m->items[i]);
	cli_out_answer(cli, msg,
	    &(struct cli_out_view){.head = head,
	        .rows = "items",
	        .columns = columns,
	        .more = print_facts});
	api__indicators__free_unpacked(m, NULL);
	return CLI_OK;
}

int
cli_indicator_list(struct cli *cli)
{
	return figures(cli, NULL);
}

int
cli_indicator_show(struct cli *cli)
{
	return figures(cli, cli->args.operands[0]);
}

/* ---- snapshots ---- */

static const struct cli_out_column snapshots[] = {
    {{"MONTH", "月份"}, "snapshot.period"},
    {{"MADE", "入账"}, "recorded_at"},
    {{"ENTRIES", "条目数"}, "snapshot.size"},
    {{"LOG", "日志"}, "origin"},
    {{"ENTRY", "条目"}, "index"},
    {{"CORRECTS", "更正"}, "snapshot.corrections.period"},
    {{NULL, NULL}, NULL},
};

int
cli_indicator_snapshots(struct cli *cli)
{
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_str(&path, "/v1/snapshots");
	cli_call_query(&path, "site", cli_args_get(&cli->args, "site"));
	cli_call_query(&path, "period", cli_args_get(&cli->args, "period"));
	status = cli_call_show(cli, "GET", buf_cstr(&path), NULL,
	    &api__snapshots__descriptor,
	    &(struct cli_out_view){.rows = "items", .columns = snapshots});
	buf_clear(&path);
	return status;
}

int
cli_indicator_snapshot(struct cli *cli)
{
	static const struct cli_out_column made[] = {
	    {{"made now", "本次生成"}, "made"}, {{NULL, NULL}, NULL}};

	return cli_call_show(cli, "POST", "/v1/snapshots", NULL,
	    &api__snapshots__descriptor,
	    &(struct cli_out_view){
	        .head = made, .rows = "items", .columns = snapshots});
}

/* ---- roll-up ---- */

static const struct cli_out_column sums[] = {
    {{"SET", "指标集"}, "figure.set"},
    {{"ID", "指标"}, "figure.id"},
    {{"FIGURE", "数值"}, "figure.lack_text"},
    {{"OF", "分子"}, "figure.numerator"},
    {{"ALL", "分母"}, "figure.denominator"},
    {{"LEFT OUT", "排除"}, "figure.excluded"},
    {{"MET", "达标"}, "figure.met"},
    {{"FIRST", "第一"}, "ranks.site"},
    {{"TITLE", "名称"}, "figure.title"},
    {{NULL, NULL}, NULL},
};

static void
print_sums(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Rollup *m = (const Api__Rollup *)msg;

	for (size_t i = 0; i < m->n_sites; i++)
		for (size_t k = 0; k < m->sites[i]->n_differs; k++) {
			(void)printf("%s: %s ", m->sites[i]->site,
			    CLI_ARGS_SAY("differs:", "不一致："));
			cli_wrap_put(m->sites[i]->differs[k]);
			(void)puts("");
		}
	(void)puts("");
	cli_out_answer(
	    cli, msg, &(struct cli_out_view){.rows = "items", .columns = sums});
	print_indexes(m->indexes, m->n_indexes);
}

int
cli_indicator_rollup(struct cli *cli)
{
	static const struct cli_out_column sites[] = {
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"LATE", "迟报"}, "late"},
	    {{"STALE", "数据陈旧"}, "stale"},
	    {{"MADE", "入账"}, "recorded_at"},
	    {{"ENTRIES", "条目数"}, "size"},
	    {{"CHECKED", "已重算"}, "checked"},
	    {{"TROUBLE", "问题"}, "trouble"},
	    {{NULL, NULL}, NULL},
	};
	const char *check = cli_args_get(&cli->args, "check");
	ProtobufCMessage *msg = NULL;
	Api__Rollup *m;
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_str(&path, "/v1/rollup");
	cli_call_query(&path, "period", cli_args_get(&cli->args, "period"));
	cli_call_query(&path, "check", check != NULL ? "1" : NULL);
	status = cli_call_message(
	    cli, "GET", buf_cstr(&path), NULL, &api__rollup__descriptor, &msg);
	buf_clear(&path);
	if (status != CLI_OK)
		return status;
	m = (Api__Rollup *)(void *)msg;
	for (size_t i = 0; i < m->n_items && !cli->json; i++)
		explain(m->items[i]->figure);
	cli_out_answer(cli, msg,
	    &(struct cli_out_view){
	        .rows = "sites", .columns = sites, .more = print_sums});
	api__rollup__free_unpacked(m, NULL);
	return CLI_OK;
}

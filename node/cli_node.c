/* cli_node.c - making a node's directory and asking how it is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api.pb-c.h"
#include "config.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_make.h"
#include "node/cli_record.h"
#include "node/cli_wrap.h"
#include "node/config.h"
#include "node/site.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* The company is the name without its first label, unless it is given. */
static const char *
company_of(const struct cli_args *a, const char *name)
{
	const char *given = cli_args_get(a, "company");
	const char *dot = strchr(name, '.');

	if (given != NULL)
		return given;
	return dot != NULL ? dot + 1 : name;
}

enum err
cli_make_node(const struct cli *cli, const char *name, const char *role,
    struct err_why *why)
{
	const struct cli_args *a = &cli->args;
	Config__Node node = CONFIG__NODE__INIT;
	struct site_setup setup = {.dir = cli->dir, .name = name};
	const char *http = cli_args_get(a, "http");
	const char *federation = cli_args_get(a, "federation");
	struct buf text;
	enum err e;

	e = site_role_get(&setup.role, role, why);
	if (e != ERR_OK)
		return e;
	node.name = cli_record_text(setup.name);
	node.has_role = 1;
	node.role = config_role(role);
	node.company = cli_record_text(company_of(a, name));
	node.http = cli_record_text(http != NULL ? http : CONFIG_HTTP);
	node.federation = cli_record_text(
	    federation != NULL ? federation : CONFIG_FEDERATION);
	node.has_insecure_listen = cli_args_get(a, "insecure-listen") != NULL;
	node.insecure_listen = node.has_insecure_listen;
	e = config_check(&node, why);
	if (e != ERR_OK)
		return e;
	buf_init(&text, 65536);
	config_write(&text, &node);
	setup.config = buf_view(&text);
	/* Permits are a plant's. */
	setup.whole =
	    setup.role == SITE_PLANT && cli_args_get(a, "reduced") == NULL;
	e = site_init(&setup, why);
	buf_clear(&text);
	return e;
}

int
cli_node_init(struct cli *cli)
{
	struct err_why why = {.text = ""};
	enum err e;

	e = cli_make_node(cli, cli_args_get(&cli->args, "name"),
	    cli_args_get(&cli->args, "role"), &why);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	if (cli->json) {
		cli_out_text(cli, "dir", cli->dir);
		return CLI_OK;
	}
	(void)printf("%s %s\n%s lianfangd --dir %s\n",
	    CLI_ARGS_SAY("made", "已创建"), cli->dir,
	    CLI_ARGS_SAY("start it:", "启动："), cli->dir);
	return CLI_OK;
}

static void
say_rest(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__Status *st = (const Config__Status *)(const void *)msg;

	if (st->clock != NULL)
		cli_clock_faults(cli, st->clock);
	for (size_t i = 0; i < st->n_witnesses; i++)
		if (st->witnesses[i]->trouble != NULL) {
			(void)printf(
			    "%s %s (%s): ", CLI_ARGS_SAY("witness", "外部见证"),
			    st->witnesses[i]->name, st->witnesses[i]->log);
			cli_wrap_put(st->witnesses[i]->trouble);
			(void)puts("");
		}
}

int
cli_node_status(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"name", "名称"}, "name"},
	    {{"role", "角色"}, "role"},
	    {{"company", "公司"}, "company"},
	    {{"version", "版本"}, "version"},
	    {{"ready", "就绪"}, "ready"},
	    {{"waiting for", "等待"}, "waiting_for"},
	    {{"warning", "注意"}, "warnings"},
	    {{"http", "HTTP"}, "http"},
	    {{"federation", "联盟端口"}, "federation"},
	    {{"pid", "进程"}, "pid"},
	    {{"started", "启动于"}, "started_at"},
	    {{"unsigned alarms", "未签名报警"}, "spooled"},
	    {{"notices pending", "待送通知"}, "outbox.pending"},
	    {{"given up", "已放弃"}, "outbox.given_up"},
	    {{"oldest", "最早"}, "outbox.oldest_at"},
	    {{"targets that fail", "未应答的对象"}, "outbox.failing"},
	    {{"witness retired", "见证已停用"}, "witness_retired"},
	    {{"store bytes", "存储字节"}, "store_bytes"},
	    {{"clock", "时钟"}, "clock.state"},
	    {{"legal holds", "法律保全"}, "retention.holds"},
	    {{"erasures waiting", "等待中的删除"}, "retention.waiting"},
	    {{"alliance", "联盟"}, "alliance.name"},
	    {{"fingerprint", "指纹"}, "alliance.fingerprint"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column logs[] = {
	    {{"LOG", "日志"}, "origin"},
	    {{"SIZE", "条数"}, "size"},
	    {{"OWN", "本站"}, "own"},
	    {{"COSIGNED", "见证"}, "cosignatures"},
	    {{"NEWEST", "最新"}, "recorded_at"},
	    {{"TIME EPOCH", "时间纪元"}, "time_epoch"},
	    {{"LOST BEFORE: FROM", "此前丢失：自"}, "lost_from"},
	    {{"TO", "至"}, "lost_to"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/status", NULL,
	    &config__status__descriptor,
	    &(struct cli_out_view){.head = head,
	        .rows = "logs",
	        .columns = logs,
	        .more = say_rest});
}

/* Takes the rows of a page to those before. */
static void
append(Api__Sources *all, Api__Sources *page)
{
	all->items = mem_resize(
	    all->items, all->n_items + page->n_items, sizeof *all->items);
	for (size_t i = 0; i < page->n_items; i++)
		all->items[all->n_items++] = page->items[i];
	page->n_items = 0;
	free(all->next_cursor);
	all->next_cursor = page->next_cursor;
	page->next_cursor = NULL;
	api__sources__free_unpacked(page, NULL);
}

/* Feeds are few as a rule: all pages. */
static int
all_sources(const struct cli *cli, Api__Sources **all)
{
	int status;

	do {
		ProtobufCMessage *page = NULL;
		struct buf path;

		buf_init(&path, 256);
		buf_str(&path, "/v1/sources");
		cli_call_query(
		    &path, "cursor", *all != NULL ? (*all)->next_cursor : NULL);
		status = cli_call_message(cli, "GET", buf_cstr(&path), NULL,
		    &api__sources__descriptor, &page);
		buf_clear(&path);
		if (status == CLI_OK && *all == NULL)
			*all = (Api__Sources *)page;
		else if (status == CLI_OK)
			append(*all, (Api__Sources *)page);
	} while (status == CLI_OK && (*all)->next_cursor != NULL);
	return status;
}

int
cli_node_sources(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"SOURCE", "来源"}, "source"},
	    {{"SITE", "站点"}, "site"},
	    {{"EPOCH", "纪元"}, "epoch"},
	    {{"FIRST", "首号"}, "first_seq"},
	    {{"LAST", "末号"}, "last_seq"},
	    {{"RECEIVED", "已收"}, "received"},
	    {{"MISSING", "缺失"}, "missing"},
	    {{"DUPLICATES", "重复"}, "duplicates"},
	    {{"CONFLICTS", "冲突"}, "conflicts"},
	    {{NULL, NULL}, NULL},
	};

	const struct cli_out_view view = {.rows = "items", .columns = columns};
	Api__Sources *all = NULL;
	int status = all_sources(cli, &all);

	if (status == CLI_OK)
		cli_out_answer(cli, &all->base, &view);
	if (all != NULL)
		api__sources__free_unpacked(all, NULL);
	return status;
}

int
cli_node_spool(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"RECEIVED", "接收于"}, "received_at"},
	    {{"SOURCE", "来源"}, "alarm.source"},
	    {{"NUMBER", "编号"}, "alarm.source_seq"},
	    {{"LEVEL", "级别"}, "alarm.level"},
	    {{"AREA", "区域"}, "alarm.area"},
	    {{"TITLE", "标题"}, "alarm.title"},
	    {{"RECORD", "记录"}, "record_id"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/spool", NULL,
	    &api__spool__descriptor,
	    &(struct cli_out_view){.rows = "items", .columns = columns});
}

static void
say_erased(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Ledger__Receipt *r = (const Ledger__Receipt *)(const void *)msg;

	(void)cli;
	/* A word of the node's own: it waits. */
	if (r->text != NULL && r->text_zh != NULL)
		(void)puts(CLI_ARGS_SAY(r->text, r->text_zh));
	else
		(void)puts(CLI_ARGS_SAY("erased; every proof stays valid",
		    "已清除；所有证明仍然有效"));
}

int
cli_node_erase(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	uint32_t fields[CLI_ARGS_REPEATS];
	struct err_why why = {.text = ""};
	enum err e;

	post.has_index = 1;
	e = cli_args_number(
	    &post.index, "INDEX", a->operands[0], UINT64_MAX, &why);
	post.fields = fields;
	while (e == ERR_OK) {
		const char *text = cli_args_nth(a, "field", post.n_fields);
		uint64_t v = 0;

		if (text == NULL)
			break;
		e = cli_args_number(&v, "--field", text, UINT32_MAX, &why);
		fields[post.n_fields++] = (uint32_t)v;
	}
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	post.origin = cli_record_text(cli_args_get(a, "origin"));
	post.reason = cli_record_text(cli_args_get(a, "reason"));
	post.requested_by = cli_record_text(cli_args_get(a, "by"));
	post.has_wrong = cli_args_get(a, "wrong") != NULL;
	post.wrong = post.has_wrong;
	return cli_call_show(cli, "POST", "/v1/erasures", &post.base,
	    &ledger__receipt__descriptor,
	    &(struct cli_out_view){.more = say_erased});
}

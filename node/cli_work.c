/* cli_work.c - cases and decisions on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_permit.h"
#include "node/cli_record.h"
#include "proto/clock.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define CASES "/v1/cases"

int
cli_work_cases(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"TYPE", "类型"}, "events.case_event.type"},
	    {{"SEVERITY", "严重程度"}, "events.case_event.severity"},
	    {{"AREA", "区域"}, "area"},
	    {{"OPENED", "开始"}, "opened_at"},
	    {{"HAZARD", "危害"}, "events.case_event.hazard"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, CASES, columns);
}

int
cli_work_case(struct cli *cli)
{
	return cli_record_show(cli, CASES);
}

static void
print_decision(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__DecisionView *d = (const Api__DecisionView *)msg;
	bool allow = d->result == RECORD__DECISION__RESULT__ALLOW;
	struct buf line;

	cli_out_word(cli, allow ? 'g' : 'r',
	    allow ? "ALLOW"
	        : d->result == RECORD__DECISION__RESULT__DENY
	        ? "DENY"
	        : "INDETERMINATE");
	buf_init(&line, 4096);
	if (d->has_expires_at) {
		buf_str(&line, CLI_ARGS_SAY(" until ", " 有效至 "));
		cli_out_field(&line, &d->base, "expires_at");
	}
	(void)puts(buf_cstr(&line));
	buf_clear(&line);
	for (size_t i = 0; i < d->n_reasons; i++) {
		const Api__Reason *r = d->reasons[i];
		bool zh = cli_args_chinese();
		const char *text = zh ? r->text_zh : r->text;
		const char *fix = zh ? r->fix_zh : r->fix;

		const char *who = zh ? r->who_zh : r->who;

		(void)printf("  %s  %s%s%s%s\n     -> %s%s%s%s\n",
		    r->code != NULL ? r->code : "?", text != NULL ? text : "",
		    r->clause != NULL && r->clause[0] != '\0' ? " [" : "",
		    r->clause != NULL ? r->clause : "",
		    r->clause != NULL && r->clause[0] != '\0' ? "]" : "",
		    fix != NULL ? fix : "", who != NULL ? " (" : "",
		    who != NULL ? who : "", who != NULL ? ")" : "");
	}
}

int
cli_work_decide(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *work = cli_args_get(a, "work");
	const char *level = cli_args_get(a, "level");
	Record__Permit__Level l;
	ProtobufCMessage *msg = NULL;
	const Api__DecisionView *d;
	struct err_why why = {.text = ""};
	protobuf_c_boolean matched = 0;
	char text[TEXT_TIME_CHARS + 1] = "";
	int64_t us = 0;
	struct buf path;
	int status;
	enum err e;

	e = cli_permit_level(level, &l, &why);
	if (e == ERR_OK)
		e = cli_record_time(cli, "identity",
		    clock_wall_us(clock_system()), &matched, &us, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	buf_init(&path, 4096);
	buf_str(&path, "/v1/decisions");
	cli_call_query(&path, "role", cli_args_get(a, "role"));
	cli_call_query(&path, "company", cli_args_get(a, "company"));
	if (matched)
		text_time_put(text, us);
	cli_call_query(&path, "identity", matched ? text : NULL);
	cli_call_query(&path, "holder", cli_args_get(a, "holder"));
	cli_call_query(&path, "work", work != NULL ? work : "hot-work");
	cli_call_query(&path, "level",
	    l == RECORD__PERMIT__LEVEL__UNLEVELLED ? "unlevelled" : level);
	cli_call_query(&path, "area", cli_args_get(a, "area"));
	status = cli_call_message(cli, "GET", buf_cstr(&path), NULL,
	    &api__decision_view__descriptor, &msg);
	buf_clear(&path);
	if (status != CLI_OK)
		return status;
	d = (const Api__DecisionView *)msg;
	cli_out_answer(
	    cli, msg, &(struct cli_out_view){.more = print_decision});
	status =
	    d->result == RECORD__DECISION__RESULT__ALLOW ? CLI_OK : CLI_FAILED;
	slice_free(msg);
	return status;
}

/* cli_work.c - permits, cases and decisions on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "proto/clock.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define PERMITS "/v1/permits"
#define CASES "/v1/cases"

static enum err
level_get(const char *text, Record__Permit__Level *out, struct err_why *why)
{
	if (strcmp(text, "special") == 0)
		*out = RECORD__PERMIT__LEVEL__SPECIAL;
	else if (strcmp(text, "1") == 0)
		*out = RECORD__PERMIT__LEVEL__LEVEL_1;
	else if (strcmp(text, "2") == 0)
		*out = RECORD__PERMIT__LEVEL__LEVEL_2;
	else
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--level %s: expected special, 1 or 2",
		        "--level %s：应为 special（特级）、1 或 2"),
		    text);
	return ERR_OK;
}

/* The options that any step may carry. */
static enum err
common_fields(const struct cli *cli, Record__Permit *p, struct err_why *why)
{
	const struct cli_args *a = &cli->args;
	int64_t now_us = clock_wall_us(clock_system());
	enum err e;

	p->has_occurred_at = 1;
	p->occurred_at = now_us;
	e = cli_record_time(
	    cli, "at", now_us, &p->has_occurred_at, &p->occurred_at, why);
	if (e != ERR_OK)
		return e;
	p->reason = cli_record_text(cli_args_get(a, "reason"));
	p->note = cli_record_text(cli_args_get(a, "note"));
	return ERR_OK;
}

static int
send(struct cli *cli, const Record__Permit *p, const char *id)
{
	return cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__PERMIT,
	        .path = PERMITS,
	        .record_id = id,
	        .msg = &p->base,
	        .occurred_us = p->occurred_at});
}

int
cli_work_apply(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Record__Permit p = RECORD__PERMIT__INIT;
	struct err_why why = {.text = ""};
	const char *work = cli_args_get(a, "work");
	const char *actor = cli_args_get(a, "actor");
	enum err e;

	p.has_action = 1;
	p.action = RECORD__PERMIT__ACTION__APPLY;
	e = common_fields(cli, &p, &why);
	if (e == ERR_OK) {
		p.has_level = 1;
		e = level_get(cli_args_get(a, "level"), &p.level, &why);
	}
	p.work_type = cli_record_text(work != NULL ? work : "hot-work");
	p.area = cli_record_text(cli_args_get(a, "area"));
	p.location = cli_record_text(cli_args_get(a, "location"));
	p.content = cli_record_text(cli_args_get(a, "content"));
	p.unit = cli_record_text(cli_args_get(a, "unit"));
	p.applicant = cli_record_text(actor);
	p.worker = cli_record_text(cli_args_get(a, "worker"));
	p.worker_name = cli_record_text(cli_args_get(a, "worker-name"));
	p.guardian = cli_record_text(cli_args_get(a, "guardian"));
	p.permit_no = cli_record_text(cli_args_get(a, "number"));
	p.has_planned_from_at = 1;
	p.planned_from_at = p.occurred_at;
	p.has_planned_to_at = 1;
	p.planned_to_at = p.occurred_at + INT64_C(8) * 3600 * 1000000;
	if (e == ERR_OK)
		e = cli_record_time(cli, "from", p.occurred_at,
		    &p.has_planned_from_at, &p.planned_from_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(cli, "to", p.planned_from_at,
		    &p.has_planned_to_at, &p.planned_to_at, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	return send(cli, &p, NULL);
}

/* NAME=VALUE[:LEL]; the name's length is returned in *name_len. */
static enum err
reading_get(const char *text, Record__GasReading *r, char *name, size_t cap,
    struct err_why *why)
{
	const char *eq = strchr(text, '=');
	char *end = NULL;

	if (eq == NULL || eq == text || (size_t)(eq - text) >= cap)
		goto bad;
	memcpy(name, text, (size_t)(eq - text));
	name[eq - text] = '\0';
	r->gas = name;
	r->unit = cli_record_text("%vol");
	r->has_value = 1;
	r->value = strtod(eq + 1, &end);
	if (end == eq + 1)
		goto bad;
	if (*end == ':') {
		const char *lel = end + 1;

		r->has_lel = 1;
		r->lel = strtod(lel, &end);
		if (end == lel)
			goto bad;
	}
	if (*end == '\0')
		return ERR_OK;
bad:
	return err_fail(why, ERR_MALFORMED,
	    CLI_ARGS_SAY("--gas %s: expected GAS=PERCENT or GAS=PERCENT:LEL, "
	                 "such as methane=0.1:5",
	        "--gas %s：应为 气体=读数 或 气体=读数:爆炸下限，"
	        "如 methane=0.1:5"),
	    text);
}

int
cli_work_gas_test(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Record__Permit p = RECORD__PERMIT__INIT;
	Record__GasReading readings[CLI_ARGS_REPEATS];
	Record__GasReading *list[CLI_ARGS_REPEATS];
	char names[CLI_ARGS_REPEATS][64];
	struct err_why why = {.text = ""};
	const char *text;
	enum err e;

	p.has_action = 1;
	p.action = RECORD__PERMIT__ACTION__GAS_TEST;
	e = common_fields(cli, &p, &why);
	p.has_sampled_at = 1;
	p.sampled_at = p.occurred_at;
	if (e == ERR_OK)
		e = cli_record_time(cli, "sampled", p.occurred_at,
		    &p.has_sampled_at, &p.sampled_at, &why);
	p.analyst = cli_record_text(cli_args_get(a, "actor"));
	p.gas = list;
	while (e == ERR_OK) {
		Record__GasReading *r = &readings[p.n_gas];

		text = cli_args_nth(a, "gas", p.n_gas);
		if (text == NULL)
			break;
		record__gas_reading__init(r);
		e = reading_get(
		    text, r, names[p.n_gas], sizeof(names[p.n_gas]), &why);
		list[p.n_gas++] = r;
	}
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	return send(cli, &p, a->operands[0]);
}

int
cli_work_step(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *step = a->operands[0];
	Record__Permit p = RECORD__PERMIT__INIT;
	struct err_why why = {.text = ""};
	const ProtobufCEnumDescriptor *d = &record__permit__action__descriptor;
	enum err e;

	for (unsigned i = 0; i < d->n_values; i++) {
		if (strcasecmp(d->values[i].name, step) == 0 &&
		    d->values[i].value >= RECORD__PERMIT__ACTION__APPROVE) {
			p.has_action = 1;
			p.action = (Record__Permit__Action)d->values[i].value;
		}
	}
	if (!p.has_action) {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"), step,
		    "approve start suspend resume finish accept cancel "
		    "reject");
		return cli_wrong(cli, &why);
	}
	e = common_fields(cli, &p, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	if (p.action == RECORD__PERMIT__ACTION__APPROVE)
		p.approver = cli_record_text(cli_args_get(a, "actor"));
	return send(cli, &p, a->operands[1]);
}

int
cli_work_permits(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"WORK", "作业"}, "events.permit.work_type"},
	    {{"LEVEL", "级别"}, "level_name"},
	    {{"AREA", "区域"}, "area"},
	    {{"NUMBER", "票号"}, "events.permit.permit_no"},
	    {{"FROM", "有效自"}, "valid_from_at"},
	    {{"TO", "有效至"}, "valid_to_at"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, PERMITS, columns);
}

int
cli_work_permit(struct cli *cli)
{
	return cli_record_show(cli, PERMITS);
}

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

		(void)printf("  %s  %s%s%s%s\n     -> %s\n",
		    r->code != NULL ? r->code : "?", text != NULL ? text : "",
		    r->clause != NULL && r->clause[0] != '\0' ? " [" : "",
		    r->clause != NULL ? r->clause : "",
		    r->clause != NULL && r->clause[0] != '\0' ? "]" : "",
		    fix != NULL ? fix : "");
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
	struct buf path;
	int status;
	enum err e;

	e = level_get(level, &l, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	buf_init(&path, 4096);
	buf_str(&path, "/v1/decisions");
	cli_call_query(&path, "holder", cli_args_get(a, "holder"));
	cli_call_query(&path, "work", work != NULL ? work : "hot-work");
	cli_call_query(&path, "level", level);
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

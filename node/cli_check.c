/* cli_check.c - checks, points and reports on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/cli_sign.h"
#include "node/cli_wrap.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECKLISTS "/v1/checklists"
#define POINTS "/v1/points"
#define REPORTS "/v1/reports"

/* ---- the prevention chain ---- */

int
cli_check_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"STATE", "状态"}, "state"},
	    {{"TIER", "层级"}, "check_state.tier"},
	    {{"NUMBER", "序号"}, "events.checklist.id"},
	    {{"NAME", "名称"}, "events.checklist.name"},
	    {{"AREA", "区域"}, "area"},
	    {{"CHECKED", "最近排查"}, "check_state.checked_at"},
	    {{"DUE", "应查"}, "check_state.due_at"},
	    {{"MISSING", "漏查"}, "check_state.missing"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, CHECKLISTS, columns);
}

int
cli_check_show(struct cli *cli)
{
	return cli_record_show(cli, CHECKLISTS);
}

int
cli_check_put(struct cli *cli)
{
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	int status;

	if (cli_record_form(&msg, cli->args.operands[0],
	        &record__checklist__descriptor, &why) != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_show(cli, "POST", CHECKLISTS, msg,
	    &ledger__receipt__descriptor, &cli_record_id);
	slice_free(msg);
	return status;
}

static enum err
status_get(const struct cli *cli, Record__Checklist *m, struct err_why *why)
{
	static const char *const words[] = {
	    NULL, "normal", "danger", "not-checked", "other"};
	const char *text = cli_args_get(&cli->args, "status");

	for (size_t i = 1; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		m->has_status = 1;
		m->status = (Record__Checklist__Status)i;
	}
	if (m->has_status)
		return cli_record_danger(cli, &m->has_level, &m->level, why);
	return err_fail(why, ERR_MALFORMED,
	    CLI_ARGS_SAY("--status %s: expected normal, danger, not-checked or "
	                 "other",
	        "--status %s：应为 normal、danger、not-checked 或 other"),
	    text);
}

int
cli_check_submit(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	int64_t now_us = clock_wall_us(clock_system());
	Record__Checklist m = RECORD__CHECKLIST__INIT;
	struct err_why why = {.text = ""};

	m.has_action = m.has_tier = m.has_occurred_at = 1;
	m.action = RECORD__CHECKLIST__ACTION__SUBMIT;
	m.tier = RECORD__CHECKLIST__TIER__TASK;
	m.id = cli_record_text(a->operands[0]);
	m.occurred_at = now_us;
	m.operator_ = cli_record_text(cli_args_get(a, "operator"));
	m.danger = cli_record_text(cli_args_get(a, "danger"));
	m.note = cli_record_text(cli_args_get(a, "note"));
	if (cli_record_time(cli, "at", now_us, &m.has_occurred_at,
	        &m.occurred_at, &why) != ERR_OK ||
	    status_get(cli, &m, &why) != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_call_show(cli, "POST", CHECKLISTS, &m.base,
	    &ledger__receipt__descriptor, &cli_record_id);
}

/* ---- points ---- */

int
cli_check_points(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"ACCOUNT", "账户"}, "events.points.account"},
	    {{"BALANCE", "余额"}, "points_state.balance"},
	    {{"CREDITS", "累计奖励"}, "points_state.credits"},
	    {{"DEBITS", "累计兑换"}, "points_state.debits"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, POINTS, columns);
}

int
cli_check_account(struct cli *cli)
{
	return cli_record_show(cli, POINTS);
}

static int
move(struct cli *cli, Record__Points *m)
{
	m->has_action = m->has_occurred_at = 1;
	m->occurred_at = clock_wall_us(clock_system());
	m->account = cli_record_text(cli->args.operands[0]);
	m->operator_ = cli_record_text(cli_args_get(&cli->args, "operator"));
	return cli_call_show(cli, "POST", POINTS, &m->base,
	    &ledger__receipt__descriptor, &cli_record_id);
}

int
cli_check_award(struct cli *cli)
{
	Record__Points m = RECORD__POINTS__INIT;

	m.action = RECORD__POINTS__ACTION__AWARD;
	m.rule = cli_record_text(cli_args_get(&cli->args, "rule"));
	m.case_id = cli_record_text(cli_args_get(&cli->args, "case"));
	return move(cli, &m);
}

int
cli_check_redeem(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Record__Points m = RECORD__POINTS__INIT;
	char ref[TEXT_UUID_CHARS + 1];
	struct err_why why = {.text = ""};
	uint8_t id[16];
	uint64_t amount = 0;

	if (text_u64_get(&amount, bytes_str(cli_args_get(a, "amount")),
	        UINT32_MAX, &why) != ERR_OK) {
		(void)err_wrap(&why, ERR_MALFORMED, "--%s", "amount");
		return cli_wrong(cli, &why);
	}
	crypto_uuid7(id, clock_wall_us(clock_system()));
	text_uuid_put(ref, id);
	m.action = RECORD__POINTS__ACTION__REDEEM;
	m.has_amount = 1;
	m.amount = (uint32_t)amount;
	m.reason = cli_record_text(cli_args_get(a, "reason"));
	m.ref = cli_args_get(a, "ref") != NULL
	    ? cli_record_text(cli_args_get(a, "ref"))
	    : ref;
	return move(cli, &m);
}

/* ---- reports ---- */

int
cli_check_report(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"code (shown once)", "回执码（只显示一次）"}, "code"},
	    {{"received", "收到"}, "received_at"},
	    {{"reply due", "答复期限"}, "reply_due_at"},
	    {{NULL, NULL}, NULL},
	};
	const struct cli_args *a = &cli->args;
	Api__ReportPost m = API__REPORT_POST__INIT;

	m.description = cli_record_text(cli_args_get(a, "description"));
	m.area = cli_record_text(cli_args_get(a, "area"));
	m.reporter = cli_record_text(cli_args_get(a, "name"));
	m.has_exercise = m.exercise = cli_args_get(a, "exercise") != NULL;
	return cli_call_show(cli, "POST", REPORTS, &m.base,
	    &api__report_receipt__descriptor,
	    &(struct cli_out_view){.head = head});
}

int
cli_check_report_read(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"state", "状态"}, "state"},
	    {{"received", "收到"}, "received_at"},
	    {{"reply due", "答复期限"}, "reply_due_at"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"RECORDED", "入账"}, "recorded_at"},
	    {{"ACTION", "动作"}, "action"},
	    {{"IN TIME", "按期"}, "in_time"},
	    {{"FEEDBACK", "反馈"}, "feedback"},
	    {{NULL, NULL}, NULL},
	};
	Api__ReportQuestion m = API__REPORT_QUESTION__INIT;
	const char *code = cli->args.operands[0];
	char line[128] = "";

	/* A command line is seen by others: "-" reads it from stdin. */
	if (strcmp(code, "-") == 0 && fgets(line, sizeof line, stdin) != NULL)
		code = line;
	m.code = cli_record_text(code);
	return cli_call_show(cli, "POST", REPORTS "/status", &m.base,
	    &api__report_state__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "answers", .columns = columns});
}

/* Opened here, with the reader's own key. */
static int
open_name(const struct cli *cli, const Api__RecordView *v,
    const struct crypto_signer *key)
{
	const Record__Case *m =
	    v->n_events > 0 ? v->events[0]->case_event : NULL;

	for (size_t i = 0; m != NULL && i < m->n_reporter; i++) {
		const Record__SealedName *s = m->reporter[i];
		char plain[256] = "";

		if (s->key.len == CRYPTO_ALG_PUB_BYTES &&
		    memcmp(s->key.data + 1, key->pub, CRYPTO_PUB_BYTES) == 0 &&
		    s->box.len < sizeof plain + CRYPTO_LETTER_EXTRA &&
		    crypto_letter_open((uint8_t *)plain,
		        bytes_of(s->box.data, s->box.len), key) == ERR_OK) {
			cli_wrap_put(plain);
			(void)puts("");
			crypto_wipe(plain, sizeof plain);
			return CLI_OK;
		}
	}
	(void)fprintf(stderr, "lianfang %s: %s\n", cli->command,
	    CLI_ARGS_SAY(
	        "no name is sealed to this key", "没有封给该密钥的姓名"));
	return CLI_FAILED;
}

int
cli_check_reporter(struct cli *cli)
{
	struct crypto_signer key = {0};
	ProtobufCMessage *msg = NULL;
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};
	int status;

	if (cli_record_path(
	        path, "/v1/cases", cli->args.operands[0], "", &why) != ERR_OK ||
	    cli_sign_key(cli, cli_args_get(&cli->args, "actor"), &key, &why) !=
	        ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_message(
	    cli, "GET", path, NULL, &api__record_view__descriptor, &msg);
	if (status == CLI_OK)
		status =
		    open_name(cli, (const Api__RecordView *)(void *)msg, &key);
	slice_free(msg);
	crypto_wipe(&key, sizeof key);
	return status;
}

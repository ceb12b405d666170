/* cli_decide.c - decisions on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_decide.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_permit.h"
#include "node/cli_record.h"
#include "node/cli_wrap.h"
#include "node/submit_roster.h"
#include "node/whole_file.h"
#include "proto/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROSTER_BYTES (128u << 10)

static const char *
result_text(Record__Decision__Result r)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &record__decision__result__descriptor, (int)r);

	return v != NULL && r != 0 ? v->name : "INDETERMINATE";
}

static void
print_reasons(Api__Reason *const *reasons, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Api__Reason *r = reasons[i];
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

static void
print_decision(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__DecisionView *d = (const Api__DecisionView *)msg;
	bool allow = d->result == RECORD__DECISION__RESULT__ALLOW;
	struct buf line;

	cli_out_word(cli, allow ? 'g' : 'r', result_text(d->result));
	buf_init(&line, 4096);
	if (d->has_expires_at) {
		buf_str(&line, CLI_ARGS_SAY(" until ", " 有效至 "));
		cli_out_field(&line, &d->base, "expires_at");
	}
	if (d->has_status_seen_at) {
		buf_str(&line,
		    CLI_ARGS_SAY("; issuers heard ", "；发证方状态截至 "));
		cli_out_field(&line, &d->base, "status_seen_at");
	}
	if (d->holder != NULL) {
		buf_str(&line, "  ");
		cli_wrap_plain(&line, d->holder);
	}
	(void)puts(buf_cstr(&line));
	buf_clear(&line);
	print_reasons(d->reasons, d->n_reasons);
}

int
cli_decide_show(const struct cli *cli, ProtobufCMessage *msg)
{
	const Api__DecisionView *d = (const Api__DecisionView *)msg;
	bool allow = d->result == RECORD__DECISION__RESULT__ALLOW;

	cli_out_answer(
	    cli, msg, &(struct cli_out_view){.more = print_decision});
	slice_free(msg);
	return allow ? CLI_OK : CLI_FAILED;
}

/* One holder a line; blank lines and # are left out.  The lines stay in text.
 */
static size_t
read_lines(char *text, char **out, size_t max)
{
	size_t n = 0;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\r\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\r\n", &rest)) {
		line += strspn(line, " \t");
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (n < max)
			out[n] = line;
		n++;
	}
	return n;
}

static void
print_roster(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Roster *m = (const Api__Roster *)msg;

	for (size_t i = 0; i < m->n_items; i++) {
		const Api__RosterItem *it = m->items[i];
		bool allow = it->result == RECORD__DECISION__RESULT__ALLOW;

		cli_out_word(cli, allow ? 'g' : 'r', result_text(it->result));
		(void)printf(
		    "%*s  ", 13 - (int)strlen(result_text(it->result)), "");
		cli_wrap_put(it->holder);
		for (size_t k = 0; k < it->n_reason_codes; k++)
			(void)printf("  %s", it->reason_codes[k]);
		(void)puts("");
	}
	print_reasons(m->reasons, m->n_reasons);
	(void)printf(CLI_ARGS_SAY("%u allowed, %u denied, %u indeterminate\n",
	                 "允许 %u，拒绝 %u，无法判定 %u\n"),
	    m->allowed, m->denied, m->indeterminate);
}

static int
send_roster(struct cli *cli, Api__RosterPost *post)
{
	ProtobufCMessage *msg = NULL;
	int status = cli_call_message(cli, "POST", "/v1/decisions/roster",
	    &post->base, &api__roster__descriptor, &msg);

	if (status != CLI_OK)
		return status;
	const Api__Roster *m = (const Api__Roster *)msg;
	cli_out_answer(cli, msg, &(struct cli_out_view){.more = print_roster});
	status =
	    m->n_items > 0 && m->allowed == m->n_items ? CLI_OK : CLI_FAILED;
	slice_free(msg);
	return status;
}

static int
decide_roster(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *work = cli_args_get(a, "work");
	Api__RosterPost post = API__ROSTER_POST__INIT;
	Record__Permit__Level level;
	char *holders[SUBMIT_ROSTER_MAX];
	struct err_why why = {.text = ""};
	struct buf text;
	int status;
	enum err e = cli_permit_level(cli_args_get(a, "level"), &level, &why);

	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	buf_init(&text, ROSTER_BYTES);
	e = whole_file_read(&text, cli_args_get(a, "roster"), &why);
	if (e == ERR_OK) {
		buf_u8(&text, 0);
		e = buf_ok(&text, &why);
	}
	if (e != ERR_OK) {
		buf_clear(&text);
		return cli_fail(cli, e, &why);
	}
	post.holders = holders;
	post.n_holders =
	    read_lines((char *)text.ptr, holders, SUBMIT_ROSTER_MAX);
	post.work_type = cli_record_text(work != NULL ? work : "hot-work");
	post.has_level = true;
	post.level = level;
	post.area = cli_record_text(cli_args_get(a, "area"));
	post.role = cli_record_text(cli_args_get(a, "role"));
	post.company = cli_record_text(cli_args_get(a, "company"));
	if (post.n_holders > SUBMIT_ROSTER_MAX) {
		(void)err_fail(&why, ERR_LIMIT,
		    CLI_ARGS_SAY("the roster has %zu persons; %d at most in "
		                 "one call",
		        "名单有 %zu 人；每次最多 %d 人"),
		    post.n_holders, SUBMIT_ROSTER_MAX);
		status = cli_wrong(cli, &why);
	} else {
		status = send_roster(cli, &post);
	}
	buf_clear(&text);
	return status;
}

int
cli_work_decide(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *work = cli_args_get(a, "work");
	const char *level = cli_args_get(a, "level");
	Record__Permit__Level l;
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	struct buf path;
	int status;
	enum err e;

	if (cli_args_get(a, "roster") != NULL)
		return decide_roster(cli);
	e = cli_permit_level(level, &l, &why);
	if (e == ERR_OK && cli_args_get(a, "holder") == NULL)
		e = err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("give --holder REF or --roster FILE",
		        "请给出 --holder 或 --roster"));
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	buf_init(&path, 4096);
	buf_str(&path, "/v1/decisions");
	cli_call_query(&path, "role", cli_args_get(a, "role"));
	cli_call_query(&path, "company", cli_args_get(a, "company"));
	if (cli_record_when(cli, "identity", &path, &why) != ERR_OK) {
		buf_clear(&path);
		return cli_wrong(cli, &why);
	}
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
	return cli_decide_show(cli, msg);
}

static void
print_replay(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Replay *m = (const Api__Replay *)msg;

	cli_out_word(cli, m->same ? 'g' : 'r',
	    m->same ? CLI_ARGS_SAY("SAME", "一致")
	            : CLI_ARGS_SAY("DIFFERENT", "不一致"));
	(void)printf(CLI_ARGS_SAY("  recorded %s, computed again %s\n",
	                 "  原判定 %s，重算 %s\n"),
	    result_text(m->recorded != NULL ? m->recorded->result : 0),
	    result_text(m->result));
	print_reasons(m->reasons, m->n_reasons);
}

int
cli_work_replay(struct cli *cli)
{
	char path[CLI_RECORD_PATH_MAX];
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	int status;

	if (cli_record_path(path, "/v1/decisions", cli->args.operands[0],
	        "/replay", &why) != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_message(
	    cli, "GET", path, NULL, &api__replay__descriptor, &msg);
	if (status != CLI_OK)
		return status;
	cli_out_answer(cli, msg, &(struct cli_out_view){.more = print_replay});
	status = ((const Api__Replay *)msg)->same ? CLI_OK : CLI_FAILED;
	slice_free(msg);
	return status;
}

/* cli_defence.c - rules of joint defence on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "motion.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/domain/defence_rule.h"
#include "node/motion_view.h"
#include "node/whole_file.h"
#include "proto/slice.h"

#define PATH "/v1/defence"
#define ID_LEAST 6 /* characters that name a proposal */

/* Read and checked; the text stays in `text`. */
static enum err
read_rule(struct defence_rule *out, struct buf *text, const char *path,
    struct err_why *why)
{
	enum err e = whole_file_read(text, path, why);

	if (e == ERR_NOT_FOUND)
		return e;
	if (e == ERR_OK)
		e = defence_rule_read(out, buf_view(text), why);
	return e == ERR_OK ? e : err_wrap(why, e, "%s", path);
}

int
cli_defence_check(struct cli *cli)
{
	struct defence_rule r;
	struct err_why why = {.text = ""};
	struct buf text;
	enum err e;

	buf_init(&text, DEFENCE_RULE_BYTES + 1);
	e = read_rule(&r, &text, cli->args.operands[0], &why);
	buf_clear(&text);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	cli_out_text(cli, "check",
	    CLI_ARGS_SAY("whole and within its bounds", "完整且在限度内"));
	defence_rule_clear(&r);
	return CLI_OK;
}

int
cli_defence_try(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"rule", "规则"}, "name"},
	    {{"version", "版本"}, "version"},
	    {{"times", "触发次数"}, "fires"},
	    {{"entries", "查看条目"}, "entries"},
	    {{"since", "自"}, "from_at"},
	    {{"over its bounds", "超限"}, "over"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"AT", "时间"}, "at"},
	    {{"AREA", "区域"}, "area"},
	    {{NULL, NULL}, NULL},
	};
	Api__DefenceTry post = API__DEFENCE_TRY__INIT;
	struct defence_rule r = {.said = NULL};
	struct err_why why = {.text = ""};
	struct buf text;
	int status;
	enum err e;

	buf_init(&text, DEFENCE_RULE_BYTES + 1);
	e = read_rule(&r, &text, cli->args.operands[0], &why);
	post.has_document = 1;
	post.document = (ProtobufCBinaryData){text.len, text.ptr};
	status = e != ERR_OK
	    ? cli_fail(cli, e, &why)
	    : cli_call_show(cli, "POST", PATH "/try", &post.base,
	          &api__defence_tried__descriptor,
	          &(struct cli_out_view){
	              .head = head, .rows = "last", .columns = columns});
	defence_rule_clear(&r);
	buf_clear(&text);
	return status;
}

/* ---- how it stands ---- */

static void
show_members(const struct cli *cli, const ProtobufCMessage *msg)
{
	static const struct cli_out_column head[] = {
	    {{"rule", "规则"}, "name"},
	    {{"title", "标题"}, "title"},
	    {{"proposed by", "提出者"}, "by"},
	    {{"digest", "摘要"}, "digest"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"MEMBER", "成员"}, "member"},
	    {{"OUTCOME", "结果"}, "outcome"},
	    {{"WHY", "原因"}, "reason"},
	    {{"SINCE", "自"}, "at"},
	    {{"LATE", "超时"}, "late"},
	    {{"FEEDBACK", "反馈"}, "verdict"},
	    {{NULL, NULL}, NULL},
	};
	const Api__Defence *m = (const Api__Defence *)(const void *)msg;
	const char *name =
	    cli->args.operands_len > 0 ? cli->args.operands[0] : NULL;

	for (size_t i = 0; name != NULL && i < m->n_rules; i++)
		if (strcmp(m->rules[i]->name, name) == 0)
			cli_out_answer(cli, &m->rules[i]->base,
			    &(struct cli_out_view){.head = head,
			        .rows = "list",
			        .columns = columns});
}

int
cli_defence_status(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"RULE", "规则"}, "name"},
	    {{"VERSION", "版本"}, "version"},
	    {{"HERE", "本站"}, "outcome"},
	    {{"WHY", "原因"}, "reason"},
	    {{"APPLIED", "已执行"}, "applied"},
	    {{"OF", "成员数"}, "members"},
	    {{"FIRED", "触发"}, "fires"},
	    {{"SINCE", "自"}, "since_at"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", PATH, NULL, &api__defence__descriptor,
	    &(struct cli_out_view){
	        .rows = "rules", .columns = columns, .more = show_members});
}

/* Of a proposal by the beginning of its id, else of what is in force. */
static ProtobufCBinaryData
find(const Api__Council *c, const char *what)
{
	for (size_t i = 0; i < c->n_motions; i++) {
		const Api__Motion *m = c->motions[i];

		if (strlen(what) >= ID_LEAST && m->proposal != NULL &&
		    strncmp(m->id, what, strlen(what)) == 0)
			return m->proposal->document;
	}
	for (size_t i = 0; i < c->n_papers; i++)
		if (c->papers[i]->sort == FED__PAPER__SORT__RULE &&
		    strcmp(c->papers[i]->name, what) == 0)
			return c->papers[i]->document;
	return (ProtobufCBinaryData){0, NULL};
}

int
cli_defence_show(struct cli *cli)
{
	const char *what = cli->args.operands[0];
	ProtobufCMessage *msg = NULL;
	ProtobufCBinaryData text;
	struct defence_rule r;
	struct err_why why = {.text = ""};
	char hex[2 * HASH_BYTES + 1];
	enum err e;
	int status = cli_call_message(cli, "GET", "/v1/alliance/motions", NULL,
	    &api__council__descriptor, &msg);

	if (status != CLI_OK)
		return status;
	text = find((const Api__Council *)(const void *)msg, what);
	e = text.len > 0
	    ? defence_rule_read(&r, bytes_of(text.data, text.len), &why)
	    : err_fail(&why, ERR_NOT_FOUND,
	          "%.80s: no rule of joint defence, neither proposed nor in "
	          "force",
	          what);
	if (e == ERR_OK) {
		/* What was read holds no sign that a terminal acts on. */
		(void)fwrite(text.data, 1, text.len, stdout);
		(void)fflush(stdout);
		/* Beside the text, which stays as it was proposed. */
		motion_view_hex(hex, &r.digest);
		(void)fprintf(
		    stderr, "%s %s\n", CLI_ARGS_SAY("digest", "摘要"), hex);
		defence_rule_clear(&r);
	}
	slice_free(msg);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

/* ---- saying ---- */

static int
say(struct cli *cli, Api__DefenceSay *m)
{
	m->name = cli_record_text(cli->args.operands[0]);
	return cli_call_show(cli, "POST", PATH "/say", &m->base,
	    &ledger__receipt__descriptor, &cli_record_id);
}

int
cli_defence_confirm(struct cli *cli)
{
	Api__DefenceSay m = API__DEFENCE_SAY__INIT;

	m.has_decision = 1;
	m.decision = API__DEFENCE_SAY__DECISION__CONFIRM;
	m.digest = cli_record_text(cli->args.operands[1]);
	return say(cli, &m);
}

int
cli_defence_refuse(struct cli *cli)
{
	Api__DefenceSay m = API__DEFENCE_SAY__INIT;

	m.has_decision = 1;
	m.decision = API__DEFENCE_SAY__DECISION__REFUSE;
	return say(cli, &m);
}

int
cli_defence_feedback(struct cli *cli)
{
	static const char *const words[] = {
	    NULL, "useful", "applied", "not-applicable", "false"};
	const char *word = cli->args.operands[1];
	Api__DefenceSay m = API__DEFENCE_SAY__INIT;
	struct err_why why = {.text = ""};

	for (size_t i = 1; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		m.has_verdict = 1;
		m.verdict = (Record__DefenceReceipt__Verdict)i;
	}
	if (m.has_verdict)
		return say(cli, &m);
	(void)err_fail(&why, ERR_MALFORMED,
	    CLI_ARGS_SAY("%s: expected useful, applied, "
	                 "not-applicable or false",
	        "%s：应为 useful、applied、not-applicable 或 false"),
	    word);
	return cli_wrong(cli, &why);
}

/* cli_intel.c - risk intelligence: drafted by one, released by another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_record.h"
#include "node/cli_sign.h"
#include "node/cli_wrap.h"
#include "node/domain/intel.h"
#include "proto/clock.h"
#include "proto/slice.h"

#include <stdio.h>
#include <string.h>

/* The item in --file, with what the options say over it; the arrays that they
 * need are the caller's. */
static enum err
item_of(const struct cli *cli, char *recommended[static CLI_ARGS_REPEATS],
    ProtobufCMessage **file, Record__Intel *m, struct err_why *why)
{
	const struct cli_args *a = &cli->args;
	const char *path = cli_args_get(a, "file");
	const struct {
		const char *option;
		char **field;
	} texts[] = {{"basis", &m->basis}, {"type", &m->type}, {"tlp", &m->tlp},
	    {"title", &m->title}, {"narrative", &m->narrative},
	    {"supersedes", &m->supersedes}};
	enum err e = ERR_OK;
	size_t n;

	if (path != NULL)
		e = cli_record_form(
		    file, path, &record__intel__descriptor, why);
	if (e != ERR_OK)
		return e;
	if (*file != NULL)
		*m = *(const Record__Intel *)*file;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *text = cli_args_get(a, texts[i].option);

		if (text != NULL)
			*texts[i].field = cli_record_text(text);
	}
	n = cli_record_texts(cli, "recommend", recommended);
	if (n > 0) {
		m->recommended = recommended;
		m->n_recommended = n;
	}
	if (cli_args_get(a, "named") != NULL)
		m->has_named = m->named = 1;
	if (m->basis == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "basis: give --basis ID, or basis in the file: the alarm "
		    "or case that the item rests on");
	return ERR_OK;
}

int
cli_intel_draft(struct cli *cli)
{
	const char *actor = cli_args_get(&cli->args, "actor");
	Record__Intel m = RECORD__INTEL__INIT;
	char *recommended[CLI_ARGS_REPEATS];
	struct cli_sign_what what = {.actor = actor,
	    .kind = LEDGER__KIND__INTEL,
	    .occurred_us = clock_wall_us(clock_system()),
	    .msg = &m.base};
	ProtobufCMessage *file = NULL;
	Api__EventPost *post = NULL;
	struct err_why why = {.text = ""};
	int status;
	enum err e = item_of(cli, recommended, &file, &m, &why);

	if (e != ERR_OK) {
		slice_free(file);
		return cli_wrong(cli, &why);
	}
	m.has_action = 1;
	m.action = RECORD__INTEL__ACTION__DRAFT;
	m.drafted_by = cli_record_text(actor);
	e = cli_sign_event(cli, &what, &post, &why);
	slice_free(file);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	status = cli_call_show(cli, "POST", "/v1/intel", &post->base,
	    &ledger__receipt__descriptor, &cli_record_id);
	api__event_post__free_unpacked(post, NULL);
	return status;
}

/* ---- what the gate says ---- */

static void
print_reason(const struct cli *cli, const Api__IntelReason *r)
{
	bool zh = cli_args_chinese();

	cli_out_word(cli, 'r', CLI_ARGS_SAY("held", "拦下"));
	(void)printf("  %s", zh ? r->text_zh : r->text);
	if (r->what != NULL) {
		(void)fputs("  [", stdout);
		cli_wrap_put(r->what);
		(void)fputs(r->has_position ? "" : "]", stdout);
	}
	if (r->has_position)
		(void)printf(zh ? " 第 %u 字：%s]" : ", character %u: %s]",
		    r->position, zh ? r->kind_zh : r->kind);
	(void)printf("\n      %s\n",
	    zh ? (r->fix_zh != NULL ? r->fix_zh : "")
	       : (r->fix != NULL ? r->fix : ""));
}

static void
print_check(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__IntelCheck *m = (const Api__IntelCheck *)msg;

	for (size_t i = 0; i < m->n_reasons; i++)
		print_reason(cli, m->reasons[i]);
	if (!m->passes)
		return;
	cli_out_word(cli, 'g', CLI_ARGS_SAY("may leave", "可以发布"));
	(void)printf("%s\n",
	    CLI_ARGS_SAY("  when two persons have signed it: intel draft, "
	                 "intel approve",
	        "  须两人签字：intel draft、intel approve"));
}

int
cli_intel_check(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"companies", "可能来源企业"}, "companies"},
	    {{"k", "k（除任一接收方）"}, "k"},
	    {{"needed", "至少"}, "needed"},
	    {{"released lately", "近期已发布"}, "spent"},
	    {{"budget", "额度"}, "budget"},
	    {{"title", "标题"}, "item.title"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"FIELD", "字段"}, "field"},
	    {{"STATED", "所填"}, "given"},
	    {{"LEAVES AS", "发布为"}, "value"},
	    {{"LEVEL", "粒度"}, "level"},
	    {{NULL, NULL}, NULL},
	};
	const char *basis = cli_args_get(&cli->args, "basis");
	struct cli_out_view view = {.head = head,
	    .rows = "levels",
	    .columns = columns,
	    .more = print_check};
	struct err_why why = {.text = ""};
	ProtobufCMessage *file = NULL, *msg = NULL;
	int status;
	enum err e = cli_record_form(
	    &file, cli->args.operands[0], &record__intel__descriptor, &why);

	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	Record__Intel m = *(const Record__Intel *)file;
	if (basis != NULL)
		m.basis = cli_record_text(basis);
	status = cli_call_message(cli, "POST", "/v1/intel/check", &m.base,
	    &api__intel_check__descriptor, &msg);
	slice_free(file);
	if (status != CLI_OK)
		return status;
	/* An item that no record carries has no levels to show. */
	if (((const Api__IntelCheck *)msg)->n_levels == 0)
		view.rows = NULL;
	cli_out_answer(cli, msg, &view);
	status = ((const Api__IntelCheck *)msg)->passes ? CLI_OK : CLI_FAILED;
	slice_free(msg);
	return status;
}

/* ---- the second person ---- */

/* The digest of the item as the node holds it, and the last event seen. */
static int
read_item(
    const struct cli *cli, const char *id, struct hash *digest, uint32_t *seq)
{
	ProtobufCMessage *msg = NULL;
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};
	const Api__RecordView *v;
	int status;

	if (cli_record_path(path, "/v1/intel", id, "", &why) != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_message(
	    cli, "GET", path, NULL, &api__record_view__descriptor, &msg);
	if (status != CLI_OK)
		return status;
	v = (const Api__RecordView *)msg;
	*seq = v->event_seq;
	for (size_t i = 0; i < v->n_events; i++) {
		if (v->events[i]->event_seq == 2 && v->events[i]->intel != NULL)
			intel_digest(v->events[i]->intel, digest);
	}
	slice_free(msg);
	return CLI_OK;
}

/* Signs and posts; prints the id. */
static int
send_signed(struct cli *cli, const struct cli_sign_what *what, const char *tail,
    const ProtobufCMessageDescriptor *answer)
{
	Api__EventPost *post = NULL;
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	char path[CLI_RECORD_PATH_MAX];
	int status;
	enum err e;

	if (cli_record_path(path, "/v1/intel", what->record_id, tail, &why) !=
	    ERR_OK)
		return cli_wrong(cli, &why);
	e = cli_sign_event(cli, what, &post, &why);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	status = cli_call_message(cli, "POST", path, &post->base, answer, &msg);
	api__event_post__free_unpacked(post, NULL);
	if (status == CLI_OK && cli->json)
		cli_out_json(msg);
	else if (status == CLI_OK)
		(void)puts(what->record_id);
	slice_free(msg);
	return status;
}

int
cli_intel_approve(struct cli *cli)
{
	const char *id = cli->args.operands[0];
	const char *actor = cli_args_get(&cli->args, "actor");
	Record__Intel intel = RECORD__INTEL__INIT;
	struct cli_sign_what what = {.actor = actor,
	    .kind = LEDGER__KIND__INTEL,
	    .record_id = id,
	    .occurred_us = clock_wall_us(clock_system()),
	    .msg = &intel.base};
	struct hash digest = {{0}};
	int status = read_item(cli, id, &digest, &what.based_on);

	if (status != CLI_OK)
		return status;
	intel.has_action = intel.has_text_digest = 1;
	intel.action = RECORD__INTEL__ACTION__APPROVE;
	intel.intel_id = cli_record_text(id);
	intel.approved_by = cli_record_text(actor);
	intel.text_digest = (ProtobufCBinaryData){sizeof digest.b, digest.b};
	return send_signed(cli, &what, "/approve", &api__receipts__descriptor);
}

/* ---- afterwards ---- */

int
cli_intel_withdraw(struct cli *cli)
{
	const char *id = cli->args.operands[0];
	const char *actor = cli_args_get(&cli->args, "actor");
	Record__Intel intel = RECORD__INTEL__INIT;
	struct cli_sign_what what = {.actor = actor,
	    .kind = LEDGER__KIND__INTEL,
	    .record_id = id,
	    .occurred_us = clock_wall_us(clock_system()),
	    .msg = &intel.base};
	int status = cli_record_seq(cli, "/v1/intel", id, &what.based_on);

	if (status != CLI_OK)
		return status;
	intel.has_action = 1;
	intel.action = RECORD__INTEL__ACTION__WITHDRAW;
	intel.intel_id = cli_record_text(id);
	intel.reason = cli_record_text(cli_args_get(&cli->args, "reason"));
	intel.approved_by = cli_record_text(actor);
	return send_signed(
	    cli, &what, "/withdraw", &ledger__receipt__descriptor);
}

int
cli_intel_feedback(struct cli *cli)
{
	static const char *const words[] = {
	    NULL, "useful", "applied", "not-applicable", "false"};
	const char *word = cli->args.operands[1];
	Api__IntelFeedbackPost m = API__INTEL_FEEDBACK_POST__INIT;
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};

	for (size_t i = 1; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		m.has_verdict = 1;
		m.verdict = (Record__IntelFeedback__Verdict)i;
	}
	if (!m.has_verdict) {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("%s: expected useful, applied, "
		                 "not-applicable or false",
		        "%s：应为 useful、applied、not-applicable 或 false"),
		    word);
		return cli_wrong(cli, &why);
	}
	if (cli_record_path(path, "/v1/intel", cli->args.operands[0],
	        "/feedback", &why) != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_call_show(cli, "POST", path, &m.base,
	    &ledger__receipt__descriptor, &cli_record_id);
}

int
cli_intel_claim(struct cli *cli)
{
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};

	if (cli_record_path(path, "/v1/intel", cli->args.operands[0], "/claim",
	        &why) != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_call_show(cli, "POST", path, NULL,
	    &ledger__receipt__descriptor, &cli_record_id);
}

int
cli_intel_use(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"state", "状态"}, "state"},
	    {{"useful", "有用"}, "useful"},
	    {{"applied", "已采用"}, "applied"},
	    {{"not applicable", "不适用"}, "not_applicable"},
	    {{"false", "不实"}, "false_alarm"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"MEMBER", "成员"}, "member"},
	    {{"RECEIVED", "已收到"}, "received"},
	    {{"LAST CONTACT", "最近联系"}, "contact_at"},
	    {{NULL, NULL}, NULL},
	};
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};

	if (cli_record_path(path, "/v1/intel", cli->args.operands[0], "/use",
	        &why) != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_call_show(cli, "GET", path, NULL,
	    &api__intel_use__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "readers", .columns = columns});
}

int
cli_intel_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"TYPE", "类型"}, "events.intel.type"},
	    {{"TLP", "TLP"}, "events.intel.tlp"},
	    {{"CHANGED", "变更"}, "changed_at"},
	    {{"TITLE", "标题"}, "events.intel.title"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, "/v1/intel", columns);
}

int
cli_intel_show(struct cli *cli)
{
	return cli_record_show(cli, "/v1/intel");
}

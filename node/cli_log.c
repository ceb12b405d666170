/* cli_log.c - generations of the node's logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "ledger/note.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/cli_wrap.h"
#include "node/whole_file.h"
#include "proto/slice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct cli_out_column columns[] = {
    {{"LOG", "日志"}, "origin"},
    {{"CURRENT", "当前"}, "current"},
    {{"HELD", "持有"}, "size"},
    {{"KNOWN", "已知"}, "known"},
    {{"AFTER A LOSS", "丢失之后"}, "loss"},
    {{NULL, NULL}, NULL},
};

static const char *
in_language(const char *text, const char *zh)
{
	return cli_args_chinese() && zh != NULL ? zh : text;
}

/* What keeps a log from being signed, and who might know more. */
static void
say_unsure(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__Generations *list =
	    (const Config__Generations *)(const void *)msg;
	bool any = false;

	(void)cli;
	for (size_t i = 0; i < list->n_items; i++) {
		const Config__Generation *m = list->items[i];

		if (m->unsure == NULL)
			continue;
		any = true;
		(void)printf("%s %s: ", m->origin,
		    CLI_ARGS_SAY("is not signed", "暂不签名"));
		cli_wrap_put(in_language(m->unsure, m->unsure_zh));
		(void)puts("");
		if (m->fix != NULL)
			(void)printf(
			    "  -> %s\n", in_language(m->fix, m->fix_zh));
	}
	if (!any || list->n_unheard == 0)
		return;
	(void)printf("%s", CLI_ARGS_SAY("not heard yet:", "尚未联系到："));
	for (size_t i = 0; i < list->n_unheard; i++)
		(void)printf(" %s", list->unheard[i]);
	(void)puts("");
}

int
cli_log_list(struct cli *cli)
{
	return cli_call_show(cli, "GET", "/v1/logs", NULL,
	    &config__generations__descriptor,
	    &(struct cli_out_view){
	        .rows = "items", .columns = columns, .more = say_unsure});
}

static void
say_opened(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__Generation *m =
	    (const Config__Generation *)(const void *)msg;

	(void)cli;
	(void)printf(
	    CLI_ARGS_SAY("opened %s\nvkey %s\n"
	                 "give readers the new policy: lianfang policy\n",
	        "已开启 %s\n验证密钥 %s\n"
	        "请把新的信任策略交给读者：lianfang policy\n"),
	    m->origin, m->vkey);
}

/* The newest generation of the log, from the node's list. */
static const Config__Generation *
newest(const Config__Generations *list, const char *log)
{
	const Config__Generation *m = NULL;
	char part[32];

	(void)snprintf(part, sizeof(part), "/%s/", log);
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i]->current &&
		    strstr(list->items[i]->origin, part) != NULL)
			m = list->items[i];
	return m;
}

static void
say_loss(const Config__Generation *m, uint64_t known)
{
	(void)fprintf(stderr,
	    CLI_ARGS_SAY(
	        "%s is closed for good, and its key is destroyed.\n"
	        "Given up: all but its first %" PRIu64 " entries; %" PRIu64
	        " are known to have been signed.\n"
	        "Running permits are suspended. Certificates and credentials "
	        "decide nothing until\nsomething is said of them again. A key "
	        "whose revocation was lost is still enrolled:\nlook at "
	        "`lianfang actor list`.\n",
	        "%s 将永久关闭，其密钥将被销毁。\n"
	        "放弃：前 %" PRIu64 " 条之外的全部条目；已知签名 %" PRIu64
	        " 条。\n"
	        "进行中的作业票将中止；证书和凭证在重新登记前不作为判定依据；\n"
	        "若注销记录已丢失，相应密钥仍有效，请核对 `lianfang actor "
	        "list`。"
	        "\n"),
	    m->origin, m->size, known);
}

static void
say_close(const Config__Generation *m)
{
	(void)fprintf(stderr,
	    CLI_ARGS_SAY("%s is closed for good with its %" PRIu64
	                 " entries, and its key is destroyed.\n",
	        "%s 将连同 %" PRIu64 " 条记录永久关闭，其密钥将被销毁。\n"),
	    m->origin, m->size);
}

static void
say_unheard(const Config__Generations *list)
{
	if (list->n_unheard == 0)
		return;
	(void)fputs(
	    CLI_ARGS_SAY("Cannot be asked now, and refuse the new "
	                 "generation if they know more than is said:",
	        "现在无法询问以下成员；若其已知更多条目，将拒绝新的一代："),
	    stderr);
	for (size_t i = 0; i < list->n_unheard; i++)
		(void)fprintf(stderr, " %s", list->unheard[i]);
	(void)fputs("\n", stderr);
}

/* The checkpoint of --checkpoint, and what it says. */
static enum err
read_checkpoint(const struct cli *cli, struct buf *text,
    struct note_checkpoint *c, struct err_why *why)
{
	const char *path = cli_args_get(&cli->args, "checkpoint");
	struct note note;
	enum err e;

	if (path == NULL)
		return ERR_OK;
	e = whole_file_read(text, path, why);
	if (e == ERR_OK)
		e = note_parse(&note, buf_view(text), why);
	if (e == ERR_OK)
		e = note_checkpoint_get(c, note.text, why);
	return e;
}

static int
open_next(struct cli *cli, bool loss)
{
	const char *log = cli_args_get(&cli->args, "log");
	Config__RollRequest req = CONFIG__ROLL_REQUEST__INIT;
	struct note_checkpoint c = {.head = {.size = 0}};
	ProtobufCMessage *msg = NULL;
	const Config__Generations *list;
	const Config__Generation *m;
	struct err_why why = {.text = ""};
	struct buf text;
	int status;
	enum err e;

	buf_init(&text, NOTE_BYTES_MAX);
	if (strcmp(log, "evidence") != 0 && strcmp(log, "alliance") != 0) {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--log: evidence or alliance",
		        "--log：evidence 或 alliance"));
		return cli_wrong(cli, &why);
	}
	e = read_checkpoint(cli, &text, &c, &why);
	if (e != ERR_OK) {
		buf_clear(&text);
		return cli_fail(cli, e, &why);
	}
	status = cli_call_message(cli, "GET", "/v1/logs", NULL,
	    &config__generations__descriptor, &msg);
	if (status != CLI_OK)
		goto out;
	list = (const Config__Generations *)(const void *)msg;
	m = newest(list, log);
	status = CLI_FAILED;
	if (m == NULL)
		goto out;
	if (loss)
		say_loss(m, c.head.size > m->known ? c.head.size : m->known);
	else
		say_close(m);
	say_unheard(list);
	if (!cli_out_confirmed(cli, m->origin))
		goto out;
	req.origin = m->origin;
	req.reason = cli_record_text(cli_args_get(&cli->args, "reason"));
	req.has_loss = loss;
	req.loss = loss;
	if (text.len > 0)
		req.checkpoint = cli_record_text(buf_cstr(&text));
	status = cli_call_show(cli, "POST", "/v1/logs", &req.base,
	    &config__generation__descriptor,
	    &(struct cli_out_view){.more = say_opened});
out:
	slice_free(msg);
	buf_clear(&text);
	return status;
}

int
cli_log_roll(struct cli *cli)
{
	return open_next(cli, false);
}

int
cli_log_admit_loss(struct cli *cli)
{
	return open_next(cli, true);
}

/* cli_intel.c - risk intelligence: drafted by one, released by another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_record.h"
#include "node/cli_sign.h"
#include "proto/clock.h"
#include "proto/slice.h"

#include <stdio.h>

int
cli_intel_draft(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *actor = cli_args_get(a, "actor");
	Record__Intel m = RECORD__INTEL__INIT;
	char *recommended[CLI_ARGS_REPEATS];
	struct cli_sign_what what = {.actor = actor,
	    .kind = LEDGER__KIND__INTEL,
	    .occurred_us = clock_wall_us(clock_system()),
	    .msg = &m.base};
	Api__EventPost *post = NULL;
	struct err_why why = {.text = ""};
	int status;
	enum err e;

	m.has_action = 1;
	m.action = RECORD__INTEL__ACTION__DRAFT;
	m.basis = cli_record_text(cli_args_get(a, "basis"));
	m.type = cli_record_text(cli_args_get(a, "type"));
	m.tlp = cli_record_text(cli_args_get(a, "tlp"));
	m.title = cli_record_text(cli_args_get(a, "title"));
	m.narrative = cli_record_text(cli_args_get(a, "narrative"));
	m.drafted_by = cli_record_text(actor);
	m.recommended = recommended;
	m.n_recommended = cli_record_texts(cli, "recommend", recommended);
	e = cli_sign_event(cli, &what, &post, &why);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	status = cli_call_show(cli, "POST", "/v1/intel", &post->base,
	    &ledger__receipt__descriptor, &cli_record_id);
	api__event_post__free_unpacked(post, NULL);
	return status;
}

int
cli_intel_approve(struct cli *cli)
{
	const char *id = cli->args.operands[0];
	const char *actor = cli_args_get(&cli->args, "actor");
	Record__Intel intel = RECORD__INTEL__INIT;
	Api__EventPost *post = NULL;
	ProtobufCMessage *msg = NULL;
	struct cli_sign_what what = {.actor = actor,
	    .kind = LEDGER__KIND__INTEL,
	    .record_id = id,
	    .occurred_us = clock_wall_us(clock_system()),
	    .msg = &intel.base};
	struct err_why why = {.text = ""};
	char path[CLI_RECORD_PATH_MAX];
	int status;
	enum err e;

	if (cli_record_path(path, "/v1/intel", id, "/approve", &why) != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_record_seq(cli, "/v1/intel", id, &what.based_on);
	if (status != CLI_OK)
		return status;
	intel.has_action = 1;
	intel.action = RECORD__INTEL__ACTION__APPROVE;
	intel.intel_id = cli_record_text(id);
	intel.approved_by = cli_record_text(actor);
	e = cli_sign_event(cli, &what, &post, &why);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	status = cli_call_message(
	    cli, "POST", path, &post->base, &api__receipts__descriptor, &msg);
	api__event_post__free_unpacked(post, NULL);
	if (status == CLI_OK && cli->json)
		cli_out_json(msg);
	else if (status == CLI_OK)
		(void)puts(id);
	slice_free(msg);
	return status;
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

/* cli_invite.c - invitations: made, listed, revoked. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_record.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>
#include <string.h>

static void
say_token(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__Token *t = (const Config__Token *)(const void *)msg;
	struct buf hex;

	(void)cli;
	(void)puts(t->secret);
	buf_init(&hex, 256);
	text_hex_put(&hex, bytes_of(t->epoch.data, t->epoch.len));
	(void)fprintf(stderr,
	    CLI_ARGS_SAY(
	        "%s for %s; shown once, good for one node. There:\n"
	        "  lianfang alliance join --dir DIR --token TOKEN\n"
	        "Whoever has it may ask under that name: send it as a secret.\n"
	        "Fingerprint: %s\n",
	        "%s，供 %s 使用；只显示一次，仅限一个节点。在新节点上执行：\n"
	        "  lianfang alliance join --dir 目录 --token 邀请码\n"
	        "持有者即可以该名称申请加入：请保密传送。\n"
	        "指纹：%s\n"),
	    t->id, t->member, buf_cstr(&hex));
	buf_clear(&hex);
}

static int
make(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Config__InvitationRequest req = CONFIG__INVITATION_REQUEST__INIT;
	struct err_why why;

	req.name = cli_record_text(cli_args_get(a, "name"));
	req.role = cli_record_text(cli_args_get(a, "role"));
	req.valid = cli_record_text(cli_args_get(a, "valid"));
	req.endpoint = cli_record_text(cli_args_get(a, "endpoint"));
	if (req.name == NULL || req.role == NULL) {
		(void)err_both(&why, ERR_MALFORMED,
		    "--name and --role of the new node are missing",
		    "缺少新节点的 --name 与 --role");
		return cli_wrong(cli, &why);
	}
	return cli_call_show(cli, "POST", "/v1/invitations", &req.base,
	    &config__token__descriptor,
	    &(struct cli_out_view){.more = say_token});
}

/* They rest among the tokens. */
static int
list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "id"},
	    {{"FOR", "受邀节点"}, "member"},
	    {{"ROLE", "角色"}, "member_role"},
	    {{"MADE", "创建"}, "created_at"},
	    {{"EXPIRES", "到期"}, "expires_at"},
	    {{"USED", "使用于"}, "used_at"},
	    {{"REVOKED", "吊销"}, "revoked_at"},
	    {{NULL, NULL}, NULL},
	};
	ProtobufCMessage *msg = NULL;
	Config__TokenList *all;
	size_t kept = 0;
	int status = cli_call_message(cli, "GET", "/v1/tokens", NULL,
	    &config__token_list__descriptor, &msg);

	if (status != CLI_OK)
		return status;
	all = (Config__TokenList *)(void *)msg;
	for (size_t i = 0; i < all->n_tokens; i++) {
		if (all->tokens[i]->member != NULL)
			all->tokens[kept++] = all->tokens[i];
		else
			slice_free(&all->tokens[i]->base);
	}
	all->n_tokens = kept;
	cli_out_answer(cli, msg,
	    &(struct cli_out_view){.rows = "tokens", .columns = columns});
	slice_free(msg);
	return CLI_OK;
}

int
cli_invite(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	struct err_why why;
	char path[256];

	if (a->operands_len == 0)
		return make(cli);
	if (strcmp(a->operands[0], "list") == 0 && a->operands_len == 1)
		return list(cli);
	if (strcmp(a->operands[0], "revoke") != 0 || a->operands_len != 2) {
		(void)err_both(&why, ERR_MALFORMED,
		    "nothing, or list, or revoke ID",
		    "不带参数，或 list，或 revoke 编号");
		return cli_wrong(cli, &why);
	}
	(void)snprintf(path, sizeof(path), "/v1/tokens/%s", a->operands[1]);
	return cli_call_message(cli, "DELETE", path, NULL, NULL, NULL);
}

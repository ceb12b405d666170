/* cli_people.c - tokens for programs, keys for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api.pb-c.h"
#include "config.pb-c.h"
#include "ledger/note.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_record.h"
#include "node/cli_sign.h"
#include "proto/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACTORS_PAGE "/v1/actors?limit=100"

static void
print_secret(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__Token *t = (const Config__Token *)msg;

	(void)cli;
	(void)puts(t->secret != NULL ? t->secret : "");
}

int
cli_people_token_create(struct cli *cli)
{
	Config__TokenRequest req = CONFIG__TOKEN_REQUEST__INIT;
	char *areas[CLI_ARGS_REPEATS];

	req.role = cli_record_text(cli_args_get(&cli->args, "role"));
	req.n_areas = cli_record_texts(cli, "area", areas);
	req.areas = areas;
	req.expires = cli_record_text(cli_args_get(&cli->args, "expires"));
	req.note = cli_record_text(cli_args_get(&cli->args, "note"));
	return cli_call_show(cli, "POST", "/v1/tokens", &req.base,
	    &config__token__descriptor,
	    &(struct cli_out_view){.more = print_secret});
}

int
cli_people_token_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "id"},
	    {{"ROLE", "角色"}, "role"},
	    {{"AREAS", "区域"}, "areas"},
	    {{"CREATED", "创建"}, "created_at"},
	    {{"EXPIRES", "到期"}, "expires_at"},
	    {{"REVOKED", "吊销"}, "revoked_at"},
	    {{"NOTE", "备注"}, "note"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/tokens", NULL,
	    &config__token_list__descriptor,
	    &(struct cli_out_view){.rows = "tokens", .columns = columns});
}

int
cli_people_token_revoke(struct cli *cli)
{
	char path[256];

	(void)snprintf(
	    path, sizeof(path), "/v1/tokens/%s", cli->args.operands[0]);
	return cli_call_message(cli, "DELETE", path, NULL, NULL, NULL);
}

/* The person's public key: that of a device, or of a key kept here from now. */
static enum err
public_key(
    struct cli *cli, uint8_t out[static CRYPTO_PUB_BYTES], struct err_why *why)
{
	const char *text = cli_args_get(&cli->args, "vkey");
	struct note_vkey vkey;
	struct crypto_signer key;
	enum err e;

	if (text != NULL) {
		e = note_vkey_get(&vkey, bytes_str(text), why);
		if (e == ERR_OK)
			memcpy(out, vkey.pub, CRYPTO_PUB_BYTES);
		return e;
	}
	e = cli_sign_enrol(cli, cli->args.operands[0],
	    cli_args_get(&cli->args, "key"), &key, why);
	if (e == ERR_OK)
		memcpy(out, key.pub, CRYPTO_PUB_BYTES);
	crypto_wipe(&key, sizeof(key));
	return e;
}

/* Of who is still enrolled: by the record's id, or by name. */
static const Record__Actor *
is_wanted(const Api__RecordView *v, const char *id, const char *name)
{
	const Record__Actor *a =
	    v->n_events > 0 && v->state != NULL && strcmp(v->state, "OPEN") == 0
	    ? v->events[0]->actor
	    : NULL;

	if (a == NULL || a->key.len != CRYPTO_ALG_PUB_BYTES)
		return NULL;
	if (id != NULL)
		return v->record_id != NULL && strcmp(v->record_id, id) == 0
		    ? a
		    : NULL;
	return name != NULL && a->name != NULL && strcmp(a->name, name) == 0
	    ? a
	    : NULL;
}

/* Looks through all pages.  The page that he is in is the caller's, also
 * where *out is NULL: nobody. */
static int
find_actor(const struct cli *cli, const char *id, const char *name,
    const Record__Actor **out, ProtobufCMessage **page)
{
	const Api__Records *list = NULL;
	int status;

	*out = NULL;
	*page = NULL;
	do {
		ProtobufCMessage *next = NULL;
		struct buf path;

		buf_init(&path, 1024);
		buf_str(&path, ACTORS_PAGE);
		cli_call_query(
		    &path, "cursor", list != NULL ? list->next_cursor : NULL);
		status = cli_call_message(cli, "GET", buf_cstr(&path), NULL,
		    &api__records__descriptor, &next);
		buf_clear(&path);
		slice_free(*page);
		*page = next;
		list = (const Api__Records *)next;
		for (size_t i = 0;
		     status == CLI_OK && *out == NULL && i < list->n_items; i++)
			*out = is_wanted(list->items[i], id, name);
	} while (status == CLI_OK && *out == NULL && list->next_cursor != NULL);
	return status;
}

/* The key of whose rights these are. */
static int
find_delegator(struct cli *cli, Record__Actor *actor,
    uint8_t key[static CRYPTO_ALG_PUB_BYTES])
{
	const char *name = cli_args_get(&cli->args, "for");
	struct err_why why = {.text = ""};
	ProtobufCMessage *page = NULL;
	const Record__Actor *found;
	int status;

	if (name == NULL)
		return CLI_OK;
	status = find_actor(cli, NULL, name, &found, &page);
	if (found != NULL) {
		memcpy(key, found->key.data, CRYPTO_ALG_PUB_BYTES);
		actor->has_delegator = 1;
		actor->delegator =
		    (ProtobufCBinaryData){CRYPTO_ALG_PUB_BYTES, key};
	}
	slice_free(page);
	if (status != CLI_OK || actor->has_delegator)
		return status;
	return cli_fail(cli,
	    err_fail(&why, ERR_NOT_FOUND,
	        "--for: nobody enrolled here is called \"%.80s\"", name),
	    &why);
}

static int
enrol(struct cli *cli, char **roles, size_t roles_len)
{
	const char *name = cli->args.operands[0];
	bool device = cli_args_get(&cli->args, "vkey") != NULL;
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor actor = RECORD__ACTOR__INIT;
	uint8_t pub[CRYPTO_ALG_PUB_BYTES];
	uint8_t delegator[CRYPTO_ALG_PUB_BYTES];
	char *areas[CLI_ARGS_REPEATS];
	struct err_why why = {.text = ""};
	enum err e;
	int status;

	e = cli_record_time(cli, "until",
	    (int64_t)time(NULL) * INT64_C(1000000), &actor.has_valid_to_at,
	    &actor.valid_to_at, &why);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	status = find_delegator(cli, &actor, delegator);
	if (status != CLI_OK)
		return status;
	e = public_key(cli, pub + 1, &why);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	pub[0] = CRYPTO_ALG_ED25519;
	actor.has_action = 1;
	actor.action = RECORD__ACTOR__ACTION__ENROL;
	actor.name = cli_record_text(name);
	actor.n_roles = roles_len;
	actor.roles = roles;
	actor.n_areas = cli_record_texts(cli, "area", areas);
	actor.areas = areas;
	actor.unit = cli_record_text(cli_args_get(&cli->args, "unit"));
	actor.has_key = 1;
	actor.key = (ProtobufCBinaryData){sizeof(pub), pub};
	actor.has_custody = 1;
	actor.custody = device ? RECORD__ACTOR__CUSTODY__DEVICE
	                       : RECORD__ACTOR__CUSTODY__NODE;
	post.actor = &actor;
	status = cli_call_show(cli, "POST", "/v1/actors", &post.base,
	    &ledger__receipt__descriptor, &cli_record_id);
	/* Not enrolled: the key must not look as if it were. */
	if (status != CLI_OK && !device)
		cli_sign_forget(cli, name);
	return status;
}

int
cli_people_actor_add(struct cli *cli)
{
	char *roles[CLI_ARGS_REPEATS];

	return enrol(cli, roles, cli_record_texts(cli, "role", roles));
}

/* A machine signs as a person does; its name is what its alarms say. */
int
cli_people_source_add(struct cli *cli)
{
	static char role[] = "source";
	char *roles[] = {role};

	return enrol(cli, roles, 1);
}

int
cli_people_actor_revoke(struct cli *cli)
{
	const char *id = cli->args.operands[0];
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor actor = RECORD__ACTOR__INIT;
	const Record__Actor *was;
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg = NULL;
	int status;

	status = find_actor(cli, id, NULL, &was, &msg);
	if (status != CLI_OK)
		goto out;
	if (was ==
	    NULL) { /* also when revoked: the name may be another's now */
		(void)err_fail(&why, ERR_NOT_FOUND,
		    CLI_ARGS_SAY("%s: nobody enrolled; see lianfang actor list",
		        "%s：没有此在册人员；见 lianfang actor list"),
		    id);
		status = cli_wrong(cli, &why);
		goto out;
	}
	actor.has_action = 1;
	actor.action = RECORD__ACTOR__ACTION__REVOKE;
	actor.has_key = 1;
	actor.key = was->key;
	post.record_id = cli_record_text(id);
	post.actor = &actor;
	status = cli_call_show(cli, "POST", "/v1/actors", &post.base,
	    &ledger__receipt__descriptor, &cli_record_id);
	if (status == CLI_OK && was->name != NULL &&
	    was->custody == RECORD__ACTOR__CUSTODY__NODE)
		cli_sign_forget(cli, was->name);
out:
	slice_free(msg);
	return status;
}

int
cli_people_actor_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"NAME", "姓名"}, "events.actor.name"},
	    {{"ROLES", "角色"}, "events.actor.roles"},
	    {{"AREAS", "区域"}, "events.actor.areas"},
	    {{"UNIT", "部门"}, "events.actor.unit"},
	    {{"KEY", "密钥位置"}, "events.actor.custody"},
	    {{"STATE", "状态"}, "state"},
	    {{"SINCE", "自"}, "opened_at"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, "/v1/actors", columns);
}

int
cli_people_accesses(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"FROM", "自"}, "opened_at"},
	    {{"TOKEN", "令牌"}, "events.access.subject"},
	    {{"ROLE", "角色"}, "events.access.role"},
	    {{"QUERY", "查询"}, "events.access.query"},
	    {{"PURPOSE", "用途"}, "events.access.purpose"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, "/v1/accesses", columns);
}

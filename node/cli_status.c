/* cli_status.c - the published status list: fetched, or judged offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/note.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/status_token.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define SKEW_US (10 * 60 * SECOND_US) /* as bundles allow it */
#define IDENTITY "/identity"

/* Of now, or with --at of then. */
static enum err
path_of(const struct cli *cli, char *out, size_t cap, struct err_why *why)
{
	int64_t at_us = 0;
	protobuf_c_boolean at = 0;
	enum err e = cli_record_time(
	    cli, "at", clock_wall_us(clock_system()), &at, &at_us, why);

	if (at)
		(void)snprintf(out, cap, "/statuslists/1?time=%" PRId64,
		    at_us / SECOND_US);
	else
		(void)snprintf(out, cap, "/statuslists/1");
	return e;
}

static int
fetch(struct cli *cli)
{
	char path[64];
	const char *file = cli_args_get(&cli->args, "output");
	struct cli_call *call;
	struct err_why why = {.text = ""};
	struct buf out;
	int status = CLI_OK;
	enum err e;

	if (cli->dir == NULL) {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("give --dir, or --verify FILE",
		        "请给出 --dir，或 --verify 文件"));
		return cli_wrong(cli, &why);
	}
	if (path_of(cli, path, sizeof path, &why) != ERR_OK)
		return cli_wrong(cli, &why);
	call = cli_call_open(cli, &status);
	if (call == NULL)
		return status;
	buf_init(&out, STATUS_TOKEN_BYTES);
	e = cli_call_send(call,
	    &(struct cli_call_request){.method = "GET", .path = path}, &out,
	    &why);
	if (e == ERR_OK && file == NULL)
		cli_out_text(cli, "token", buf_cstr(&out));
	else if (e == ERR_OK)
		e = whole_file_write(file, buf_view(&out), 0644, &why);
	if (e == ERR_OK && file == NULL && !cli->json)
		(void)puts("");
	if (e != ERR_OK)
		status = cli_fail(cli, e, &why);
	cli_call_close(call);
	buf_clear(&out);
	return status;
}

/* ---- offline ---- */

struct judged {
	struct note_vkey key;
	struct status_opened token;
	int64_t at_us;
	bool asked; /* about an index */
	uint32_t index;
	unsigned value;
};

/* Is it this issuer's list, and said for that time? */
static enum err
check_claims(const struct judged *j, struct err_why *why)
{
	const Api__StatusClaims *c = j->token.claims;
	char name[NOTE_NAME_MAX + 1];
	size_t n = strlen(j->key.name);
	struct buf uri;
	bool same;

	if (n <= strlen(IDENTITY) ||
	    strcmp(j->key.name + n - strlen(IDENTITY), IDENTITY) != 0)
		return err_fail(why, ERR_MALFORMED,
		    "the key is none of an identity: lianfang vkey identity");
	(void)snprintf(name, sizeof name, "%.*s", (int)(n - strlen(IDENTITY)),
	    j->key.name);
	buf_init(&uri, 2048);
	status_token_uri(&uri, name);
	same = strcmp(buf_cstr(&uri), c->sub) == 0;
	buf_clear(&uri);
	if (!same)
		return err_fail(why, ERR_UNVERIFIED,
		    "the list is about %.200s, not about %s", c->sub, name);
	if (j->at_us + SKEW_US < c->iat * SECOND_US)
		return err_fail(why, ERR_UNVERIFIED,
		    "the list is of a later time than asked for");
	if (!c->has_exp || j->at_us >= c->exp * SECOND_US)
		return err_fail(why, ERR_UNVERIFIED,
		    "the list has expired: fetch a new one");
	return ERR_OK;
}

static void
show(const struct cli *cli, const struct judged *j)
{
	const Api__StatusClaims *c = j->token.claims;
	const char *text = j->asked ? status_token_text(j->value) : "VALID";
	char iat[TEXT_TIME_CHARS + 1];
	char exp[TEXT_TIME_CHARS + 1];

	text_time_put(iat, c->iat * SECOND_US);
	text_time_put(exp, c->exp * SECOND_US);
	if (cli->json) {
		(void)printf("{\"verified\":true,\"sub\":\"%s\",\"iat\":\"%s\","
		             "\"exp\":\"%s\",\"entries\":%zu",
		    c->sub, iat, exp,
		    j->token.list.len * (8 / c->status_list->bits));
		if (j->asked)
			(void)printf(
			    ",\"index\":%u,\"status\":\"%s\"", j->index, text);
		(void)puts("}");
		return;
	}
	(void)printf("%s  %zu %s  %s - %s\n", c->sub,
	    j->token.list.len * (8 / c->status_list->bits),
	    CLI_ARGS_SAY("entries", "项"), iat, exp);
	if (!j->asked)
		return;
	(void)printf("%u  ", j->index);
	cli_out_word(cli, j->value == STATUS_VALID ? 'g' : 'r', text);
	(void)puts("");
}

static enum err
judge(struct judged *j, const char *file, struct err_why *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, STATUS_TOKEN_BYTES);
	e = whole_file_read(&text, file, why);
	while (e == ERR_OK && text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (e == ERR_OK)
		e = status_token_open(
		    &j->token, buf_view(&text), j->key.pub, why);
	buf_clear(&text);
	if (e == ERR_OK)
		e = check_claims(j, why);
	if (e == ERR_OK && j->asked)
		e = status_token_value(&j->token, j->index, &j->value, why);
	return e;
}

int
cli_status_list(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *file = cli_args_get(a, "verify");
	const char *vkey = cli_args_get(a, "vkey");
	struct judged j = {.at_us = clock_wall_us(clock_system())};
	protobuf_c_boolean at = 0;
	protobuf_c_boolean index = 0;
	struct err_why why = {.text = ""};
	int status = CLI_OK;
	enum err e = ERR_OK;

	if (file == NULL)
		return fetch(cli);
	if (vkey == NULL)
		e = err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("give --vkey: the issuer's identity key",
		        "请给出 --vkey：发证节点的身份公钥"));
	if (e == ERR_OK)
		e = note_vkey_get(&j.key, bytes_str(vkey), &why);
	if (e == ERR_OK)
		e = cli_args_count(a, "index", &index, &j.index, &why);
	if (e == ERR_OK)
		e = cli_record_time(cli, "at", j.at_us, &at, &j.at_us, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	j.asked = index;
	e = judge(&j, file, &why);
	if (e != ERR_OK)
		status = cli_fail(cli, e, &why);
	else
		show(cli, &j);
	if (e == ERR_OK && j.asked && j.value != STATUS_VALID)
		status = CLI_FAILED;
	status_token_clear(&j.token);
	return status;
}

/* cli_alliance.c - cards, the genesis file, joining, who is there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "fed.pb-c.h"
#include "federation/council.h"
#include "federation/roster.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_keys.h"
#include "node/cli_make.h"
#include "node/cli_record.h"
#include "node/config.h"
#include "node/site_next.h"
#include "node/whole_file.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>

#define CARD_MAX 65536
#define GENESIS_MAX (4u << 20)
#define GRANTS_MAX 256
#define NAME_TEXT 512

/* The endpoint others dial: that given, else what the running node has bound,
 * else what the configuration says. */
static char *
endpoint_of(const struct cli *cli, const Config__Node *node, const char *given)
{
	ProtobufCMessage *msg = NULL;
	char path[4096];
	char *out = NULL;
	struct buf b;

	if (given != NULL)
		return mem_strdup(given);
	if (node->advertise != NULL)
		return mem_strdup(node->advertise);
	(void)snprintf(path, sizeof(path), "%s/run.json", cli->dir);
	buf_init(&b, CARD_MAX);
	if (whole_file_read(&b, path, NULL) == ERR_OK &&
	    json_decode(&msg, &config__run__descriptor, buf_view(&b), NULL) ==
	        ERR_OK) {
		const Config__Run *run = (const Config__Run *)msg;

		if (run->federation != NULL)
			out = mem_strdup(run->federation);
	}
	slice_free(msg);
	buf_clear(&b);
	if (out == NULL)
		out = mem_strdup(node->federation);
	return out;
}

struct card_keys {
	struct crypto_signer identity;
	struct crypto_signer log[ROSTER_KINDS];
	struct crypto_signer witness;
	struct crypto_dh session;
	struct hash next_identity;
};

/* Those that wait for the members, made now when there are none. */
static enum err
read_new(
    const char *dir, const char *name, struct card_keys *k, struct err_why *why)
{
	struct site_next next = {.has = 0};
	enum err e = site_next_make(dir, name, SITE_NEXT_ALL, NULL, why);

	if (e == ERR_OK)
		e = site_next_read(&next, dir, name, why);
	k->identity = next.identity;
	k->witness = next.witness;
	k->session = next.session;
	k->next_identity = next.after;
	crypto_wipe(&next, sizeof(next));
	return e;
}

static enum err
read_old(const char *dir, struct card_keys *k, struct err_why *why)
{
	struct note_vkey vkey;
	enum err e = cli_keys_identity(dir, &k->identity, why);

	if (e == ERR_OK)
		e = cli_keys_witness(dir, &k->witness, &vkey, why);
	if (e == ERR_OK)
		e = cli_keys_session(dir, &k->session, why);
	if (e == ERR_OK)
		e = cli_keys_next_identity(dir, &k->next_identity, why);
	return e;
}

static enum err
read_keys(const struct cli *cli, const char *name, struct card_keys *k,
    struct roster_self *self, struct err_why *why)
{
	static const char *const kinds[] = {"evidence", "alliance"};
	struct note_vkey vkey;
	enum err e = cli_args_get(&cli->args, "new-keys") != NULL
	    ? read_new(cli->dir, name, k, why)
	    : read_old(cli->dir, k, why);

	for (size_t i = 0; i < ROSTER_KINDS && e == ERR_OK; i++) {
		const char *slash;

		e = cli_keys_log(cli->dir, kinds[i], &k->log[i], &vkey, why);
		if (e != ERR_OK)
			break;
		slash = strrchr(vkey.name, '/');
		self->log[i] = &k->log[i];
		self->generation[i] =
		    slash == NULL ? 1 : (uint32_t)strtoul(slash + 1, NULL, 10);
	}
	self->identity = &k->identity;
	self->next_identity = &k->next_identity;
	self->witness = &k->witness;
	self->session = k->session.pub;
	return e;
}

enum err
cli_make_card(const struct cli *cli, const char *given, Fed__Card **out,
    struct err_why *why)
{
	struct roster_self self = {0};
	struct card_keys keys;
	struct config *config = NULL;
	char *endpoint = NULL;
	enum err e;

	memset(&keys, 0, sizeof(keys));
	e = config_read(&config, cli->dir, why);
	if (e == ERR_OK)
		e = read_keys(cli, config->node->name, &keys, &self, why);
	if (e == ERR_OK) {
		endpoint = endpoint_of(cli, config->node, given);
		self.name = config->node->name;
		self.role = (Fed__Role)config->node->role;
		self.company = config->node->company;
		self.endpoint = endpoint;
		*out = roster_card(&self);
	}
	crypto_wipe(&keys, sizeof(keys));
	free(endpoint);
	config_free(config);
	return e;
}

int
cli_alliance_card(struct cli *cli)
{
	const char *file = cli_args_get(&cli->args, "output");
	Fed__Card *card = NULL;
	struct err_why why = {.text = ""};
	struct buf text;
	enum err e;

	buf_init(&text, CARD_MAX);
	e = cli_make_card(
	    cli, cli_args_get(&cli->args, "endpoint"), &card, &why);
	if (e == ERR_OK) {
		json_encode(&text, &card->base, JSON_PRETTY);
		e = whole_file_write(
		    file != NULL ? file : "-", buf_view(&text), 0644, &why);
		fed__card__free_unpacked(card, NULL);
	}
	buf_clear(&text);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

static enum err
add_card(Fed__Genesis *g, const char *file, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct buf b;
	enum err e;

	buf_init(&b, CARD_MAX);
	e = whole_file_read(&b, file, why);
	if (e == ERR_OK) {
		e = json_decode(
		    &msg, &fed__card__descriptor, buf_view(&b), why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", file);
	}
	if (e == ERR_OK) {
		g->members = mem_resize(
		    g->members, g->n_members + 1, sizeof(*g->members));
		g->members[g->n_members++] = (Fed__Card *)msg;
	}
	buf_clear(&b);
	return e;
}

/* READER:OWNER, bodies included. */
static enum err
add_grant(Fed__Genesis *g, const char *text, struct err_why *why)
{
	const char *colon = strchr(text, ':');
	Fed__Grant *grant;

	if (colon == NULL || colon == text || colon[1] == '\0' ||
	    g->n_grants == GRANTS_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "--grant %s: READER:OWNER, two members' names", text);
	grant = mem_alloc(1, sizeof(*grant));
	fed__grant__init(grant);
	grant->reader = mem_strdup(text);
	grant->reader[colon - text] = '\0';
	grant->owner = mem_strdup(colon + 1);
	grant->has_payloads = 1;
	grant->payloads = 1;
	g->grants = mem_resize(g->grants, g->n_grants + 1, sizeof(*g->grants));
	g->grants[g->n_grants++] = grant;
	return ERR_OK;
}

static void
say_fingerprint(
    const struct cli *cli, const Fed__Genesis *g, const char *hex, bool later)
{
	if (cli->json) {
		cli_out_text(cli, "fingerprint", hex);
		return;
	}
	(void)printf("%s  %s  %zu %s\n", g->alliance, hex, g->n_members,
	    CLI_ARGS_SAY("members", "个成员"));
	if (later)
		(void)printf("%s\n",
		    CLI_ARGS_SAY("waits for their votes: lianfang alliance "
		                 "members",
		        "等待成员表决：lianfang alliance members"));
}

int
cli_alliance_create(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *text;
	Fed__Genesis *g = mem_alloc(1, sizeof(*g));
	struct roster *r = NULL;
	struct err_why why = {.text = ""};
	struct buf b;
	enum err e;

	fed__genesis__init(g);
	buf_init(&b, GENESIS_MAX);
	g->alliance = mem_strdup(cli_args_get(a, "name"));
	e = cli_args_count(
	    a, "quorum", &g->has_witness_quorum, &g->witness_quorum, &why);
	for (size_t i = 0; i < a->operands_len && e == ERR_OK; i++)
		e = add_card(g, a->operands[i], &why);
	for (size_t i = 0; e == ERR_OK; i++) {
		text = cli_args_nth(a, "grant", i);
		if (text == NULL)
			break;
		e = add_grant(g, text, &why);
	}
	if (e == ERR_OK) {
		roster_sort(g);
		e = roster_load(&r, g, &why);
	}
	if (e == ERR_OK) {
		json_encode(&b, &g->base, JSON_PRETTY);
		e = whole_file_write(
		    cli_args_get(a, "output"), buf_view(&b), 0644, &why);
	}
	if (e == ERR_OK) {
		buf_reset(&b);
		text_hex_put(&b, bytes_hash(roster_fingerprint(r)));
		say_fingerprint(cli, g, buf_cstr(&b), false);
	}
	roster_free(r);
	fed__genesis__free_unpacked(g, NULL);
	buf_clear(&b);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

/* Where we begin; with a later epoch our own card is put beside it. */
static enum err
read_start(const struct cli *cli, const char *file, Fed__Epoch **out,
    struct hash *id, struct err_why *why)
{
	struct council_epoch epoch;
	struct hash alliance;
	Fed__Epoch *m = NULL;
	struct buf b;
	enum err e;

	buf_init(&b, GENESIS_MAX);
	e = whole_file_read(&b, file, why);
	if (e == ERR_OK)
		e = council_epoch_decode(&m, buf_view(&b), why);
	if (e == ERR_OK)
		e = council_epoch_check(&epoch, &alliance, m, why);
	/* It binds all members; the fingerprint only those of epoch 0. */
	if (e == ERR_OK)
		*id = epoch.id;
	if (e == ERR_OK && memmem(b.ptr, b.len, "\"state\"", 7) != NULL &&
	    m->card == NULL)
		e = cli_make_card(cli, NULL, &m->card, why);
	if (e == ERR_OK)
		*out = m;
	else if (m != NULL)
		slice_free(&m->base);
	buf_clear(&b);
	return e;
}

int
cli_alliance_join(struct cli *cli)
{
	const char *expected = cli_args_get(&cli->args, "fingerprint");
	struct err_why why = {.text = ""};
	struct hash id;
	Fed__Epoch *m = NULL;
	struct buf hex;
	bool later;
	int status;
	enum err e;

	if (cli_args_get(&cli->args, "token") != NULL)
		return cli_join(cli);
	if (cli->args.operands_len == 0) {
		(void)err_both(&why, ERR_MALFORMED,
		    "give a file, or the --token of an invitation",
		    "请给出文件，或以 --token 给出邀请码");
		return cli_wrong(cli, &why);
	}
	buf_init(&hex, 256);
	e = read_start(cli, cli->args.operands[0], &m, &id, &why);
	if (e == ERR_OK)
		text_hex_put(&hex, bytes_hash(&id));
	if (e == ERR_OK && expected != NULL &&
	    strcmp(buf_cstr(&hex), expected) != 0)
		e = err_fail(&why, ERR_UNVERIFIED,
		    "its fingerprint is %s, not the one you gave",
		    buf_cstr(&hex));
	if (e != ERR_OK) {
		status = cli_fail(cli, e, &why);
		goto out;
	}
	later = m->number > 0 || m->card != NULL;
	status = cli_call_message(cli, "POST",
	    later ? "/v1/alliance/epoch" : "/v1/alliance",
	    later ? &m->base : &m->state->base, NULL, NULL);
	if (status == CLI_OK)
		say_fingerprint(cli, m->state, buf_cstr(&hex), later);
out:
	if (m != NULL)
		slice_free(&m->base);
	buf_clear(&hex);
	return status;
}

int
cli_alliance_show(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"alliance", "联盟"}, "name"},
	    {{"fingerprint", "指纹"}, "fingerprint"},
	    {{"quorum", "见证人数"}, "quorum"},
	    {{"FORKED LOGS", "分叉的日志"}, "forked"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column peers[] = {
	    {{"MEMBER", "成员"}, "name"},
	    {{"ROLE", "角色"}, "role"},
	    {{"COMPANY", "公司"}, "company"},
	    {{"STATE", "状态"}, "state"},
	    {{"SEEN", "最近联系"}, "seen_at"},
	    {{"LAG", "落后"}, "lag"},
	    {{"CLOCK (ms)", "时钟差（毫秒）"}, "skew_ms"},
	    {{"TROUBLE", "问题"}, "trouble"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/alliance", NULL,
	    &config__alliance__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "members", .columns = peers});
}

int
cli_alliance_peers(struct cli *cli)
{
	static const struct cli_out_column peers[] = {
	    {{"MEMBER", "成员"}, "name"},
	    {{"STATE", "状态"}, "state"},
	    {{"HEARD", "最近联系"}, "seen_at"},
	    {{"BY FILE", "文件生成于"}, "carried_at"},
	    {{"LAG", "本站缺"}, "lag"},
	    {{"FOR (s)", "时长（秒）"}, "lag_seconds"},
	    {{"IT LACKS", "对方缺"}, "owed"},
	    {{"FOR (s)", "时长（秒）"}, "owed_seconds"},
	    {{"GAP", "缺口"}, "gap"},
	    {{"ALARM", "报警"}, "alarm"},
	    {{"LAST ERROR", "最近错误"}, "trouble"},
	    {{"AT", "时间"}, "trouble_at"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/alliance", NULL,
	    &config__alliance__descriptor,
	    &(struct cli_out_view){.rows = "members", .columns = peers});
}

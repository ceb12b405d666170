/* cli_motion.c - members' decisions on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "motion.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/cli_wrap.h"
#include "node/domain/defence_rule.h"
#include "node/whole_file.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define FILE_MAX_BYTES (64u << 20)

/* ---- proposing ---- */

/* What stands behind the word; the rest of the line in `a`. */
struct asked {
	const struct cli *cli;
	const char *operand; /* the one after the word; NULL: none */
	Api__MotionPost *post;
	struct err_why *why;
};

static enum err
no_operand(struct asked *a)
{
	return a->operand == NULL
	    ? ERR_OK
	    : err_fail(a->why, ERR_MALFORMED, "%s: nothing is wanted there",
	          a->operand);
}

static enum err
need(struct asked *a, const char *what)
{
	return a->operand != NULL
	    ? ERR_OK
	    : err_fail(a->why, ERR_MALFORMED, "%s is missing", what);
}

static enum err
read_card(struct asked *a)
{
	ProtobufCMessage *msg = NULL;
	struct buf b;
	enum err e = need(a, "the file of a card");

	if (e != ERR_OK)
		return e;
	buf_init(&b, 65536);
	e = whole_file_read(&b, a->operand, a->why);
	if (e == ERR_OK)
		e = json_decode(
		    &msg, &fed__card__descriptor, buf_view(&b), a->why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		e = err_wrap(a->why, e, "%s", a->operand);
	a->post->card = (Fed__Card *)(void *)msg;
	buf_clear(&b);
	return e;
}

static enum err
take_member(struct asked *a)
{
	enum err e = need(a, "a member's name");

	if (e == ERR_OK)
		a->post->member = mem_strdup(a->operand);
	return e;
}

static enum err
take_endpoint(struct asked *a)
{
	enum err e = need(a, "an endpoint (tcp://host:port)");

	if (e == ERR_OK)
		a->post->endpoint = mem_strdup(a->operand);
	return e;
}

static enum err
take_role(struct asked *a)
{
	const ProtobufCEnumDescriptor *d = &fed__role__descriptor;
	enum err e = need(a, "a role");

	if (e != ERR_OK)
		return e;
	for (unsigned i = 0; i < d->n_values; i++)
		if (d->values[i].value != 0 &&
		    strcasecmp(d->values[i].name, a->operand) == 0) {
			a->post->has_role = 1;
			a->post->role = (Fed__Role)d->values[i].value;
			return ERR_OK;
		}
	return err_fail(a->why, ERR_MALFORMED,
	    "%s: plant, hq, partner or regulator", a->operand);
}

static enum err
take_quorum(struct asked *a)
{
	uint64_t n = 0;
	enum err e = ERR_OK;

	if (a->operand != NULL) {
		e = cli_args_number(&n, "quorum", a->operand, 256, a->why);
		a->post->has_quorum = 1;
		a->post->quorum = (uint32_t)n;
	}
	return e == ERR_OK ? cli_args_count(&a->cli->args, "witnesses",
	                         &a->post->has_witness_quorum,
	                         &a->post->witness_quorum, a->why)
	                   : e;
}

static enum err
take_readers(struct asked *a)
{
	const struct cli_args *args = &a->cli->args;

	a->post->readers = mem_alloc(CLI_ARGS_OPERANDS, sizeof(char *));
	for (size_t i = 1; i < args->operands_len; i++)
		a->post->readers[a->post->n_readers++] =
		    mem_strdup(args->operands[i]);
	return ERR_OK;
}

/* A name, and the file that it stands for. */
static enum err
take_paper(struct asked *a)
{
	const char *file = cli_args_get(&a->cli->args, "file");
	struct hash h;
	struct buf b;
	enum err e = need(a, "a name");

	if (e != ERR_OK)
		return e;
	a->post->name = mem_strdup(a->operand);
	if (file == NULL)
		return ERR_OK;
	buf_init(&b, FILE_MAX_BYTES);
	e = whole_file_read(&b, file, a->why);
	if (e == ERR_OK) {
		digest_sha256(&h, buf_view(&b));
		a->post->has_digest = 1;
		a->post->digest.data = mem_alloc(1, HASH_BYTES);
		a->post->digest.len = HASH_BYTES;
		memcpy(a->post->digest.data, h.b, HASH_BYTES);
	}
	buf_clear(&b);
	return e;
}

/* Of another that lost its own: its card in a file; else which of ours. */
static enum err
take_keys(struct asked *a)
{
	const struct cli_args *args = &a->cli->args;
	const char *file = cli_args_get(args, "file");

	if (file != NULL) {
		if (a->operand != NULL)
			return no_operand(a);
		a->operand = file;
		return read_card(a);
	}
	a->post->keys = mem_alloc(CLI_ARGS_OPERANDS, sizeof(char *));
	for (size_t i = 1; i < args->operands_len; i++)
		a->post->keys[a->post->n_keys++] =
		    mem_strdup(args->operands[i]);
	return ERR_OK;
}

/* The file of a rule of joint defence, which says its own name. */
static enum err
take_rule(struct asked *a)
{
	struct defence_rule r;
	struct buf b;
	enum err e = need(a, "the file of a rule");

	if (e != ERR_OK)
		return e;
	buf_init(&b, DEFENCE_RULE_BYTES + 1);
	e = whole_file_read(&b, a->operand, a->why);
	if (e == ERR_OK)
		e = defence_rule_read(&r, buf_view(&b), a->why);
	if (e != ERR_OK) {
		if (e != ERR_NOT_FOUND)
			e = err_wrap(a->why, e, "%s", a->operand);
		buf_clear(&b);
		return e;
	}
	a->post->name = mem_strdup(r.said->id);
	a->post->has_document = 1;
	a->post->document.data = mem_alloc(1, b.len);
	a->post->document.len = b.len;
	memcpy(a->post->document.data, b.ptr, b.len);
	defence_rule_clear(&r);
	buf_clear(&b);
	return ERR_OK;
}

static enum err
end_rule(struct asked *a)
{
	enum err e = need(a, "a name");

	if (e == ERR_OK)
		a->post->name = mem_strdup(a->operand);
	return e;
}

static const struct word {
	const char *name;
	Record__Proposal__Change change;
	enum err (*take)(struct asked *a);
	bool many; /* operands */
} words[] = {
    {"join", RECORD__PROPOSAL__CHANGE__JOIN, read_card, false},
    {"leave", RECORD__PROPOSAL__CHANGE__LEAVE, no_operand, false},
    {"expel", RECORD__PROPOSAL__CHANGE__EXPEL, take_member, false},
    {"role", RECORD__PROPOSAL__CHANGE__ROLE, take_role, false},
    {"endpoint", RECORD__PROPOSAL__CHANGE__ENDPOINT, take_endpoint, false},
    {"keys", RECORD__PROPOSAL__CHANGE__KEYS, take_keys, true},
    {"quorum", RECORD__PROPOSAL__CHANGE__QUORUM, take_quorum, false},
    {"grants", RECORD__PROPOSAL__CHANGE__GRANTS, take_readers, true},
    {"agreement", RECORD__PROPOSAL__CHANGE__AGREEMENT, take_paper, false},
    {"pack", RECORD__PROPOSAL__CHANGE__PACK, take_paper, false},
    {"release", RECORD__PROPOSAL__CHANGE__RELEASE, take_paper, false},
    {"rule", RECORD__PROPOSAL__CHANGE__RULE, take_rule, false},
    {"rule-end", RECORD__PROPOSAL__CHANGE__RULE, end_rule, false},
};

static enum err
fill(struct asked *a)
{
	const struct cli_args *args = &a->cli->args;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const struct word *w = &words[i];

		if (strcmp(w->name, args->operands[0]) != 0)
			continue;
		if (args->operands_len > 2 && !w->many)
			return err_fail(a->why, ERR_MALFORMED,
			    "%s: nothing is wanted there", args->operands[2]);
		a->post->has_change = 1;
		a->post->change = w->change;
		return w->take(a);
	}
	return err_fail(a->why, ERR_MALFORMED,
	    "%s: join, leave, expel, role, endpoint, keys, quorum, grants, "
	    "agreement, pack, release, rule or rule-end",
	    args->operands[0]);
}

int
cli_motion_propose(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"proposal", "提案"}, "id"},
	    {{"change", "变更"}, "change"},
	    {{"about", "对象"}, "about"},
	    {{"votes", "赞成"}, "votes"},
	    {{"needed", "需要"}, "needed"},
	    {{NULL, NULL}, NULL},
	};
	const struct cli_args *args = &cli->args;
	struct err_why why = {.text = ""};
	struct asked a = {.cli = cli,
	    .operand = args->operands_len > 1 ? args->operands[1] : NULL,
	    .post = mem_alloc(1, sizeof *a.post),
	    .why = &why};
	enum err e;
	int status;

	api__motion_post__init(a.post);
	e = fill(&a);
	status = e != ERR_OK
	    ? cli_fail(cli, e, &why)
	    : cli_call_show(cli, "POST", "/v1/alliance/motions", &a.post->base,
	          &api__motion__descriptor,
	          &(struct cli_out_view){.head = head});
	api__motion_post__free_unpacked(a.post, NULL);
	return status;
}

/* ---- how it stands ---- */

static void
show_more(const struct cli *cli, const ProtobufCMessage *msg)
{
	static const struct cli_out_column faults[] = {
	    {{"MEMBER", "成员"}, "member"},
	    {{"WHAT", "情况"}, "kind"},
	    {{"AGAINST", "相对"}, "other"},
	    {{"WHY", "说明"}, "text"},
	    {{NULL, NULL}, NULL},
	};
	const Api__Council *c = (const Api__Council *)(const void *)msg;

	if (c->n_faults > 0)
		cli_out_answer(cli, msg,
		    &(struct cli_out_view){
		        .rows = "faults", .columns = faults});
	if (c->lacks != NULL) {
		(void)fputs(CLI_ARGS_SAY("decided, but not here or too new "
		                         "for this node: ",
		                "已通过，但本节点没有或不识别："),
		    stdout);
		cli_wrap_put(c->lacks);
		(void)puts("");
	}
}

static const struct cli_out_view council_view = {
    .head =
        (const struct cli_out_column[]){
            {{"alliance", "联盟"}, "alliance"},
            {{"epoch", "届"}, "epoch"},
            {{"id", "标识"}, "id"},
            {{"members", "成员数"}, "size"},
            {{"votes needed", "所需票数"}, "quorum"},
            {{"round", "轮次"}, "round"},
            {{NULL, NULL}, NULL},
        },
    .rows = "motions",
    .columns =
        (const struct cli_out_column[]){
            {{"PROPOSAL", "提案"}, "id"},
            {{"CHANGE", "变更"}, "change"},
            {{"ABOUT", "对象"}, "about"},
            {{"BY", "提出者"}, "by"},
            {{"VOTES", "赞成"}, "votes"},
            {{"CERTAIN", "已确认"}, "certain"},
            {{"NEEDED", "需要"}, "needed"},
            {{"OURS", "本节点"}, "ours"},
            {{NULL, NULL}, NULL},
        },
    .more = show_more,
};

int
cli_motion_status(struct cli *cli)
{
	return cli_call_show(cli, "GET", "/v1/alliance/motions", NULL,
	    &api__council__descriptor, &council_view);
}

int
cli_motion_members(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"alliance", "联盟"}, "alliance"},
	    {{"epoch", "届"}, "epoch"},
	    {{"id", "标识"}, "id"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column columns[] = {
	    {{"MEMBER", "成员"}, "name"},
	    {{"ROLE", "角色"}, "role"},
	    {{"COMPANY", "公司"}, "company"},
	    {{"ENDPOINT", "地址"}, "endpoint"},
	    {{"VOTE", "表决"}, "vote"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/alliance/motions", NULL,
	    &api__council__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "members", .columns = columns});
}

int
cli_motion_vote(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Api__BallotPost *post = mem_alloc(1, sizeof *post);
	int status;

	api__ballot_post__init(post);
	if (a->operands_len > 0)
		post->motion = mem_strdup(a->operands[0]);
	post->has_against = post->against = cli_args_get(a, "against") != NULL;
	post->give_up = mem_alloc(CLI_ARGS_REPEATS, sizeof(char *));
	for (size_t i = 0; cli_args_nth(a, "give-up", i) != NULL; i++)
		post->give_up[post->n_give_up++] =
		    mem_strdup(cli_args_nth(a, "give-up", i));
	status = cli_call_show(cli, "POST", "/v1/alliance/votes", &post->base,
	    &api__council__descriptor, &council_view);
	api__ballot_post__free_unpacked(post, NULL);
	return status;
}

int
cli_motion_epoch(struct cli *cli)
{
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	struct buf text;
	enum err e;
	int status = cli_call_message(cli, "GET", "/v1/alliance/epoch", NULL,
	    &fed__epoch__descriptor, &msg);

	if (status != CLI_OK)
		return status;
	buf_init(&text, 16u << 20);
	json_encode(&text, msg, JSON_PRETTY);
	e = buf_ok(&text, &why);
	if (e == ERR_OK)
		e = whole_file_write(cli_args_get(&cli->args, "output"),
		    buf_view(&text), 0644, &why);
	buf_clear(&text);
	slice_free(msg);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

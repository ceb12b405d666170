/* cli_join.c - from nothing to a member, by the token of an invitation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council.h"
#include "federation/guest.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_keys.h"
#include "node/cli_make.h"
#include "node/cli_wrap.h"
#include "node/config.h"
#include "node/peers.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define START_MAX (16u << 20)
#define WAIT "10m"
#define SOON_US INT64_C(300000) /* while it is quick, */
#define OFTEN 20 /* so many times; */
#define LATER_US INT64_C(2000000) /* then */

struct join {
	struct cli *cli;
	struct invitation v;
	char fingerprint[2 * HASH_BYTES + 1]; /* of its epoch */
	Fed__Epoch *start; /* where the node begins already; NULL: nowhere */
	Fed__Card *made; /* unless the start has it */
	const Fed__Card *card;
	struct buf shown; /* the line that was said last */
};

/* ---- what is there ---- */

static enum err
read_token(struct invitation *out, const char *text, struct err_why *why)
{
	struct buf b;
	enum err e = ERR_OK;

	buf_init(&b, 2 * INVITATION_CHARS_MAX);
	if (strcmp(text, "-") == 0)
		e = whole_file_read(&b, "/dev/stdin", why);
	else
		buf_str(&b, text);
	if (e == ERR_OK)
		e = invitation_get(out, buf_view(&b), why);
	buf_wipe(&b);
	return e;
}

/* The node that the invitation is for: the one that is there, or a new one. */
static enum err
have_node(struct join *j, struct err_why *why)
{
	const char *role = config_role_name((Config__Company)j->v.role);
	struct config *config = NULL;
	char path[4096];
	enum err e;

	(void)snprintf(path, sizeof(path), "%s/site", j->cli->dir);
	if (access(path, F_OK) != 0)
		return cli_make_node(j->cli, j->v.name, role, why);
	e = config_read(&config, j->cli->dir, why);
	if (e == ERR_OK &&
	    (strcmp(config->node->name, j->v.name) != 0 ||
	        (int)config->node->role != (int)j->v.role))
		e = err_both(why, ERR_REFUSED,
		    "the invitation is for another node, or another role",
		    "邀请码属于其他节点或其他角色");
	config_free(config);
	return e;
}

static enum err
read_start(struct join *j, struct err_why *why)
{
	char path[4096];
	struct buf b;
	enum err e;

	(void)snprintf(path, sizeof(path), "%s/%s", j->cli->dir, PEERS_FILE);
	buf_init(&b, START_MAX);
	e = whole_file_read(&b, path, why);
	if (e == ERR_OK)
		e = council_epoch_decode(&j->start, buf_view(&b), why);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK && j->start != NULL && j->start->card == NULL)
		e = err_both(why, ERR_REFUSED,
		    "this node is a member of an alliance already "
		    "(lianfang alliance show)",
		    "本节点已是某联盟的成员（lianfang alliance show）");
	if (e == ERR_OK && j->start != NULL)
		j->card = j->start->card;
	buf_clear(&b);
	return e;
}

/* Where others could dial the new node; "" nowhere, as behind a NAT: then it
 * dials them. */
static enum err
endpoint(const struct cli *cli, char **out, struct err_why *why)
{
	static const char *const here[] = {"tcp://127.", "tcp://localhost:",
	    "tcp://[::1]:", "tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"};
	const char *given = cli_args_get(&cli->args, "endpoint");
	struct config *config = NULL;
	enum err e = config_read(&config, cli->dir, why);

	if (e != ERR_OK)
		return e;
	if (given == NULL)
		given = config->node->advertise;
	if (given == NULL) {
		given = config->node->federation;
		for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
			if (strncasecmp(given, here[i], strlen(here[i])) == 0)
				given = "";
		if (strlen(given) > 2 &&
		    strcmp(given + strlen(given) - 2, ":0") == 0)
			given = "";
	}
	*out = mem_strdup(given);
	config_free(config);
	return ERR_OK;
}

static enum err
have_card(struct join *j, struct err_why *why)
{
	char *where = NULL;
	enum err e;

	if (j->card != NULL)
		return ERR_OK;
	e = endpoint(j->cli, &where, why);
	if (e == ERR_OK)
		e = cli_make_card(j->cli, where, &j->made, why);
	j->card = j->made;
	free(where);
	return e;
}

/* ---- the conversation ---- */

static bool
begun(const struct join *j)
{
	struct council_epoch epoch;
	struct hash alliance;

	return j->start != NULL &&
	    council_epoch_check(&epoch, &alliance, j->start, NULL) == ERR_OK &&
	    memcmp(epoch.id.b, j->v.epoch.b, HASH_BYTES) == 0;
}

/* Takes the epoch out of what was told, puts the card beside it, and has the
 * node begin with it. */
static int
begin(struct join *j, Fed__Told *told)
{
	Fed__Epoch *m = told->epoch;
	struct err_why why;
	int status;

	if (m == NULL || begun(j))
		return CLI_OK;
	if (j->start != NULL &&
	    !bytes_equal(
	        bytes_of(j->start->alliance.data, j->start->alliance.len),
	        bytes_of(m->alliance.data, m->alliance.len))) {
		(void)err_both(&why, ERR_REFUSED,
		    "this node waits for another alliance already "
		    "(lianfang alliance show)",
		    "本节点正在等待加入另一联盟（lianfang alliance show）");
		return cli_fail(j->cli, ERR_REFUSED, &why);
	}
	/* The card is ours: lent. */
	m->card = (Fed__Card *)(uintptr_t)j->card;
	status = cli_call_message(
	    j->cli, "POST", "/v1/alliance/epoch", &m->base, NULL, NULL);
	m->card = NULL;
	if (status == CLI_OK) {
		if (j->start != NULL && j->card == j->start->card) {
			j->made = j->start->card;
			j->start->card = NULL;
		}
		if (j->start != NULL)
			slice_free(&j->start->base);
		j->start = m;
		told->epoch = NULL;
	}
	return status;
}

void
cli_join_told(struct buf *out, const Fed__Told *m)
{
	switch (m->state) {
	case FED__TOLD__STATE__MEMBER:
		buf_printf(out,
		    CLI_ARGS_SAY("a member; the epoch in force is %u",
		        "已是成员，现为第 %u 届"),
		    m->number);
		break;
	case FED__TOLD__STATE__PROPOSED:
		buf_printf(out,
		    CLI_ARGS_SAY("proposed: %u of %u votes; not yet: ",
		        "已提案：%u/%u 票；尚未表决："),
		    m->votes, m->needed);
		for (size_t i = 0; i < m->n_waits; i++) {
			buf_str(out, i > 0 ? ", " : "");
			cli_wrap_plain(out, m->waits[i]);
		}
		break;
	case FED__TOLD__STATE__STATE_UNSPECIFIED:
	case FED__TOLD__STATE__REFUSED:
	case FED__TOLD__STATE__WAITING:
	case _FED__TOLD__STATE_IS_INT_SIZE:
		cli_wrap_plain(out,
		    cli_args_chinese() && m->text_zh != NULL ? m->text_zh
		        : m->text != NULL                    ? m->text
		                                             : "");
		break;
	}
}

/* Says how it stands when that is new. */
static void
progress(struct join *j, const char *line)
{
	if (strcmp(buf_cstr(&j->shown), line) == 0)
		return;
	buf_reset(&j->shown);
	buf_str(&j->shown, line);
	if (!j->cli->json) {
		(void)printf("%s\n", line);
		(void)fflush(stdout);
	}
}

static int
ended(struct join *j, Fed__Told *told)
{
	struct err_why why;

	if (told->state == FED__TOLD__STATE__REFUSED) {
		(void)err_both(&why, ERR_REFUSED,
		    told->text != NULL ? told->text : "",
		    told->text_zh != NULL ? told->text_zh : "");
		return cli_fail(j->cli, ERR_REFUSED, &why);
	}
	if (j->cli->json)
		cli_out_json(&told->base);
	else
		(void)printf("%s lianfangd --dir %s\n",
		    CLI_ARGS_SAY(
		        "unless it runs, start it:", "若尚未运行，请启动："),
		    j->cli->dir);
	return CLI_OK;
}

/* One question and what follows from it; true: that was the last one. */
static bool
step(struct join *j, struct guest *g, int *status)
{
	Fed__Guest m = FED__GUEST__INIT;
	Fed__Told *told = NULL;
	struct err_why why = {.text = ""};
	struct buf line;
	bool last = false;
	enum err e;

	m.card = (Fed__Card *)(uintptr_t)j->card;
	m.has_begin = m.begin = !begun(j);
	buf_init(&line, 65536);
	e = guest_ask(g, &m, &told, &why);
	if (e == ERR_OK) {
		*status = begin(j, told);
		last = *status != CLI_OK ||
		    told->state == FED__TOLD__STATE__MEMBER ||
		    told->state == FED__TOLD__STATE__REFUSED;
		cli_join_told(&line, told);
		if (told->state != FED__TOLD__STATE__REFUSED)
			progress(j, buf_cstr(&line));
		if (last && *status == CLI_OK)
			*status = ended(j, told);
		slice_free(&told->base);
	} else if (e == ERR_TIMEOUT || e == ERR_BUSY) {
		cli_wrap_plain(&line, cli_args_why(&why));
		progress(j, buf_cstr(&line));
	} else {
		*status = cli_fail(j->cli, e, &why);
		last = true;
	}
	buf_clear(&line);
	return last;
}

static int
converse(struct join *j, struct guest *g, int64_t wait_us)
{
	const struct clock *clock = clock_system();
	const int64_t until_us = clock_boot_us(clock) + wait_us;
	struct err_why why;
	int status = CLI_OK;

	for (unsigned i = 0; !step(j, g, &status); i++) {
		int64_t nap_us = i < OFTEN ? SOON_US : LATER_US;

		if (clock_boot_us(clock) + nap_us > until_us) {
			(void)err_both(&why, ERR_REFUSED,
			    "no member yet; nothing is lost: give the same "
			    "command again to see how it stands, the votes go "
			    "on meanwhile",
			    "尚未成为成员；进度不会丢失：再次执行同一命令即可"
			    "查看，表决仍在继续");
			return cli_fail(j->cli, ERR_REFUSED, &why);
		}
		(void)nanosleep(&(struct timespec){.tv_sec = nap_us / 1000000,
		                    .tv_nsec = nap_us % 1000000 * 1000},
		    NULL);
	}
	return status;
}

static enum err
call(struct join *j, struct guest **out, struct err_why *why)
{
	struct crypto_dh key;
	enum err e = cli_keys_session(j->cli->dir, &key, why);

	if (e == ERR_OK)
		e = guest_open(out, &j->v, &key, why);
	crypto_wipe(&key, sizeof(key));
	return e;
}

static void
say_whom(struct join *j)
{
	struct buf hex;

	buf_init(&hex, 2 * HASH_BYTES);
	text_hex_put(&hex, bytes_hash(&j->v.epoch));
	(void)snprintf(
	    j->fingerprint, sizeof(j->fingerprint), "%s", buf_cstr(&hex));
	buf_clear(&hex);
	if (!j->cli->json)
		(void)printf(
		    CLI_ARGS_SAY(
		        "%s, invited by %s at %s\nfingerprint %s\n"
		        "  (compare it by phone with whoever invited)\n",
		        "%s，由 %s（%s）邀请\n指纹 %s\n"
		        "  （请与邀请方电话核对）\n"),
		    j->v.name, j->v.inviter, j->v.address, j->fingerprint);
}

int
cli_join(struct cli *cli)
{
	const char *wait = cli_args_get(&cli->args, "wait");
	struct join j = {.cli = cli};
	struct err_why why = {.text = ""};
	struct guest *g = NULL;
	int64_t wait_us = 0;
	int status;
	enum err e;

	buf_init(&j.shown, 65536);
	e = text_span_get(
	    &wait_us, bytes_str(wait != NULL ? wait : WAIT), &why);
	if (e == ERR_OK)
		e = read_token(&j.v, cli_args_get(&cli->args, "token"), &why);
	if (e == ERR_OK) {
		say_whom(&j);
		e = have_node(&j, &why);
	}
	if (e == ERR_OK)
		e = read_start(&j, &why);
	if (e == ERR_OK)
		e = have_card(&j, &why);
	if (e == ERR_OK)
		e = call(&j, &g, &why);
	status =
	    e == ERR_OK ? converse(&j, g, wait_us) : cli_fail(cli, e, &why);
	guest_close(g);
	if (j.start != NULL)
		slice_free(&j.start->base);
	if (j.made != NULL)
		slice_free(&j.made->base);
	buf_clear(&j.shown);
	crypto_wipe(&j, sizeof(j));
	return status;
}

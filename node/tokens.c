/* tokens.c - operations that make, list and revoke tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/tokens.h"

#include "config.pb-c.h"
#include "node/commit.h"
#include "node/invite.h"
#include "node/service.h"
#include "node/site.h"
#include "node/token.h"
#include "proto/crypto.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <stdio.h>
#include <stdlib.h>

/* A command and the call that waits for it; freed with the call. */
struct token_write {
	struct commit_cmd cmd; /* first: the committer knows only this */
	struct ops_call *call;
	struct hash hash;
	Config__Token *row; /* create */
	char secret[INVITATION_CHARS_MAX]; /* or the whole invitation */
	char id[40]; /* revoke */
};

static void
write_free(void *work)
{
	struct token_write *w = work;

	if (w->row != NULL)
		config__token__free_unpacked(w->row, NULL);
	crypto_wipe(w, sizeof *w);
	free(w);
}

static enum err
run_create(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct token_write *w = (struct token_write *)cmd;
	struct token_book *book = w->call->service->tokens;

	ctx->writes++;
	return token_put(book, ctx->txn, &w->hash, w->row, why);
}

static enum err
run_revoke(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct token_write *w = (struct token_write *)cmd;
	struct token_book *book = w->call->service->tokens;
	enum err e = token_revoke(book, ctx->txn, w->id, service_now(), why);

	if (e == ERR_OK)
		ctx->writes++;
	return e;
}

static void
written(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	struct token_write *w = (struct token_write *)cmd;

	(void)heads;
	ops_finish(w->call, e, why);
}

static enum err
reply_created(struct ops_call *call, struct err_why *why)
{
	struct token_write *w = call->work;
	enum err e = token_reload(call->service->tokens, why);

	if (e != ERR_OK)
		return e;
	w->row->secret = mem_strdup(w->secret);
	ops_reply_message(call, &w->row->base);
	(void)snprintf(
	    call->location, sizeof call->location, "/v1/tokens/%s", w->row->id);
	return ERR_OK;
}

static enum err
reply_revoked(struct ops_call *call, struct err_why *why)
{
	struct token_write *w = call->work;
	enum err e = token_reload(call->service->tokens, why);

	if (e != ERR_OK)
		return e;
	Config__TokenList *list = token_list(call->service->tokens);
	e = ERR_NOT_FOUND;
	for (size_t i = 0; i < list->n_tokens; i++)
		if (strcmp(list->tokens[i]->id, w->id) == 0) {
			ops_reply_message(call, &list->tokens[i]->base);
			e = ERR_OK;
		}
	token_list_free(list);
	return e;
}

/* Queues; the call owns `w` from here on. */
static enum err
queue(struct ops_call *call, struct token_write *w, struct err_why *why)
{
	w->call = call;
	w->cmd.done = written;
	w->cmd.cost = 1;
	call->work = w;
	call->work_free = write_free;
	call->waiting = true;
	enum err e = commit_put(call->service->site->commit, &w->cmd, why);
	if (e != ERR_OK)
		call->waiting = false;
	return e;
}

enum err
tokens_create(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct token_write *w = mem_alloc(1, sizeof *w);
	e = token_new((const Config__TokenRequest *)(const void *)msg,
	    service_now(), w->secret, &w->hash, &w->row, why);
	slice_free(msg);
	if (e != ERR_OK) {
		write_free(w);
		return e;
	}
	w->cmd.run = run_create;
	call->complete = reply_created;
	return queue(call, w, why);
}

/* The text of the invitation, which is not kept. */
static enum err
invitation_text(
    struct token_write *w, const struct invitation *v, struct err_why *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, sizeof w->secret - 1);
	(void)buf_grow(&text, sizeof w->secret - 1);
	buf_reset(&text);
	invitation_put(&text, v);
	e = buf_ok(&text, why);
	memcpy(w->secret, text.ptr, text.len);
	w->secret[text.len] = '\0';
	buf_wipe(&text);
	return e;
}

enum err
tokens_invite(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct invitation v = {.expires = 0};
	struct token_write *w;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	w = mem_alloc(1, sizeof *w);
	e = invite_make(call->service,
	    (const Config__InvitationRequest *)(const void *)msg, &v, &w->hash,
	    &w->row, why);
	slice_free(msg);
	if (e == ERR_NOT_FOUND)
		call->code = "no_alliance";
	if (e == ERR_OK)
		e = invitation_text(w, &v, why);
	crypto_wipe(&v, sizeof v);
	if (e != ERR_OK) {
		write_free(w);
		return e;
	}
	w->cmd.run = run_create;
	call->complete = reply_created;
	return queue(call, w, why);
}

enum err
tokens_list(struct ops_call *call, struct err_why *why)
{
	Config__TokenList *list = token_list(call->service->tokens);

	(void)why;
	ops_reply_message(call, &list->base);
	token_list_free(list);
	return ERR_OK;
}

enum err
tokens_revoke(struct ops_call *call, struct err_why *why)
{
	struct token_write *w = mem_alloc(1, sizeof *w);
	enum err e = params_segment(w->id, sizeof w->id, call->arg[0], why);

	if (e != ERR_OK) {
		write_free(w);
		return e;
	}
	w->cmd.run = run_revoke;
	call->complete = reply_revoked;
	return queue(call, w, why);
}

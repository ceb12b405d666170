/* submit_person.c - whoever may no longer do a work stops doing it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_person.h"

#include <stdlib.h>
#include <string.h>

#include "node/fold_key.h"
#include "node/fold_person.h"
#include "node/journal.h"
#include "node/permit_open.h"
#include "node/permit_world.h"
#include "node/submit_crew.h"
#include "node/submit_op.h"
#include "node/submit_rules.h"
#include "proto/mem.h"

struct ids {
	uint8_t (*at)[16];
	size_t len;
	size_t cap;
};

static void
add(struct ids *ids, const uint8_t *id)
{
	if (ids->len == ids->cap) {
		ids->cap = ids->cap * 2 + 8;
		ids->at = mem_resize(ids->at, ids->cap, 16);
	}
	memcpy(ids->at[ids->len++], id, 16);
}

static bool
goes_on(const struct row *r)
{
	return r->state == ROW_ISSUED || r->state == ROW_IN_PROGRESS;
}

/* holder: only he, and strictly; NULL: everybody, for what is their own. */
static bool
must_stop(const struct submit_crew *c, const char *holder)
{
	for (size_t i = 0; i < c->len; i++) {
		if (holder != NULL &&
		    c->asked[i].answer.result !=
		        RECORD__DECISION__RESULT__ALLOW)
			return true;
		if (c->asked[i].his_own)
			return true;
	}
	return false;
}

static enum err
look_at(struct commit_ctx *ctx, const uint8_t *id, const char *holder,
    struct err_why *why)
{
	const struct submit_stop stop = {.occurred_us = ctx->now_us};
	struct submit_crew crew;
	struct row row;
	struct submit_crew_of of = {
	    .ctx = ctx, .id = id, .row = &row, .only = holder};
	bool stops;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &row, why);

	/* Of one that is damaged people are told (submit_damage). */
	if (e != ERR_OK || !goes_on(&row))
		return permit_open_is_lost(e) ? ERR_OK : e;
	e = submit_crew_ask(&crew, &of, why);
	stops = must_stop(&crew, holder);
	submit_crew_clear(&crew);
	/* Erased, or damaged: who works there, or may, is not known. */
	if (permit_open_is_lost(e)) {
		stops = holder != NULL;
		e = ERR_OK;
	}
	if (e == ERR_OK && stops)
		e = submit_work_stop(
		    ctx, id, &stop, rule_get(RULE_PERSON_SUSPENDS), why);
	return e;
}

/* Collected first: appending moves the pages under a cursor. */
static enum err
permits_of(struct commit_ctx *ctx, const char *holder, struct ids *out,
    struct err_why *why)
{
	struct fold_key k = fold_key_holder(ctx->site->evidence,
	    fold_hash(ctx->fold.mac, FOLD_SUBJECT, holder), 0, NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__PERMIT | FOLD_PERSON_OPEN, 2);
	e = store_cursor(ctx->txn, ctx->fold.t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		add(out, row.key.ptr + k.len);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
submit_person_stop(
    struct commit_ctx *ctx, const char *holder, struct err_why *why)
{
	struct ids ids = {.at = NULL};
	enum err e = ERR_OK;

	if (holder == NULL || holder[0] == '\0')
		return ERR_OK;
	e = permits_of(ctx, holder, &ids, why);
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++)
		e = look_at(ctx, ids.at[i], holder, why);
	free(ids.at);
	return e;
}

/* ---- everybody ---- */

static void
collect(void *arg, const uint8_t *id, const struct row *r)
{
	if (goes_on(r))
		add(arg, id);
}

static enum err
persons_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct ids ids = {.at = NULL};
	enum err e =
	    permit_world_each(ctx->site, &ctx->fold, collect, NULL, &ids, why);

	(void)cmd;
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++)
		e = look_at(ctx, ids.at[i], NULL, why);
	free(ids.at);
	return e;
}

static void
looked(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK)
		journal_warn(
		    "PERSONS", "not looked at, tried again: %s", r->why.text);
	submit_result_free(r);
}

void
submit_persons(struct site *s)
{
	static const struct submit_who node = {
	    .subject = "node", .role = "node"};
	const struct submit_to to = {.site = s, .who = &node, .done = looked};
	struct submit_op *op;

	if (submit_rules_open(s) == 0)
		return;
	op = submit_op_new(&to, sizeof *op, 0);
	op->cmd.run = persons_run;
	op->cmd.cost = 4;
	submit_op_put(op);
}

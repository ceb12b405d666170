/* timekeep_order.c - telling the book of the own logs about time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log.h"
#include "node/commit.h"
#include "node/draft.h"
#include "node/timekeep_state.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* The book belongs to the committer: it is told by a command. */
struct order {
	struct commit_cmd cmd; /* first: the committer knows only this */
	struct timekeep_order o;
	struct site *site;
	struct stamp_line before;
	char detail[TIMEKEEP_TEXT];
	char by[80];
};

static enum err
append(struct order *x, struct commit_ctx *ctx, struct err_why *why)
{
	Record__Admin m = RECORD__ADMIN__INIT;
	uint8_t record_id[16], event_id[16];
	struct log_place place;
	char action[32];

	(void)snprintf(action, sizeof action, "%s", x->o.action);
	m.action = action;
	m.detail = x->detail;
	m.operator_ = x->by[0] != '\0' ? x->by : NULL;
	crypto_uuid7(record_id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ADMIN,
	    .body = &m.base,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	return draft_append(ctx, &spec, &place, why);
}

static enum err
run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct order *x = (struct order *)cmd;
	struct log_book *book = ctx->site->own.book;
	enum err e = ERR_OK;

	log_clock_quality(book,
	    x->o.synchronised ? LEDGER__CLOCK_SOURCE__CLOCK_SYNCHRONISED
	                      : LEDGER__CLOCK_SOURCE__CLOCK_SYSTEM,
	    x->o.error_ms);
	x->before = log_line_now(book);
	log_line(book, x->o.line);
	if (x->o.action != NULL)
		e = append(x, ctx, why);
	if (e != ERR_OK)
		log_line(book, x->before);
	return e;
}

static void
told(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	struct order *x = (struct order *)cmd;

	(void)heads;
	/* The entry that says so is not there: nor does the line hold. */
	if (e != ERR_OK && x->o.action != NULL)
		log_line(x->site->own.book, x->before);
	if (x->o.done != NULL)
		x->o.done(x->o.arg, e, why);
	free(x);
}

void
timekeep_order(struct timekeep *k, const struct timekeep_order *o)
{
	struct order *x = mem_alloc(1, sizeof *x);
	struct err_why why = {.text = ""};
	enum err e;

	x->o = *o;
	x->site = k->site;
	if (o->detail != NULL)
		(void)snprintf(x->detail, sizeof x->detail, "%s", o->detail);
	if (o->by != NULL)
		(void)snprintf(x->by, sizeof x->by, "%s", o->by);
	x->cmd.run = run;
	x->cmd.done = told;
	x->cmd.cost = 1;
	e = commit_put(k->site->commit, &x->cmd, &why);
	if (e == ERR_OK)
		return;
	if (o->done != NULL)
		o->done(o->arg, e, &why);
	free(x);
}

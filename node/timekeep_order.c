/* timekeep_order.c - telling the book of the own logs about time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log.h"
#include "node/commit.h"
#include "node/draft.h"
#include "node/pack_store.h"
#include "node/site_logs.h"
#include "node/timekeep_state.h"
#include "proto/mem.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>

/* The book belongs to the committer: it is told by a command. */
struct order {
	struct commit_cmd cmd; /* first: the committer knows only this */
	struct timekeep_order o;
	struct site *site;
	struct stamp_line before;
	int64_t evidence_us; /* from when that log went back; 0: it did not */
	char detail[TIMEKEEP_TEXT];
	char reason[TIMEKEEP_TEXT];
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

/* TIME_RESET in a log that is ahead of the line. */
static enum err
reset(struct order *x, struct commit_ctx *ctx, enum site_kind kind,
    int64_t newest_us, struct err_why *why)
{
	Record__TimeReset m = RECORD__TIME_RESET__INIT;
	struct log_place place;

	if (newest_us <= x->o.line.wall_us)
		return ERR_OK;
	m.reason = x->reason;
	m.has_from_us = m.has_to_us = true;
	m.from_us = newest_us;
	if (kind == SITE_EVIDENCE)
		x->evidence_us = newest_us;
	m.to_us = x->o.line.wall_us;
	struct draft_spec spec = {
	    .slot = kind == SITE_EVIDENCE ? ctx->site->evidence
	                                  : ctx->site->alliance,
	    .kind = LEDGER__KIND__TIME_RESET,
	    .body = &m.base,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	return draft_append(ctx, &spec, &place, why);
}

static enum err
reset_all(struct order *x, struct commit_ctx *ctx, struct err_why *why)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	int64_t newest_us[SITE_LOGS];
	bool ahead = false;
	enum err e = ERR_OK;

	for (int i = 0; i < SITE_LOGS && e == ERR_OK; i++) {
		e = log_state(ctx->site->own.book, ctx->txn,
		    ctx->logs->log[i].slot, st, why);
		newest_us[i] = st->recorded_us;
		ahead = ahead || st->recorded_us > x->o.line.wall_us;
	}
	free(st);
	if (e == ERR_OK && !ahead)
		e = err_fail(why, ERR_REFUSED,
		    "no log is ahead of the wall clock: nothing to reset; "
		    "lianfang clock admit says that the clock is right");
	for (int i = 0; i < SITE_LOGS && e == ERR_OK; i++)
		e = reset(x, ctx, (enum site_kind)i, newest_us[i], why);
	return e;
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
	x->evidence_us = 0;
	log_line(book, x->o.line);
	if (x->o.reset != NULL)
		e = reset_all(x, ctx, why);
	if (e == ERR_OK && x->o.action != NULL)
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
	if (e == ERR_OK && x->evidence_us != 0)
		pack_store_time_reset(
		    x->site, x->evidence_us, x->o.line.wall_us);
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
	text_whole(x->detail);
	if (o->reset != NULL)
		(void)snprintf(x->reason, sizeof x->reason, "%s", o->reset);
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

/* submit_person.c - whoever may no longer do a work stops doing it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_person.h"

#include <stdlib.h>
#include <string.h>

#include "node/fold_key.h"
#include "node/fold_person.h"
#include "node/journal.h"
#include "node/permit_world.h"
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

/* One look at one permit. */
struct look {
	struct commit_ctx *ctx;
	const char *holder; /* only he, and strictly; NULL: everybody */
	const uint8_t *id;
	struct row row;
	Record__Permit *applied;
	Record__Permit
	    *crew; /* event that named the workers; NULL: the first */
	bool stop;
};

static bool
goes_on(const struct row *r)
{
	return r->state == ROW_ISSUED || r->state == ROW_IN_PROGRESS;
}

/* Is he denied for what he is, not for what goes on around him? */
static bool
his_own(const struct decide_answer *a)
{
	static const enum rule_id own[] = {RULE_NO_CREDENTIAL,
	    RULE_CREDENTIAL_SUSPENDED, RULE_CREDENTIAL_REVOKED,
	    RULE_CREDENTIAL_CANCELLED, RULE_CREDENTIAL_EXPIRED,
	    RULE_PRESENTATION_EXPIRED, RULE_REVIEW_OVERDUE, RULE_IDLE_TOO_LONG,
	    RULE_VIOLATION_OPEN, RULE_SCORE_HIGH};

	if (a->result != RECORD__DECISION__RESULT__DENY)
		return false;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		for (size_t k = 0; k < a->reasons.len; k++) {
			if (a->reasons.at[k] == rule_get(own[i]))
				return true;
		}
	}
	return false;
}

static enum err
open_event(
    struct look *l, uint32_t seq, Record__Permit **out, struct err_why *why)
{
	uint16_t slot = l->ctx->site->evidence;
	ProtobufCMessage *m = NULL;
	uint64_t place = l->row.first;
	enum err e = ERR_OK;

	if (seq > 1)
		e = fold_event(&l->ctx->fold, slot, l->id, seq, &place, why);
	if (e == ERR_OK)
		e = submit_op_body(
		    l->ctx, slot, place, &record__permit__descriptor, &m, why);
	*out = (Record__Permit *)m;
	return e;
}

static enum err
judge_one(struct look *l, const char *worker, struct err_why *why)
{
	struct decide_facts *facts = mem_alloc(1, sizeof *facts);
	const struct decide_question q = {
	    .holder = worker,
	    .work_type = l->applied->work_type,
	    .level = (Record__Permit__Level)l->row.level,
	    .area = l->applied->area,
	    .now_us = l->ctx->now_us,
	    .permit = l->id,
	};
	struct decide_answer a;
	enum err e = submit_decision_run(l->ctx, &q, facts, &a, why);

	free(facts);
	if (e != ERR_OK)
		return e;
	if (l->holder != NULL)
		l->stop |= a.result != RECORD__DECISION__RESULT__ALLOW;
	else
		l->stop |= his_own(&a);
	return ERR_OK;
}

static enum err
judge_crew(struct look *l, struct err_why *why)
{
	const Record__Permit *who;
	enum err e = open_event(l, 1, &l->applied, why);

	if (e == ERR_OK && l->row.work.crew_seq > 1)
		e = open_event(l, l->row.work.crew_seq, &l->crew, why);
	if (e == ERR_NOT_FOUND) {
		/* Erased: who works there is not known any more. */
		l->stop = l->holder != NULL;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	who = l->crew != NULL ? l->crew : l->applied;
	for (size_t i = 0; i <= who->n_workers && e == ERR_OK; i++) {
		const char *w = i == 0 ? who->worker : who->workers[i - 1];

		if (l->holder != NULL &&
		    (w == NULL || strcmp(w, l->holder) != 0))
			continue;
		e = judge_one(l, w, why);
	}
	return e;
}

static enum err
look_at(struct commit_ctx *ctx, const uint8_t *id, const char *holder,
    struct err_why *why)
{
	struct look l = {.ctx = ctx, .holder = holder, .id = id};
	const struct submit_stop stop = {.occurred_us = ctx->now_us};
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &l.row, why);

	if (e != ERR_OK || !goes_on(&l.row))
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = judge_crew(&l, why);
	if (l.applied != NULL)
		record__permit__free_unpacked(l.applied, NULL);
	if (l.crew != NULL)
		record__permit__free_unpacked(l.crew, NULL);
	if (e == ERR_OK && l.stop)
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
	    permit_world_each(ctx->site, &ctx->fold, collect, &ids, why);

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

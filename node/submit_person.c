/* submit_person.c - whoever may no longer do a work stops doing it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_person.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/credential_pack.h"
#include "node/domain/permit_rules.h"
#include "node/fold_ids.h"
#include "node/fold_key.h"
#include "node/fold_person.h"
#include "node/journal.h"
#include "node/permit_open.h"
#include "node/permit_world.h"
#include "node/submit_alone.h"
#include "node/submit_crew.h"
#include "node/submit_op.h"
#include "node/submit_rules.h"
#include "proto/mem.h"

#define AGAIN_US INT64_C(1000000)

static bool
goes_on(const struct row *r)
{
	return r->state == ROW_ISSUED || r->state == ROW_IN_PROGRESS;
}

/* What was found against those who work, all of it. */
struct found {
	bool stops;
	uint32_t rules; /* of certificates */
	int64_t at_us; /* since when; 0: not known */
};

/* holder: only he, and strictly; NULL: everybody, for what is their own. */
static struct found
look_into(const struct submit_crew *c, const char *holder)
{
	struct found out = {.stops = false};

	for (size_t i = 0; i < c->len; i++) {
		const struct submit_crew_asked *a = &c->asked[i];
		const int64_t ended = decide_ended_us(&a->facts.in);

		out.stops |= a->his_own ||
		    (holder != NULL &&
		        a->answer.result != RECORD__DECISION__RESULT__ALLOW);
		if (!a->his_own || credential_pack_is_thing(a->question.role))
			continue;
		out.rules |= permit_rules_cards(&a->answer.reasons);
		if (ended > out.at_us)
			out.at_us = ended;
	}
	return out;
}

/* Work that went on without a certificate has broken a rule, however soon it is
 * stopped. */
static enum err
stop(struct commit_ctx *ctx, const uint8_t *id, const struct row *row,
    const struct found *f, struct err_why *why)
{
	const struct submit_stop now = {.occurred_us = ctx->now_us};
	const bool since = f->at_us > row->start_us && f->at_us <= ctx->now_us;
	enum err e = ERR_OK;

	if (row->state == ROW_IN_PROGRESS && f->rules != 0)
		e = submit_rules_raise(ctx, id, row, f->rules,
		    since ? f->at_us : ctx->now_us, why);
	if (e == ERR_OK)
		e = submit_work_stop(
		    ctx, id, &now, rule_get(RULE_PERSON_SUSPENDS), why);
	return e;
}

static enum err
look_at(struct commit_ctx *ctx, const uint8_t *id, const char *holder,
    struct err_why *why)
{
	struct submit_crew crew;
	struct row row;
	struct submit_crew_of of = {
	    .ctx = ctx, .id = id, .row = &row, .only = holder};
	struct found found;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &row, why);

	/* Of one that is damaged people are told (submit_damage). */
	if (e != ERR_OK || !goes_on(&row))
		return permit_open_is_lost(e) ? ERR_OK : e;
	e = submit_crew_ask(&crew, &of, why);
	found = look_into(&crew, holder);
	submit_crew_until(ctx->site, &crew);
	submit_crew_clear(&crew);
	/* Erased, or damaged: who works there, or may, is not known. */
	if (permit_open_is_lost(e)) {
		found = (struct found){.stops = holder != NULL};
		e = ERR_OK;
	}
	if (e == ERR_OK && found.stops)
		e = stop(ctx, id, &row, &found, why);
	return e;
}

enum err
submit_person_stop(
    struct commit_ctx *ctx, const char *holder, struct err_why *why)
{
	struct fold_ids ids = {.at = NULL};
	struct fold_key k;
	enum err e = ERR_OK;

	if (holder == NULL || holder[0] == '\0')
		return ERR_OK;
	k = fold_key_holder(ctx->site->evidence,
	    fold_hash(ctx->fold.mac, FOLD_SUBJECT, holder),
	    LEDGER__KIND__PERMIT | FOLD_PERSON_OPEN, NULL);
	e = fold_ids_collect(&ctx->fold, ctx->fold.t->holder, &k, &ids, why);
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++)
		e = look_at(ctx, ids.at[i], holder, why);
	fold_ids_clear(&ids);
	return e;
}

/* ---- everybody ---- */

struct everybody {
	struct submit_op op;
	struct submit_alone_of *at; /* permits under which somebody works */
	size_t len;
	bool whole; /* all of them are there */
};

static void
collect(void *arg, const uint8_t *id, const struct row *r)
{
	struct everybody *x = arg;
	struct submit_alone_of *of;

	if (!goes_on(r))
		return;
	x->at = mem_resize(x->at, x->len + 1, sizeof *x->at);
	of = &x->at[x->len++];
	*of = (struct submit_alone_of){.area = r->area};
	memcpy(of->id, id, 16);
}

static enum err
look_at_one(struct commit_ctx *ctx, const struct submit_alone_of *of,
    struct err_why *why)
{
	return look_at(ctx, of->id, NULL, why);
}

static enum err
persons_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct everybody *x = (struct everybody *)cmd;
	enum err e;

	x->len = 0;
	e = permit_world_each(ctx->site, &ctx->fold, collect, NULL, x, why);
	x->whole = e == ERR_OK;
	for (size_t i = 0; i < x->len && e == ERR_OK; i++)
		e = look_at_one(ctx, &x->at[i], why);
	return e;
}

static void
everybody_clear(struct submit_op *op)
{
	free(((struct everybody *)op)->at);
}

static const struct submit_who node = {.subject = "node", .role = "node"};

/* The node could not, or not of all; or what came while they were looked at one
 * by one concerns those whose turn was before. */
static void
again(struct site *s)
{
	int64_t none = 0;

	atomic_compare_exchange_strong(
	    &s->persons_due_us, &none, site_now(s) + AGAIN_US);
}

static void
looked_alone(void *arg, struct submit_result *r)
{
	if (r->error != ERR_OK && !submit_alone_may(r))
		again(arg);
	submit_result_free(r);
}

static void
looked(void *arg, struct submit_result *r)
{
	static const struct submit_alone alone = {
	    .look = look_at_one, .class = COMMIT_URGENT, .bit = 1};
	const struct submit_to to = {
	    .site = arg, .who = &node, .done = looked_alone, .arg = arg};
	const struct everybody *x = r->rest;

	if (r->error != ERR_OK)
		journal_warn("PERSONS",
		    "not looked at all at once, tried one by one or again: %s",
		    r->why.text);
	if (r->error != ERR_OK && (!submit_alone_may(r) || !x->whole))
		again(arg);
	if (submit_alone_may(r))
		submit_alone(&to, &alone, x->at, x->len);
	submit_result_free(r);
}

void
submit_persons(struct site *s)
{
	const struct submit_to to = {
	    .site = s, .who = &node, .done = looked, .arg = s};
	struct everybody *x;

	if (submit_rules_open(s) == 0)
		return;
	x = submit_op_new(&to, sizeof *x, 0);
	x->op.cmd.run = persons_run;
	x->op.cmd.cost = 4;
	x->op.clear = everybody_clear;
	submit_op_put(&x->op);
}

void
submit_persons_due(struct site *s)
{
	int64_t due = atomic_load(&s->persons_due_us);

	if (due == 0 || site_now(s) < due)
		return;
	/* What is asked next says when the next one is. */
	atomic_compare_exchange_strong(&s->persons_due_us, &due, 0);
	submit_persons(s);
}

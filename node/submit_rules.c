/* submit_rules.c - alarms of permits that break a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_rules.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/calendar.h"
#include "node/permit_world.h"
#include "node/rule_alarms.h"
#include "node/submit_alone.h"
#include "node/submit_damage.h"
#include "proto/mem.h"

static int64_t
away_us(const Pack__Codes *codes)
{
	for (size_t i = 0; codes != NULL && i < codes->n_codes; i++) {
		if (strcmp(codes->codes[i]->rule, "R09") == 0)
			return codes->codes[i]->after_seconds *
			    INT64_C(1000000);
	}
	return 0;
}

static void
view_of(struct permit_rules_view *out, struct commit_ctx *ctx,
    const struct row *row)
{
	const struct packs *packs = ctx->site->packs;

	*out = (struct permit_rules_view){
	    .row = row,
	    .pack = packs_version(packs, row->pack),
	    .now_us = ctx->now_us,
	};
	out->away_us = away_us(packs_codes(packs, ctx->now_us));
	out->days_known = calendar_at(
	    &out->days, packs_calendar(packs, ctx->now_us), ctx->now_us);
}

static struct rule_alarms
alarms_of(struct commit_ctx *ctx, const uint8_t *permit_id,
    const struct row *permit, struct permit_rules_view *v)
{
	view_of(v, ctx, permit);
	return (struct rule_alarms){
	    .ctx = ctx, .permit = permit_id, .row = permit, .view = v};
}

enum err
submit_rules_raise(struct commit_ctx *ctx, const uint8_t permit_id[static 16],
    const struct row *row, uint32_t rules, int64_t at_us, struct err_why *why)
{
	const struct row permit = *row; /* appending moves ctx->fold.row */
	struct permit_rules_view v;
	const struct rule_alarms a = alarms_of(ctx, permit_id, &permit, &v);

	return rule_alarms_happened(&a, rules, at_us, why);
}

enum err
submit_rules_look(struct commit_ctx *ctx, const uint8_t permit_id[static 16],
    const struct row *row, enum submit_rules_beside beside, struct err_why *why)
{
	const struct row permit = *row;
	struct permit_world_ids ids;
	struct permit_world world;
	struct permit_rules_view v;
	const struct rule_alarms a = alarms_of(ctx, permit_id, &permit, &v);
	struct permit_world_ask ask = {
	    .site = ctx->site,
	    .fold = &ctx->fold,
	    .record_id = permit_id,
	    .row = &permit,
	    .action = RECORD__PERMIT__ACTION__RESUME,
	    .at_us = ctx->now_us,
	    .links_only = true,
	};
	uint32_t judged = permit_rules_judged(&v);
	enum err e = ERR_OK;

	if (permit.state == ROW_IN_PROGRESS && v.pack != NULL &&
	    v.pack->n_steps > 0) {
		ask.pack = v.pack;
		e = permit_world(&ask, &ids, &world, why);
		v.link_broken = e == ERR_OK && world.link != NULL;
		v.unlinked = beside == SUBMIT_RULES_UNLINKED;
		/* What is going on beside it is looked at with all others. */
		if (beside == SUBMIT_RULES_NOT_ASKED)
			judged &= ~PERMIT_RULE(19);
	}
	if (e != ERR_OK)
		return e;
	return rule_alarms_hold(&a, permit_rules_now(&v), judged, why);
}

/* ---- the command ---- */

/* Of each open permit what the others need to know of it. */
struct brief {
	uint64_t type;
	bool goes;
	uint8_t links_len;
	uint8_t links[ROW_LINKS_MAX][16];
};

struct looking {
	struct submit_op op;
	submit_done done; /* who asked */
	void *arg;
	struct submit_alone_of *at; /* in the order of areas */
	struct brief *brief; /* likewise */
	size_t len;
	size_t cap;
	struct submit_alone_of *lost;
	size_t lost_len;
	bool whole; /* all open permits are there */
};

/* Collected first: appending moves the pages under a cursor. */
static void
collect(void *arg, const uint8_t *id, const struct row *r)
{
	struct looking *x = arg;
	struct brief *b;

	if (x->len == x->cap) {
		x->cap = x->cap * 2 + 16;
		x->at = mem_resize(x->at, x->cap, sizeof *x->at);
		x->brief = mem_resize(x->brief, x->cap, sizeof *x->brief);
	}
	x->at[x->len] = (struct submit_alone_of){.area = r->area};
	memcpy(x->at[x->len].id, id, 16);
	b = &x->brief[x->len++];
	b->type = r->type;
	b->goes = r->state == ROW_IN_PROGRESS;
	b->links_len = r->work.links_len;
	memcpy(b->links, r->work.links, sizeof b->links);
}

static void
miss(void *arg, const uint8_t *id, uint64_t area)
{
	struct looking *x = arg;
	struct submit_alone_of *l;

	x->lost = mem_resize(x->lost, x->lost_len + 1, sizeof *x->lost);
	l = &x->lost[x->lost_len++];
	*l = (struct submit_alone_of){.area = area};
	memcpy(l->id, id, 16);
}

static bool
is_linked(const struct brief *b, const uint8_t *id)
{
	for (size_t i = 0; i < b->links_len; i++) {
		if (memcmp(b->links[i], id, 16) == 0)
			return true;
	}
	return false;
}

/* Is other special work going on in its area, linked neither way?  Those of one
 * area stand side by side, from `first` on. */
static bool
is_unlinked(const struct looking *o, size_t first, size_t at)
{
	const struct brief *b = &o->brief[at];

	for (size_t i = first;
	     b->goes && i < o->len && o->at[i].area == o->at[at].area; i++) {
		const struct brief *x = &o->brief[i];

		if (x->goes && x->type != b->type &&
		    !is_linked(x, o->at[at].id) && !is_linked(b, o->at[i].id))
			return true;
	}
	return false;
}

static enum err
look_at_one(struct commit_ctx *ctx, const struct submit_alone_of *of,
    struct err_why *why)
{
	struct row r;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, of->id, &r, why);

	/* Alone it may have been closed since. */
	if (e != ERR_OK || !row_is_open(&r))
		return e;
	return submit_rules_look(
	    ctx, of->id, &r, (enum submit_rules_beside)of->how, why);
}

static enum err
rules_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct looking *x = (struct looking *)cmd;
	size_t first = 0;
	enum err e;

	x->len = x->lost_len = 0;
	e = permit_world_each(ctx->site, &ctx->fold, collect, miss, x, why);
	x->whole = e == ERR_OK;
	for (size_t i = 0; i < x->len; i++) {
		if (x->at[i].area != x->at[first].area)
			first = i;
		x->at[i].how = is_unlinked(x, first, i) ? SUBMIT_RULES_UNLINKED
		                                        : SUBMIT_RULES_ALONE;
	}
	for (size_t i = 0; i < x->lost_len && e == ERR_OK; i++)
		e = submit_damage(ctx, x->lost[i].id, x->lost[i].area, why);
	for (size_t i = 0; i < x->len && e == ERR_OK; i++)
		e = look_at_one(ctx, &x->at[i], why);
	return e;
}

static void
looking_clear(struct submit_op *op)
{
	struct looking *x = (struct looking *)op;

	free(x->at);
	free(x->brief);
	free(x->lost);
}

static void
looked(void *arg, struct submit_result *r)
{
	static const struct submit_alone alone = {
	    .look = look_at_one, .class = COMMIT_LATER, .bit = 2};
	struct looking *x = r->rest;
	const struct submit_to to = {
	    .site = x->op.site, .done = x->done, .arg = x->arg};

	(void)arg;
	/* Of some alone nobody can say what goes on beside them. */
	if (!submit_alone_may(r) || !x->whole || x->len + x->lost_len == 0) {
		x->done(x->arg, r);
		return;
	}
	/* Those whose rows are lost fail alone, and so are said. */
	x->at = mem_resize(x->at, x->len + x->lost_len, sizeof *x->at);
	for (size_t i = 0; i < x->lost_len; i++)
		x->at[x->len++] = x->lost[i];
	submit_alone(&to, &alone, x->at, x->len);
	submit_result_free(r);
}

static void
count(void *arg, const uint8_t *id, const struct row *r)
{
	(void)id;
	(void)r;
	(*(size_t *)arg)++;
}

static void
count_lost(void *arg, const uint8_t *id, uint64_t area)
{
	(void)id;
	(void)area;
	(*(size_t *)arg)++;
}

size_t
submit_rules_open(struct site *s)
{
	struct fold f = {
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	size_t n = 0;

	if (store_read(s->own.store, &f.txn, NULL) != ERR_OK)
		return 1;
	if (permit_world_each(s, &f, count, count_lost, &n, NULL) != ERR_OK)
		n = 1;
	store_abort(f.txn);
	return n;
}

void
submit_rules(const struct submit_to *to)
{
	struct submit_to mine = *to;
	struct looking *x;

	mine.done = looked;
	mine.arg = NULL;
	x = submit_op_new(&mine, sizeof *x, 0);
	x->done = to->done;
	x->arg = to->arg;
	x->op.cmd.run = rules_run;
	x->op.cmd.cost = 4;
	x->op.cmd.class = COMMIT_LATER;
	x->op.clear = looking_clear;
	submit_op_put(&x->op);
}

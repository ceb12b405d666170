/* submit_rules.c - alarms of permits that break a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_rules.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/calendar.h"
#include "node/permit_world.h"
#include "node/rule_alarms.h"
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
	uint8_t id[16];
	uint64_t area;
	uint64_t type;
	bool goes;
	uint8_t links_len;
	uint8_t links[ROW_LINKS_MAX][16];
};

struct lost {
	uint8_t id[16];
	uint64_t area;
};

struct open {
	struct brief *at; /* in the order of areas */
	size_t len;
	size_t cap;
	struct lost *lost;
	size_t lost_len;
};

/* Collected first: appending moves the pages under a cursor. */
static void
collect(void *arg, const uint8_t *id, const struct row *r)
{
	struct open *o = arg;
	struct brief *b;

	if (o->len == o->cap) {
		o->cap = o->cap * 2 + 16;
		o->at = mem_resize(o->at, o->cap, sizeof *o->at);
	}
	b = &o->at[o->len++];
	memcpy(b->id, id, 16);
	b->area = r->area;
	b->type = r->type;
	b->goes = r->state == ROW_IN_PROGRESS;
	b->links_len = r->work.links_len;
	memcpy(b->links, r->work.links, sizeof b->links);
}

static void
miss(void *arg, const uint8_t *id, uint64_t area)
{
	struct open *o = arg;
	struct lost *l;

	o->lost = mem_resize(o->lost, o->lost_len + 1, sizeof *o->lost);
	l = &o->lost[o->lost_len++];
	memcpy(l->id, id, 16);
	l->area = area;
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
is_unlinked(const struct open *o, size_t first, size_t at)
{
	const struct brief *b = &o->at[at];

	for (size_t i = first;
	     b->goes && i < o->len && o->at[i].area == b->area; i++) {
		const struct brief *x = &o->at[i];

		if (x->goes && x->type != b->type && !is_linked(x, b->id) &&
		    !is_linked(b, x->id))
			return true;
	}
	return false;
}

static enum err
rules_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct open o = {.at = NULL};
	size_t first = 0;
	enum err e =
	    permit_world_each(ctx->site, &ctx->fold, collect, miss, &o, why);

	(void)cmd;
	for (size_t i = 0; i < o.lost_len && e == ERR_OK; i++)
		e = submit_damage(ctx, o.lost[i].id, o.lost[i].area, why);
	for (size_t i = 0; i < o.len && e == ERR_OK; i++) {
		struct row r;

		if (o.at[i].area != o.at[first].area)
			first = i;
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, o.at[i].id, &r, why);
		if (e == ERR_OK)
			e = submit_rules_look(ctx, o.at[i].id, &r,
			    is_unlinked(&o, first, i) ? SUBMIT_RULES_UNLINKED
			                              : SUBMIT_RULES_ALONE,
			    why);
	}
	free(o.at);
	free(o.lost);
	return e;
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
	struct submit_op *op = submit_op_new(to, sizeof *op, 0);

	op->cmd.run = rules_run;
	op->cmd.cost = 4;
	op->cmd.class = COMMIT_LATER;
	submit_op_put(op);
}

/* submit_rules.c - alarms of permits that break a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/calendar.h"
#include "node/domain/permit_rules.h"
#include "node/fold_key.h"
#include "node/permit_world.h"
#include "node/submit_own.h"
#include "proto/mem.h"
#include "proto/text.h"

#define SOURCE "permit-rules"

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
	out->days_known = calendar_at(
	    &out->days, packs_calendar(packs, ctx->now_us), ctx->now_us);
}

/* The same breach has the same id, wherever it is found. */
static void
id_of(uint8_t out[static 16], const uint8_t permit[static 16], const char *rule,
    uint64_t turn)
{
	char text[80];
	char uuid[TEXT_UUID_CHARS + 1];

	text_uuid_put(uuid, permit);
	(void)snprintf(text, sizeof text, "lianfang/rule/%s/%s/%llu", uuid,
	    rule, (unsigned long long)turn);
	submit_own_id(out, text);
}

struct breach {
	uint8_t id[16];
	const uint8_t *permit;
	const struct row *row;
	const Pack__Code *code;
	int64_t at_us;
};

static enum err
raise_one(struct commit_ctx *ctx, const struct breach *b, struct err_why *why)
{
	const Pack__Code *code = b->code;
	char uuid[TEXT_UUID_CHARS + 1];
	char title[400];
	char detail[160];
	const struct submit_own a = {
	    .source = SOURCE,
	    .kind = "permit",
	    .title = title,
	    .detail = detail,
	    .code = code->code,
	    .permit_id = uuid,
	    .level = code->level,
	    .area = b->row->area,
	    .at_us = b->at_us,
	    .exercise = (b->row->flags & ROW_EXERCISE) != 0,
	};

	text_uuid_put(uuid, b->permit);
	(void)snprintf(
	    title, sizeof title, "%s / %s", code->title, code->title_zh);
	(void)snprintf(
	    detail, sizeof detail, "%s: %s", code->rule, code->clause);
	return submit_own(ctx, b->id, &a, why);
}

static const Pack__Code *
code_of(const Pack__Codes *codes, unsigned rule)
{
	char name[8];

	(void)snprintf(name, sizeof name, "R%02u", rule);
	for (size_t i = 0; codes != NULL && i < codes->n_codes; i++) {
		if (strcmp(codes->codes[i]->rule, name) == 0)
			return codes->codes[i];
	}
	return NULL;
}

enum err
submit_rules_raise(struct commit_ctx *ctx, const uint8_t permit_id[static 16],
    const struct row *row, uint32_t rules, int64_t at_us, struct err_why *why)
{
	const Pack__Codes *codes = packs_codes(ctx->site->packs, ctx->now_us);
	const struct row permit = *row; /* appending moves ctx->fold.row */
	struct permit_rules_view v;
	enum err e = ERR_OK;

	view_of(&v, ctx, &permit);
	for (unsigned n = 1; n <= PERMIT_RULES && e == ERR_OK; n++) {
		struct breach b = {.permit = permit_id,
		    .row = &permit,
		    .code = code_of(codes, n),
		    .at_us = at_us};

		if ((rules & PERMIT_RULE(n)) == 0 || b.code == NULL)
			continue;
		id_of(b.id, permit_id, b.code->rule, permit_rules_turn(&v, n));
		e = raise_one(ctx, &b, why);
	}
	return e;
}

enum err
submit_rules_look(struct commit_ctx *ctx, const uint8_t permit_id[static 16],
    const struct row *row, bool unlinked, struct err_why *why)
{
	struct permit_world_ids ids;
	struct permit_world world;
	struct permit_rules_view v;
	struct permit_world_ask ask = {
	    .site = ctx->site,
	    .fold = &ctx->fold,
	    .record_id = permit_id,
	    .row = row,
	    .action = RECORD__PERMIT__ACTION__RESUME,
	    .at_us = ctx->now_us,
	    .links_only = true,
	};
	uint32_t rules;
	enum err e = ERR_OK;

	view_of(&v, ctx, row);
	if (row->state == ROW_IN_PROGRESS && v.pack != NULL &&
	    v.pack->n_steps > 0) {
		ask.pack = v.pack;
		e = permit_world(&ask, &ids, &world, why);
		v.link_broken = e == ERR_OK && world.link != NULL;
		v.unlinked = unlinked;
	}
	if (e != ERR_OK)
		return e;
	rules = permit_rules_now(&v);
	return rules == 0
	    ? ERR_OK
	    : submit_rules_raise(ctx, permit_id, row, rules, ctx->now_us, why);
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

struct open {
	struct brief *at; /* in the order of areas */
	size_t len;
	size_t cap;
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
	enum err e = permit_world_each(ctx->site, &ctx->fold, collect, &o, why);

	(void)cmd;
	for (size_t i = 0; i < o.len && e == ERR_OK; i++) {
		struct row r;

		if (o.at[i].area != o.at[first].area)
			first = i;
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, o.at[i].id, &r, why);
		if (e == ERR_OK)
			e = submit_rules_look(ctx, o.at[i].id, &r,
			    is_unlinked(&o, first, i), why);
	}
	free(o.at);
	return e;
}

static void
count(void *arg, const uint8_t *id, const struct row *r)
{
	(void)id;
	(void)r;
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
	if (permit_world_each(s, &f, count, &n, NULL) != ERR_OK)
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

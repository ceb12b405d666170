/* submit_due.c - deadlines of cases and checks, near or passed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_due.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/domain/alarm.h"
#include "node/fold_key.h"
#include "node/submit_case.h"
#include "node/submit_own.h"
#include "proto/mem.h"
#include "proto/text.h"

#define SOURCE "case-deadlines"
#define KIND "system"
#define SCAN_MAX 100000 /* open records looked at in one turn */

struct ids {
	uint8_t at[SUBMIT_DUE_MAX][16];
	size_t len;
};

struct due {
	struct submit_op op;
	struct ids ids;
};

/* What rows call the types of policies: computed once for all rows. */
struct named {
	const Pack__CasePolicy *policy;
	uint64_t hash;
	const Pack__CaseType *type;
};
struct types {
	const struct packs *packs;
	const Pack__CasePolicy *now; /* NULL: none is in force */
	const Pack__Calendar *days;
	struct named *at;
	size_t len;
};

static void
types_add(struct types *out, const struct site *s, const Pack__CasePolicy *p)
{
	for (size_t i = 0; i < p->n_types; i++) {
		const Pack__CaseType *t = p->types[i];

		out->at =
		    mem_resize(out->at, out->len + t->n_types, sizeof *out->at);
		for (size_t k = 0; k < t->n_types; k++)
			out->at[out->len++] = (struct named){p,
			    fold_hash(&s->index_mac, FOLD_TYPE, t->types[k]),
			    t};
	}
}

static void
types_open(struct types *out, const struct site *s, int64_t now_us)
{
	struct packs_fact fact;
	const Pack__Pack *p;

	*out = (struct types){.packs = s->packs,
	    .now = packs_cases(s->packs, now_us),
	    .days = packs_calendar(s->packs, now_us)};
	for (size_t i = 0; (p = packs_at(out->packs, i, &fact)) != NULL; i++) {
		if (p->cases != NULL)
			types_add(out, s, p->cases);
	}
}

static const Pack__CaseType *
type_of(const struct types *all, const Pack__CasePolicy *p, uint64_t hash)
{
	for (size_t i = 0; p != NULL && i < all->len; i++) {
		if (all->at[i].policy == p && all->at[i].hash == hash)
			return all->at[i].type;
	}
	return NULL;
}

/* As submit_case_type: by the policy that it began with. */
static const Pack__CaseType *
type_of_case(const struct types *all, const struct row *r)
{
	const Pack__CaseType *t =
	    type_of(all, packs_cases_then(all->packs, r->from_us), r->type);

	return t != NULL ? t : type_of(all, all->now, r->type);
}

static void
alarm_of(uint8_t out[static 16], const uint8_t *id, enum case_stage stage,
    int64_t due_us)
{
	char uuid[TEXT_UUID_CHARS + 1];
	char text[120];

	text_uuid_put(uuid, id);
	(void)snprintf(text, sizeof text, "lianfang/due/%s/%u/%" PRId64, uuid,
	    (unsigned)stage, due_us);
	submit_own_id(out, text);
}

/* What is to be said of one record. */
struct finding {
	uint8_t alarm[16];
	enum case_stage stage;
	const Pack__CaseType *type; /* NULL: a check */
	const Pack__CasePolicy *policy;
};

static bool
find(struct finding *out, const struct types *types, const uint8_t *id,
    const struct row *r, int64_t now_us)
{
	*out = (struct finding){.policy = types->now};
	if (out->policy == NULL)
		return false;
	if (r->kind == LEDGER__KIND__CASE) {
		out->type = type_of_case(types, r);
		out->stage = out->type != NULL
		    ? case_stage(out->type, r, now_us, types->days)
		    : CASE_STAGE_NONE;
	} else if (row_is_overdue(r, now_us)) {
		out->stage = CASE_STAGE_BREACH;
	}
	if (out->stage == CASE_STAGE_NONE)
		return false;
	alarm_of(out->alarm, id, out->stage, r->to_us);
	return true;
}

/* ---- looking ---- */

static enum err
scan(struct ids *out, const struct site *s, struct fold *f,
    const struct types *types, uint16_t kind)
{
	const int64_t now_us = site_now(s);
	struct fold_key k = fold_key_slot(s->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t seen = 0;
	enum err e;

	fold_key_uint(&k, kind, 2);
	e = store_cursor(f->txn, f->t->open, &c, NULL);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && out->len < SUBMIT_DUE_MAX && seen++ < SCAN_MAX &&
	    row.key.len == k.len + 24 && memcmp(row.key.ptr, k.b, k.len) == 0) {
		const uint8_t *id = row.key.ptr + k.len + 8;
		struct finding found;
		struct row r, old;

		e = fold_get(f, s->evidence, id, &r, NULL);
		/* One that is damaged hides no other. */
		if (e != ERR_OK && e != ERR_CORRUPT)
			break;
		if (e == ERR_OK && find(&found, types, id, &r, now_us) &&
		    fold_get(f, s->evidence, found.alarm, &old, NULL) ==
		        ERR_NOT_FOUND)
			memcpy(out->at[out->len++], id, 16);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- saying ---- */

static enum err
say(struct commit_ctx *ctx, const uint8_t *id, const struct row *r,
    const struct finding *f, struct err_why *why)
{
	const bool breach = f->stage == CASE_STAGE_BREACH;
	const Pack__CaseType *t = f->type;
	char uuid[TEXT_UUID_CHARS + 1];
	char due[TEXT_TIME_CHARS + 1];
	char title[300];
	char detail[300];
	struct submit_own a = {.source = SOURCE,
	    .kind = KIND,
	    .title = title,
	    .detail = detail,
	    .code = t != NULL ? t->code : f->policy->missing_code,
	    .about = uuid,
	    .area = r->area,
	    .at_us = ctx->now_us,
	    .lasts = true,
	    .exercise = (r->flags & ROW_EXERCISE) != 0};

	text_uuid_put(uuid, id);
	text_time_put(due, r->to_us);
	a.level = t == NULL ? f->policy->missing_level
	    : breach        ? t->breach_level
	                    : t->warn_level;
	if (t == NULL)
		(void)snprintf(
		    title, sizeof title, "a check is missing / 未按期检查");
	else if (breach)
		(void)snprintf(title, sizeof title,
		    "%s: past its deadline / %s：已超期", t->title,
		    t->title_zh);
	else
		(void)snprintf(title, sizeof title,
		    "%s: its deadline is near / %s：即将到期", t->title,
		    t->title_zh);
	(void)snprintf(detail, sizeof detail, "%s %s%s%s", uuid, due,
	    t != NULL && t->clause != NULL ? " " : "",
	    t != NULL && t->clause != NULL ? t->clause : "");
	return submit_own(ctx, f->alarm, &a, why);
}

static enum err
due_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	const struct ids *ids = &((struct due *)cmd)->ids;
	struct types types;
	enum err e = ERR_OK;

	types_open(&types, ctx->site, ctx->now_us);
	for (size_t i = 0; i < ids->len && e == ERR_OK; i++) {
		struct finding f;
		struct row r;

		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids->at[i], &r, why);
		if (e == ERR_OK &&
		    find(&f, &types, ids->at[i], &r, ctx->now_us))
			e = say(ctx, ids->at[i], &r, &f, why);
	}
	free(types.at);
	return e;
}

enum err
submit_due_over(struct commit_ctx *ctx, const uint8_t id[static 16],
    const struct row *was, const struct row *is, struct err_why *why)
{
	static const enum case_stage stages[] = {
	    CASE_STAGE_WARN, CASE_STAGE_BREACH};
	enum err e = ERR_OK;

	if (was->to_us == 0 || (row_is_open(is) && is->to_us == was->to_us))
		return ERR_OK;
	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		uint8_t alarm[16];
		struct row r;

		alarm_of(alarm, id, stages[i], was->to_us);
		e = fold_get(&ctx->fold, ctx->site->evidence, alarm, &r, NULL);
		/* One that is damaged keeps nobody from closing the case. */
		if (e == ERR_NOT_FOUND || e == ERR_CORRUPT)
			e = ERR_OK;
		else if (e == ERR_OK &&
		    (alarm_bits(&r, ctx->now_us) & ALARM_ACTIVE) != 0)
			e = submit_own_return(ctx, alarm, &r, why);
	}
	return e;
}

bool
submit_due(const struct submit_to *to)
{
	struct site *s = to->site;
	struct fold f = {
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	struct ids ids = {.len = 0};
	struct types types;
	struct due *d;
	enum err e = store_read(s->own.store, &f.txn, NULL);

	if (e != ERR_OK)
		return false;
	types_open(&types, s, site_now(s));
	e = scan(&ids, s, &f, &types, LEDGER__KIND__CASE);
	if (e == ERR_OK)
		e = scan(&ids, s, &f, &types, LEDGER__KIND__CHECKLIST);
	free(types.at);
	store_abort(f.txn);
	/* What cannot be read now is looked at in the next turn. */
	if (e != ERR_OK || ids.len == 0)
		return false;
	d = submit_op_new(to, sizeof *d, 0);
	d->ids = ids;
	d->op.cmd.run = due_run;
	d->op.cmd.cost = 4;
	d->op.cmd.class = COMMIT_LATER;
	submit_op_put(&d->op);
	return true;
}

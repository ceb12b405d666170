/* submit_position.c - positions of people, as far as a permit needs them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_position.h"

#include <math.h>

#include "node/domain/person.h"
#include "node/fold_ids.h"
#include "node/fold_key.h"
#include "node/fold_person.h"
#include "node/permit_world.h"
#include "node/submit_op.h"
#include "node/submit_rules.h"

/* One that is back counts when it is no older: of those outside only the first
 * is kept, so an old one may come behind a later one outside. */
#define BACK_US INT64_C(60000000)

struct seen {
	uint64_t who;
	uint64_t area; /* 0: a point */
	struct permit_world_point point;
	int64_t at_us; /* 0: now */
};

struct op {
	struct submit_op op;
	struct seen seen[];
};

static enum permit_world_where
where(struct site *s, const struct seen *p, const struct row *r, int64_t now_us)
{
	if (p->area != 0)
		return p->area == r->area ? PERMIT_WORLD_INSIDE
		                          : PERMIT_WORLD_OUTSIDE;
	return permit_world_where(s, r->area, &p->point, now_us);
}

static enum err
append(struct commit_ctx *ctx, const uint8_t *id, const struct row *r,
    Record__Permit__Action action, int64_t at_us, struct err_why *why)
{
	Record__Permit body = RECORD__PERMIT__INIT;
	uint8_t event_id[16];
	struct log_place place;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__PERMIT,
	    .body = &body.base,
	    .record_id = id,
	    .event_id = event_id,
	    .event_seq = r->seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};

	body.has_action = body.has_occurred_at = true;
	body.action = action;
	body.occurred_at = at_us;
	crypto_uuid7(event_id, ctx->now_us);
	return draft_append(ctx, &spec, &place, why);
}

/* What one position says of one permit that he guards. */
static enum err
look_at(struct op *o, struct commit_ctx *ctx, size_t i, const uint8_t *id,
    struct err_why *why)
{
	const struct seen *p = &o->seen[i];
	int64_t at_us =
	    p->at_us == 0 || p->at_us > ctx->now_us ? ctx->now_us : p->at_us;
	enum permit_world_where in;
	bool goes, comes;
	struct row r;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &r, NULL);

	if (e == ERR_NOT_FOUND || e == ERR_CORRUPT)
		return ERR_OK;
	if (e != ERR_OK || r.state != ROW_IN_PROGRESS || r.other != p->who ||
	    at_us < r.start_us || !submit_op_area(&o->op, r.area))
		return e;
	in = where(ctx->site, p, &r, ctx->now_us);
	goes = in == PERMIT_WORLD_OUTSIDE && r.stop_us == 0;
	comes = in == PERMIT_WORLD_INSIDE && r.stop_us != 0 &&
	    at_us >= r.stop_us && at_us >= ctx->now_us - BACK_US;
	if (!goes && !comes)
		return ERR_OK;
	e = append(ctx, id, &r,
	    goes ? RECORD__PERMIT__ACTION__AWAY : RECORD__PERMIT__ACTION__BACK,
	    at_us, why);
	if (e != ERR_OK)
		return e;
	o->op.result->items[i].event_seq = r.seq + 1;
	r = ctx->fold.row;
	return submit_rules_look(ctx, id, &r, SUBMIT_RULES_NOT_ASKED, why);
}

static enum err
positions_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct op *o = (struct op *)cmd;
	enum err e = ERR_OK;

	for (size_t i = 0; i < o->op.result->len && e == ERR_OK; i++) {
		o->op.result->items[i].event_seq = 0;
		struct fold_key k =
		    fold_key_holder(ctx->site->evidence, o->seen[i].who,
		        LEDGER__KIND__PERMIT | FOLD_PERSON_OPEN, NULL);
		struct fold_ids ids = {.at = NULL};

		e = fold_ids_collect(
		    &ctx->fold, ctx->fold.t->holder, &k, &ids, why);
		for (size_t n = 0; n < ids.len && e == ERR_OK; n++)
			e = look_at(o, ctx, i, ids.at[n], why);
		fold_ids_clear(&ids);
	}
	return e;
}

static bool
read_one(struct seen *out, const struct site *s, const Api__Position *m)
{
	const bool point = m->has_longitude && m->has_latitude &&
	    m->has_accuracy_m && isfinite(m->longitude) &&
	    isfinite(m->latitude) && isfinite(m->accuracy_m) &&
	    m->accuracy_m >= 0;

	*out = (struct seen){
	    .who = fold_hash(&s->index_mac, FOLD_SUBJECT, m->person),
	    .area = fold_hash(&s->index_mac, FOLD_AREA, m->area),
	    .point = {m->longitude, m->latitude, m->accuracy_m},
	    .at_us = m->occurred_at,
	};
	return out->who != 0 && (out->area != 0 || point);
}

void
submit_positions(const struct submit_to *to, const Api__PositionPost *m)
{
	const size_t n =
	    m->n_positions <= SUBMIT_POSITIONS_MAX ? m->n_positions : 0;
	struct op *o = submit_op_new(to, sizeof *o + n * sizeof o->seen[0], n);

	if (n == 0) {
		submit_op_refuse(&o->op, RULE_FIELD_RANGE, "positions");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (read_one(&o->seen[i], to->site, m->positions[i]))
			continue;
		submit_op_refuse(&o->op, RULE_FIELD_MISSING, "positions");
		return;
	}
	o->op.cmd.run = positions_run;
	o->op.cmd.cost = 2;
	submit_op_put(&o->op);
}

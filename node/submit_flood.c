/* submit_flood.c - the node's alarm about a flood of alarms. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_flood.h"

#include <stdio.h>

#include "node/fold_key.h"
#include "node/query_kpi.h"
#include "node/submit_op.h"
#include "proto/text.h"

#define AREA_MAX 256
#define TITLE "alarm flood / 报警泛滥"

struct op {
	struct submit_op op;
	struct submit_flood flood;
};

void
submit_flood_id(const struct site *s, struct submit_flood *f)
{
	static const char tag[] = "lianfang/flood";
	struct fold_key k = {.len = 0};
	struct hash h;

	fold_key_uint(&k, f->area, 8);
	fold_key_uint(&k, (uint64_t)f->begin_us, 8);
	const struct bytes parts[2] = {bytes_str(tag), fold_key_view(&k)};
	digest_hmac(&s->index_mac, &h, parts, 2);
	digest_uuid8(f->id, h.b);
}

/* False: nobody knows its name any more. */
static bool
area_of(struct commit_ctx *ctx, uint64_t area, char out[static AREA_MAX])
{
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct bytes text;

	fold_key_uint(&k, FOLD_AREA, 1);
	fold_key_uint(&k, area, 8);
	if (store_get(ctx->txn, ctx->fold.t->name, fold_key_view(&k), &text,
	        NULL) != ERR_OK ||
	    text.len >= AREA_MAX)
		return false;
	(void)snprintf(
	    out, AREA_MAX, "%.*s", (int)text.len, (const char *)text.ptr);
	return true;
}

static enum err
append(struct commit_ctx *ctx, struct op *o, char *area, struct err_why *why)
{
	const struct submit_flood *f = &o->flood;
	Record__Alarm a = RECORD__ALARM__INIT;
	char source[] = QUERY_KPI_FLOOD_SOURCE;
	char kind[] = "system";
	char title[] = TITLE;
	struct log_place place;
	enum err e;

	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__RAISE;
	a.source = source;
	a.has_occurred_at = true;
	a.occurred_at = f->begin_us;
	a.has_level = true;
	a.level = f->level;
	a.kind = kind;
	a.area = area;
	a.title = title;
	a.has_value = true;
	a.value = (double)f->alarms;
	a.has_limit = true;
	a.limit = f->most;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ALARM,
	    .body = &a.base,
	    .record_id = f->id,
	    .event_id = f->id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&o->op.result->items[0], &spec, &place);
	return e;
}

static enum err
flood_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct op *o = (struct op *)cmd;
	char area[AREA_MAX];
	struct row row;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, o->flood.id, &row, why);

	o->op.result->items[0].duplicate = e == ERR_OK;
	if (e != ERR_NOT_FOUND || !area_of(ctx, o->flood.area, area))
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	return append(ctx, o, area, why);
}

void
submit_flood(const struct submit_to *to, const struct submit_flood *f)
{
	struct op *o = submit_op_new(to, sizeof *o, 1);

	o->flood = *f;
	o->op.cmd.run = flood_run;
	o->op.cmd.cost = 1;
	o->op.cmd.class = COMMIT_LATER;
	submit_op_put(&o->op);
}

void
submit_flood_over(
    const struct submit_to *to, const uint8_t id[static 16], int64_t end_us)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	char uuid[TEXT_UUID_CHARS + 1];

	text_uuid_put(uuid, id);
	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__CLEAR;
	a.has_occurred_at = true;
	a.occurred_at = end_us;
	post.alarm = &a;
	submit_event(to, LEDGER__KIND__ALARM, uuid, &post);
}

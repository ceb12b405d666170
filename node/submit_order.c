/* submit_order.c - a work order that the node writes by a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_order.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/submit_case.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/text.h"

#define MINUTE_US INT64_C(60000000)
#define SOURCE "alarm-policy"

struct order {
	struct submit_op op;
	uint8_t id[16];
	char *rule, *asset, *code, *area;
	char note[200];
	int64_t due_us; /* from its entry on */
	char text[FAULT_TIMES_MAX][TEXT_UUID_CHARS + 1];
	char *alarms[FAULT_TIMES_MAX];
	size_t len;
};

static void
order_clear(struct submit_op *op)
{
	struct order *o = (struct order *)op;

	free(o->rule);
	free(o->asset);
	free(o->code);
	free(o->area);
}

static enum err
append(struct order *o, struct commit_ctx *ctx, struct err_why *why)
{
	Record__Case m = RECORD__CASE__INIT;
	struct submit_receipt *r = &o->op.result->items[0];
	char source[] = SOURCE;
	char type[] = "work-order";
	struct log_place place;
	enum err e;

	m.has_action = true;
	m.action = RECORD__CASE__ACTION__REPORT;
	m.source = source;
	m.has_occurred_at = true;
	m.occurred_at = ctx->now_us;
	m.type = type;
	m.area = o->area;
	m.equipment = o->asset;
	m.note = o->note;
	m.rule = o->rule;
	m.alarm_ids = o->alarms;
	m.n_alarm_ids = o->len;
	m.fault = o->code;
	m.has_due_at = true;
	m.due_at = ctx->now_us + o->due_us;
	e = submit_case_own(ctx, o->id, &m, &place, why);
	if (e != ERR_OK)
		return e;
	r->event_seq = 1;
	r->outcome = LEDGER__OUTCOME__APPLIED;
	r->index = place.index;
	r->leaf = place.leaf;
	return ERR_OK;
}

static enum err
order_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct order *o = (struct order *)cmd;
	struct submit_receipt *r = &o->op.result->items[0];
	struct row row;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, o->id, &row, why);

	memcpy(r->record_id, o->id, 16);
	r->duplicate = e == ERR_OK;
	return e == ERR_NOT_FOUND ? append(o, ctx, why) : e;
}

void
submit_order(const struct submit_to *to, const struct submit_order *in)
{
	struct order *o = submit_op_new(to, sizeof *o, 1);

	o->op.cmd.run = order_run;
	o->op.cmd.cost = 1;
	o->op.cmd.class = COMMIT_LATER;
	o->op.clear = order_clear;
	fault_id(o->id, in->rule, in->by);
	o->rule = mem_strdup(in->rule->name);
	o->asset = mem_strdup(in->asset);
	o->code = mem_strdup(in->code);
	o->area = in->area != NULL ? mem_strdup(in->area) : NULL;
	o->due_us = in->rule->due_minutes * MINUTE_US;
	(void)snprintf(o->note, sizeof o->note,
	    "the same fault %zu times within %u min / %u 分钟内同一故障出现 "
	    "%zu 次",
	    in->by->len, (unsigned)in->rule->window_minutes,
	    (unsigned)in->rule->window_minutes, in->by->len);
	for (size_t i = 0; i < in->by->len; i++) {
		text_uuid_put(o->text[i], in->by->at[i].id);
		o->alarms[o->len++] = o->text[i];
	}
	submit_op_put(&o->op);
}

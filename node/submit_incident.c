/* submit_incident.c - what the node itself says of an incident. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_incident.h"

#include <stdio.h>

#include "node/domain/incident.h"
#include "node/submit_op.h"
#include "proto/slice.h"

struct incident {
	struct submit_op op;
	struct buf bytes;
	Record__Incident *body;
	uint8_t record_id[16];
	bool first;
};

static void
incident_clear(struct submit_op *op)
{
	struct incident *c = (struct incident *)op;

	buf_clear(&c->bytes);
	slice_free(c->body != NULL ? &c->body->base : NULL);
}

static enum err
append(struct commit_ctx *ctx, struct incident *c, const struct row *row,
    struct err_why *why)
{
	const bool goes_on =
	    row != NULL && (!c->body->has_anew || !c->body->anew);
	const Pack__AlarmPolicy *p = goes_on
	    ? packs_alarm_then(ctx->site->packs, row->start_us)
	    : packs_alarm(ctx->site->packs, ctx->now_us);
	Record__Annex annex = RECORD__ANNEX__INIT;
	char version[64];
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	if (p != NULL) {
		(void)snprintf(
		    version, sizeof version, "alarm@%.50s", p->version);
		annex.pack_version = version;
	}
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__INCIDENT,
	    .body = &c->body->base,
	    .annex = p != NULL ? &annex : NULL,
	    .record_id = c->record_id,
	    .event_id = event_id,
	    .event_seq = row != NULL ? row->seq + 1 : 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&c->op.result->items[0], &spec, &place);
	return e;
}

static enum err
incident_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct incident *c = (struct incident *)cmd;
	struct incident_event ev = {.msg = c->body, .now_us = ctx->now_us};
	struct rule_verdict v;
	struct row row;
	enum err e = ERR_NOT_FOUND;

	if (c->first)
		crypto_uuid7(c->record_id, ctx->now_us);
	else
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, c->record_id, &row, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	ev.row = e == ERR_OK ? &row : NULL;
	c->body->has_occurred_at = true;
	c->body->occurred_at = ctx->now_us;
	c->body->has_anew = c->body->anew =
	    c->body->action == RECORD__INCIDENT__ACTION__JOIN &&
	    ev.row != NULL && row.unseen == 0 && c->body->n_alarm_ids > 0;
	v = incident_check(&ev);
	if (v.refused)
		return submit_op_rule(&c->op, v.rule, why);
	return append(ctx, c, ev.row, why);
}

void
submit_incident(const struct submit_to *to, const uint8_t *record_id,
    const Record__Incident *m)
{
	struct incident *c = submit_op_new(to, sizeof *c, 1);
	struct err_why why = {.text = ""};
	ProtobufCMessage *body = NULL;
	enum err e;

	c->op.cmd.run = incident_run;
	c->op.cmd.cost = 1;
	c->op.clear = incident_clear;
	c->first = record_id == NULL;
	if (record_id != NULL)
		memcpy(c->record_id, record_id, 16);
	e = submit_op_copy(&m->base, &c->bytes, &body, &why);
	c->body = (Record__Incident *)body;
	if (e != ERR_OK)
		submit_op_fail(&c->op, e, &why);
	else
		submit_op_put(&c->op);
}

/* submit_snapshot.c - the entry of a month's figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_snapshot.h"

#include "ledger/log_read.h"
#include "node/site_logs.h"
#include "node/submit_op.h"
#include "proto/slice.h"

struct snapshot {
	struct submit_op op;
	struct buf bytes;
	ProtobufCMessage *body;
	uint64_t last;
};

static void
snapshot_clear(struct submit_op *op)
{
	struct snapshot *c = (struct snapshot *)op;

	buf_clear(&c->bytes);
	slice_free(c->body);
}

static enum err
snapshot_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct snapshot *c = (struct snapshot *)cmd;
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct log_place place;
	uint64_t seq = 0;
	uint64_t index;
	enum err e = log_kind_head(ctx->site->own.book, ctx->txn,
	    ctx->logs->log[SITE_EVIDENCE].slot, LEDGER__KIND__SNAPSHOT, &seq,
	    &index, why);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (seq != c->last)
		return err_fail(
		    why, ERR_CONFLICT, "another snapshot came before it");
	crypto_uuid7(record_id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__SNAPSHOT,
	    .body = c->body,
	    .message = buf_view(&c->bytes),
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&c->op.result->items[0], &spec, &place);
	return e;
}

void
submit_snapshot(
    const struct submit_to *to, const Record__Snapshot *m, uint64_t last)
{
	struct snapshot *c = submit_op_new(to, sizeof *c, 1);
	struct err_why why = {.text = ""};
	enum err e;

	c->op.cmd.run = snapshot_run;
	c->op.cmd.cost = 1;
	c->op.cmd.class = COMMIT_LATER;
	c->op.clear = snapshot_clear;
	c->last = last;
	e = submit_op_copy(&m->base, &c->bytes, &c->body, &why);
	if (e != ERR_OK)
		submit_op_fail(&c->op, e, &why);
	else
		submit_op_put(&c->op);
}

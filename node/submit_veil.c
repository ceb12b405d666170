/* submit_veil.c - somebody's item, published by this node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_veil.h"

#include "node/submit_intel.h"
#include "node/submit_op.h"
#include "node/veil_item.h"
#include "proto/slice.h"
#include "proto/text.h"

struct publishing {
	struct submit_op op;
	struct buf message;
	ProtobufCMessage *body;
	uint8_t id[16];
};

static void
publishing_clear(struct submit_op *op)
{
	struct publishing *p = (struct publishing *)op;

	slice_free(p->body);
	buf_clear(&p->message);
}

enum err
submit_veil_check(struct commit_ctx *ctx, const Record__Intel *m,
    const uint8_t id[static 16], uint32_t *seq, struct err_why *why)
{
	const bool withdraws = m->action == RECORD__INTEL__ACTION__WITHDRAW;
	Record__Intel *item = NULL;
	struct row row;
	enum err e = fold_get(&ctx->fold, ctx->site->alliance, id, &row, why);

	*seq = 1;
	if (!withdraws)
		return e == ERR_NOT_FOUND ? ERR_OK
		    : e == ERR_OK
		    ? err_fail(why, ERR_EXISTS, "the item stands so already")
		    : e;
	if (e == ERR_OK && row.kind == LEDGER__KIND__INTEL &&
	    row.state == ROW_WITHDRAWN)
		return err_fail(why, ERR_EXISTS, "the item stands so already");
	if (e == ERR_OK)
		e = submit_item_event(
		    ctx, ctx->site->alliance, id, 1, &item, why);
	if (e != ERR_OK)
		return e;
	if (!veil_item_proven(item->veil,
	        bytes_of(m->veil->proof.data, m->veil->proof.len),
	        VEIL_ITEM_WITHDRAW, m->intel_id, m->reason))
		e = err_fail(
		    why, ERR_UNVERIFIED, "not withdrawn by the item's key");
	*seq = row.seq + 1;
	slice_free(&item->base);
	return e;
}

static enum err
publishing_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct publishing *p = (struct publishing *)cmd;
	uint8_t event_id[16];
	struct draft_spec spec = {
	    .slot = ctx->site->alliance,
	    .kind = LEDGER__KIND__INTEL,
	    .body = p->body,
	    .message = buf_view(&p->message),
	    .record_id = p->id,
	    .event_id = event_id,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	struct log_place place;
	enum err e = submit_veil_check(
	    ctx, (const Record__Intel *)p->body, p->id, &spec.event_seq, why);

	crypto_uuid7(event_id, ctx->now_us);
	if (e == ERR_OK)
		e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(&p->op.result->items[0], &spec, &place);
	p->op.result->items[0].alliance = true;
	return ERR_OK;
}

void
submit_veil(const struct submit_to *to, const Record__Intel *m)
{
	struct publishing *p = submit_op_new(to, sizeof *p, 1);
	const char *path = NULL;
	struct err_why why;
	enum err e = veil_item_form(m, &why);

	p->op.cmd.run = publishing_run;
	p->op.clear = publishing_clear;
	if (e == ERR_OK)
		e = text_uuid_get(p->id, bytes_str(m->intel_id), &why);
	if (e == ERR_OK)
		e = submit_op_check(&m->base, &path, &why);
	if (e == ERR_OK)
		e = submit_op_copy(&m->base, &p->message, &p->body, &why);
	if (e != ERR_OK)
		submit_op_fail(&p->op, e, &why);
	else
		submit_op_put(&p->op);
}

/* submit_delivery.c - what the node itself says of targets and notices. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_delivery.h"

#include "node/domain/notice.h"
#include "node/submit_op.h"
#include "proto/slice.h"
#include "proto/text.h"

struct delivery {
	struct submit_op op;
	struct buf bytes;
	Record__Delivery *body;
	uint8_t record_id[16];
};

static void
delivery_clear(struct submit_op *op)
{
	struct delivery *c = (struct delivery *)op;

	buf_clear(&c->bytes);
	slice_free(c->body != NULL ? &c->body->base : NULL);
}

static enum err
delivery_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct delivery *c = (struct delivery *)cmd;
	struct rule_verdict v;
	struct row row;
	uint8_t event_id[16];
	struct log_place place;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, c->record_id, &row, why);
	const bool found = e == ERR_OK;

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (found && row.kind != LEDGER__KIND__DELIVERY)
		return submit_op_rule(
		    &c->op, rule_get(RULE_KIND_MISMATCH), why);
	v = notice_check(found ? &row : NULL, c->body);
	if (v.refused)
		return submit_op_rule(&c->op, v.rule, why);
	c->body->has_occurred_at = true;
	c->body->occurred_at = ctx->now_us;
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__DELIVERY,
	    .body = &c->body->base,
	    .record_id = c->record_id,
	    .event_id = event_id,
	    .event_seq = found ? row.seq + 1 : 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&c->op.result->items[0], &spec, &place);
	return e;
}

/* SERVE and END are of the target itself. */
static enum err
id_of(uint8_t out[static 16], const Record__Delivery *m, struct err_why *why)
{
	const bool target = m->action == RECORD__DELIVERY__ACTION__SERVE ||
	    m->action == RECORD__DELIVERY__ACTION__END;
	uint8_t about[16] = {0};
	enum err e = ERR_OK;

	if (m->target == NULL || !notice_name_ok(m->target) ||
	    (!target && (m->about_id == NULL || m->about_seq == 0)))
		return err_fail(why, ERR_MALFORMED,
		    "a delivery needs a target and what it tells of");
	if (!target)
		e = text_uuid_get(about, bytes_str(m->about_id), why);
	if (e == ERR_OK)
		notice_id(out, about, target ? 0 : m->about_seq, m->target);
	return e;
}

void
submit_delivery(const struct submit_to *to, const Record__Delivery *m)
{
	struct delivery *c = submit_op_new(to, sizeof *c, 1);
	struct err_why why = {.text = ""};
	ProtobufCMessage *body = NULL;
	enum err e = id_of(c->record_id, m, &why);

	c->op.cmd.run = delivery_run;
	c->op.cmd.cost = 1;
	c->op.cmd.class = COMMIT_LATER;
	c->op.clear = delivery_clear;
	if (e == ERR_OK)
		e = submit_op_copy(&m->base, &c->bytes, &body, &why);
	c->body = (Record__Delivery *)body;
	if (e != ERR_OK)
		submit_op_fail(&c->op, e, &why);
	else
		submit_op_put(&c->op);
}

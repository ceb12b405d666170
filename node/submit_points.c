/* submit_points.c - points: credited by rule, spent once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_points.h"

#include <stdio.h>

#include "node/domain/person.h"
#include "node/domain/points.h"
#include "node/fold_key.h"
#include "node/submit_case.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

struct points {
	struct submit_op op;
	struct buf bytes;
	Record__Points *body;
};

static void
points_clear(struct submit_op *op)
{
	struct points *p = (struct points *)op;

	buf_clear(&p->bytes);
	if (p->body != NULL)
		slice_free(&p->body->base);
}

/* The account's record, by its pseudonym; ERR_NOT_FOUND: nothing yet. */
static enum err
find_account(struct commit_ctx *ctx, const Record__Points *m, uint8_t *id,
    struct row *out, struct err_why *why)
{
	const uint16_t slot = ctx->site->evidence;
	struct fold_key k = fold_key_holder(
	    slot, fold_hash(ctx->fold.mac, FOLD_SUBJECT, m->account), 0, NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__POINTS, 2);
	e = store_cursor(ctx->txn, ctx->fold.t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	if (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0)
		memcpy(id, row.key.ptr + k.len, 16);
	else if (e == ERR_OK)
		e = ERR_NOT_FOUND;
	store_cursor_close(c);
	return e == ERR_OK ? fold_get(&ctx->fold, slot, id, out, why) : e;
}

/* Keyed: a reader of leaves learns neither case nor account from it. */
static void
event_id_of(const struct commit_ctx *ctx, const Record__Points *m,
    uint8_t out[static 16])
{
	const bool award = m->action == RECORD__POINTS__ACTION__AWARD;
	const char *what = award ? m->rule : "";
	const char *whose = award ? m->case_id : m->ref;
	const struct bytes parts[4] = {bytes_str("lianfang/points/v1"),
	    bytes_str(award ? "/award/" : "/redeem/"),
	    bytes_str(what != NULL ? what : ""),
	    bytes_str(whose != NULL ? whose : "")};
	struct buf text;
	struct hash h;

	buf_init(&text, SEAL_MESSAGE_MAX);
	for (size_t i = 0; i < 4; i++) {
		buf_u32be(&text, (uint32_t)parts[i].len);
		buf_put(&text, parts[i].ptr, parts[i].len);
	}
	/* The account as find_account has it, however it is spelt. */
	if (!award)
		buf_u64be(
		    &text, fold_hash(ctx->fold.mac, FOLD_SUBJECT, m->account));
	const struct bytes all = buf_view(&text);
	digest_hmac(ctx->fold.mac, &h, &all, 1);
	buf_clear(&text);
	digest_uuid8(out, h.b);
}

/* It is there: the same, or the same name for something else? */
static enum err
answer_known(struct points *p, struct commit_ctx *ctx, uint64_t place,
    struct err_why *why)
{
	const uint16_t slot = ctx->site->evidence;
	ProtobufCMessage *was = NULL;
	bool same = false;
	enum err e = submit_op_body(
	    ctx, slot, place, &record__points__descriptor, &was, why);

	if (e == ERR_OK) {
		const Record__Points *m = (const Record__Points *)was;

		same = person_same(m->account, p->body->account) &&
		    (p->body->action == RECORD__POINTS__ACTION__AWARD ||
		        m->amount == p->body->amount);
	}
	slice_free(was);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (!same)
		return submit_op_rule(&p->op, rule_get(RULE_EVENT_EXISTS), why);
	return submit_op_found(ctx, slot, place, &p->op.result->items[0], why);
}

static enum err
judge(struct points *p, struct commit_ctx *ctx, const struct row *account,
    struct err_why *why)
{
	Record__Points *m = p->body;
	const Pack__CasePolicy *policy =
	    packs_cases(ctx->site->packs, ctx->now_us);
	struct points_event ev = {.row = account, .msg = m};
	struct rule_verdict v;
	uint8_t id[16];
	struct row c;

	if (m->action == RECORD__POINTS__ACTION__AWARD) {
		ev.rule = case_policy_points(policy, m->rule);
		if (m->case_id != NULL &&
		    text_uuid_get(id, bytes_str(m->case_id), NULL) == ERR_OK &&
		    fold_get(&ctx->fold, ctx->site->evidence, id, &c, NULL) ==
		        ERR_OK)
			ev.the_case = &c;
		ev.right_type = ev.rule != NULL && ev.the_case != NULL &&
		    c.type ==
		        fold_hash(ctx->fold.mac, FOLD_TYPE, ev.rule->type);
	}
	v = points_check(&ev);
	rule_say(&p->op.result->said, &v.gap);
	if (v.refused)
		return submit_op_rule(&p->op, v.rule, why);
	if (ev.rule != NULL) {
		m->has_amount = true;
		m->amount = ev.rule->amount;
	}
	return ERR_OK;
}

static enum err
points_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct points *p = (struct points *)cmd;
	struct submit_receipt *out = &p->op.result->items[0];
	Record__Annex annex = RECORD__ANNEX__INIT;
	uint8_t record_id[16], event_id[16];
	struct row account = {0};
	struct log_place place;
	uint64_t at = 0;
	bool there;
	enum err e;

	event_id_of(ctx, p->body, event_id);
	e = fold_by_event_id(
	    &ctx->fold, ctx->site->evidence, event_id, &at, why);
	if (e != ERR_NOT_FOUND)
		return e == ERR_OK ? answer_known(p, ctx, at, why) : e;
	e = find_account(ctx, p->body, record_id, &account, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	there = e == ERR_OK;
	e = judge(p, ctx, there ? &account : NULL, why);
	if (e != ERR_OK)
		return e;
	if (!there)
		crypto_uuid7(record_id, ctx->now_us);
	annex.has_time_uncertain = annex.time_uncertain =
	    timekeep_span(ctx->site, ctx->now_us).faults != 0;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__POINTS,
	    .body = &p->body->base,
	    .annex = annex.time_uncertain ? &annex : NULL,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = account.seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(out, &spec, &place);
	return e;
}

void
submit_points(const struct submit_to *to, const Record__Points *m)
{
	struct points *p = submit_op_new(to, sizeof *p, 1);
	struct submit_receipt *r = &p->op.result->items[0];
	ProtobufCMessage *body = NULL;
	struct err_why why = {.text = ""};
	bool redeem = m->action == RECORD__POINTS__ACTION__REDEEM;
	enum err e;

	p->op.cmd.run = points_run;
	p->op.clear = points_clear;
	if (submit_op_check(&m->base, &r->path, &why) != ERR_OK) {
		submit_op_refuse(&p->op, RULE_FIELD_RANGE, r->path);
		return;
	}
	/* Without it the same request, sent again, would spend twice. */
	if (redeem && (m->ref == NULL || m->ref[0] == '\0')) {
		submit_op_refuse(&p->op, RULE_FIELD_MISSING, "ref");
		return;
	}
	e = submit_op_copy(&m->base, &p->bytes, &body, &why);
	p->body = (Record__Points *)body;
	if (e == ERR_OK && p->body->account == NULL)
		submit_op_refuse(&p->op, RULE_FIELD_MISSING, "account");
	else if (e == ERR_OK)
		submit_op_put(&p->op);
	else
		submit_op_fail(&p->op, e, &why);
}

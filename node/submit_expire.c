/* submit_expire.c - what ends because its term is over. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_expire.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "proto/mem.h"

struct expiry {
	struct submit_op op;
	struct submit_expiry is; /* its term: the following */
	char term[RETAIN_TERM_BYTES];
	struct submit_plan *plan;
};

/* What of it ends. */
struct ends {
	uint64_t at[SUBMIT_PLAN_ENTRIES]; /* ascending */
	size_t len;
};

static void
expiry_clear(struct submit_op *op)
{
	free(((struct expiry *)op)->plan);
}

/* ---- the position ---- */

/* In the table `expiry`: known to no entry, and without it all is looked at
 * once more. */
static struct bytes
position_key(char out[static 256], const char *term, bool media)
{
	int n = snprintf(out, 256, "%s:%s", media ? "media" : "body", term);

	return bytes_of(out, (size_t)n);
}

uint64_t
submit_expiry_position(const struct fold *f, const char *term, bool media)
{
	char key[256];
	struct bytes v;

	if (store_get(f->txn, f->t->expiry, position_key(key, term, media), &v,
	        NULL) != ERR_OK)
		return 0;
	return fold_key_u64(v);
}

static enum err
put_position(
    struct commit_ctx *ctx, const struct expiry *x, struct err_why *why)
{
	struct fold_key v = {.len = 0};
	char key[256];

	fold_key_uint(&v, x->is.position, 8);
	ctx->writes++;
	return store_put(ctx->txn, ctx->fold.t->expiry,
	    position_key(key, x->term, x->is.media), fold_key_view(&v), why);
}

/* ---- the entry ---- */

static enum err
put_entry(struct commit_ctx *ctx, struct expiry *x, Ledger__Kind kind,
    const ProtobufCMessage *body, struct err_why *why)
{
	uint8_t ids[2][16];
	struct log_place place;
	enum err e;

	crypto_uuid7(ids[0], ctx->now_us);
	crypto_uuid7(ids[1], ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = kind,
	    .body = body,
	    .record_id = ids[0],
	    .event_id = ids[1],
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&x->op.result->items[0], &spec, &place);
	return e;
}

static enum err
end_media(struct commit_ctx *ctx, struct expiry *x, struct ends *p,
    char *origin, struct err_why *why)
{
	Record__Retention m = RECORD__RETENTION__INIT;

	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__RETENTION__ACTION__MEDIA;
	m.occurred_at = ctx->now_us;
	m.origin = origin;
	m.index = p->at;
	m.n_index = p->len;
	m.clause = x->plan->class->media_clause;
	m.retention = x->term;
	return put_entry(ctx, x, LEDGER__KIND__RETENTION, &m.base, why);
}

/* Does more of this month follow? */
static bool
goes_on(const struct expiry *x)
{
	return !x->is.last || x->plan->cut;
}

static enum err
end_bodies(struct commit_ctx *ctx, struct expiry *x, struct ends *p,
    char *origin, struct err_why *why)
{
	Record__Erasure m = RECORD__ERASURE__INIT;
	struct log_erasure what[SUBMIT_PLAN_ENTRIES];
	uint32_t fields[RETENTION_PERSONAL_MAX];
	char reason[] = "its term is over";
	enum err e;

	m.origin = origin;
	m.has_index = true;
	m.index = p->at[0];
	m.more = p->at + 1;
	m.n_more = p->len - 1;
	m.reason = reason;
	m.retention = x->term;
	m.has_goes_on = m.goes_on = goes_on(x);
	if (x->plan->class->ends == PACK__RETENTION_CLASS__ENDS__PERSONAL) {
		m.fields = fields;
		m.n_fields = retention_personal(x->plan->class, fields);
	}
	for (size_t i = 0; i < p->len; i++)
		what[i] = (struct log_erasure){.slot = x->plan->slot,
		    .index = p->at[i],
		    .fields = m.fields,
		    .fields_len = m.n_fields,
		    .later = goes_on(x)};
	e = put_entry(ctx, x, LEDGER__KIND__ERASURE, &m.base, why);
	if (e == ERR_OK)
		e = log_erase(ctx->site->own.book, ctx->txn, what, p->len, why);
	ctx->erased = true;
	for (size_t i = 0; i < x->plan->records && e == ERR_OK; i++) {
		/* A very long one once, with its last part: all of it is opened
		 * while alarms wait. */
		if (!x->plan->record[i].ends ||
		    (x->plan->record[i].more &&
		        x->plan->record[i].seq > SUBMIT_PLAN_FOLD))
			continue;
		e = fold_record(&ctx->fold, ctx->site->evidence,
		    x->plan->record[i].id, why);
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	return e;
}

/* Keys that wait for the end of their month, which came without another entry.
 */
static enum err
end_keys(struct commit_ctx *ctx, const struct expiry *x, struct err_why *why)
{
	struct log_book *book = ctx->site->own.book;

	if (!x->is.last || x->is.media || (x->plan != NULL && x->plan->cut) ||
	    !log_erase_waits(book, ctx->txn))
		return ERR_OK;
	ctx->erased = true;
	return log_erase(book, ctx->txn, NULL, 0, why);
}

static enum err
look_again(struct commit_ctx *ctx, const struct expiry *x, int64_t now_us,
    struct ends *p, struct err_why *why)
{
	struct fold_leads leads = {.len = 0};
	struct retain_ask ask = {.site = ctx->site,
	    .fold = &ctx->fold,
	    .line = ctx->site->evidence,
	    .leads = &leads,
	    .now_us = now_us,
	    .known = true};
	enum err e = fold_leads(&ctx->fold, ask.line, &leads, why);

	if (e == ERR_OK)
		e = submit_plan_check(
		    x->plan, &x->is, &ask, p->at, &p->len, why);
	fold_leads_free(&leads);
	return e;
}

static enum err
end_some(struct commit_ctx *ctx, struct expiry *x, struct ends *p,
    struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	enum err e = log_origin(
	    ctx->site->own.book, ctx->txn, x->plan->slot, origin, why);

	if (e != ERR_OK)
		return e;
	return x->is.media ? end_media(ctx, x, p, origin, why)
	                   : end_bodies(ctx, x, p, origin, why);
}

static enum err
expiry_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct expiry *x = (struct expiry *)cmd;
	struct retain_time time;
	struct ends *p = mem_alloc(1, sizeof *p);
	enum err e = ERR_OK;

	retain_time(&time, ctx->site, &ctx->fold, ctx->now_us);
	x->op.result->expired = 0;
	/* A key whose entries have ended goes by no clock; only while nobody
	 * knows whether this log is whole it waits. */
	if (!time.vouched &&
	    (x->plan != NULL || time.wants == rule_get(RULE_END_UNSURE))) {
		e = submit_op_rule(&x->op, time.wants, why);
		goto out;
	}
	if (x->plan != NULL)
		e = look_again(ctx, x, time.now_us, p, why);
	if (e == ERR_OK && (x->plan == NULL || p->len == 0))
		e = end_keys(ctx, x, why);
	else if (e == ERR_OK)
		e = end_some(ctx, x, p, why);
	if (e == ERR_OK)
		e = put_position(ctx, x, why);
	if (e == ERR_OK)
		x->op.result->expired = p->len;
out:
	free(p);
	return e;
}

void
submit_expiry(const struct submit_to *to, const struct submit_expiry *in,
    struct submit_plan *plan)
{
	struct expiry *x = submit_op_new(to, sizeof *x, 1);

	x->op.cmd.run = expiry_run;
	x->op.cmd.class = COMMIT_LATER;
	x->op.cmd.cost = COMMIT_BATCH_MAX; /* alone in its transaction */
	x->op.clear = expiry_clear;
	(void)snprintf(x->term, sizeof x->term, "%s", in->term);
	x->is = (struct submit_expiry){.term = x->term,
	    .media = in->media,
	    .last = in->last,
	    .position = in->position};
	x->plan = plan;
	submit_op_put(&x->op);
}

/* submit_admin.c - access notes, heads, cosignatures and other node events. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/site_logs.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* ---- any message ---- */

struct plain {
	struct submit_op op;
	Ledger__Kind kind;
	bool alliance;
	struct buf message;
	ProtobufCMessage *body;
	uint8_t record_id[16];
	uint8_t event_id[16];
};

static void
plain_clear(struct submit_op *op)
{
	struct plain *p = (struct plain *)op;

	slice_free(p->body);
	buf_clear(&p->message);
}

static enum err
plain_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct plain *p = (struct plain *)cmd;
	struct log_place place;
	uint32_t seq = 1;
	struct row row;
	uint16_t slot = p->alliance ? ctx->site->alliance : ctx->site->evidence;
	enum err e;

	e = fold_get(&ctx->fold, slot, p->record_id, &row, why);
	if (e == ERR_OK)
		seq = row.seq + 1;
	else if (e != ERR_NOT_FOUND)
		return e;
	struct draft_spec spec = {
	    .slot = slot,
	    .kind = p->kind,
	    .body = p->body,
	    .message = buf_view(&p->message),
	    .record_id = p->record_id,
	    .event_id = p->event_id,
	    .event_seq = seq,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(&p->op.result->items[0], &spec, &place);
	p->op.result->items[0].alliance = p->alliance;
	return ERR_OK;
}

void
submit_plain(const struct submit_to *to, const struct submit_plain *p)
{
	struct plain *c = submit_op_new(to, sizeof *c, 1);
	int64_t now = site_now(to->site);
	struct err_why why = {.text = ""};
	enum err e;

	c->op.cmd.run = plain_run;
	if (p->kind == LEDGER__KIND__ACCESS)
		c->op.cmd.class = COMMIT_LATER;
	c->op.clear = plain_clear;
	c->kind = p->kind;
	c->alliance = p->alliance;
	if (p->record_id != NULL)
		memcpy(c->record_id, p->record_id, 16);
	else
		crypto_uuid7(c->record_id, now);
	crypto_uuid7(c->event_id, now);
	e = submit_op_copy(p->message, &c->message, &c->body, &why);
	if (e != ERR_OK)
		submit_op_fail(&c->op, e, &why);
	else
		submit_op_put(&c->op);
}

void
submit_access(const struct submit_to *to, const Record__Access *a)
{
	struct submit_plain p = {
	    .kind = LEDGER__KIND__ACCESS, .message = &a->base};

	submit_plain(to, &p);
}

void
submit_admin(const struct submit_to *to, const Record__Admin *a)
{
	struct submit_plain p = {
	    .kind = LEDGER__KIND__ADMIN, .message = &a->base};

	submit_plain(to, &p);
}

/* ---- heads ---- */

struct heads {
	struct submit_op op;
	char *question;
};

static void
heads_clear(struct submit_op *op)
{
	free(((struct heads *)op)->question);
}

static enum err
gather_heads(struct commit_ctx *ctx, Record__Heads *m, struct err_why *why)
{
	struct generation_heads list;
	enum err e;

	e = generation_heads(&list, ctx->site->own.book, ctx->txn,
	    ctx->logs->log[SITE_EVIDENCE].slot, why);
	if (e != ERR_OK)
		return e;
	m->heads = mem_alloc(list.len + 1, sizeof *m->heads);
	for (size_t i = 0; i < list.len; i++) {
		Record__Head *h = mem_alloc(1, sizeof *h);

		*h = list.head[i];
		m->heads[m->n_heads++] = h;
	}
	return ERR_OK;
}

static enum err
heads_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct heads *h = (struct heads *)cmd;
	Record__Heads *m = mem_alloc(1, sizeof *m);
	struct log_place place;
	enum err e;

	record__heads__init(m);
	if (h->question != NULL)
		m->question = mem_strdup(h->question);
	e = gather_heads(ctx, m, why);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__HEADS,
	    .body = &m->base,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	if (e == ERR_OK)
		e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&h->op.result->items[0], &spec, &place);
	slice_free(&m->base);
	return e;
}

void
submit_heads(const struct submit_to *to, const char *question)
{
	struct heads *h = submit_op_new(to, sizeof *h, 1);

	h->op.cmd.run = heads_run;
	h->op.cmd.class = COMMIT_LATER;
	h->op.clear = heads_clear;
	h->question = question != NULL ? mem_strdup(question) : NULL;
	submit_op_put(&h->op);
}

/* ---- cosignatures ---- */

struct cosig {
	struct submit_op op;
	char *origin;
	uint64_t size;
	struct buf line;
};

static void
cosig_clear(struct submit_op *op)
{
	struct cosig *c = (struct cosig *)op;

	buf_clear(&c->line);
	free(c->origin);
}

static enum err
cosig_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct cosig *c = (struct cosig *)cmd;
	struct log_book *book = ctx->site->own.book;
	uint16_t slot;
	enum err e;

	/* Of any generation: the last checkpoint of a closed log, too. */
	e = log_slot(book, ctx->txn, c->origin, &slot, why);
	if (e == ERR_OK)
		e = log_cosig_put(
		    book, ctx->txn, slot, c->size, buf_view(&c->line), why);
	ctx->touched |= COMMIT_EVIDENCE | COMMIT_ALLIANCE;
	if (e == ERR_OK)
		ctx->writes++;
	return e;
}

void
submit_cosignature(const struct submit_to *to, const char *origin,
    uint64_t size, struct bytes line)
{
	struct cosig *c = submit_op_new(to, sizeof *c, 0);

	c->op.cmd.run = cosig_run;
	c->op.cmd.class = COMMIT_LATER;
	c->op.clear = cosig_clear;
	c->size = size;
	buf_init(&c->line, 4096);
	buf_bytes(&c->line, line);
	c->origin = mem_strdup(origin);
	submit_op_put(&c->op);
}

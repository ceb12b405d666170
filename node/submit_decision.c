/* submit_decision.c - decisions, taken and written in one transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "node/fold_place.h"
#include "node/submit_op.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

enum err
submit_decision_run(struct commit_ctx *ctx, const struct decide_question *q,
    struct decide_facts *facts, struct decide_answer *out, struct err_why *why)
{
	struct site *s = ctx->site;
	struct fold replica = {
	    .t = &s->replica.tables,
	    .book = s->replica.book,
	    .mac = &s->index_mac,
	};
	enum err e;

	e = store_read(s->replica.store, &replica.txn, why);
	if (e != ERR_OK)
		return e;
	e = decide_load(s, &ctx->fold, &replica, q, facts, why);
	store_abort(replica.txn);
	if (e != ERR_OK)
		return e;
	decide_answer(out, &facts->in);
	struct timeline_span span = timekeep_span(s, q->now_us);
	if (span.faults != 0)
		decide_doubt(out, &facts->in, span.from_us, span.to_us);
	return ERR_OK;
}

/* The copy is the message's: release the whole with slice_free. */
static void
fill(Record__Decision *m, const struct decide_question *q,
    const struct decide_facts *facts, const struct decide_answer *a)
{
	record__decision__init(m);
	m->holder = mem_strdup(q->holder != NULL ? q->holder : "");
	m->work_type = mem_strdup(q->work_type != NULL ? q->work_type : "");
	m->has_level = q->level != RECORD__PERMIT__LEVEL__LEVEL_UNSPECIFIED;
	m->level = q->level;
	m->area = mem_strdup(q->area != NULL ? q->area : "");
	m->has_as_of_at = true;
	m->as_of_at = q->now_us;
	m->has_result = true;
	m->result = a->result;
	m->reason_codes = mem_alloc(RULE_LIST_MAX, sizeof *m->reason_codes);
	for (size_t i = 0; i < a->reasons.len; i++)
		m->reason_codes[m->n_reason_codes++] =
		    mem_strdup(a->reasons.at[i]->code);
	m->pack_version = mem_strdup(facts->pack_version);
	m->has_expires_at = a->expires_us != 0;
	m->expires_at = a->expires_us;
	if (a->used == NULL)
		return;
	m->credential_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(m->credential_id, a->used->id);
}

/* Log and leaf of the credential that an ALLOW rests on. */
static enum err
used_place(struct commit_ctx *ctx, const struct decide_credential *c,
    Record__Decision *m, struct err_why *why)
{
	struct site *s = ctx->site;
	struct fold replica = {
	    .t = &s->replica.tables, .book = s->replica.book};
	const struct fold *f = &ctx->fold;
	char origin[NOTE_NAME_MAX + 1];
	struct fold_spot at;
	enum err e = ERR_OK;

	if (!c->own && !c->local) {
		f = &replica;
		e = store_read(s->replica.store, &replica.txn, why);
	}
	if (e == ERR_OK)
		e = fold_spot(f, c->slot, c->index, &at, why);
	if (e == ERR_OK)
		e = log_origin(f->book, f->txn, at.slot, origin, why);
	store_abort(replica.txn);
	if (e != ERR_OK)
		return e;
	m->credential_origin = mem_strdup(origin);
	m->has_credential_index = true;
	m->credential_index = at.index;
	return ERR_OK;
}

enum err
submit_decision_append(struct commit_ctx *ctx, const struct decide_question *q,
    const struct decide_facts *facts, const struct decide_answer *a,
    struct submit_receipt *out, struct err_why *why)
{
	Record__Decision *m = mem_alloc(1, sizeof *m);
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct log_place place;
	enum err e = ERR_OK;

	fill(m, q, facts, a);
	if (a->used != NULL)
		e = used_place(ctx, a->used, m, why);
	crypto_uuid7(record_id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__DECISION,
	    .body = &m->base,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	if (e == ERR_OK)
		e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK && out != NULL)
		submit_op_place(out, &spec, &place);
	slice_free(&m->base);
	return e;
}

struct decision {
	struct submit_op op;
	char *holder;
	char *work_type;
	char *area;
	Record__Permit__Level level;
};

static void
decision_clear(struct submit_op *op)
{
	struct decision *d = (struct decision *)op;

	free(d->holder);
	free(d->work_type);
	free(d->area);
}

static enum err
decision_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct decision *d = (struct decision *)cmd;
	struct submit_result *r = d->op.result;
	struct decide_question q = {
	    .holder = d->holder,
	    .work_type = d->work_type,
	    .level = d->level,
	    .area = d->area,
	    .now_us = ctx->now_us,
	};
	struct decide_facts *facts = mem_alloc(1, sizeof *facts);
	struct decide_answer a;
	enum err e;

	e = submit_decision_run(ctx, &q, facts, &a, why);
	if (e == ERR_OK)
		e = submit_decision_append(
		    ctx, &q, facts, &a, &r->items[0], why);
	if (e == ERR_OK) {
		r->decision = a.result;
		r->rules = a.reasons;
		r->expires_us = a.expires_us;
		r->as_of_us = ctx->now_us;
		r->credential_id[0] = '\0';
		if (a.used != NULL)
			text_uuid_put(r->credential_id, a.used->id);
		(void)snprintf(r->pack_version, sizeof r->pack_version, "%s",
		    facts->pack_version);
	}
	free(facts);
	return e;
}

static char *
copy_text(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

void
submit_decision(const struct submit_to *to, const Api__DecisionQuery *q)
{
	struct decision *d = submit_op_new(to, sizeof *d, 1);
	struct err_why why = {.text = ""};
	const char *path = NULL;
	enum err e;

	d->op.cmd.run = decision_run;
	d->op.clear = decision_clear;
	e = submit_op_check(&q->base, &path, &why);
	if (e != ERR_OK) {
		submit_op_fail(&d->op, e, &why);
		return;
	}
	d->holder = copy_text(q->holder);
	d->work_type = copy_text(q->work_type);
	d->area = copy_text(q->area);
	d->level = q->level;
	if (!submit_op_area(
	        &d->op, fold_hash(&to->site->index_mac, FOLD_AREA, q->area))) {
		submit_op_refuse(&d->op, RULE_AREA_DENIED, "area");
		return;
	}
	submit_op_put(&d->op);
}

/* submit_decision.c - decisions, taken and written in one transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/decide_note.h"
#include "node/gate_code.h"
#include "node/submit_op.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

enum err
submit_decision_replica(struct site *s, struct fold *out, struct err_why *why)
{
	*out = (struct fold){
	    .t = &s->replica.tables,
	    .book = s->replica.book,
	    .mac = &s->index_mac,
	};
	return store_read(s->replica.store, &out->txn, why);
}

void
submit_decision_answer(
    struct site *s, struct decide_facts *facts, struct decide_answer *out)
{
	facts->span = timekeep_span(s, facts->in.now_us);
	decide_answer(out, &facts->in);
	if (facts->span.faults != 0)
		decide_doubt(
		    out, &facts->in, facts->span.from_us, facts->span.to_us);
}

enum err
submit_decision_run(struct commit_ctx *ctx, const struct decide_question *q,
    struct decide_facts *facts, struct decide_answer *out, struct err_why *why)
{
	struct fold replica;
	enum err e = submit_decision_replica(ctx->site, &replica, why);

	if (e != ERR_OK)
		return e;
	e = decide_load(ctx->site, &ctx->fold, &replica, q, facts, why);
	store_abort(replica.txn);
	/* What was recorded since says nothing of the clock then. */
	if (q->now_us < ctx->now_us)
		facts->in.recorded_us = q->now_us;
	if (e == ERR_OK)
		submit_decision_answer(ctx->site, facts, out);
	return e;
}

static char *
copy(const char *s)
{
	return mem_strdup(s != NULL ? s : "");
}

/* The copy is the message's: release the whole with slice_free. */
static void
fill(Record__Decision *m, const struct decide_question *q,
    const struct decide_facts *facts, const struct decide_answer *a)
{
	record__decision__init(m);
	m->holder = copy(q->holder);
	m->work_type = copy(q->work_type);
	m->has_level = q->level != RECORD__PERMIT__LEVEL__LEVEL_UNSPECIFIED;
	m->level = q->level;
	m->area = copy(q->area);
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
	if (q->role != NULL)
		m->role = mem_strdup(q->role);
	if (q->company != NULL)
		m->company = mem_strdup(q->company);
	if (q->permit != NULL) {
		m->permit_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
		text_uuid_put(m->permit_id, q->permit);
	}
	if (q->nonce != NULL) {
		m->has_code_nonce = true;
		m->code_nonce.len = GATE_CODE_NONCE;
		m->code_nonce.data = mem_alloc(GATE_CODE_NONCE, 1);
		memcpy(m->code_nonce.data, q->nonce, GATE_CODE_NONCE);
	}
	if (a->used == NULL)
		return;
	m->credential_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(m->credential_id, a->used->id);
}

/* What it was decided by, and the log and leaf of the credential that an ALLOW
 * rests on. */
static enum err
fill_places(const struct decide_books *books, const struct decide_facts *facts,
    const struct decide_answer *a, Record__Decision *m, struct err_why *why)
{
	struct decide_spot at;
	enum err e = decide_note(books, facts, &m->facts, why);

	if (e != ERR_OK || a->used == NULL)
		return e;
	e = decide_note_place(books, a->used, a->used->index, &at, why);
	if (e != ERR_OK)
		return e;
	m->credential_origin = at.origin;
	m->has_credential_index = true;
	m->credential_index = at.index;
	return ERR_OK;
}

enum err
submit_decision_put(struct commit_ctx *ctx, const struct fold *replica,
    const struct submit_decided *d, struct submit_receipt *out,
    struct err_why *why)
{
	const struct decide_books books = {&ctx->fold, replica};
	Record__Decision *m = mem_alloc(1, sizeof *m);
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	fill(m, d->question, d->facts, d->answer);
	e = fill_places(&books, d->facts, d->answer, m, why);
	crypto_uuid7(record_id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	if (d->question->once != NULL &&
	    d->answer->result == RECORD__DECISION__RESULT__ALLOW)
		memcpy(event_id, d->question->once, sizeof event_id);
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

enum err
submit_decision_append(struct commit_ctx *ctx, const struct decide_question *q,
    const struct decide_facts *facts, const struct decide_answer *a,
    struct submit_receipt *out, struct err_why *why)
{
	const struct submit_decided d = {q, facts, a};
	struct fold replica;
	enum err e = submit_decision_replica(ctx->site, &replica, why);

	if (e != ERR_OK)
		return e;
	e = submit_decision_put(ctx, &replica, &d, out, why);
	store_abort(replica.txn);
	return e;
}

struct decision {
	struct submit_op op;
	Api__DecisionQuery *asked; /* a copy */
};

static void
decision_clear(struct submit_op *op)
{
	struct decision *d = (struct decision *)op;

	if (d->asked != NULL)
		slice_free(&d->asked->base);
}

/* Presentations that are over are reasons; nothing rests on their status. */
static int64_t
oldest_status(const struct decide_input *in)
{
	int64_t oldest = INT64_MAX;

	for (size_t i = 0; i < in->creds_len; i++) {
		const struct decide_credential *c = &in->creds[i];

		if (!c->own && !c->local && c->presented_to_us > in->now_us &&
		    c->status_seen_us < oldest)
			oldest = c->status_seen_us;
	}
	return oldest == INT64_MAX ? 0 : oldest;
}

void
submit_decision_result(struct submit_result *r, int64_t now_us,
    const struct decide_facts *facts, const struct decide_answer *a)
{
	r->decision = a->result;
	r->rules = a->reasons;
	r->expires_us = a->expires_us;
	r->as_of_us = now_us;
	r->seen_us = oldest_status(&facts->in);
	r->credential_id[0] = '\0';
	if (a->used != NULL)
		text_uuid_put(r->credential_id, a->used->id);
	(void)snprintf(
	    r->pack_version, sizeof r->pack_version, "%s", facts->pack_version);
}

static enum err
decision_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct decision *d = (struct decision *)cmd;
	struct submit_result *r = d->op.result;
	struct decide_question q = {
	    .holder = d->asked->holder,
	    .work_type = d->asked->work_type,
	    .level = d->asked->level,
	    .area = d->asked->area,
	    .now_us = ctx->now_us,
	    .role = d->asked->role,
	    .company = d->asked->company,
	    .identity_us = d->asked->identity_at,
	};
	struct decide_facts *facts = mem_alloc(1, sizeof *facts);
	struct decide_answer a;
	enum err e;

	e = submit_decision_run(ctx, &q, facts, &a, why);
	if (e == ERR_OK)
		e = submit_decision_append(
		    ctx, &q, facts, &a, &r->items[0], why);
	if (e == ERR_OK)
		submit_decision_result(r, ctx->now_us, facts, &a);
	free(facts);
	return e;
}

void
submit_decision(const struct submit_to *to, const Api__DecisionQuery *q)
{
	struct decision *d = submit_op_new(to, sizeof *d, 1);
	struct err_why why = {.text = ""};
	ProtobufCMessage *copied = NULL;
	const char *path = NULL;
	struct buf bytes;
	enum err e;

	d->op.cmd.run = decision_run;
	d->op.clear = decision_clear;
	buf_init(&bytes, SEAL_MESSAGE_MAX);
	e = submit_op_check(&q->base, &path, &why);
	if (e == ERR_OK)
		e = submit_op_copy(&q->base, &bytes, &copied, &why);
	buf_clear(&bytes);
	d->asked = (Api__DecisionQuery *)copied;
	if (e != ERR_OK) {
		submit_op_fail(&d->op, e, &why);
		return;
	}
	if (!submit_op_area(
	        &d->op, fold_hash(&to->site->index_mac, FOLD_AREA, q->area))) {
		submit_op_refuse(&d->op, RULE_AREA_DENIED, "area");
		return;
	}
	submit_op_put(&d->op);
}

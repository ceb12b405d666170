/* submit_admin.c - erasures, access notes, heads and other node events. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/site_logs.h"
#include "node/submit_holder.h"
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

/* ---- erasure ---- */

struct erasure {
	struct submit_op op;
	struct log_erasure what;
	uint16_t line; /* of the log it is in */
	Record__Erasure *body;
	struct buf message;
	uint8_t record_id[16];
	uint8_t event_id[16];
};

static void
erasure_clear(struct submit_op *op)
{
	struct erasure *x = (struct erasure *)op;

	if (x->body != NULL)
		slice_free(&x->body->base);
	buf_clear(&x->message);
}

/* Fields by which a record in force decides (record.proto); no person is named
 * by them, and without them it would decide otherwise. */
#define FIELD(n) (UINT64_C(1) << (n))
static const struct {
	Ledger__Kind kind;
	uint64_t fields;
} deciding[] = {
    /* action, occurred_at, level, kind, area, latching, until_at */
    {LEDGER__KIND__ALARM,
        FIELD(1) | FIELD(5) | FIELD(6) | FIELD(7) | FIELD(8) | FIELD(43) |
            FIELD(46)},
    /* action, occurred_at, work_type, level, area, planned_from_at,
     * planned_to_at, gas, sampled_at; step, linked, base_level, what it says of
     * conditions, the blind; and workers: without them nobody would be asked
     * whether all of them may */
    {LEDGER__KIND__PERMIT,
        FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(5) | FIELD(13) |
            FIELD(14) | FIELD(15) | FIELD(16) | FIELD(24) | FIELD(25) |
            FIELD(28) | FIELD(30) | FIELD(31) | FIELD(32) | FIELD(33) |
            FIELD(34) | FIELD(51)},
    /* action, class, valid_from_at, valid_to_at, review_due_at,
     * last_worked_at, areas */
    {LEDGER__KIND__CERTIFICATE,
        FIELD(1) | FIELD(6) | FIELD(10) | FIELD(11) | FIELD(12) | FIELD(17) |
            FIELD(18)},
    /* action, type, holder: a violation holds its person until it is closed */
    {LEDGER__KIND__CASE, FIELD(1) | FIELD(6) | FIELD(20)},
};

/* What a log says of itself, of who read it and of what was erased from it
 * stays: only these fields, which may name a person, can go. */
static const struct {
	Ledger__Kind kind;
	uint64_t fields;
} kept[] = {
    {LEDGER__KIND__LOG_START, 0},
    {LEDGER__KIND__HEADS, FIELD(2)}, /* question */
    {LEDGER__KIND__ACCESS, FIELD(3) | FIELD(5)}, /* query, purpose */
    {LEDGER__KIND__ERASURE, FIELD(5)}, /* requested_by */
    {LEDGER__KIND__TIME_RESET, 0},
    {LEDGER__KIND__ADMIN, FIELD(3)}, /* operator */
    /* No person is in them, and a list of their status is published. */
    {LEDGER__KIND__CREDENTIAL, FIELD(4)}, /* item */
    {LEDGER__KIND__STATUS, FIELD(5)}, /* reason_code */
    {LEDGER__KIND__INCIDENT, FIELD(11) | FIELD(12)}, /* operator, note */
    {LEDGER__KIND__DELIVERY, 0},
    /* A balance stays what it was: account, reason, operator. */
    {LEDGER__KIND__POINTS, FIELD(3) | FIELD(7) | FIELD(8)},
    /* operator, note, danger, liable */
    {LEDGER__KIND__CHECKLIST, FIELD(15) | FIELD(16) | FIELD(19) | FIELD(21)},
    {LEDGER__KIND__SNAPSHOT, 0},
    /* What was agreed stands on them. */
    {LEDGER__KIND__PROPOSAL, 0},
    {LEDGER__KIND__VOTE, 0},
    {LEDGER__KIND__SIGHTING, 0},
};

static bool
must_stay(const struct log_erasure *what, Ledger__Kind kind)
{
	uint64_t free = UINT64_MAX;

	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		if (kept[i].kind == kind)
			free = kept[i].fields;
	}
	for (size_t i = 0; i < what->fields_len; i++) {
		if (what->fields[i] < 64 &&
		    (free & FIELD(what->fields[i])) == 0)
			return true;
	}
	return free != UINT64_MAX && what->fields_len == 0;
}

static bool
takes_field(const struct log_erasure *what, uint64_t fields)
{
	for (size_t i = 0; i < what->fields_len; i++) {
		if (what->fields[i] < 64 &&
		    (fields & FIELD(what->fields[i])) != 0)
			return true;
	}
	return what->fields_len == 0;
}

static bool
in_force(const struct row *r, int64_t now_us)
{
	if (r->kind == LEDGER__KIND__CASE)
		return row_is_open(r) && r->other != 0;
	if (r->kind == LEDGER__KIND__ALARM || r->kind == LEDGER__KIND__PERMIT)
		return row_is_open(r) && row_state(r, now_us) != ROW_EXPIRED;
	return r->state != ROW_REVOKED && r->state != ROW_CERT_CANCELLED &&
	    now_us < r->to_us;
}

/* Would a record in force lose what it decides by? */
static enum err
carries_decision(struct commit_ctx *ctx, const struct erasure *x,
    Ledger__Kind kind, const uint8_t *record, bool *carries,
    struct err_why *why)
{
	uint64_t fields = 0;
	bool barred = false;
	struct row row;
	enum err e;

	*carries = false;
	for (size_t i = 0; i < sizeof deciding / sizeof deciding[0]; i++) {
		if (deciding[i].kind == kind)
			fields = deciding[i].fields;
	}
	if (fields == 0)
		return ERR_OK;
	e = fold_get(&ctx->fold, x->line, record, &row, why);
	/* Without its holder a suspended one would hold nobody. */
	if (e == ERR_OK && kind == LEDGER__KIND__CERTIFICATE &&
	    row.state == ROW_CERT_SUSPENDED)
		fields |= FIELD(3);
	/* Nor would a revoked one bar him: holder, holder_number, reason_code.
	 */
	if (e == ERR_OK && kind == LEDGER__KIND__CERTIFICATE) {
		barred = submit_holder_bar(ctx, &row) > ctx->now_us;
		if (barred)
			fields |= FIELD(3) | FIELD(5) | FIELD(16);
	}
	*carries = e == ERR_OK && takes_field(&x->what, fields) &&
	    (barred || in_force(&row, ctx->now_us));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The log of any generation that the body names; the line it belongs to. */
static enum err
find_log(struct commit_ctx *ctx, struct erasure *x, struct err_why *why)
{
	struct fold_line line;
	struct generation g;
	enum err e = generation_get(&g, x->body->origin, why);

	if (e == ERR_OK && strcmp(g.name, ctx->site->name) != 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = log_slot(ctx->site->own.book, ctx->txn, x->body->origin,
		    &x->what.slot, why);
	if (e == ERR_OK)
		e = fold_line_of(&ctx->fold, x->what.slot, &line, why);
	if (e == ERR_MALFORMED || e == ERR_NOT_FOUND)
		return err_fail(why, ERR_NOT_FOUND, "not a log of this node");
	x->line = line.line;
	return e;
}

/* Everything that could fail is asked before the first write. */
static enum err
erasure_allowed(struct commit_ctx *ctx, struct erasure *x,
    const struct rule **rule, uint8_t record[static 16], bool *has_record,
    struct err_why *why)
{
	struct log_book *book = ctx->site->own.book;
	Ledger__Entry *leaf = NULL;
	struct bytes bytes;
	enum log_rest rest = LOG_REST_NONE;
	bool carries = false;
	enum err e;

	*rule = NULL;
	e = log_entry(book, ctx->txn, x->what.slot, x->what.index, &bytes, why);
	if (e == ERR_NOT_FOUND) {
		*rule = rule_get(RULE_RECORD_UNKNOWN);
		return ERR_OK;
	}
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e;
	*has_record = leaf->record_id.len == 16;
	if (*has_record)
		memcpy(record, leaf->record_id.data, 16);
	if (must_stay(&x->what, leaf->kind))
		*rule = rule_get(RULE_ERASE_KEPT);
	else if (*has_record)
		e = carries_decision(ctx, x, leaf->kind, record, &carries, why);
	if (carries)
		*rule = rule_get(RULE_ERASE_DECIDES);
	ledger__entry__free_unpacked(leaf, NULL);
	if (e != ERR_OK)
		return e;
	e = log_rest(book, ctx->txn, x->what.slot, x->what.index, &rest, why);
	if (e == ERR_OK && rest != LOG_REST_HELD)
		*rule = rule_get(RULE_ERASED_ALREADY);
	return e;
}

static enum err
erasure_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct erasure *x = (struct erasure *)cmd;
	struct log_book *book = ctx->site->own.book;
	const struct rule *rule;
	uint8_t record[16];
	bool has_record = false;
	struct log_place place;
	enum err e;

	e = find_log(ctx, x, why);
	if (e == ERR_OK)
		e = erasure_allowed(ctx, x, &rule, record, &has_record, why);
	if (e == ERR_OK && rule != NULL)
		return submit_op_rule(&x->op, rule, why);
	if (e != ERR_OK)
		return e;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ERASURE,
	    .body = &x->body->base,
	    .message = buf_view(&x->message),
	    .record_id = x->record_id,
	    .event_id = x->event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		e = log_erase(book, ctx->txn, &x->what, 1, why);
	if (e != ERR_OK)
		return e;
	ctx->erased = true;
	submit_op_place(&x->op.result->items[0], &spec, &place);
	if (!has_record)
		return ERR_OK;
	e = fold_record(&ctx->fold, x->line, record, why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void
submit_erasure(const struct submit_to *to, const Api__ErasurePost *post)
{
	struct erasure *x = submit_op_new(to, sizeof *x, 1);
	struct site *s = to->site;
	Record__Erasure m = RECORD__ERASURE__INIT;
	const char *origin = post->origin != NULL
	    ? post->origin
	    : site_log(s, SITE_EVIDENCE)->key.name;
	ProtobufCMessage *copy = NULL;
	char *owned = mem_strdup(origin);
	struct err_why why = {.text = ""};
	enum err e = ERR_OK;

	x->op.cmd.run = erasure_run;
	x->op.cmd.class = COMMIT_LATER;
	x->op.cmd.cost = COMMIT_BATCH_MAX; /* alone in its transaction */
	x->op.clear = erasure_clear;
	m.origin = owned;
	m.has_index = true;
	m.index = post->index;
	m.fields = post->fields;
	m.n_fields = post->n_fields;
	m.reason = post->reason;
	m.requested_by = post->requested_by;
	if (!post->has_index || post->reason == NULL)
		e = err_fail(
		    &why, ERR_MALFORMED, "an index and a reason are needed");
	if (e == ERR_OK)
		e = submit_op_copy(&m.base, &x->message, &copy, &why);
	free(owned);
	if (e != ERR_OK) {
		submit_op_fail(&x->op, e, &why);
		return;
	}
	x->body = (Record__Erasure *)copy;
	if (x->body->n_fields > 0)
		qsort(x->body->fields, x->body->n_fields, sizeof(uint32_t),
		    by_number);
	/* The bytes must say what the sorted message says. */
	buf_reset(&x->message);
	slice_pack(&x->message, &x->body->base);
	x->what.index = post->index;
	x->what.fields = x->body->fields;
	x->what.fields_len = x->body->n_fields;
	crypto_uuid7(x->record_id, site_now(s));
	crypto_uuid7(x->event_id, site_now(s));
	submit_op_put(&x->op);
}

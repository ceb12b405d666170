/* submit_duties.c - the prevention chain, duties, and the checks made. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_duties.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/domain/checklist.h"
#include "node/fold_key.h"
#include "node/submit_case.h"
#include "node/submit_due.h"
#include "node/submit_own.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define ACT(name) RECORD__CHECKLIST__ACTION__##name

struct item {
	struct buf bytes;
	Record__Checklist *body;
	uint8_t record_id[16];
	uint8_t digest[16];
};

struct checks {
	struct submit_op op;
	struct item items[];
};

static void
checks_clear(struct submit_op *op)
{
	struct checks *c = (struct checks *)op;

	for (size_t i = 0; i < op->result->len; i++) {
		buf_clear(&c->items[i].bytes);
		if (c->items[i].body != NULL)
			slice_free(&c->items[i].body->base);
	}
}

/* Refused alone: the others go on. */
static void
refuse(struct submit_receipt *r, const struct rule *rule, const char *path)
{
	r->rule = rule;
	r->error = submit_op_err(rule);
	r->path = path;
}

/* Of a check the id follows from its content, keyed: it may be sent again. */
static void
event_id_of(
    const struct commit_ctx *ctx, const struct item *it, uint8_t out[static 16])
{
	if (it->body->action != ACT(SUBMIT)) {
		crypto_uuid7(out, ctx->now_us);
		return;
	}
	digest_uuid8(out, it->digest);
}

/* The item of the tier above, by the parent's number. */
static enum err
parent_of(struct commit_ctx *ctx, const Record__Checklist *m, struct row *out,
    struct err_why *why)
{
	uint8_t id[16];

	if (m->parent == NULL || m->tier <= RECORD__CHECKLIST__TIER__UNIT)
		return ERR_NOT_FOUND;
	checklist_id(id, ctx->fold.mac, (Record__Checklist__Tier)(m->tier - 1),
	    m->parent);
	return fold_get(&ctx->fold, ctx->site->evidence, id, out, why);
}

/* What is known of the item, and what it says now. */
struct turn {
	struct commit_ctx *ctx;
	struct item *it;
	struct submit_receipt *out;
	struct row row, parent;
	struct checklist_event ev;
	uint8_t event_id[16];
};

/* As fold_case.c has it of what was defined. */
static uint64_t
short_of(const uint8_t digest[static 16])
{
	return fold_key_u64(bytes_of(digest, 8)) | 1;
}

/* ERR_OK: it is there already, and *out its receipt. */
static enum err
known(struct turn *t, struct err_why *why)
{
	const uint16_t slot = t->ctx->site->evidence;
	uint64_t place = t->row.last;
	enum err e;

	if (t->it->body->action == ACT(DEFINE)) {
		if (t->ev.row == NULL || t->row.state != ROW_OPEN ||
		    t->row.pack != short_of(t->it->digest))
			return ERR_NOT_FOUND;
		return submit_op_found(t->ctx, slot, place, t->out, why);
	}
	e = fold_by_event_id(&t->ctx->fold, slot, t->event_id, &place, why);
	if (e != ERR_OK)
		return e;
	return submit_op_found(t->ctx, slot, place, t->out, why);
}

/* The danger that a check found is a case of its own, so that none is lost. */
static enum err
report(struct turn *t, uint32_t seq, struct err_why *why)
{
	const Record__Checklist *m = t->it->body;
	Record__Case c = RECORD__CASE__INIT;
	char type[] = "hidden-danger";
	char task[TEXT_UUID_CHARS + 1];
	char *area = NULL;
	uint8_t id[16] = {0};
	struct log_place place;
	enum err e;

	text_uuid_put(task, t->it->record_id);
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.has_occurred_at = true;
	c.occurred_at = t->ev.occurred_us;
	if (t->row.area != 0) {
		e = submit_own_area(t->ctx, t->row.area, &area, why);
		if (e != ERR_OK)
			return e;
	}
	c.area = area;
	c.description = m->danger;
	c.note = m->note;
	c.has_level = m->has_level;
	c.level = m->level;
	c.has_way = m->has_way;
	c.way = m->way;
	c.check_id = task;
	c.has_check_seq = true;
	c.check_seq = seq;
	c.operator_ = m->operator_;
	c.has_exercise = c.exercise =
	    m->exercise || (t->row.flags & ROW_EXERCISE) != 0;
	e = submit_case_own(t->ctx, id, &c, &place, why);
	free(area);
	return e;
}

static enum err
append(struct turn *t, struct err_why *why)
{
	Record__Annex annex = RECORD__ANNEX__INIT;
	const uint32_t seq = t->row.seq + 1;
	struct log_place place;
	enum err e;

	annex.due_at = checklist_due(&t->ev);
	annex.has_due_at = annex.due_at != t->row.to_us;
	annex.has_time_uncertain = annex.time_uncertain =
	    timekeep_span(t->ctx->site, t->ctx->now_us).faults != 0;
	struct draft_spec spec = {
	    .slot = t->ctx->site->evidence,
	    .kind = LEDGER__KIND__CHECKLIST,
	    .body = &t->it->body->base,
	    .message = buf_view(&t->it->bytes),
	    .annex = annex.has_due_at || annex.time_uncertain ? &annex : NULL,
	    .record_id = t->it->record_id,
	    .event_id = t->event_id,
	    .event_seq = seq,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(t->ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(t->out, &spec, &place);
	if (t->ev.row != NULL) {
		const struct row now = t->ctx->fold.row;

		e = submit_due_over(
		    t->ctx, t->it->record_id, &t->row, &now, why);
		if (e != ERR_OK)
			return e;
	}
	return t->it->body->action == ACT(SUBMIT) &&
	        t->it->body->status == RECORD__CHECKLIST__STATUS__DANGER
	    ? report(t, seq, why)
	    : ERR_OK;
}

static enum err
look_up(struct turn *t, struct err_why *why)
{
	const Record__Checklist *m = t->it->body;
	struct commit_ctx *ctx = t->ctx;
	enum err e = fold_get(
	    &ctx->fold, ctx->site->evidence, t->it->record_id, &t->row, why);

	t->ev = (struct checklist_event){
	    .row = e == ERR_OK ? &t->row : NULL,
	    .msg = m,
	    .calendar = packs_calendar(ctx->site->packs, ctx->now_us),
	    .occurred_us = m->has_occurred_at ? m->occurred_at : ctx->now_us,
	    .now_us = ctx->now_us,
	};
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	event_id_of(ctx, t->it, t->event_id);
	e = parent_of(ctx, m, &t->parent, why);
	if (e == ERR_OK)
		t->ev.parent = &t->parent;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
one(struct turn *t, const struct submit_op *op, struct err_why *why)
{
	struct rule_verdict v;
	uint64_t area;
	enum err e = look_up(t, why);

	if (e != ERR_OK)
		return e;
	area = t->ev.row != NULL
	    ? t->row.area
	    : fold_hash(t->ctx->fold.mac, FOLD_AREA, t->it->body->area);
	if (!submit_op_area(op, area)) {
		refuse(t->out, rule_get(RULE_AREA_DENIED), "area");
		return ERR_OK;
	}
	e = known(t, why);
	if (e != ERR_NOT_FOUND)
		return e;
	v = checklist_check(&t->ev);
	if (!v.refused)
		return append(t, why);
	refuse(t->out, v.rule, v.gap.what);
	return ERR_OK;
}

static enum err
checks_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct checks *c = (struct checks *)cmd;
	struct submit_result *r = c->op.result;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->len && e == ERR_OK; i++) {
		struct turn t = {
		    .ctx = ctx, .it = &c->items[i], .out = &r->items[i]};

		if (c->items[i].body == NULL)
			continue;
		t.out->error = ERR_OK; /* asked again after an abort */
		t.out->duplicate = false;
		e = one(&t, &c->op, why);
	}
	/* A request of one item fails as a whole. */
	if (e == ERR_OK && r->len == 1 && r->items[0].error != ERR_OK) {
		e = submit_op_rule(&c->op, r->items[0].rule, why);
		if (r->items[0].path != NULL)
			(void)snprintf(c->op.result->said.what,
			    sizeof c->op.result->said.what, "%s",
			    r->items[0].path);
	}
	return e;
}

/* Limits of any message; what cannot be told apart later is refused here. */
static enum err
prepare(
    struct checks *c, size_t i, const Record__Checklist *m, struct err_why *why)
{
	struct site *s = c->op.site;
	struct submit_receipt *r = &c->op.result->items[i];
	struct item *it = &c->items[i];
	ProtobufCMessage *body = NULL;
	enum err e = submit_op_check(&m->base, &r->path, why);

	if (e != ERR_OK) {
		refuse(r, rule_get(RULE_FIELD_RANGE), r->path);
		return ERR_OK;
	}
	if (m->id == NULL || m->id[0] == '\0') {
		refuse(r, rule_get(RULE_FIELD_MISSING), "id");
		return ERR_OK;
	}
	if (m->has_occurred_at &&
	    m->occurred_at >
	        timekeep_span(s, site_now(s)).to_us + SUBMIT_FUTURE_US) {
		refuse(r, rule_get(RULE_TIME_FUTURE), "occurredAt");
		return ERR_OK;
	}
	e = submit_op_copy(&m->base, &it->bytes, &body, why);
	if (e != ERR_OK)
		return e;
	it->body = (Record__Checklist *)body;
	checklist_id(it->record_id, &s->index_mac, m->tier, m->id);
	fold_digest(&s->index_mac, it->digest, buf_view(&it->bytes));
	return ERR_OK;
}

void
submit_duties(
    const struct submit_to *to, Record__Checklist *const *items, size_t n)
{
	const size_t count = n <= SUBMIT_ALARMS_MAX ? n : 0;
	struct checks *c =
	    submit_op_new(to, sizeof *c + count * sizeof c->items[0], count);
	struct err_why why = {.text = ""};

	c->op.cmd.run = checks_run;
	c->op.clear = checks_clear;
	if (n > 1)
		c->op.cmd.class = COMMIT_BULK;
	if (n == 0 || n > SUBMIT_ALARMS_MAX) {
		submit_op_refuse(&c->op,
		    n == 0 ? RULE_FIELD_MISSING : RULE_LIMIT_ITEMS, NULL);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		enum err e = prepare(c, i, items[i], &why);

		if (e != ERR_OK) {
			submit_op_fail(&c->op, e, &why);
			return;
		}
	}
	if (n == 1 && c->op.result->items[0].error != ERR_OK) {
		const struct rule *rule = c->op.result->items[0].rule;

		c->op.result->rule = rule;
		(void)rule_fail(&why, submit_op_err(rule), rule,
		    c->op.result->items[0].path);
		submit_op_fail(&c->op, submit_op_err(rule), &why);
		return;
	}
	submit_op_put(&c->op);
}

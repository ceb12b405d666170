/* submit_report.c - reports in confidence, and by nobody knows whom. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_report.h"

#include <stdlib.h>

#include "node/actor_right.h"
#include "node/domain/case_policy.h"
#include "node/fold_key.h"
#include "node/submit_case.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define NAME_BLOCK 128 /* every name is sealed at this length */
#define SCAN_MAX 100000 /* enrolled keys looked at */

struct report {
	struct submit_op op;
	Api__ReportPost *post; /* a copy */
	struct buf bytes;
	struct hash receipt;
	uint8_t record_id[16];
};

static void
report_clear(struct submit_op *op)
{
	struct report *r = (struct report *)op;

	if (r->post != NULL && r->post->reporter != NULL)
		crypto_wipe(r->post->reporter, strlen(r->post->reporter));
	if (r->post != NULL)
		slice_free(&r->post->base);
	buf_wipe(&r->bytes);
}

/* ---- who may read the name ---- */

/* He has the role, and it is not over: in one of his areas, if he has any. */
static bool
may_read(
    struct commit_ctx *ctx, const Record__Actor *a, char *role, enum err *e)
{
	const struct actor_right right = {.roles = &role,
	    .roles_len = 1,
	    .area = a->n_areas > 0
	        ? fold_hash(ctx->fold.mac, FOLD_AREA, a->areas[0])
	        : 0,
	    .at_us = timekeep_span(ctx->site, ctx->now_us).to_us};

	*e = ERR_OK;
	return a->action == RECORD__ACTOR__ACTION__ENROL &&
	    a->key.len == CRYPTO_ALG_PUB_BYTES &&
	    a->key.data[0] == CRYPTO_ALG_ED25519 &&
	    actor_right_missing(ctx, a, &right, e) == NULL && *e == ERR_OK;
}

static void
seal_to(Record__Case *m, const Record__Actor *a, const char *name)
{
	Record__SealedName *s = mem_alloc(1, sizeof *s);
	uint8_t plain[NAME_BLOCK] = {0};

	record__sealed_name__init(s);
	memcpy(plain, name, strlen(name));
	s->box.data = mem_alloc(1, NAME_BLOCK + CRYPTO_LETTER_EXTRA);
	s->box.len = NAME_BLOCK + CRYPTO_LETTER_EXTRA;
	s->has_box = s->has_key = true;
	s->key.data = mem_alloc(1, a->key.len);
	s->key.len = a->key.len;
	memcpy(s->key.data, a->key.data, a->key.len);
	if (crypto_letter_seal(s->box.data, bytes_of(plain, sizeof plain),
	        a->key.data + 1) != ERR_OK) {
		record__sealed_name__free_unpacked(s, NULL);
	} else {
		m->reporter = mem_resize(
		    m->reporter, m->n_reporter + 1, sizeof *m->reporter);
		m->reporter[m->n_reporter++] = s;
	}
	crypto_wipe(plain, sizeof plain);
}

static enum err
seal_name(struct commit_ctx *ctx, Record__Case *m, const char *name, char *role,
    struct err_why *why)
{
	const struct fold_key prefix = fold_key_slot(ctx->site->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t seen = 0;
	enum err e = store_cursor(ctx->txn, ctx->fold.t->actor, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&prefix), &row);
	while (e == ERR_OK && seen++ < SCAN_MAX &&
	    m->n_reporter < SUBMIT_REPORT_READERS && row.key.len > prefix.len &&
	    memcmp(row.key.ptr, prefix.b, prefix.len) == 0) {
		ProtobufCMessage *msg = NULL;
		const Record__Actor *a;

		e = slice_unpack(
		    &msg, &record__actor__descriptor, row.value, why);
		if (e != ERR_OK)
			break;
		a = (const Record__Actor *)msg;
		if (may_read(ctx, a, role, &e))
			seal_to(m, a, name);
		slice_free(msg);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- the command ---- */

/* ERR_OK: known, or none is given. */
static enum err
ask_area(struct report *r, struct commit_ctx *ctx, struct err_why *why)
{
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct bytes text;
	enum err e;

	if (r->post->area == NULL)
		return ERR_OK;
	fold_key_uint(&k, FOLD_AREA, 1);
	fold_key_uint(
	    &k, fold_hash(ctx->fold.mac, FOLD_AREA, r->post->area), 8);
	e = store_get(
	    ctx->txn, ctx->fold.t->name, fold_key_view(&k), &text, why);
	return e == ERR_NOT_FOUND
	    ? submit_op_rule(&r->op, rule_get(RULE_REPORT_AREA), why)
	    : e;
}

static enum err
append(struct report *r, struct commit_ctx *ctx, Record__Case *m,
    struct err_why *why)
{
	struct submit_result *res = r->op.result;
	struct log_place place;
	enum err e = submit_case_own(ctx, r->record_id, m, &place, why);

	if (e != ERR_OK)
		return e;
	/* The clock runs from what the leaf says, not from another. */
	res->as_of_us = ctx->fold.row.from_us;
	res->expires_us = ctx->fold.row.to_us;
	return ERR_OK;
}

static enum err
report_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct report *r = (struct report *)cmd;
	const Pack__CasePolicy *p = packs_cases(ctx->site->packs, ctx->now_us);
	Record__Case m = RECORD__CASE__INIT;
	char type[] = CASE_POLICY_REPORT;
	enum err e;

	if (p == NULL)
		return submit_op_rule(&r->op, rule_get(RULE_PACK_MISSING), why);
	e = ask_area(r, ctx, why);
	if (e != ERR_OK)
		return e;
	m.has_action = true;
	m.action = RECORD__CASE__ACTION__REPORT;
	m.type = type;
	m.area = r->post->area;
	m.description = r->post->description;
	m.has_exercise = m.exercise = r->post->exercise;
	m.has_receipt = true;
	m.receipt.data = r->receipt.b;
	m.receipt.len = sizeof r->receipt.b;
	if (r->post->reporter != NULL) {
		e = seal_name(ctx, &m, r->post->reporter, p->reader_role, why);
		if (e == ERR_OK && m.n_reporter == 0)
			e = submit_op_rule(
			    &r->op, rule_get(RULE_REPORT_READER), why);
	}
	if (e == ERR_OK)
		e = append(r, ctx, &m, why);
	for (size_t i = 0; i < m.n_reporter; i++)
		record__sealed_name__free_unpacked(m.reporter[i], NULL);
	free(m.reporter);
	return e;
}

static const char *
wrong_field(const Api__ReportPost *p)
{
	const char *d = p->description;

	if (d == NULL || d[strspn(d, " \t\r\n")] == '\0' ||
	    strlen(d) > SUBMIT_REPORT_TEXT_MAX)
		return "description";
	if (p->area != NULL && (p->area[0] == '\0' || strlen(p->area) > 255))
		return "area";
	if (p->reporter != NULL &&
	    (p->reporter[0] == '\0' ||
	        strlen(p->reporter) > SUBMIT_REPORT_NAME_MAX))
		return "reporter";
	return NULL;
}

void
submit_report(const struct submit_to *to, const Api__ReportPost *post,
    const struct report_code *code)
{
	struct report *r = submit_op_new(to, sizeof *r, 0);
	const char *wrong = wrong_field(post);
	ProtobufCMessage *copy = NULL;
	struct err_why why = {.text = ""};
	enum err e;

	r->op.cmd.run = report_run;
	r->op.cmd.cost = 4;
	r->op.clear = report_clear;
	buf_init(&r->bytes, SEAL_MESSAGE_MAX);
	if (wrong != NULL) {
		submit_op_refuse(&r->op, RULE_FIELD_RANGE, wrong);
		return;
	}
	e = submit_op_copy(&post->base, &r->bytes, &copy, &why);
	r->post = (Api__ReportPost *)copy;
	r->receipt = code->receipt;
	memcpy(r->record_id, code->record_id, 16);
	report_code_put(r->op.result->report_code, code);
	if (e == ERR_OK)
		submit_op_put(&r->op);
	else
		submit_op_fail(&r->op, e, &why);
}

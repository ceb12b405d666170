/* submit_score.c - risk scores of persons, from an upstream system. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_score.h"

#include <stdio.h>
#include <string.h>

#include "node/domain/credential_pack.h"
#include "node/submit_holder.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"

struct score {
	struct submit_op op;
	struct buf message;
	Record__Case *body;
	uint8_t record_id[16];
	uint8_t event_id[16];
};

static void
score_clear(struct submit_op *op)
{
	struct score *s = (struct score *)op;

	if (s->body != NULL)
		slice_free(&s->body->base);
	buf_clear(&s->message);
}

/* The rule that the entry states beside it; NULL: it holds its person. */
static enum err
judge(struct commit_ctx *ctx, const struct score *s, const struct rule **out,
    struct err_why *why)
{
	const Pack__CredentialScore *limit = credential_pack_score(
	    packs_credentials(ctx->site->packs, ctx->now_us),
	    s->body->model->id);
	bool held = false;
	enum err e;

	*out = rule_get(RULE_SCORE_UNKNOWN);
	if (limit == NULL)
		return ERR_OK;
	*out = rule_get(RULE_SCORE_BELOW);
	if (s->body->model->score < limit->hold_from)
		return ERR_OK;
	e = submit_holder_held(
	    ctx, s->body->holder, SUBMIT_SCORE_TYPE, &held, why);
	*out = held ? rule_get(RULE_SCORE_AGAIN) : NULL;
	return e;
}

/* What a source sent before under this number. */
static enum err
known(struct commit_ctx *ctx, struct score *s, struct err_why *why)
{
	const Record__Case *m = s->body;
	const struct fold_number n = {
	    .source = fold_hash(ctx->fold.mac, FOLD_SOURCE, m->source),
	    .epoch = m->source_epoch,
	    .seq = m->source_seq,
	};
	struct fold_seen seen;
	uint8_t digest[16];
	enum err e;

	if (!m->has_source_seq)
		return ERR_NOT_FOUND;
	fold_digest(ctx->fold.mac, digest, buf_view(&s->message));
	e = fold_seen(&ctx->fold, ctx->site->evidence, &n, digest, &seen, why);
	if (e != ERR_OK)
		return e;
	if (memcmp(seen.digest, digest, sizeof digest) != 0)
		return ERR_NOT_FOUND;
	return submit_op_found(
	    ctx, ctx->site->evidence, seen.index, &s->op.result->items[0], why);
}

static enum err
score_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct score *s = (struct score *)cmd;
	Record__Annex annex = RECORD__ANNEX__INIT;
	const struct rule *rule = NULL;
	char code[24];
	struct log_place place;
	enum err e = known(ctx, s, why);

	if (e != ERR_NOT_FOUND)
		return e;
	e = judge(ctx, s, &rule, why);
	if (e != ERR_OK)
		return e;
	if (rule == rule_get(RULE_SCORE_UNKNOWN))
		return submit_op_rule(&s->op, rule, why);
	if (rule != NULL) {
		(void)snprintf(code, sizeof code, "%s", rule->code);
		annex.code = code;
	}
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__CASE,
	    .body = &s->body->base,
	    .message = buf_view(&s->message),
	    .annex = rule != NULL ? &annex : NULL,
	    .record_id = s->record_id,
	    .event_id = s->event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(&s->op.result->items[0], &spec, &place);
	s->op.result->items[0].rule = rule;
	return submit_holder_case(ctx, &s->body->base, why);
}

static enum err
check(struct score *s, const Record__Case *m, const char **path,
    struct err_why *why)
{
	const int64_t now = site_now(s->op.site);

	*path = NULL;
	if (m->holder == NULL || m->holder[0] == '\0')
		*path = "holder";
	else if (m->model == NULL || m->model->id == NULL)
		*path = "model.id";
	else if (!m->model->has_score)
		*path = "model.score";
	else if (m->has_source_seq &&
	    (m->source == NULL || m->source[0] == '\0'))
		*path = "source";
	if (*path != NULL)
		return submit_op_rule(
		    &s->op, rule_get(RULE_FIELD_MISSING), why);
	if (m->occurred_at > now + SUBMIT_FUTURE_US) {
		*path = "occurredAt";
		return submit_op_rule(&s->op, rule_get(RULE_TIME_FUTURE), why);
	}
	return submit_op_check(&m->base, path, why);
}

void
submit_score(const struct submit_to *to, const Record__Case *snapshot)
{
	struct score *s = submit_op_new(to, sizeof *s, 1);
	Record__Case m = *snapshot;
	char type[] = SUBMIT_SCORE_TYPE;
	ProtobufCMessage *copy = NULL;
	struct err_why why = {.text = ""};
	const char *path = NULL;
	enum err e;

	s->op.cmd.run = score_run;
	s->op.cmd.cost = 4;
	s->op.clear = score_clear;
	m.has_action = true;
	m.action = RECORD__CASE__ACTION__REPORT;
	m.type = type;
	e = check(s, &m, &path, &why);
	if (e == ERR_OK)
		e = submit_op_copy(&m.base, &s->message, &copy, &why);
	s->body = (Record__Case *)copy;
	if (e != ERR_OK) {
		s->op.result->items[0].path = path;
		submit_op_fail(&s->op, e, &why);
		return;
	}
	if (!submit_op_area(
	        &s->op, fold_hash(&to->site->index_mac, FOLD_AREA, m.area))) {
		submit_op_refuse(&s->op, RULE_AREA_DENIED, "area");
		return;
	}
	crypto_uuid7(s->record_id, site_now(to->site));
	crypto_uuid7(s->event_id, site_now(to->site));
	submit_op_put(&s->op);
}

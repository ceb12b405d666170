/* submit_case.c - one event of a case, inside its transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_case.h"

#include "node/domain/accident.h"
#include "node/submit_holder.h"

static const Record__Case *
body_of(const struct submit_case *c)
{
	return (const Record__Case *)c->post->body;
}

static const Pack__CaseType *
type_of(const struct site *s, const Pack__CasePolicy *p, const struct row *row)
{
	for (size_t i = 0; p != NULL && i < p->n_types; i++) {
		const Pack__CaseType *t = p->types[i];

		for (size_t k = 0; k < t->n_types; k++) {
			if (fold_hash(&s->index_mac, FOLD_TYPE, t->types[k]) ==
			    row->type)
				return t;
		}
	}
	return NULL;
}

const Pack__CaseType *
submit_case_type(const struct site *s, const struct row *row, const char *name,
    int64_t now_us)
{
	const Pack__CasePolicy *now = packs_cases(s->packs, now_us);
	const Pack__CaseType *t;

	if (row == NULL)
		return case_policy_type(now, name);
	t = type_of(s, packs_cases_then(s->packs, row->from_us), row);
	return t != NULL ? t : type_of(s, now, row);
}

/* Neither is anybody's to send: a code whose hash somebody chose, a name that
 * nobody sealed. */
static bool
takes_nodes_part(const Record__Case *m)
{
	return m->has_receipt || m->n_reporter > 0 || m->rule != NULL;
}

const struct rule *
submit_case_right(struct submit_case *c, struct rule_gap *gap, enum err *e)
{
	const Record__Case *m = body_of(c);
	const struct site *s = c->ctx->site;
	const Pack__CaseStep *step;
	const struct rule *rule;

	c->event = (struct case_event){
	    .row = c->row,
	    .type = submit_case_type(s, c->row, m->type, c->ctx->now_us),
	    .msg = m,
	    .calendar = packs_calendar(s->packs, c->ctx->now_us),
	    .now_us = c->ctx->now_us,
	    .stale = c->post->is_signed && c->row != NULL &&
	        c->post->based_on != c->row->seq,
	    .late = c->late,
	};
	if (takes_nodes_part(m))
		return rule_get(RULE_CASE_NODE_FIELD);
	step = case_right(&c->event, gap);
	if (step == NULL)
		return gap->rule;
	if (!c->post->is_signed)
		return step->signed_ ? rule_get(RULE_CASE_SIGNATURE) : NULL;
	rule = submit_post_signer(
	    c->post, c->ctx, step->roles, step->n_roles, c->area, e);
	if (*e == ERR_OK && rule == NULL)
		*e = submit_post_name(c->post, c->ctx, &c->event.signer, NULL);
	return rule;
}

struct rule_verdict
submit_case_judge(const struct submit_case *c)
{
	const Record__Case *m = body_of(c);
	const Pack__Accidents *classes = packs_accidents_then(
	    c->ctx->site->packs, submit_post_occurred(c->post, c->ctx->now_us));

	if (m->event_class != NULL && !accident_known(classes, m->event_class))
		return (struct rule_verdict){
		    .refused = true, .rule = rule_get(RULE_ACCIDENT_CLASS)};
	return case_check(&c->event);
}

enum err
submit_case_own(struct commit_ctx *ctx, uint8_t id[static 16],
    const Record__Case *m, struct log_place *out, struct err_why *why)
{
	static const uint8_t none[16];
	Record__Annex annex = RECORD__ANNEX__INIT;
	const struct case_event ev = {
	    .type = submit_case_type(ctx->site, NULL, m->type, ctx->now_us),
	    .msg = m,
	    .calendar = packs_calendar(ctx->site->packs, ctx->now_us),
	    .now_us = ctx->now_us,
	};
	uint8_t event_id[16];
	struct row old;
	enum err e;

	if (memcmp(id, none, sizeof none) == 0)
		crypto_uuid7(id, ctx->now_us);
	e = fold_get(&ctx->fold, ctx->site->evidence, id, &old, why);
	if (e != ERR_NOT_FOUND)
		return e;
	crypto_uuid7(event_id, ctx->now_us);
	annex.due_at = case_due(&ev);
	annex.has_due_at = annex.due_at != 0;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__CASE,
	    .body = &m->base,
	    .annex = annex.has_due_at ? &annex : NULL,
	    .record_id = id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, out, why);
	return e == ERR_OK ? submit_holder_case(ctx, &m->base, why) : e;
}

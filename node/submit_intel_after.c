/* submit_intel_after.c - intelligence: withdrawn by its source. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/domain/packs_force.h"
#include "node/submit_intel.h"
#include "node/submit_post.h"
#include "proto/text.h"

struct recall {
	struct submit_op op;
	struct submit_post post;
};

static void
recall_clear(struct submit_op *op)
{
	submit_post_clear(&((struct recall *)op)->post);
}

static bool
listed(const Pack__Release *p, const char *reason)
{
	for (size_t i = 0; i < p->n_reasons; i++) {
		if (strcmp(p->reasons[i], reason) == 0)
			return true;
	}
	return false;
}

/* A reason is a code: words could say what the item did not. */
static const struct rule *
check_form(
    const struct recall *w, const struct row *row, const Pack__Release *policy)
{
	const Record__Intel *m = (const Record__Intel *)w->post.body;
	char id[TEXT_UUID_CHARS + 1];

	text_uuid_put(id, w->post.record_id);
	if (policy == NULL)
		return rule_get(RULE_INTEL_POLICY);
	if (!w->post.is_signed)
		return rule_get(RULE_SIGNATURE_MISSING);
	if (m->action != RECORD__INTEL__ACTION__WITHDRAW ||
	    m->intel_id == NULL || strcmp(m->intel_id, id) != 0)
		return rule_get(RULE_FIELD_MISSING);
	if (m->reason == NULL || !listed(policy, m->reason))
		return rule_get(RULE_INTEL_REASON);
	if (row->state != ROW_RELEASED)
		return rule_get(RULE_INTEL_SUPERSEDES);
	return NULL;
}

static enum err
check(struct commit_ctx *ctx, struct recall *w, struct row *row,
    const struct rule **rule, struct err_why *why)
{
	const Pack__Release *policy =
	    packs_release(ctx->site->packs, ctx->now_us);
	enum err e = fold_get(
	    &ctx->fold, ctx->site->evidence, w->post.record_id, row, why);
	char *role;

	if (e == ERR_NOT_FOUND ||
	    (e == ERR_OK && row->kind != LEDGER__KIND__INTEL)) {
		*rule = rule_get(RULE_RECORD_UNKNOWN);
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	*rule = check_form(w, row, policy);
	if (*rule != NULL)
		return ERR_OK;
	role = policy->releaser_role;
	*rule = submit_post_signer(&w->post, ctx, &role, 1, 0, &e);
	return e;
}

static enum err
recall_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct recall *w = (struct recall *)cmd;
	const Record__Intel *m = (const Record__Intel *)w->post.body;
	struct submit_withdrawal what = {
	    .id = w->post.record_id, .reason = m->reason};
	struct submit_receipt *r = w->op.result->items;
	const struct rule *rule = NULL;
	uint8_t event_id[16];
	struct draft_spec spec;
	struct log_place place;
	struct row row;
	enum err e = submit_post_known(&w->post, ctx, r, &rule, why);

	if (e == ERR_OK)
		return rule != NULL ? submit_op_rule(&w->op, rule, why)
		                    : ERR_OK;
	if (e == ERR_NOT_FOUND)
		e = check(ctx, w, &row, &rule, why);
	if (e == ERR_OK && rule != NULL)
		e = submit_op_rule(&w->op, rule, why);
	if (e != ERR_OK)
		return e;
	spec = submit_post_spec(
	    &w->post, ctx, row.seq + 1, LEDGER__OUTCOME__APPLIED, NULL);
	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(r, &spec, &place);
	return submit_item_withdraw(ctx, &what, &place, event_id, why);
}

void
submit_intel_withdraw(const struct submit_to *to, const char *intel_id,
    const Api__EventPost *post)
{
	struct recall *w = submit_op_new(to, sizeof *w, 1);
	struct submit_post_fault fault = {0};
	struct err_why why = {.text = ""};
	enum err e;

	w->op.cmd.run = recall_run;
	w->op.clear = recall_clear;
	w->post.kind = LEDGER__KIND__INTEL;
	e = submit_post_read(&w->post, to->site, intel_id, post, &fault, &why);
	if (e == ERR_OK) {
		submit_op_put(&w->op);
		return;
	}
	w->op.result->rule = fault.rule;
	submit_op_fail(&w->op, e, &why);
}

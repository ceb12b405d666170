/* submit_intel_release.c - intelligence: released by another, withdrawn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/domain/intel.h"
#include "node/domain/packs_force.h"
#include "node/fold_place.h"
#include "node/submit_intel.h"
#include "node/submit_post.h"
#include "node/veil_own.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* ---- approving and releasing ---- */

struct approval {
	struct submit_op op;
	struct submit_post post;
};

static void
approval_clear(struct submit_op *op)
{
	submit_post_clear(&((struct approval *)op)->post);
}

/* Did this key sign the draft?  A draft that nobody signed has no second. */
static enum err
check_draft_key(struct commit_ctx *ctx, const struct approval *a,
    const struct row *row, const struct rule **rule, struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	struct fold_spot at;
	enum err e;

	e = fold_spot(&ctx->fold, ctx->site->evidence, row->first, &at, why);
	if (e == ERR_OK)
		e = log_sealed(ctx->site->own.book, ctx->txn, at.slot, at.index,
		    &sealed, why);
	if (e == ERR_NOT_FOUND) {
		*rule = rule_get(RULE_NOT_HELD);
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	if (row->other == 0 || sealed->auth == NULL || !sealed->auth->has_key)
		*rule = rule_get(RULE_INTEL_UNSIGNED);
	else if (bytes_equal(bytes_of(a->post.key, sizeof a->post.key),
	             bytes_of(sealed->auth->key.data, sealed->auth->key.len)))
		*rule = rule_get(RULE_INTEL_SELF);
	ledger__sealed__free_unpacked(sealed, NULL);
	return ERR_OK;
}

/* Another person than the drafter, with the role of the policy. */
static enum err
check_releaser(struct commit_ctx *ctx, const struct approval *a,
    const struct row *row, const Pack__Release *policy,
    const struct rule **rule)
{
	Record__Actor *actor = NULL;
	enum err e = ERR_OK;
	char *role;

	assert(policy != NULL);
	role = policy->releaser_role;

	*rule = submit_post_signer(&a->post, ctx, &role, 1, 0, &e);
	if (e != ERR_OK || *rule != NULL)
		return e;
	e = fold_actor(&ctx->fold, ctx->site->evidence,
	    bytes_of(a->post.key, sizeof a->post.key), &actor, NULL);
	if (e != ERR_OK)
		return e;
	if (actor->name == NULL ||
	    strtoull(actor->name, NULL, 16) == row->other)
		*rule = rule_get(RULE_INTEL_SELF);
	slice_free(&actor->base);
	return ERR_OK;
}

static enum err
check_approval(struct commit_ctx *ctx, const struct approval *a,
    struct row *row, const struct rule **rule, struct err_why *why)
{
	const Pack__Release *policy =
	    packs_release(ctx->site->packs, ctx->now_us);
	const Record__Intel *m = (const Record__Intel *)a->post.body;
	char id[TEXT_UUID_CHARS + 1];
	enum err e;

	*rule = NULL;
	text_uuid_put(id, a->post.record_id);
	e = fold_get(
	    &ctx->fold, ctx->site->evidence, a->post.record_id, row, why);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_OK && row->kind != LEDGER__KIND__INTEL)) {
		*rule = rule_get(RULE_RECORD_UNKNOWN);
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	if (policy == NULL)
		*rule = rule_get(RULE_INTEL_POLICY);
	else if (!a->post.is_signed)
		*rule = rule_get(RULE_SIGNATURE_MISSING);
	else if (m->action != RECORD__INTEL__ACTION__APPROVE ||
	    m->intel_id == NULL || strcmp(m->intel_id, id) != 0)
		*rule = rule_get(RULE_FIELD_MISSING);
	else if (row->state != ROW_OPEN)
		*rule = rule_get(RULE_INTEL_STATE);
	else if (a->post.based_on != row->seq)
		*rule = rule_get(RULE_INTEL_CHANGED);
	if (*rule != NULL)
		return ERR_OK;
	e = check_draft_key(ctx, a, row, rule, why);
	if (e != ERR_OK || *rule != NULL)
		return e;
	return check_releaser(ctx, a, row, policy, rule);
}

/* Each of the first among the second? */
static bool
still_there(const Record__Intel *seen, const Record__Intel *now)
{
	for (size_t i = 0; i < seen->n_companies; i++) {
		bool found = false;

		for (size_t k = 0; k < now->n_companies && !found; k++)
			found =
			    strcmp(seen->companies[i], now->companies[k]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Is this, which the gate makes of the author's words now, what was signed for?
 * More companies than were said then may be its source, never fewer, and no
 * others: those that were said are what later items are counted against. */
static bool
same_item(
    const struct approval *a, const Record__Intel *seen, Record__Intel *now)
{
	char id[TEXT_UUID_CHARS + 1];
	struct hash x, y;

	if (now->k < seen->k || !still_there(seen, now))
		return false;
	text_uuid_put(id, a->post.record_id);
	now->intel_id = mem_strdup(id);
	now->k = seen->k;
	now->expires_at = seen->expires_at;
	intel_digest(seen, &x);
	intel_digest(now, &y);
	return memcmp(x.b, y.b, sizeof x.b) == 0;
}

/* Names may have become known since it was drafted, members may have left,
 * other items may have gone out. */
static enum err
check_again(struct commit_ctx *ctx, struct approval *a,
    const Record__Intel *seen, const struct rule **rule, struct err_why *why)
{
	struct submit_item now = {.item = NULL};
	Record__Intel *author = NULL;
	enum err e = submit_item_event(
	    ctx, ctx->site->evidence, a->post.record_id, 1, &author, why);

	if (e != ERR_OK)
		return e;
	now.author = author;
	e = submit_item_make(ctx, &now, why);
	if (e == ERR_OK)
		*rule = submit_item_rule(&a->op, &now);
	if (e == ERR_OK && *rule == NULL && !same_item(a, seen, now.item))
		*rule = rule_get(RULE_INTEL_CHANGED);
	submit_item_clear(&now);
	slice_free(&author->base);
	return e;
}

/* The item that the node made of the draft, if it is the one that was signed
 * for, and may still leave. */
static enum err
take_item(struct commit_ctx *ctx, struct approval *a, Record__Intel **out,
    const struct rule **rule, struct err_why *why)
{
	const Record__Intel *yes = (const Record__Intel *)a->post.body;
	struct hash digest;
	enum err e = submit_item_event(
	    ctx, ctx->site->evidence, a->post.record_id, 2, out, why);

	if (e == ERR_OK) {
		intel_digest(*out, &digest);
		if (!yes->has_text_digest ||
		    !bytes_equal(
		        bytes_of(yes->text_digest.data, yes->text_digest.len),
		        bytes_of(digest.b, sizeof digest.b)))
			*rule = rule_get(RULE_INTEL_CHANGED);
	}
	if (e == ERR_OK && *rule == NULL)
		e = check_again(ctx, a, *out, rule, why);
	if (e == ERR_NOT_FOUND) {
		*rule = rule_get(RULE_NOT_HELD);
		e = ERR_OK;
	}
	return e;
}

/* The item that it replaces stands no longer, by the same commit. */
static enum err
withdraw_older(
    struct commit_ctx *ctx, const Record__Intel *item, struct err_why *why)
{
	char reason[] = "superseded";
	uint8_t id[16], event_id[16];
	struct log_place place;
	struct submit_withdrawal w = {.id = id,
	    .reason = reason,
	    .superseded_by = item->intel_id,
	    .by_node = true};
	enum err e;

	if (item->supersedes == NULL)
		return ERR_OK;
	e = text_uuid_get(id, bytes_str(item->supersedes), why);
	return e == ERR_OK
	    ? submit_item_withdraw(ctx, &w, &place, event_id, why)
	    : e;
}

/* Others publish it (veil_desk.h): it stands in the evidence alone. */
static enum err
hand_over(struct commit_ctx *ctx, const Record__Intel *draft,
    Record__Intel **out, struct err_why *why)
{
	Record__Intel *was = NULL;
	uint8_t id[16];
	enum err e = ERR_OK;

	if (draft->supersedes != NULL) {
		e = text_uuid_get(id, bytes_str(draft->supersedes), why);
		if (e == ERR_OK)
			e = veil_own_get(ctx, id, &was, why);
	}
	if (e != ERR_OK)
		return e;
	*out = veil_own_make(
	    draft, was != NULL ? was->intel_id : NULL, ctx->now_us);
	if (was != NULL)
		slice_free(&was->base);
	return ERR_OK;
}

/* Is it to come out elsewhere? */
static bool
veiled(const struct commit_ctx *ctx, const Record__Intel *draft)
{
	const Pack__Release *policy =
	    packs_release(ctx->site->packs, ctx->now_us);

	return policy != NULL && policy->veil != NULL && !draft->named;
}

static enum err
append_release(struct commit_ctx *ctx, struct approval *a, uint32_t seq,
    const Record__Intel *draft, struct err_why *why)
{
	const bool unseen = veiled(ctx, draft);
	struct submit_receipt *r = a->op.result->items;
	struct draft_spec spec = submit_post_spec(
	    &a->post, ctx, seq, LEDGER__OUTCOME__APPLIED, NULL);
	Record__Intel *item = NULL;
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(&r[0], &spec, &place);
	if (unseen)
		e = hand_over(ctx, draft, &item, why);
	else
		item = intel_release(draft, ctx->site->name);
	if (e != ERR_OK)
		return e;
	crypto_uuid7(event_id, ctx->now_us);
	spec = (struct draft_spec){
	    .slot = unseen ? ctx->site->evidence : ctx->site->alliance,
	    .kind = LEDGER__KIND__INTEL,
	    .body = &item->base,
	    .record_id = a->post.record_id,
	    .event_id = event_id,
	    .event_seq = unseen ? seq + 1 : 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	slice_free(&item->base);
	if (e != ERR_OK)
		return e;
	submit_op_place(&r[1], &spec, &place);
	r[1].alliance = !unseen;
	return withdraw_older(ctx, draft, why);
}

static enum err
approval_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct approval *a = (struct approval *)cmd;
	const struct rule *rule = NULL;
	Record__Intel *draft = NULL;
	struct row row;
	enum err e;

	e = check_approval(ctx, a, &row, &rule, why);
	if (e == ERR_OK && rule == NULL)
		e = take_item(ctx, a, &draft, &rule, why);
	if (e == ERR_OK && rule != NULL)
		e = submit_op_rule(&a->op, rule, why);
	if (e == ERR_OK && draft != NULL)
		e = append_release(ctx, a, row.seq + 1, draft, why);
	if (draft != NULL)
		slice_free(&draft->base);
	return e;
}

void
submit_intel_approve(const struct submit_to *to, const char *intel_id,
    const Api__EventPost *post)
{
	struct approval *a = submit_op_new(to, sizeof *a, 2);
	struct submit_post_fault fault = {0};
	struct err_why why = {.text = ""};
	enum err e;

	a->op.cmd.run = approval_run;
	a->op.clear = approval_clear;
	a->post.kind = LEDGER__KIND__INTEL;
	e = submit_post_read(&a->post, to->site, intel_id, post, &fault, &why);
	if (e == ERR_OK) {
		submit_op_put(&a->op);
		return;
	}
	a->op.result->rule = fault.rule;
	submit_op_fail(&a->op, e, &why);
}

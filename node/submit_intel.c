/* submit_intel.c - intelligence: drafted by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_intel.h"

#include <assert.h>
#include <stdlib.h>

#include "node/domain/intel.h"
#include "node/submit_post.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* ---- drafting ---- */

struct drafting {
	struct submit_op op;
	struct submit_post post;
};

static void
drafting_clear(struct submit_op *op)
{
	submit_post_clear(&((struct drafting *)op)->post);
}

/* An enrolled person, who drafts under the name of the key. */
static enum err
check_author(struct commit_ctx *ctx, const struct drafting *d, uint64_t area,
    const struct rule **rule)
{
	const Record__Intel *m = (const Record__Intel *)d->post.body;
	char any[] = "any";
	char *role = any;
	Record__Actor *actor = NULL;
	enum err e = ERR_OK;

	*rule = submit_post_signer(&d->post, ctx, &role, 1, area, &e);
	if (e != ERR_OK || *rule != NULL)
		return e;
	e = fold_actor(&ctx->fold, ctx->site->evidence,
	    bytes_of(d->post.key, sizeof d->post.key), &actor, NULL);
	if (e != ERR_OK)
		return e;
	if (actor->name == NULL ||
	    strtoull(actor->name, NULL, 16) !=
	        fold_hash(ctx->fold.mac, FOLD_SUBJECT, m->drafted_by))
		*rule = rule_get(RULE_INTEL_AUTHOR);
	slice_free(&actor->base);
	return ERR_OK;
}

/* The item, when nothing holds it; *rule: what does. */
static enum err
make_item(struct commit_ctx *ctx, struct drafting *d, struct submit_item *m,
    const struct rule **rule, struct err_why *why)
{
	enum err e;

	m->author = (const Record__Intel *)d->post.body;
	m->areas = d->op.areas;
	m->areas_len = d->op.areas_len;
	e = submit_item_make(ctx, m, why);
	if (e == ERR_OK)
		e = check_author(ctx, d, m->area, rule);
	if (e == ERR_OK && *rule == NULL)
		*rule = submit_item_rule(&d->op, m);
	return e;
}

/* What the author signed, then the item that the node makes of it: this is
 * what the second person reads and approves. */
static enum err
append_draft(struct commit_ctx *ctx, struct drafting *d, Record__Intel *item,
    struct err_why *why)
{
	struct draft_spec spec =
	    submit_post_spec(&d->post, ctx, 1, LEDGER__OUTCOME__APPLIED, NULL);
	char id[TEXT_UUID_CHARS + 1];
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	assert(item != NULL);
	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(&d->op.result->items[0], &spec, &place);
	text_uuid_put(id, d->post.record_id);
	item->intel_id = mem_strdup(id);
	crypto_uuid7(event_id, ctx->now_us);
	spec = (struct draft_spec){
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__INTEL,
	    .body = &item->base,
	    .record_id = d->post.record_id,
	    .event_id = event_id,
	    .event_seq = 2,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	return draft_append(ctx, &spec, &place, why);
}

static enum err
drafting_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct drafting *d = (struct drafting *)cmd;
	struct submit_receipt *r = d->op.result->items;
	const struct rule *rule = NULL;
	struct submit_item m = {.item = NULL};
	struct row row;
	enum err e;

	r->duplicate = false;
	e = submit_post_known(&d->post, ctx, r, &rule, why);
	if (e == ERR_OK)
		return rule != NULL ? submit_op_rule(&d->op, rule, why)
		                    : ERR_OK;
	if (e != ERR_NOT_FOUND)
		return e;
	e = fold_get(
	    &ctx->fold, ctx->site->evidence, d->post.record_id, &row, why);
	if (e == ERR_OK)
		return submit_op_rule(
		    &d->op, rule_get(RULE_RECORD_EXISTS), why);
	if (e != ERR_NOT_FOUND)
		return e;
	e = make_item(ctx, d, &m, &rule, why);
	if (e == ERR_OK && rule != NULL)
		e = submit_op_rule(&d->op, rule, why);
	if (e == ERR_OK)
		e = append_draft(ctx, d, m.item, why);
	submit_item_clear(&m);
	return e;
}

void
submit_intel_draft(const struct submit_to *to, const Api__EventPost *post)
{
	struct drafting *d = submit_op_new(to, sizeof *d, 1);
	struct submit_post_fault fault = {0};
	struct err_why why = {.text = ""};
	const Record__Intel *m;
	enum err e;

	d->op.cmd.run = drafting_run;
	d->op.clear = drafting_clear;
	d->post.kind = LEDGER__KIND__INTEL;
	e = submit_post_read(&d->post, to->site, NULL, post, &fault, &why);
	if (e != ERR_OK) {
		d->op.result->rule = fault.rule;
		d->op.result->items[0].path = fault.path;
		submit_op_fail(&d->op, e, &why);
		return;
	}
	m = (const Record__Intel *)d->post.body;
	if (!d->post.is_signed)
		submit_op_refuse(&d->op, RULE_INTEL_UNSIGNED, "signed");
	else if (!intel_author_wrote(m))
		submit_op_refuse(&d->op, RULE_FIELD_RANGE, "signed.message");
	else
		submit_op_put(&d->op);
}

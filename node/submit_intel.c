/* submit_intel.c - intelligence: drafted by one, released by another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/domain/intel.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/submit_op.h"
#include "node/submit_post.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* Every name that a text could give away: members, this node, its areas. */
static void
add_member(void *ctx, const char *name)
{
	intel_words_add_node(ctx, name);
}

static enum err
gather_words(struct commit_ctx *ctx, const Pack__Release *policy,
    struct intel_words *w, struct err_why *why)
{
	struct site *s = ctx->site;
	struct fold_key k = fold_key_slot(s->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	for (size_t i = 0; i < policy->n_words; i++)
		intel_words_add(w, policy->words[i]);
	intel_words_add_node(w, s->name);
	if (s->peers.members != NULL)
		s->peers.members(s->peers.arg, add_member, w);
	fold_key_uint(&k, FOLD_AREA, 1);
	e = store_cursor(ctx->txn, ctx->fold.t->name, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len > k.len &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		char *area = mem_alloc(row.value.len + 1, 1);

		memcpy(area, row.value.ptr, row.value.len);
		intel_words_add(w, area);
		free(area);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
check_texts(struct commit_ctx *ctx, const Pack__Release *policy,
    const Record__Intel *item, const struct rule **rule, struct err_why *why)
{
	struct intel_words words = {0};
	enum err e = gather_words(ctx, policy, &words, why);

	if (e == ERR_OK && !intel_scrub(item, &words))
		*rule = rule_get(RULE_INTEL_IDENTIFIES);
	intel_words_clear(&words);
	return e;
}

/* ---- drafting ---- */

struct drafting {
	struct submit_op op;
	struct submit_post post;
	uint8_t basis[16];
};

static void
drafting_clear(struct submit_op *op)
{
	submit_post_clear(&((struct drafting *)op)->post);
}

static enum err
open_basis(struct commit_ctx *ctx, const struct drafting *d,
    ProtobufCMessage **out, struct row *row, struct err_why *why)
{
	const ProtobufCMessageDescriptor *type;
	enum err e;

	e = fold_get(&ctx->fold, ctx->site->evidence, d->basis, row, why);
	if (e != ERR_OK)
		return e;
	if (row->kind == LEDGER__KIND__ALARM)
		type = &record__alarm__descriptor;
	else if (row->kind == LEDGER__KIND__CASE)
		type = &record__case__descriptor;
	else
		return ERR_NOT_FOUND;
	return submit_op_body(
	    ctx, ctx->site->evidence, row->first, type, out, why);
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

static enum err
make_item(struct commit_ctx *ctx, const struct drafting *d, Record__Intel **out,
    const struct rule **rule, struct err_why *why)
{
	const Pack__Release *policy =
	    packs_release(ctx->site->packs, ctx->now_us);
	const Record__Intel *p = (const Record__Intel *)d->post.body;
	struct intel_texts texts = {p->type, p->tlp, p->title, p->narrative,
	    p->recommended, p->n_recommended};
	struct intel_source source = {0};
	ProtobufCMessage *basis = NULL;
	struct row row = {0};
	enum err e;

	e = open_basis(ctx, d, &basis, &row, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (basis != NULL && basis->descriptor == &record__alarm__descriptor) {
		source.alarm = (const Record__Alarm *)basis;
		source.area = source.alarm->area;
	} else if (basis != NULL) {
		source.basis_case = (const Record__Case *)basis;
		source.area = source.basis_case->area;
	}
	if (basis != NULL)
		source.occurred_us = row.opened_us;
	e = check_author(ctx, d, row.area, rule);
	if (e == ERR_OK && *rule == NULL) {
		if (basis != NULL && !submit_op_area(&d->op, row.area))
			*rule = rule_get(RULE_INTEL_BASIS);
		else
			*rule = intel_draft(policy, &source, &texts, out);
	}
	slice_free(basis);
	if (e != ERR_OK || *rule != NULL)
		return e;
	return check_texts(ctx, policy, *out, rule, why);
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
	Record__Intel *m = NULL;
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
		e = append_draft(ctx, d, m, why);
	if (m != NULL)
		slice_free(&m->base);
	return e;
}

/* Only what an author writes: the rest is the node's to say. */
static bool
author_wrote(const Record__Intel *m)
{
	const char *const node_says[] = {m->intel_id, m->source, m->label,
	    m->month, m->region, m->industry, m->hazard, m->work_type,
	    m->equipment, m->severity, m->potential, m->approved_by,
	    m->policy_version};

	for (size_t i = 0; i < sizeof node_says / sizeof node_says[0]; i++) {
		if (node_says[i] != NULL)
			return false;
	}
	return m->action == RECORD__INTEL__ACTION__DRAFT;
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
	else if (!author_wrote(m))
		submit_op_refuse(&d->op, RULE_FIELD_RANGE, "signed.message");
	else if (m->basis == NULL ||
	    text_uuid_get(d->basis, bytes_str(m->basis), NULL) != ERR_OK)
		submit_op_refuse(&d->op, RULE_INTEL_BASIS, "basis");
	else
		submit_op_put(&d->op);
}

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

static enum err
append_release(struct commit_ctx *ctx, struct approval *a, uint32_t seq,
    const Record__Intel *item, struct err_why *why)
{
	struct submit_receipt *r = a->op.result->items;
	struct draft_spec spec = submit_post_spec(
	    &a->post, ctx, seq, LEDGER__OUTCOME__APPLIED, NULL);
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(&r[0], &spec, &place);
	crypto_uuid7(event_id, ctx->now_us);
	spec = (struct draft_spec){
	    .slot = ctx->site->alliance,
	    .kind = LEDGER__KIND__INTEL,
	    .body = &item->base,
	    .record_id = a->post.record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(&r[1], &spec, &place);
	r[1].alliance = true;
	return ERR_OK;
}

static enum err
approval_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct approval *a = (struct approval *)cmd;
	const struct rule *rule = NULL;
	ProtobufCMessage *draft = NULL;
	Record__Intel *item = NULL;
	const Pack__Release *policy;
	struct row row;
	enum err e;

	e = check_approval(ctx, a, &row, &rule, why);
	if (e == ERR_OK && rule != NULL)
		return submit_op_rule(&a->op, rule, why);
	if (e != ERR_OK)
		return e;
	e = submit_op_body(ctx, ctx->site->evidence, row.last,
	    &record__intel__descriptor, &draft, why);
	if (e == ERR_NOT_FOUND)
		return submit_op_rule(&a->op, rule_get(RULE_NOT_HELD), why);
	if (e != ERR_OK)
		return e;
	policy = packs_release(ctx->site->packs, ctx->now_us);
	item = intel_release(
	    policy, (const Record__Intel *)draft, ctx->site->name);
	/* Again: names may have become known since it was drafted. */
	e = check_texts(ctx, policy, item, &rule, why);
	if (e == ERR_OK && rule != NULL)
		e = submit_op_rule(&a->op, rule, why);
	if (e == ERR_OK)
		e = append_release(ctx, a, row.seq + 1, item, why);
	slice_free(draft);
	slice_free(&item->base);
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

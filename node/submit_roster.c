/* submit_roster.c - decisions about many persons for one work, in one call. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_roster.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

struct roster {
	struct submit_op op;
	Api__RosterPost *asked; /* a copy */
};

static void
roster_clear(struct submit_op *op)
{
	struct roster *r = (struct roster *)op;

	if (r->asked != NULL)
		slice_free(&r->asked->base);
}

static struct decide_question
question_of(const struct roster *r, const struct commit_ctx *ctx)
{
	return (struct decide_question){
	    .work_type = r->asked->work_type,
	    .level = r->asked->level,
	    .area = r->asked->area,
	    .now_us = ctx->now_us,
	    .role = r->asked->role,
	    .company = r->asked->company,
	};
}

static void
keep(struct submit_answer *out, const char *holder,
    const struct decide_answer *a)
{
	out->holder = holder;
	out->result = a->result;
	out->rules = a->reasons;
	out->expires_us = a->expires_us;
	out->credential_id[0] = '\0';
	if (a->used != NULL)
		text_uuid_put(out->credential_id, a->used->id);
}

/* The place is looked at once, each person anew: one ALLOW never rests on what
 * was found of another. */
static enum err
each(struct roster *r, struct commit_ctx *ctx, const struct fold *replica,
    const struct decide_facts *place, struct err_why *why)
{
	struct submit_result *out = r->op.result;
	struct decide_facts *facts = mem_alloc(1, sizeof *facts);
	struct fold from = *replica;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->asked->n_holders && e == ERR_OK; i++) {
		struct decide_question q = question_of(r, ctx);
		struct decide_answer a;
		const struct submit_decided d = {&q, facts, &a};

		q.holder = r->asked->holders[i];
		*facts = *place;
		e = decide_load_person(
		    ctx->site, &ctx->fold, &from, &q, facts, why);
		if (e != ERR_OK)
			break;
		submit_decision_answer(ctx->site, facts, &a);
		e = submit_decision_put(ctx, &from, &d, &out->items[i], why);
		keep(&out->answers[i], q.holder, &a);
	}
	free(facts);
	return e;
}

static enum err
roster_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct roster *r = (struct roster *)cmd;
	struct submit_result *out = r->op.result;
	const struct decide_question q = question_of(r, ctx);
	struct decide_facts *place = mem_alloc(1, sizeof *place);
	struct fold replica = {.txn = NULL};
	enum err e = decide_load_place(ctx->site, &ctx->fold, &q, place, why);

	if (e == ERR_OK)
		e = submit_decision_replica(ctx->site, &replica, why);
	if (e == ERR_OK)
		e = each(r, ctx, &replica, place, why);
	store_abort(replica.txn);
	out->as_of_us = ctx->now_us;
	(void)snprintf(out->pack_version, sizeof out->pack_version, "%s",
	    place->pack_version);
	free(place);
	return e;
}

void
submit_roster(const struct submit_to *to, const Api__RosterPost *post)
{
	size_t n = post->n_holders;
	struct roster *r = submit_op_new(to, sizeof *r, n);
	struct err_why why = {.text = ""};
	ProtobufCMessage *copied = NULL;
	const char *path = NULL;
	struct buf bytes;
	enum err e = ERR_OK;

	r->op.cmd.run = roster_run;
	r->op.cmd.class = COMMIT_BULK;
	r->op.cmd.cost = (unsigned)n;
	r->op.clear = roster_clear;
	r->op.result->answers = mem_alloc(n + 1, sizeof(struct submit_answer));
	buf_init(&bytes, SEAL_MESSAGE_MAX);
	if (n == 0 || n > SUBMIT_ROSTER_MAX)
		e = submit_op_rule(&r->op,
		    rule_get(n == 0 ? RULE_HOLDER_MISSING : RULE_ROSTER_LIMIT),
		    &why);
	if (e == ERR_OK)
		e = submit_op_check(&post->base, &path, &why);
	if (e == ERR_OK)
		e = submit_op_copy(&post->base, &bytes, &copied, &why);
	buf_clear(&bytes);
	r->asked = (Api__RosterPost *)copied;
	if (e != ERR_OK)
		submit_op_fail(&r->op, e, &why);
	else if (!submit_op_area(&r->op,
	             fold_hash(&to->site->index_mac, FOLD_AREA, post->area)))
		submit_op_refuse(&r->op, RULE_AREA_DENIED, "area");
	else
		submit_op_put(&r->op);
}

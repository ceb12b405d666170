/* submit_invited.c - an invitation is used: its row and an entry in one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_invited.h"

#include "node/submit_note.h"
#include "node/token.h"

struct use {
	struct submit_op op;
	const struct submit_invited *asked;
};

static enum err
run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct use *c = (struct use *)cmd;
	const struct submit_invited *u = c->asked;
	struct submit_note n = {
	    .action = "alliance.invited", .detail = u->detail, .operator_ = ""};
	enum err e;

	memcpy(n.record_id, u->secret->b, sizeof n.record_id);
	e = submit_note_new(ctx, &n, why);
	if (e == ERR_OK)
		e = submit_note_append(
		    ctx, &n, NULL, &c->op.result->items[0], why);
	if (e == ERR_OK)
		e = token_use(
		    u->book, ctx->txn, u->id, u->card, ctx->now_us, why);
	if (e == ERR_OK)
		ctx->writes++;
	return e;
}

void
submit_invited(const struct submit_to *to, const struct submit_invited *u)
{
	struct use *c = submit_op_new(to, sizeof *c, 1);

	c->op.cmd.run = run;
	c->asked = u;
	submit_op_put(&c->op);
}

/* submit_finding.c - an alarm of the node about itself or the members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_finding.h"

#include <stdlib.h>

#include "node/journal.h"
#include "node/submit_own.h"
#include "proto/mem.h"

struct finding {
	struct submit_op op;
	uint8_t id[16];
	char *title;
	char *detail;
	uint32_t level;
};

static void
clear(struct submit_op *op)
{
	struct finding *f = (struct finding *)op;

	free(f->title);
	free(f->detail);
}

static enum err
run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	const struct finding *f = (const struct finding *)cmd;
	const struct submit_own a = {.source = "alliance",
	    .kind = "system",
	    .title = f->title,
	    .detail = f->detail,
	    .code = "L-00",
	    .level = f->level,
	    .at_us = ctx->now_us};

	return submit_own(ctx, f->id, &a, why);
}

static void
done(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK)
		journal_warn("FINDING", "not recorded: %s", r->why.text);
	submit_result_free(r);
}

void
submit_finding(struct site *s, const struct submit_finding *f)
{
	static const struct submit_who node = {
	    .subject = "node", .role = "node"};
	const struct submit_to to = {.site = s, .who = &node, .done = done};
	struct finding *c = submit_op_new(&to, sizeof *c, 0);

	submit_own_id(c->id, f->key);
	c->title = mem_strdup(f->title);
	c->detail = mem_strdup(f->detail);
	c->level = f->level;
	c->op.cmd.run = run;
	c->op.cmd.cost = 1;
	c->op.clear = clear;
	submit_op_put(&c->op);
}

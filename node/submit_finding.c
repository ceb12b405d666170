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
	const char *source;
	char *title;
	char *detail;
	uint32_t level;
	void (*done)(void *arg);
	void *arg;
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
	const struct submit_own a = {.source = f->source,
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
	const struct finding *f = arg;
	void (*told)(void *arg) = f->done;
	void *whom = f->arg;

	if (r->error != ERR_OK)
		journal_warn("FINDING", "not recorded: %s", r->why.text);
	submit_result_free(r); /* and f with it */
	if (told != NULL)
		told(whom);
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
	c->source = f->source;
	c->level = f->level;
	c->done = f->done;
	c->arg = f->arg;
	c->op.arg = c;
	c->op.cmd.run = run;
	c->op.cmd.cost = 1;
	c->op.clear = clear;
	submit_op_put(&c->op);
}

enum err
submit_finding_said(
    bool *out, struct site *s, const char *key, struct err_why *why)
{
	struct fold f = {
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	uint8_t id[16];
	struct row row;
	enum err e = store_read(s->own.store, &f.txn, why);

	submit_own_id(id, key);
	if (e == ERR_OK)
		e = fold_get(&f, s->evidence, id, &row, why);
	store_abort(f.txn);
	*out = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

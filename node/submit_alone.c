/* submit_alone.c - what failed for all permits is done for each. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_alone.h"

#include <stdatomic.h>
#include <stdio.h>

#include "node/journal.h"
#include "node/submit_damage.h"
#include "proto/text.h"

/* All of them; its op ends with the last.  `left` counts who still is to
 * answer, on whatever thread. */
struct all {
	struct submit_op op;
	const struct submit_alone *how;
	_Atomic size_t left;
	_Atomic int first; /* enum err: of those that failed */
	_Atomic int later; /* enum err: of those that may succeed yet */
};

struct one {
	struct submit_op op;
	struct all *all;
	struct submit_alone_of of;
};

static const struct submit_who node = {.subject = "node", .role = "node"};

static bool
of_the_node(enum err e)
{
	return e == ERR_OK || e == ERR_BUSY || e == ERR_TIMEOUT ||
	    e == ERR_FULL;
}

bool
submit_alone_may(const struct submit_result *r)
{
	return !of_the_node(r->error);
}

static void
leave(struct all *a)
{
	struct err_why why = {.text = ""};
	enum err e;

	if (atomic_fetch_sub(&a->left, 1) > 1)
		return;
	e = (enum err)atomic_load(&a->later);
	if (e == ERR_OK)
		e = (enum err)atomic_load(&a->first);
	(void)snprintf(why.text, sizeof why.text, "%s", err_text(e));
	atomic_fetch_and(&a->op.site->alone, ~a->how->bit);
	submit_op_fail(&a->op, e, &why);
}

/* ---- people are called ---- */

static enum err
tell_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	const struct one *x = (const struct one *)cmd;

	return submit_damage(ctx, x->of.id, x->of.area, why);
}

static void
told(void *arg, struct submit_result *r)
{
	if (r->error != ERR_OK)
		journal_error("PERMIT-ODD", "nobody was told: %s", r->why.text);
	submit_result_free(r);
	leave(arg);
}

/* Takes the place of the one that failed in `left`. */
static void
tell(struct all *a, const struct submit_alone_of *of)
{
	const struct submit_to to = {
	    .site = a->op.site, .who = &node, .done = told, .arg = a};
	struct one *x = submit_op_new(&to, sizeof *x, 1);

	x->op.cmd.run = tell_run;
	x->of = *of;
	submit_op_put(&x->op);
}

/* ---- one ---- */

static enum err
one_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	const struct one *x = (const struct one *)cmd;

	return x->all->how->look(ctx, &x->of, why);
}

static void
one_done(void *arg, struct submit_result *r)
{
	struct all *a = arg;
	const struct submit_alone_of of = ((struct one *)r->rest)->of;
	const enum err e = r->error;
	char uuid[TEXT_UUID_CHARS + 1];
	int none = ERR_OK;

	text_uuid_put(uuid, of.id);
	if (e != ERR_OK)
		journal_error("PERMIT-ODD",
		    "permit=%s cannot be looked at, stop its work by hand: %s",
		    uuid, r->why.text);
	submit_result_free(r);
	if (e != ERR_OK)
		atomic_compare_exchange_strong(
		    of_the_node(e) ? &a->later : &a->first, &none, (int)e);
	if (of_the_node(e) || atomic_load(&a->op.site->halted))
		leave(a);
	else
		tell(a, &of);
}

void
submit_alone(const struct submit_to *to, const struct submit_alone *how,
    const struct submit_alone_of *at, size_t len)
{
	struct all *a = submit_op_new(to, sizeof *a, 0);
	const struct submit_to mine = {
	    .site = to->site, .who = &node, .done = one_done, .arg = a};
	struct err_why why = {.text = ""};

	if ((atomic_fetch_or(&to->site->alone, how->bit) & how->bit) != 0) {
		submit_op_fail(&a->op, ERR_BUSY, &why);
		return;
	}
	a->how = how;
	atomic_store(&a->first, ERR_OK);
	atomic_store(&a->later, ERR_OK);
	atomic_store(&a->left, len + 1);
	for (size_t i = 0; i < len; i++) {
		struct one *x = submit_op_new(&mine, sizeof *x, 1);

		x->op.cmd.run = one_run;
		x->op.cmd.class = how->class;
		x->all = a;
		x->of = at[i];
		submit_op_put(&x->op);
	}
	leave(a);
}

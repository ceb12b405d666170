/* timekeep.c - what the logs are told about this machine's clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/timekeep.h"

#include "ledger/log.h"
#include "node/commit.h"
#include "node/journal.h"
#include "node/service.h"
#include "node/site.h"
#include "node/submit.h"
#include "proto/clock.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* The book belongs to the committer: it is told by a command. */
struct clock_cmd {
	struct commit_cmd cmd; /* first: the committer knows only this */
	bool admit; /* once, however often the command runs */
	bool synchronised;
	uint32_t error_ms;
};

static enum err
run_clock(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct clock_cmd *c = (struct clock_cmd *)cmd;
	struct log_book *book = ctx->site->own.book;

	(void)why;
	log_clock_quality(book,
	    c->synchronised ? LEDGER__CLOCK_SOURCE__CLOCK_SYNCHRONISED
	                    : LEDGER__CLOCK_SOURCE__CLOCK_SYSTEM,
	    c->error_ms);
	if (c->admit)
		log_admit_jump(book);
	c->admit = false;
	return ERR_OK;
}

static void
clock_told(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	(void)heads;
	if (e != ERR_OK)
		journal_warn("NODE-CLOCK", "not told: %s", why->text);
	free(cmd);
}

static enum err
tell(struct service *s, bool admit, bool *synchronised, struct err_why *why)
{
	struct clock_cmd *c = mem_alloc(1, sizeof *c);

	clock_synchronised(&c->synchronised, &c->error_ms);
	*synchronised = c->synchronised;
	c->admit = admit;
	c->cmd.run = run_clock;
	c->cmd.done = clock_told;
	c->cmd.cost = 1;
	enum err e = commit_put(s->site->commit, &c->cmd, why);
	if (e != ERR_OK)
		free(c);
	return e;
}

enum err
timekeep_start(struct service *s, const char *program, struct err_why *why)
{
	Record__Admin a = RECORD__ADMIN__INIT;
	struct submit_who who = {.subject = "node", .role = "node"};
	char action[] = "start";
	char detail[160];
	bool synchronised = false;
	enum err e = tell(s, true, &synchronised, why);

	if (e != ERR_OK)
		return e;
	(void)snprintf(detail, sizeof detail,
	    "%s " SERVICE_VERSION "; clock %s; recorded time follows it",
	    program, synchronised ? "synchronised" : "not synchronised");
	a.action = action;
	a.detail = detail;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = {
	    .site = s->site, .who = &who, .done = submit_wait_done, .arg = w};
	submit_admin(&to, &a);
	struct submit_result *r = submit_wait_for(w);
	e = r->error;
	if (e != ERR_OK && why != NULL)
		*why = r->why;
	submit_result_free(r);
	return e;
}

void
timekeep_tick(struct service *s)
{
	bool synchronised;
	struct err_why why = {.text = ""};

	if (tell(s, false, &synchronised, &why) != ERR_OK)
		journal_debug("NODE-CLOCK", "not told: %s", why.text);
}

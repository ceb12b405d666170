/* pack_adopt.c - files in DIR/packs that are in force, put in the ledger. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_adopt.h"

#include <stdlib.h>

#include "node/journal.h"
#include "node/pack_entry.h"
#include "node/submit_op.h"
#include "proto/mem.h"

/* By its date alone, now or once that has come. */
static bool
is_alone(
    const struct packs *p, size_t i, const struct packs_fact *f, int64_t now_us)
{
	return !f->built_in && f->active_us == 0 &&
	    packs_in_force(
	        p, i, f->effective_us > now_us ? f->effective_us : now_us);
}

static bool
any_alone(const struct packs *p, int64_t now_us)
{
	struct packs_fact f;

	for (size_t i = 0; packs_at(p, i, &f) != NULL; i++) {
		if (is_alone(p, i, &f, now_us))
			return true;
	}
	return false;
}

struct adoption {
	struct submit_op op;
	struct packs *grown; /* of the last run */
	size_t entered; /* in it */
	submit_done done; /* the caller's */
	void *arg;
};

static enum err
enter(struct commit_ctx *ctx, const struct packs_fact *fact,
    struct log_place *place, struct err_why *why)
{
	char file[] = PACK_ENTRY_FILE;
	struct pack_entry entry;
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ADMIN,
	    .body = &entry.msg.base,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};

	pack_entry_make(&entry, fact, file);
	crypto_uuid7(record_id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	return draft_append(ctx, &spec, place, why);
}

static enum err
adoption_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct adoption *a = (struct adoption *)cmd;
	const struct packs *now = ctx->site->packs;
	struct packs_fact fact;
	struct log_place place;
	enum err e = ERR_OK;

	packs_ungrow(a->grown);
	a->grown = packs_grow(ctx->site->packs);
	a->entered = 0;
	for (size_t i = 0; e == ERR_OK && packs_at(now, i, &fact) != NULL;
	     i++) {
		if (!is_alone(now, i, &fact, ctx->now_us))
			continue;
		e = enter(ctx, &fact, &place, why);
		if (e != ERR_OK)
			break;
		/* As the entry says it at the next start. */
		(void)packs_activate(
		    a->grown, fact.name, &fact.digest, place.recorded_us);
		packs_by_file(a->grown, fact.name);
		a->entered++;
	}
	return e;
}

/* On the committer's thread, after the commit: nothing else swaps packs. */
static void
adopted(void *arg, struct submit_result *r)
{
	struct adoption *a = arg;
	struct site *s = a->op.site;
	struct packs_fact was;
	struct packs_fact is;

	/* None: another turn was first. */
	if (r->error != ERR_OK || a->entered == 0) {
		packs_ungrow(a->grown);
	} else {
		for (size_t i = 0; packs_at(s->packs, i, &was) != NULL; i++) {
			(void)packs_at(a->grown, i, &is);
			if (was.active_us == 0 && is.active_us != 0)
				journal_warn("PACK-ENTERED",
				    "%s was in force by its file alone and is "
				    "in the ledger now; nobody activated it",
				    is.name);
		}
		s->packs = a->grown;
	}
	a->done(a->arg, r);
}

bool
pack_adopt(const struct submit_to *to)
{
	struct adoption *a;

	if (!any_alone(to->site->packs, site_now(to->site)))
		return false;
	a = submit_op_new(to, sizeof *a, 0);
	a->op.cmd.run = adoption_run;
	/* Alone in its transaction: two in one would grow from the same set. */
	a->op.cmd.cost = COMMIT_BATCH_MAX;
	a->done = to->done;
	a->arg = to->arg;
	a->op.done = adopted;
	a->op.arg = a;
	submit_op_put(&a->op);
	return true;
}

/* proved.c - what checkpoints by our own keys, held by others, prove. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/proved.h"

#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/commit.h"
#include "node/incarnation.h"
#include "node/journal.h"
#include "node/site_keys.h"
#include "proto/mem.h"

static const char old_copy[] =
    "members hold more of an own log than this directory knew of, or another "
    "history: it is an old copy";

/* ---- comparing ---- */

static enum err
look(struct site *s, struct store_txn *txn, const char *origin,
    const struct tree_head *head, enum proved_word *out, struct err_why *why)
{
	struct log_nodes nodes = {.book = s->own.book, .txn = txn};
	struct log_state *st = mem_alloc(1, sizeof *st);
	bool same = true;
	enum err e = log_slot(s->own.book, txn, origin, &nodes.slot, why);

	if (e == ERR_OK)
		e = log_state(s->own.book, txn, nodes.slot, st, why);
	if (e == ERR_OK && head->size > st->frontier.size)
		*out = PROVED_MORE;
	else if (e == ERR_OK)
		e = log_had_root(&nodes, head, &same, why);
	if (e == ERR_OK && !same)
		*out = PROVED_OTHER;
	free(st);
	return e;
}

enum err
proved_look(struct site *s, const char *origin, const struct tree_head *head,
    enum proved_word *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, why);

	*out = PROVED_HELD;
	if (e == ERR_OK)
		e = look(s, txn, origin, head, out, why);
	store_abort(txn);
	return e;
}

/* ---- keeping ---- */

/* The checkpoint that is kept of a generation.  ERR_NOT_FOUND. */
static enum err
kept(struct site *s, enum site_kind kind, uint32_t number,
    struct note_checkpoint *out, struct err_why *why)
{
	struct note_vkey key;
	struct buf note;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	e = site_keys_ahead(&note, s, kind, number, why);
	if (e == ERR_OK)
		e = site_logs_vkey(s, kind, number, &key, why);
	if (e == ERR_OK)
		e = note_checkpoint_open(out, buf_view(&note), &key, why);
	buf_clear(&note);
	return e;
}

/* What cannot be compared counts as more. */
static enum proved_word
weigh(struct site *s, const struct note_checkpoint *c)
{
	enum proved_word word;

	return proved_look(s, c->origin, &c->head, &word, NULL) == ERR_OK
	    ? word
	    : PROVED_MORE;
}

void
proved_keep(struct site *s, const struct note_checkpoint *c, struct bytes note)
{
	const enum proved_word word = weigh(s, c);
	struct note_checkpoint had;
	enum proved_word was;
	struct generation g;
	enum site_kind kind;
	struct err_why why;

	if (word == PROVED_HELD ||
	    generation_get(&g, c->origin, NULL) != ERR_OK)
		return;
	kind = strcmp(g.kind, "alliance") == 0 ? SITE_ALLIANCE : SITE_EVIDENCE;
	if (kept(s, kind, g.number, &had, NULL) == ERR_OK) {
		was = weigh(s, &had);
		if (was > word ||
		    (was == word && had.head.size >= c->head.size))
			return;
	}
	if (site_keys_ahead_put(s, kind, g.number, note, &why) != ERR_OK)
		journal_error("NODE-AHEAD-NOT-KEPT", "%s", why.text);
}

/* ---- at the start ---- */

static enum err
open_log(struct site *s, enum site_kind kind, struct err_why *why)
{
	const struct site_log_now *now = site_log(s, kind);
	struct incarnation_log *l = &s->incarnation->log[kind];
	struct note_checkpoint c;
	struct tree_head closed;
	enum proved_word word;
	enum err e = kept(s, kind, now->number, &c, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return err_wrap(why, e, "keys/%s-%u.ahead",
		    site_kind_text(kind), now->number);
	e = proved_look(s, now->key.name, &c.head, &word, why);
	if (e != ERR_OK || word == PROVED_HELD)
		return e;
	l->other = word == PROVED_OTHER;
	l->proved = c.head.size;
	s->doubt |= 1u << kind;
	/* A clean stop that knew of as much says that only own/ is old. */
	if (!l->other && incarnation_closed(s, kind, &closed) &&
	    c.head.size <= closed.size)
		return ERR_OK;
	l->left = INCARNATION_LOST;
	s->witness_lost = old_copy;
	return ERR_OK;
}

enum err
proved_open(struct site *s, struct err_why *why)
{
	enum err e = ERR_OK;

	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		e = open_log(s, (enum site_kind)k, why);
	return e;
}

/* ---- the witness key ---- */

enum err
proved_retire_now(struct site *s, const char *reason, struct err_why *why)
{
	enum err e = site_keys_retire_witness(s, why);

	if (e == ERR_OK && reason != NULL)
		journal_error("NODE-WITNESS-RETIRED",
		    "%s, so it is not known what was cosigned: the witness key "
		    "is destroyed and nothing is cosigned; a new key comes "
		    "by lianfang alliance propose keys witness",
		    reason);
	return e;
}

static void
retire_task(void *arg)
{
	struct site *s = arg;
	struct err_why why = {.text = ""};

	if (proved_retire_now(s, old_copy, &why) != ERR_OK)
		journal_error("NODE-WITNESS-NOT-DESTROYED",
		    "nothing is cosigned; destroyed at the next start: %s",
		    why.text);
}

void
proved_retire(struct site *s)
{
	if (!atomic_exchange(&s->witness_retired, true))
		commit_between(s->commit, retire_task, s);
}

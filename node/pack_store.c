/* pack_store.c - rule packs and what the ledger says of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/journal.h"
#include "node/pack_entry.h"
#include "node/pack_keep.h"
#include "node/pack_notes.h"
#include "node/pack_recall.h"
#include "node/packs_file.h"
#include "node/site.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"

static void
refused(void *arg, const struct err_why *why)
{
	pack_notes_add(arg, why);
}

enum err
pack_store_recall(struct site *s, struct err_why *why)
{
	struct packs *grown = packs_grow(s->packs);
	struct pack_notes *notes = NULL;
	char dir[SITE_PATH_MAX + 16];
	const char *name;
	enum err e;

	pack_recall(s, grown, &notes);
	pack_keep_clear(s->dir);
	(void)snprintf(dir, sizeof dir, "%s/packs", s->dir);
	e = packs_file_add(grown, dir, refused, &notes, why);
	for (size_t i = 0; (name = packs_absent(grown, i)) != NULL; i++)
		journal_error("PACK-ABSENT",
		    "%s was activated and its text is not here: what goes by "
		    "it is refused",
		    name);
	/* Whoever reads the set that was there goes on reading it. */
	s->packs = grown;
	atomic_store(&s->pack_notes, notes);
	return e;
}

void
pack_store_time_reset(struct site *s, int64_t from_us, int64_t to_us)
{
	struct packs *grown = packs_grow(s->packs);

	packs_time_reset(grown, from_us, to_us);
	s->packs = grown;
}

/* ---- activation ---- */

struct activation {
	struct submit_op op;
	char *name; /* of a version that is here; NULL: text */
	char *text;
	char *operator_;
	struct pack_keep keep; /* the text, durable */
	struct packs *grown; /* of the last run */
	submit_done done; /* the caller's */
	void *arg;
};

static void
activation_clear(struct submit_op *op)
{
	struct activation *a = (struct activation *)op;

	free(a->name);
	free(a->text);
	free(a->operator_);
}

/* The version that is to be activated, in the grown set. */
static enum err
find(struct activation *a, struct packs_fact *fact, struct err_why *why)
{
	for (size_t i = 0; packs_at(a->grown, i, fact) != NULL; i++) {
		if (strcmp(fact->name, a->name) == 0)
			return ERR_OK;
	}
	return err_fail(why, ERR_NOT_FOUND,
	    "%.80s: no such version here; lianfang pack list shows all",
	    a->name);
}

static enum err
activation_run(
    struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct activation *a = (struct activation *)cmd;
	struct site *s = ctx->site;
	struct pack_entry entry;
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct packs_fact fact;
	struct log_place place;
	enum err e = ERR_OK;

	packs_ungrow(a->grown);
	a->grown = packs_grow(s->packs);
	if (a->text != NULL)
		e = packs_add(a->grown, a->name, bytes_str(a->text), why);
	if (e == ERR_OK)
		e = find(a, &fact, why);
	if (e == ERR_OK)
		e = packs_judge(a->grown, fact.name, why);
	if (e != ERR_OK)
		return e;
	pack_entry_make(&entry, &fact, a->operator_);
	crypto_uuid7(record_id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = s->evidence,
	    .kind = LEDGER__KIND__ADMIN,
	    .body = &entry.msg.base,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK) {
		/* As the entry says it at the next start. */
		(void)packs_activate(
		    a->grown, fact.name, &fact.digest, place.recorded_us);
		submit_op_place(&a->op.result->items[0], &spec, &place);
	}
	return e;
}

/* On the committer's thread, after the commit: nothing else swaps packs. */
static void
activated(void *arg, struct submit_result *r)
{
	struct activation *a = arg;
	struct site *s = a->op.site;

	if (r->error != ERR_OK) {
		packs_ungrow(a->grown);
		pack_keep_drop(&a->keep);
		a->done(a->arg, r);
		return;
	}
	pack_keep_done(&a->keep);
	s->packs = a->grown;
	a->done(a->arg, r);
}

/* Checked whole before anything is queued or written. */
static enum err
prepare(struct activation *a, const Api__PackPost *post, struct err_why *why)
{
	struct packs *trial = NULL;
	struct packs_fact fact;
	enum err e;

	if ((post->name != NULL) == (post->text != NULL))
		return err_fail(why, ERR_MALFORMED,
		    "$.text: give either the text of a pack or the name of a "
		    "version");
	if (post->text == NULL) {
		a->name = mem_strdup(post->name);
		return ERR_OK;
	}
	if (strlen(post->text) > PACK_STORE_TEXT_MAX)
		return err_fail(why, ERR_LIMIT, "$.text: too big");
	trial = packs_new();
	e = packs_add(trial, "$.text", bytes_str(post->text), why);
	if (e == ERR_OK) {
		(void)packs_at(trial, 0, &fact);
		if (!pack_keep_name(fact.name))
			e = err_fail(why, ERR_MALFORMED,
			    "%.80s: letters, digits, . - _ only", fact.name);
	}
	packs_free(trial);
	if (e != ERR_OK)
		return e;
	a->name = mem_strdup(fact.name);
	a->text = mem_strdup(post->text);
	return pack_keep_begin(
	    &a->keep, a->op.site->dir, a->name, bytes_str(post->text), why);
}

void
pack_store_activate(const struct submit_to *to, const Api__PackPost *post)
{
	struct activation *a = submit_op_new(to, sizeof *a, 1);
	struct err_why why = {.text = ""};
	enum err e;

	a->op.cmd.run = activation_run;
	/* Alone in its transaction: two in one would grow from the same set. */
	a->op.cmd.cost = COMMIT_BATCH_MAX;
	a->op.clear = activation_clear;
	a->done = to->done;
	a->arg = to->arg;
	a->op.done = activated;
	a->op.arg = a;
	a->operator_ = mem_strdup(to->who != NULL && to->who->subject != NULL
	        ? to->who->subject
	        : "node");
	e = prepare(a, post, &why);
	if (e == ERR_OK)
		submit_op_put(&a->op);
	else
		submit_op_fail(&a->op, e, &why);
}

/* ---- looking ---- */

static void
describe(Api__PackView *v, const struct packs *p, size_t i,
    const struct packs_fact *fact, int64_t now_us)
{
	struct packs_fact same;
	const Pack__Work *w = packs_at(p, i, &same)->work;
	const char *whole = packs_whole(p, i);
	char hex[PACK_ENTRY_HEX + 1];

	pack_entry_hex(hex, &fact->digest);
	v->name = mem_strdup(fact->name);
	v->digest = mem_strdup(hex);
	v->has_activated_at = fact->active_us != 0;
	v->activated_at = fact->active_us;
	v->has_in_force = true;
	v->in_force = packs_in_force(p, i, now_us);
	if (v->in_force && whole != NULL)
		v->thinner_than = mem_strdup(whole);
	v->has_effective_at = true;
	v->effective_at = fact->effective_us;
	v->looser = mem_strdup_given(fact->looser);
	if (w == NULL)
		return;
	v->title = w->title != NULL ? mem_strdup(w->title) : NULL;
	v->title_zh = w->title_zh != NULL ? mem_strdup(w->title_zh) : NULL;
	v->standard = w->standard != NULL ? mem_strdup(w->standard) : NULL;
}

/* A copy: the answer outlives the lock-free look at the set. */
static Pack__Pack *
copy_of(const Pack__Pack *pack)
{
	ProtobufCMessage *out = NULL;
	struct buf b;

	buf_init(&b, PACK_STORE_TEXT_MAX * 2);
	slice_pack(&b, &pack->base);
	if (buf_ok(&b, NULL) != ERR_OK ||
	    slice_unpack(&out, &pack__pack__descriptor, buf_view(&b), NULL) !=
	        ERR_OK)
		out = NULL;
	buf_clear(&b);
	return (Pack__Pack *)out;
}

enum err
pack_store_list(
    struct site *s, const char *name, Api__Packs **out, struct err_why *why)
{
	const struct packs *p = s->packs;
	Api__Packs *all = mem_alloc(1, sizeof *all);
	const Pack__Pack *pack;
	struct packs_fact fact;

	api__packs__init(all);
	all->items = mem_alloc(PACKS_MAX, sizeof *all->items);
	for (size_t i = 0; (pack = packs_at(p, i, &fact)) != NULL; i++) {
		Api__PackView *v;

		if (name != NULL && strcmp(fact.name, name) != 0)
			continue;
		v = mem_alloc(1, sizeof *v);
		api__pack_view__init(v);
		describe(v, p, i, &fact, site_now(s));
		if (name != NULL)
			v->pack = copy_of(pack);
		all->items[all->n_items++] = v;
	}
	*out = all;
	if (name == NULL || all->n_items > 0)
		return ERR_OK;
	api__packs__free_unpacked(all, NULL);
	*out = NULL;
	return err_fail(why, ERR_NOT_FOUND,
	    "%.80s: no such version here; lianfang pack list shows all", name);
}

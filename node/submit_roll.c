/* submit_roll.c - opening the next generation of an own log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_roll.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/fold_ids.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define REASON_MAX 1024

struct roll {
	struct submit_op op;
	enum site_kind kind;
	bool loss;
	char origin[NOTE_NAME_MAX + 1];
	char *reason;
	struct buf known;
	char by[64];
};

/* One attempt, inside the transaction. */
struct turn {
	struct commit_ctx *ctx;
	struct roll *roll;
	const struct site_log_now *was;
	struct site_log_now *now; /* in ctx->next */
	struct note_checkpoint known; /* origin "": none */
};

static void
roll_clear(struct submit_op *op)
{
	struct roll *r = (struct roll *)op;

	buf_clear(&r->known);
	free(r->reason);
}

/* A checkpoint of our own key that our tree does not lead to: this is a copy
 * that went on beside another.  Closing it would make that look settled, and
 * members that hold the other history could never follow. */
static enum err
check_one_history(
    struct turn *t, const struct note_checkpoint *c, struct err_why *why)
{
	struct log_nodes nodes = {.book = t->ctx->site->own.book,
	    .txn = t->ctx->txn,
	    .slot = t->was->slot};
	bool same = true;
	enum err e = log_had_root(&nodes, &c->head, &same, why);

	if (e != ERR_OK || same)
		return e;
	return err_fail(why, ERR_CONFLICT,
	    "%s signed two trees of size %llu: this is a restored copy, and "
	    "others hold the other history; put back the newest copy there is",
	    t->was->key.name, (unsigned long long)c->head.size);
}

/* Takes over a checkpoint that says more than is held here. */
static enum err
take_known(
    struct turn *t, uint64_t held, struct bytes note, struct err_why *why)
{
	struct note_checkpoint c;
	enum err e = note_checkpoint_open(&c, note, &t->was->key, why);

	if (e != ERR_OK)
		return err_wrap(why, e, "checkpoint");
	if (c.head.size <= held) {
		e = check_one_history(t, &c, why);
		if (e != ERR_OK)
			return e;
	}
	if (t->known.origin[0] == '\0' || c.head.size > t->known.head.size)
		t->known = c;
	return ERR_OK;
}

/* The most that anybody is known to hold of the log, when it is more than we
 * do. */
static enum err
find_known(struct turn *t, struct err_why *why)
{
	struct site *s = t->ctx->site;
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct buf ahead;
	uint64_t size = 0;
	enum err e;

	buf_init(&ahead, NOTE_BYTES_MAX);
	e = log_state(s->own.book, t->ctx->txn, t->was->slot, st, why);
	size = st->frontier.size;
	free(st);
	if (e == ERR_OK && t->roll->known.len > 0)
		e = take_known(t, size, buf_view(&t->roll->known), why);
	if (e != ERR_OK)
		goto out;
	e = site_keys_ahead(&ahead, s, t->roll->kind, t->was->number, why);
	if (e == ERR_OK)
		e = take_known(t, size, buf_view(&ahead), why);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e != ERR_OK)
		goto out;
	if (t->known.head.size < size)
		t->known.origin[0] = '\0';
	else if (t->known.origin[0] != '\0' && !t->roll->loss &&
	    t->known.head.size > size)
		e = err_fail(why, ERR_CONFLICT,
		    "%s: %llu entries were signed and %llu are held here; "
		    "fetch the rest, or admit the loss",
		    t->was->key.name, (unsigned long long)t->known.head.size,
		    (unsigned long long)size);
out:
	buf_clear(&ahead);
	return e;
}

/* An entry of the node's own on the evidence log, as that now is. */
static enum err
append_admin(struct turn *t, struct submit_receipt *out, struct err_why *why)
{
	Record__Admin m = RECORD__ADMIN__INIT;
	char action[] = "log-roll";
	char loss[] = "admit-loss";
	char detail[REASON_MAX + NOTE_NAME_MAX + 64];
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	m.action = t->roll->loss ? loss : action;
	(void)snprintf(detail, sizeof detail, "%s is closed: %s",
	    t->was->key.name, t->roll->reason);
	m.detail = detail;
	m.operator_ = t->roll->by[0] != '\0' ? t->roll->by : NULL;
	crypto_uuid7(record_id, t->ctx->now_us);
	crypto_uuid7(event_id, t->ctx->now_us);
	struct draft_spec spec = {
	    .slot = t->ctx->site->evidence,
	    .kind = LEDGER__KIND__ADMIN,
	    .body = &m.base,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(t->ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(out, &spec, &place);
	return e;
}

/* The note that members and readers go by; its file is there before the
 * commit, so that no generation is ever without it. */
static enum err
write_succession(
    struct turn *t, const Record__LogStart *start, struct err_why *why)
{
	struct site *s = t->ctx->site;
	struct succession x = {.before = t->was->key,
	    .after = t->now->key,
	    .size = start->size,
	    .held = start->held};
	struct buf note;
	enum err e;

	memcpy(x.root.b, start->root.data, HASH_BYTES);
	buf_init(&note, SUCCESSION_BYTES_MAX);
	e = succession_sign(&note, &x, &site_keys(s)->identity, why);
	if (e == ERR_OK)
		e = site_keys_succession_put(
		    s, t->roll->kind, t->now->number, buf_view(&note), why);
	buf_clear(&note);
	return e;
}

/* Key, slot and LOG_START of the next generation. */
static enum err
open_next(struct turn *t, struct submit_receipt *out, struct err_why *why)
{
	struct site *s = t->ctx->site;
	struct generation_plan plan = {.origin = t->now->key.name,
	    .predecessor = t->was->key.name,
	    .reason = t->roll->reason,
	    .known = t->known.origin[0] != '\0' ? &t->known : NULL,
	    .loss = t->roll->loss};
	struct draft_spec spec = {
	    .slot = t->was->line,
	    .kind = LEDGER__KIND__LOG_START,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	ProtobufCMessage *body = NULL;
	struct crypto_signer key;
	struct log_place place;
	enum err e;

	e = site_keys_discard(s, t->roll->kind, t->now->number, why);
	if (e == ERR_OK)
		e = site_keys_log_make(
		    &key, s->dir, s->name, t->roll->kind, t->now->number, why);
	if (e == ERR_OK)
		e = note_vkey_make(&t->now->key, t->now->key.name,
		    NOTE_TYPE_ED25519, key.pub, why);
	if (e == ERR_OK)
		e = site_logs_start(&body, s, t->ctx->txn, &plan, why);
	if (e == ERR_OK)
		e = write_succession(t, (const Record__LogStart *)body, why);
	if (e == ERR_OK)
		e = log_slot_add(s->own.book, t->ctx->txn, t->now->key.name,
		    &t->now->slot, why);
	if (e == ERR_OK) {
		log_key(s->own.book, t->now->slot, &key);
		t->ctx->logs = t->ctx->next;
		t->ctx->unsure &= ~(1u << t->roll->kind);
		spec.body = body;
		e = draft_append(t->ctx, &spec, &place, why);
	}
	if (e == ERR_OK)
		submit_op_place(out, &spec, &place);
	out->alliance = t->roll->kind == SITE_ALLIANCE;
	crypto_wipe(&key, sizeof key);
	slice_free(body);
	return e;
}

/* ---- what goes with it ---- */

/* Says again, in the new generation, whose key it is, so that what is signed
 * there can be checked without the old one. */
static enum err
carry_actor(struct commit_ctx *ctx, const uint8_t id[static 16],
    const char *from, struct err_why *why)
{
	Record__Annex annex = RECORD__ANNEX__INIT;
	ProtobufCMessage *body = NULL;
	char code[] = "CARRIED_OVER";
	char text[NOTE_NAME_MAX + 64];
	uint8_t event_id[16];
	struct log_place place;
	struct row row;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &row, why);

	if (e != ERR_OK || row.kind != LEDGER__KIND__ACTOR ||
	    row.state != ROW_OPEN)
		return e;
	e = submit_op_body(ctx, ctx->site->evidence, row.first,
	    &record__actor__descriptor, &body, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* erased: there is nothing to say again */
	if (e != ERR_OK)
		return e;
	(void)snprintf(text, sizeof text, "enrolled before, in %s", from);
	annex.code = code;
	annex.text = text;
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ACTOR,
	    .body = body,
	    .annex = &annex,
	    .record_id = id,
	    .event_id = event_id,
	    .event_seq = row.seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	slice_free(body);
	return e;
}

static enum err
carry_actors(struct turn *t, struct err_why *why)
{
	struct commit_ctx *ctx = t->ctx;
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct fold_ids ids = {.at = NULL};
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__ACTOR, 2);
	e = fold_ids_collect(&ctx->fold, ctx->fold.t->bykind, &k, &ids, why);
	for (size_t i = 0; e == ERR_OK && i < ids.len; i++)
		e = carry_actor(ctx, ids.at[i], t->was->key.name, why);
	fold_ids_clear(&ids);
	return e;
}

/* A stop may be among what is lost. */
static enum err
stop_permits(struct turn *t, struct err_why *why)
{
	struct commit_ctx *ctx = t->ctx;
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct submit_stop stop = {.occurred_us = ctx->now_us};
	struct fold_ids ids = {.at = NULL};
	struct row row;
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__PERMIT, 2);
	e = fold_ids_collect(&ctx->fold, ctx->fold.t->open, &k, &ids, why);
	for (size_t i = 0; e == ERR_OK && i < ids.len; i++) {
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids.at[i], &row, why);
		if (e == ERR_OK &&
		    (row.state == ROW_ISSUED || row.state == ROW_IN_PROGRESS))
			e = submit_work_stop(ctx, ids.at[i], &stop,
			    rule_get(RULE_LOG_LOST), why);
	}
	fold_ids_clear(&ids);
	return e;
}

static enum err
roll_turn(struct turn *t, struct err_why *why)
{
	struct submit_receipt *r = t->roll->op.result->items;
	bool evidence = t->roll->kind == SITE_EVIDENCE;
	bool last = evidence && !t->roll->loss;
	enum err e = find_known(t, why);

	/* The closing word of a log that is whole is its own. */
	if (e == ERR_OK && last)
		e = append_admin(t, &r[1], why);
	if (e == ERR_OK)
		e = open_next(t, &r[0], why);
	if (e == ERR_OK && !last)
		e = append_admin(t, &r[1], why);
	if (e == ERR_OK && evidence)
		e = t->roll->loss ? stop_permits(t, why) : carry_actors(t, why);
	return e;
}

static enum err
roll_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct roll *r = (struct roll *)cmd;
	struct turn t = {.ctx = ctx, .roll = r};
	enum err e;

	t.was = &ctx->logs->log[r->kind];
	if (strcmp(t.was->key.name, r->origin) != 0)
		return err_fail(why, ERR_CONFLICT,
		    "%s is not the log that goes on here, that is %s",
		    r->origin, t.was->key.name);
	if (!r->loss && ctx->unsure != 0)
		return err_fail(why, ERR_CONFLICT,
		    "it is not known whether %s is whole: see lianfang log "
		    "list",
		    r->origin);
	if (r->kind == SITE_ALLIANCE && (ctx->unsure & COMMIT_EVIDENCE) != 0)
		return err_fail(why, ERR_CONFLICT,
		    "the evidence log is in doubt too: admit its loss first");
	if (t.was->number == GENERATION_MAX)
		return err_fail(why, ERR_LIMIT, "there is no next generation");
	if (ctx->next != NULL)
		return err_fail(why, ERR_CONFLICT,
		    "another generation is about to begin; ask again");
	ctx->next = mem_alloc(1, sizeof *ctx->next);
	memcpy(ctx->next->log, ctx->logs->log, sizeof ctx->next->log);
	t.now = &ctx->next->log[r->kind];
	t.now->number = t.was->number + 1;
	site_logs_origin(ctx->site, r->kind, t.now->number, t.now->key.name);
	e = roll_turn(&t, why);
	if (e == ERR_OK)
		return ERR_OK;
	ctx->logs = site_logs(ctx->site);
	ctx->unsure = atomic_load(&ctx->site->unsure);
	free(ctx->next);
	ctx->next = NULL;
	return e;
}

void
submit_roll(const struct submit_to *to, const struct submit_roll *in)
{
	struct roll *r = submit_op_new(to, sizeof *r, 2);
	struct err_why why = {.text = ""};
	struct generation g;
	enum err e =
	    generation_get(&g, in->origin != NULL ? in->origin : "", &why);

	if (e == ERR_OK)
		r->kind = strcmp(g.kind, "alliance") == 0 ? SITE_ALLIANCE
		                                          : SITE_EVIDENCE;
	r->op.cmd.run = roll_run;
	r->op.cmd.cost = COMMIT_BATCH_MAX;
	r->op.clear = roll_clear;
	(void)snprintf(r->origin, sizeof r->origin, "%s",
	    in->origin != NULL ? in->origin : "");
	r->loss = in->loss;
	buf_init(&r->known, NOTE_BYTES_MAX);
	buf_bytes(&r->known, in->known);
	if (to->who != NULL && to->who->subject != NULL)
		(void)snprintf(r->by, sizeof r->by, "%s", to->who->subject);
	if (e == ERR_OK &&
	    (in->reason == NULL || in->reason[0] == '\0' ||
	        strlen(in->reason) > REASON_MAX))
		e = err_fail(&why, ERR_MALFORMED,
		    "reason: expected 1 to %d bytes", REASON_MAX);
	else if (e == ERR_OK && buf_ok(&r->known, NULL) != ERR_OK)
		e = err_fail(&why, ERR_LIMIT, "checkpoint: too long");
	if (e == ERR_OK) {
		r->reason = mem_strdup(in->reason);
		submit_op_put(&r->op);
	} else {
		submit_op_fail(&r->op, e, &why);
	}
}

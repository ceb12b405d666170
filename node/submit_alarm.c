/* submit_alarm.c - numbered messages of machines: alarms and cases. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/spool.h"
#include "node/submit_note.h"
#include "node/submit_op.h"
#include "node/submit_own.h"
#include "node/submit_post.h"
#include "node/submit_seen.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

struct item {
	struct draft draft;
	ProtobufCMessage *body; /* owned copy */
	struct buf bytes;
	Record__Annex annex;
	bool numbered;
	struct fold_number number;
	uint8_t digest[16];
	uint64_t area;
	struct submit_post *post; /* signed by its source; or NULL */
	const struct spool_row *kept; /* it comes from the spool; or NULL */
	struct draft unsigned_draft; /* of a kept one: should its key not do */
	char received[64]; /* when a kept one came */
	char code[24]; /* of its annex */
	bool unfit; /* refused inside the transaction */
};

struct batch {
	struct submit_op op;
	Ledger__Kind kind;
	/* Hashes of the name that came last: arrays repeat few names. */
	struct {
		const char *text; /* of an item's own body */
		uint64_t hash;
	} area, source;
	struct submit_post *posts; /* of signed ones; or NULL */
	struct submit_shared shared; /* by these */
	bool together; /* its memory holds the bodies of all items */
	/* In this run: the last one whose key was its source's. */
	const struct item *fit;
	const struct submit_note *note; /* it leaves quarantine; or NULL */
	struct item items[];
};

static void
batch_clear(struct submit_op *op)
{
	struct batch *b = (struct batch *)op;

	for (size_t i = 0; i < op->result->len; i++) {
		struct item *it = &b->items[i];

		if (it->post != NULL)
			submit_post_clear(it->post);
		else if (!b->together)
			slice_free(it->body);
		buf_clear(&it->bytes);
		draft_clear(&it->draft);
		draft_clear(&it->unsigned_draft);
	}
	arena_clear(&b->shared.memory);
	free(b->posts);
}

/* Canonical bytes, and a decoded body of the batch's own. */
static enum err
take_body(struct item *it, const ProtobufCMessage *msg,
    ProtobufCMessage **given, struct err_why *why)
{
	enum err e;

	if (it->post != NULL) {
		it->body = it->post->body;
		return ERR_OK;
	}
	if (given == NULL)
		return submit_op_copy(msg, &it->bytes, &it->body, why);
	buf_init(&it->bytes, SEAL_MESSAGE_MAX);
	slice_pack(&it->bytes, msg);
	e = buf_ok(&it->bytes, why);
	if (e != ERR_OK)
		return e;
	it->body = *given;
	*given = NULL;
	return ERR_OK;
}

/* What the node has to say beside it; NULL: nothing. */
static const Record__Annex *
annex_of(struct batch *b, struct item *it, const struct submit_seen *seen,
    int64_t now)
{
	const struct rule *remark =
	    submit_seen_remark(&it->annex, it->body, b->op.site->packs, now);
	/* Never lose an alarm over a wrong clock: say so beside it. */
	bool unsure = seen->occurred_us > now + SUBMIT_FUTURE_US ||
	    timekeep_span(b->op.site, now).faults != 0 ||
	    remark == rule_get(RULE_CLOCK_OFFSET);

	it->annex.has_time_uncertain = unsure;
	it->annex.time_uncertain = unsure;
	if (it->kept != NULL) {
		remark = rule_get(RULE_SPOOLED);
		it->annex.text = it->received;
	}
	if (remark != NULL) {
		(void)snprintf(it->code, sizeof it->code, "%s", remark->code);
		it->annex.code = it->code;
	}
	return unsure || remark != NULL || it->annex.has_due_at ? &it->annex
	                                                        : NULL;
}

/* Seals one item on this thread, so that the committer only appends. */
static enum err
prepare(struct batch *b, size_t i, const ProtobufCMessage *msg,
    ProtobufCMessage **given, struct err_why *why)
{
	struct site *s = b->op.site;
	struct item *it = &b->items[i];
	struct submit_receipt *r = &b->op.result->items[i];
	struct submit_seen seen = submit_seen(msg);
	int64_t now = site_now(s);
	struct draft_spec spec = {
	    .slot = s->evidence,
	    .kind = b->kind,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	enum err e;

	e = it->post != NULL ? ERR_OK : submit_op_check(msg, &r->path, why);
	if (e != ERR_OK) {
		r->error = e;
		r->rule = rule_get(RULE_FIELD_RANGE);
		return ERR_OK;
	}
	if (!submit_seen_check(msg, s, now, r))
		return ERR_OK;
	it->area = submit_seen_same(b->area.text, seen.area)
	    ? b->area.hash
	    : fold_hash(&s->index_mac, FOLD_AREA, seen.area);
	if (!submit_op_area(&b->op, it->area)) {
		submit_seen_refuse(r, RULE_AREA_DENIED, "area");
		return ERR_OK;
	}
	e = take_body(it, msg, given, why);
	if (e != ERR_OK) {
		r->error = e;
		return ERR_OK;
	}
	seen = submit_seen(it->body);
	b->area.text = seen.area;
	b->area.hash = it->area;
	if (!submit_seen_same(b->source.text, seen.source))
		b->source.hash =
		    fold_hash(&s->index_mac, FOLD_SOURCE, seen.source);
	b->source.text = seen.source;
	it->numbered = seen.numbered;
	it->number.source = b->source.hash;
	it->number.epoch = seen.epoch;
	it->number.seq = seen.seq;
	spec.body = it->body;
	spec.message =
	    buf_view(it->post != NULL ? &it->post->message : &it->bytes);
	fold_digest(&s->index_mac, it->digest, spec.message);
	spec.annex = annex_of(b, it, &seen, now);
	if (it->post != NULL) {
		memcpy(r->record_id, it->post->record_id, 16);
		memcpy(r->event_id, it->post->event_id, 16);
		spec.event_id = r->event_id;
		spec.record_key = it->post->record_key;
		spec.commitment = &it->post->commitment;
		spec.auth = &it->post->auth;
	}
	/* One that is not signed gets its id where it is appended. */
	spec.record_id = r->record_id;
	e = draft_make(&it->draft, &spec, s->own.vault, now, why);
	it->draft.event.digest = it->digest;
	if (e != ERR_OK || it->kept == NULL || it->post == NULL)
		return e;
	spec.auth = NULL;
	spec.event_id = NULL;
	e = draft_make(&it->unsigned_draft, &spec, s->own.vault, now, why);
	it->unsigned_draft.event.digest = it->digest;
	return e;
}

/* Form and signature of one that its source signed. */
static enum err
prepare_signed(
    struct batch *b, size_t i, const Api__EventPost *in, struct err_why *why)
{
	struct item *it = &b->items[i];
	struct submit_receipt *r = &b->op.result->items[i];
	struct submit_post_fault fault = {0};
	enum err e;

	it->post = &b->posts[i];
	it->post->kind = b->kind;
	it->post->shared = &b->shared;
	e = submit_post_read(it->post, b->op.site, NULL, in, &fault, why);
	if (e != ERR_OK) {
		r->error = e;
		r->rule = fault.rule;
		r->path = fault.path;
		return ERR_OK;
	}
	if (!it->post->is_signed) {
		submit_seen_refuse(r, RULE_SIGNATURE_MISSING, "signed");
		return ERR_OK;
	}
	if (submit_post_takes_own(it->post)) {
		submit_seen_refuse(r, RULE_FIELD_RANGE, "recordId");
		return ERR_OK;
	}
	if (submit_seen_empty(submit_seen(it->post->body).source)) {
		submit_seen_refuse(r, RULE_FIELD_MISSING, "source");
		return ERR_OK;
	}
	return prepare(b, i, it->post->body, NULL, why);
}

/* The same key, source and area as the one before: asked already. */
static bool
fits_too(const struct item *fit, const struct item *it)
{
	return fit != NULL && fit->area == it->area &&
	    memcmp(fit->post->key, it->post->key, sizeof it->post->key) == 0 &&
	    submit_seen_same(
	        submit_seen(fit->body).source, submit_seen(it->body).source);
}

/* Inside the transaction: is the key the source's, and are the ids that it
 * signed new?  The same event again has its first receipt. */
static enum err
check_signed(struct commit_ctx *ctx, struct batch *b, struct item *it,
    struct submit_receipt *r, struct err_why *why)
{
	const struct rule *rule = NULL;
	struct row row;
	enum err e;

	e = submit_post_known(it->post, ctx, r, &rule, why);
	if (e == ERR_NOT_FOUND) {
		e = fold_get(&ctx->fold, ctx->site->evidence,
		    it->post->record_id, &row, why);
		if (e == ERR_OK)
			rule = rule_get(RULE_RECORD_EXISTS);
	}
	if (e == ERR_NOT_FOUND) {
		e = ERR_OK;
		if (!fits_too(b->fit, it))
			e = submit_post_source(it->post, ctx,
			    submit_seen(it->body).source, it->area, &rule, why);
		if (e == ERR_OK && rule == NULL)
			b->fit = it;
	}
	if (e != ERR_OK || rule == NULL)
		return e;
	it->unfit = true;
	r->rule = rule;
	r->error = submit_op_err(rule);
	return ERR_OK;
}

/* Of one that is not signed, where it is appended or kept; the node's own have
 * theirs. */
static void
give_id(struct commit_ctx *ctx, struct item *it)
{
	if (submit_own_is(it->draft.record_id))
		return;
	crypto_uuid7_next(ctx->newest, ctx->now_us);
	memcpy(it->draft.record_id, ctx->newest, 16);
}

static enum err
append_draft(struct commit_ctx *ctx, const struct batch *b, struct item *it,
    struct draft *draft, struct submit_receipt *r, struct err_why *why)
{
	struct log_draft *d = &draft->event.draft;
	struct log_place place;
	enum err e;

	/* Ascending in the order of the log: rows are added at the end of
	 * their tables, and pages filled.  A kept one has its id. */
	if (it->post == NULL && it->kept == NULL)
		give_id(ctx, it);
	e = commit_append(ctx, &draft->event, &place, why);
	if (e != ERR_OK)
		return e;
	memcpy(r->record_id, draft->record_id, 16);
	if (d->event_id != NULL)
		memcpy(r->event_id, d->event_id, 16);
	r->event_seq = 1;
	r->outcome = d->outcome;
	r->index = place.index;
	r->leaf = place.leaf;
	if (b->kind != LEDGER__KIND__ALARM)
		return submit_holder_case(ctx, it->body, why);
	struct submit_stop stop = {
	    .alarm_id = d->record_id,
	    .alarm = (const Record__Alarm *)it->body,
	    .area = it->area,
	    .occurred_us = ctx->fold.row.opened_us,
	};
	return submit_work_alarm(ctx, &stop, why);
}

/* ---- while the log may not be signed ---- */

/* Kept as it came; whose key it is, and what it stops, is seen when it becomes
 * an entry. */
static enum err
keep_item(struct commit_ctx *ctx, struct item *it, struct submit_receipt *r,
    struct err_why *why)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Api__SignedEvent sig = API__SIGNED_EVENT__INIT;
	const struct rule *rule = NULL;
	struct spool_item item = {.post = &post,
	    .record_id = it->draft.record_id,
	    .number = it->numbered ? &it->number : NULL,
	    .digest = it->digest,
	    .received_us = ctx->now_us};
	char record_id[TEXT_UUID_CHARS + 1], event_id[TEXT_UUID_CHARS + 1];
	enum err e = ERR_NOT_FOUND;

	if (it->post != NULL)
		e = submit_post_known(it->post, ctx, r, &rule, why);
	else
		give_id(ctx, it);
	if (e != ERR_NOT_FOUND && (e != ERR_OK || rule == NULL))
		return e;
	text_uuid_put(record_id, it->draft.record_id);
	post.record_id = record_id;
	if (it->post == NULL) {
		post.alarm = (Record__Alarm *)it->body;
	} else {
		item.event_id = it->post->event_id;
		text_uuid_put(event_id, it->post->event_id);
		post.event_id = event_id;
		post.signed_ = &sig;
		submit_post_signed(&sig, it->post);
	}
	memcpy(r->record_id, it->draft.record_id, 16);
	if (item.event_id != NULL)
		memcpy(r->event_id, item.event_id, 16);
	e = spool_put(ctx, &item, r->record_id, &r->duplicate, why);
	if (e == ERR_LIMIT) {
		submit_seen_refuse(r, RULE_SPOOL_FULL, NULL);
		return ERR_OK;
	}
	r->provisional = e == ERR_OK;
	return e;
}

/* Once more what came before: is the record there, does the key do? */
static enum err
enter_item(struct commit_ctx *ctx, const struct batch *b, struct item *it,
    struct submit_receipt *r, struct err_why *why)
{
	struct draft *d = &it->draft;
	struct row row;
	enum err e = ERR_OK;

	if (it->unfit) {
		d = &it->unsigned_draft;
		r->error = ERR_OK;
		r->rule = NULL;
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, d->record_id, &row, why);
		if (e == ERR_OK)
			crypto_uuid7(d->record_id, ctx->now_us);
		d->event.draft.outcome = it->draft.event.draft.outcome;
	} else if (it->post == NULL && !r->duplicate) {
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, d->record_id, &row, why);
		r->duplicate = e == ERR_OK;
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	e = r->duplicate ? ERR_OK : append_draft(ctx, b, it, d, r, why);
	return e == ERR_OK ? spool_entered(ctx, it->kept, why) : e;
}

static enum err
append_item(struct commit_ctx *ctx, const struct batch *b, struct item *it,
    struct submit_receipt *r, struct err_why *why)
{
	if (it->kept != NULL)
		return enter_item(ctx, b, it, r, why);
	return r->duplicate || it->unfit
	    ? ERR_OK
	    : append_draft(ctx, b, it, &it->draft, r, why);
}

static enum err
batch_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct batch *b = (struct batch *)cmd;
	struct submit_result *r = b->op.result;
	bool keep = b->kind == LEDGER__KIND__ALARM && b->note == NULL &&
	    (ctx->unsure & COMMIT_EVIDENCE) != 0;
	enum err e =
	    b->note != NULL ? submit_note_new(ctx, b->note, why) : ERR_OK;

	if (e != ERR_OK)
		return e;
	b->fit = NULL;
	for (size_t i = 0; i < r->len; i++) {
		struct submit_receipt *out = &r->items[i];
		struct item *it = &b->items[i];

		if (it->unfit || out->rule == rule_get(RULE_SPOOL_FULL))
			out->error = ERR_OK; /* asked again */
		it->unfit = false;
		if (out->error != ERR_OK)
			continue;
		out->provisional = false;
		e = submit_seen_number(ctx, it->numbered ? &it->number : NULL,
		    it->digest, &it->draft.event.draft.outcome, out, why);
		bool fresh = e == ERR_OK && !out->duplicate;
		if (fresh && keep) {
			e = keep_item(ctx, it, out, why);
		} else {
			if (fresh && it->post != NULL)
				e = check_signed(ctx, b, it, out, why);
			if (e == ERR_OK)
				e = append_item(ctx, b, it, out, why);
		}
		if (e != ERR_OK)
			return e;
	}
	return b->note == NULL ? ERR_OK
	                       : submit_note_append(ctx, b->note,
	                             r->items[0].record_id, NULL, why);
}

/* What is submitted: one of the three, or one message and its note. */
struct given {
	const ProtobufCMessage *const *msgs;
	ProtobufCMessage **taken; /* the same, to be taken over; or NULL */
	Api__EventPost *const *posts; /* signed */
	const struct spool_row *kept;
	const struct submit_note *note;
	const uint8_t *own; /* 16: of an alarm of the node's own; or NULL */
	struct arena *memory; /* of `taken`, to be taken over; or NULL */
};

/* A kept alarm, with the ids that it was promised. */
static enum err
prepare_kept(
    struct batch *b, size_t i, const struct spool_row *row, struct err_why *why)
{
	struct item *it = &b->items[i];
	struct submit_receipt *r = &b->op.result->items[i];
	char at[TEXT_TIME_CHARS + 1];
	enum err e;

	it->kept = row;
	text_time_put(at, row->received_us);
	(void)snprintf(it->received, sizeof it->received, "received %s", at);
	if (row->post->signed_ != NULL)
		return prepare_signed(b, i, row->post, why);
	e = text_uuid_get(r->record_id,
	    bytes_str(row->post->record_id != NULL ? row->post->record_id : ""),
	    why);
	if (e == ERR_OK && row->post->alarm == NULL)
		e = err_fail(why, ERR_CORRUPT, "spool row");
	return e == ERR_OK ? prepare(b, i, &row->post->alarm->base, NULL, why)
	                   : e;
}

static enum err
prepare_one(
    struct batch *b, size_t i, const struct given *in, struct err_why *why)
{
	if (in->kept != NULL)
		return prepare_kept(b, i, &in->kept[i], why);
	if (in->posts != NULL)
		return prepare_signed(b, i, in->posts[i], why);
	assert(in->msgs != NULL);
	if (in->own != NULL)
		memcpy(b->op.result->items[i].record_id, in->own, 16);
	return prepare(
	    b, i, in->msgs[i], in->taken != NULL ? &in->taken[i] : NULL, why);
}

static void
submit_batch(const struct submit_to *to, Ledger__Kind kind,
    const struct given *in, size_t n)
{
	size_t count = n <= SUBMIT_ALARMS_MAX ? n : 0;
	struct batch *b =
	    submit_op_new(to, sizeof *b + count * sizeof b->items[0], count);
	struct err_why why = {.text = ""};

	b->kind = kind;
	b->note = in->note;
	b->together = in->memory != NULL;
	if (b->together)
		b->shared.memory = arena_take(in->memory);
	b->op.cmd.run = batch_run;
	if (n > 1)
		b->op.cmd.class = COMMIT_BULK;
	b->op.clear = batch_clear;
	if (n == 0 || n > SUBMIT_ALARMS_MAX) {
		submit_op_refuse(&b->op,
		    n == 0 ? RULE_FIELD_MISSING : RULE_LIMIT_ITEMS, NULL);
		return;
	}
	if (in->posts != NULL || in->kept != NULL)
		b->posts = mem_alloc(n, sizeof *b->posts);
	for (size_t i = 0; i < n; i++) {
		enum err e = prepare_one(b, i, in, &why);

		if (e != ERR_OK) {
			submit_op_fail(&b->op, e, &why);
			return;
		}
	}
	/* A request of one item that was refused fails as a whole. */
	if (n == 1 && in->kept == NULL &&
	    b->op.result->items[0].error != ERR_OK)
		submit_op_refuse_item(&b->op);
	else
		submit_op_put(&b->op);
}

void
submit_alarms(
    const struct submit_to *to, Record__Alarm *const *alarms, size_t n)
{
	const ProtobufCMessage *list[SUBMIT_ALARMS_MAX];

	for (size_t i = 0; i < n && i < SUBMIT_ALARMS_MAX; i++)
		list[i] = &alarms[i]->base;
	submit_batch(to, LEDGER__KIND__ALARM, &(struct given){.msgs = list}, n);
}

void
submit_own_alarm(const struct submit_to *to, const uint8_t id[static 16],
    const Record__Alarm *a)
{
	const ProtobufCMessage *one = &a->base;

	submit_batch(to, LEDGER__KIND__ALARM,
	    &(struct given){.msgs = &one, .own = id}, 1);
}

void
submit_given(const struct submit_to *to, Ledger__Kind kind,
    ProtobufCMessage **msgs, size_t n, struct arena *memory)
{
	submit_batch(to, kind,
	    &(struct given){.msgs = (const ProtobufCMessage *const *)msgs,
	        .taken = msgs,
	        .memory = memory},
	    n);
}

void
submit_released(const struct submit_to *to, Ledger__Kind kind,
    ProtobufCMessage **msg, const struct submit_note *n)
{
	const ProtobufCMessage *one = *msg;

	submit_batch(to, kind,
	    &(struct given){.msgs = &one, .taken = msg, .note = n}, 1);
}

void
submit_signed(
    const struct submit_to *to, Api__EventPost *const *posts, size_t n)
{
	submit_batch(
	    to, LEDGER__KIND__ALARM, &(struct given){.posts = posts}, n);
}

void
submit_spooled(
    const struct submit_to *to, const struct spool_row *rows, size_t n)
{
	submit_batch(to, LEDGER__KIND__ALARM, &(struct given){.kept = rows}, n);
}

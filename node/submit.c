/* submit.c - results, receipts and the plumbing of commands. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/site_logs.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

void
submit_op_forget(struct submit_receipt *r)
{
	if (r->earlier != NULL) {
		free(r->earlier->origin);
		free(r->earlier->checkpoint);
	}
	free(r->earlier);
	r->earlier = NULL;
}

void
submit_result_free(struct submit_result *r)
{
	if (r == NULL)
		return;
	if (r->rest_free != NULL)
		r->rest_free(r->rest);
	for (size_t i = 0; i < r->len; i++)
		submit_op_forget(&r->items[i]);
	free(r->items);
	crypto_wipe(r->report_code, sizeof r->report_code);
	free(r->answers);
	free(r->checkpoint);
	free(r->alliance_checkpoint);
	free(r);
}

bool
submit_made(const struct submit_result *r)
{
	return r->error == ERR_OK && r->len > 0 && r->items[0].event_seq != 0;
}

/* ---- receipts as messages ---- */

static void
set_binary(ProtobufCBinaryData *out, const void *p, size_t len)
{
	out->data = mem_alloc(len, 1);
	out->len = len;
	memcpy(out->data, p, len);
}

static Ledger__Receipt *
make_receipt(const struct submit_result *r, const struct submit_receipt *in)
{
	static const uint8_t none[16];
	Ledger__Receipt *m = mem_alloc(1, sizeof *m);
	char id[TEXT_UUID_CHARS + 1];

	ledger__receipt__init(m);
	if (in->rule != NULL) {
		m->text = mem_strdup(in->rule->text);
		m->text_zh = mem_strdup(in->rule->text_zh);
	}
	if (in->error != ERR_OK) {
		m->error = mem_strdup(
		    in->rule != NULL ? in->rule->code : err_name(in->error));
		if (in->path != NULL)
			m->reason = mem_strdup(in->path);
		else if (in->rule != NULL)
			m->reason = mem_strdup(in->rule->text);
		return m;
	}
	if (memcmp(in->record_id, none, 16) != 0) {
		text_uuid_put(id, in->record_id);
		m->record_id = mem_strdup(id);
	}
	if (memcmp(in->event_id, none, 16) != 0) {
		text_uuid_put(id, in->event_id);
		m->event_id = mem_strdup(id);
	}
	m->has_duplicate = in->duplicate;
	m->duplicate = in->duplicate;
	m->has_due_at = in->due_us != 0;
	m->due_at = in->due_us;
	m->has_provisional = in->provisional;
	m->provisional = in->provisional;
	if (in->provisional)
		return m;
	m->has_event_seq = in->event_seq != 0;
	m->event_seq = in->event_seq;
	m->has_outcome = true;
	m->outcome = in->outcome;
	m->origin = mem_strdup(in->earlier != NULL ? in->earlier->origin
	        : in->alliance                     ? r->alliance_origin
	                                           : r->evidence_origin);
	if (in->earlier != NULL && in->earlier->checkpoint != NULL)
		m->checkpoint = mem_strdup(in->earlier->checkpoint);
	m->has_leaf_index = true;
	m->leaf_index = in->index;
	m->has_leaf_hash = true;
	set_binary(&m->leaf_hash, in->leaf.b, sizeof in->leaf.b);
	if (in->rule != NULL)
		m->reason = mem_strdup(in->rule->code);
	return m;
}

Ledger__Receipt *
submit_receipt(const struct submit_result *r, size_t i)
{
	Ledger__Receipt *m = make_receipt(r, &r->items[i]);
	const char *note =
	    r->items[i].alliance ? r->alliance_checkpoint : r->checkpoint;

	if (note != NULL && r->items[i].error == ERR_OK &&
	    !r->items[i].provisional && r->items[i].earlier == NULL)
		m->checkpoint = mem_strdup(note);
	return m;
}

/* Of a thousand items the sender must find the one that was refused. */
static void
name_item(Ledger__Receipt *m, const struct submit_receipt *in, size_t i)
{
	char path[96];

	if (in->error == ERR_OK || in->path == NULL)
		return;
	(void)snprintf(path, sizeof path, "$[%zu].%.60s", i, in->path);
	free(m->reason);
	m->reason = mem_strdup(path);
}

Api__Receipts *
submit_receipts(const struct submit_result *r)
{
	Api__Receipts *m = mem_alloc(1, sizeof *m);

	api__receipts__init(m);
	m->items = mem_alloc(r->len + 1, sizeof *m->items);
	m->n_items = r->len;
	m->has_accepted = true;
	m->has_duplicates = true;
	m->has_refused = true;
	for (size_t i = 0; i < r->len; i++) {
		const struct submit_receipt *in = &r->items[i];

		m->items[i] =
		    in->alliance ? submit_receipt(r, i) : make_receipt(r, in);
		name_item(m->items[i], in, i);
		m->refused += in->error != ERR_OK;
		m->duplicates += in->error == ERR_OK && in->duplicate;
		m->accepted += in->error == ERR_OK && !in->duplicate;
	}
	if (r->checkpoint != NULL)
		m->checkpoint = mem_strdup(r->checkpoint);
	return m;
}

/* ---- commands ---- */

static void
op_free(void *rest)
{
	struct submit_op *op = rest;

	if (op->clear != NULL)
		op->clear(op);
	free(op->areas);
	free(op);
}

/* The op goes with its result, whose receiver may free both at any time from
 * here on: a thousand messages are freed where they were made, while the
 * committer goes on. */
static void
op_end(struct submit_op *op)
{
	struct submit_result *r = op->result;

	r->rest = op;
	r->rest_free = op_free;
	op->done(op->arg, r);
}

static char *
copy_note(struct bytes note)
{
	char *s;

	if (note.len == 0)
		return NULL;
	s = mem_alloc(note.len + 1, 1);
	memcpy(s, note.ptr, note.len);
	return s;
}

static void
op_done(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	struct submit_op *op = (struct submit_op *)cmd;
	struct submit_result *r = op->result;

	r->error = e;
	if (e != ERR_OK)
		r->why = *why;
	if (e == ERR_OK) {
		const struct site_log_now *log = heads->logs->log;

		memcpy(r->evidence_origin, log[SITE_EVIDENCE].key.name,
		    sizeof r->evidence_origin);
		memcpy(r->alliance_origin, log[SITE_ALLIANCE].key.name,
		    sizeof r->alliance_origin);
		r->checkpoint = copy_note(heads->evidence);
		r->alliance_checkpoint = copy_note(heads->alliance);
	}
	op_end(op);
}

void *
submit_op_new(const struct submit_to *to, size_t size, size_t n)
{
	struct submit_op *op = mem_alloc(1, size);
	const struct submit_who *who = to->who;
	struct submit_result *r = mem_alloc(1, sizeof *r);

	op->cmd.done = op_done;
	op->cmd.cost = (unsigned)n;
	op->site = to->site;
	op->done = to->done;
	op->arg = to->arg;
	op->result = r;
	r->len = n;
	r->items = mem_alloc(n + 1, sizeof *r->items);
	if (who == NULL || who->areas_len == 0)
		return op;
	op->areas = mem_alloc(who->areas_len, sizeof *op->areas);
	op->areas_len = who->areas_len;
	for (size_t i = 0; i < who->areas_len; i++)
		op->areas[i] =
		    fold_hash(&to->site->index_mac, FOLD_AREA, who->areas[i]);
	return op;
}

void
submit_op_fail(struct submit_op *op, enum err e, const struct err_why *why)
{
	op->result->error = e;
	op->result->why = *why;
	op_end(op);
}

void
submit_op_refuse(struct submit_op *op, enum rule_id id, const char *path)
{
	const struct rule *rule = rule_get(id);
	struct err_why why = {.text = ""};

	op->result->rule = rule;
	(void)rule_fail(&why, ERR_MALFORMED, rule, path);
	submit_op_fail(op, submit_op_err(rule), &why);
}

void
submit_op_refuse_item(struct submit_op *op)
{
	struct submit_result *r = op->result;
	struct err_why why = {.text = ""};
	const enum err e = r->items[0].error;

	r->rule = r->items[0].rule;
	if (r->rule != NULL)
		(void)rule_fail(&why, e, r->rule, r->items[0].path);
	else
		(void)err_fail(&why, e, "cannot be stored");
	submit_op_fail(op, e, &why);
}

void
submit_op_put(struct submit_op *op)
{
	struct err_why why = {.text = ""};
	enum err e = commit_put(op->site->commit, &op->cmd, &why);

	if (e != ERR_OK)
		submit_op_fail(op, e, &why);
}

/* What a broken rule means to the caller; all others: ERR_REFUSED. */
static const struct {
	enum rule_id id;
	enum err e;
} meanings[] = {
    {RULE_HEADS_UNKNOWN, ERR_TIMEOUT},
    {RULE_SPOOL_FULL, ERR_TIMEOUT},
    {RULE_FIELD_MISSING, ERR_MALFORMED},
    {RULE_FIELD_RANGE, ERR_MALFORMED},
    {RULE_TIME_FUTURE, ERR_MALFORMED},
    {RULE_KIND_MISMATCH, ERR_MALFORMED},
    {RULE_LIMIT_ITEMS, ERR_MALFORMED},
    {RULE_LEVEL_UNKNOWN, ERR_MALFORMED},
    {RULE_WINDOW_INVALID, ERR_MALFORMED},
    {RULE_GUARDIAN_MISSING, ERR_MALFORMED},
    {RULE_WORKER_MISSING, ERR_MALFORMED},
    {RULE_CERT_WINDOW, ERR_MALFORMED},
    {RULE_HOLDER_MISSING, ERR_MALFORMED},
    {RULE_AREA_UNKNOWN, ERR_MALFORMED},
    {RULE_SHELVE_END, ERR_MALFORMED},
    {RULE_SHELVE_LIMIT, ERR_MALFORMED},
    {RULE_ASIDE_REASON, ERR_MALFORMED},
    {RULE_ASIDE_NAME, ERR_MALFORMED},
    {RULE_VERDICT_MISSING, ERR_MALFORMED},
    {RULE_HOLD_SCOPE, ERR_MALFORMED},
    {RULE_HOLD_NODE, ERR_DENIED},
    {RULE_SIGNATURE_INVALID, ERR_UNVERIFIED},
    {RULE_PRESENTATION_INVALID, ERR_UNVERIFIED},
    {RULE_AREA_DENIED, ERR_DENIED},
    {RULE_ACTOR_UNKNOWN, ERR_DENIED},
    {RULE_ACTOR_AREA, ERR_DENIED},
    {RULE_SOURCE_KEY, ERR_DENIED},
    {RULE_ROLE_MISSING, ERR_DENIED},
    {RULE_RIGHT_OVER, ERR_DENIED},
    {RULE_DELEGATION_EMPTY, ERR_DENIED},
    {RULE_SIGNATURE_MISSING, ERR_DENIED},
    {RULE_INTEL_UNSIGNED, ERR_DENIED},
    {RULE_INTEL_AUTHOR, ERR_DENIED},
    {RULE_RECORD_UNKNOWN, ERR_NOT_FOUND},
    {RULE_NOT_HELD, ERR_NOT_FOUND},
    {RULE_ERASED_ALREADY, ERR_NOT_FOUND},
    {RULE_RECORD_EXISTS, ERR_CONFLICT},
    {RULE_EVENT_EXISTS, ERR_CONFLICT},
    {RULE_SEQ_STALE, ERR_CONFLICT},
    {RULE_STATE_FORBIDS, ERR_CONFLICT},
    {RULE_STATE_FINAL, ERR_CONFLICT},
    {RULE_ALARM_LATCHED, ERR_CONFLICT},
    {RULE_INCIDENT_NODE, ERR_DENIED},
    {RULE_SHELVE_NEVER, ERR_CONFLICT},
    {RULE_HOLDER_BOUND, ERR_CONFLICT},
    {RULE_ERASE_DECIDES, ERR_CONFLICT},
    {RULE_ERASE_HELD, ERR_CONFLICT},
    {RULE_ERASE_WAITS, ERR_CONFLICT},
    {RULE_ERASE_ASKED, ERR_CONFLICT},
    {RULE_ERASE_WRONG, ERR_CONFLICT},
    {RULE_HOLD_LIMIT, ERR_CONFLICT},
    {RULE_REQUEST_LOST, ERR_CONFLICT},
    {RULE_END_UNCERTAIN, ERR_CONFLICT},
    {RULE_END_LED, ERR_CONFLICT},
    {RULE_END_UNVOUCHED, ERR_CONFLICT},
    {RULE_ERASE_KEPT, ERR_CONFLICT},
    {RULE_CERT_FINAL, ERR_CONFLICT},
    {RULE_CERT_PUBLISHED, ERR_CONFLICT},
    {RULE_INTEL_STATE, ERR_CONFLICT},
    {RULE_INTEL_CHANGED, ERR_CONFLICT},
    {RULE_INTEL_SUPERSEDES, ERR_CONFLICT},
    {RULE_INTEL_OWN, ERR_CONFLICT},
};

enum err
submit_op_err(const struct rule *rule)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
		if (rule_get(meanings[i].id) == rule)
			return meanings[i].e;
	}
	return ERR_REFUSED;
}

enum err
submit_op_rule(
    struct submit_op *op, const struct rule *rule, struct err_why *why)
{
	op->result->rule = rule;
	return rule_fail(why, submit_op_err(rule), rule, NULL);
}

bool
submit_op_area(const struct submit_op *op, uint64_t area)
{
	if (op->areas_len == 0)
		return true;
	for (size_t i = 0; i < op->areas_len; i++) {
		if (op->areas[i] == area)
			return true;
	}
	return false;
}

enum err
submit_op_copy(const ProtobufCMessage *in, struct buf *bytes,
    ProtobufCMessage **out, struct err_why *why)
{
	enum err e;

	buf_init(bytes, SEAL_MESSAGE_MAX);
	slice_pack(bytes, in);
	e = buf_ok(bytes, why);
	if (e == ERR_OK)
		e = slice_unpack(out, in->descriptor, buf_view(bytes), why);
	return e;
}

void
submit_op_place(struct submit_receipt *out, const struct draft_spec *spec,
    const struct log_place *place)
{
	out->error = ERR_OK;
	if (spec->record_id != NULL)
		memcpy(out->record_id, spec->record_id, 16);
	if (spec->event_id != NULL)
		memcpy(out->event_id, spec->event_id, 16);
	out->event_seq = spec->event_seq;
	out->outcome = spec->outcome;
	out->index = place->index;
	out->leaf = place->leaf;
	submit_op_forget(out);
}

/* The origin and the last checkpoint of a generation that is closed. */
static enum err
found_earlier(struct commit_ctx *ctx, uint16_t slot, struct submit_receipt *out,
    struct err_why *why)
{
	struct log_book *book = ctx->site->own.book;
	char origin[NOTE_NAME_MAX + 1];
	struct buf note;
	enum err e = log_origin(book, ctx->txn, slot, origin, why);

	buf_init(&note, NOTE_BYTES_MAX);
	if (e == ERR_OK)
		e = log_checkpoint(book, ctx->txn, slot, 0, &note, NULL, why);
	if (e == ERR_OK) {
		out->earlier = mem_alloc(1, sizeof *out->earlier);
		out->earlier->origin = mem_strdup(origin);
		out->earlier->checkpoint = copy_note(buf_view(&note));
	}
	buf_clear(&note);
	return e;
}

enum err
submit_op_found(struct commit_ctx *ctx, uint16_t line, uint64_t place,
    struct submit_receipt *out, struct err_why *why)
{
	const struct site_log_now *log = ctx->logs->log;
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	struct bytes bytes;
	enum err e;

	submit_op_forget(out);
	e = fold_spot(&ctx->fold, line, place, &at, why);
	if (e == ERR_OK)
		e = log_entry(ctx->site->own.book, ctx->txn, at.slot, at.index,
		    &bytes, why);
	if (e == ERR_OK && at.slot != log[SITE_EVIDENCE].slot &&
	    at.slot != log[SITE_ALLIANCE].slot)
		e = found_earlier(ctx, at.slot, out, why);
	if (e != ERR_OK)
		return e;
	tree_leaf(&out->leaf, bytes);
	e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e;
	out->error = ERR_OK;
	out->duplicate = true;
	out->index = at.index;
	out->event_seq = leaf->event_seq;
	out->outcome = leaf->outcome;
	out->alliance = line == ctx->site->alliance;
	if (leaf->record_id.len == 16)
		memcpy(out->record_id, leaf->record_id.data, 16);
	if (leaf->event_id.len == 16)
		memcpy(out->event_id, leaf->event_id.data, 16);
	ledger__entry__free_unpacked(leaf, NULL);
	return ERR_OK;
}

enum err
submit_op_rest(struct commit_ctx *ctx, uint16_t line, uint64_t place,
    const ProtobufCMessageDescriptor *type, ProtobufCMessage **out,
    struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *body;
	struct fold_spot at;
	struct buf shown;
	enum err e;

	e = fold_spot(&ctx->fold, line, place, &at, why);
	if (e == ERR_OK)
		e = log_sealed(ctx->site->own.book, ctx->txn, at.slot, at.index,
		    &sealed, why);
	if (e != ERR_OK)
		return e;
	buf_init(&shown, LOG_SEALED_MAX);
	body = fold_unpack(sealed->body, &shown);
	buf_wipe(&shown);
	buf_clear(&shown);
	ledger__sealed__free_unpacked(sealed, NULL);
	if (body != NULL && body->descriptor == type) {
		*out = body;
		return ERR_OK;
	}
	slice_free(body);
	return err_fail(why, ERR_NOT_FOUND, "the body is not held here");
}

enum err
submit_op_body(struct commit_ctx *ctx, uint16_t line, uint64_t place,
    const ProtobufCMessageDescriptor *type, ProtobufCMessage **out,
    struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	const Ledger__Opening *o;
	struct fold_spot at;
	enum err e;

	e = fold_spot(&ctx->fold, line, place, &at, why);
	if (e == ERR_OK)
		e = log_sealed(ctx->site->own.book, ctx->txn, at.slot, at.index,
		    &sealed, why);
	if (e != ERR_OK)
		return e;
	o = sealed->body;
	if (o == NULL || o->type == NULL || strcmp(o->type, type->name) != 0 ||
	    !o->has_message)
		e = err_fail(why, ERR_NOT_FOUND, "the body is not held here");
	else
		e = slice_unpack(
		    out, type, bytes_of(o->message.data, o->message.len), why);
	ledger__sealed__free_unpacked(sealed, NULL);
	return e;
}

/* ---- blocking use ---- */

struct submit_wait {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct submit_result *result;
};

struct submit_wait *
submit_wait_new(void)
{
	struct submit_wait *w = mem_alloc(1, sizeof *w);

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	return w;
}

void
submit_wait_done(void *arg, struct submit_result *r)
{
	struct submit_wait *w = arg;

	pthread_mutex_lock(&w->lock);
	w->result = r;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

struct submit_result *
submit_wait_for(struct submit_wait *w)
{
	struct submit_result *r;

	pthread_mutex_lock(&w->lock);
	while (w->result == NULL)
		pthread_cond_wait(&w->wake, &w->lock);
	r = w->result;
	pthread_mutex_unlock(&w->lock);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return r;
}

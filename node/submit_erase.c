/* submit_erase.c - erasures: at once, or once a legal term is over. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_erase.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/generation.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/retain_look.h"
#include "node/site_logs.h"
#include "node/submit_asker.h"
#include "node/submit_keep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

struct erasure {
	struct submit_op op;
	struct log_erasure what;
	uint16_t line; /* of the log it is in */
	Record__Erasure *body;
	struct buf message;
	uint8_t record_id[16];
	uint8_t event_id[16];
	bool due; /* a request whose term is over */
};

static void
erasure_clear(struct submit_op *op)
{
	struct erasure *x = (struct erasure *)op;

	if (x->body != NULL)
		slice_free(&x->body->base);
	buf_clear(&x->message);
}

/* The log of any generation that the body names; the line it belongs to. */
static enum err
find_log(struct commit_ctx *ctx, struct erasure *x, struct err_why *why)
{
	struct fold_line line;
	struct generation g;
	enum err e = generation_get(&g, x->body->origin, why);

	if (e == ERR_OK && strcmp(g.name, ctx->site->name) != 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = log_slot(ctx->site->own.book, ctx->txn, x->body->origin,
		    &x->what.slot, why);
	if (e == ERR_OK)
		e = fold_line_of(&ctx->fold, x->what.slot, &line, why);
	if (e == ERR_MALFORMED || e == ERR_NOT_FOUND)
		return err_fail(why, ERR_NOT_FOUND, "not a log of this node");
	x->line = line.line;
	return e;
}

struct leaf {
	Ledger__Kind kind;
	bool has_record;
	uint8_t record[16];
};

/* Everything that could fail is asked before the first write. */
static enum err
erasure_allowed(struct commit_ctx *ctx, struct erasure *x,
    const struct rule **rule, struct leaf *out, struct err_why *why)
{
	struct log_book *book = ctx->site->own.book;
	Ledger__Entry *leaf = NULL;
	struct bytes bytes;
	enum log_rest rest = LOG_REST_NONE;
	bool carries = false;
	enum err e;

	*rule = NULL;
	e = log_entry(book, ctx->txn, x->what.slot, x->what.index, &bytes, why);
	if (e == ERR_NOT_FOUND) {
		*rule = rule_get(RULE_RECORD_UNKNOWN);
		return ERR_OK;
	}
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e;
	out->kind = leaf->kind;
	out->has_record = leaf->record_id.len == 16;
	if (out->has_record)
		memcpy(out->record, leaf->record_id.data, 16);
	if (submit_keep_always(&x->what, leaf->kind))
		*rule = rule_get(RULE_ERASE_KEPT);
	else if (out->has_record)
		e = submit_keep_decides(&carries, ctx,
		    &(struct submit_kept){
		        &x->what, x->line, leaf->kind, out->record},
		    why);
	if (carries)
		*rule = rule_get(RULE_ERASE_DECIDES);
	ledger__entry__free_unpacked(leaf, NULL);
	if (e != ERR_OK)
		return e;
	e = log_rest(book, ctx->txn, x->what.slot, x->what.index, &rest, why);
	if (e == ERR_OK && rest != LOG_REST_HELD)
		*rule = rule_get(RULE_ERASED_ALREADY);
	return e;
}

/* ---- against the terms of retention ---- */

#define WAIT_FIELDS SLICE_MAX /* of one entry */

struct term {
	bool row; /* its record is there: `look` says what is held */
	bool known; /* a term of this record is in force */
	const struct rule *blind; /* it may have one, and why nobody knows */
	struct retain_time time;
	struct retain_look look;
	uint64_t place; /* of the entry */
};

static bool
is_personal(struct commit_ctx *ctx, const Pack__RetentionClass *c,
    const struct log_erasure *what)
{
	const struct fold_spot at = {.slot = what->slot, .index = what->index};
	uint32_t personal[RETENTION_PERSONAL_MAX];
	size_t n = retention_personal(c, personal);

	for (size_t i = 0; i < what->fields_len; i++) {
		bool found = false;

		for (size_t k = 0; k < n; k++)
			found |= personal[k] == what->fields[i];
		if (!found)
			return false;
	}
	return what->fields_len > 0 && retain_is_of(&ctx->fold, &at, c);
}

static enum err
find_term(struct commit_ctx *ctx, const struct erasure *x,
    const struct leaf *leaf, struct term *out, struct err_why *why)
{
	struct retain_ask ask = {
	    .site = ctx->site, .fold = &ctx->fold, .line = x->line};
	struct fold_wait wait;
	struct fold_line at;
	enum err e;

	const bool ends =
	    retention_type(row_kind_text((uint16_t)leaf->kind)) != NULL;

	out->row = out->known = false;
	out->blind = NULL;
	/* Only the evidence log has records that end. */
	if (x->line != ctx->site->evidence)
		return ERR_OK;
	e = fold_line_of(&ctx->fold, x->what.slot, &at, why);
	if (e != ERR_OK)
		return e;
	out->place = at.base + x->what.index;
	retain_time(&out->time, ctx->site, &ctx->fold, ctx->now_us);
	ask.now_us = out->time.now_us;
	e = leaf->has_record
	    ? retain_request(&out->look, &ask, leaf->record, why)
	    : ERR_NOT_FOUND;
	/* Every entry of such a kind has its record: this one is lost. */
	if (e == ERR_NOT_FOUND) {
		out->blind = ends ? rule_get(RULE_END_UNKNOWN) : NULL;
		return ERR_OK;
	}
	out->row = e == ERR_OK;
	out->known = out->row && out->look.class != NULL;
	/* Nobody knows whether a law keeps it, or what was asked before. */
	if (e == ERR_OK && ends && out->look.policy == NULL)
		out->blind = rule_get(RULE_END_POLICY);
	if (e == ERR_OK &&
	    fold_wait_hides(&ctx->fold, x->line, out->place, &wait, NULL) ==
	        ERR_OK &&
	    wait.unread && (x->what.fields_len > 0 || x->body->wrong))
		out->blind = rule_get(RULE_REQUEST_LOST);
	return e;
}

/* While the time is in doubt, every term may run still. */
static bool
law_runs(const struct term *t)
{
	return t->known && t->look.answer.law_us != 0 &&
	    (!t->time.certain || t->time.now_us < t->look.answer.law_us);
}

static bool
all_hidden(const struct fold_wait *w, const struct log_erasure *what)
{
	size_t found = 0;

	for (size_t i = 0; i < what->fields_len; i++) {
		for (size_t k = 0; k < w->hidden_len; k++)
			found += w->hidden[k] == what->fields[i];
	}
	return what->fields_len > 0 && found == what->fields_len;
}

static const struct rule *
term_forbids(struct commit_ctx *ctx, struct erasure *x, const struct term *t,
    struct err_why *why)
{
	struct submit_result *r = x->op.result;
	struct fold_wait wait;
	enum err e;

	if (t->look.facts.held) {
		text_uuid_put(r->said.what, t->look.hold);
		return rule_get(RULE_ERASE_HELD);
	}
	if (!law_runs(t))
		return NULL;
	rule_say(&r->said, &(struct rule_gap){.clause = t->look.clause});
	if (x->due)
		return rule_get(RULE_ERASE_WAITS);
	if (x->body->wrong)
		return is_personal(ctx, t->look.class, &x->what)
		    ? NULL
		    : rule_get(RULE_ERASE_WRONG);
	/* More of it may be asked for than before. */
	e = fold_wait(&ctx->fold, x->line, t->place, &wait, why);
	if (e == ERR_OK && (wait.whole || all_hidden(&wait, &x->what)))
		return rule_get(RULE_ERASE_ASKED);
	return NULL;
}

/* Somebody else may have carried it out, or it went on in a wider one. */
static bool
waits(struct commit_ctx *ctx, const struct erasure *x, const struct term *t)
{
	struct fold_wait wait;
	uint8_t id[16];

	return text_uuid_get(id, bytes_str(x->body->request), NULL) == ERR_OK &&
	    fold_wait(&ctx->fold, x->line, t->place, &wait, NULL) == ERR_OK &&
	    memcmp(wait.request, id, sizeof id) == 0;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Adds numbers that are not there; in order. */
static void
merge(uint32_t *to, size_t *len, const uint32_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool there = false;

		for (size_t k = 0; k < *len; k++)
			there |= to[k] == from[i];
		if (!there && *len < WAIT_FIELDS)
			to[(*len)++] = from[i];
	}
	qsort(to, *len, sizeof *to, by_number);
}

/* What is asked for, with what was asked for before; what nobody is given from
 * now on: that, or of the whole what names persons or may. */
static void
ask(struct commit_ctx *ctx, const struct erasure *x, const struct term *t,
    Record__Retention *m)
{
	const struct fold_spot at = {
	    .slot = x->what.slot, .index = x->what.index};
	uint32_t all[WAIT_FIELDS];
	struct fold_wait wait;
	size_t n;

	/* Of one that a lost request may be for, all of it. */
	if (fold_wait_hides(&ctx->fold, x->line, t->place, &wait, NULL) !=
	    ERR_OK)
		wait.hidden_len = 0;
	merge(m->hidden, &m->n_hidden, wait.hidden, wait.hidden_len);
	if (x->what.fields_len == 0) {
		/* Each number, where they are those of another message. */
		for (n = 0; n < WAIT_FIELDS; n++)
			all[n] = (uint32_t)n + 1;
		if (retain_is_of(&ctx->fold, &at, t->look.class))
			n = retention_hidden(t->look.class, all, WAIT_FIELDS);
		merge(m->hidden, &m->n_hidden, all, n);
		return;
	}
	merge(m->hidden, &m->n_hidden, x->what.fields, x->what.fields_len);
	m->fields = m->hidden;
	m->n_fields = m->n_hidden;
}

static enum err
defer(struct commit_ctx *ctx, struct erasure *x, const struct term *t,
    struct err_why *why)
{
	static char waits_code[] = "ERASE_WAITS";
	Record__Retention m = RECORD__RETENTION__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	struct submit_receipt *item = &x->op.result->items[0];
	const struct retention_answer *a = &t->look.answer;
	uint32_t hidden[WAIT_FIELDS];
	char term[RETAIN_TERM_BYTES];
	struct fold_wait before;
	struct log_erasure what;
	struct log_place place;
	bool follows;
	enum err e;

	if (x->what.fields_len > SLICE_MAX)
		return err_fail(why, ERR_LIMIT, "too many fields");
	retain_term(term, t->look.policy, t->look.class);
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__RETENTION__ACTION__DEFER;
	m.occurred_at = ctx->now_us;
	m.reason = x->body->reason;
	m.requested_by = x->body->requested_by;
	m.origin = x->body->origin;
	m.n_index = 1;
	m.index = &x->what.index;
	m.hidden = hidden;
	ask(ctx, x, t, &m);
	m.has_until_at = a->law_us != INT64_MAX;
	m.until_at = m.has_until_at ? a->law_us : 0;
	m.clause = t->look.clause;
	m.retention = term;
	annex.code = waits_code; /* its leaf is told by it (fold_retain.c) */
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__RETENTION,
	    .body = &m.base,
	    .annex = &annex,
	    .record_id = x->record_id,
	    .event_id = x->event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	follows =
	    fold_wait(&ctx->fold, x->line, t->place, &before, NULL) == ERR_OK &&
	    submit_asker_left(ctx, x->line, &before);
	e = draft_append(ctx, &spec, &place, why);
	if (e != ERR_OK)
		return e;
	submit_op_place(item, &spec, &place);
	item->rule = rule_get(RULE_ERASE_WAITS);
	item->due_us = m.has_until_at ? m.until_at : 0;
	/* The one before goes on in this one. */
	if (!follows)
		return ERR_OK;
	e = submit_asker_forget(ctx, x->line, &before, &what, why);
	if (e == ERR_OK)
		e = log_erase(ctx->site->own.book, ctx->txn, &what, 1, why);
	if (e != ERR_OK)
		return e;
	ctx->erased = true;
	return fold_record(&ctx->fold, x->line, before.request, why);
}

static enum err
erase_now(struct commit_ctx *ctx, struct erasure *x, const uint8_t *record,
    const uint64_t *waiting, struct err_why *why)
{
	struct log_book *book = ctx->site->own.book;
	struct log_erasure what[2] = {x->what};
	struct fold_wait wait;
	struct log_place place;
	size_t n = 1;
	enum err e;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ERASURE,
	    .body = &x->body->base,
	    .message = buf_view(&x->message),
	    .record_id = x->record_id,
	    .event_id = x->event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};

	/* Asked before the entry, which ends the request in the tables. */
	if (waiting != NULL &&
	    fold_wait(&ctx->fold, x->line, *waiting, &wait, NULL) == ERR_OK &&
	    submit_asker_left(ctx, x->line, &wait))
		n = 2;
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&x->op.result->items[0], &spec, &place);
	if (e == ERR_OK && n == 2)
		e = submit_asker_forget(ctx, x->line, &wait, &what[1], why);
	if (e == ERR_OK)
		e = log_erase(book, ctx->txn, what, n, why);
	if (e != ERR_OK)
		return e;
	ctx->erased = true;
	if (n == 2)
		e = fold_record(&ctx->fold, x->line, wait.request, why);
	if (e != ERR_OK)
		return e;
	if (record == NULL)
		return ERR_OK;
	e = fold_record(&ctx->fold, x->line, record, why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
erasure_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct erasure *x = (struct erasure *)cmd;
	const struct rule *rule = NULL;
	struct term term = {.known = false};
	struct leaf leaf = {.has_record = false};
	bool at_once;
	enum err e;

	e = find_log(ctx, x, why);
	if (e == ERR_OK)
		e = erasure_allowed(ctx, x, &rule, &leaf, why);
	if (e == ERR_OK && rule == NULL)
		e = find_term(ctx, x, &leaf, &term, why);
	if (e == ERR_OK && rule == NULL && x->due && !waits(ctx, x, &term))
		rule = rule_get(RULE_ERASED_ALREADY);
	if (e == ERR_OK && rule == NULL && term.blind != NULL)
		rule = term.blind;
	if (e == ERR_OK && rule == NULL && term.row)
		rule = term_forbids(ctx, x, &term, why);
	at_once = !law_runs(&term) || x->body->wrong;
	if (e == ERR_OK && rule == NULL && term.row && at_once &&
	    submit_keep_danger(
	        &x->what, &ctx->site->index_mac, &term.look.row, ctx->now_us))
		rule = rule_get(RULE_ERASE_DECIDES);
	if (e == ERR_OK && rule != NULL)
		return submit_op_rule(&x->op, rule, why);
	if (e != ERR_OK)
		return e;
	if (!at_once)
		return defer(ctx, x, &term, why);
	return erase_now(ctx, x, leaf.has_record ? leaf.record : NULL,
	    x->line == ctx->site->evidence &&
	            (x->due || x->what.fields_len == 0)
	        ? &term.place
	        : NULL,
	    why);
}

/* The command, but for what it erases. */
static struct erasure *
new_erasure(const struct submit_to *to)
{
	struct erasure *x = submit_op_new(to, sizeof *x, 1);

	x->op.cmd.run = erasure_run;
	x->op.cmd.class = COMMIT_LATER;
	x->op.cmd.cost = COMMIT_BATCH_MAX; /* alone in its transaction */
	x->op.clear = erasure_clear;
	crypto_uuid7(x->record_id, site_now(to->site));
	crypto_uuid7(x->event_id, site_now(to->site));
	return x;
}

/* Takes the message over, its fields in order, and queues the command. */
static void
put_erasure(struct erasure *x, const Record__Erasure *m, enum err e,
    struct err_why *why)
{
	ProtobufCMessage *copy = NULL;

	if (e == ERR_OK)
		e = submit_op_copy(&m->base, &x->message, &copy, why);
	if (e != ERR_OK) {
		submit_op_fail(&x->op, e, why);
		return;
	}
	x->body = (Record__Erasure *)copy;
	if (x->body->n_fields > 0)
		qsort(x->body->fields, x->body->n_fields, sizeof(uint32_t),
		    by_number);
	/* The bytes must say what the sorted message says. */
	buf_reset(&x->message);
	slice_pack(&x->message, &x->body->base);
	x->what.index = x->body->index;
	x->what.fields = x->body->fields;
	x->what.fields_len = x->body->n_fields;
	submit_op_put(&x->op);
}

void
submit_erasure(const struct submit_to *to, const Api__ErasurePost *post)
{
	struct erasure *x = new_erasure(to);
	Record__Erasure m = RECORD__ERASURE__INIT;
	const char *origin = post->origin != NULL
	    ? post->origin
	    : site_log(to->site, SITE_EVIDENCE)->key.name;
	char *owned = mem_strdup(origin);
	struct err_why why = {.text = ""};
	enum err e = ERR_OK;

	m.origin = owned;
	m.has_index = true;
	m.index = post->index;
	m.fields = post->fields;
	m.n_fields = post->n_fields;
	m.reason = post->reason;
	m.requested_by = post->requested_by;
	m.has_wrong = post->wrong;
	m.wrong = post->wrong;
	if (!post->has_index || post->reason == NULL)
		e = err_fail(
		    &why, ERR_MALFORMED, "an index and a reason are needed");
	put_erasure(x, &m, e, &why);
	free(owned);
}

void
submit_erasure_due(const struct submit_to *to, const struct submit_due *due)
{
	struct erasure *x = new_erasure(to);
	Record__Erasure m = RECORD__ERASURE__INIT;
	char request[TEXT_UUID_CHARS + 1];
	char reason[] = "the term that it waited for is over";
	struct err_why why = {.text = ""};

	text_uuid_put(request, due->request);
	m.origin = due->asked->origin;
	m.has_index = true;
	m.index = due->asked->index[0];
	m.fields = due->asked->fields;
	m.n_fields = due->asked->n_fields;
	m.reason = reason;
	m.request = request;
	x->due = true;
	put_erasure(x, &m, ERR_OK, &why);
}

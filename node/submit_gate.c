/* submit_gate.c - codes for gates: made by the issuer, checked by the site. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/person.h"
#include "node/fold_key.h"
#include "node/fold_retain.h"
#include "node/gate_code.h"
#include "node/site_keys.h"
#include "node/submit_credential.h"
#include "node/submit_op.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_S 60u
#define REF_CHARS 64
#define LOOKED_AT 256 /* records of one person */
#define SHOWN_MAX 64 /* presentations in force of one reference */

/* A reader of the own tables. */
static enum err
begin(struct commit_ctx *ctx, struct site *s, struct err_why *why)
{
	enum err e;

	*ctx = (struct commit_ctx){.site = s};
	e = store_read(s->own.store, &ctx->txn, why);
	ctx->fold = (struct fold){
	    .txn = ctx->txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac,
	};
	return e;
}

/* Records of one kind under a reference, newest first, until `take` says that
 * it is the one: ERR_OK; ERR_NOT_FOUND: none is. */
static enum err
newest(struct commit_ctx *ctx, const char *holder, Ledger__Kind kind,
    enum err (*take)(struct commit_ctx *ctx, const uint8_t *id, void *arg,
        struct err_why *why),
    void *arg, struct err_why *why)
{
	struct fold_key k = fold_key_holder(ctx->site->evidence,
	    fold_hash(ctx->fold.mac, FOLD_SUBJECT, holder), 0, NULL);
	struct fold_key end;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = 0;
	enum err found = ERR_NOT_FOUND;
	enum err e;

	fold_key_uint(&k, (uint64_t)kind, 2);
	end = k;
	fold_key_uint(&end, UINT64_MAX, 8);
	e = store_cursor(ctx->txn, ctx->fold.t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	while (e == ERR_OK && found == ERR_NOT_FOUND && n++ < LOOKED_AT &&
	    row.key.len == k.len + 16 && memcmp(row.key.ptr, k.b, k.len) == 0) {
		found = take(ctx, row.key.ptr + k.len, arg, why);
		e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_OK || e == ERR_NOT_FOUND ? found : e;
}

/* ---- the issuer's side ---- */

struct wanted {
	const char *holder;
	uint8_t id[16];
};

/* A hash found it; only the sealed text says whose it is. */
static enum err
take_certificate(
    struct commit_ctx *ctx, const uint8_t *id, void *arg, struct err_why *why)
{
	static const uint8_t none[16];
	struct wanted *w = arg;
	ProtobufCMessage *body = NULL;
	struct row r;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &r, why);

	if (e != ERR_OK)
		return e;
	if (memcmp(r.ref, none, sizeof none) == 0 ||
	    row_state(&r, site_now(ctx->site)) != ROW_VALID)
		return ERR_NOT_FOUND;
	e = submit_op_body(ctx, ctx->site->evidence, r.first,
	    &record__certificate__descriptor, &body, why);
	if (e == ERR_OK) {
		if (!person_same(
		        ((const Record__Certificate *)body)->holder, w->holder))
			e = ERR_NOT_FOUND;
	}
	slice_free(body);
	if (e == ERR_OK)
		memcpy(w->id, id, sizeof w->id);
	return e;
}

static enum err
find_certificate(
    struct site *s, const char *holder, char *out, struct err_why *why)
{
	struct wanted w = {.holder = holder};
	struct commit_ctx ctx;
	enum err e = begin(&ctx, s, why);

	if (e == ERR_OK)
		e = newest(&ctx, holder, LEDGER__KIND__CERTIFICATE,
		    take_certificate, &w, why);
	store_abort(ctx.txn);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, e,
		    "no certificate of this holder is published and in force; "
		    "publish one first");
	text_uuid_put(out, w.id);
	return e;
}

static enum err
fill_code(struct gate_code *c, const Record__Presentation *p,
    const Api__CodePost *post, struct err_why *why)
{
	struct buf ref = {.ptr = c->ref, .cap = 32, .max = 32};
	enum err e = text_hex_get(&ref, bytes_str(p->holder_ref), why);

	c->flags = post->badge ? GATE_CODE_BADGE : 0;
	c->issued_s = (uint32_t)(p->issued_at / SECOND_US);
	c->expires_s = c->issued_s +
	    (post->has_minutes ? post->minutes : SUBMIT_GATE_MINUTES) *
	        MINUTE_S;
	crypto_random(c->nonce, sizeof c->nonce);
	return e;
}

static Api__Code *
code_view(const struct gate_code *c, const char *record_id)
{
	Api__Code *m = mem_alloc(1, sizeof *m);
	struct buf text;

	api__code__init(m);
	buf_init(&text, GATE_CODE_CHARS + 1);
	gate_code_put(&text, c);
	m->code = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
	m->has_expires_at = true;
	m->expires_at = c->expires_s * SECOND_US;
	m->record_id = mem_strdup(record_id);
	return m;
}

enum err
submit_gate_issue(struct site *s, const Api__CodePost *post, Api__Code **out,
    struct err_why *why)
{
	Api__PresentPost present = API__PRESENT_POST__INIT;
	Record__Presentation *p = NULL;
	char id[TEXT_UUID_CHARS + 1];
	struct gate_code c = {.flags = 0};
	enum err e = ERR_OK;

	if (post->has_minutes &&
	    (post->minutes < 1 || post->minutes > SUBMIT_GATE_MINUTES_MAX))
		return err_fail(why, ERR_MALFORMED, "minutes: expected 1 to %d",
		    SUBMIT_GATE_MINUTES_MAX);
	if ((post->holder == NULL) == (post->record_id == NULL))
		return err_fail(why, ERR_MALFORMED,
		    "holder: give that or recordId, one of them");
	/* What ended a certificate may be among what is lost. */
	if (atomic_load(&s->unsure) != 0)
		return rule_fail(
		    why, ERR_BUSY, rule_get(RULE_HEADS_UNKNOWN), NULL);
	/* Only its reference is in a code: whatever he is shown by will do. */
	present.has_days = true;
	present.days = 1;
	present.record_id = post->record_id;
	present.verifier = post->verifier != NULL ? post->verifier : s->name;
	if (post->record_id == NULL) {
		e = find_certificate(s, post->holder, id, why);
		present.record_id = id;
	}
	/* Published, in force, and its secret at hand: as a presentation. */
	if (e == ERR_OK)
		e = submit_present(s, &present, &p, why);
	if (e == ERR_OK)
		e = fill_code(&c, p, post, why);
	if (e == ERR_OK) {
		gate_code_sign(
		    &c, s->name, present.verifier, &site_keys(s)->identity);
		*out = code_view(&c, present.record_id);
	}
	if (p != NULL)
		record__presentation__free_unpacked(p, NULL);
	return e;
}

/* ---- the gate's side ---- */

struct gate {
	struct submit_op op;
	Api__GatePost *asked; /* a copy */
	struct gate_code code;
	char ref[REF_CHARS + 1];
	uint8_t once[16];
	uint8_t credential[16]; /* on whose account the issuer vouches */
	uint8_t shown[SHOWN_MAX][16]; /* all of his, newest first */
	size_t shown_len;
	bool named; /* the site has a name for him */
	bool known; /* somebody is, by this reference */
	bool too_long; /* to be told apart by what fits: nobody is let in */
	bool waits; /* what says who is stored only (docs/decisions/0036) */
	char holder[256]; /* his reference here */
};

static void
gate_clear(struct submit_op *op)
{
	struct gate *g = (struct gate *)op;

	if (g->asked != NULL)
		slice_free(&g->asked->base);
}

/* Is the code by whoever signed this presentation? */
static bool
is_by(const struct gate *g, struct site *s, const Record__Presentation *p)
{
	return p->issuer != NULL && p->key.len == CRYPTO_ALG_PUB_BYTES &&
	    submit_credential_holds(s, p) &&
	    gate_code_check(&g->code, p->issuer, s->name, p->key.data + 1) ==
	    ERR_OK;
}

/* ERR_NOT_FOUND: look on. */
static enum err
take_shown(struct gate *g, const struct commit_ctx *ctx,
    const Record__Presentation *p, const struct row *r, struct err_why *why)
{
	int n;

	if (r->to_us > site_now(ctx->site)) {
		if (g->shown_len == SHOWN_MAX)
			return err_fail(why, ERR_LIMIT,
			    "more than %d presentations of this holder are in "
			    "force",
			    SHOWN_MAX);
		memcpy(g->shown[g->shown_len++], r->ref, 16);
	}
	if (g->holder[0] == '\0')
		memcpy(g->credential, r->ref, 16);
	if (g->named)
		return ERR_NOT_FOUND;
	g->named = p->holder != NULL;
	n = snprintf(
	    g->holder, sizeof g->holder, "%s", g->named ? p->holder : g->ref);
	g->too_long = n >= (int)sizeof g->holder;
	return ERR_NOT_FOUND;
}

/* One presentation under the reference.  What is recorded against a person
 * stands under the name that the site gave him: one that says it is better. */
static enum err
take_presentation(
    struct commit_ctx *ctx, const uint8_t *id, void *arg, struct err_why *why)
{
	struct gate *g = arg;
	ProtobufCMessage *body = NULL;
	const Record__Presentation *p;
	struct row r;
	bool waits = false;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &r, why);

	if (e == ERR_OK)
		e = fold_waits_any(
		    &ctx->fold, ctx->site->evidence, id, &r, &waits, why);
	if (e == ERR_OK)
		e = submit_op_body(ctx, ctx->site->evidence, r.first,
		    &record__presentation__descriptor, &body, why);
	if (e != ERR_OK)
		return e; /* erased: not found */
	p = (const Record__Presentation *)body;
	e = ERR_NOT_FOUND;
	if (p->holder_ref != NULL && strcmp(p->holder_ref, g->ref) == 0) {
		g->known = true;
		/* Passed over, it would hide what stands against its name. */
		g->waits |= waits;
		if (waits)
			e = ERR_OK;
		else if (is_by(g, ctx->site, p))
			e = take_shown(g, ctx, p, &r, why);
	}
	slice_free(body);
	return e;
}

/* False: not of this time, by the worse of what it may be now. */
static bool
in_time(const struct gate *g, const struct timeline_span *now)
{
	const struct gate_code *c = &g->code;
	const int64_t issued = c->issued_s * SECOND_US;

	return c->expires_s > c->issued_s &&
	    c->expires_s - c->issued_s <= SUBMIT_GATE_MINUTES_MAX * MINUTE_S &&
	    now->to_us < c->expires_s * SECOND_US &&
	    now->from_us >= issued - SUBMIT_FUTURE_US;
}

/* On the caller's thread: whose code it is, and whether it is one. */
static const struct rule *
recognise(struct gate *g, struct site *s, enum err *e, struct err_why *why)
{
	const struct timeline_span now = timekeep_span(s, site_now(s));
	struct commit_ctx ctx;

	*e = begin(&ctx, s, why);
	if (*e == ERR_OK)
		*e = newest(&ctx, g->ref, LEDGER__KIND__PRESENTATION,
		    take_presentation, g, why);
	store_abort(ctx.txn);
	if (*e != ERR_OK && *e != ERR_NOT_FOUND)
		return NULL;
	*e = ERR_OK;
	if (!g->known)
		return rule_get(RULE_CODE_UNKNOWN);
	if (g->waits)
		return rule_get(RULE_ERASE_WAITS);
	if (g->too_long) {
		*e = err_fail(why, ERR_REFUSED,
		    "the holder's reference here is over %zu bytes: present "
		    "the credential again under a shorter one",
		    sizeof g->holder - 1);
		return NULL;
	}
	if (g->holder[0] == '\0')
		return rule_get(RULE_CODE_INVALID);
	return in_time(g, &now) ? NULL : rule_get(RULE_CODE_EXPIRED);
}

/* Is what the issuer says of it too old to rest an ALLOW on? */
static bool
is_stale(const struct decide_input *in, const struct decide_credential *c)
{
	return !c->own &&
	    (in->status_ttl_us <= 0 || c->status_seen_us <= 0 ||
	        in->now_us - c->status_seen_us > in->status_ttl_us);
}

/* Whoever vouches for the person has taken back what he vouched by, or may
 * have: other certificates do not make the code good.  NULL: he has not. */
static const struct rule *
taken_back(const struct gate *g, const struct decide_facts *f,
    const struct decide_answer *a)
{
	const bool allow = a->result == RECORD__DECISION__RESULT__ALLOW;

	for (size_t i = 0; i < f->in.creds_len; i++) {
		const struct decide_credential *c = &f->creds[i];

		if (memcmp(c->id, g->credential, sizeof c->id) != 0)
			continue;
		switch (c->status) {
		case DECIDE_VALID:
			return allow && is_stale(&f->in, c)
			    ? rule_get(RULE_STATUS_STALE)
			    : NULL;
		case DECIDE_SUSPENDED:
			return rule_get(RULE_CREDENTIAL_SUSPENDED);
		case DECIDE_REVOKED:
		case DECIDE_CANCELLED:
			return rule_get(RULE_CREDENTIAL_REVOKED);
		case DECIDE_LAPSED:
			return rule_get(RULE_REVIEW_OVERDUE);
		case DECIDE_UNKNOWN:
			break;
		}
		break;
	}
	return rule_get(RULE_CREDENTIAL_UNKNOWN);
}

static const struct decide_credential *
fact_of(const struct decide_facts *f, const uint8_t *id)
{
	for (size_t i = 0; i < f->in.creds_len; i++) {
		if (memcmp(f->creds[i].id, id, 16) == 0)
			return &f->creds[i];
	}
	return NULL;
}

/* Under one reference stands whatever this issuer vouches for: what he took
 * back and nothing of its class put in its place. */
static const struct rule *
also_taken_back(const struct gate *g, const struct decide_facts *f)
{
	for (size_t i = 0; i < g->shown_len; i++) {
		const struct decide_credential *c = fact_of(f, g->shown[i]);
		bool anew = false;

		if (c == NULL ||
		    (c->status != DECIDE_SUSPENDED &&
		        c->status != DECIDE_REVOKED))
			continue;
		for (size_t j = 0; j < i && !anew; j++) {
			const struct decide_credential *o =
			    fact_of(f, g->shown[j]);

			anew = o != NULL && o->status == DECIDE_VALID &&
			    o->class_hash == c->class_hash;
		}
		if (!anew)
			return rule_get(c->status == DECIDE_SUSPENDED
			        ? RULE_CREDENTIAL_SUSPENDED
			        : RULE_CREDENTIAL_REVOKED);
	}
	return NULL;
}

static enum err
gate_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct gate *g = (struct gate *)cmd;
	struct submit_result *r = g->op.result;
	const bool badge = (g->code.flags & GATE_CODE_BADGE) != 0;
	const struct timeline_span now = timekeep_span(ctx->site, ctx->now_us);
	struct decide_question q = {
	    .holder = g->holder,
	    .work_type = g->asked->work_type,
	    .level = g->asked->level,
	    .area = g->asked->area,
	    .now_us = ctx->now_us,
	    .role = g->asked->role,
	    .nonce = g->code.nonce,
	    .once = badge ? NULL : g->once,
	};
	const struct rule *rule;
	struct decide_facts *facts;
	struct decide_answer a;
	uint64_t place;
	enum err e;

	/* It may have waited for its turn. */
	if (!in_time(g, &now))
		return submit_op_rule(&g->op, rule_get(RULE_CODE_EXPIRED), why);
	e = fold_by_event_id(
	    &ctx->fold, ctx->site->evidence, g->once, &place, NULL);
	if (e == ERR_OK)
		return submit_op_rule(&g->op, rule_get(RULE_CODE_USED), why);
	if (e != ERR_NOT_FOUND)
		return err_fail(why, e, "cannot look for the code");
	facts = mem_alloc(1, sizeof *facts);
	e = submit_decision_run(ctx, &q, facts, &a, why);
	rule = e == ERR_OK ? taken_back(g, facts, &a) : NULL;
	if (e == ERR_OK && rule == NULL)
		rule = also_taken_back(g, facts);
	if (rule != NULL)
		e = submit_op_rule(&g->op, rule, why);
	if (e == ERR_OK)
		e = submit_decision_append(
		    ctx, &q, facts, &a, &r->items[0], why);
	if (e == ERR_OK) {
		submit_decision_result(r, ctx->now_us, facts, &a);
		(void)snprintf(r->holder, sizeof r->holder, "%s", g->holder);
	}
	free(facts);
	return e;
}

/* What an entry that allows by this code is called. */
static void
name_once(struct gate *g)
{
	struct bytes parts[] = {bytes_str("lianfang/gate-used/v1\n"),
	    bytes_of(g->code.ref, sizeof g->code.ref),
	    bytes_of(g->code.nonce, sizeof g->code.nonce)};
	struct buf text;
	struct hash h;

	buf_init(&text, 128);
	for (size_t i = 0; i < 3; i++)
		buf_bytes(&text, parts[i]);
	digest_sha256(&h, buf_view(&text));
	buf_clear(&text);
	digest_uuid8(g->once, h.b);
}

void
submit_gate(const struct submit_to *to, const Api__GatePost *post)
{
	struct gate *g = submit_op_new(to, sizeof *g, 1);
	const struct rule *rule = NULL;
	struct err_why why = {.text = ""};
	ProtobufCMessage *copied = NULL;
	const char *path = NULL;
	struct buf bytes;
	enum err e;

	g->op.cmd.run = gate_run;
	g->op.clear = gate_clear;
	buf_init(&bytes, 8192);
	e = submit_op_check(&post->base, &path, &why);
	if (e == ERR_OK)
		e = submit_op_copy(&post->base, &bytes, &copied, &why);
	buf_clear(&bytes);
	g->asked = (Api__GatePost *)copied;
	if (e == ERR_OK)
		e = gate_code_get(&g->code,
		    bytes_str(post->code != NULL ? post->code : ""), &why);
	if (e == ERR_OK) {
		struct buf ref = {.ptr = (uint8_t *)g->ref,
		    .cap = REF_CHARS,
		    .max = REF_CHARS};

		text_hex_put(&ref, bytes_of(g->code.ref, sizeof g->code.ref));
		rule = recognise(g, to->site, &e, &why);
	}
	if (rule != NULL)
		e = submit_op_rule(&g->op, rule, &why);
	if (e != ERR_OK) {
		submit_op_fail(&g->op, e, &why);
		return;
	}
	name_once(g);
	if (!submit_op_area(&g->op,
	        fold_hash(&to->site->index_mac, FOLD_AREA, post->area))) {
		submit_op_refuse(&g->op, RULE_AREA_DENIED, "area");
		return;
	}
	submit_op_put(&g->op);
}

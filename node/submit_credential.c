/* submit_credential.c - certificates as credentials of the alliance. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_credential.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "node/domain/certificate.h"
#include "node/domain/person.h"
#include "node/domain/term.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/showing.h"
#include "node/site_keys.h"
#include "node/submit_op.h"
#include "node/submit_pairing.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SECRET_BYTES 32

static bool
is_set(const uint8_t id[static 16])
{
	static const uint8_t none[16];

	return memcmp(id, none, 16) != 0;
}

/* ---- publishing ---- */

struct publish {
	struct submit_op op;
	uint8_t certificate[16];
};

/* The link between person and credential stays sealed in the evidence log. */
static enum err
append_publish(struct commit_ctx *ctx, const struct publish *p,
    const struct submit_minted *made, struct submit_receipt *out,
    struct err_why *why)
{
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	struct submit_secret known;
	char text[TEXT_UUID_CHARS + 1];
	uint8_t secret[SECRET_BYTES];
	uint8_t event_id[16];
	struct log_place place;
	enum err e =
	    submit_pairing_secret(ctx, p->certificate, made->row, &known, why);

	/* A verifier knows the holder again, by whatever certificate. */
	memcpy(secret, known.b, sizeof secret);
	crypto_wipe(&known, sizeof known);
	if (e == ERR_NOT_FOUND)
		e = submit_pairing_person(ctx, made->issue, secret, why);
	if (e != ERR_OK)
		return e;
	text_uuid_put(text, made->id);
	m.has_action = true;
	m.action = RECORD__CERTIFICATE__ACTION__PUBLISH;
	m.has_occurred_at = true;
	m.occurred_at = ctx->now_us;
	m.credential_id = text;
	m.has_holder_secret = true;
	m.holder_secret = (ProtobufCBinaryData){sizeof secret, secret};
	m.has_spare = true;
	m.spare = true;
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__CERTIFICATE,
	    .body = &m.base,
	    .record_id = p->certificate,
	    .event_id = event_id,
	    .event_seq = made->row->seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	crypto_wipe(secret, sizeof secret);
	if (e == ERR_OK)
		submit_op_place(out, &spec, &place);
	return e;
}

static enum err
publish_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct publish *p = (struct publish *)cmd;
	struct submit_result *r = p->op.result;
	uint16_t slot = ctx->site->evidence;
	ProtobufCMessage *body = NULL;
	uint8_t id[16];
	struct row row;
	enum err e;

	e = fold_get(&ctx->fold, slot, p->certificate, &row, why);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_OK && row.kind != LEDGER__KIND__CERTIFICATE))
		return submit_op_rule(
		    &p->op, rule_get(RULE_RECORD_UNKNOWN), why);
	if (e != ERR_OK)
		return e;
	if (is_set(row.ref))
		return submit_op_rule(
		    &p->op, rule_get(RULE_CERT_PUBLISHED), why);
	if (row_state(&row, ctx->now_us) != ROW_VALID)
		return submit_op_rule(
		    &p->op, rule_get(RULE_STATE_FORBIDS), why);
	e = submit_op_body(
	    ctx, slot, row.first, &record__certificate__descriptor, &body, why);
	if (e == ERR_NOT_FOUND)
		return submit_op_rule(&p->op, rule_get(RULE_NOT_HELD), why);
	if (e != ERR_OK)
		return e;
	crypto_uuid7(id, ctx->now_us);
	const struct submit_minted made = {
	    .issue = (const Record__Certificate *)body,
	    .row = &row,
	    .until_us = INT64_MAX,
	    .id = id,
	};
	e = submit_pairing_mint(ctx, &made, &r->items[0], why);
	if (e == ERR_OK)
		e = append_publish(ctx, p, &made, &r->items[1], why);
	text_uuid_put(r->credential_id, id);
	slice_free(body);
	return e;
}

void
submit_publish(const struct submit_to *to, const char *certificate_id)
{
	struct publish *p = submit_op_new(to, sizeof *p, 2);

	p->op.cmd.run = publish_run;
	if (text_uuid_get(p->certificate, bytes_str(certificate_id), NULL) !=
	    ERR_OK)
		submit_op_refuse(&p->op, RULE_RECORD_UNKNOWN, "recordId");
	else
		submit_op_put(&p->op);
}

static enum err
say(struct commit_ctx *ctx, const uint8_t *id, Record__Status__Value value,
    int64_t effective_us, struct err_why *why)
{
	Record__Status m = RECORD__STATUS__INIT;
	struct site *s = ctx->site;
	char text[TEXT_UUID_CHARS + 1];
	char reviewed[] = "REVIEWED";
	uint8_t event_id[16];
	struct row cred;
	struct log_place place;
	enum err e = fold_get(&ctx->fold, s->alliance, id, &cred, why);

	if (e != ERR_OK)
		return e;
	text_uuid_put(text, id);
	m.credential_id = text;
	m.issuer = s->name;
	m.has_value = true;
	m.value = value;
	m.has_effective_at = true;
	m.effective_at = effective_us;
	if (value == RECORD__STATUS__VALUE__LAPSED)
		m.reason_code = reviewed;
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = s->alliance,
	    .kind = LEDGER__KIND__STATUS,
	    .body = &m.base,
	    .record_id = id,
	    .event_id = event_id,
	    .event_seq = cred.seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	return draft_append(ctx, &spec, &place, why);
}

/* Nothing is said any more of one that is final, nor, while nothing was said
 * against it, of one that is over: a day, for clocks that differ. */
static bool
is_over(const struct row *cred, int64_t now_us)
{
	return cred->state == ROW_REVOKED || cred->state == ROW_LAPSED ||
	    (cred->state == ROW_VALID && cred->to_us + TERM_DAY_US < now_us);
}

static enum err
say_of_all(struct commit_ctx *ctx, const struct fold_ids *ids,
    Record__Status__Value value, int64_t effective_us, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < ids->len && e == ERR_OK; i++) {
		struct row cred;

		e = fold_get(
		    &ctx->fold, ctx->site->alliance, ids->at[i], &cred, why);
		if (e == ERR_OK && !is_over(&cred, ctx->now_us))
			e = say(ctx, ids->at[i], value, effective_us, why);
	}
	return e;
}

enum err
submit_status_append(
    struct commit_ctx *ctx, const struct status_of *of, struct err_why *why)
{
	const struct row *before = of->before;
	const struct row after = ctx->fold.row;
	Record__Status__Value value = RECORD__STATUS__VALUE__REVOKED;
	struct fold_ids ids = {.at = NULL};
	enum err e;

	if (!is_set(before->ref) ||
	    (after.state == before->state && is_set(after.ref)))
		return ERR_OK;
	if (!is_set(after.ref))
		value = RECORD__STATUS__VALUE__LAPSED;
	else if (after.state == ROW_VALID)
		value = RECORD__STATUS__VALUE__VALID;
	else if (after.state == ROW_CERT_SUSPENDED)
		value = RECORD__STATUS__VALUE__SUSPENDED;
	e = submit_pairing_all(ctx, of->certificate, &ids, why);
	fold_ids_drop(&ids, before->ref);
	if (e == ERR_OK)
		e = say(ctx, before->ref, value, of->effective_us, why);
	if (e == ERR_OK)
		e = say_of_all(ctx, &ids, value, of->effective_us, why);
	fold_ids_clear(&ids);
	return e;
}

/* ---- accepting a presentation ---- */

struct shown {
	struct submit_op op;
	struct buf message;
	Record__Presentation *body;
	uint8_t credential[16];
	uint8_t record_id[16];
	uint8_t event_id[16];
};

static void
shown_clear(struct submit_op *op)
{
	struct shown *p = (struct shown *)op;

	if (p->body != NULL)
		slice_free(&p->body->base);
	buf_clear(&p->message);
}

bool
submit_credential_holds(struct site *s, const Record__Presentation *p)
{
	struct bytes key = bytes_of(p->key.data, p->key.len);

	if (strcmp(p->issuer, s->name) == 0)
		return key.len == CRYPTO_ALG_PUB_BYTES &&
		    key.ptr[0] == CRYPTO_ALG_ED25519 &&
		    memcmp(key.ptr + 1, site_keys(s)->identity.pub,
		        CRYPTO_PUB_BYTES) == 0;
	return s->peers.holds_key != NULL &&
	    s->peers.holds_key(s->peers.arg, p->issuer, key);
}

/* What a holder shows himself answers a challenge of ours, of now. */
static const struct rule *
check_answer(struct site *s, const Record__Presentation *p)
{
	enum err e;

	if (!p->has_holder_key && !p->has_commitment && !p->has_attributes &&
	    !p->has_holder_seed)
		return p->has_challenge ? rule_get(RULE_PRESENTATION_INVALID)
		                        : NULL;
	if (showing_is_whole(p))
		return rule_get(RULE_PRESENTATION_WHOLE);
	if (!p->has_challenge)
		return rule_get(RULE_CHALLENGE_MISSING);
	e = showing_challenge_check(
	    bytes_of(p->challenge.data, p->challenge.len), &s->index_mac,
	    s->name, site_now(s));
	if (e == ERR_REFUSED)
		return rule_get(RULE_CHALLENGE_EXPIRED);
	if (e != ERR_OK)
		return rule_get(RULE_CHALLENGE_FOREIGN);
	return showing_check(p, NULL, NULL) == ERR_OK
	    ? NULL
	    : rule_get(RULE_PRESENTATION_INVALID);
}

static const struct rule *
check_shown(struct site *s, const Record__Presentation *p)
{
	const struct rule *rule;
	int64_t now = site_now(s);
	struct buf text;
	enum err e;

	if (p->credential_id == NULL || p->issuer == NULL ||
	    p->verifier == NULL || p->holder_ref == NULL ||
	    strlen(p->holder_ref) != 64)
		return rule_get(RULE_FIELD_MISSING);
	if (strcmp(p->verifier, s->name) != 0)
		return rule_get(RULE_PRESENTATION_FOREIGN);
	if (!submit_credential_holds(s, p))
		return rule_get(RULE_ISSUER_UNKNOWN);
	rule = check_answer(s, p);
	if (rule != NULL)
		return rule;
	buf_init(&text, 4096);
	submit_credential_text(&text, p);
	e = buf_ok(&text, NULL);
	if (e == ERR_OK)
		e = crypto_check_alg(bytes_of(p->key.data, p->key.len),
		    buf_view(&text),
		    bytes_of(p->signature.data, p->signature.len), NULL);
	buf_clear(&text);
	if (e != ERR_OK)
		return rule_get(RULE_PRESENTATION_INVALID);
	if (p->issued_at > now + SUBMIT_FUTURE_US)
		return rule_get(RULE_TIME_FUTURE);
	if (p->expires_at <= now)
		return rule_get(RULE_PRESENTATION_EXPIRED);
	return NULL;
}

/* The credential must stand in the issuer's alliance log as we hold it. */
static enum err
credential_known(struct commit_ctx *ctx, const struct shown *p, bool *known,
    struct err_why *why)
{
	struct site *s = ctx->site;
	struct fold f = {
	    .t = &s->replica.tables,
	    .book = s->replica.book,
	    .mac = &s->index_mac,
	};
	struct row row = {0};
	uint16_t slot;
	enum err e;

	if (strcmp(p->body->issuer, s->name) == 0) {
		e = fold_get(&ctx->fold, s->alliance, p->credential, &row, why);
	} else {
		e = store_read(s->replica.store, &f.txn, why);
		if (e != ERR_OK)
			return e;
		e = fold_line_find(&f, p->body->issuer, "alliance", &slot, why);
		if (e == ERR_OK)
			e = fold_get(&f, slot, p->credential, &row, why);
		store_abort(f.txn);
	}
	*known = e == ERR_OK && row.kind == LEDGER__KIND__CREDENTIAL;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Is it what is accepted already, or somebody else under the same reference? */
static enum err
compare_shown(struct commit_ctx *ctx, const struct shown *p, const uint8_t *id,
    const struct rule **rule, struct err_why *why)
{
	uint16_t slot = ctx->site->evidence;
	ProtobufCMessage *body = NULL;
	const Record__Presentation *was;
	struct buf bytes;
	struct row row;
	enum err e;

	e = fold_get(&ctx->fold, slot, id, &row, why);
	if (e == ERR_OK)
		e = submit_op_body(ctx, slot, row.first,
		    &record__presentation__descriptor, &body, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e; /* erased */
	was = (const Record__Presentation *)body;
	/* A reference is of one issuer's secret: another who has seen it, on a
	 * code for instance, does not speak for that person. */
	if (was->issuer != NULL && was->holder_ref != NULL &&
	    strcmp(was->holder_ref, p->body->holder_ref) == 0 &&
	    strcmp(was->issuer, p->body->issuer) != 0)
		*rule = rule_get(RULE_HOLDER_BOUND);
	if (was->holder != NULL && p->body->holder != NULL &&
	    was->holder_ref != NULL &&
	    strcmp(was->holder_ref, p->body->holder_ref) == 0 &&
	    strcmp(was->holder, p->body->holder) != 0 &&
	    !person_same(was->holder, p->body->holder))
		*rule = rule_get(RULE_HOLDER_BOUND);
	buf_init(&bytes, SEAL_MESSAGE_MAX);
	slice_pack(&bytes, body);
	if (bytes_equal(buf_view(&bytes), buf_view(&p->message)))
		e = submit_op_found(
		    ctx, slot, row.first, &p->op.result->items[0], why);
	buf_clear(&bytes);
	slice_free(body);
	return e;
}

/* All that was accepted under this reference. */
static enum err
check_holder(struct commit_ctx *ctx, const struct shown *p,
    const struct rule **rule, struct err_why *why)
{
	struct fold_key k = fold_key_holder(ctx->site->evidence,
	    fold_hash(ctx->fold.mac, FOLD_SUBJECT, p->body->holder_ref), 0,
	    NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__PRESENTATION, 2);
	e = store_cursor(ctx->txn, ctx->fold.t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && *rule == NULL && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		e = compare_shown(ctx, p, row.key.ptr + k.len, rule, why);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
is_used(struct commit_ctx *ctx, const struct shown *p, bool *used,
    struct err_why *why)
{
	uint64_t place;
	enum err e = ERR_NOT_FOUND;

	if (p->body->has_challenge)
		e = fold_by_event_id(
		    &ctx->fold, ctx->site->evidence, p->event_id, &place, NULL);
	*used = e == ERR_OK;
	return e == ERR_OK || e == ERR_NOT_FOUND
	    ? ERR_OK
	    : err_fail(why, e, "cannot look for the challenge");
}

static enum err
shown_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct shown *p = (struct shown *)cmd;
	const struct rule *rule = NULL;
	struct log_place place;
	bool known = false;
	bool used = false;
	enum err e;

	p->op.result->items[0].duplicate = false;
	e = is_used(ctx, p, &used, why);
	if (e == ERR_OK && used)
		return submit_op_rule(
		    &p->op, rule_get(RULE_CHALLENGE_USED), why);
	if (e == ERR_OK)
		e = credential_known(ctx, p, &known, why);
	if (e != ERR_OK)
		return e;
	if (!known)
		return submit_op_rule(
		    &p->op, rule_get(RULE_CREDENTIAL_UNKNOWN), why);
	e = check_holder(ctx, p, &rule, why);
	if (e != ERR_OK)
		return e;
	if (rule != NULL)
		return submit_op_rule(&p->op, rule, why);
	if (p->op.result->items[0].duplicate)
		return ERR_OK;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__PRESENTATION,
	    .body = &p->body->base,
	    .message = buf_view(&p->message),
	    .record_id = p->record_id,
	    .event_id = p->event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&p->op.result->items[0], &spec, &place);
	return e;
}

void
submit_presentation(const struct submit_to *to, const Record__Presentation *p)
{
	struct shown *c = submit_op_new(to, sizeof *c, 1);
	const struct rule *rule;
	struct err_why why = {.text = ""};
	const char *path = NULL;
	ProtobufCMessage *copy = NULL;
	enum err e;

	c->op.cmd.run = shown_run;
	c->op.clear = shown_clear;
	e = submit_op_check(&p->base, &path, &why);
	if (e == ERR_OK)
		e = submit_op_copy(&p->base, &c->message, &copy, &why);
	c->body = (Record__Presentation *)copy;
	if (e == ERR_OK) {
		rule = check_shown(to->site, c->body);
		if (rule != NULL)
			e = submit_op_rule(&c->op, rule, &why);
	}
	if (e == ERR_OK)
		e = text_uuid_get(
		    c->credential, bytes_str(c->body->credential_id), &why);
	if (e != ERR_OK) {
		submit_op_fail(&c->op, e, &why);
		return;
	}
	crypto_uuid7(c->record_id, site_now(to->site));
	crypto_uuid7(c->event_id, site_now(to->site));
	/* The entry is called after the challenge: there is one for each. */
	if (c->body->has_challenge)
		showing_used(c->event_id,
		    bytes_of(c->body->challenge.data, c->body->challenge.len));
	submit_op_put(&c->op);
}

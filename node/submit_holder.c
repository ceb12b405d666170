/* submit_holder.c - what is recorded against a holder of certificates. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_holder.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/credential_pack.h"
#include "node/domain/person.h"
#include "node/domain/term.h"
#include "node/fold_key.h"
#include "node/fold_person.h"
#include "node/permit_open.h"
#include "node/submit_activity.h"
#include "node/submit_op.h"
#include "node/submit_person.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define LOOKED_AT 1024 /* records of one person and kind */

struct ids {
	uint8_t (*at)[16];
	size_t len;
};

/* Records of one kind under a keyed hash, newest first: appending moves the
 * pages under a cursor, so they are collected. */
static enum err
collect(struct commit_ctx *ctx, uint64_t whose, unsigned kind, struct ids *out,
    struct err_why *why)
{
	struct fold_key k =
	    fold_key_holder(ctx->site->evidence, whose, 0, NULL);
	struct fold_key end;
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	if (whose == 0)
		return ERR_OK;
	fold_key_uint(&k, kind, 2);
	end = k;
	fold_key_uint(&end, UINT64_MAX, 8);
	e = store_cursor(ctx->txn, ctx->fold.t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	while (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0 && out->len < LOOKED_AT) {
		if (out->len % 16 == 0)
			out->at = mem_resize(out->at, out->len + 16, 16);
		memcpy(out->at[out->len++], row.key.ptr + k.len, 16);
		e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- bars ---- */

/* Months for which a revocation for this reason bars its holder. */
static uint32_t
bar_months(
    const struct site *s, const Pack__Credentials *pack, const struct row *r)
{
	for (size_t i = 0; i < pack->n_reasons; i++) {
		const Pack__CredentialReason *p = pack->reasons[i];

		if (p->action == RECORD__CERTIFICATE__ACTION__REVOKE &&
		    r->other != 0 &&
		    fold_hash(&s->index_mac, FOLD_TYPE, p->code) == r->other)
			return p->bar_months;
	}
	return 0;
}

int64_t
submit_holder_bar(const struct site *s, int64_t now_us, const struct row *r)
{
	const Pack__Credentials *pack = packs_credentials(s->packs, now_us);
	uint32_t months;

	if (r->state != ROW_REVOKED)
		return 0;
	if (pack == NULL)
		return INT64_MAX;
	months = bar_months(s, pack, r);
	return months == 0
	    ? 0
	    : term_after(r->changed_us, (int)months, pack->day_offset_minutes);
}

enum err
submit_holder_barred(struct commit_ctx *ctx, const Record__Certificate *issue,
    const Pack__CredentialClass *class, int64_t *until, struct err_why *why)
{
	const struct digest_hmac *mac = ctx->fold.mac;
	const Pack__Credentials *pack =
	    packs_credentials(ctx->site->packs, ctx->now_us);
	struct ids ids = {.at = NULL};
	enum err e;

	*until = 0;
	if (pack == NULL || class == NULL)
		return ERR_OK;
	e = collect(ctx, fold_hash(mac, FOLD_SUBJECT, issue->holder),
	    LEDGER__KIND__CERTIFICATE, &ids, why);
	if (e == ERR_OK)
		e = collect(ctx,
		    fold_hash(mac, FOLD_SUBJECT, issue->holder_number),
		    LEDGER__KIND__CERTIFICATE, &ids, why);
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++) {
		const Pack__CredentialClass *was;
		struct row r;
		int64_t end;

		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids.at[i], &r, why);
		if (e != ERR_OK)
			break;
		was = decide_class(&ctx->site->index_mac, pack, r.type);
		end = submit_holder_bar(ctx->site, ctx->now_us, &r);
		if (end > ctx->now_us && end > *until &&
		    (was == NULL || was->family == class->family))
			*until = end;
	}
	free(ids.at);
	return e;
}

/* ---- holds ---- */

enum err
submit_holder_held(struct commit_ctx *ctx, const char *holder, const char *type,
    bool *held, struct err_why *why)
{
	const struct digest_hmac *mac = ctx->fold.mac;
	struct ids ids = {.at = NULL};
	enum err e = collect(ctx, fold_hash(mac, FOLD_SUBJECT, holder),
	    LEDGER__KIND__CASE | FOLD_PERSON_OPEN, &ids, why);

	*held = false;
	for (size_t i = 0; i < ids.len && e == ERR_OK && !*held; i++) {
		struct row r;

		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids.at[i], &r, why);
		*held =
		    e == ERR_OK && r.type == fold_hash(mac, FOLD_TYPE, type);
		/* What cannot be read holds nobody: another does. */
		if (permit_open_is_lost(e))
			e = ERR_OK;
	}
	free(ids.at);
	return e;
}

/* The node's own word: other members know him by this certificate alone. */
static enum err
suspend(struct commit_ctx *ctx, const uint8_t *id, const struct row *before,
    const struct rule *rule, struct err_why *why)
{
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	char code[] = "INTERLOCK";
	char *text[2] = {mem_strdup(rule->code), mem_strdup(rule->text)};
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	m.has_action = true;
	m.action = RECORD__CERTIFICATE__ACTION__SUSPEND;
	m.has_occurred_at = true;
	m.occurred_at = ctx->now_us;
	m.reason_code = code;
	annex.code = text[0];
	annex.text = text[1];
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__CERTIFICATE,
	    .body = &m.base,
	    .annex = &annex,
	    .record_id = id,
	    .event_id = event_id,
	    .event_seq = before->seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		e = submit_status_append(ctx,
		    &(struct status_of){
		        .certificate = id,
		        .before = before,
		        .effective_us = ctx->now_us,
		    },
		    why);
	free(text[0]);
	free(text[1]);
	return e;
}

/* A hash found it; only the sealed text says whose it is. */
static enum err
is_of(struct commit_ctx *ctx, const struct row *r, const char *holder,
    bool *yes, struct err_why *why)
{
	ProtobufCMessage *body = NULL;
	enum err e = submit_op_rest(ctx, ctx->site->evidence, r->first,
	    &record__certificate__descriptor, &body, why);

	*yes = false;
	if (e == ERR_OK) {
		const char *h = ((const Record__Certificate *)body)->holder;

		*yes = person_same(h, holder);
	}
	slice_free(body);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Published ones that are in force; the others decide nothing elsewhere. */
static enum err
suspend_all(struct commit_ctx *ctx, const char *holder, const struct rule *rule,
    struct err_why *why)
{
	static const uint8_t none[16];
	struct ids ids = {.at = NULL};
	enum err e =
	    collect(ctx, fold_hash(ctx->fold.mac, FOLD_SUBJECT, holder),
	        LEDGER__KIND__CERTIFICATE, &ids, why);

	for (size_t i = 0; i < ids.len && e == ERR_OK; i++) {
		struct row r;
		bool his = false;

		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids.at[i], &r, why);
		if (e == ERR_OK && r.state == ROW_VALID &&
		    memcmp(r.ref, none, sizeof none) != 0)
			e = is_of(ctx, &r, holder, &his, why);
		/* One that is damaged keeps no other in force. */
		if (e == ERR_CORRUPT)
			e = ERR_OK;
		if (e == ERR_OK && his)
			e = suspend(ctx, ids.at[i], &r, rule, why);
	}
	free(ids.at);
	return e;
}

/* Which rule an open case of this type breaks; NULL: it holds nobody. */
static const struct rule *
rule_of(const struct digest_hmac *mac, const char *type)
{
	uint64_t t = fold_hash(mac, FOLD_TYPE, type);

	if (t == fold_hash(mac, FOLD_TYPE, "violation"))
		return rule_get(RULE_VIOLATION_OPEN);
	if (t == fold_hash(mac, FOLD_TYPE, "risk-score"))
		return rule_get(RULE_SCORE_HIGH);
	return NULL;
}

enum err
submit_holder_case(
    struct commit_ctx *ctx, const ProtobufCMessage *msg, struct err_why *why)
{
	const Record__Case *m = (const Record__Case *)(const void *)msg;
	const struct rule *rule;
	enum err e;

	if (msg->descriptor != &record__case__descriptor ||
	    !row_is_open(&ctx->fold.row))
		return ERR_OK;
	e = submit_activity(ctx, msg, why);
	if (e != ERR_OK || m->holder == NULL)
		return e;
	rule = rule_of(ctx->fold.mac, m->type);
	if (rule != NULL && !m->exercise)
		e = suspend_all(ctx, m->holder, rule, why);
	return e == ERR_OK ? submit_person_stop(ctx, m->holder, why) : e;
}

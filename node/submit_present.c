/* submit_present.c - the issuer's side of a presentation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ledger/seal.h"
#include "node/domain/coarse.h"
#include "node/showing.h"
#include "node/site_keys.h"
#include "node/submit_credential.h"
#include "node/submit_op.h"
#include "node/submit_pairing.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define DAY_US (INT64_C(24) * 3600 * 1000000)
/* A credential outlives what it is shown by, to an end that many have. */
#define WEEK_US (7 * DAY_US)
#define DAYS 30
#define DAYS_MAX 365

void
submit_credential_text(struct buf *out, const Record__Presentation *p)
{
	const bool parts = p->has_commitment || p->has_holder_key;
	const char plain = p->has_last_worked_at ? '2' : '1';

	buf_printf(out, "lianfang/presentation/v%c\n%s\n%s\n%s\n%s\n",
	    parts ? '3' : plain, p->credential_id, p->issuer, p->verifier,
	    p->holder_ref);
	buf_u64be(out, (uint64_t)p->issued_at);
	buf_u64be(out, (uint64_t)p->expires_at);
	if (p->has_last_worked_at || parts)
		buf_u64be(out, (uint64_t)p->last_worked_at);
	if (!parts)
		return;
	buf_put(out, p->commitment.data, p->commitment.len);
	buf_put(out, p->holder_key.data, p->holder_key.len);
}

static void
sign_presentation(struct site *s, Record__Presentation *p)
{
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct buf text;

	buf_init(&text, 4096);
	submit_credential_text(&text, p);
	crypto_signer_sign(&site_keys(s)->identity, buf_view(&text), sig);
	buf_clear(&text);
	p->has_key = true;
	p->key.len = CRYPTO_ALG_PUB_BYTES;
	p->key.data = mem_alloc(1, CRYPTO_ALG_PUB_BYTES);
	p->key.data[0] = CRYPTO_ALG_ED25519;
	memcpy(p->key.data + 1, site_keys(s)->identity.pub, CRYPTO_PUB_BYTES);
	p->has_signature = true;
	p->signature.len = CRYPTO_ALG_SIG_BYTES;
	p->signature.data = mem_alloc(1, CRYPTO_ALG_SIG_BYTES);
	p->signature.data[0] = CRYPTO_ALG_ED25519;
	memcpy(p->signature.data + 1, sig, CRYPTO_SIG_BYTES);
}

struct shown {
	struct submit_pair pair;
	uint8_t credential[16];
	int64_t now_us;
	int64_t expires_us;
	struct row row; /* of the certificate */
};

/* The beginning of that day: the exact time would be one that two verifiers
 * have of one person. */
static int64_t
last_worked(const struct site *s, const struct shown *shown)
{
	const Pack__Credentials *pack =
	    packs_credentials(s->packs, shown->now_us);

	return coarse_day(
	    shown->row.start_us, pack != NULL ? pack->day_offset_minutes : 0);
}

static Record__Presentation *
make_presentation(struct site *s, const struct shown *shown,
    const Api__PresentPost *post, const struct submit_secret *secret)
{
	Record__Presentation *p = mem_alloc(1, sizeof *p);
	struct bytes name = bytes_str(post->verifier);
	struct digest_hmac mac;
	struct hash ref;
	struct buf hex;

	record__presentation__init(p);
	digest_hmac_key(&mac, bytes_of(secret->b, sizeof secret->b));
	digest_hmac(&mac, &ref, &name, 1);
	digest_hmac_wipe(&mac);
	buf_init(&hex, 128);
	text_hex_put(&hex, bytes_hash(&ref));
	p->holder_ref = mem_strdup(buf_cstr(&hex));
	buf_clear(&hex);
	p->credential_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(p->credential_id, shown->credential);
	p->issuer = mem_strdup(s->name);
	p->verifier = mem_strdup(post->verifier);
	p->has_issued_at = true;
	p->issued_at = shown->now_us;
	p->has_expires_at = true;
	p->expires_at = shown->expires_us;
	p->has_last_worked_at = shown->row.start_us != 0;
	if (p->has_last_worked_at)
		p->last_worked_at = last_worked(s, shown);
	return p;
}

/* What was issued, as it was; dates that were changed since stand in the
 * credential. */
static enum err
add_attributes(struct commit_ctx *ctx, const struct row *row,
    Record__Presentation *p, const struct submit_secret *secret,
    struct err_why *why)
{
	ProtobufCMessage *body = NULL;
	struct buf message;
	enum err e = submit_op_body(ctx, ctx->site->evidence, row->first,
	    &record__certificate__descriptor, &body, why);

	if (e != ERR_OK)
		return e;
	buf_init(&message, SEAL_MESSAGE_MAX);
	slice_pack(&message, body);
	e = showing_prepare(
	    p, buf_view(&message), bytes_of(secret->b, sizeof secret->b), why);
	buf_clear(&message);
	slice_free(body);
	return e;
}

static enum err
present(struct site *s, struct shown *shown, const Api__PresentPost *post,
    Record__Presentation **out, struct err_why *why)
{
	struct commit_ctx ctx = {.site = s};
	struct submit_secret secret = {.spare = false};
	Record__Presentation *made = NULL;
	enum err e = store_read(s->own.store, &ctx.txn, why);

	if (e != ERR_OK)
		return e;
	ctx.fold = (struct fold){
	    .txn = ctx.txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac,
	};
	e = fold_get(
	    &ctx.fold, s->evidence, shown->pair.certificate, &shown->row, why);
	/* It may have ended since. */
	if (e == ERR_OK && row_state(&shown->row, shown->now_us) != ROW_VALID)
		e = err_fail(why, ERR_REFUSED, "the certificate is not valid");
	if (e == ERR_OK)
		e = submit_pairing_secret(
		    &ctx, shown->pair.certificate, &shown->row, &secret, why);
	if (e == ERR_OK)
		made = make_presentation(s, shown, post, &secret);
	if (e == ERR_OK && post->attributes)
		e = add_attributes(&ctx, &shown->row, made, &secret, why);
	if (e == ERR_OK) {
		sign_presentation(s, made);
		*out = made;
	} else if (made != NULL) {
		record__presentation__free_unpacked(made, NULL);
	}
	crypto_wipe(&secret, sizeof secret);
	store_abort(ctx.txn);
	return e;
}

enum err
submit_present(struct site *s, const Api__PresentPost *post,
    Record__Presentation **out, struct err_why *why)
{
	struct shown shown = {.now_us = site_now(s)};
	enum err e;

	if (post->record_id == NULL || post->verifier == NULL ||
	    post->verifier[0] == '\0' ||
	    strlen(post->verifier) > SITE_NAME_MAX ||
	    (post->has_days && (post->days < 1 || post->days > DAYS_MAX)))
		return err_fail(why, ERR_MALFORMED,
		    "recordId, verifier and 1 to %d days are needed", DAYS_MAX);
	e = text_uuid_get(
	    shown.pair.certificate, bytes_str(post->record_id), why);
	if (e != ERR_OK)
		return err_wrap(why, e, "recordId");
	shown.pair.verifier = post->verifier;
	shown.expires_us = shown.now_us +
	    (post->has_days ? (int64_t)post->days : DAYS) * DAY_US;
	shown.pair.until_us = (shown.expires_us / WEEK_US + 2) * WEEK_US;
	e = submit_pairing(s, &shown.pair, shown.credential, why);
	return e == ERR_OK ? present(s, &shown, post, out, why) : e;
}

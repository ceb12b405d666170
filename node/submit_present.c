/* submit_present.c - the issuer's side of a presentation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ledger/seal.h"
#include "node/fold_retain.h"
#include "node/submit_credential.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SECRET_BYTES 32
#define DAY_US (INT64_C(24) * 3600 * 1000000)
#define DAYS 30
#define DAYS_MAX 365

void
submit_credential_text(struct buf *out, const Record__Presentation *p)
{
	buf_printf(out, "lianfang/presentation/v%c\n%s\n%s\n%s\n%s\n",
	    p->has_last_worked_at ? '2' : '1', p->credential_id, p->issuer,
	    p->verifier, p->holder_ref);
	buf_u64be(out, (uint64_t)p->issued_at);
	buf_u64be(out, (uint64_t)p->expires_at);
	if (p->has_last_worked_at)
		buf_u64be(out, (uint64_t)p->last_worked_at);
}

/* The secret of the newest PUBLISH event of the certificate. */
static enum err
find_secret(struct commit_ctx *ctx, const uint8_t id[static 16],
    const struct row *row, uint8_t out[static SECRET_BYTES],
    struct err_why *why)
{
	uint16_t slot = ctx->site->evidence;

	for (uint32_t seq = row->seq; seq >= 2; seq--) {
		ProtobufCMessage *body = NULL;
		const Record__Certificate *m;
		uint64_t index;
		bool hit = false;
		enum err e;

		e = fold_event(&ctx->fold, slot, id, seq, &index, why);
		if (e == ERR_OK)
			e = submit_op_body(ctx, slot, index,
			    &record__certificate__descriptor, &body, why);
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			return e;
		m = (const Record__Certificate *)body;
		if (m != NULL && m->holder_secret.len == SECRET_BYTES) {
			memcpy(out, m->holder_secret.data, SECRET_BYTES);
			hit = true;
		}
		slice_free(body);
		if (hit)
			return ERR_OK;
	}
	return err_fail(why, ERR_NOT_FOUND, "the holder's secret is gone");
}

static void
sign_presentation(struct site *s, Record__Presentation *p)
{
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct buf text;

	buf_init(&text, 4096);
	submit_credential_text(&text, p);
	crypto_signer_sign(&s->keys.identity, buf_view(&text), sig);
	buf_clear(&text);
	p->has_key = true;
	p->key.len = CRYPTO_ALG_PUB_BYTES;
	p->key.data = mem_alloc(1, CRYPTO_ALG_PUB_BYTES);
	p->key.data[0] = CRYPTO_ALG_ED25519;
	memcpy(p->key.data + 1, s->keys.identity.pub, CRYPTO_PUB_BYTES);
	p->has_signature = true;
	p->signature.len = CRYPTO_ALG_SIG_BYTES;
	p->signature.data = mem_alloc(1, CRYPTO_ALG_SIG_BYTES);
	p->signature.data[0] = CRYPTO_ALG_ED25519;
	memcpy(p->signature.data + 1, sig, CRYPTO_SIG_BYTES);
}

static Record__Presentation *
make_presentation(struct site *s, const struct row *row,
    const Api__PresentPost *post, const uint8_t secret[static SECRET_BYTES])
{
	Record__Presentation *p = mem_alloc(1, sizeof *p);
	uint32_t days = post->has_days ? post->days : DAYS;
	struct bytes name = bytes_str(post->verifier);
	struct digest_hmac mac;
	struct hash ref;
	struct buf hex;

	record__presentation__init(p);
	digest_hmac_key(&mac, bytes_of(secret, SECRET_BYTES));
	digest_hmac(&mac, &ref, &name, 1);
	digest_hmac_wipe(&mac);
	buf_init(&hex, 128);
	text_hex_put(&hex, bytes_hash(&ref));
	p->holder_ref = mem_strdup(buf_cstr(&hex));
	buf_clear(&hex);
	p->credential_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(p->credential_id, row->ref);
	p->issuer = mem_strdup(s->name);
	p->verifier = mem_strdup(post->verifier);
	p->has_issued_at = true;
	p->issued_at = site_now(s);
	p->has_expires_at = true;
	p->expires_at = p->issued_at + days * DAY_US;
	p->has_last_worked_at = row->start_us != 0;
	p->last_worked_at = row->start_us;
	sign_presentation(s, p);
	return p;
}

enum err
submit_present(struct site *s, const Api__PresentPost *post,
    Record__Presentation **out, struct err_why *why)
{
	static const uint8_t none[16];
	struct commit_ctx ctx = {.site = s};
	uint8_t secret[SECRET_BYTES];
	uint8_t id[16];
	struct row row;
	bool waits = false;
	enum err e;

	if (post->record_id == NULL || post->verifier == NULL ||
	    post->verifier[0] == '\0' ||
	    strlen(post->verifier) > SITE_NAME_MAX ||
	    (post->has_days && (post->days < 1 || post->days > DAYS_MAX)))
		return err_fail(why, ERR_MALFORMED,
		    "recordId, verifier and 1 to %d days are needed", DAYS_MAX);
	e = text_uuid_get(id, bytes_str(post->record_id), why);
	if (e != ERR_OK)
		return err_wrap(why, e, "recordId");
	e = store_read(s->own.store, &ctx.txn, why);
	if (e != ERR_OK)
		return e;
	ctx.fold = (struct fold){
	    .txn = ctx.txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac,
	};
	e = fold_get(&ctx.fold, s->evidence, id, &row, why);
	if (e == ERR_OK &&
	    (row.kind != LEDGER__KIND__CERTIFICATE ||
	        memcmp(row.ref, none, sizeof none) == 0))
		e = err_fail(why, ERR_NOT_FOUND,
		    "no published certificate has this id; publish it first");
	if (e == ERR_OK && row_state(&row, site_now(s)) != ROW_VALID)
		e = err_fail(why, ERR_REFUSED, "the certificate is not valid");
	if (e == ERR_OK)
		e = fold_waits_any(
		    &ctx.fold, s->evidence, id, &row, &waits, why);
	/* Storing is all that may be done with it (PIPL 47). */
	if (e == ERR_OK && waits)
		e = rule_fail(
		    why, ERR_REFUSED, rule_get(RULE_ERASE_WAITS), NULL);
	if (e == ERR_OK)
		e = find_secret(&ctx, id, &row, secret, why);
	if (e == ERR_OK)
		*out = make_presentation(s, &row, post, secret);
	crypto_wipe(secret, sizeof secret);
	store_abort(ctx.txn);
	return e;
}

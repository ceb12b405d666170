/* showing.c - a holder shows parts of a certificate to one verifier. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/showing.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/seal.h"
#include "node/submit_credential.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SECOND_US INT64_C(1000000)
#define NONCE 8
#define MAC 8
#define AHEAD_S 5 /* a clock that was set back since */
#define FIELDS_MAX 32
#define PACKED_MAX 3072

/* ---- challenges ---- */

static void
mac_of(uint8_t out[static MAC], const struct digest_hmac *mac,
    const char *verifier, const uint8_t *head)
{
	struct bytes parts[] = {bytes_str("lianfang/challenge/v1\n"),
	    bytes_str(verifier), bytes_str("\n"), bytes_of(head, 4 + NONCE)};
	struct hash h;

	digest_hmac(mac, &h, parts, 4);
	memcpy(out, h.b, MAC);
}

void
showing_challenge(uint8_t out[static SHOWING_CHALLENGE_BYTES],
    const struct digest_hmac *mac, const char *verifier, int64_t now_us)
{
	const uint32_t s = (uint32_t)(now_us / SECOND_US);

	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(s >> (24 - 8 * i));
	crypto_random(out + 4, NONCE);
	mac_of(out + 4 + NONCE, mac, verifier, out);
}

enum err
showing_challenge_check(struct bytes challenge, const struct digest_hmac *mac,
    const char *verifier, int64_t now_us)
{
	struct buf_reader rd = {.left = challenge};
	uint8_t want[MAC];
	int64_t age_s;

	if (challenge.len != SHOWING_CHALLENGE_BYTES)
		return ERR_UNVERIFIED;
	mac_of(want, mac, verifier, challenge.ptr);
	if (!crypto_same(want, challenge.ptr + 4 + NONCE, MAC))
		return ERR_UNVERIFIED;
	age_s = now_us / SECOND_US - (int64_t)buf_read_u32be(&rd);
	return age_s >= -AHEAD_S && age_s <= SHOWING_CHALLENGE_S ? ERR_OK
	                                                         : ERR_REFUSED;
}

void
showing_used(uint8_t out[static 16], struct bytes challenge)
{
	struct bytes parts[] = {
	    bytes_str("lianfang/challenge-used/v1\n"), challenge};
	struct hash h;

	digest_sha256_parts(&h, parts, 2);
	digest_uuid8(out, h.b);
}

/* ---- the issuer ---- */

static ProtobufCBinaryData
data_of(struct bytes b)
{
	ProtobufCBinaryData d = {.len = b.len, .data = mem_alloc(b.len, 1)};

	memcpy(d.data, b.ptr, b.len);
	return d;
}

static void
put_opening(Record__Presentation *p, const Ledger__Opening *o)
{
	struct buf bytes;

	buf_init(&bytes, SEAL_MESSAGE_MAX);
	slice_pack(&bytes, &o->base);
	free(p->attributes.data);
	p->has_attributes = true;
	p->attributes = data_of(buf_view(&bytes));
	buf_clear(&bytes);
}

static void
put_key(Record__Presentation *p, struct bytes secret)
{
	struct bytes parts[] = {
	    bytes_str("lianfang/holder-key/v1\n"), bytes_str(p->verifier)};
	uint8_t alg[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};
	struct crypto_signer key;
	struct digest_hmac mac;
	struct hash seed;

	digest_hmac_key(&mac, secret);
	digest_hmac(&mac, &seed, parts, 2);
	digest_hmac_wipe(&mac);
	crypto_signer_seed(&key, seed.b);
	memcpy(alg + 1, key.pub, CRYPTO_PUB_BYTES);
	p->has_holder_key = true;
	p->holder_key = data_of(bytes_of(alg, sizeof alg));
	p->has_holder_seed = true;
	p->holder_seed = data_of(bytes_hash(&seed));
	crypto_wipe(&key, sizeof key);
	crypto_wipe(&seed, sizeof seed);
}

enum err
showing_prepare(Record__Presentation *p, struct bytes message,
    struct bytes secret, struct err_why *why)
{
	Ledger__Opening o = LEDGER__OPENING__INIT;
	uint8_t key[SEAL_KEY_BYTES];
	char type[] = "record.Certificate";
	struct hash commitment;
	uint8_t *copy;
	enum err e;

	crypto_random(key, sizeof key);
	e = seal_commit(
	    &commitment, &record__certificate__descriptor, message, key, why);
	if (e != ERR_OK)
		return e;
	copy = mem_alloc(message.len, 1);
	memcpy(copy, message.ptr, message.len);
	o.type = type;
	o.has_schema_version = true;
	o.schema_version = SEAL_SCHEMA_VERSION;
	o.has_record_key = true;
	o.record_key = (ProtobufCBinaryData){sizeof key, key};
	o.has_message = true;
	o.message = (ProtobufCBinaryData){message.len, copy};
	put_opening(p, &o);
	free(copy);
	crypto_wipe(key, sizeof key);
	p->has_commitment = true;
	p->commitment = data_of(bytes_hash(&commitment));
	put_key(p, secret);
	return ERR_OK;
}

/* ---- the holder ---- */

static Ledger__Opening *
opening_of(const Record__Presentation *p)
{
	return ledger__opening__unpack(
	    NULL, p->attributes.len, p->attributes.data);
}

bool
showing_is_whole(const Record__Presentation *p)
{
	Ledger__Opening *o = opening_of(p);
	bool whole = p->has_holder_seed ||
	    (o != NULL && (o->has_record_key || o->has_message));

	if (o != NULL)
		ledger__opening__free_unpacked(o, NULL);
	return whole;
}

/* What the holder signs: the challenge, what the issuer signed, what is shown.
 */
static void
put_signed(struct buf *out, const Record__Presentation *p)
{
	struct hash h;
	struct buf text;

	buf_init(&text, 4096);
	submit_credential_text(&text, p);
	buf_str(out, "lianfang/showing/v1\n");
	buf_put(out, p->challenge.data, p->challenge.len);
	digest_sha256(&h, buf_view(&text));
	buf_put(out, h.b, sizeof h.b);
	digest_sha256(&h, bytes_of(p->attributes.data, p->attributes.len));
	buf_put(out, h.b, sizeof h.b);
	buf_clear(&text);
}

/* 0: it has none of this name. */
static uint32_t
number_of(const char *name)
{
	const ProtobufCMessageDescriptor *d = &record__certificate__descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		char json[64];

		json_name(json, sizeof json, d->fields[i].name);
		if (strcmp(json, name) == 0)
			return d->fields[i].id;
	}
	return 0;
}

static enum err
numbers_of(uint32_t out[static FIELDS_MAX], const char *const *names,
    size_t names_len, struct err_why *why)
{
	if (names_len > FIELDS_MAX)
		return err_fail(why, ERR_LIMIT, "too many fields");
	for (size_t i = 0; i < names_len; i++) {
		out[i] = number_of(names[i]);
		if (out[i] == 0)
			return err_fail(why, ERR_MALFORMED,
			    "%s: a certificate has no such field", names[i]);
		for (size_t j = i; j > 0 && out[j] < out[j - 1]; j--) {
			uint32_t t = out[j];

			out[j] = out[j - 1];
			out[j - 1] = t;
		}
	}
	return ERR_OK;
}

static void
sign(Record__Presentation *p)
{
	uint8_t sig[CRYPTO_ALG_SIG_BYTES] = {CRYPTO_ALG_ED25519};
	struct crypto_signer key;
	struct buf text;

	crypto_signer_seed(&key, p->holder_seed.data);
	buf_init(&text, 512);
	put_signed(&text, p);
	crypto_signer_sign(&key, buf_view(&text), sig + 1);
	buf_clear(&text);
	crypto_wipe(&key, sizeof key);
	p->has_holder_signature = true;
	p->holder_signature = data_of(bytes_of(sig, sizeof sig));
	crypto_wipe(p->holder_seed.data, p->holder_seed.len);
	free(p->holder_seed.data);
	p->has_holder_seed = false;
	p->holder_seed = (ProtobufCBinaryData){.len = 0};
}

enum err
showing_make(Record__Presentation *p, struct bytes challenge,
    const char *const *names, size_t names_len, struct err_why *why)
{
	uint32_t show[FIELDS_MAX];
	Ledger__Opening *whole = opening_of(p);
	Ledger__Opening *some = NULL;
	enum err e = ERR_OK;

	if (whole == NULL || p->credential_id == NULL || p->issuer == NULL ||
	    p->verifier == NULL || p->holder_ref == NULL ||
	    p->holder_seed.len != CRYPTO_SEED_BYTES || p->has_challenge)
		e = err_fail(why, ERR_MALFORMED,
		    "this is not a holder's own file: it is made by cert "
		    "present --attributes");
	else if (challenge.len != SHOWING_CHALLENGE_BYTES)
		e = err_fail(why, ERR_MALFORMED,
		    "a challenge is %d characters of hexadecimal: cert "
		    "challenge at the verifier",
		    2 * SHOWING_CHALLENGE_BYTES);
	if (e == ERR_OK)
		e = numbers_of(show, names, names_len, why);
	if (e == ERR_OK)
		e = seal_disclose(&some, whole, show, names_len, why);
	if (e == ERR_OK) {
		put_opening(p, some);
		p->has_challenge = true;
		p->challenge = data_of(challenge);
		sign(p);
	}
	if (some != NULL)
		ledger__opening__free_unpacked(some, NULL);
	if (whole != NULL)
		ledger__opening__free_unpacked(whole, NULL);
	return e;
}

/* ---- the verifier ---- */

enum err
showing_check(
    const Record__Presentation *p, struct buf *out, struct err_why *why)
{
	Ledger__Opening *o = opening_of(p);
	struct hash commitment;
	struct buf text;
	enum err e;

	if (o == NULL || p->commitment.len != sizeof commitment.b ||
	    o->type == NULL || strcmp(o->type, "record.Certificate") != 0) {
		if (o != NULL)
			ledger__opening__free_unpacked(o, NULL);
		return err_fail(why, ERR_MALFORMED,
		    "what is shown is no part of a certificate");
	}
	memcpy(commitment.b, p->commitment.data, sizeof commitment.b);
	e = seal_open(out, o, &commitment, why);
	ledger__opening__free_unpacked(o, NULL);
	if (e != ERR_OK)
		return e;
	buf_init(&text, 512);
	put_signed(&text, p);
	e = crypto_check_alg(bytes_of(p->holder_key.data, p->holder_key.len),
	    buf_view(&text),
	    bytes_of(p->holder_signature.data, p->holder_signature.len), why);
	buf_clear(&text);
	return e;
}

/* ---- for a camera ---- */

void
showing_code_put(struct buf *out, const Record__Presentation *p)
{
	struct buf raw;

	buf_init(&raw, SEAL_MESSAGE_MAX);
	slice_pack(&raw, &p->base);
	buf_str(out, SHOWING_PREFIX);
	text_b45_put(out, buf_view(&raw));
	buf_clear(&raw);
}

enum err
showing_code_get(
    Record__Presentation **out, struct bytes text, struct err_why *why)
{
	ProtobufCMessage *m = NULL;
	struct buf raw;
	enum err e;

	if (text.len > SHOWING_CODE_MAX || !text_skip(&text, SHOWING_PREFIX))
		return err_fail(why, ERR_MALFORMED,
		    "not what a holder shows: it begins with LF2:");
	buf_init(&raw, PACKED_MAX);
	e = text_b45_get(&raw, text, why);
	if (e == ERR_OK)
		e = slice_unpack(
		    &m, &record__presentation__descriptor, buf_view(&raw), why);
	buf_clear(&raw);
	*out = (Record__Presentation *)(void *)m;
	return e;
}

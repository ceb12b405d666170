/* noise.c - the IK handshake, step by step as the Noise paper says. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/noise.h"

#include <assert.h>

static const char protocol[] = "Noise_IK_25519_ChaChaPoly_BLAKE2b";

static void
mix_hash(struct noise *n, struct bytes data)
{
	struct bytes parts[2];
	uint8_t h[CRYPTO_BLAKE_BYTES];

	parts[0] = bytes_of(n->h, sizeof(n->h));
	parts[1] = data;
	crypto_blake2b(h, parts, 2);
	memcpy(n->h, h, sizeof(h));
}

/* HKDF of the Noise paper with two outputs. */
static void
derive(const uint8_t ck[static CRYPTO_BLAKE_BYTES], struct bytes input,
    uint8_t out[2][CRYPTO_BLAKE_BYTES])
{
	static const uint8_t one = 1, two = 2;
	uint8_t temp[CRYPTO_BLAKE_BYTES];
	struct bytes parts[2];
	struct bytes key;

	crypto_blake2b_hmac(temp, bytes_of(ck, CRYPTO_BLAKE_BYTES), &input, 1);
	key = bytes_of(temp, sizeof(temp));
	parts[0] = bytes_of(&one, 1);
	crypto_blake2b_hmac(out[0], key, parts, 1);
	parts[0] = bytes_of(out[0], CRYPTO_BLAKE_BYTES);
	parts[1] = bytes_of(&two, 1);
	crypto_blake2b_hmac(out[1], key, parts, 2);
	crypto_wipe(temp, sizeof(temp));
}

static enum err
mix_key(struct noise *n, const struct crypto_dh *own, const uint8_t *peer,
    struct err_why *why)
{
	uint8_t out[2][CRYPTO_BLAKE_BYTES];
	uint8_t shared[CRYPTO_KEY_BYTES];
	enum err e;

	e = crypto_dh_shared(shared, own, peer);
	if (e != ERR_OK)
		return err_fail(why, e, "handshake: unusable public key");
	derive(n->ck, bytes_of(shared, sizeof(shared)), out);
	memcpy(n->ck, out[0], sizeof(n->ck));
	memcpy(n->k, out[1], sizeof(n->k));
	n->has_key = true;
	n->n = 0;
	crypto_wipe(out, sizeof(out));
	crypto_wipe(shared, sizeof(shared));
	return ERR_OK;
}

static void
seal(struct noise *n, struct bytes plain, struct buf *out)
{
	uint8_t *p;

	assert(n->has_key);
	p = buf_grow(out, plain.len + CRYPTO_TAG_BYTES);
	if (p == NULL)
		return;
	crypto_noise_seal(p, plain, bytes_of(n->h, sizeof(n->h)), n->k, n->n++);
	mix_hash(n, bytes_of(p, plain.len + CRYPTO_TAG_BYTES));
}

static enum err
unseal(struct noise *n, struct bytes sealed, uint8_t *out, struct err_why *why)
{
	enum err e;

	assert(n->has_key);
	e = crypto_noise_open(
	    out, sealed, bytes_of(n->h, sizeof(n->h)), n->k, n->n);
	if (e != ERR_OK)
		return err_fail(why, ERR_UNVERIFIED,
		    "handshake: does not verify (another alliance or key?)");
	n->n++;
	mix_hash(n, sealed);
	return ERR_OK;
}

void
noise_start(struct noise *n, const struct noise_setup *setup)
{
	bool first = setup->role == NOISE_INITIATOR;

	assert(!first || setup->peer != NULL);
	memset(n, 0, sizeof(*n));
	n->role = setup->role;
	n->own = *setup->own;
	memcpy(n->h, protocol, sizeof(protocol) - 1);
	memcpy(n->ck, n->h, sizeof(n->ck));
	mix_hash(n, setup->prologue);
	if (first)
		memcpy(n->peer, setup->peer, sizeof(n->peer));
	mix_hash(n, bytes_of(first ? n->peer : n->own.pub, CRYPTO_KEY_BYTES));
	if (setup->ephemeral != NULL)
		n->ephemeral = *setup->ephemeral;
	else
		crypto_dh_new(&n->ephemeral);
}

enum err
noise_write(
    struct noise *n, struct bytes payload, struct buf *out, struct err_why *why)
{
	bool hello = n->step == 0;
	enum err e;

	assert(n->step == (n->role == NOISE_INITIATOR ? 0u : 1u));
	buf_put(out, n->ephemeral.pub, CRYPTO_KEY_BYTES);
	mix_hash(n, bytes_of(n->ephemeral.pub, CRYPTO_KEY_BYTES));
	e = mix_key(n, &n->ephemeral, hello ? n->peer : n->peer_ephemeral, why);
	if (e != ERR_OK)
		return e;
	if (hello)
		seal(n, bytes_of(n->own.pub, CRYPTO_KEY_BYTES), out);
	/* ss in the hello, se in the reply: the initiator's static key. */
	e = mix_key(n, hello ? &n->own : &n->ephemeral, n->peer, why);
	if (e != ERR_OK)
		return e;
	seal(n, payload, out);
	n->step++;
	return buf_ok(out, why);
}

enum err
noise_read(
    struct noise *n, struct bytes message, struct buf *out, struct err_why *why)
{
	bool hello = n->step == 0;
	size_t fixed = hello ? NOISE_HELLO_BYTES : NOISE_REPLY_BYTES;
	struct buf_reader r = {message, false};
	struct bytes part;
	uint8_t *p;
	enum err e;

	assert(n->step == (n->role == NOISE_INITIATOR ? 1u : 0u));
	if (message.len < fixed || message.len > NOISE_MESSAGE_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "handshake: message of %zu bytes", message.len);
	part = buf_read(&r, CRYPTO_KEY_BYTES);
	memcpy(n->peer_ephemeral, part.ptr, CRYPTO_KEY_BYTES);
	mix_hash(n, part);
	e = mix_key(n, hello ? &n->own : &n->ephemeral, n->peer_ephemeral, why);
	if (e != ERR_OK)
		return e;
	if (hello) {
		part = buf_read(&r, CRYPTO_KEY_BYTES + CRYPTO_TAG_BYTES);
		e = unseal(n, part, n->peer, why);
		if (e != ERR_OK)
			return e;
		e = mix_key(n, &n->own, n->peer, why);
	} else {
		e = mix_key(n, &n->own, n->peer_ephemeral, why);
	}
	if (e != ERR_OK)
		return e;
	p = buf_grow(out, r.left.len - CRYPTO_TAG_BYTES);
	if (p == NULL)
		return buf_ok(out, why);
	e = unseal(n, r.left, p, why);
	if (e != ERR_OK) {
		out->len -= r.left.len - CRYPTO_TAG_BYTES;
		return e;
	}
	n->step++;
	return ERR_OK;
}

void
noise_split(struct noise *n, struct noise_keys *out)
{
	uint8_t keys[2][CRYPTO_BLAKE_BYTES];
	bool first = n->role == NOISE_INITIATOR;

	assert(n->step == 2);
	derive(n->ck, bytes_of("", 0), keys);
	memcpy(out->send, keys[first ? 0 : 1], sizeof(out->send));
	memcpy(out->recv, keys[first ? 1 : 0], sizeof(out->recv));
	memcpy(out->hash, n->h, sizeof(out->hash));
	crypto_wipe(keys, sizeof(keys));
	crypto_wipe(n, sizeof(*n));
}

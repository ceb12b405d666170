/* digest.c - SHA-256 and HMAC on the processor's own instructions. */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The low-level interface is deprecated in favour of EVP, but one EVP call
 * costs more than the hash of a tree node (docs/decisions).
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "proto/digest.h"

#include <endian.h>
#include <stdatomic.h>

#include <openssl/sha.h>

#include "proto/digest_part.h"

#define BLOCK_BYTES DIGEST_BLOCK_BYTES
/* What is hashed in one go, padding included; longer input streams. */
#define SHORT_BYTES ((size_t)16 * BLOCK_BYTES)
#define PAD_MIN DIGEST_PAD_MIN

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct digest),
    "struct digest holds OpenSSL's state");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct digest),
    "struct digest is aligned for OpenSSL's state");
_Static_assert(SHA256_DIGEST_LENGTH == HASH_BYTES, "SHA-256 is 32 bytes");
_Static_assert(sizeof(((SHA256_CTX *)0)->h) == sizeof(struct digest_state),
    "a state is eight words");

const struct digest_state digest_begin = {{0x6a09e667, 0xbb67ae85, 0x3c6ef372,
    0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};

const uint32_t digest_rounds[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf,
    0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
    0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
    0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
    0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
    0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2};

enum able {
	ABLE_UNKNOWN,
	ABLE_NOT,
	ABLE_FAST
};

bool
digest_able(struct digest_able *a, bool (*look)(void))
{
	int known = atomic_load_explicit(&a->known, memory_order_relaxed);

	if (known == ABLE_UNKNOWN) {
		known = look() ? ABLE_FAST : ABLE_NOT;
		atomic_store_explicit(&a->known, known, memory_order_relaxed);
	}
	return known == ABLE_FAST;
}

void
digest_able_slow(struct digest_able *a, bool slow)
{
	atomic_store_explicit(
	    &a->known, slow ? ABLE_NOT : ABLE_UNKNOWN, memory_order_relaxed);
}

void
digest_init(struct digest *d)
{
	memset(d, 0, sizeof *d);
	(void)SHA256_Init((SHA256_CTX *)(void *)d);
}

void
digest_add(struct digest *d, struct bytes in)
{
	if (in.len > 0)
		(void)SHA256_Update((SHA256_CTX *)(void *)d, in.ptr, in.len);
}

void
digest_done(struct digest *d, struct hash *out)
{
	(void)SHA256_Final(out->b, (SHA256_CTX *)(void *)d);
}

/*
 * Hashing whole blocks, padded here, spares Final its copying and cleansing:
 * for the short inputs of a record that is as much work as the hash itself.
 */

size_t
digest_pad(uint8_t *in, size_t len, size_t before)
{
	const uint64_t bits = htobe64((uint64_t)(before + len) * 8);
	const size_t end =
	    (len + PAD_MIN + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;

	in[len] = 0x80;
	memset(in + len + 1, 0, end - len - PAD_MIN);
	memcpy(in + end - sizeof bits, &bits, sizeof bits);
	return end;
}

static void
put_words(uint8_t out[static HASH_BYTES], const uint32_t h[static 8])
{
	uint32_t word;
	size_t i;

	for (i = 0; i < HASH_BYTES / sizeof word; i++) {
		word = htobe32(h[i]);
		memcpy(out + i * sizeof word, &word, sizeof word);
	}
}

void
digest_state_put(uint8_t out[static HASH_BYTES], const struct digest_state *s)
{
	put_words(out, s->h);
}

void
digest_blocks(struct digest_state *s, const uint8_t *in, size_t blocks)
{
	SHA256_CTX ctx;

	(void)SHA256_Init(&ctx);
	memcpy(ctx.h, s->h, sizeof ctx.h);
	(void)SHA256_Update(&ctx, in, blocks * BLOCK_BYTES);
	memcpy(s->h, ctx.h, sizeof s->h);
}

static size_t
total(const struct bytes *parts, size_t n)
{
	size_t len = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (parts[i].len > SHORT_BYTES - len)
			return SIZE_MAX;
		len += parts[i].len;
	}
	return len;
}

static void
join(uint8_t *out, const struct bytes *parts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (parts[i].len > 0)
			memcpy(out, parts[i].ptr, parts[i].len);
		out += parts[i].len;
	}
}

void
digest_sha256(struct hash *out, struct bytes in)
{
	digest_sha256_parts(out, &in, 1);
}

void
digest_sha256_parts(struct hash *out, const struct bytes *parts, size_t n)
{
	const size_t len = total(parts, n);
	uint8_t in[SHORT_BYTES];
	SHA256_CTX ctx;
	size_t end;
	size_t i;

	(void)SHA256_Init(&ctx);
	if (len <= SHORT_BYTES - PAD_MIN) {
		join(in, parts, n);
		end = digest_pad(in, len, 0);
		(void)SHA256_Update(&ctx, in, end);
		put_words(out->b, ctx.h);
		/* Salts and what they hide. */
		explicit_bzero(in, len);
		return;
	}
	for (i = 0; i < n; i++)
		if (parts[i].len > 0)
			(void)SHA256_Update(&ctx, parts[i].ptr, parts[i].len);
	(void)SHA256_Final(out->b, &ctx);
}

void
digest_node(struct hash *out, uint8_t tag, const struct hash *left,
    const struct hash *right)
{
	/* Nothing secret: hashes stand in every proof. */
	uint8_t in[2 * BLOCK_BYTES];
	SHA256_CTX ctx;

	in[0] = tag;
	memcpy(in + 1, left->b, HASH_BYTES);
	memcpy(in + 1 + HASH_BYTES, right->b, HASH_BYTES);
	(void)digest_pad(in, 1 + 2 * HASH_BYTES, 0);
	(void)SHA256_Init(&ctx);
	(void)SHA256_Update(&ctx, in, sizeof in);
	put_words(out->b, ctx.h);
}

void
digest_hmac_key(struct digest_hmac *h, struct bytes key)
{
	uint8_t block[BLOCK_BYTES] = {0};
	uint8_t outer[BLOCK_BYTES];
	struct digest_state state[2];
	struct hash hashed;
	size_t i;

	if (key.len > BLOCK_BYTES) {
		digest_sha256(&hashed, key);
		memcpy(block, hashed.b, HASH_BYTES);
		explicit_bzero(&hashed, sizeof hashed);
	} else if (key.len > 0) {
		memcpy(block, key.ptr, key.len);
	}
	for (i = 0; i < BLOCK_BYTES; i++) {
		outer[i] = block[i] ^ 0x5c;
		block[i] ^= 0x36;
	}
	state[0] = state[1] = digest_begin;
	digest_two((struct digest_stream){&state[0], block},
	    (struct digest_stream){&state[1], outer}, 1);
	memcpy(h->inner, state[0].h, sizeof h->inner);
	memcpy(h->outer, state[1].h, sizeof h->outer);
	/* Half-done states of the key are as good as the key. */
	explicit_bzero(state, sizeof state);
	explicit_bzero(block, sizeof block);
	explicit_bzero(outer, sizeof outer);
}

/* A last block of `len` bytes, zeros behind them, upon the state that a key's
 * block left behind. */
static void
hmac_block(struct hash *out, const uint32_t half[static 8],
    uint8_t in[static BLOCK_BYTES], size_t len)
{
	const uint64_t bits = htobe64((uint64_t)(BLOCK_BYTES + len) * 8);
	SHA256_CTX ctx;

	memcpy(ctx.h, half, sizeof ctx.h);
	in[len] = 0x80;
	memcpy(in + BLOCK_BYTES - sizeof bits, &bits, sizeof bits);
	SHA256_Transform(&ctx, in);
	put_words(out->b, ctx.h);
}

void
digest_hmac(const struct digest_hmac *h, struct hash *out,
    const struct bytes *parts, size_t n)
{
	const size_t len = total(parts, n);
	uint8_t in[BLOCK_BYTES] = {0};
	uint8_t last[BLOCK_BYTES] = {0};
	SHA256_CTX ctx;
	struct hash inner;
	size_t i;

	if (len <= BLOCK_BYTES - PAD_MIN) {
		join(in, parts, n);
		hmac_block(&inner, h->inner, in, len);
		explicit_bzero(in, sizeof in);
	} else {
		(void)SHA256_Init(&ctx);
		memcpy(ctx.h, h->inner, sizeof ctx.h);
		ctx.Nl = BLOCK_BYTES * 8;
		for (i = 0; i < n; i++)
			if (parts[i].len > 0)
				(void)SHA256_Update(
				    &ctx, parts[i].ptr, parts[i].len);
		(void)SHA256_Final(inner.b, &ctx);
	}
	memcpy(last, inner.b, HASH_BYTES);
	hmac_block(out, h->outer, last, HASH_BYTES);
	explicit_bzero(last, sizeof last);
}

void
digest_hmac_wipe(struct digest_hmac *h)
{
	explicit_bzero(h, sizeof *h);
}

void
digest_uuid8(uint8_t out[static 16], const uint8_t digest[static 16])
{
	memmove(out, digest, 16);
	out[6] = (uint8_t)(0x80 | (out[6] & 0x0f));
	out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

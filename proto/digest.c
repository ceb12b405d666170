/* digest.c - SHA-256 and HMAC on the processor's own instructions. */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The low-level interface is deprecated in favour of EVP, but one EVP call
 * costs more than the hash of a tree node (docs/decisions).
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "proto/digest.h"

#include <openssl/sha.h>

#define BLOCK_BYTES 64

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct digest),
    "struct digest holds OpenSSL's state");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct digest),
    "struct digest is aligned for OpenSSL's state");
_Static_assert(SHA256_DIGEST_LENGTH == HASH_BYTES, "SHA-256 is 32 bytes");

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

void
digest_sha256(struct hash *out, struct bytes in)
{
	digest_sha256_parts(out, &in, 1);
}

void
digest_sha256_parts(struct hash *out, const struct bytes *parts, size_t n)
{
	SHA256_CTX ctx;
	size_t i;

	(void)SHA256_Init(&ctx);
	for (i = 0; i < n; i++)
		if (parts[i].len > 0)
			(void)SHA256_Update(&ctx, parts[i].ptr, parts[i].len);
	(void)SHA256_Final(out->b, &ctx);
}

void
digest_node(struct hash *out, uint8_t tag, const struct hash *left,
    const struct hash *right)
{
	uint8_t in[1 + 2 * HASH_BYTES];

	in[0] = tag;
	memcpy(in + 1, left->b, HASH_BYTES);
	memcpy(in + 1 + HASH_BYTES, right->b, HASH_BYTES);
	digest_sha256(out, bytes_of(in, sizeof in));
}

void
digest_hmac_key(struct digest_hmac *h, struct bytes key)
{
	uint8_t block[BLOCK_BYTES] = {0};
	struct hash hashed;
	size_t i;

	if (key.len > BLOCK_BYTES) {
		digest_sha256(&hashed, key);
		memcpy(block, hashed.b, HASH_BYTES);
		explicit_bzero(&hashed, sizeof hashed);
	} else if (key.len > 0) {
		memcpy(block, key.ptr, key.len);
	}
	for (i = 0; i < BLOCK_BYTES; i++)
		block[i] ^= 0x36;
	digest_init(&h->inner);
	digest_add(&h->inner, bytes_of(block, BLOCK_BYTES));
	for (i = 0; i < BLOCK_BYTES; i++)
		block[i] ^= 0x36 ^ 0x5c;
	digest_init(&h->outer);
	digest_add(&h->outer, bytes_of(block, BLOCK_BYTES));
	explicit_bzero(block, sizeof block);
}

void
digest_hmac(const struct digest_hmac *h, struct hash *out,
    const struct bytes *parts, size_t n)
{
	struct digest d;
	struct hash inner;
	size_t i;

	d = h->inner;
	for (i = 0; i < n; i++)
		digest_add(&d, parts[i]);
	digest_done(&d, &inner);
	d = h->outer;
	digest_add(&d, bytes_hash(&inner));
	digest_done(&d, out);
	/* Half-done states of the key are as good as the key. */
	explicit_bzero(&d, sizeof d);
}

void
digest_hmac_wipe(struct digest_hmac *h)
{
	explicit_bzero(h, sizeof *h);
}

/* cipher_wide.h - sixteen blocks of ChaCha20 at a time, by AVX-512. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_CIPHER_WIDE_H
#define PROTO_CIPHER_WIDE_H

#include "proto/bytes.h"

#define CIPHER_WIDE 16
#define CIPHER_KEY_BYTES 32
#define CIPHER_WORDS_BYTES 16
#define CIPHER_BLOCK_BYTES 64

/*
 * RFC 8439, 2.3: what goes into a block are a key and four words more, counter
 * and nonce.  For crypto_many.c, which has many short messages, each under a
 * key of its own; whatever is longer or alone is libsodium's.  Pure,
 * thread-safe.  Only where cipher_wide_fast says so.
 */
struct cipher_block {
	const uint8_t *key; /* CIPHER_KEY_BYTES */
	uint8_t words[CIPHER_WORDS_BYTES]; /* 12 to 15, little-endian */
	/* out = in XOR key stream; up to CIPHER_BLOCK_BYTES; the same place or
	 * places apart. */
	const uint8_t *in; /* NULL: zeros */
	uint8_t *out;
	size_t len; /* 0: nobody is here, key may be NULL */
};
void cipher_wide(const struct cipher_block b[static CIPHER_WIDE]);

/* HChaCha20 (draft-irtf-cfrg-xchacha): out gets a key of 32 bytes, `in` and
 * `len` do not count but for len 0. */
void cipher_wide_keys(const struct cipher_block b[static CIPHER_WIDE]);

/* The processor has what is needed; for tests: as if it had not. */
bool cipher_wide_fast(void);
void cipher_wide_slow(bool slow);

#endif

/* digest_part.h - SHA-256 by the block; what the digest files share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_DIGEST_PART_H
#define PROTO_DIGEST_PART_H

#include "proto/bytes.h"
#include "proto/digest.h"

#define DIGEST_BLOCK_BYTES 64
#define DIGEST_PAD_MIN 9 /* 0x80 and the length */

/* A state between blocks, as FIPS 180-4 begins it. */
struct digest_state {
	uint32_t h[8];
};
extern const struct digest_state digest_begin;
/* As a digest is written, big-endian. */
void digest_state_put(
    uint8_t out[static HASH_BYTES], const struct digest_state *s);

/* Padding after `len` bytes of `in`; `before` bytes were hashed already.
 * Returns the whole length, a multiple of the block. */
size_t digest_pad(uint8_t *in, size_t len, size_t before);

/* One stream, by OpenSSL. */
void digest_blocks(struct digest_state *s, const uint8_t *in, size_t blocks);

/*
 * Two independent streams, as many blocks of each.  The rounds of one wait for
 * each other, so a processor with SHA-NI does those of another meanwhile:
 * together they take three quarters of the time.  Without SHA-NI one after the
 * other, by OpenSSL.
 */
struct digest_stream {
	struct digest_state *state;
	const uint8_t *in;
};
void digest_two(struct digest_stream a, struct digest_stream b, size_t blocks);

/*
 * digest_hmac_numbers of sixteen at a time, by AVX-512: as long as some eight
 * two at a time.  Only where digest_wide_fast says so.
 */
#define DIGEST_WIDE 16 /* WIDE_LANES */
#define DIGEST_TAG_WORDS 4
void digest_wide_numbers(const struct digest_hmac *key, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE]);
/* The same under a key for each, of 32 bytes.  Wipe `digest_keys`. */
struct digest_keys {
	uint32_t inner[8][DIGEST_WIDE];
	uint32_t outer[8][DIGEST_WIDE];
};
void digest_wide_keys(
    struct digest_keys *out, const uint8_t *const key[static DIGEST_WIDE]);
void digest_wide_salts(const struct digest_keys *keys, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE]);
/* Sixteen independent streams, each as long as it is (0: left alone). */
void digest_wide(const struct digest_stream s[static DIGEST_WIDE],
    const size_t blocks[static DIGEST_WIDE]);
void digest_two_numbers(const struct digest_hmac *key, const uint8_t *tag,
    const uint32_t *number, struct hash *out, size_t n);

/* Whether the processor has what is needed: asked once.  Any thread. */
struct digest_able {
	_Atomic int known; /* 0: not asked yet */
};
bool digest_able(struct digest_able *a, bool (*look)(void));
void digest_able_slow(struct digest_able *a, bool slow);

/* The processor has what is needed; for tests: as if it had not. */
bool digest_two_fast(void);
void digest_two_slow(bool slow);
bool digest_wide_fast(void);
void digest_wide_slow(bool slow);

/* The constants of FIPS 180-4, 4.2.2. */
extern const uint32_t digest_rounds[64];

#endif

/* crypto.h - keys, signatures, secret boxes, randomness, by libsodium. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_CRYPTO_H
#define PROTO_CRYPTO_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * All functions are thread-safe after crypto_start.  Keys and signatures in
 * our own messages are `u8 alg || bytes` (docs/wire.md); an unknown alg is
 * ERR_UNSUPPORTED and never passes.
 */
#define CRYPTO_ALG_ED25519 0x01
#define CRYPTO_ALG_MLDSA44 0x06
#define CRYPTO_ALG_SM2SM3 0x10

#define CRYPTO_SEED_BYTES 32
#define CRYPTO_PUB_BYTES 32
#define CRYPTO_SIG_BYTES 64
#define CRYPTO_KEY_BYTES 32 /* symmetric and X25519 */
#define CRYPTO_WRAP_EXTRA 40 /* nonce 24 + tag 16 */
#define CRYPTO_TAG_BYTES 16
#define CRYPTO_ALG_PUB_BYTES (1 + CRYPTO_PUB_BYTES)
#define CRYPTO_ALG_SIG_BYTES (1 + CRYPTO_SIG_BYTES)

/* Ed25519 key pair; the secret is seed || public, as libsodium wants it. */
struct crypto_signer {
	uint8_t pub[CRYPTO_PUB_BYTES];
	uint8_t secret[CRYPTO_SEED_BYTES + CRYPTO_PUB_BYTES];
};

struct crypto_dh {
	uint8_t pub[CRYPTO_KEY_BYTES];
	uint8_t secret[CRYPTO_KEY_BYTES];
};

/* Once per process before anything else here; aborts if libsodium cannot. */
void crypto_start(void);

/* Bytes of the system's generator.  Short requests come from 1 KiB that the
 * thread made, within the last second, with ChaCha20 under 32 of its bytes:
 * never twice, never shared with a forked child, wiped when given out. */
void crypto_random(void *out, size_t len);
void crypto_wipe(void *p, size_t len);
/* Constant time. */
bool crypto_same(const void *a, const void *b, size_t len);

/* UUIDv7 (RFC 9562): 48-bit milliseconds, the rest random. */
void crypto_uuid7(uint8_t out[static 16], int64_t now_us);
/* The same, greater than the one that stands there (or zeros): of one
 * millisecond, or when the clock went back, a random step further. */
void crypto_uuid7_next(uint8_t id[static 16], int64_t now_us);

void crypto_signer_new(struct crypto_signer *out);
void crypto_signer_seed(
    struct crypto_signer *out, const uint8_t seed[static CRYPTO_SEED_BYTES]);
void crypto_signer_sign(const struct crypto_signer *key, struct bytes msg,
    uint8_t out[static CRYPTO_SIG_BYTES]);

/* Ed25519; ERR_UNVERIFIED. */
ERR_CHECKED enum err crypto_check(const uint8_t pub[static CRYPTO_PUB_BYTES],
    struct bytes msg, const uint8_t sig[static CRYPTO_SIG_BYTES]);

/* `key` and `sig` are u8 alg || bytes.
 * ERR_UNSUPPORTED, ERR_MALFORMED (length), ERR_UNVERIFIED. */
ERR_CHECKED enum err crypto_check_alg(
    struct bytes key, struct bytes msg, struct bytes sig, struct err_why *why);

/*
 * crypto_wrap_seal, crypto_wrap_open - XChaCha20-Poly1305 with a random nonce:
 * out = nonce24 || ciphertext || tag16, in.len + CRYPTO_WRAP_EXTRA bytes.
 * `ad` is authenticated, not stored.  ERR_UNVERIFIED: altered or other key.
 */
void crypto_wrap_seal(uint8_t *out, struct bytes in, struct bytes ad,
    const uint8_t key[static CRYPTO_KEY_BYTES]);
ERR_CHECKED enum err crypto_wrap_open(uint8_t *out, struct bytes in,
    struct bytes ad, const uint8_t key[static CRYPTO_KEY_BYTES]);

/*
 * crypto_once_seal, crypto_once_open - ChaCha20-Poly1305 IETF under a key that
 * encrypts this one message and never another: the nonce is zero and not
 * stored.  out = ciphertext || tag16, in.len + CRYPTO_TAG_BYTES bytes.
 * ERR_UNVERIFIED: altered or other key.
 */
void crypto_once_seal(
    uint8_t *out, struct bytes in, const uint8_t key[static CRYPTO_KEY_BYTES]);
ERR_CHECKED enum err crypto_once_open(
    uint8_t *out, struct bytes in, const uint8_t key[static CRYPTO_KEY_BYTES]);

/*
 * crypto_letter_seal, crypto_letter_open - for the holder of an Ed25519 key
 * alone (libsodium's sealed box on its X25519 form): in.len +
 * CRYPTO_LETTER_EXTRA bytes. ERR_UNVERIFIED: no key of that kind; altered, or
 * for another key.
 */
#define CRYPTO_LETTER_EXTRA 48
ERR_CHECKED enum err crypto_letter_seal(
    uint8_t *out, struct bytes in, const uint8_t pub[static CRYPTO_PUB_BYTES]);
ERR_CHECKED enum err crypto_letter_open(
    uint8_t *out, struct bytes in, const struct crypto_signer *key);
/* Can letters be sealed for it: a point of the large subgroup? */
bool crypto_letter_key_ok(const uint8_t pub[static CRYPTO_PUB_BYTES]);

/* For Noise only (docs/wire.md 6): ChaCha20-Poly1305 IETF with the nonce
 * 0^32 || u64le n, X25519, BLAKE2b-512 and its HMAC. */
void crypto_noise_seal(uint8_t *out, struct bytes in, struct bytes ad,
    const uint8_t key[static CRYPTO_KEY_BYTES], uint64_t n);
ERR_CHECKED enum err crypto_noise_open(uint8_t *out, struct bytes in,
    struct bytes ad, const uint8_t key[static CRYPTO_KEY_BYTES], uint64_t n);
void crypto_dh_new(struct crypto_dh *out);
void crypto_dh_secret(
    struct crypto_dh *out, const uint8_t secret[static CRYPTO_KEY_BYTES]);
/* ERR_UNVERIFIED: the peer's point has small order. */
ERR_CHECKED enum err crypto_dh_shared(uint8_t out[static CRYPTO_KEY_BYTES],
    const struct crypto_dh *own, const uint8_t peer[static CRYPTO_KEY_BYTES]);
#define CRYPTO_BLAKE_BYTES 64
void crypto_blake2b(uint8_t out[static CRYPTO_BLAKE_BYTES],
    const struct bytes *parts, size_t n);
void crypto_blake2b_hmac(uint8_t out[static CRYPTO_BLAKE_BYTES],
    struct bytes key, const struct bytes *parts, size_t n);

#endif

/* crypto.c - keys, signatures, secret boxes, randomness, by libsodium. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/crypto.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <sodium.h>

#include "proto/bulk.h"

#define WRAP_NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define NOISE_NONCE_BYTES crypto_aead_chacha20poly1305_ietf_NPUBBYTES
#define BLAKE_BLOCK_BYTES 128
/* With what is kept beside them, less than a page. */
#define POOL_BYTES 4064
/* Larger requests go to the system: a pool spares calls, not copying. */
#define POOL_SHARE_MAX 64
#define POOL_SECONDS 1

_Static_assert(CRYPTO_SEED_BYTES == crypto_sign_SEEDBYTES, "seed");
_Static_assert(CRYPTO_PUB_BYTES == crypto_sign_PUBLICKEYBYTES, "public key");
_Static_assert(CRYPTO_SIG_BYTES == crypto_sign_BYTES, "signature");
_Static_assert(
    CRYPTO_SEED_BYTES + CRYPTO_PUB_BYTES == crypto_sign_SECRETKEYBYTES,
    "secret key");
_Static_assert(CRYPTO_KEY_BYTES == crypto_scalarmult_BYTES, "X25519");
_Static_assert(
    CRYPTO_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "wrap");
_Static_assert(
    CRYPTO_KEY_BYTES == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "noise");
_Static_assert(
    CRYPTO_TAG_BYTES == crypto_aead_chacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(
    CRYPTO_WRAP_EXTRA == WRAP_NONCE_BYTES + CRYPTO_TAG_BYTES, "nonce and tag");
_Static_assert(
    CRYPTO_BLAKE_BYTES == crypto_generichash_blake2b_BYTES_MAX, "BLAKE2b-512");

/*
 * A thread's random bytes in advance.
 *
 * Invariants: 1. bytes given out are zero here.  2. the page is zero in a
 * forked child, so it never holds what the parent holds.  3. nothing older
 * than POOL_SECONDS is given out: of a virtual machine resumed twice from one
 * snapshot both would give it.
 */
struct pool {
	size_t left;
	time_t filled;
	uint8_t byte[POOL_BYTES];
};

_Static_assert(CRYPTO_KEY_BYTES == randombytes_SEEDBYTES, "pool seed");

static pthread_once_t pool_once = PTHREAD_ONCE_INIT;
static pthread_key_t pool_key;
static bool pool_allowed;
static _Thread_local struct pool *pool_own;
static _Thread_local bool pool_refused;

static void
pool_free(void *arg)
{
	sodium_memzero(arg, sizeof(struct pool));
	(void)munmap(arg, sizeof(struct pool));
	/* A later destructor of this thread may still want random bytes. */
	pool_own = NULL;
	pool_refused = true;
}

static void
pool_start(void)
{
	pool_allowed = pthread_key_create(&pool_key, pool_free) == 0;
}

/* NULL where a page cannot be had or not be kept from a child. */
static struct pool *
pool_make(void)
{
	struct pool *p;

	if (!pool_allowed || pool_refused)
		return NULL;
	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		pool_refused = true;
		return NULL;
	}
	(void)madvise(p, sizeof(*p), MADV_DONTDUMP);
	if (madvise(p, sizeof(*p), MADV_WIPEONFORK) != 0 ||
	    pthread_setspecific(pool_key, p) != 0) {
		(void)munmap(p, sizeof(*p));
		pool_refused = true;
		return NULL;
	}
	pool_own = p;
	return p;
}

void
crypto_start(void)
{
	if (sodium_init() < 0)
		abort();
	(void)pthread_once(&pool_once, pool_start);
}

/*
 * The system expands a key of its own with ChaCha20 for every call; doing so
 * here, from a fresh key for each pool, is several times as fast.
 */
static void
pool_fill(struct pool *p, time_t now)
{
	uint8_t seed[CRYPTO_KEY_BYTES];

	randombytes_buf(seed, sizeof seed);
	randombytes_buf_deterministic(p->byte, sizeof p->byte, seed);
	sodium_memzero(seed, sizeof seed);
	p->left = sizeof p->byte;
	p->filled = now;
}

void
crypto_random(void *out, size_t len)
{
	struct pool *p = pool_own;
	struct timespec now = {0};
	uint8_t *from;

	if (p == NULL && len <= POOL_SHARE_MAX)
		p = pool_make();
	if (p == NULL || len > POOL_SHARE_MAX) {
		randombytes_buf(out, len);
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (p->left < len || now.tv_sec - p->filled >= POOL_SECONDS)
		pool_fill(p, now.tv_sec);
	p->left -= len;
	from = p->byte + p->left;
	memcpy(out, from, len);
	sodium_memzero(from, len);
}

void
crypto_wipe(void *p, size_t len)
{
	sodium_memzero(p, len);
}

bool
crypto_same(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

void
crypto_uuid7(uint8_t out[static 16], int64_t now_us)
{
	uint64_t ms;
	int i;

	ms = now_us > 0 ? (uint64_t)now_us / 1000 : 0;
	crypto_random(out, 16);
	for (i = 0; i < 6; i++)
		out[i] = (uint8_t)(ms >> (40 - 8 * i));
	out[6] = (uint8_t)(0x70 | (out[6] & 0x0f));
	out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

/* Adds to the big-endian number of the `bits` lowest bits; true: it is over. */
static bool
add_low(uint8_t *end, unsigned bits, uint64_t step)
{
	for (; bits > 0; end--) {
		unsigned n = bits < 8 ? bits : 8;
		uint8_t mask = (uint8_t)((1u << n) - 1);
		uint64_t sum = (uint64_t)(*end & mask) + (step & 0xff);

		*end = (uint8_t)((*end & ~mask) | (sum & mask));
		step = (step >> 8) + (sum >> n);
		bits -= n;
	}
	return step != 0;
}

/* RFC 9562 6.2, method 2. */
void
crypto_uuid7_next(uint8_t id[static 16], int64_t now_us)
{
	uint8_t fresh[16];
	uint32_t step;

	crypto_uuid7(fresh, now_us);
	if (memcmp(fresh, id, 6) > 0) {
		memcpy(id, fresh, 16);
		return;
	}
	memcpy(&step, fresh + 12, sizeof step);
	/* 62 bits, then 12, then the time itself. */
	if (add_low(id + 15, 62, (uint64_t)step + 1) && add_low(id + 7, 12, 1))
		(void)add_low(id + 5, 48, 1);
}

void
crypto_signer_new(struct crypto_signer *out)
{
	(void)crypto_sign_keypair(out->pub, out->secret);
}

void
crypto_signer_seed(
    struct crypto_signer *out, const uint8_t seed[static CRYPTO_SEED_BYTES])
{
	(void)crypto_sign_seed_keypair(out->pub, out->secret, seed);
}

void
crypto_signer_sign(const struct crypto_signer *key, struct bytes msg,
    uint8_t out[static CRYPTO_SIG_BYTES])
{
	(void)crypto_sign_detached(out, NULL, msg.ptr, msg.len, key->secret);
}

enum err
crypto_check(const uint8_t pub[static CRYPTO_PUB_BYTES], struct bytes msg,
    const uint8_t sig[static CRYPTO_SIG_BYTES])
{
	if (crypto_sign_verify_detached(sig, msg.ptr, msg.len, pub) != 0)
		return ERR_UNVERIFIED;
	return ERR_OK;
}

enum err
crypto_check_alg(
    struct bytes key, struct bytes msg, struct bytes sig, struct err_why *why)
{
	enum err e;

	if (key.len == 0 || sig.len == 0)
		return err_fail(
		    why, ERR_MALFORMED, "key or signature is empty");
	if (key.ptr[0] != CRYPTO_ALG_ED25519)
		return err_fail(why, ERR_UNSUPPORTED,
		    "key algorithm 0x%02x is not supported", key.ptr[0]);
	if (sig.ptr[0] != CRYPTO_ALG_ED25519)
		return err_fail(why, ERR_UNSUPPORTED,
		    "signature algorithm 0x%02x is not supported", sig.ptr[0]);
	if (key.len != CRYPTO_ALG_PUB_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "Ed25519 key has %zu bytes instead of %d", key.len,
		    CRYPTO_ALG_PUB_BYTES);
	if (sig.len != CRYPTO_ALG_SIG_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "Ed25519 signature has %zu bytes instead of %d", sig.len,
		    CRYPTO_ALG_SIG_BYTES);
	e = crypto_check(key.ptr + 1, msg, sig.ptr + 1);
	if (e != ERR_OK)
		return err_fail(why, e, "signature does not verify");
	return ERR_OK;
}

void
crypto_wrap_seal(uint8_t *out, struct bytes in, struct bytes ad,
    const uint8_t key[static CRYPTO_KEY_BYTES])
{
	crypto_random(out, WRAP_NONCE_BYTES);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + WRAP_NONCE_BYTES,
	    NULL, in.ptr, in.len, ad.ptr, ad.len, NULL, out, key);
}

enum err
crypto_wrap_open(uint8_t *out, struct bytes in, struct bytes ad,
    const uint8_t key[static CRYPTO_KEY_BYTES])
{
	int rc;

	if (in.len < CRYPTO_WRAP_EXTRA)
		return ERR_UNVERIFIED;
	rc = crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL,
	    in.ptr + WRAP_NONCE_BYTES, in.len - WRAP_NONCE_BYTES, ad.ptr,
	    ad.len, in.ptr, key);
	return rc == 0 ? ERR_OK : ERR_UNVERIFIED;
}

static void
noise_nonce(uint8_t out[static NOISE_NONCE_BYTES], uint64_t n)
{
	size_t i;

	memset(out, 0, NOISE_NONCE_BYTES);
	for (i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(n >> (8 * i));
}

void
crypto_noise_seal(uint8_t *out, struct bytes in, struct bytes ad,
    const uint8_t key[static CRYPTO_KEY_BYTES], uint64_t n)
{
	uint8_t nonce[NOISE_NONCE_BYTES];
	const struct bulk bulk = {key, nonce, ad};

	noise_nonce(nonce, n);
	if (in.len >= BULK_BYTES_MIN && bulk_seal(out, in, &bulk))
		return;
	(void)crypto_aead_chacha20poly1305_ietf_encrypt(
	    out, NULL, in.ptr, in.len, ad.ptr, ad.len, NULL, nonce, key);
}

enum err
crypto_noise_open(uint8_t *out, struct bytes in, struct bytes ad,
    const uint8_t key[static CRYPTO_KEY_BYTES], uint64_t n)
{
	uint8_t nonce[NOISE_NONCE_BYTES];
	const struct bulk bulk = {key, nonce, ad};
	enum err e;
	int rc;

	if (in.len < CRYPTO_TAG_BYTES)
		return ERR_UNVERIFIED;
	noise_nonce(nonce, n);
	if (in.len >= BULK_BYTES_MIN) {
		e = bulk_open(out, in, &bulk);
		if (e != ERR_UNSUPPORTED)
			return e;
	}
	rc = crypto_aead_chacha20poly1305_ietf_decrypt(
	    out, NULL, NULL, in.ptr, in.len, ad.ptr, ad.len, nonce, key);
	return rc == 0 ? ERR_OK : ERR_UNVERIFIED;
}

void
crypto_once_seal(
    uint8_t *out, struct bytes in, const uint8_t key[static CRYPTO_KEY_BYTES])
{
	crypto_noise_seal(out, in, bytes_of(NULL, 0), key, 0);
}

enum err
crypto_once_open(
    uint8_t *out, struct bytes in, const uint8_t key[static CRYPTO_KEY_BYTES])
{
	return crypto_noise_open(out, in, bytes_of(NULL, 0), key, 0);
}

void
crypto_dh_new(struct crypto_dh *out)
{
	randombytes_buf(out->secret, sizeof out->secret);
	(void)crypto_scalarmult_base(out->pub, out->secret);
}

void
crypto_dh_secret(
    struct crypto_dh *out, const uint8_t secret[static CRYPTO_KEY_BYTES])
{
	memmove(out->secret, secret, sizeof out->secret);
	(void)crypto_scalarmult_base(out->pub, out->secret);
}

enum err
crypto_dh_shared(uint8_t out[static CRYPTO_KEY_BYTES],
    const struct crypto_dh *own, const uint8_t peer[static CRYPTO_KEY_BYTES])
{
	uint8_t shared[CRYPTO_KEY_BYTES];

	if (crypto_scalarmult(shared, own->secret, peer) != 0)
		return ERR_UNVERIFIED;
	memcpy(out, shared, sizeof shared);
	sodium_memzero(shared, sizeof shared);
	return ERR_OK;
}

static void
blake_parts(
    crypto_generichash_blake2b_state *st, const struct bytes *parts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (parts[i].len > 0)
			(void)crypto_generichash_blake2b_update(
			    st, parts[i].ptr, parts[i].len);
}

void
crypto_blake2b(
    uint8_t out[static CRYPTO_BLAKE_BYTES], const struct bytes *parts, size_t n)
{
	crypto_generichash_blake2b_state st;

	(void)crypto_generichash_blake2b_init(&st, NULL, 0, CRYPTO_BLAKE_BYTES);
	blake_parts(&st, parts, n);
	(void)crypto_generichash_blake2b_final(&st, out, CRYPTO_BLAKE_BYTES);
	sodium_memzero(&st, sizeof st);
}

/* RFC 2104 as Noise wants it: not BLAKE2b's own keyed mode. */
void
crypto_blake2b_hmac(uint8_t out[static CRYPTO_BLAKE_BYTES], struct bytes key,
    const struct bytes *parts, size_t n)
{
	crypto_generichash_blake2b_state st;
	uint8_t block[BLAKE_BLOCK_BYTES] = {0};
	uint8_t inner[CRYPTO_BLAKE_BYTES];
	struct bytes outer[2];
	size_t i;

	if (key.len > BLAKE_BLOCK_BYTES)
		crypto_blake2b(block, &key, 1);
	else if (key.len > 0)
		memcpy(block, key.ptr, key.len);
	for (i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	(void)crypto_generichash_blake2b_init(&st, NULL, 0, CRYPTO_BLAKE_BYTES);
	(void)crypto_generichash_blake2b_update(&st, block, sizeof block);
	blake_parts(&st, parts, n);
	(void)crypto_generichash_blake2b_final(&st, inner, sizeof inner);
	for (i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	outer[0] = bytes_of(block, sizeof block);
	outer[1] = bytes_of(inner, sizeof inner);
	crypto_blake2b(out, outer, 2);
	sodium_memzero(&st, sizeof st);
	sodium_memzero(block, sizeof block);
	sodium_memzero(inner, sizeof inner);
}

/* ---- for one reader ---- */

enum err
crypto_letter_seal(
    uint8_t *out, struct bytes in, const uint8_t pub[static CRYPTO_PUB_BYTES])
{
	uint8_t reader[crypto_box_PUBLICKEYBYTES];

	static_assert(
	    CRYPTO_LETTER_EXTRA == crypto_box_SEALBYTES, "extra bytes");
	if (crypto_sign_ed25519_pk_to_curve25519(reader, pub) != 0 ||
	    crypto_box_seal(out, in.ptr, in.len, reader) != 0)
		return ERR_UNVERIFIED;
	return ERR_OK;
}

bool
crypto_letter_key_ok(const uint8_t pub[static CRYPTO_PUB_BYTES])
{
	uint8_t reader[crypto_box_PUBLICKEYBYTES];

	return crypto_sign_ed25519_pk_to_curve25519(reader, pub) == 0;
}

enum err
crypto_letter_open(
    uint8_t *out, struct bytes in, const struct crypto_signer *key)
{
	uint8_t reader[crypto_box_PUBLICKEYBYTES];
	uint8_t secret[crypto_box_SECRETKEYBYTES];
	int bad;

	if (in.len < crypto_box_SEALBYTES ||
	    crypto_sign_ed25519_pk_to_curve25519(reader, key->pub) != 0 ||
	    crypto_sign_ed25519_sk_to_curve25519(secret, key->secret) != 0)
		return ERR_UNVERIFIED;
	bad = crypto_box_seal_open(out, in.ptr, in.len, reader, secret);
	sodium_memzero(secret, sizeof secret);
	return bad != 0 ? ERR_UNVERIFIED : ERR_OK;
}

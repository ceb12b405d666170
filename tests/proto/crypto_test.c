/* crypto_test.c - published vectors, and refusals of altered bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "proto/text.h"

static void
unhex(uint8_t *out, size_t len, const char *hex)
{
	struct buf b;

	buf_init(&b, len);
	cr_assert_eq(text_hex_get(&b, bytes_str(hex), NULL), ERR_OK);
	cr_assert_eq(b.len, len);
	if (len > 0)
		memcpy(out, b.ptr, len);
	buf_clear(&b);
}

static void
expect_hex(const void *got, size_t len, const char *want)
{
	struct buf b;

	buf_init(&b, 2 * len);
	text_hex_put(&b, bytes_of(got, len));
	cr_assert_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

static void
start(void)
{
	crypto_start();
}

TestSuite(crypto_random, .init = start);
TestSuite(crypto_signer_sign, .init = start);
TestSuite(crypto_once_open, .init = start);
TestSuite(crypto_check, .init = start);
TestSuite(crypto_check_alg, .init = start);
TestSuite(crypto_wrap_open, .init = start);
TestSuite(crypto_noise_open, .init = start);
TestSuite(crypto_dh_shared, .init = start);
TestSuite(crypto_blake2b, .init = start);
TestSuite(crypto_uuid7, .init = start);

struct rfc8032 {
	const char *seed;
	const char *pub;
	const char *msg;
	const char *sig;
};

static const struct rfc8032 ed25519[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

Test(crypto_signer_sign, agrees_with_rfc_8032)
{
	uint8_t seed[32], pub[32], msg[2], sig[64], got[64];
	struct crypto_signer key;
	size_t i, len;

	for (i = 0; i < sizeof ed25519 / sizeof ed25519[0]; i++) {
		len = strlen(ed25519[i].msg) / 2;
		unhex(seed, 32, ed25519[i].seed);
		unhex(pub, 32, ed25519[i].pub);
		unhex(msg, len, ed25519[i].msg);
		unhex(sig, 64, ed25519[i].sig);
		crypto_signer_seed(&key, seed);
		cr_assert_arr_eq(key.pub, pub, 32);
		crypto_signer_sign(&key, bytes_of(msg, len), got);
		cr_assert_arr_eq(got, sig, 64);
		cr_assert_eq(
		    crypto_check(pub, bytes_of(msg, len), sig), ERR_OK);
	}
}

Test(crypto_check, refuses_every_altered_bit)
{
	uint8_t msg[4] = {1, 2, 3, 4}, sig[64];
	struct crypto_signer key, other;
	size_t i;

	crypto_signer_new(&key);
	crypto_signer_new(&other);
	crypto_signer_sign(&key, bytes_of(msg, 4), sig);
	cr_assert_eq(crypto_check(key.pub, bytes_of(msg, 4), sig), ERR_OK);
	for (i = 0; i < 64 * 8; i++) {
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
		cr_assert_eq(crypto_check(key.pub, bytes_of(msg, 4), sig),
		    ERR_UNVERIFIED);
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	cr_assert_eq(
	    crypto_check(key.pub, bytes_of(msg, 3), sig), ERR_UNVERIFIED);
	cr_assert_eq(
	    crypto_check(other.pub, bytes_of(msg, 4), sig), ERR_UNVERIFIED);
}

Test(crypto_check, refuses_keys_of_small_order)
{
	uint8_t pub[32] = {1}, sig[64] = {1};

	cr_assert_eq(crypto_check(pub, bytes_str("any"), sig), ERR_UNVERIFIED);
}

Test(crypto_check, refuses_a_signature_with_s_plus_the_group_order)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
	    0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
	    0x14, [31] = 0x10};
	uint8_t pub[32], sig[64];
	unsigned sum;
	size_t i;

	unhex(pub, 32, ed25519[0].pub);
	unhex(sig, 64, ed25519[0].sig);
	sum = 0;
	for (i = 0; i < 32; i++) {
		sum += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)sum;
		sum >>= 8;
	}
	cr_assert_eq(crypto_check(pub, bytes_of(NULL, 0), sig), ERR_UNVERIFIED);
}

Test(crypto_check_alg, never_passes_an_unknown_algorithm)
{
	uint8_t key[CRYPTO_ALG_PUB_BYTES], sig[CRYPTO_ALG_SIG_BYTES];
	struct crypto_signer signer;
	struct bytes k, m, s;

	crypto_signer_new(&signer);
	m = bytes_str("message");
	k = bytes_of(key, sizeof key);
	s = bytes_of(sig, sizeof sig);
	key[0] = sig[0] = CRYPTO_ALG_ED25519;
	memcpy(key + 1, signer.pub, CRYPTO_PUB_BYTES);
	crypto_signer_sign(&signer, m, sig + 1);
	cr_assert_eq(crypto_check_alg(k, m, s, NULL), ERR_OK);
	cr_assert_eq(
	    crypto_check_alg(k, bytes_str("massage"), s, NULL), ERR_UNVERIFIED);
	cr_assert_eq(
	    crypto_check_alg(bytes_of(key, 32), m, s, NULL), ERR_MALFORMED);
	cr_assert_eq(
	    crypto_check_alg(k, m, bytes_of(sig, 64), NULL), ERR_MALFORMED);
	cr_assert_eq(
	    crypto_check_alg(bytes_of(NULL, 0), m, s, NULL), ERR_MALFORMED);
	cr_assert_eq(
	    crypto_check_alg(k, m, bytes_of(NULL, 0), NULL), ERR_MALFORMED);
	sig[0] = CRYPTO_ALG_MLDSA44;
	cr_assert_eq(crypto_check_alg(k, m, s, NULL), ERR_UNSUPPORTED);
	sig[0] = CRYPTO_ALG_ED25519;
	key[0] = CRYPTO_ALG_SM2SM3;
	cr_assert_eq(crypto_check_alg(k, m, s, NULL), ERR_UNSUPPORTED);
	key[0] = 0;
	cr_assert_eq(crypto_check_alg(k, m, s, NULL), ERR_UNSUPPORTED);
}

Test(crypto_wrap_open, opens_only_what_was_sealed)
{
	uint8_t key[32] = {1}, other[32] = {2}, box[CRYPTO_WRAP_EXTRA + 6];
	uint8_t twin[sizeof box], out[6];
	struct bytes ad, sealed;
	size_t i;

	ad = bytes_str("slot 7");
	sealed = bytes_of(box, sizeof box);
	crypto_wrap_seal(box, bytes_str("secret"), ad, key);
	crypto_wrap_seal(twin, bytes_str("secret"), ad, key);
	cr_assert_neq(memcmp(box, twin, sizeof box), 0);
	cr_assert_eq(crypto_wrap_open(out, sealed, ad, key), ERR_OK);
	cr_assert_arr_eq(out, "secret", 6);
	cr_assert_eq(crypto_wrap_open(out, sealed, ad, other), ERR_UNVERIFIED);
	cr_assert_eq(crypto_wrap_open(out, sealed, bytes_str("slot 8"), key),
	    ERR_UNVERIFIED);
	for (i = 0; i < sizeof box; i++) {
		box[i] ^= 1;
		cr_assert_eq(
		    crypto_wrap_open(out, sealed, ad, key), ERR_UNVERIFIED);
		box[i] ^= 1;
	}
	for (i = 0; i < sizeof box; i++)
		cr_assert_eq(crypto_wrap_open(out, bytes_of(box, i), ad, key),
		    ERR_UNVERIFIED);
}

Test(crypto_once_open, opens_only_what_was_sealed)
{
	uint8_t key[32] = {1}, other[32] = {2}, box[CRYPTO_TAG_BYTES + 6];
	struct bytes sealed;
	uint8_t out[6];
	size_t i;

	sealed = bytes_of(box, sizeof box);
	crypto_once_seal(box, bytes_str("secret"), key);
	cr_assert_eq(crypto_once_open(out, sealed, key), ERR_OK);
	cr_assert_arr_eq(out, "secret", 6);
	cr_assert_eq(crypto_once_open(out, sealed, other), ERR_UNVERIFIED);
	for (i = 0; i < sizeof box; i++) {
		box[i] ^= 1;
		cr_assert_eq(
		    crypto_once_open(out, sealed, key), ERR_UNVERIFIED);
		box[i] ^= 1;
	}
	for (i = 0; i < sizeof box; i++)
		cr_assert_eq(crypto_once_open(out, bytes_of(box, i), key),
		    ERR_UNVERIFIED);
}

/* From an independent implementation: the nonce is 0^4 || u64le n. */
Test(crypto_noise_open, agrees_with_another_implementation)
{
	uint8_t key[32] = {3}, box[CRYPTO_TAG_BYTES + 5], out[5];

	crypto_noise_seal(box, bytes_str("hello"), bytes_str("head"), key,
	    0x0102030405060708);
	expect_hex(
	    box, sizeof box, "8bfd6990bbdac99f8a708cfbd1c0ac5a4bb4350799");
	cr_assert_eq(crypto_noise_open(out, bytes_of(box, sizeof box),
	                 bytes_str("head"), key, 0x0102030405060708),
	    ERR_OK);
	cr_assert_arr_eq(out, "hello", 5);
}

Test(crypto_noise_open, binds_counter_key_and_data)
{
	uint8_t key[32] = {3}, box[CRYPTO_TAG_BYTES + 5], out[5];
	struct bytes ad, sealed;

	ad = bytes_str("head");
	sealed = bytes_of(box, sizeof box);
	crypto_noise_seal(box, bytes_str("hello"), ad, key, UINT64_MAX - 1);
	cr_assert_eq(
	    crypto_noise_open(out, sealed, ad, key, UINT64_MAX - 1), ERR_OK);
	cr_assert_arr_eq(out, "hello", 5);
	cr_assert_eq(crypto_noise_open(out, sealed, ad, key, UINT64_MAX),
	    ERR_UNVERIFIED);
	cr_assert_eq(crypto_noise_open(
	                 out, sealed, bytes_of(NULL, 0), key, UINT64_MAX - 1),
	    ERR_UNVERIFIED);
	cr_assert_eq(crypto_noise_open(
	                 out, bytes_of(box, CRYPTO_TAG_BYTES - 1), ad, key, 0),
	    ERR_UNVERIFIED);
}

Test(crypto_dh_shared, agrees_with_rfc_7748)
{
	uint8_t secret[32], peer[32], shared[32];
	struct crypto_dh own;

	unhex(secret, 32,
	    "a546e36bf0527c9d3b16154b82465edd"
	    "62144c0ac1fc5a18506a2244ba449ac4");
	unhex(peer, 32,
	    "e6db6867583030db3594c1a424b15f7c"
	    "726624ec26b3353b10a903a6d0ab1c4c");
	crypto_dh_secret(&own, secret);
	cr_assert_eq(crypto_dh_shared(shared, &own, peer), ERR_OK);
	expect_hex(shared, 32,
	    "c3da55379de9c6908e94ea4df28d084f"
	    "32eccf03491c71f754b4075577a28552");
	unhex(secret, 32,
	    "5dab087e624a8a4b79e17f8b83800ee6"
	    "6f3bb1292618b6fd1c2f8b27ff88e0eb");
	unhex(peer, 32,
	    "8520f0098930a754748b7ddcb43ef75a"
	    "0dbf3a0d26381af4eba4a98eaa9b4e6a");
	crypto_dh_secret(&own, secret);
	expect_hex(own.pub, 32,
	    "de9edb7d7b7dc1b4d35b61c2ece43537"
	    "3f8343c85b78674dadfc7e146f882b4f");
	cr_assert_eq(crypto_dh_shared(shared, &own, peer), ERR_OK);
	expect_hex(shared, 32,
	    "4a5d9d5ba4ce2de1728e3bf480350f25"
	    "e07e21c947d19e3376f09b3c1e161742");
}

Test(crypto_dh_shared, refuses_points_of_small_order)
{
	uint8_t zero[32] = {0}, one[32] = {1}, shared[32] = {7};
	struct crypto_dh own;

	crypto_dh_new(&own);
	cr_assert_eq(crypto_dh_shared(shared, &own, zero), ERR_UNVERIFIED);
	cr_assert_eq(crypto_dh_shared(shared, &own, one), ERR_UNVERIFIED);
	cr_assert_eq(shared[0], 7);
}

Test(crypto_blake2b, agrees_with_rfc_7693_and_its_hmac_with_python)
{
	uint8_t out[CRYPTO_BLAKE_BYTES], key[131];
	struct bytes parts[2];

	parts[0] = bytes_str("a");
	parts[1] = bytes_str("bc");
	crypto_blake2b(out, parts, 2);
	expect_hex(out, sizeof out,
	    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
	    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
	memset(key, 0x0b, 20);
	parts[0] = bytes_str("Hi ");
	parts[1] = bytes_str("There");
	crypto_blake2b_hmac(out, bytes_of(key, 20), parts, 2);
	expect_hex(out, sizeof out,
	    "358a6a184924894fc34bee5680eedf57d84a37bb38832f288e3b27dc63a98cc8"
	    "c91e76da476b508bc6b2d408a248857452906e4a20b48c6b4b55d2df0fe1dd24");
	memset(key, 0xaa, sizeof key);
	parts[0] = bytes_str("Test Using Larger Than Block-Size Key - "
	                     "Hash Key First");
	crypto_blake2b_hmac(out, bytes_of(key, sizeof key), parts, 1);
	expect_hex(out, sizeof out,
	    "a54b2943b2a20227d41ca46c0945af09bc1faefb2f49894c23aebc557fb79c48"
	    "89dca74408dc865086667aedee4a3185c53a49c80b814c4c5813ea0c8b38a8f8");
}

Test(crypto_uuid7, carries_time_version_and_variant)
{
	uint8_t a[16], b[16];

	crypto_uuid7(a, INT64_C(1795315800123456));
	crypto_uuid7(b, INT64_C(1795315800123456));
	expect_hex(a, 6, "01a20129183b");
	cr_assert_eq(a[6] >> 4, 7);
	cr_assert_eq(a[8] >> 6, 2);
	cr_assert_arr_eq(a, b, 6);
	cr_assert_not(crypto_same(a, b, 16));
	crypto_uuid7(a, -5);
	expect_hex(a, 6, "000000000000");
	crypto_wipe(b, sizeof b);
	expect_hex(b, 16, "00000000000000000000000000000000");
}

Test(crypto_uuid7, the_next_one_is_greater)
{
	const int64_t now = INT64_C(1795315800123456);
	uint8_t id[16] = {0};
	uint8_t before[16];

	/* Many of one millisecond, one later, one after the clock went back. */
	for (int i = 0; i < 2002; i++) {
		memcpy(before, id, 16);
		crypto_uuid7_next(id,
		    i == 2000       ? now + 1000
		        : i == 2001 ? now - 5000
		                    : now);
		cr_assert_gt(memcmp(id, before, 16), 0, "%d", i);
		cr_assert_eq(id[6] >> 4, 7);
		cr_assert_eq(id[8] >> 6, 2);
		if (i < 2000)
			expect_hex(id, 6, "01a20129183b");
		else
			expect_hex(id, 6, "01a20129183c");
	}
	/* Its random part is used up: the time moves on. */
	memset(id + 8, 0xff, 8);
	id[6] = 0x7f;
	id[7] = 0xff;
	id[8] = 0xbf;
	crypto_uuid7_next(id, now);
	expect_hex(id, 8, "01a20129183d7000");
	cr_assert_eq(id[8], 0x80);
}

#define DRAWS 4096
#define DRAW_BYTES 16

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, DRAW_BYTES);
}

static void
expect_distinct(uint8_t (*draw)[DRAW_BYTES], size_t n)
{
	qsort(draw, n, DRAW_BYTES, by_bytes);
	for (size_t i = 1; i < n; i++)
		cr_assert_neq(memcmp(draw[i - 1], draw[i], DRAW_BYTES), 0);
}

static void *
draw_all(void *arg)
{
	uint8_t(*draw)[DRAW_BYTES] = arg;

	for (size_t i = 0; i < DRAWS; i++)
		crypto_random(draw[i], DRAW_BYTES);
	return NULL;
}

Test(crypto_random, gives_two_threads_nothing_twice)
{
	static uint8_t draw[2 * DRAWS][DRAW_BYTES];
	pthread_t other;

	cr_assert_eq(pthread_create(&other, NULL, draw_all, draw + DRAWS), 0);
	(void)draw_all(draw);
	cr_assert_eq(pthread_join(other, NULL), 0);
	expect_distinct(draw, (size_t)2 * DRAWS);
}

Test(crypto_random, gives_a_child_other_bytes_than_its_parent)
{
	uint8_t draw[3][DRAW_BYTES];
	int status = 1;
	int fd[2];
	pid_t pid;

	/* There is a pool before the fork, and it has bytes left. */
	crypto_random(draw[0], DRAW_BYTES);
	cr_assert_eq(pipe(fd), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		crypto_random(draw[1], DRAW_BYTES);
		_exit(write(fd[1], draw[1], DRAW_BYTES) != DRAW_BYTES);
	}
	crypto_random(draw[2], DRAW_BYTES);
	cr_assert_eq(read(fd[0], draw[1], DRAW_BYTES), DRAW_BYTES);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	(void)close(fd[0]);
	(void)close(fd[1]);
	expect_distinct(draw, 3);
}

Test(crypto_random, fills_every_length_to_its_end)
{
	uint8_t out[2050];

	/* 2 ^ -64 that eight random bytes are all zero. */
	for (size_t len = 8; len <= 2048; len += 31) {
		memset(out, 0, sizeof out);
		crypto_random(out + 1, len);
		cr_assert_eq(out[0], 0);
		cr_assert_eq(out[1 + len], 0);
		cr_assert_neq(
		    memcmp(out + 1 + len - 8, "\0\0\0\0\0\0\0", 8), 0);
	}
}

/* bulk_test.c - ChaCha20-Poly1305 of long messages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/bulk.h"

#include <criterion/criterion.h>

#include "proto/crypto.h"

#define LEN 300000

static uint8_t plain[LEN];
static uint8_t box[LEN + CRYPTO_TAG_BYTES];
static uint8_t other[LEN + CRYPTO_TAG_BYTES];
static const uint8_t key[CRYPTO_KEY_BYTES] = "the key of this test, 32 bytes.";
static const uint8_t nonce[12] = {0, 0, 0, 0, 9};

static void
start(void)
{
	crypto_start();
	for (size_t i = 0; i < LEN; i++)
		plain[i] = (uint8_t)(i * 7 + i / 251);
}
TestSuite(bulk_seal, .init = start);
TestSuite(bulk_open, .init = start);

static struct bulk
with(struct bytes ad)
{
	return (struct bulk){key, nonce, ad};
}

/* RFC 8439 2.8.2. */
Test(bulk_seal, agrees_with_rfc_8439)
{
	static const char text[] =
	    "Ladies and Gentlemen of the class of '99: If I could offer you "
	    "only one tip for the future, sunscreen would be it.";
	static const uint8_t ad[] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2,
	    0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
	static const uint8_t rfc_nonce[] = {
	    7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
	static const uint8_t start_want[] = {
	    0xd3, 0x1a, 0x8d, 0x34, 0x64, 0x8e, 0x60, 0xdb};
	static const uint8_t tag_want[] = {0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09,
	    0xe2, 0x6a, 0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91};
	uint8_t rfc_key[CRYPTO_KEY_BYTES];
	struct bulk b = {rfc_key, rfc_nonce, bytes_of(ad, sizeof ad)};

	for (size_t i = 0; i < sizeof rfc_key; i++)
		rfc_key[i] = (uint8_t)(0x80 + i);
	cr_assert(bulk_seal(box, bytes_str(text), &b));
	cr_assert_arr_eq(box, start_want, sizeof start_want);
	cr_assert_arr_eq(box + strlen(text), tag_want, sizeof tag_want);
}

/* Below the threshold crypto.c seals by libsodium, above by this. */
Test(bulk_seal, agrees_with_libsodium)
{
	struct bytes ad = bytes_str("head");
	struct bulk b = with(ad);

	for (size_t len = 0; len < BULK_BYTES_MIN; len += 1 + len / 9) {
		cr_assert(bulk_seal(box, bytes_of(plain, len), &b));
		crypto_noise_seal(other, bytes_of(plain, len), ad, key, 9);
		cr_assert_arr_eq(box, other, len + CRYPTO_TAG_BYTES);
		cr_assert_eq(
		    crypto_noise_open(other,
		        bytes_of(box, len + CRYPTO_TAG_BYTES), ad, key, 9),
		    ERR_OK);
		cr_assert_arr_eq(other, plain, len);
	}
}

Test(bulk_open, opens_only_what_was_sealed)
{
	struct bulk b = with(bytes_str("head"));
	struct bytes sealed = bytes_of(box, sizeof box);

	cr_assert(bulk_seal(box, bytes_of(plain, LEN), &b));
	cr_assert_eq(bulk_open(other, sealed, &b), ERR_OK);
	cr_assert_arr_eq(other, plain, LEN);
	for (size_t at = 0; at < sizeof box; at += 29989) {
		box[at] ^= 0x10;
		cr_assert_eq(bulk_open(other, sealed, &b), ERR_UNVERIFIED);
		for (size_t i = 0; i < LEN; i++)
			cr_assert_eq(other[i], 0);
		box[at] ^= 0x10;
	}
	box[sizeof box - 1] ^= 1;
	cr_assert_eq(bulk_open(other, sealed, &b), ERR_UNVERIFIED);
	box[sizeof box - 1] ^= 1;
	b = with(bytes_str("Head"));
	cr_assert_eq(bulk_open(other, sealed, &b), ERR_UNVERIFIED);
	b = with(bytes_of(NULL, 0));
	cr_assert_eq(bulk_open(other, sealed, &b), ERR_UNVERIFIED);
}

/* The same through the functions that choose. */
Test(bulk_open, serves_long_noise_messages)
{
	struct bytes ad = bytes_str("head");
	struct bytes sealed = bytes_of(box, sizeof box);

	crypto_noise_seal(box, bytes_of(plain, LEN), ad, key, 9);
	cr_assert_eq(crypto_noise_open(other, sealed, ad, key, 9), ERR_OK);
	cr_assert_arr_eq(other, plain, LEN);
	cr_assert_eq(
	    crypto_noise_open(other, sealed, ad, key, 10), ERR_UNVERIFIED);
	box[5] ^= 1;
	cr_assert_eq(
	    crypto_noise_open(other, sealed, ad, key, 9), ERR_UNVERIFIED);
}

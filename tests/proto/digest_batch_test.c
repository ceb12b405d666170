/* digest_batch_test.c - hashes two at a time are those of the library. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proto/digest_batch.h"

#define LEN_MAX 300

static uint8_t text[6000];

static void
make_text(void)
{
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 167 + i / 251);
}

static void
expect(const struct hash *got, const uint8_t *in, size_t len)
{
	struct digest d;
	struct hash want;

	digest_init(&d);
	digest_add(&d, bytes_of(in, len));
	digest_done(&d, &want);
	cr_assert(bytes_equal(bytes_hash(got), bytes_hash(&want)),
	    "a text of %zu bytes from %zu", len, (size_t)(in - text));
}

/* Every length beside another one that takes more, less or as many blocks. */
static void
check_pairs(void)
{
	static const size_t beside[] = {0, 55, 56, 63, 64, 119, 120, 300};
	struct digest_batch b;
	struct hash h[2];

	digest_batch_init(&b);
	for (size_t len = 0; len <= LEN_MAX; len++) {
		for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
			const struct bytes one[] = {bytes_of(text, len / 3),
			    bytes_of(text + len / 3, len - len / 3)};
			const struct bytes two[] = {
			    bytes_of(text + 777, beside[i])};

			digest_batch_add(&b, &h[0], one, 2);
			digest_batch_add(&b, &h[1], two, 1);
			digest_batch_run(&b);
			expect(&h[0], text, len);
			expect(&h[1], text + 777, beside[i]);
		}
	}
}

/* As many as do not fit, short and long ones, and one too long for a batch. */
static void
check_many(void)
{
	static struct hash h[LEN_MAX + 1];
	struct digest_batch b;

	for (size_t n = 0; n <= LEN_MAX; n = n < 9 ? n + 1 : n + 97) {
		digest_batch_init(&b);
		for (size_t i = 0; i < n; i++) {
			struct bytes in =
			    bytes_of(text + i, i == 5 ? 5000 : i * i % 700);

			digest_batch_add(&b, &h[i], &in, 1);
		}
		digest_batch_run(&b);
		for (size_t i = 0; i < n; i++)
			expect(&h[i], text + i, i == 5 ? 5000 : i * i % 700);
	}
}

#define NUMBERS 40

static void
check_hmac(void)
{
	static const uint8_t tag[] = "sixteen bytes ..";
	uint32_t number[NUMBERS];
	uint8_t message[DIGEST_TAG_BYTES + 4];
	struct hash h[NUMBERS + 1];
	struct digest_hmac key;
	struct hash want;

	memcpy(message, tag, DIGEST_TAG_BYTES);
	for (size_t i = 0; i < NUMBERS; i++)
		number[i] = (uint32_t)(i * UINT32_C(0x9e3779b1));
	digest_hmac_key(&key, bytes_of(text, 32));
	for (size_t n = 0; n <= NUMBERS; n++) {
		memset(h, 0, sizeof h);
		digest_hmac_numbers(&key, tag, number, h, n);
		for (size_t i = 0; i < n; i++) {
			const struct bytes in =
			    bytes_of(message, sizeof message);

			for (unsigned k = 0; k < 4; k++)
				message[DIGEST_TAG_BYTES + k] =
				    (uint8_t)(number[i] >> (24 - 8 * k));
			digest_hmac(&key, &want, &in, 1);
			cr_assert(
			    bytes_equal(bytes_hash(&h[i]), bytes_hash(&want)));
		}
		for (size_t i = n; i <= NUMBERS; i++)
			cr_assert_eq(h[i].b[0] | h[i].b[31], 0);
	}
}

/* Sixteen keys and numbers at a time, where the processor can. */
static void
check_salts(void)
{
	static const uint8_t tag[] = "sixteen bytes ..";
	const uint8_t *key[DIGEST_WIDE];
	uint8_t message[DIGEST_TAG_BYTES + 4];
	uint32_t number[DIGEST_WIDE];
	struct hash h[DIGEST_WIDE];
	struct digest_keys keys;
	struct digest_hmac hmac;
	struct hash want;

	memcpy(message, tag, DIGEST_TAG_BYTES);
	for (size_t i = 0; i < DIGEST_WIDE; i++) {
		key[i] = text + 37 * i;
		number[i] = (uint32_t)(i * UINT32_C(0x9e3779b1));
	}
	digest_wide_keys(&keys, key);
	digest_wide_salts(&keys, tag, number, h);
	for (size_t i = 0; i < DIGEST_WIDE; i++) {
		const struct bytes in = bytes_of(message, sizeof message);

		for (unsigned k = 0; k < 4; k++)
			message[DIGEST_TAG_BYTES + k] =
			    (uint8_t)(number[i] >> (24 - 8 * k));
		digest_hmac_key(&hmac, bytes_of(key[i], HASH_BYTES));
		digest_hmac(&hmac, &want, &in, 1);
		cr_assert(bytes_equal(bytes_hash(&h[i]), bytes_hash(&want)),
		    "salt %zu", i);
	}
}

static void
check_all(void)
{
	make_text();
	check_pairs();
	check_many();
	check_hmac();
	if (digest_wide_fast())
		check_salts();
}

Test(digest_batch, agrees_with_the_library)
{
	check_all();
}

/* As on processors that have less. */
Test(digest_batch, agrees_with_the_library_two_at_a_time)
{
	digest_wide_slow(true);
	cr_assert(!digest_wide_fast());
	check_all();
}

Test(digest_batch, agrees_with_the_library_one_at_a_time)
{
	digest_wide_slow(true);
	digest_two_slow(true);
	cr_assert(!digest_two_fast());
	check_all();
	digest_two_slow(false);
	digest_wide_slow(false);
}

Test(digest_batch, leaves_no_copy_of_what_it_hashed)
{
	struct bytes in = bytes_of(text, 200);
	struct digest_batch b;
	struct hash h;

	make_text();
	memset(&b, 0, sizeof b);
	digest_batch_init(&b);
	digest_batch_add(&b, &h, &in, 1);
	digest_batch_run(&b);
	for (size_t i = 0; i < sizeof b.in; i++)
		cr_assert_eq(b.in[i], 0);
}

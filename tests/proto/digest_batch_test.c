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

static void
check_hmac(void)
{
	struct digest_hmac key;
	struct hash h[7];
	struct hash want;

	digest_hmac_key(&key, bytes_of(text, 32));
	for (size_t len = 0; len <= DIGEST_HMAC_SHORT; len++) {
		for (size_t n = 0; n <= 7; n++) {
			memset(h, 0, sizeof h);
			digest_hmac_many(&key, h, text + 99, len, n);
			for (size_t i = 0; i < 7; i++) {
				const struct bytes in =
				    bytes_of(text + 99 + i * len, len);

				digest_hmac(&key, &want, &in, 1);
				if (i >= n)
					memset(&want, 0, sizeof want);
				cr_assert(bytes_equal(
				    bytes_hash(&h[i]), bytes_hash(&want)));
			}
		}
	}
}

static void
check_all(void)
{
	make_text();
	check_pairs();
	check_many();
	check_hmac();
}

Test(digest_batch, agrees_with_the_library)
{
	check_all();
}

Test(digest_batch, agrees_with_the_library_on_any_processor)
{
	digest_two_slow(true);
	cr_assert(!digest_two_fast());
	check_all();
	digest_two_slow(false);
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

/* RFC 4231, case 2. */
Test(digest_hmac_many, agrees_with_rfc_4231)
{
	static const uint8_t want[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75,
	    0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00,
	    0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64,
	    0xec, 0x38, 0x43};
	const struct bytes message = bytes_str("what do ya want for nothing?");
	struct digest_hmac key;
	struct hash h;

	digest_hmac_key(&key, bytes_str("Jefe"));
	digest_hmac_many(&key, &h, message.ptr, message.len, 1);
	cr_assert(memcmp(h.b, want, sizeof want) == 0);
}

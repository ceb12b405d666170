/* crypto_many_test.c - many opened together are those opened one by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proto/cipher_wide.h"
#include "proto/crypto_many.h"

#define MANY 37 /* two rounds and a part */
#define ROOM (CRYPTO_MANY_BYTES + 64 + CRYPTO_WRAP_EXTRA)

static uint8_t key[MANY][CRYPTO_KEY_BYTES];
static uint8_t plain[MANY][ROOM];
static uint8_t sealed[MANY][ROOM];
static uint8_t opened[MANY][ROOM];
static uint8_t ad[MANY][20];
static struct crypto_many m[MANY];
static size_t len[MANY];

static void
fill(size_t round, bool wrapped)
{
	static const size_t some[] = {0, 1, 15, 16, 17, 32, 63, 64, 65, 127,
	    128, 129, 700, 1023, 1024, 4040, 4096, 4100};

	for (size_t i = 0; i < MANY; i++) {
		len[i] = some[(i + round) % (sizeof some / sizeof some[0])];
		crypto_random(key[i], sizeof key[i]);
		crypto_random(plain[i], len[i]);
		crypto_random(ad[i], sizeof ad[i]);
		m[i] = (struct crypto_many){.out = opened[i],
		    .ad = bytes_of(ad[i], wrapped ? i % sizeof ad[i] : 0),
		    .key = key[i]};
		memset(opened[i], 0xa5, sizeof opened[i]);
		if (wrapped) {
			crypto_wrap_seal(sealed[i], bytes_of(plain[i], len[i]),
			    m[i].ad, key[i]);
			m[i].in =
			    bytes_of(sealed[i], len[i] + CRYPTO_WRAP_EXTRA);
		} else {
			crypto_once_seal(
			    sealed[i], bytes_of(plain[i], len[i]), key[i]);
			m[i].in =
			    bytes_of(sealed[i], len[i] + CRYPTO_TAG_BYTES);
		}
	}
}

static void
open_many(bool wrapped)
{
	if (wrapped)
		crypto_many_wrapped(m, MANY);
	else
		crypto_many_once(m, MANY);
}

/* Long ones may be left to whoever asks; nothing is written behind the end. */
static void
expect_good(size_t i)
{
	if (m[i].in.len <= CRYPTO_MANY_BYTES)
		cr_assert(m[i].good, "%zu: %zu bytes", i, len[i]);
	if (m[i].good) {
		cr_assert_eq(memcmp(opened[i], plain[i], len[i]), 0);
		cr_assert_eq(opened[i][len[i]], 0xa5);
	}
}

static void
check_good(bool wrapped)
{
	for (size_t round = 0; round < 18; round++) {
		fill(round, wrapped);
		open_many(wrapped);
		for (size_t i = 0; i < MANY; i++)
			expect_good(i);
	}
}

/* One bit of one of them, of its key or of what goes with it: that one is not
 * good and nothing of it is shown, all others are. */
static void
check_one_bad(bool wrapped, size_t bad, size_t bit)
{
	uint8_t *in = sealed[bad];
	const size_t bits = 8 * m[bad].in.len;

	in[bit % bits / 8] ^= (uint8_t)(1u << bit % 8);
	open_many(wrapped);
	cr_assert(!m[bad].good, "bit %zu of %zu bytes", bit, len[bad]);
	for (size_t k = 0; k < len[bad]; k++)
		cr_assert(opened[bad][k] == 0 || opened[bad][k] == 0xa5);
	in[bit % bits / 8] ^= (uint8_t)(1u << bit % 8);
	key[bad][bit % CRYPTO_KEY_BYTES] ^= 1;
	open_many(wrapped);
	cr_assert(!m[bad].good);
	key[bad][bit % CRYPTO_KEY_BYTES] ^= 1;
	if (m[bad].ad.len > 0) {
		ad[bad][bit % m[bad].ad.len] ^= 1;
		open_many(wrapped);
		cr_assert(!m[bad].good);
		ad[bad][bit % m[bad].ad.len] ^= 1;
	}
	for (size_t i = 0; i < MANY; i++) {
		if (i != bad)
			expect_good(i);
	}
}

static void
check_bad(bool wrapped)
{
	fill(3, wrapped);
	for (size_t bit = 0; bit < 1500; bit += 7)
		check_one_bad(wrapped, bit % MANY, bit);
	/* Shorter than what it must carry. */
	m[1].in.len = (wrapped ? CRYPTO_WRAP_EXTRA : CRYPTO_TAG_BYTES) - 1;
	open_many(wrapped);
	cr_assert(!m[1].good);
}

static void
check_all(void)
{
	crypto_start();
	check_good(true);
	check_good(false);
	check_bad(true);
	check_bad(false);
}

Test(crypto_many, opens_what_libsodium_sealed)
{
	check_all();
}

Test(crypto_many, opens_the_same_on_processors_that_have_less)
{
	cipher_wide_slow(true);
	cr_assert(!cipher_wide_fast());
	check_all();
}

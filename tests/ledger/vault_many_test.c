/* vault_many_test.c - bodies opened together are those opened one by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/vault_many.h"

#include <criterion/criterion.h>

#include "proto/crypto_many.h"
#include "tests/support/temp.h"

#define NOW INT64_C(1790000000000000)

static char dir[TEMP_PATH_BYTES];
static struct vault *vault;
static struct buf arena;
static uint8_t plain[VAULT_MANY][CRYPTO_MANY_BYTES + 100];
static uint8_t out[VAULT_MANY][CRYPTO_MANY_BYTES + 100];
static struct vault_many many[VAULT_MANY];
static size_t len[VAULT_MANY];

/* Under three wrapping keys in turn; one is longer than what goes together. */
static void
setup(void)
{
	char path[TEMP_PATH_BYTES];

	crypto_start();
	temp_make(dir);
	temp_path(path, dir, "vault");
	cr_assert_eq(vault_open(&vault, path, NULL), ERR_OK);
	buf_init(&arena, 1 << 20);
	cr_assert_not_null(buf_grow(&arena, 1 << 18));
	buf_reset(&arena);
	for (size_t i = 0; i < VAULT_MANY; i++) {
		len[i] = i == 7 ? CRYPTO_MANY_BYTES + 50 : 97 * i;
		crypto_random(plain[i], len[i]);
		cr_assert_eq(
		    vault_seal(vault, bytes_of(plain[i], len[i]),
		        (uint8_t)(1 + i % 3), NOW, &arena, &many[i].item, NULL),
		    ERR_OK);
		many[i].out = out[i];
	}
}

static void
teardown(void)
{
	vault_close(vault);
	buf_clear(&arena);
	temp_remove(dir);
}

TestSuite(vault_many, .init = setup, .fini = teardown);

/* All but `bad`; where none is, VAULT_MANY. */
static void
expect_all_but(size_t bad)
{
	memset(out, 0, sizeof out);
	vault_many_open(vault, many, VAULT_MANY);
	for (size_t i = 0; i < VAULT_MANY; i++) {
		if (many[i].item.body.len > CRYPTO_MANY_BYTES)
			continue; /* left to whoever asks, or not */
		cr_assert_eq(many[i].good, i != bad, "body %zu", i);
		if (i != bad)
			cr_assert_eq(memcmp(out[i], plain[i], len[i]), 0);
	}
}

Test(vault_many, opens_what_was_sealed)
{
	expect_all_but(VAULT_MANY);
}

Test(vault_many, opens_all_but_the_one_that_was_altered)
{
	uint8_t row[VAULT_KEY_ROW_BYTES];

	for (size_t i = 0; i < VAULT_MANY; i++) {
		const struct vault_item whole = many[i].item;
		struct buf body;

		if (whole.body.len > CRYPTO_MANY_BYTES)
			continue;
		for (size_t at = 0; at < sizeof row; at += 5) {
			memcpy(row, whole.key.ptr, sizeof row);
			row[at] ^= 1;
			many[i].item.key = bytes_of(row, sizeof row);
			expect_all_but(i);
		}
		many[i].item.key = bytes_of(whole.key.ptr, 0); /* erased */
		expect_all_but(i);
		many[i].item.key = whole.key;
		buf_init(&body, 1 << 14);
		buf_bytes(&body, whole.body);
		body.ptr[i % body.len] ^= 8;
		many[i].item.body = buf_view(&body);
		expect_all_but(i);
		many[i].item.body = bytes_of(whole.body.ptr, 15);
		expect_all_but(i);
		many[i].item = whole;
		buf_clear(&body);
	}
	expect_all_but(VAULT_MANY);
}

Test(vault_many, opens_nothing_under_a_key_that_is_gone)
{
	uint32_t id = 0;

	cr_assert_eq(vault_row_id(many[1].item.key, &id, NULL), ERR_OK);
	cr_assert_eq(vault_destroy(vault, id, NULL), ERR_OK);
	vault_many_open(vault, many, VAULT_MANY);
	for (size_t i = 0; i < VAULT_MANY; i++) {
		if (i != 7)
			cr_assert_eq(many[i].good, i % 3 != 1, "body %zu", i);
	}
}

/* fold_test.c - hashes of names, with and without the cache. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const uint8_t key[32] = {1, 2, 3};

static void
check_all(const struct fold *f, unsigned names)
{
	char text[80];

	for (unsigned i = 0; i < names; i++) {
		(void)snprintf(text, sizeof text, "gds-%u%.*s", i,
		    (int)(i % 64),
		    "0123456789012345678901234567890123456789012345678901234567"
		    "890123");
		cr_assert_eq(fold_hash_name(f, FOLD_AREA, text),
		    fold_hash(f->mac, FOLD_AREA, text), "%s", text);
		cr_assert_eq(fold_hash_name(f, FOLD_SOURCE, text),
		    fold_hash(f->mac, FOLD_SOURCE, text), "%s", text);
	}
}

Test(fold_hash_name, is_the_hash_however_often_and_of_however_many_names)
{
	static struct fold_cache cache;
	struct digest_hmac mac;
	struct fold f = {.mac = &mac, .cache = &cache};

	digest_hmac_key(&mac, bytes_of(key, sizeof key));
	check_all(&f, 10);
	check_all(&f, 10);
	check_all(&f, 5000);
	check_all(&f, 10);
	f.cache = NULL;
	check_all(&f, 10);
}

Test(fold_hash_name, of_nothing_is_absent)
{
	static struct fold_cache cache;
	struct digest_hmac mac;
	struct fold f = {.mac = &mac, .cache = &cache};

	digest_hmac_key(&mac, bytes_of(key, sizeof key));
	cr_assert_eq(fold_hash_name(&f, FOLD_AREA, NULL), 0);
	cr_assert_eq(fold_hash_name(&f, FOLD_AREA, ""), 0);
	cr_assert_neq(fold_hash_name(&f, FOLD_AREA, "a"), 0);
}

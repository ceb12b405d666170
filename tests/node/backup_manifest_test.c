/* backup_manifest_test.c - a manifest that is full says so and what to do. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup_manifest.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/mem.h"

#define PARTS (LIMITS_BODY_BYTES / 64)

Test(backup_manifest_put, says_what_to_do_when_it_is_full)
{
	static char sum[] =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	Backup__Manifest m = BACKUP__MANIFEST__INIT;
	Backup__Part part = BACKUP__PART__INIT;
	struct crypto_signer key;
	struct err_why why = {.text = ""};
	struct buf text;

	part.sha256 = sum;
	m.n_parts = PARTS;
	m.parts = mem_alloc(PARTS, sizeof *m.parts);
	for (size_t i = 0; i < PARTS; i++)
		m.parts[i] = &part;
	crypto_signer_new(&key);
	buf_init(&text, LIMITS_BODY_BYTES);
	cr_assert_eq(backup_manifest_put(&text, &m, &key, &why), ERR_LIMIT);
	cr_expect_not_null(strstr(why.text, "--full"), "%s", why.text);
	buf_clear(&text);

	/* Fewer fit. */
	m.n_parts = 100;
	buf_init(&text, LIMITS_BODY_BYTES);
	cr_expect_eq(
	    backup_manifest_put(&text, &m, &key, &why), ERR_OK, "%s", why.text);
	buf_clear(&text);
	free(m.signature);
	free(m.parts);
}

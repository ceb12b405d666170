/* succession_fuzz.c - any text that the owner's identity key has signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/succession.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What is taken is written again as the same note. */
static void
try_signed(struct bytes text, const struct crypto_signer *key)
{
	struct succession s;
	struct buf note, again;

	buf_init(&note, 2 * SUCCESSION_BYTES_MAX);
	buf_init(&again, 2 * SUCCESSION_BYTES_MAX);
	note_sign(&note, text, "plant-a.acme.example/identity", key);
	if (succession_open(&s, buf_view(&note), key->pub, NULL) == ERR_OK) {
		must(s.held <= s.size);
		must(succession_sign(&again, &s, key, NULL) == ERR_OK);
		must(bytes_equal(buf_view(&note), buf_view(&again)));
	}
	buf_clear(&note);
	buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {1};
	struct crypto_signer key;
	struct succession s;

	crypto_start();
	crypto_signer_seed(&key, seed);
	must(succession_open(&s, bytes_of(data, size), key.pub, NULL) !=
	        ERR_OK ||
	    size > 200);
	if (size > 0 && size < SUCCESSION_BYTES_MAX && data[size - 1] == '\n')
		try_signed(bytes_of(data, size), &key);
	return 0;
}

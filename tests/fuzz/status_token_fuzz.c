/* status_token_fuzz.c - tokens from outside; and any claims, signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "node/status_token.h"
#include "proto/text.h"

#define HEADER "{\"alg\":\"EdDSA\",\"typ\":\"statuslist+jwt\"}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
open_one(struct bytes in, const struct crypto_signer *key)
{
	struct status_opened o;
	unsigned v = 256;

	if (status_token_open(&o, in, key->pub, NULL) == ERR_OK) {
		const size_t n = o.list.len * (8 / o.claims->status_list->bits);

		for (uint32_t i = 0; i < 64; i++) {
			bool there =
			    status_token_value(&o, i, &v, NULL) == ERR_OK;

			if (there != (i < n) ||
			    (there && v >> o.claims->status_list->bits != 0))
				abort();
		}
	}
	status_token_clear(&o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {1, 2, 3};
	struct crypto_signer key;
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct buf t;

	crypto_signer_seed(&key, seed);
	open_one(bytes_of(data, size), &key);
	/* What is behind the signature is from outside, too. */
	buf_init(&t, 1u << 20);
	text_b64url_put(&t, bytes_str(HEADER));
	buf_u8(&t, '.');
	text_b64url_put(&t, bytes_of(data, size));
	if (!t.over) {
		crypto_signer_sign(&key, buf_view(&t), sig);
		buf_u8(&t, '.');
		text_b64url_put(&t, bytes_of(sig, sizeof sig));
		open_one(buf_view(&t), &key);
	}
	buf_clear(&t);
	return 0;
}

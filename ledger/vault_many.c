/* vault_many.c - many resting bodies opened together. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/vault_many.h"

#include <assert.h>

#include "proto/crypto_many.h"

#define ID_BYTES 4

/* The wrapping key of a row; mostly that of the row before. */
static bool
know_key(struct vault *v, struct bytes row, struct vault_key *k, bool known)
{
	uint32_t id = 0;

	if (vault_row_id(row, &id, NULL) != ERR_OK)
		return false;
	return (known && k->id == id) ||
	    vault_key_get(v, id, k, NULL) == ERR_OK;
}

void
vault_many_open(struct vault *v, struct vault_many *m, size_t n)
{
	struct crypto_many open[VAULT_MANY];
	struct vault_many *of[VAULT_MANY];
	struct vault_key key[VAULT_MANY];
	uint8_t data_key[VAULT_MANY][CRYPTO_KEY_BYTES];
	size_t len = 0;

	assert(n <= VAULT_MANY);
	for (size_t i = 0; i < n; i++) {
		const struct bytes row = m[i].item.key;

		m[i].good = false;
		if (len > 0)
			key[len] = key[len - 1];
		if (m[i].item.body.len < CRYPTO_TAG_BYTES ||
		    !know_key(v, row, &key[len], len > 0))
			continue;
		of[len] = &m[i];
		open[len] = (struct crypto_many){
		    .out = data_key[len],
		    .in = bytes_of(row.ptr + ID_BYTES, row.len - ID_BYTES),
		    .ad = bytes_of(row.ptr, ID_BYTES),
		    .key = key[len].key,
		};
		len++;
	}
	crypto_many_wrapped(open, len);
	n = len;
	len = 0;
	for (size_t i = 0; i < n; i++) {
		if (!open[i].good)
			continue;
		of[len] = of[i];
		open[len++] = (struct crypto_many){
		    .out = of[i]->out,
		    .in = of[i]->item.body,
		    .key = data_key[i],
		};
	}
	crypto_many_once(open, len);
	for (size_t i = 0; i < len; i++)
		of[i]->good = open[i].good;
	crypto_wipe(data_key, sizeof(data_key));
	crypto_wipe(key, sizeof(key));
}

/* signature_fuzz.c - bytes as the signature of one event, known here. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ledger/signature.h"

#define SIZES 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Batches in which the event is the last one, and its signature alone. */
static const size_t sizes[SIZES] = {1, 2, 3, 7, 64, SIGNATURE_BATCH_MAX};
static struct buf good[SIZES + 1];
static uint8_t key[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};
static const uint8_t id[16] = {1};
static const struct hash commitment = {{5}};
static const struct seal_event event = {.node_name = "plant-a.acme.example",
    .kind = LEDGER__KIND__ALARM,
    .record_id = id,
    .event_id = id,
    .occurred_us = 1700000000123456,
    .commitment = &commitment};

static void
start(void)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {7};
	static struct hash leaves[SIGNATURE_BATCH_MAX];
	struct signature_batch b;
	struct crypto_signer signer;
	uint8_t raw[CRYPTO_SIG_BYTES];
	struct buf text;

	crypto_start();
	crypto_signer_seed(&signer, seed);
	memcpy(key + 1, signer.pub, CRYPTO_PUB_BYTES);
	buf_init(&text, 1024);
	seal_event_put(&text, &event);
	for (size_t i = 0; i < SIZES; i++) {
		memset(leaves, 0x11, sizeof(leaves));
		tree_leaf(&leaves[sizes[i] - 1], buf_view(&text));
		signature_batch_sign(&b, &signer, leaves, sizes[i]);
		buf_init(&good[i], SIGNATURE_BYTES_MAX);
		signature_batch_put(&good[i], &b, sizes[i] - 1);
		signature_batch_clear(&b);
	}
	crypto_signer_sign(&signer, buf_view(&text), raw);
	buf_init(&good[SIZES], SIGNATURE_BYTES_MAX);
	buf_u8(&good[SIZES], CRYPTO_ALG_ED25519);
	buf_put(&good[SIZES], raw, sizeof(raw));
	buf_clear(&text);
}

static bool
is_good(struct bytes sig)
{
	for (size_t i = 0; i <= SIZES; i++) {
		if (bytes_equal(sig, buf_view(&good[i])))
			return true;
	}
	return false;
}

/* Only what was signed passes, beside a good head and without. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct bytes k = bytes_of(key, sizeof(key));
	const struct bytes sig = bytes_of(data, len);
	struct signature_head last = {.good = false};

	if (good[0].len == 0)
		start();
	if (signature_check(&event, k,
	        buf_view(&good[len > 0 ? data[len - 1] % SIZES : 0]), &last,
	        NULL) != ERR_OK)
		abort();
	if ((signature_check(&event, k, sig, NULL, NULL) == ERR_OK) !=
	    is_good(sig))
		abort();
	if ((signature_check(&event, k, sig, &last, NULL) == ERR_OK) !=
	    is_good(sig))
		abort();
	return 0;
}

/* crypto_many.h - many short ciphertexts, each under a key of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_CRYPTO_MANY_H
#define PROTO_CRYPTO_MANY_H

#include "proto/crypto.h"

/* Longer ones are opened by themselves. */
#define CRYPTO_MANY_BYTES ((size_t)4 << 10)

/* One to be opened: as crypto_wrap_open or crypto_once_open takes it. */
struct crypto_many {
	uint8_t *out; /* zeros unless `good` */
	struct bytes in;
	struct bytes ad; /* wrapped ones only */
	const uint8_t *key;
	bool good; /* out */
};

/*
 * The same results as one by one, for less: key streams of sixteen at a time
 * where the processor can (cipher_wide.h), tags by libsodium.  Whoever is told
 * that one is not good asks crypto_wrap_open or crypto_once_open why.
 * `out` and `in` lie apart.  Thread-safe.
 */
void crypto_many_wrapped(struct crypto_many *m, size_t n);
void crypto_many_once(struct crypto_many *m, size_t n);

#endif

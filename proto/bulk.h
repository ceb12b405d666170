/* bulk.h - ChaCha20-Poly1305 of long messages, by OpenSSL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_BULK_H
#define PROTO_BULK_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * RFC 8439 on the processor's widest vectors: for 64 KiB more than twice as
 * fast as libsodium 1.0.18, but setting a key costs a microsecond.  Used by
 * crypto.c alone, which does the same by libsodium for short messages and
 * where OpenSSL does not offer the cipher.  Thread-safe.
 */
#define BULK_BYTES_MIN ((size_t)4 << 10)
#define BULK_BYTES_MAX ((size_t)1 << 30)

struct bulk {
	const uint8_t *key; /* 32 bytes */
	const uint8_t *nonce; /* 12 bytes */
	struct bytes ad;
};

/* out: in.len + 16 bytes.  False: not done. */
bool bulk_seal(uint8_t *out, struct bytes in, const struct bulk *b);
/* in: at least 16 bytes; out: in.len - 16, zero unless ERR_OK.
 * ERR_UNVERIFIED: altered or other key; ERR_UNSUPPORTED: not done. */
ERR_CHECKED enum err bulk_open(
    uint8_t *out, struct bytes in, const struct bulk *b);

#endif

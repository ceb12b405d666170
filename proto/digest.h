/* digest.h - SHA-256 and HMAC on the processor's own instructions. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_DIGEST_H
#define PROTO_DIGEST_H

#include "proto/bytes.h"

/*
 * The only user of OpenSSL's SHA-256 (libsodium 1.0.18 does not use SHA-NI).
 * Pure, thread-safe, cannot fail.
 */
void digest_sha256(struct hash *out, struct bytes in);

/* SHA-256 of the concatenation of n parts. */
void digest_sha256_parts(struct hash *out, const struct bytes *parts, size_t n);

/* SHA-256(tag || left || right), 65 bytes: an inner tree node. */
void digest_node(struct hash *out, uint8_t tag, const struct hash *left,
    const struct hash *right);

/* Running hash for data that comes in pieces. */
struct digest {
	_Alignas(8) uint8_t opaque[128];
};
void digest_init(struct digest *d);
void digest_add(struct digest *d, struct bytes in);
void digest_done(struct digest *d, struct hash *out);

/*
 * HMAC-SHA-256 with the key's two blocks hashed once: many short messages
 * under one key (the salts of a record) cost two compressions each.
 * Wipe with digest_hmac_wipe.
 */
struct digest_hmac {
	uint32_t inner[8];
	uint32_t outer[8];
};
void digest_hmac_key(struct digest_hmac *h, struct bytes key);
void digest_hmac(const struct digest_hmac *h, struct hash *out,
    const struct bytes *parts, size_t n);
void digest_hmac_wipe(struct digest_hmac *h);

/* UUIDv8 (RFC 9562), made by a rule of one's own: the first bytes of a digest,
 * but for version and variant.  May be made in place. */
void digest_uuid8(uint8_t out[static 16], const uint8_t digest[static 16]);

#endif

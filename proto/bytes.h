/* bytes.h - borrowed views, and fixed-size values that cannot be mixed up. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_BYTES_H
#define PROTO_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view: never freed through, valid only as long as what it looks at. */
struct bytes {
	const uint8_t *ptr;
	size_t len;
};

#define HASH_BYTES 32

/* A SHA-256 value: leaf hash, tree node, root, digest, commitment. */
struct hash {
	uint8_t b[HASH_BYTES];
};

_Static_assert(sizeof(struct hash) == HASH_BYTES, "hash has no padding");

static inline struct bytes
bytes_of(const void *ptr, size_t len)
{
	return (struct bytes){ptr, len};
}

static inline struct bytes
bytes_str(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static inline struct bytes
bytes_hash(const struct hash *h)
{
	return (struct bytes){h->b, HASH_BYTES};
}

/* Not for secrets: stops at the first difference. */
static inline bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#endif

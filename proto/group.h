/* group.h - scalars and points of ristretto255, by libsodium. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_GROUP_H
#define PROTO_GROUP_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * The group of prime order of RFC 9496.  Both have one spelling: what is not
 * canonical is refused, and so are the zero scalar and the identity, which no
 * honest key, tag or answer is but with a chance of 2^-252.
 *
 * Thread-safe after crypto_start.  Times do not depend on scalars.
 */
#define GROUP_BYTES 32

struct scalar {
	uint8_t b[GROUP_BYTES]; /* little-endian, 1 .. order - 1 */
};

struct point {
	uint8_t b[GROUP_BYTES];
};

bool group_scalar_ok(const struct scalar *s);
bool group_point_ok(const struct point *p);

/* A scalar of the system's generator; wipe with crypto_wipe. */
void group_random(struct scalar *out);

/* SHA-512 of the concatenation, reduced to a scalar; mapped to a point (RFC
 * 9496 4.3.4), of which nobody knows a multiple of the base that it is. */
void group_hash_scalar(struct scalar *out, const struct bytes *parts, size_t n);
void group_hash_point(struct point *out, const struct bytes *parts, size_t n);

/* s * base; ERR_UNVERIFIED: the identity comes of it. */
ERR_CHECKED enum err group_base(struct point *out, const struct scalar *s);

/* s * p + t * q; ERR_UNVERIFIED: a point is none, or the identity comes of a
 * part or the whole.  p NULL stands for the base. */
ERR_CHECKED enum err group_sum(struct point *out, const struct scalar *s,
    const struct point *p, const struct scalar *t, const struct point *q);

/* s * p; ERR_UNVERIFIED likewise. */
ERR_CHECKED enum err group_times(
    struct point *out, const struct scalar *s, const struct point *p);

/* a - b * c, modulo the order. */
void group_less(struct scalar *out, const struct scalar *a,
    const struct scalar *b, const struct scalar *c);

#endif

/* group.c - scalars and points of ristretto255, by libsodium. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/group.h"

#include <sodium.h>

#define WIDE_BYTES 64

_Static_assert(GROUP_BYTES == crypto_core_ristretto255_BYTES, "point");
_Static_assert(GROUP_BYTES == crypto_core_ristretto255_SCALARBYTES, "scalar");
_Static_assert(
    WIDE_BYTES == crypto_core_ristretto255_NONREDUCEDSCALARBYTES, "wide");
_Static_assert(WIDE_BYTES == crypto_core_ristretto255_HASHBYTES, "hash");
_Static_assert(WIDE_BYTES == crypto_hash_sha512_BYTES, "SHA-512");

bool
group_scalar_ok(const struct scalar *s)
{
	uint8_t wide[WIDE_BYTES] = {0};
	struct scalar reduced;

	memcpy(wide, s->b, GROUP_BYTES);
	crypto_core_ristretto255_scalar_reduce(reduced.b, wide);
	sodium_memzero(wide, sizeof wide);
	return sodium_is_zero(s->b, GROUP_BYTES) == 0 &&
	    sodium_memcmp(reduced.b, s->b, GROUP_BYTES) == 0;
}

bool
group_point_ok(const struct point *p)
{
	return sodium_is_zero(p->b, GROUP_BYTES) == 0 &&
	    crypto_core_ristretto255_is_valid_point(p->b) == 1;
}

void
group_random(struct scalar *out)
{
	crypto_core_ristretto255_scalar_random(out->b);
}

static void
hash_wide(uint8_t out[static WIDE_BYTES], const struct bytes *parts, size_t n)
{
	crypto_hash_sha512_state st;

	(void)crypto_hash_sha512_init(&st);
	for (size_t i = 0; i < n; i++)
		(void)crypto_hash_sha512_update(
		    &st, parts[i].ptr, parts[i].len);
	(void)crypto_hash_sha512_final(&st, out);
}

void
group_hash_scalar(struct scalar *out, const struct bytes *parts, size_t n)
{
	uint8_t wide[WIDE_BYTES];

	hash_wide(wide, parts, n);
	crypto_core_ristretto255_scalar_reduce(out->b, wide);
}

void
group_hash_point(struct point *out, const struct bytes *parts, size_t n)
{
	uint8_t wide[WIDE_BYTES];

	hash_wide(wide, parts, n);
	(void)crypto_core_ristretto255_from_hash(out->b, wide);
}

enum err
group_base(struct point *out, const struct scalar *s)
{
	struct point p;

	if (crypto_scalarmult_ristretto255_base(p.b, s->b) != 0)
		return ERR_UNVERIFIED;
	*out = p;
	return ERR_OK;
}

enum err
group_times(struct point *out, const struct scalar *s, const struct point *p)
{
	struct point r;

	if (crypto_scalarmult_ristretto255(r.b, s->b, p->b) != 0)
		return ERR_UNVERIFIED;
	*out = r;
	return ERR_OK;
}

enum err
group_sum(struct point *out, const struct scalar *s, const struct point *p,
    const struct scalar *t, const struct point *q)
{
	struct point a, b, sum;
	enum err e = p == NULL ? group_base(&a, s) : group_times(&a, s, p);

	if (e != ERR_OK)
		return e;
	e = group_times(&b, t, q);
	if (e != ERR_OK)
		return e;
	if (crypto_core_ristretto255_add(sum.b, a.b, b.b) != 0 ||
	    sodium_is_zero(sum.b, GROUP_BYTES) == 1)
		return ERR_UNVERIFIED;
	*out = sum;
	return ERR_OK;
}

void
group_less(struct scalar *out, const struct scalar *a, const struct scalar *b,
    const struct scalar *c)
{
	struct scalar product;

	crypto_core_ristretto255_scalar_mul(product.b, b->b, c->b);
	crypto_core_ristretto255_scalar_sub(out->b, a->b, product.b);
	sodium_memzero(product.b, sizeof product.b);
}

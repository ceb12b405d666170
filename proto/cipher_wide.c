/* cipher_wide.c - sixteen blocks of ChaCha20 at a time, by AVX-512. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/cipher_wide.h"

#include "proto/digest_part.h"
#include "proto/wide_part.h"

static struct digest_able able;

#if defined(__x86_64__)

#define DOUBLE_ROUNDS 10
#define LANES CIPHER_WIDE

_Static_assert(CIPHER_WIDE == WIDE_LANES, "lanes");

WIDE void
quarter(__m512i x[static LANES], unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] = _mm512_add_epi32(x[a], x[b]);
	x[d] = _mm512_rol_epi32(_mm512_xor_si512(x[d], x[a]), 16);
	x[c] = _mm512_add_epi32(x[c], x[d]);
	x[b] = _mm512_rol_epi32(_mm512_xor_si512(x[b], x[c]), 12);
	x[a] = _mm512_add_epi32(x[a], x[b]);
	x[d] = _mm512_rol_epi32(_mm512_xor_si512(x[d], x[a]), 8);
	x[c] = _mm512_add_epi32(x[c], x[d]);
	x[b] = _mm512_rol_epi32(_mm512_xor_si512(x[b], x[c]), 7);
}

WIDE void
rounds(__m512i x[static LANES])
{
	for (unsigned i = 0; i < DOUBLE_ROUNDS; i++) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
}

/* "expand 32-byte k", key, words: of each lane one after the other, then by
 * words. */
WIDE void
load(__m512i x[static LANES], const struct cipher_block b[static LANES])
{
	static const uint8_t nobody[CIPHER_KEY_BYTES];
	const __m128i expand =
	    _mm_set_epi32(0x6b206574, 0x79622d32, 0x3320646e, 0x61707865);

	for (unsigned i = 0; i < LANES; i++) {
		const uint8_t *key = b[i].len > 0 ? b[i].key : nobody;
		__m512i r = _mm512_castsi128_si512(expand);

		r = _mm512_inserti32x4(
		    r, _mm_loadu_si128((const void *)key), 1);
		r = _mm512_inserti32x4(
		    r, _mm_loadu_si128((const void *)(key + 16)), 2);
		x[i] = _mm512_inserti32x4(
		    r, _mm_loadu_si128((const void *)b[i].words), 3);
	}
	wide_turn(x);
}

__attribute__((target("avx512f,avx512bw"))) static void
blocks_of(const struct cipher_block b[static LANES])
{
	__m512i x[LANES];
	__m512i had[LANES];

	load(x, b);
	for (unsigned i = 0; i < LANES; i++)
		had[i] = x[i];
	rounds(x);
	for (unsigned i = 0; i < LANES; i++)
		x[i] = _mm512_add_epi32(x[i], had[i]);
	wide_turn(x);
	for (unsigned i = 0; i < LANES; i++) {
		const __mmask64 some = b[i].len >= CIPHER_BLOCK_BYTES
		    ? ~(__mmask64)0
		    : ((__mmask64)1 << b[i].len) - 1;

		if (b[i].len == 0)
			continue;
		if (b[i].in != NULL)
			x[i] = _mm512_xor_si512(
			    x[i], _mm512_maskz_loadu_epi8(some, b[i].in));
		_mm512_mask_storeu_epi8(b[i].out, some, x[i]);
	}
}

__attribute__((target("avx512f,avx512bw"))) static void
keys_of(const struct cipher_block b[static LANES])
{
	__m512i x[LANES];

	load(x, b);
	rounds(x);
	for (unsigned i = 4; i < 8; i++) {
		x[i] = x[i + 8];
		x[i + 4] = x[i + 8] = _mm512_setzero_si512();
	}
	wide_turn(x);
	for (unsigned i = 0; i < LANES; i++) {
		if (b[i].len > 0)
			_mm256_storeu_si256(
			    (void *)b[i].out, _mm512_castsi512_si256(x[i]));
	}
}

#else

/* Nobody comes here: cipher_wide_fast says no. */
static void
blocks_of(const struct cipher_block b[static CIPHER_WIDE])
{
	for (size_t i = 0; i < CIPHER_WIDE; i++) {
		if (b[i].len > 0)
			memset(b[i].out, 0, b[i].len);
	}
}

static void
keys_of(const struct cipher_block b[static CIPHER_WIDE])
{
	blocks_of(b);
}

#endif

bool
cipher_wide_fast(void)
{
	return digest_able(&able, wide_look);
}

void
cipher_wide_slow(bool slow)
{
	digest_able_slow(&able, slow);
}

void
cipher_wide(const struct cipher_block b[static CIPHER_WIDE])
{
	blocks_of(b);
}

void
cipher_wide_keys(const struct cipher_block b[static CIPHER_WIDE])
{
	keys_of(b);
}

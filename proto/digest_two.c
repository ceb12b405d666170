/* digest_two.c - two streams of SHA-256 at a time, by SHA-NI. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/digest_part.h"

static struct digest_able able;

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define SHA_NI \
	__attribute__((target("sha,sse4.1"), always_inline)) static inline

/* The words of a state as the instructions want them, and the last sixteen of
 * the message schedule. */
struct lane {
	__m128i abef;
	__m128i cdgh;
	__m128i w[4];
};

SHA_NI __m128i
load(const void *p)
{
	return _mm_loadu_si128(p);
}

SHA_NI void
begin(struct lane *l, const uint32_t h[static 8])
{
	const __m128i badc = _mm_shuffle_epi32(load(h), 0xb1);
	const __m128i hgfe = _mm_shuffle_epi32(load(h + 4), 0x1b);

	l->abef = _mm_alignr_epi8(badc, hgfe, 8);
	l->cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
}

SHA_NI void
end(const struct lane *l, uint32_t h[static 8])
{
	const __m128i feba = _mm_shuffle_epi32(l->abef, 0x1b);
	const __m128i dchg = _mm_shuffle_epi32(l->cdgh, 0xb1);

	_mm_storeu_si128((void *)h, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

SHA_NI void
take_block(struct lane *l, const uint8_t *in)
{
	const __m128i big_endian = _mm_set_epi64x(
	    INT64_C(0x0c0d0e0f08090a0b), INT64_C(0x0405060700010203));

	for (unsigned i = 0; i < 4; i++)
		l->w[i] = _mm_shuffle_epi8(load(in + 16 * i), big_endian);
}

/* Rounds 4q to 4q + 3, and what the schedule can do meanwhile. */
SHA_NI void
quad(struct lane *l, unsigned q)
{
	__m128i *now = &l->w[q % 4];
	__m128i *next = &l->w[(q + 1) % 4];
	__m128i *last = &l->w[(q + 3) % 4];
	__m128i k = _mm_add_epi32(*now, load(digest_rounds + (size_t)4 * q));

	l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, k);
	if (q >= 3 && q <= 14) {
		*next = _mm_add_epi32(*next, _mm_alignr_epi8(*now, *last, 4));
		*next = _mm_sha256msg2_epu32(*next, *now);
	}
	l->abef =
	    _mm_sha256rnds2_epu32(l->abef, l->cdgh, _mm_shuffle_epi32(k, 0x0e));
	if (q >= 1 && q <= 12)
		*last = _mm_sha256msg1_epu32(*last, *now);
}

SHA_NI void
quads(struct lane *a, struct lane *b, unsigned from)
{
	quad(a, from);
	quad(b, from);
	quad(a, from + 1);
	quad(b, from + 1);
	quad(a, from + 2);
	quad(b, from + 2);
	quad(a, from + 3);
	quad(b, from + 3);
}

__attribute__((target("sha,sse4.1"))) static void
both(struct digest_stream x, struct digest_stream y, size_t blocks)
{
	struct lane a;
	struct lane b;

	begin(&a, x.state->h);
	begin(&b, y.state->h);
	for (; blocks > 0; blocks--) {
		const struct lane had_a = a;
		const struct lane had_b = b;

		take_block(&a, x.in);
		take_block(&b, y.in);
		quads(&a, &b, 0);
		quads(&a, &b, 4);
		quads(&a, &b, 8);
		quads(&a, &b, 12);
		a.abef = _mm_add_epi32(a.abef, had_a.abef);
		a.cdgh = _mm_add_epi32(a.cdgh, had_a.cdgh);
		b.abef = _mm_add_epi32(b.abef, had_b.abef);
		b.cdgh = _mm_add_epi32(b.cdgh, had_b.cdgh);
		x.in += DIGEST_BLOCK_BYTES;
		y.in += DIGEST_BLOCK_BYTES;
	}
	end(&a, x.state->h);
	end(&b, y.state->h);
}

static bool
look(void)
{
	unsigned a, b, c, d;

	if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 ||
	    (c & bit_SSE4_1) == 0)
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
	    (b & bit_SHA) != 0;
}

#else

static void
both(struct digest_stream x, struct digest_stream y, size_t blocks)
{
	digest_blocks(x.state, x.in, blocks);
	digest_blocks(y.state, y.in, blocks);
}

static bool
look(void)
{
	return false;
}

#endif

bool
digest_two_fast(void)
{
	return digest_able(&able, look);
}

void
digest_two_slow(bool slow)
{
	digest_able_slow(&able, slow);
}

void
digest_two(struct digest_stream a, struct digest_stream b, size_t blocks)
{
	if (digest_two_fast()) {
		both(a, b, blocks);
		return;
	}
	digest_blocks(a.state, a.in, blocks);
	digest_blocks(b.state, b.in, blocks);
}

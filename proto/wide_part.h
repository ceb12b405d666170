/* wide_part.h - sixteen lanes of 32-bit words, by AVX-512 (private). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_WIDE_PART_H
#define PROTO_WIDE_PART_H

#define WIDE_LANES 16

#if defined(__x86_64__)

#include <immintrin.h>
#include <stdbool.h>

#define WIDE \
	__attribute__((target("avx512f,avx512bw"), always_inline)) static inline

/* Word k of row i becomes word i of row k. */
WIDE void
wide_turn(__m512i r[static WIDE_LANES])
{
	__m512i t[WIDE_LANES];
	__m512i u[WIDE_LANES];

	for (unsigned i = 0; i < WIDE_LANES; i += 2) {
		t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
	}
	for (unsigned i = 0; i < WIDE_LANES; i += 4) {
		u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
		u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
		u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
		u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
	}
	for (unsigned j = 0; j < 4; j++) {
		const __m512i a = _mm512_shuffle_i32x4(u[j], u[j + 4], 0x88);
		const __m512i b = _mm512_shuffle_i32x4(u[j], u[j + 4], 0xdd);
		const __m512i c =
		    _mm512_shuffle_i32x4(u[j + 8], u[j + 12], 0x88);
		const __m512i d =
		    _mm512_shuffle_i32x4(u[j + 8], u[j + 12], 0xdd);

		r[j] = _mm512_shuffle_i32x4(a, c, 0x88);
		r[j + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
		r[j + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
		r[j + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
	}
}

static inline bool
wide_look(void)
{
	return __builtin_cpu_supports("avx512f") != 0 &&
	    __builtin_cpu_supports("avx512bw") != 0;
}

#else

static inline bool
wide_look(void)
{
	return false;
}

#endif

#endif

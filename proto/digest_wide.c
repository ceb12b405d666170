/* digest_wide.c - sixteen SHA-256 or HMAC at a time, by AVX-512. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/digest_part.h"
#include "proto/wide_part.h"

static struct digest_able able;

#if defined(__x86_64__)

#define HALF (DIGEST_WIDE / 2)

/*
 * Eight registers with one word of all sixteen streams each: afterwards each
 * has the words of one stream in its lower half, in its upper those of the
 * stream eight further on.
 */
WIDE void
transpose(__m512i r[static HALF])
{
	const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
	const __m512i high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
	__m512i t[HALF];
	__m512i u[HALF];

	for (unsigned i = 0; i < HALF; i += 2) {
		t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
	}
	for (unsigned i = 0; i < HALF; i += 4) {
		u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
		u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
		u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
		u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
	}
	for (unsigned i = 0; i < HALF / 2; i++) {
		r[i] = _mm512_permutex2var_epi64(u[i], low, u[i + 4]);
		r[i + 4] = _mm512_permutex2var_epi64(u[i], high, u[i + 4]);
	}
}

WIDE __m512i
big_endian(void)
{
	return _mm512_broadcast_i32x4(_mm_set_epi64x(
	    INT64_C(0x0c0d0e0f08090a0b), INT64_C(0x0405060700010203)));
}

WIDE __m512i
xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}

/* Word t of the schedule, in the place of the one sixteen before it. */
WIDE void
schedule(__m512i w[static 16], unsigned t)
{
	const __m512i early = w[(t + 1) % 16];
	const __m512i late = w[(t + 14) % 16];
	const __m512i s0 = xor3(_mm512_ror_epi32(early, 7),
	    _mm512_ror_epi32(early, 18), _mm512_srli_epi32(early, 3));
	const __m512i s1 = xor3(_mm512_ror_epi32(late, 17),
	    _mm512_ror_epi32(late, 19), _mm512_srli_epi32(late, 10));

	w[t % 16] =
	    _mm512_add_epi32(_mm512_add_epi32(w[t % 16], w[(t + 9) % 16]),
	        _mm512_add_epi32(s0, s1));
}

/* Round t; what FIPS 180-4 calls a is v[-t], b the one behind it, and so on,
 * counted around. */
WIDE void
round_of(__m512i v[static 8], __m512i w[static 16], unsigned t)
{
	const unsigned a = 64 - t;
	const __m512i e = v[(a + 4) % 8];
	const __m512i first = v[a % 8];
	__m512i t1;
	__m512i t2;

	if (t >= 16)
		schedule(w, t);
	t1 = _mm512_add_epi32(v[(a + 7) % 8],
	    xor3(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11),
	        _mm512_ror_epi32(e, 25)));
	/* 0xca: e ? f : g; 0xe8: what two of three say. */
	t1 = _mm512_add_epi32(t1,
	    _mm512_ternarylogic_epi32(e, v[(a + 5) % 8], v[(a + 6) % 8], 0xca));
	t1 = _mm512_add_epi32(t1,
	    _mm512_add_epi32(
	        w[t % 16], _mm512_set1_epi32((int)digest_rounds[t])));
	t2 = _mm512_add_epi32(
	    xor3(_mm512_ror_epi32(first, 2), _mm512_ror_epi32(first, 13),
	        _mm512_ror_epi32(first, 22)),
	    _mm512_ternarylogic_epi32(
	        first, v[(a + 1) % 8], v[(a + 2) % 8], 0xe8));
	v[(a + 3) % 8] = _mm512_add_epi32(v[(a + 3) % 8], t1);
	v[(a + 7) % 8] = _mm512_add_epi32(t1, t2);
}

WIDE void
rounds_of(__m512i v[static 8], __m512i w[static 16], unsigned from)
{
	round_of(v, w, from);
	round_of(v, w, from + 1);
	round_of(v, w, from + 2);
	round_of(v, w, from + 3);
	round_of(v, w, from + 4);
	round_of(v, w, from + 5);
	round_of(v, w, from + 6);
	round_of(v, w, from + 7);
}

WIDE void
compress(__m512i h[static 8], __m512i w[static 16])
{
	__m512i v[8];

	for (unsigned i = 0; i < 8; i++)
		v[i] = h[i];
	rounds_of(v, w, 0);
	rounds_of(v, w, 8);
	rounds_of(v, w, 16);
	rounds_of(v, w, 24);
	rounds_of(v, w, 32);
	rounds_of(v, w, 40);
	rounds_of(v, w, 48);
	rounds_of(v, w, 56);
	for (unsigned i = 0; i < 8; i++)
		h[i] = _mm512_add_epi32(h[i], v[i]);
}

/* The last of two blocks, `used` words of it taken. */
WIDE void
pad_words(__m512i w[static 16], unsigned used)
{
	const unsigned bytes =
	    DIGEST_BLOCK_BYTES + used * (unsigned)sizeof(uint32_t);

	w[used] = _mm512_set1_epi32(INT32_MIN);
	for (unsigned i = used + 1; i < 15; i++)
		w[i] = _mm512_setzero_si512();
	w[15] = _mm512_set1_epi32((int)(8 * bytes));
}

WIDE void
everywhere(__m512i h[static 8], const uint32_t from[static 8])
{
	for (unsigned i = 0; i < 8; i++)
		h[i] = _mm512_set1_epi32((int)from[i]);
}

/* Neither texts nor digests need to be turned: what differs is one word, and
 * the inner digest is the outer text.  inner, outer: the keys' states. */
WIDE void
numbers_by(__m512i inner[static 8], __m512i outer[static 8], const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE])
{
	__m512i *h = inner;
	__m512i w[16];

	for (unsigned i = 0; i < DIGEST_TAG_WORDS; i++) {
		int word;

		memcpy(&word, tag + (size_t)i * sizeof word, sizeof word);
		w[i] =
		    _mm512_shuffle_epi8(_mm512_set1_epi32(word), big_endian());
	}
	w[DIGEST_TAG_WORDS] = _mm512_loadu_si512(number);
	pad_words(w, DIGEST_TAG_WORDS + 1);
	compress(h, w);
	for (unsigned i = 0; i < 8; i++)
		w[i] = h[i];
	pad_words(w, 8);
	h = outer;
	compress(h, w);
	transpose(h);
	for (unsigned i = 0; i < HALF; i++) {
		h[i] = _mm512_shuffle_epi8(h[i], big_endian());
		_mm256_storeu_si256(
		    (void *)out[i].b, _mm512_castsi512_si256(h[i]));
		_mm256_storeu_si256((void *)out[i + HALF].b,
		    _mm512_extracti64x4_epi64(h[i], 1));
	}
}

__attribute__((target("avx512f,avx512bw"))) static void
numbers_of(const struct digest_hmac *key, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE])
{
	__m512i inner[8];
	__m512i outer[8];

	everywhere(inner, key->inner);
	everywhere(outer, key->outer);
	numbers_by(inner, outer, tag, number, out);
}

/* Half-hashed keys rest as words of all of them, side by side. */
WIDE void
load_words(__m512i h[static 8], const uint32_t (*from)[DIGEST_WIDE])
{
	for (unsigned i = 0; i < 8; i++)
		h[i] = _mm512_loadu_si512(from[i]);
}

WIDE void
half_hash(uint32_t (*out)[DIGEST_WIDE], const __m512i words[static 8], int pad)
{
	__m512i h[8];
	__m512i w[16];

	for (unsigned i = 0; i < 8; i++) {
		w[i] = _mm512_xor_si512(words[i], _mm512_set1_epi32(pad));
		w[i + 8] = _mm512_set1_epi32(pad);
	}
	everywhere(h, digest_begin.h);
	compress(h, w);
	for (unsigned i = 0; i < 8; i++)
		_mm512_storeu_si512(out[i], h[i]);
}

__attribute__((target("avx512f,avx512bw"))) static void
keys_of(struct digest_keys *out, const uint8_t *const key[static DIGEST_WIDE])
{
	__m512i r[DIGEST_WIDE];

	for (unsigned i = 0; i < DIGEST_WIDE; i++)
		r[i] = _mm512_shuffle_epi8(
		    _mm512_castsi256_si512(
		        _mm256_loadu_si256((const void *)key[i])),
		    big_endian());
	wide_turn(r);
	half_hash(out->inner, r, 0x36363636);
	half_hash(out->outer, r, 0x5c5c5c5c);
}

__attribute__((target("avx512f,avx512bw"))) static void
salts_of(const struct digest_keys *keys, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE])
{
	__m512i inner[8];
	__m512i outer[8];

	load_words(inner, keys->inner);
	load_words(outer, keys->outer);
	numbers_by(inner, outer, tag, number, out);
}

/* Texts of unequal length: who has ended keeps its state. */
__attribute__((target("avx512f,avx512bw"))) static void
streams_of(const struct digest_stream s[static DIGEST_WIDE],
    const size_t blocks[static DIGEST_WIDE], size_t most)
{
	static const uint8_t idle[DIGEST_BLOCK_BYTES];
	__m512i h[DIGEST_WIDE];
	__m512i v[8];
	__m512i w[DIGEST_WIDE];

	for (unsigned i = 0; i < DIGEST_WIDE; i++)
		h[i] = _mm512_castsi256_si512(
		    _mm256_loadu_si256((const void *)s[i].state->h));
	wide_turn(h);
	for (size_t b = 0; b < most; b++) {
		unsigned on = 0;

		for (unsigned i = 0; i < DIGEST_WIDE; i++) {
			const bool more = b < blocks[i];

			w[i] = _mm512_shuffle_epi8(
			    _mm512_loadu_si512(
			        more ? s[i].in + b * DIGEST_BLOCK_BYTES : idle),
			    big_endian());
			on |= (unsigned)more << i;
		}
		wide_turn(w);
		for (unsigned i = 0; i < 8; i++)
			v[i] = h[i];
		compress(v, w);
		for (unsigned i = 0; i < 8; i++)
			h[i] = _mm512_mask_mov_epi32(h[i], (__mmask16)on, v[i]);
	}
	wide_turn(h);
	for (unsigned i = 0; i < DIGEST_WIDE; i++)
		_mm256_storeu_si256(
		    (void *)s[i].state->h, _mm512_castsi512_si256(h[i]));
}

#else

static void
numbers_of(const struct digest_hmac *key, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE])
{
	digest_two_numbers(key, tag, number, out, DIGEST_WIDE);
}

/* Nobody comes here: digest_wide_fast says no. */
static void
keys_of(struct digest_keys *out, const uint8_t *const key[static DIGEST_WIDE])
{
	(void)key;
	memset(out, 0, sizeof *out);
}

static void
salts_of(const struct digest_keys *keys, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE])
{
	(void)keys;
	(void)tag;
	(void)number;
	memset(out, 0, DIGEST_WIDE * sizeof out[0]);
}

static void
streams_of(const struct digest_stream s[static DIGEST_WIDE],
    const size_t blocks[static DIGEST_WIDE], size_t most)
{
	(void)most;
	for (size_t i = 0; i < DIGEST_WIDE; i++)
		digest_blocks(s[i].state, s[i].in, blocks[i]);
}

#endif

bool
digest_wide_fast(void)
{
	return digest_able(&able, wide_look);
}

void
digest_wide_slow(bool slow)
{
	digest_able_slow(&able, slow);
}

void
digest_wide_numbers(const struct digest_hmac *key, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE])
{
	numbers_of(key, tag, number, out);
}

void
digest_wide_keys(
    struct digest_keys *out, const uint8_t *const key[static DIGEST_WIDE])
{
	keys_of(out, key);
}

void
digest_wide_salts(const struct digest_keys *keys, const uint8_t *tag,
    const uint32_t number[static DIGEST_WIDE],
    struct hash out[static DIGEST_WIDE])
{
	salts_of(keys, tag, number, out);
}

void
digest_wide(const struct digest_stream s[static DIGEST_WIDE],
    const size_t blocks[static DIGEST_WIDE])
{
	size_t most = 0;

	for (size_t i = 0; i < DIGEST_WIDE; i++)
		most = most < blocks[i] ? blocks[i] : most;
	streams_of(s, blocks, most);
}

/* store_sum.c - eight bytes behind each value that tell when a row changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_sum.h"

/*
 * Each step is a bijection of the state for a given word, and of the word for
 * a given state: one changed word can never end in the same sum.  Four lanes,
 * because a multiplication waits for the one before it.
 */
#define LANES 4
#define WORD sizeof(uint64_t)

#define ODD_A UINT64_C(0x9e3779b97f4a7c15)
#define ODD_B UINT64_C(0xc2b2ae3d27d4eb4f)
#define ODD_C UINT64_C(0x165667b19e3779f9)
#define ODD_D UINT64_C(0xd6e8feb86659fd93)

static inline uint64_t
step(uint64_t h, uint64_t word, uint64_t by)
{
	h = (h ^ word) * by;
	return h ^ h >> 32;
}

static inline uint64_t
load(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, WORD);
	return w;
}

static uint64_t
take(uint64_t h, struct bytes in)
{
	uint64_t a = h, b = h, c = h, d = h;
	uint64_t last = 0;

	h = step(h, in.len, ODD_A);
	if (in.len >= LANES * WORD) {
		for (; in.len >= LANES * WORD; in.len -= LANES * WORD) {
			a = step(a, load(in.ptr), ODD_A);
			b = step(b, load(in.ptr + WORD), ODD_B);
			c = step(c, load(in.ptr + 2 * WORD), ODD_C);
			d = step(d, load(in.ptr + 3 * WORD), ODD_D);
			in.ptr += LANES * WORD;
		}
		h = step(step(h, a, ODD_A), b, ODD_B);
		h = step(step(h, c, ODD_C), d, ODD_D);
	}
	for (; in.len >= WORD; in.len -= WORD) {
		h = step(h, load(in.ptr), ODD_B);
		in.ptr += WORD;
	}
	for (size_t i = 0; i < in.len; i++)
		last |= (uint64_t)in.ptr[i] << 8 * i;
	return step(h, last, ODD_C);
}

uint64_t
store_sum_table(const char *name)
{
	return take(0, bytes_str(name));
}

uint64_t
store_sum(uint64_t table, struct bytes key, struct bytes value)
{
	return take(take(table, key), value);
}

void
store_sum_row(
    uint8_t *out, uint64_t table, struct bytes key, struct bytes value)
{
	const uint64_t sum = store_sum(table, key, value);

	if (value.len > 0)
		memmove(out, value.ptr, value.len);
	store_sum_put(out + value.len, sum);
}

/* store_sum.h - eight bytes behind each value that tell when a row changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_SUM_H
#define LEDGER_STORE_SUM_H

#include "proto/bytes.h"

#define STORE_SUM_BYTES 8

/*
 * A sum over table, key and value, for accidents only: whoever can write the
 * file can write sums, and is found by signatures.  Any change within one
 * eight-byte word of key, value or sum is found with certainty, others but for
 * one in 2^64.
 */

/* What all rows of a table start from. */
uint64_t store_sum_table(const char *name);
uint64_t store_sum(uint64_t table, struct bytes key, struct bytes value);

/* Value and sum as they rest: value.len + STORE_SUM_BYTES bytes to `out`, in
 * which the value may lie already. */
void store_sum_row(
    uint8_t *out, uint64_t table, struct bytes key, struct bytes value);

/*
 * A hole: a row of this key was lost, and what it held is not known.  It rests
 * with an empty value and the complement of its sum, so that whoever reads it
 * is told, and no row is ever made up.
 */
static inline uint64_t
store_sum_hole(uint64_t table, struct bytes key)
{
	return ~store_sum(table, key, bytes_of(NULL, 0));
}

/* As it rests, little endian. */
static inline void
store_sum_put(uint8_t out[static STORE_SUM_BYTES], uint64_t sum)
{
	for (int i = 0; i < STORE_SUM_BYTES; i++)
		out[i] = (uint8_t)(sum >> 8 * i);
}

static inline uint64_t
store_sum_get(const uint8_t in[static STORE_SUM_BYTES])
{
	uint64_t sum = 0;

	for (int i = 0; i < STORE_SUM_BYTES; i++)
		sum |= (uint64_t)in[i] << 8 * i;
	return sum;
}

#endif

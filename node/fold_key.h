/* fold_key.h - keys of the folded tables, built on the stack. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_KEY_H
#define NODE_FOLD_KEY_H

#include <assert.h>

#include "proto/bytes.h"

struct fold_key {
	uint8_t b[64];
	size_t len;
};

static inline void
fold_key_uint(struct fold_key *k, uint64_t v, size_t bytes)
{
	assert(k->len + bytes <= sizeof k->b);
	for (size_t i = 0; i < bytes; i++)
		k->b[k->len++] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

static inline void
fold_key_put(struct fold_key *k, const uint8_t *p, size_t len)
{
	assert(k->len + len <= sizeof k->b);
	memcpy(k->b + k->len, p, len);
	k->len += len;
}

static inline struct fold_key
fold_key_slot(uint16_t slot)
{
	struct fold_key k = {.len = 0};

	fold_key_uint(&k, slot, 2);
	return k;
}

/* seq 0: the row; seq >= 2: the leaf index of that event. */
static inline struct fold_key
fold_key_record(uint16_t slot, const uint8_t id[static 16], uint32_t seq)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_put(&k, id, 16);
	fold_key_uint(&k, seq, 4);
	return k;
}

static inline struct fold_key
fold_key_bykind(uint16_t slot, uint16_t kind, uint64_t index)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, kind, 2);
	fold_key_uint(&k, index, 8);
	return k;
}

/* The prefix of an area, when id is NULL; an alarm's key has the time between
 * (fold_span.h). */
static inline struct fold_key
fold_key_open(uint16_t slot, uint16_t kind, uint64_t area, const uint8_t *id)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, kind, 2);
	fold_key_uint(&k, area, 8);
	if (id != NULL)
		fold_key_put(&k, id, 16);
	return k;
}

/* Prefix of one kind when id is NULL; of all when kind is 0, too. */
static inline struct fold_key
fold_key_holder(
    uint16_t slot, uint64_t holder, uint16_t kind, const uint8_t *id)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, holder, 8);
	if (kind != 0)
		fold_key_uint(&k, kind, 2);
	if (id != NULL)
		fold_key_put(&k, id, 16);
	return k;
}

static inline struct bytes
fold_key_view(const struct fold_key *k)
{
	return bytes_of(k->b, k->len);
}

static inline uint64_t
fold_key_u64(struct bytes v)
{
	uint64_t n = 0;

	for (size_t i = 0; i < v.len && i < 8; i++)
		n = n << 8 | v.ptr[i];
	return n;
}

#endif

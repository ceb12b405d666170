/* arena.c - memory for decoded messages, released all at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

#define BLOCK_BYTES ((size_t)64 << 10)
#define LARGE_BYTES (BLOCK_BYTES / 4) /* gets a block of its own */
#define KEEP_BLOCKS 128

struct arena_block {
	struct arena_block *next;
	size_t cap;
	_Alignas(max_align_t) uint8_t bytes[];
};

static struct arena_block *
make_block(struct arena *a, size_t cap)
{
	struct arena_block *b = a->spare;

	if (cap == BLOCK_BYTES && b != NULL) {
		a->spare = b->next;
	} else {
		b = mem_resize(NULL, 1, sizeof(*b) + cap);
		b->cap = cap;
	}
	a->held += cap;
	return b;
}

static void *
give(struct arena *a, size_t len)
{
	const size_t max = a->max != 0 ? a->max : ARENA_MAX;
	struct arena_block *b = a->used;
	uint8_t *p;

	if (len > max)
		return NULL;
	len = (len + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) *
	    _Alignof(max_align_t);
	if (b == NULL || b->cap - a->fill < len) {
		if (a->held + len > max)
			return NULL;
		b = make_block(a, len > LARGE_BYTES ? len : BLOCK_BYTES);
		/* What is left of the first block is still good. */
		if (len > LARGE_BYTES && a->used != NULL) {
			b->next = a->used->next;
			a->used->next = b;
			return b->bytes;
		}
		b->next = a->used;
		a->used = b;
		a->fill = 0;
	}
	p = b->bytes + a->fill;
	a->fill += len;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n, size_t size)
{
	void *p = size > 0 && n > ARENA_MAX / size ? NULL : give(a, n * size);

	if (p != NULL)
		memset(p, 0, n * size);
	return p;
}

static void *
on_alloc(void *arg, size_t len)
{
	return give(arg, len);
}

static void
on_free(void *arg, void *p)
{
	(void)arg;
	(void)p;
}

ProtobufCAllocator
arena_allocator(struct arena *a)
{
	return (ProtobufCAllocator){
	    .alloc = on_alloc, .free = on_free, .allocator_data = a};
}

struct arena
arena_take(struct arena *a)
{
	struct arena all = *a;

	*a = (struct arena){.max = a->max};
	return all;
}

static void
free_list(struct arena_block *b)
{
	struct arena_block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b = a->used;
	struct arena_block *kept = a->spare;
	struct arena_block *next;
	size_t n = 0;

	for (next = kept; next != NULL; next = next->next)
		n++;
	for (; b != NULL; b = next) {
		next = b->next;
		if (b->cap == BLOCK_BYTES && n < KEEP_BLOCKS) {
			b->next = kept;
			kept = b;
			n++;
		} else {
			free(b);
		}
	}
	*a = (struct arena){.spare = kept, .max = a->max};
}

void
arena_clear(struct arena *a)
{
	free_list(a->used);
	free_list(a->spare);
	*a = (struct arena){0};
}

/* arena.h - memory for decoded messages, released all at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/*
 * A batch of messages is decoded into thousands of small pieces that all end
 * together.  A zeroed struct is an empty arena; one thread at a time.
 */
struct arena {
	struct arena_block *used; /* the first one is being filled */
	struct arena_block *spare;
	size_t fill; /* bytes taken of the first one */
	size_t held; /* bytes of all used blocks */
	size_t max; /* of them, at most; 0: ARENA_MAX */
};

/* What one arena gives before the decoder fails: a message from outside can
 * cost forty times its length in memory.  The owner may set a lower `max`;
 * it stays until arena_clear. */
#define ARENA_MAX ((size_t)64 << 20)

/* Zeroed memory for n * size bytes, aligned for any type; NULL: beyond
 * the maximum. */
void *arena_alloc(struct arena *a, size_t n, size_t size);

/* For X__unpack: memory of `a`, borrowed; nothing is freed one by one. */
ProtobufCAllocator arena_allocator(struct arena *a);

/* All of it to a new owner; the old one is empty. */
struct arena arena_take(struct arena *a);

/* Ends all that was given; keeps some memory for the next batch. */
void arena_reset(struct arena *a);
/* The same, and keeps none. */
void arena_clear(struct arena *a);

#endif

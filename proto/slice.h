/* slice.h - the canonical protobuf form and its top-level slices. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_SLICE_H
#define PROTO_SLICE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#include <protobuf-c/protobuf-c.h>

#define SLICE_MAX 64 /* top-level fields of one record; schema has fewer */

/* All occurrences of one top-level field, as they stand in the message. */
struct slice {
	uint32_t number;
	struct bytes bytes;
};

struct slice_list {
	struct slice at[SLICE_MAX];
	size_t len;
};

/*
 * slice_split - check the canonical form and cut the message into slices.
 *
 *   desc   fields outside it are refused; nested messages are checked too
 *   in     borrowed by the slices
 *
 * Canonical: fields in strictly ascending number, occurrences of a repeated
 * field together and unpacked, a singular field once, minimal varints, right
 * wire types, ranges, enum values and UTF-8 of the schema, times (int64 *_at)
 * of the years 1970 to 9999, finite floating point numbers, no trailing bytes.
 *
 * ERR_MALFORMED  `why` names field and rule
 * ERR_LIMIT      over SLICE_MAX fields or LIMITS_DEPTH levels
 * Pure.  Source: docs/wire.md 1.
 */
ERR_CHECKED enum err slice_split(struct slice_list *out,
    const ProtobufCMessageDescriptor *desc, struct bytes in,
    struct err_why *why);

/* slice_pack - append the canonical form of `msg` to `out` (protobuf-c packs
 * fields in ascending order with minimal varints; repeated fields unpacked). */
void slice_pack(struct buf *out, const ProtobufCMessage *msg);

/* slice_unpack - decode what slice_split accepts (checked here again: the
 * library alone lets invalid text through).  Release with slice_free.
 * ERR_MALFORMED, ERR_LIMIT. */
ERR_CHECKED enum err slice_unpack(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *desc, struct bytes in,
    struct err_why *why);
/* The same in memory of `mem`, for many at once (proto/arena.h). */
ERR_CHECKED enum err slice_unpack_in(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *desc, struct bytes in,
    ProtobufCAllocator *mem, struct err_why *why);
/* The same of what slice_split has accepted: not looked at once more. */
ERR_CHECKED enum err slice_decode_in(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *desc, struct bytes in,
    ProtobufCAllocator *mem, struct err_why *why);
void slice_free(ProtobufCMessage *msg);

/* Microseconds since the epoch that JSON shows as RFC 3339: an int64 *_at. */
bool slice_is_time(const ProtobufCFieldDescriptor *f);

#endif

/* part.h - one file of a backup: frames, counted and hashed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PART_H
#define LEDGER_PART_H

#include "backup.pb-c.h"
#include "proto/arena.h"
#include "proto/bytes.h"
#include "proto/err.h"

/*
 * "LFPART1\n", then frames: u8 kind || u32be length || a message of
 * proto/backup.proto in canonical form; the last frame is PART_END, and nothing
 * follows it.  What a part says is believed only when its SHA-256 is the one in
 * the manifest.  Source: docs/decisions/0017-backup.md.
 */
#define PART_FRAME_FULL ((size_t)1 << 20) /* bytes after which one is ended */
#define PART_FRAME_MAX ((size_t)3 << 20)
#define PART_ITEMS_MAX 8192 /* rows or entries in one frame */

enum part_kind {
	PART_HEAD = 1,
	PART_ROWS,
	PART_ENTRIES,
	PART_CHANGES,
	PART_FILES,
	PART_END,
};

struct part_sum {
	uint64_t size;
	struct hash sha256;
};

/*
 * Writing.  The file must not be there; what was written is synced every few
 * megabytes, so that a node beside it never waits behind all of it.
 * ERR_FULL, ERR_IO; ERR_EXISTS.
 */
struct part_writer;
ERR_CHECKED enum err part_create(
    struct part_writer **out, const char *path, struct err_why *why);
ERR_CHECKED enum err part_put(struct part_writer *w, enum part_kind kind,
    const ProtobufCMessage *msg, struct err_why *why);
/* Bytes so far. */
uint64_t part_written(const struct part_writer *w);
/* PART_END; durable on ERR_OK, gone otherwise. */
ERR_CHECKED enum err part_finish(
    struct part_writer *w, struct part_sum *out, struct err_why *why);
/* Closes and removes what was begun; NULL allowed. */
void part_drop(struct part_writer *w);

/* Reading, from the disk and not from memory as far as the system lets us. */
struct part_reader;
ERR_CHECKED enum err part_open(
    struct part_reader **out, const char *path, struct err_why *why);
struct part_frame {
	enum part_kind kind;
	const ProtobufCMessage *msg; /* borrowed until the next call */
};
/* ERR_NOT_FOUND: PART_END was reached, and nothing follows; ERR_CORRUPT: not
 * such a file, `why` says at which byte; ERR_IO. */
ERR_CHECKED enum err part_next(
    struct part_reader *r, struct part_frame *out, struct err_why *why);
/* Of what was read so far; of the whole after ERR_NOT_FOUND. */
void part_read_sum(const struct part_reader *r, struct part_sum *out);
void part_close(struct part_reader *r); /* NULL allowed */

/* What frames of a kind hold; NULL: no such kind, or PART_END. */
const ProtobufCMessageDescriptor *part_shape(uint8_t kind);
/* A frame's message from its bytes, in memory of `mem`.
 * ERR_MALFORMED, ERR_UNSUPPORTED (no such kind), ERR_LIMIT. */
ERR_CHECKED enum err part_decode(struct part_frame *out, uint8_t kind,
    struct bytes payload, struct arena *mem, struct err_why *why);

/* Bytes of a message: there or not, they are the same to slices. */
static inline struct bytes
part_bytes(const ProtobufCBinaryData *d)
{
	return bytes_of(d->data, d->len);
}

/* protobuf-c takes mutable pointers for what packing only reads. */
static inline ProtobufCBinaryData
part_data(struct bytes b)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} u = {.in = b.ptr};

	return (ProtobufCBinaryData){.len = b.len, .data = u.out};
}

#endif

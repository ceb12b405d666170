/* buf.h - a growing byte buffer that knows its maximum. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_BUF_H
#define PROTO_BUF_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * Writers do not return errors: the first write that would pass `max` sets
 * `over` and it and all later writes are dropped, so that a whole message is
 * written and judged once, by buf_ok().
 */
struct buf {
	uint8_t *ptr;
	size_t len;
	size_t cap;
	size_t max;
	bool over;
};

/* max: bytes; no allocation yet. */
void buf_init(struct buf *b, size_t max);

/* Frees and zeroes; a zeroed struct is allowed. */
void buf_clear(struct buf *b);

/* Wipes what it held before buf_clear; for secrets.  Growing may leave copies
 * behind: reserve the whole size first (buf_grow, buf_reset). */
void buf_wipe(struct buf *b);

/* Length to 0, memory kept, `over` forgotten. */
void buf_reset(struct buf *b);

/* Append; past the maximum nothing is appended and `over` is set. */
void buf_put(struct buf *b, const void *p, size_t len);
void buf_bytes(struct buf *b, struct bytes v);
void buf_str(struct buf *b, const char *s);
void buf_u8(struct buf *b, uint8_t v);
void buf_u16be(struct buf *b, uint16_t v);
void buf_u32be(struct buf *b, uint32_t v);
void buf_u64be(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* `len` writable bytes at the end, or NULL when over the maximum. */
uint8_t *buf_grow(struct buf *b, size_t len);

/* ERR_LIMIT when something did not fit. */
ERR_CHECKED enum err buf_ok(const struct buf *b, struct err_why *why);

/* View of the contents; valid until the next write. */
struct bytes buf_view(const struct buf *b);

/* The contents as a C string (adds a NUL that does not count); never NULL. */
const char *buf_cstr(struct buf *b);

/*
 * struct buf_reader - consume a borrowed view from the front.  A read past the
 * end sets `bad` and yields zeroes; judge once, by buf_read_ok.
 */
struct buf_reader {
	struct bytes left;
	bool bad;
};

/* Take from the front, big-endian; the view is borrowed from the input. */
uint8_t buf_read_u8(struct buf_reader *r);
uint16_t buf_read_u16be(struct buf_reader *r);
uint32_t buf_read_u32be(struct buf_reader *r);
uint64_t buf_read_u64be(struct buf_reader *r);
struct bytes buf_read(struct buf_reader *r, size_t len);
/* True when nothing failed and nothing is left. */
bool buf_read_ok(const struct buf_reader *r);

#endif

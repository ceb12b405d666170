/* buf.c - a growing byte buffer that knows its maximum. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"

#define FIRST_BYTES 64

void
buf_init(struct buf *b, size_t max)
{
	/* reserve adds one byte to any capacity. */
	*b = (struct buf){.max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2};
}

void
buf_clear(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){0};
}

void
buf_wipe(struct buf *b)
{
	if (b->ptr != NULL)
		explicit_bzero(b->ptr, b->cap + 1);
	buf_clear(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
}

/* Room for `len` more; one byte beyond cap is kept for buf_cstr. */
static bool
reserve(struct buf *b, size_t len)
{
	size_t need, cap;

	if (b->over)
		return false;
	if (len > b->max - b->len) {
		b->over = true;
		return false;
	}
	need = b->len + len;
	if (b->ptr != NULL && need <= b->cap)
		return true;
	cap = b->cap < FIRST_BYTES / 2 ? FIRST_BYTES : b->cap * 2;
	if (cap > b->max)
		cap = b->max;
	if (cap < need)
		cap = need;
	b->ptr = mem_resize(b->ptr, cap + 1, 1);
	b->cap = cap;
	return true;
}

uint8_t *
buf_grow(struct buf *b, size_t len)
{
	uint8_t *p;

	if (!reserve(b, len))
		return NULL;
	p = b->ptr + b->len;
	b->len += len;
	return p;
}

void
buf_put(struct buf *b, const void *p, size_t len)
{
	uint8_t *to;

	if (len == 0)
		return;
	to = buf_grow(b, len);
	if (to != NULL)
		memcpy(to, p, len);
}

void
buf_bytes(struct buf *b, struct bytes v)
{
	buf_put(b, v.ptr, v.len);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

static void
put_be(struct buf *b, uint64_t v, size_t n)
{
	uint8_t raw[8];
	size_t i;

	for (i = 0; i < n; i++)
		raw[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	buf_put(b, raw, n);
}

void
buf_u8(struct buf *b, uint8_t v)
{
	put_be(b, v, 1);
}

void
buf_u16be(struct buf *b, uint16_t v)
{
	put_be(b, v, 2);
}

void
buf_u32be(struct buf *b, uint32_t v)
{
	put_be(b, v, 4);
}

void
buf_u64be(struct buf *b, uint64_t v)
{
	put_be(b, v, 8);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	int n;

	if (!reserve(b, 0))
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	room = b->cap - b->len;
	n = vsnprintf((char *)b->ptr + b->len, room + 1, fmt, ap);
	if (n < 0 || !reserve(b, (size_t)n)) {
		b->over = true;
	} else {
		if ((size_t)n > room)
			(void)vsnprintf(
			    (char *)b->ptr + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

enum err
buf_ok(const struct buf *b, struct err_why *why)
{
	if (b->over)
		return err_fail(
		    why, ERR_LIMIT, "larger than %zu bytes", b->max);
	return ERR_OK;
}

struct bytes
buf_view(const struct buf *b)
{
	return bytes_of(b->ptr, b->len);
}

const char *
buf_cstr(struct buf *b)
{
	if (b->ptr == NULL)
		return "";
	b->ptr[b->len] = '\0';
	return (const char *)b->ptr;
}

struct bytes
buf_read(struct buf_reader *r, size_t len)
{
	struct bytes v;

	if (r->bad || len > r->left.len) {
		r->bad = true;
		return bytes_of(NULL, 0);
	}
	v = bytes_of(r->left.ptr, len);
	if (len > 0)
		r->left.ptr += len;
	r->left.len -= len;
	return v;
}

static uint64_t
read_be(struct buf_reader *r, size_t n)
{
	struct bytes v;
	uint64_t out;
	size_t i;

	out = 0;
	v = buf_read(r, n);
	for (i = 0; i < v.len; i++)
		out = out << 8 | v.ptr[i];
	return out;
}

uint8_t
buf_read_u8(struct buf_reader *r)
{
	return (uint8_t)read_be(r, 1);
}

uint16_t
buf_read_u16be(struct buf_reader *r)
{
	return (uint16_t)read_be(r, 2);
}

uint32_t
buf_read_u32be(struct buf_reader *r)
{
	return (uint32_t)read_be(r, 4);
}

uint64_t
buf_read_u64be(struct buf_reader *r)
{
	return read_be(r, 8);
}

bool
buf_read_ok(const struct buf_reader *r)
{
	return !r->bad && r->left.len == 0;
}

/* squeeze.c - bytes made smaller for a line, by zstd (RFC 8878). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/squeeze.h"

#include <zstd.h>

/* Measured in docs/decisions/0045: level 1 gains nothing and takes longer. */
#define LEVEL (-1)

static const uint8_t magic[4] = {0x28, 0xb5, 0x2f, 0xfd};

bool
squeeze_put(struct buf *out, struct bytes in)
{
	const size_t before = out->len;
	const size_t room = in.len - in.len / 8;
	uint8_t *at;
	size_t n;

	if (in.len < SQUEEZE_MIN)
		return false;
	at = buf_grow(out, room);
	if (at == NULL)
		return false;
	n = ZSTD_compress(at, room, in.ptr, in.len, LEVEL);
	out->len = ZSTD_isError(n) ? before : before + n;
	return !ZSTD_isError(n);
}

bool
squeeze_is(struct bytes in)
{
	return in.len >= sizeof(magic) &&
	    memcmp(in.ptr, magic, sizeof(magic)) == 0;
}

enum err
squeeze_get(struct buf *out, struct bytes in, size_t max, struct err_why *why)
{
	const size_t before = out->len;
	const unsigned long long len = squeeze_is(in)
	    ? ZSTD_getFrameContentSize(in.ptr, in.len)
	    : ZSTD_CONTENTSIZE_ERROR;
	uint8_t *at;
	size_t n;

	if (len == ZSTD_CONTENTSIZE_ERROR || len == ZSTD_CONTENTSIZE_UNKNOWN)
		return err_fail(why, ERR_MALFORMED, "squeezed: not a frame");
	if (len > max)
		return err_fail(
		    why, ERR_LIMIT, "squeezed: %llu bytes in a frame", len);
	n = ZSTD_findFrameCompressedSize(in.ptr, in.len);
	if (ZSTD_isError(n) || n != in.len)
		return err_fail(
		    why, ERR_MALFORMED, "squeezed: not one whole frame");
	at = buf_grow(out, (size_t)len);
	if (at == NULL)
		return buf_ok(out, why);
	n = ZSTD_decompress(at, (size_t)len, in.ptr, in.len);
	if (!ZSTD_isError(n) && n == (size_t)len)
		return ERR_OK;
	out->len = before;
	return err_fail(why, ERR_MALFORMED, "squeezed: the frame is damaged");
}

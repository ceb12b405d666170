/* deflate.c - zlib streams (RFC 1950), by zlib. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/deflate.h"

#include <zlib.h>

#define CHUNK 16384u

void
deflate_put(struct buf *out, struct bytes in)
{
	uLongf len = compressBound(in.len);
	uint8_t *to = buf_grow(out, len);

	if (to == NULL)
		return;
	if (compress2(to, &len, in.ptr, in.len, Z_BEST_COMPRESSION) != Z_OK)
		out->over = true;
	else
		out->len = (size_t)(to - out->ptr) + len;
}

uint32_t
deflate_crc(struct bytes in)
{
	return (uint32_t)crc32(0, in.ptr, (uInt)in.len);
}

/* Inflates until the stream ends; Z_BUF_ERROR: it does not fit. */
static int
run(z_stream *z, struct buf *out)
{
	uint8_t chunk[CHUNK];
	int rc = Z_OK;

	while (rc == Z_OK) {
		z->next_out = chunk;
		z->avail_out = CHUNK;
		rc = inflate(z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return Z_DATA_ERROR;
		buf_put(out, chunk, CHUNK - z->avail_out);
		if (out->over)
			return Z_BUF_ERROR;
	}
	return rc;
}

enum err
deflate_get(struct buf *out, struct bytes in, struct err_why *why)
{
	const size_t from = out->len;
	z_stream z = {.avail_in = 0};
	int rc = Z_DATA_ERROR;

	if (in.len > UINT_MAX || inflateInit(&z) != Z_OK)
		return err_fail(why, ERR_LIMIT, "a zlib stream too long");
	/* zlib does not write to it. */
	union {
		const uint8_t *given;
		uint8_t *taken;
	} u = {.given = in.ptr};
	z.next_in = u.taken;
	z.avail_in = (unsigned)in.len;
	rc = run(&z, out);
	if (rc == Z_STREAM_END && z.avail_in != 0)
		rc = Z_DATA_ERROR;
	(void)inflateEnd(&z);
	if (rc == Z_STREAM_END)
		return ERR_OK;
	out->len = from;
	return rc == Z_BUF_ERROR
	    ? err_fail(why, ERR_LIMIT, "a zlib stream says more than fits")
	    : err_fail(why, ERR_MALFORMED, "not a whole zlib stream");
}

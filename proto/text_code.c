/* text_code.c - base64url as JWS has it, base45 as QR codes like it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "proto/text.h"

void
text_b64url_put(struct buf *out, struct bytes in)
{
	const size_t from = out->len;

	text_b64_put(out, in);
	if (out->over)
		return;
	for (size_t i = from; i < out->len; i++) {
		if (out->ptr[i] == '+')
			out->ptr[i] = '-';
		else if (out->ptr[i] == '/')
			out->ptr[i] = '_';
	}
	while (out->len > from && out->ptr[out->len - 1] == '=')
		out->len--;
}

enum err
text_b64url_get(struct buf *out, struct bytes in, struct err_why *why)
{
	struct buf plain;
	enum err e = ERR_OK;

	buf_init(&plain, in.len + 4);
	for (size_t i = 0; i < in.len && e == ERR_OK; i++) {
		uint8_t c = in.ptr[i];

		if (c == '+' || c == '/' || c == '=')
			e = err_fail(why, ERR_MALFORMED,
			    "no base64url character at offset %zu", i);
		buf_u8(&plain, c == '-' ? '+' : c == '_' ? '/' : c);
	}
	while (e == ERR_OK && plain.len % 4 != 0)
		buf_u8(&plain, '=');
	if (e == ERR_OK)
		e = text_b64_get(out, buf_view(&plain), why);
	buf_clear(&plain);
	return e;
}

static const char b45[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

void
text_b45_put(struct buf *out, struct bytes in)
{
	for (size_t i = 0; i < in.len; i += 2) {
		const bool pair = i + 1 < in.len;
		unsigned v =
		    pair ? in.ptr[i] * 256u + in.ptr[i + 1] : in.ptr[i];

		buf_u8(out, (uint8_t)b45[v % 45]);
		buf_u8(out, (uint8_t)b45[v / 45 % 45]);
		if (pair)
			buf_u8(out, (uint8_t)b45[v / 45 / 45]);
	}
}

static enum err
no_b45(size_t at, struct err_why *why)
{
	return err_fail(
	    why, ERR_MALFORMED, "no base45 character at offset %zu", at);
}

enum err
text_b45_get(struct buf *out, struct bytes in, struct err_why *why)
{
	const size_t from = out->len;

	if (in.len % 3 == 1)
		return err_fail(
		    why, ERR_MALFORMED, "base45 of a length that none has");
	for (size_t i = 0; i < in.len; i += 3) {
		const size_t n = in.len - i < 3 ? in.len - i : 3;
		unsigned v = 0;
		unsigned scale = 1;

		for (size_t k = 0; k < n; k++, scale *= 45) {
			const char *d = in.ptr[i + k] == '\0'
			    ? NULL
			    : strchr(b45, in.ptr[i + k]);

			if (d == NULL) {
				out->len = from;
				return no_b45(i + k, why);
			}
			v += scale * (unsigned)(d - b45);
		}
		if (v > (n == 3 ? 65535u : 255u)) {
			out->len = from;
			return no_b45(i, why);
		}
		if (n == 3)
			buf_u8(out, (uint8_t)(v >> 8));
		buf_u8(out, (uint8_t)v);
	}
	return buf_ok(out, why);
}

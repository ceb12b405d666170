/* qr.c - a short text as a QR code: for a terminal, for a printer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/qr.h"

#include <qrencode.h>

#include "proto/deflate.h"

#define MARGIN 4

static enum err
encode(QRcode **out, const char *text, struct err_why *why)
{
	*out = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	return *out != NULL
	    ? ERR_OK
	    : err_fail(why, ERR_LIMIT, "the text does not fit a QR code");
}

static bool
is_dark(const QRcode *q, int x, int y)
{
	return x >= 0 && y >= 0 && x < q->width && y < q->width &&
	    (q->data[y * q->width + x] & 1) != 0;
}

enum err
qr_terminal(struct buf *out, const char *text, struct err_why *why)
{
	QRcode *q = NULL;
	enum err e = encode(&q, text, why);

	if (e != ERR_OK)
		return e;
	/* Light is drawn, so that it reads on a dark terminal, too. */
	for (int y = -MARGIN; y < q->width + MARGIN; y += 2) {
		for (int x = -MARGIN; x < q->width + MARGIN; x++) {
			bool up = !is_dark(q, x, y);
			bool down = !is_dark(q, x, y + 1);

			buf_str(out,
			    up && down ? "█"
			        : up   ? "▀"
			        : down ? "▄"
			               : " ");
		}
		buf_u8(out, '\n');
	}
	QRcode_free(q);
	return buf_ok(out, why);
}

/* ---- PNG (ISO/IEC 15948), one bit of grey a pixel ---- */

static void
put_chunk(struct buf *out, const char type[static 4], struct bytes data)
{
	const size_t at = out->len + 4;

	buf_u32be(out, (uint32_t)data.len);
	buf_put(out, type, 4);
	buf_bytes(out, data);
	if (!out->over)
		buf_u32be(
		    out, deflate_crc(bytes_of(out->ptr + at, data.len + 4)));
}

static void
put_rows(struct buf *out, const QRcode *q, unsigned scale)
{
	const unsigned side = ((unsigned)q->width + 2 * MARGIN) * scale;

	for (unsigned y = 0; y < side; y++) {
		buf_u8(out, 0); /* no filter */
		for (unsigned x = 0; x < side; x += 8) {
			uint8_t bits = 0;

			for (unsigned b = 0; b < 8; b++) {
				bool dark = x + b < side &&
				    is_dark(q, (int)((x + b) / scale) - MARGIN,
				        (int)(y / scale) - MARGIN);

				bits = (uint8_t)(bits << 1 | !dark);
			}
			buf_u8(out, bits);
		}
	}
}

enum err
qr_png(struct buf *out, const char *text, unsigned scale, struct err_why *why)
{
	static const uint8_t magic[] = {
	    0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	QRcode *q = NULL;
	struct buf rows;
	struct buf data;
	enum err e = encode(&q, text, why);

	if (e != ERR_OK)
		return e;
	buf_init(&rows, 8u << 20);
	buf_init(&data, 9u << 20);
	put_rows(&rows, q, scale);
	deflate_put(&data, buf_view(&rows));
	buf_put(out, magic, sizeof magic);
	buf_reset(&rows);
	buf_u32be(&rows, ((uint32_t)q->width + 2 * MARGIN) * scale);
	buf_u32be(&rows, ((uint32_t)q->width + 2 * MARGIN) * scale);
	buf_put(&rows, "\1\0\0\0\0", 5);
	put_chunk(out, "IHDR", buf_view(&rows));
	put_chunk(out, "IDAT", buf_view(&data));
	put_chunk(out, "IEND", bytes_of("", 0));
	if (data.over)
		out->over = true;
	buf_clear(&rows);
	buf_clear(&data);
	QRcode_free(q);
	return buf_ok(out, why);
}

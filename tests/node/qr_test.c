/* qr_test.c - codes as pictures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/qr.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/deflate.h"

#define CODE_CHARS 175
#define MODULES (45 + 8) /* version 7 with its margin */

static void
text_of(char out[static CODE_CHARS + 1])
{
	memset(out, 'Z', CODE_CHARS);
	out[CODE_CHARS] = '\0';
}

static size_t
lines(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->ptr[i] == '\n';
	return n;
}

/* A gate's code in version 7: larger ones do not print well on a badge. */
Test(qr, draws_a_gate_s_code_in_version_7)
{
	char text[CODE_CHARS + 1];
	struct buf out;

	text_of(text);
	buf_init(&out, 1u << 20);
	cr_assert_eq(qr_terminal(&out, text, NULL), ERR_OK);
	cr_assert_eq(lines(&out), (MODULES + 1) / 2);
	buf_clear(&out);
}

Test(qr, writes_a_png_whose_sums_hold_and_whose_finder_is_there)
{
	char text[CODE_CHARS + 1];
	struct buf out;
	struct buf rows;
	struct buf_reader rd;
	uint32_t len;

	text_of(text);
	buf_init(&out, 1u << 20);
	buf_init(&rows, 1u << 20);
	cr_assert_eq(qr_png(&out, text, 8, NULL), ERR_OK);
	cr_assert_arr_eq(out.ptr, "\x89PNG\r\n\x1a\n", 8);
	rd = (struct buf_reader){.left = bytes_of(out.ptr + 8, out.len - 8)};
	for (int i = 0; i < 3; i++) {
		struct bytes typed;

		len = buf_read_u32be(&rd);
		typed = buf_read(&rd, len + 4);
		cr_assert_eq(deflate_crc(typed), buf_read_u32be(&rd));
		if (i == 1)
			cr_assert_eq(deflate_get(&rows,
			                 bytes_of(typed.ptr + 4, len), NULL),
			    ERR_OK);
	}
	cr_assert(buf_read_ok(&rd));
	/* 8 pixels a module: a byte is one; the top left finder's first row. */
	cr_assert_eq(rows.len, (size_t)MODULES * 8 * (MODULES + 1));
	const uint8_t *row = rows.ptr + (size_t)4 * 8 * (MODULES + 1) + 1;
	cr_assert_arr_eq(row, "\xff\xff\xff\xff\0\0\0\0\0\0\0\xff", 12);
	buf_clear(&out);
	buf_clear(&rows);
}

Test(qr, refuses_what_does_not_fit)
{
	static char text[4000];
	struct buf out;

	memset(text, 'z', sizeof text - 1);
	buf_init(&out, 1u << 20);
	cr_assert_eq(qr_terminal(&out, text, NULL), ERR_LIMIT);
	cr_assert_eq(qr_png(&out, text, 8, NULL), ERR_LIMIT);
	buf_clear(&out);
}

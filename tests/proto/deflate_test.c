/* deflate_test.c - zlib streams, whole and bounded. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/deflate.h"

#include <criterion/criterion.h>

/* draft-ietf-oauth-status-list, section 4. */
Test(deflate, writes_the_streams_that_the_draft_shows)
{
	static const uint8_t plain[] = {0xc9, 0x44, 0xf9};
	static const uint8_t packed[] = {
	    0x78, 0xda, 0x3b, 0xe9, 0xf2, 0x13, 0x00, 0x03, 0xdf, 0x02, 0x07};
	struct buf out;

	buf_init(&out, 64);
	deflate_put(&out, bytes_of(plain, sizeof plain));
	cr_assert(bytes_equal(buf_view(&out), bytes_of(packed, sizeof packed)));
	buf_reset(&out);
	cr_assert_eq(
	    deflate_get(&out, bytes_of(packed, sizeof packed), NULL), ERR_OK);
	cr_assert(bytes_equal(buf_view(&out), bytes_of(plain, sizeof plain)));
	for (size_t n = 0; n < sizeof packed; n++)
		cr_assert_eq(deflate_get(&out, bytes_of(packed, n), NULL),
		    ERR_MALFORMED, "%zu bytes of it", n);
	cr_assert_eq(out.len, sizeof plain, "a failure leaves nothing");
	buf_clear(&out);
}

/* A kilobyte that says a megabyte. */
Test(deflate, never_writes_more_than_there_is_room_for)
{
	static uint8_t zeros[1u << 20];
	struct buf packed;
	struct buf out;

	buf_init(&packed, 2u << 20);
	deflate_put(&packed, bytes_of(zeros, sizeof zeros));
	cr_assert(packed.len > 0 && packed.len < 2048);
	buf_init(&out, sizeof zeros - 1);
	cr_assert_eq(deflate_get(&out, buf_view(&packed), NULL), ERR_LIMIT);
	cr_assert_eq(out.len, 0);
	buf_clear(&out);
	buf_init(&out, sizeof zeros);
	cr_assert_eq(deflate_get(&out, buf_view(&packed), NULL), ERR_OK);
	cr_assert_eq(out.len, sizeof zeros);
	buf_u8(&packed, 0);
	buf_reset(&out);
	cr_assert_eq(deflate_get(&out, buf_view(&packed), NULL), ERR_MALFORMED,
	    "something follows");
	buf_clear(&out);
	buf_clear(&packed);
}

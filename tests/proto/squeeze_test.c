/* squeeze_test.c - frames of a liar, and what is not worth squeezing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/squeeze.h"

#include <criterion/criterion.h>

#include "proto/crypto.h"

#define BYTES 100000

static void
text(struct buf *out)
{
	buf_init(out, BYTES);
	while (out->len < BYTES)
		buf_u8(out, (uint8_t)("abcdefgh"[out->len % 7]));
}

Test(squeeze, gives_back_what_went_in_and_is_shorter)
{
	struct buf in, less, back;

	text(&in);
	buf_init(&less, BYTES);
	buf_init(&back, BYTES);
	cr_assert(squeeze_put(&less, buf_view(&in)));
	cr_assert_lt(less.len, BYTES / 8);
	cr_assert(squeeze_is(buf_view(&less)));
	cr_assert_not(squeeze_is(buf_view(&in)));
	cr_assert_eq(squeeze_get(&back, buf_view(&less), BYTES, NULL), ERR_OK);
	cr_assert(bytes_equal(buf_view(&in), buf_view(&back)));
	buf_clear(&in);
	buf_clear(&less);
	buf_clear(&back);
}

Test(squeeze, leaves_what_is_short_or_random)
{
	uint8_t random[2 * SQUEEZE_MIN];
	struct buf in, less;

	crypto_start();
	crypto_random(random, sizeof random);
	text(&in);
	buf_init(&less, BYTES);
	cr_assert_not(squeeze_put(&less, bytes_of(in.ptr, SQUEEZE_MIN - 1)));
	cr_assert_not(squeeze_put(&less, bytes_of(random, sizeof random)));
	cr_assert_eq(less.len, 0);
	buf_clear(&in);
	buf_clear(&less);
}

/* A frame may say that it holds the world. */
Test(squeeze_get, takes_no_more_than_is_allowed_and_nothing_broken)
{
	struct buf in, less, back;
	enum err e;

	text(&in);
	buf_init(&less, BYTES + 1);
	buf_init(&back, BYTES);
	cr_assert(squeeze_put(&less, buf_view(&in)));
	cr_assert_eq(
	    squeeze_get(&back, buf_view(&less), BYTES - 1, NULL), ERR_LIMIT);
	for (size_t i = 0; i < less.len; i++)
		cr_assert_neq(
		    squeeze_get(&back, bytes_of(less.ptr, i), BYTES, NULL),
		    ERR_OK);
	cr_assert_eq(back.len, 0);
	for (size_t i = 0; i < less.len * 8; i++) {
		less.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
		e = squeeze_get(&back, buf_view(&less), BYTES, NULL);
		cr_assert(e != ERR_OK || back.len <= BYTES);
		less.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
		buf_reset(&back);
	}
	buf_u8(&less, 0);
	cr_assert_eq(
	    squeeze_get(&back, buf_view(&less), BYTES, NULL), ERR_MALFORMED);
	buf_clear(&in);
	buf_clear(&less);
	buf_clear(&back);
}

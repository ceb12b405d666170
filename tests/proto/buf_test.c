/* buf_test.c - buffers that know their maximum, readers their end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proto/buf.h"

Test(buf_put, drops_everything_after_the_first_that_does_not_fit)
{
	struct err_why why = {.text = ""};
	struct buf b;

	buf_init(&b, 5);
	buf_str(&b, "abc");
	cr_assert_eq(buf_ok(&b, &why), ERR_OK);
	buf_str(&b, "def");
	buf_str(&b, "g");
	buf_u8(&b, 'h');
	cr_assert_null(buf_grow(&b, 1));
	cr_assert_eq(buf_ok(&b, &why), ERR_LIMIT);
	cr_assert_str_eq(why.text, "larger than 5 bytes");
	cr_assert_str_eq(buf_cstr(&b), "abc");
	buf_reset(&b);
	buf_str(&b, "12345");
	cr_assert_eq(buf_ok(&b, NULL), ERR_OK);
	cr_assert_str_eq(buf_cstr(&b), "12345");
	buf_clear(&b);
	buf_clear(&b);
}

Test(buf_init, takes_the_largest_maximum)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_str(&b, "a");
	cr_assert_null(buf_grow(&b, SIZE_MAX));
	cr_assert(b.over);
	buf_clear(&b);
}

Test(buf_init, with_a_maximum_of_nothing_takes_nothing)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put(&b, NULL, 0);
	cr_assert_eq(buf_ok(&b, NULL), ERR_OK);
	cr_assert_str_eq(buf_cstr(&b), "");
	buf_u8(&b, 1);
	cr_assert_eq(buf_ok(&b, NULL), ERR_LIMIT);
	buf_clear(&b);
}

Test(buf_put, keeps_the_contents_while_it_grows)
{
	struct buf b;
	size_t i;

	buf_init(&b, 100000);
	for (i = 0; i < 100000; i++)
		buf_u8(&b, (uint8_t)(i * 7));
	cr_assert_eq(buf_ok(&b, NULL), ERR_OK);
	for (i = 0; i < 100000; i++)
		cr_assert_eq(b.ptr[i], (uint8_t)(i * 7));
	buf_wipe(&b);
	cr_assert_null(b.ptr);
}

Test(buf_u64be, writes_what_the_reader_reads)
{
	struct buf_reader r = {.bad = false};
	struct buf b;

	buf_init(&b, 15);
	buf_u8(&b, 0x01);
	buf_u16be(&b, 0x0203);
	buf_u32be(&b, 0x04050607);
	buf_u64be(&b, 0x08090a0b0c0d0e0f);
	cr_assert_eq(buf_ok(&b, NULL), ERR_OK);
	cr_assert_arr_eq(b.ptr,
	    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 15);
	r.left = buf_view(&b);
	cr_assert_eq(buf_read_u8(&r), 0x01);
	cr_assert_eq(buf_read_u16be(&r), 0x0203);
	cr_assert_eq(buf_read_u32be(&r), 0x04050607);
	cr_assert_not(buf_read_ok(&r));
	cr_assert_eq(buf_read_u64be(&r), 0x08090a0b0c0d0e0f);
	cr_assert(buf_read_ok(&r));
	buf_clear(&b);
}

Test(buf_read, stays_bad_after_a_read_past_the_end)
{
	struct buf_reader r = {.left = bytes_of("\x01\x02\x03", 3)};

	cr_assert_eq(buf_read_u32be(&r), 0);
	cr_assert(r.bad);
	cr_assert_eq(buf_read_u8(&r), 0);
	cr_assert_eq(buf_read(&r, 0).len, 0);
	cr_assert_not(buf_read_ok(&r));
}

Test(buf_printf, formats_across_the_end_of_the_memory)
{
	char want[301];
	struct buf b;

	buf_init(&b, 400);
	memset(want, 'x', 300);
	want[300] = '\0';
	buf_printf(&b, "%d|", 5);
	buf_printf(&b, "%s", want);
	cr_assert_eq(b.len, 302);
	cr_assert_str_eq(buf_cstr(&b) + 2, want);
	buf_printf(&b, "%s", want);
	cr_assert_eq(buf_ok(&b, NULL), ERR_LIMIT);
	cr_assert_eq(b.len, 302);
	buf_clear(&b);
}

Test(bytes_equal, compares_lengths_first)
{
	cr_assert(bytes_equal(bytes_of(NULL, 0), bytes_str("")));
	cr_assert_not(bytes_equal(bytes_str("a"), bytes_str("ab")));
	cr_assert_not(bytes_equal(bytes_str("aa"), bytes_str("ab")));
}

/* cli_wrap_test.c - lines no wider than they may be, broken where one may. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_wrap.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static void
begin(void)
{
	cr_redirect_stdout();
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
	cr_assert_eq(setenv("COLUMNS", "40", 1), 0);
}

TestSuite(cli_wrap_line, .init = begin);

static void
printed(const char *want)
{
	(void)fflush(stdout);
	cr_assert_stdout_eq_str(want);
}

Test(cli_wrap_cells, counts_wide_characters_twice)
{
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
	cr_assert_eq(cli_wrap_cells("abc"), 3);
	cr_assert_eq(cli_wrap_cells("条目 17"), 7);
	cr_assert_eq(cli_wrap_cells("\xff"), 1);
}

Test(cli_wrap_line, goes_on_below_at_a_blank)
{
	cli_wrap_line("0123456789 0123456789 0123456789 0123456", 0, 2);
	cli_wrap_line("0123456789 0123456789 0123456789 01234567", 0, 2);
	printed("0123456789 0123456789 0123456789 0123456\n"
	        "0123456789 0123456789 0123456789\n  01234567\n");
}

Test(cli_wrap_line, breaks_beside_wide_characters_but_not_before_a_mark)
{
	cli_wrap_line("一二三四五六七八九十一二三四五六七八九十百", 0, 0);
	cli_wrap_line("一二三四五六七八九十一二三四五六七八九十。", 0, 0);
	printed("一二三四五六七八九十一二三四五六七八九十\n百\n"
	        "一二三四五六七八九十一二三四五六七八九\n十。\n");
}

Test(cli_wrap_line, never_breaks_a_word_that_fits_no_line)
{
	cli_wrap_line(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b", 5, 5);
	printed("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	        "     b\n");
}

Test(cli_wrap_plain, shows_what_a_terminal_would_obey)
{
	struct buf b;

	buf_init(&b, 256);
	cli_wrap_plain(&b, "a\033[2K\r\n\t\x7f");
	cr_assert_str_eq(
	    buf_cstr(&b), "a\\u001b[2K\\u000d\\u000a\\u0009\\u007f");
	buf_reset(&b);
	cli_wrap_plain(&b,
	    "\xc2\x9b"
	    "1m \u202e \u2066 \u200f \xff\xc3");
	cr_assert_str_eq(
	    buf_cstr(&b), "\\u009b1m \\u202e \\u2066 \\u200f \\xff\\xc3");
	buf_reset(&b);
	cli_wrap_plain(&b, "é 罐区 ¥ — “𠮷” \\");
	cr_assert_str_eq(buf_cstr(&b), "é 罐区 ¥ — “𠮷” \\");
	buf_clear(&b);
}

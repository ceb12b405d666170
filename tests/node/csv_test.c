/* csv_test.c - quoting, lines, limits and encodings of CSV text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/csv.h"

#include <criterion/criterion.h>

static struct csv csv;
static struct err_why why;

static void
open_text(const char *text)
{
	csv_init(&csv, bytes_str(text), ',');
}

static void
close_text(void)
{
	csv_clear(&csv);
}

static void
expect(size_t i, const char *text)
{
	cr_assert_lt(i, csv.fields);
	cr_assert(bytes_equal(csv.field[i], bytes_str(text)),
	    "field %zu is \"%.*s\", not \"%s\"", i, (int)csv.field[i].len,
	    (const char *)csv.field[i].ptr, text);
}

Test(csv_next, reads_quoted_fields_over_several_lines, .fini = close_text)
{
	open_text("\xef\xbb\xbf"
	          "a,\"b\nc\",\"say \"\"hi\"\"\"\r\n\n,x,\n");
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csv.fields, 3);
	cr_assert_eq(csv.line, 1);
	expect(0, "a");
	expect(1, "b\nc");
	expect(2, "say \"hi\"");
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csv.line, 4);
	cr_assert_eq(csv.fields, 3);
	expect(0, "");
	expect(1, "x");
	expect(2, "");
	cr_assert_eq(csv_next(&csv, &why), ERR_NOT_FOUND);
}

Test(csv_next, goes_on_behind_a_bad_line, .fini = close_text)
{
	open_text("a\"b,c\nd,\"e\"f\ng\n");
	cr_assert_eq(csv_next(&csv, &why), ERR_MALFORMED);
	cr_assert_str_eq(
	    why.text, "line 1, field 1: a quote in an unquoted field");
	cr_assert_eq(csv_next(&csv, &why), ERR_MALFORMED);
	cr_assert_str_eq(
	    why.text, "line 2, field 2: text after the closing quote");
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	expect(0, "g");
}

Test(csv_next, names_a_quote_that_never_ends, .fini = close_text)
{
	open_text("a,\"b\nc\n");
	cr_assert_eq(csv_next(&csv, &why), ERR_MALFORMED);
	cr_assert_str_eq(why.text, "line 1, field 2: the quote is not closed");
	cr_assert_eq(csv_next(&csv, &why), ERR_NOT_FOUND);
}

Test(csv_next, bounds_the_number_of_fields, .fini = close_text)
{
	static char text[CSV_FIELDS_MAX + 8];

	memset(text, ',', CSV_FIELDS_MAX);
	memcpy(text + CSV_FIELDS_MAX, "\nx\n", 4);
	open_text(text);
	cr_assert_eq(csv_next(&csv, &why), ERR_LIMIT);
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	expect(0, "x");
}

Test(csv_utf8, detects_gb18030_and_insists_when_told)
{
	struct bytes gb = bytes_str("\xb6\xaf\xbb\xf0");
	struct buf out;

	buf_init(&out, 64);
	cr_assert_eq(csv_utf8(&out, gb, NULL, &why), ERR_OK);
	cr_assert_str_eq(buf_cstr(&out), "动火");
	buf_reset(&out);
	cr_assert_eq(csv_utf8(&out, gb, "utf-8", &why), ERR_MALFORMED);
	cr_assert_eq(
	    csv_utf8(&out, bytes_str("\xff\xff"), NULL, &why), ERR_MALFORMED);
	buf_clear(&out);
}

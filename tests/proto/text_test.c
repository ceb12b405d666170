/* text_test.c - hex, base64, UTF-8, numbers, spans, UUIDs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proto/text.h"

static enum err
b64(struct buf *b, const char *s)
{
	buf_init(b, 1000);
	return text_b64_get(b, bytes_str(s), NULL);
}

Test(text_b64_put, agrees_with_rfc_4648)
{
	static const char *const table[][2] = {{"", ""}, {"f", "Zg=="},
	    {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		buf_init(&b, 1000);
		text_b64_put(&b, bytes_str(table[i][0]));
		cr_assert_str_eq(buf_cstr(&b), table[i][1]);
		buf_clear(&b);
		cr_assert_eq(b64(&b, table[i][1]), ERR_OK);
		cr_assert_str_eq(buf_cstr(&b), table[i][0]);
		buf_clear(&b);
	}
}

Test(text_b64_get, refuses_every_second_spelling)
{
	static const char *const bad[] = {"Zg",
	    "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=\n", " Zm8", "Z m8", "Zm-_",
	    "=m8=", "Zg==Zg==", "====", "=", "Zm=v", "Zm9v\n", "A==="};
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_assert_eq(b64(&b, bad[i]), ERR_MALFORMED, "%s", bad[i]);
		cr_assert_eq(b.len, 0);
		buf_clear(&b);
	}
}

Test(text_b64_get, reports_a_full_buffer)
{
	struct buf b;

	buf_init(&b, 2);
	cr_assert_eq(text_b64_get(&b, bytes_str("Zm9v"), NULL), ERR_LIMIT);
	buf_clear(&b);
}

Test(text_b64_fixed, leaves_out_untouched_on_failure)
{
	uint8_t out[3] = {9, 9, 9};

	cr_assert_eq(
	    text_b64_fixed(out, 3, bytes_str("Zm8="), NULL), ERR_MALFORMED);
	cr_assert_eq(
	    text_b64_fixed(out, 2, bytes_str("Zm9="), NULL), ERR_MALFORMED);
	cr_assert_eq(out[0], 9);
	cr_assert_eq(text_b64_fixed(out, 3, bytes_str("Zm9v"), NULL), ERR_OK);
	cr_assert_arr_eq(out, "foo", 3);
}

Test(text_hex_get, takes_lower_case_pairs_only)
{
	static const char *const bad[] = {"0", "0A", "0g", " 00", "0x00"};
	struct buf b;
	size_t i;

	buf_init(&b, 10);
	cr_assert_eq(text_hex_get(&b, bytes_str("00ff1a"), NULL), ERR_OK);
	cr_assert_eq(b.len, 3);
	cr_assert_arr_eq(b.ptr, "\x00\xff\x1a", 3);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(text_hex_get(&b, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	cr_assert_eq(b.len, 3);
	buf_clear(&b);
}

Test(text_u64_get, is_exact_up_to_its_limit)
{
	static const char *const bad[] = {
	    "", "+1", "-1", "01", "1 ", " 1", "0x1", "1.0", "1e3", "00"};
	uint64_t v;
	size_t i;

	cr_assert_eq(text_u64_get(&v, bytes_str("18446744073709551615"),
	                 UINT64_MAX, NULL),
	    ERR_OK);
	cr_assert_eq(v, UINT64_MAX);
	cr_assert_eq(text_u64_get(&v, bytes_str("0"), 0, NULL), ERR_OK);
	cr_assert_eq(v, 0);
	v = 7;
	cr_assert_eq(text_u64_get(&v, bytes_str("18446744073709551616"),
	                 UINT64_MAX, NULL),
	    ERR_LIMIT);
	cr_assert_eq(text_u64_get(&v, bytes_str("99999999999999999999999"),
	                 UINT64_MAX, NULL),
	    ERR_LIMIT);
	cr_assert_eq(text_u64_get(&v, bytes_str("11"), 10, NULL), ERR_LIMIT);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(
		    text_u64_get(&v, bytes_str(bad[i]), UINT64_MAX, NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	cr_assert_eq(v, 7);
}

Test(text_whole, drops_the_half_that_a_cut_leaves)
{
	char cut[] = "\xe5\xba\x93 a\xe5\xba", inside[] = "a\xe5\xba-b";
	char whole[] = "\xe5\xba\x93", none[] = "";

	text_whole(cut);
	cr_assert_str_eq(cut, "\xe5\xba\x93 a");
	text_whole(inside);
	cr_assert_str_eq(inside, "a-b");
	text_whole(whole);
	cr_assert_str_eq(whole, "\xe5\xba\x93");
	text_whole(none);
	cr_assert_str_eq(none, "");
}

Test(text_utf8_ok, takes_what_unicode_allows)
{
	static const char *const good[] = {"", "a", "\x7f", "\xc2\x80",
	    "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	    "\xe8\x81\x94\xe9\x98\xb2 and plain text around it"};
	size_t i;

	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		cr_assert(text_utf8_ok(bytes_str(good[i])), "%zu", i);
}

Test(text_utf8_ok, refuses_overlong_surrogate_cut_and_nul)
{
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80",
	    "\xc1\xbf", "\xc2", "\xc2\x61", "\xe0\x80\x80", "\xe0\x9f\xbf",
	    "\xed\xa0\x80", "\xed\xbf\xbf", "\xe8\x81", "\xf0\x80\x80\x80",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
	    "\xfe", "twelve bytes\xc0\xaf", "\xf0\x90\x80"};
	char nul[20];
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_not(text_utf8_ok(bytes_str(bad[i])), "%zu", i);
	for (i = 0; i < sizeof nul; i++) {
		memset(nul, 'x', sizeof nul);
		nul[i] = '\0';
		cr_assert_not(text_utf8_ok(bytes_of(nul, sizeof nul)));
		nul[i] = '\x80';
		cr_assert_not(text_utf8_ok(bytes_of(nul, sizeof nul)));
	}
}

Test(text_span_get, knows_four_units)
{
	int64_t us;

	cr_assert_eq(text_span_get(&us, bytes_str("90s"), NULL), ERR_OK);
	cr_assert_eq(us, INT64_C(90000000));
	cr_assert_eq(text_span_get(&us, bytes_str("15m"), NULL), ERR_OK);
	cr_assert_eq(us, INT64_C(900000000));
	cr_assert_eq(text_span_get(&us, bytes_str("8h"), NULL), ERR_OK);
	cr_assert_eq(us, INT64_C(28800000000));
	cr_assert_eq(text_span_get(&us, bytes_str("36500d"), NULL), ERR_OK);
	cr_assert_eq(us, INT64_C(36500) * 86400 * 1000000);
}

Test(text_span_get, refuses_other_shapes)
{
	static const char *const bad[] = {
	    "", "s", "5", "-5s", "5 s", "5w", "1h30m", "05s", "5S", "1.5h"};
	int64_t us;
	size_t i;

	us = 3;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(text_span_get(&us, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	cr_assert_eq(text_span_get(&us, bytes_str("36501d"), NULL), ERR_LIMIT);
	cr_assert_eq(us, 3);
}

Test(text_uuid_get, reads_what_put_wrote_and_nothing_else)
{
	static const char *const bad[] = {
	    "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
	    "017f22e279b07cc398c4dc0c0c07398f",
	    "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
	    "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398g"};
	const char *good = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	uint8_t id[16];
	char text[TEXT_UUID_CHARS + 1];
	size_t i;

	cr_assert_eq(text_uuid_get(id, bytes_str(good), NULL), ERR_OK);
	cr_assert_eq(id[0], 0x01);
	cr_assert_eq(id[15], 0x8f);
	text_uuid_put(text, id);
	cr_assert_str_eq(text, good);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(text_uuid_get(id, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
}

Test(text_line, stops_at_a_line_without_its_end)
{
	struct bytes rest, line;

	rest = bytes_str("one\n\nlast");
	cr_assert(text_line(&rest, &line));
	cr_assert(bytes_equal(line, bytes_str("one")));
	cr_assert(text_line(&rest, &line));
	cr_assert_eq(line.len, 0);
	cr_assert_not(text_line(&rest, &line));
	cr_assert(bytes_equal(rest, bytes_str("last")));
}

Test(text_skip, moves_only_past_a_whole_prefix)
{
	struct bytes in;

	in = bytes_str("sig ed25519");
	cr_assert_not(text_skip(&in, "sig  "));
	cr_assert_eq(in.len, 11);
	cr_assert(text_skip(&in, "sig "));
	cr_assert(bytes_equal(in, bytes_str("ed25519")));
	cr_assert_not(text_skip(&in, "ed25519 and more"));
}

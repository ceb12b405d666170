/* text_time_test.c - RFC 3339 both ways, at its edges. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <time.h>

#include "proto/text.h"

static int64_t
read_ok(const char *s)
{
	struct err_why why = {.text = ""};
	int64_t us;

	us = -1;
	cr_assert_eq(text_time_get(&us, bytes_str(s), &why), ERR_OK, "%s: %s",
	    s, why.text);
	return us;
}

Test(text_time_get, reads_offsets_and_fractions)
{
	cr_assert_eq(read_ok("1970-01-01T00:00:00Z"), 0);
	cr_assert_eq(read_ok("1970-01-01T00:00:00.000001Z"), 1);
	cr_assert_eq(read_ok("1970-01-01T00:00:00.5Z"), 500000);
	cr_assert_eq(read_ok("1970-01-01T08:00:00+08:00"), 0);
	cr_assert_eq(
	    read_ok("1970-01-01T00:00:00-00:30"), INT64_C(1800) * 1000000);
	cr_assert_eq(read_ok("2026-11-22T10:50:00.123456+08:00"),
	    read_ok("2026-11-22T02:50:00.123456Z"));
	cr_assert_eq(
	    read_ok("2026-11-22T02:50:00Z"), INT64_C(1795315800) * 1000000);
	cr_assert_eq(
	    read_ok("2000-02-29T00:00:00Z"), INT64_C(951782400) * 1000000);
	cr_assert_eq(read_ok("9999-12-31T23:59:59.999999Z"),
	    INT64_C(253402300799999999));
}

Test(text_time_get, refuses_what_is_no_time)
{
	static const char *const bad[] = {"", "2026", "2026-11-22",
	    "2026-11-22 02:50:00Z", "2026-11-22T02:50:00",
	    "2026-11-22t02:50:00z", "2026-11-22T02:50Z", "2026-11-22T02:50:60Z",
	    "2016-12-31T23:59:60Z", "2026-11-22T24:00:00Z",
	    "2026-11-22T02:60:00Z", "2026-13-01T00:00:00Z",
	    "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
	    "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
	    "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
	    "2026-11-22T02:50:00.Z", "2026-11-22T02:50:00.1234567Z",
	    "2026-11-22T02:50:00,5Z", "2026-11-22T02:50:00+8:00",
	    "2026-11-22T02:50:00+0800", "2026-11-22T02:50:00+24:00",
	    "2026-11-22T02:50:00+08:60", "2026-11-22T02:50:00Z ",
	    " 2026-11-22T02:50:00Z", "1969-12-31T23:59:59Z",
	    "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
	    "10000-01-01T00:00:00Z", "2026-1-22T02:50:00Z",
	    "+026-11-22T02:50:00Z", "2026-11-22T02:50:00ZZ"};
	int64_t us;
	size_t i;

	us = 5;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(text_time_get(&us, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	cr_assert_eq(us, 5);
}

Test(text_time_put, writes_the_shortest_of_three_forms)
{
	char text[TEXT_TIME_CHARS + 1];

	text_time_put(text, INT64_C(1795315800000000));
	cr_assert_str_eq(text, "2026-11-22T02:50:00Z");
	text_time_put(text, INT64_C(1795315800120000));
	cr_assert_str_eq(text, "2026-11-22T02:50:00.120Z");
	text_time_put(text, INT64_C(1795315800123456));
	cr_assert_str_eq(text, "2026-11-22T02:50:00.123456Z");
	text_time_put(text, INT64_C(1795315800000001));
	cr_assert_str_eq(text, "2026-11-22T02:50:00.000001Z");
}

Test(text_time_put, shows_what_is_no_time_as_a_number)
{
	char text[TEXT_TIME_CHARS + 1];
	int64_t us;

	text_time_put(text, -1);
	cr_assert_str_eq(text, "-1");
	text_time_put(text, INT64_MIN);
	cr_assert_str_eq(text, "-9223372036854775808");
	text_time_put(text, INT64_C(253402300800000000));
	cr_assert_str_eq(text, "253402300800000000");
	cr_assert_eq(text_time_get(&us, bytes_str(text), NULL), ERR_MALFORMED);
}

Test(text_time_put, agrees_with_the_c_library_on_every_day)
{
	char text[TEXT_TIME_CHARS + 1], want[32];
	struct tm tm;
	time_t t;
	int64_t day, back;

	for (day = 0; day < INT64_C(2932896); day += 7) {
		t = day * 86400 + day % 86400;
		gmtime_r(&t, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm);
		text_time_put(text, (int64_t)t * 1000000);
		cr_assert_str_eq(text, want);
		cr_assert_eq(
		    text_time_get(&back, bytes_str(text), NULL), ERR_OK);
		cr_assert_eq(back, (int64_t)t * 1000000);
	}
}

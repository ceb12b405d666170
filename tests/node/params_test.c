/* params_test.c - query strings: what is taken, what is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/params.h"

#include <criterion/criterion.h>

static enum err
parse(struct params *p, const char *query, const char *allowed,
    struct err_why *why)
{
	return params_parse(p, bytes_str(query), allowed, why);
}

Test(params_parse, decodes_names_and_values)
{
	struct params p;

	cr_assert_eq(
	    parse(&p, "area=tank%2Dfarm+2&kind=gas", "kind area", NULL),
	    ERR_OK);
	cr_assert_str_eq(params_get(&p, "area"), "tank-farm 2");
	cr_assert_str_eq(params_get(&p, "kind"), "gas");
	cr_assert_null(params_get(&p, "state"));
}

Test(params_parse, takes_a_repeatable_name_several_times)
{
	struct params p;

	cr_assert_eq(parse(&p, "id=1&id=2", "id+", NULL), ERR_OK);
	cr_assert_str_eq(params_nth(&p, "id", 1), "2");
	cr_assert_null(params_nth(&p, "id", 2));
}

Test(params_parse, refuses_unknown_and_repeated_names_by_name)
{
	struct params p;
	struct err_why why;

	cr_assert_eq(parse(&p, "aera=x", "area", &why), ERR_MALFORMED);
	cr_assert_eq(strncmp(why.text, "aera: ", 6), 0);
	cr_assert_eq(parse(&p, "area=x&area=y", "area", &why), ERR_MALFORMED);
	cr_assert_eq(parse(&p, "a=x", NULL, &why), ERR_MALFORMED);
	cr_assert_eq(parse(&p, "=x", "a", &why), ERR_MALFORMED);
}

Test(params_parse, refuses_bad_escapes_controls_and_bad_utf8)
{
	static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "a=%00",
	    "a=%0a", "a=%ff", "a=%c0%80", "%61%ff=1"};
	struct params p;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_eq(
		    parse(&p, bad[i], "a", NULL), ERR_MALFORMED, "%s", bad[i]);
	cr_assert_eq(p.len, 0);
}

Test(params_parse, stops_at_its_limits)
{
	struct params p;
	char query[8192];
	size_t n = 0;

	memset(query, 'x', sizeof query);
	memcpy(query, "a=", 2);
	cr_assert_eq(params_parse(&p, bytes_of(query, sizeof query), "a", NULL),
	    ERR_LIMIT);
	for (int i = 0; i <= PARAMS_MAX; i++, n += 4)
		memcpy(query + n, "a=1&", 4);
	cr_assert_eq(
	    params_parse(&p, bytes_of(query, n), "a+", NULL), ERR_LIMIT);
}

Test(params_u64, leaves_the_default_and_refuses_rubbish)
{
	struct params p;
	uint64_t v = 7;

	cr_assert_eq(parse(&p, "n=12&m=1x", "n m o", NULL), ERR_OK);
	cr_assert_eq(params_u64(&p, "o", 100, &v, NULL), ERR_OK);
	cr_assert_eq(v, 7);
	cr_assert_eq(params_u64(&p, "n", 100, &v, NULL), ERR_OK);
	cr_assert_eq(v, 12);
	cr_assert_eq(params_u64(&p, "n", 11, &v, NULL), ERR_MALFORMED);
	cr_assert_eq(params_u64(&p, "m", 100, &v, NULL), ERR_MALFORMED);
	cr_assert_eq(v, 12);
}

Test(params_time, reads_rfc_3339)
{
	struct params p;
	int64_t us = 5;

	cr_assert_eq(
	    parse(&p, "from=1970-01-01T00:00:01Z&to=x", "from to", NULL),
	    ERR_OK);
	cr_assert_eq(params_time(&p, "from", &us, NULL), ERR_OK);
	cr_assert_eq(us, 1000000);
	cr_assert_eq(params_time(&p, "to", &us, NULL), ERR_MALFORMED);
	cr_assert_eq(us, 1000000);
}

Test(params_segment, refuses_what_does_not_fit)
{
	char out[5];

	cr_assert_eq(
	    params_segment(out, sizeof out, bytes_str("a%20b"), NULL), ERR_OK);
	cr_assert_str_eq(out, "a b");
	cr_assert_eq(params_segment(out, sizeof out, bytes_str("abcde"), NULL),
	    ERR_LIMIT);
}

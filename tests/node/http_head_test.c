/* http_head_test.c - headers that can be read in two ways. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/http_head.h"

#include <criterion/criterion.h>
#include <string.h>

/* "Name: value" lines, each ended by \n. */
static unsigned
judge(const char *lines, const char *version)
{
	struct http_head h = {0};
	struct ops_call call;
	char line[256];

	memset(&call, 0, sizeof call);
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		memcpy(line, lines, n);
		line[n] = '\0';
		char *colon = strchr(line, ':');
		*colon = '\0';
		http_head_take(&h, &call, line, colon + 2);
		lines += n + 1;
	}
	const struct http_fault *f = http_head_judge(&h, 10, version, false);
	return f != NULL ? f->status : 0;
}

Test(http_head, takes_what_has_one_meaning)
{
	cr_assert_eq(judge("Host: x\n", "HTTP/1.1"), 0u);
	cr_assert_eq(judge("", "HTTP/1.0"), 0u);
	cr_assert_eq(
	    judge("Host: x\nContent-Length: 8388608\n", "HTTP/1.1"), 0u);
	cr_assert_eq(
	    judge("Host: x\nTransfer-Encoding: Chunked\n", "HTTP/1.1"), 0u);
	cr_assert_eq(
	    judge("Host: x\nContent-Encoding: identity\n", "HTTP/1.1"), 0u);
}

Test(http_head, refuses_what_has_two)
{
	static const struct {
		const char *lines;
		unsigned status;
	} bad[] = {
	    {"", 400},
	    {"Host: \n", 400},
	    {"Host: x\nHost: x\n", 400},
	    {"Host: x\nContent-Length: 2\nContent-Length: 2\n", 400},
	    {"Host: x\nContent-Length: 2\nTransfer-Encoding: chunked\n", 400},
	    {"Host: x\nContent-Length: +2\n", 400},
	    {"Host: x\nTransfer-Encoding: gzip, chunked\n", 400},
	    {"Host: x\nTransfer-Encoding: chunked\n"
	     "Transfer-Encoding: chunked\n",
	        400},
	    {"Host: x\nAuthorization: a\nAuthorization: b\n", 400},
	    {"Host: x\nContent-Length : 2\n", 400},
	    {"Host: x\nContent-Encoding: gzip\n", 415},
	    {"Host: x\nContent-Length: 8388609\n", 413},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(judge(bad[i].lines, "HTTP/1.1"), bad[i].status,
		    "%s", bad[i].lines);
}

Test(http_head, refuses_a_long_target_and_has_last_words)
{
	struct http_head h = {.hosts = 1};

	cr_assert_eq(
	    http_head_judge(&h, HTTP_HEAD_URI_MAX, "HTTP/1.1", false)->status,
	    414u);
	cr_assert_null(
	    http_head_judge(&h, HTTP_HEAD_URI_MAX - 1, "HTTP/1.1", false));
	cr_assert_not_null(strstr(http_head_last_words(413), "HTTP/1.1 413"));
	cr_assert_not_null(strstr(http_head_last_words(429), "HTTP/1.1 429"));
	cr_assert_not_null(strstr(http_head_last_words(503), "HTTP/1.1 503"));
}

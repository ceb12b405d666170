/* http_test.c - the protocol's edges, over a raw socket. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/http.h"

#include "node/feed.h"
#include "tests/support/live.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST "Host: x\r\n"
/* The first entries of the first two logs of the store. */
#define START "o0.0,o1.0"
#define SHUT "Connection: close\r\n"

static unsigned
status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) == 0
	    ? (unsigned)strtoul(answer + 9, NULL, 10)
	    : 0;
}

static unsigned
raw_status(struct live *l, const char *request)
{
	char *a = live_raw(l, request, strlen(request), NULL);
	unsigned s = status_of(a);

	free(a);
	return s;
}

Test(http, answers_and_keeps_the_connection_for_the_next_request)
{
	struct live l;
	const char *two = "GET /healthz HTTP/1.1\r\n" HOST "\r\n"
	                  "GET /readyz HTTP/1.1\r\n" HOST SHUT "\r\n";

	live_open(&l, NULL);
	live_serve(&l);
	char *a = live_raw(&l, two, strlen(two), NULL);
	cr_assert_eq(status_of(a), 200u, "%s", a);
	cr_assert_not_null(strstr(a + 9, "HTTP/1.1 200"), "%s", a);
	cr_assert_not_null(strstr(a, "nosniff"));
	free(a);
	live_close(&l);
}

Test(http, refuses_requests_whose_length_can_be_read_two_ways)
{
	struct live l;

	live_open(&l, NULL);
	live_serve(&l);
	cr_assert_eq(
	    raw_status(&l,
	        "POST /v1/alarms HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
	        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    400u);
	cr_assert_eq(raw_status(&l,
	                 "POST /v1/alarms HTTP/1.1\r\n" HOST
	                 "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
	    400u);
	cr_assert_eq(raw_status(&l,
	                 "POST /v1/alarms HTTP/1.1\r\n" HOST
	                 "Transfer-Encoding: gzip\r\n\r\n"),
	    400u);
	live_close(&l);
}

Test(http, refuses_a_request_without_one_host)
{
	struct live l;

	live_open(&l, NULL);
	live_serve(&l);
	cr_assert_eq(
	    raw_status(&l, "GET /healthz HTTP/1.1\r\n" SHUT "\r\n"), 400u);
	cr_assert_eq(
	    raw_status(&l, "GET /healthz HTTP/1.1\r\n" HOST HOST SHUT "\r\n"),
	    400u);
	live_close(&l);
}

Test(http, refuses_a_large_body_before_it_comes)
{
	struct live l;

	live_open(&l, NULL);
	live_serve(&l);
	cr_assert_eq(raw_status(&l,
	                 "POST /v1/alarms HTTP/1.1\r\n" HOST
	                 "Content-Length: 8388609\r\n\r\n"),
	    413u);
	live_close(&l);
}

Test(http, refuses_a_large_chunked_body)
{
	struct live l;
	static char big[9u << 20];
	int n = snprintf(big, sizeof big,
	    "POST /v1/alarms HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: chunked\r\nAuthorization: Bearer ");

	live_open(&l, NULL);
	live_serve(&l);
	live_token(&l, "ingest", NULL);
	n +=
	    snprintf(big + n, 128, "%s\r\n\r\n%x\r\n", l.token, (8u << 20) + 1);
	memset(big + n, ' ', (8u << 20) + 1);
	memcpy(big + n + (8u << 20) + 1, "\r\n0\r\n\r\n", 7);
	char *a =
	    live_raw(&l, big, (size_t)n + (8u << 20) + 1 + 7, "\r\n\r\n{");
	cr_assert_eq(status_of(a), 413u, "%.300s", a);
	free(a);
	live_close(&l);
}

Test(http, names_what_a_path_takes_and_who_may)
{
	struct live l;
	const char *put =
	    "PUT /v1/alarms HTTP/1.1\r\n" HOST SHUT "Content-Length: 0\r\n\r\n";
	const char *get = "GET /v1/alarms HTTP/1.1\r\n" HOST SHUT "\r\n";

	live_open(&l, NULL);
	live_serve(&l);
	char *a = live_raw(&l, put, strlen(put), NULL);
	cr_assert_eq(status_of(a), 405u);
	cr_assert_not_null(strstr(a, "Allow: POST, GET\r\n"), "%s", a);
	free(a);
	a = live_raw(&l, get, strlen(get), NULL);
	cr_assert_eq(status_of(a), 401u);
	cr_assert_not_null(strstr(a, "WWW-Authenticate: Bearer"), "%s", a);
	cr_assert_not_null(strstr(a, "application/problem+json"));
	free(a);
	live_close(&l);
}

Test(http, drops_the_connection_after_a_body_that_nobody_read)
{
	struct live l;
	const char *smuggle =
	    "POST /v1/nothing HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n"
	    "GET /healthz HTTP/1.1\r\n" HOST "\r\n\r\n\r\n\r\n";

	live_open(&l, NULL);
	live_serve(&l);
	char *a = live_raw(&l, smuggle, strlen(smuggle), NULL);
	cr_assert_eq(status_of(a), 404u);
	cr_assert_null(strstr(a + 9, "HTTP/1.1 200"), "%s", a);
	free(a);
	live_close(&l);
}

Test(http, refuses_overlong_targets_and_two_tokens)
{
	struct live l;
	char request[4096];
	int n = snprintf(request, sizeof request, "GET /");

	memset(request + n, 'a', 3000);
	(void)snprintf(request + n + 3000, sizeof request - (size_t)n - 3000,
	    " HTTP/1.1\r\n" HOST SHUT "\r\n");
	live_open(&l, NULL);
	live_serve(&l);
	cr_assert_eq(raw_status(&l, request), 414u);
	cr_assert_eq(raw_status(&l,
	                 "GET /v1/status HTTP/1.1\r\n" HOST SHUT
	                 "Authorization: Bearer a\r\n"
	                 "Authorization: Bearer b\r\n\r\n"),
	    400u);
	live_close(&l);
}

/* An alarm of this number by HTTP; the answer's status. */
static unsigned
post_alarm(struct live *l, unsigned seq)
{
	char body[512];
	char request[1024];
	int n = snprintf(body, sizeof body,
	    "{\"source\":\"gds-01\",\"sourceSeq\":\"%u\",\"level\":2,"
	    "\"kind\":\"gas\",\"area\":\"tank-farm-2\",\"title\":\"LEL\","
	    "\"occurredAt\":\"2026-11-22T02:50:00Z\"}",
	    seq);

	(void)snprintf(request, sizeof request,
	    "POST /v1/alarms HTTP/1.1\r\n" HOST SHUT
	    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %d\r\n\r\n%s",
	    l->token, n, body);
	return raw_status(l, request);
}

Test(http, answers_a_write_after_its_commit)
{
	struct live l;

	live_open(&l, NULL);
	live_serve(&l);
	live_token(&l, "operator", NULL);
	cr_assert_eq(post_alarm(&l, 1), 201u);
	cr_assert_eq(post_alarm(&l, 2), 201u);
	live_close(&l);
}

/* Reads the stream from `id` until `until`; what came. */
static char *
stream(struct live *l, const char *id, const char *until)
{
	char request[512];

	(void)snprintf(request, sizeof request,
	    "GET /v1/events HTTP/1.1\r\n" HOST
	    "Authorization: Bearer %s\r\n%s%s%s\r\n",
	    l->token, id[0] != '\0' ? "Last-Event-ID: " : "", id,
	    id[0] != '\0' ? "\r\n" : "");
	return live_raw(l, request, strlen(request), until);
}

Test(feed, resumes_from_the_log_after_the_last_event_seen)
{
	struct live l;
	char id[128];

	live_open(&l, NULL);
	live_serve(&l);
	live_token(&l, "operator", NULL);
	cr_assert_eq(post_alarm(&l, 1), 201u);
	char *a = stream(&l, START, "\"kind\":\"ALARM\"");
	const char *line = strstr(a, "id: ");
	cr_assert_not_null(line, "%s", a);
	(void)snprintf(
	    id, sizeof id, "%.*s", (int)strcspn(line + 4, "\r\n"), line + 4);
	free(a);
	cr_assert_eq(post_alarm(&l, 2), 201u);
	live_reopen(&l);
	a = stream(&l, id, "\"kind\":\"ALARM\"");
	const char *first = strstr(a, "\"kind\":\"ALARM\"");
	cr_assert_not_null(first, "%s", a);
	/* Not the one seen already: its id was the cursor after it. */
	line = strstr(a, "id: ");
	cr_assert_neq(strncmp(line + 4, id, strlen(id)), 0);
	free(a);
	live_close(&l);
}

Test(feed, refuses_an_id_that_is_not_its_own)
{
	struct live l;

	live_open(&l, NULL);
	live_serve(&l);
	live_token(&l, "operator", NULL);
	char *a = stream(&l, "17", "\r\n\r\n{");
	cr_assert_eq(status_of(a), 400u, "%s", a);
	free(a);
	live_close(&l);
}

/* webhook_test.c - posts to receivers outside, and no further. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/webhook.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/receiver.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID "b8bc6e56-9e29-8457-ae96-debde6d1f4ae"
#define BODY "{\"site\":\"plant-a\"}"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"
#define RUNS 2000 /* turns of webhook_run before a test gives up */

static struct webhook_sign sign;
static struct webhook_answer answer;
static unsigned answered;

static void
done(void *arg, const struct webhook_answer *a)
{
	(void)arg;
	answered++;
	answer = *a;
}

/* One post, to its end. */
static void
post(const char *url, long timeout_ms)
{
	struct webhook *w = NULL;
	const struct webhook_post p = {.url = url,
	    .sign = &sign,
	    .id = ID,
	    .body = bytes_str(BODY),
	    .seconds = 1614265330,
	    .timeout_ms = timeout_ms,
	    .done = done};
	unsigned runs = 0;

	sign.len = 0;
	cr_assert_eq(webhook_sign_read(&sign, bytes_str(SECRET), NULL), ERR_OK);
	cr_assert_eq(webhook_open(&w, NULL), ERR_OK);
	answered = 0;
	cr_assert_eq(webhook_put(w, &p, NULL), ERR_OK);
	while (webhook_run(w, 20) > 0)
		cr_assert_lt(++runs, RUNS);
	webhook_close(w);
	cr_assert_eq(answered, 1u);
}

static void
post_to(struct receiver *r)
{
	char url[64];

	receiver_url(r, url);
	post(url, 20000);
}

Test(webhook_where, says_where_a_url_leads_and_refuses_all_other_schemes)
{
	static const struct {
		const char *url, *endpoint, *host;
	} good[] = {
	    {"http://127.0.0.1:9/x?y", "http://127.0.0.1:9", "127.0.0.1"},
	    {"HTTPS://Hook.Example/a", "https://Hook.Example:443",
	        "Hook.Example"},
	    {"http://[::1]:80/", "http://[::1]:80", "::1"},
	    {"http://127.1/", "http://127.0.0.1:80", "127.0.0.1"},
	};
	static const char *const bad[] = {"", "hook.example",
	    "file:///etc/passwd", "ftp://hook.example/", "gopher://127.0.0.1/",
	    "ldap://x/", "unix:///tmp/x", "http://user@hook.example/",
	    "http://user:secret@hook.example/", "http://hook.example/#x",
	    "http://ho st/", "http://a:99999/", "javascript:x"};
	struct webhook_where w;
	char longest[WEBHOOK_URL_MAX + 2];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		cr_assert_eq(webhook_where(&w, good[i].url, NULL), ERR_OK);
		cr_assert_str_eq(w.endpoint, good[i].endpoint);
		cr_assert_str_eq(w.host, good[i].host);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(webhook_where(&w, bad[i], NULL), ERR_MALFORMED,
		    "%s", bad[i]);
	memset(longest, 'a', sizeof longest);
	memcpy(longest, "http://", 7);
	longest[sizeof longest - 1] = '\0';
	cr_assert_eq(webhook_where(&w, longest, NULL), ERR_MALFORMED);
}

Test(webhook, posts_once_with_key_time_and_signature)
{
	struct receiver r;
	struct hash want;
	char signature[WEBHOOK_SIGN_CHARS], text[1024];

	receiver_begin(&r, OK);
	post_to(&r);
	cr_assert_eq(answer.status, 200, "%s", answer.error);
	cr_assert_str_eq(answer.error, "");
	cr_assert_not(answer.cut);
	digest_sha256(&want, bytes_str("done"));
	cr_assert_eq(memcmp(&want, &answer.body, sizeof want), 0);
	cr_assert_eq(atomic_load(&r.requests), 1u);
	receiver_got(&r, NULL, text, sizeof text);
	cr_assert_str_eq(text, BODY);
	receiver_got(&r, "webhook-id", text, sizeof text);
	cr_assert_str_eq(text, ID);
	receiver_got(&r, "idempotency-key", text, sizeof text);
	cr_assert_str_eq(text, "\"" ID "\"");
	receiver_got(&r, "webhook-timestamp", text, sizeof text);
	cr_assert_str_eq(text, "1614265330");
	webhook_sign_put(signature, &sign, ID, 1614265330, bytes_str(BODY));
	receiver_got(&r, "webhook-signature", text, sizeof text);
	cr_assert_str_eq(text, signature);
	receiver_got(&r, "accept-encoding", text, sizeof text);
	cr_assert_str_eq(text, "", "nothing is to be unpacked");
	receiver_end(&r);
}

Test(webhook, follows_no_redirect_and_asks_no_proxy)
{
	struct receiver r, elsewhere;
	char redirect[256], url[64];

	receiver_begin(&elsewhere, OK);
	receiver_url(&elsewhere, url);
	(void)snprintf(redirect, sizeof redirect,
	    "HTTP/1.1 307 Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
	    url);
	receiver_begin(&r, redirect);
	cr_assert_eq(setenv("http_proxy", url, 1), 0);
	cr_assert_eq(setenv("ALL_PROXY", url, 1), 0);
	post_to(&r);
	cr_assert_eq(answer.status, 307);
	cr_assert_eq(atomic_load(&r.requests), 1u);
	cr_assert_eq(atomic_load(&elsewhere.requests), 0u);
	receiver_end(&r);
	receiver_end(&elsewhere);
}

Test(webhook, speaks_no_other_scheme_even_when_told_to)
{
	post("file:///etc/hostname", 1000);
	cr_assert_eq(answer.status, 0);
	cr_assert_neq(strlen(answer.error), 0u);
}

Test(webhook, reads_no_more_of_an_answer_than_it_may)
{
	struct receiver r;

	receiver_begin(&r, "HTTP/1.1 200 OK\r\n\r\n");
	atomic_store(&r.endless, 1u << 20);
	post_to(&r);
	cr_assert_eq(answer.status, 200, "its status stands");
	cr_assert(answer.cut);
	receiver_end(&r);
}

Test(webhook, breaks_off_headers_without_end)
{
	struct receiver r;

	receiver_begin(&r, "HTTP/1.1 200 OK\r\nX: ");
	atomic_store(&r.endless, 1u << 20);
	post_to(&r);
	cr_assert_eq(answer.status, 0);
	receiver_end(&r);
}

/* A status whose body broke off is no receipt. */
Test(webhook, takes_a_broken_answer_for_none)
{
	struct receiver r;

	receiver_begin(&r, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ndo");
	post_to(&r);
	cr_assert_eq(answer.status, 0);
	cr_assert_neq(strlen(answer.error), 0u);
	receiver_end(&r);
}

Test(webhook, leaves_a_receiver_that_hangs_and_one_that_is_not_there)
{
	struct receiver r;
	char url[64];

	receiver_begin(&r, NULL);
	receiver_url(&r, url);
	post(url, 100);
	cr_assert_eq(answer.status, 0);
	cr_assert_neq(strlen(answer.error), 0u);
	receiver_end(&r);
	post(url, 5000);
	cr_assert_eq(answer.status, 0);
	cr_assert_null(strstr(answer.error, "hook"), "no path of a URL");
}

Test(webhook, says_how_long_to_stay_away)
{
	struct receiver r;

	receiver_begin(&r,
	    "HTTP/1.1 429 No\r\nRetry-After: 99999999\r\n"
	    "Content-Length: 0\r\n\r\n");
	post_to(&r);
	cr_assert_eq(answer.status, 429);
	cr_assert_eq(answer.retry_s, 3600, "an hour at most");
	receiver_end(&r);
}

Test(webhook, calls_nobody_for_what_it_breaks_off)
{
	struct receiver r;
	struct webhook *w = NULL;
	char url[64];
	struct webhook_post p = {.sign = &sign,
	    .id = ID,
	    .body = bytes_str(BODY),
	    .timeout_ms = 20000,
	    .done = done,
	    .url = url};

	receiver_begin(&r, NULL);
	receiver_url(&r, url);
	cr_assert_eq(webhook_open(&w, NULL), ERR_OK);
	answered = 0;
	for (int i = 0; i < 3; i++)
		cr_assert_eq(webhook_put(w, &p, NULL), ERR_OK);
	cr_assert_eq(webhook_run(w, 20), 3u);
	webhook_close(w);
	cr_assert_eq(answered, 0u);
	webhook_close(NULL);
	receiver_end(&r);
}

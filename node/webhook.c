/* webhook.c - posts to receivers outside, many at once, on one thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/webhook.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "node/service.h"
#include "proto/buf.h"
#include "proto/mem.h"

#define CONNECT_PART 2 /* of the time in all, for the connection */
#define CACHED_MAX 16L /* connections kept for the next post */
#define RETRY_AFTER_MAX_S 3600

struct post {
	struct webhook *of;
	struct post *next, *prev; /* of those under way */
	CURL *curl;
	struct curl_slist *headers;
	struct digest digest;
	size_t got;
	size_t head;
	struct webhook_answer answer;
	char why[CURL_ERROR_SIZE];
	bool keep; /* the body, in: */
	struct buf text;
	void (*done)(void *arg, const struct webhook_answer *a);
	void *arg;
};

struct webhook {
	CURLM *multi;
	struct post *posts;
	unsigned len;
};

static void
start_curl(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- URLs ---- */

static enum err
part(char *out, size_t cap, CURLU *u, CURLUPart which, struct err_why *why)
{
	char *text = NULL;
	CURLUcode rc = curl_url_get(u, which, &text, CURLU_DEFAULT_PORT);
	int n = -1;

	if (rc == CURLUE_OK)
		n = snprintf(out, cap, "%s", text);
	curl_free(text);
	return n > 0 && (size_t)n < cap
	    ? ERR_OK
	    : err_fail(why, ERR_MALFORMED, "url: no host in it, or too long");
}

/* "[::1]" of a URL is the host "::1". */
static void
strip(char *host)
{
	size_t len = strlen(host);

	if (len < 2 || host[0] != '[' || host[len - 1] != ']')
		return;
	memmove(host, host + 1, len - 2);
	host[len - 2] = '\0';
}

enum err
webhook_where(struct webhook_where *out, const char *url, struct err_why *why)
{
	CURLU *u = curl_url();
	char scheme[8], port[8], *fragment = NULL;
	struct webhook_where w;
	enum err e = ERR_OK;

	if (u == NULL || strlen(url) > WEBHOOK_URL_MAX ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) !=
	        CURLUE_OK ||
	    curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) == CURLUE_OK)
		e = err_fail(why, ERR_MALFORMED,
		    "url: expected http:// or https://, %d characters at most, "
		    "without user, password and fragment",
		    WEBHOOK_URL_MAX);
	curl_free(fragment);
	if (e == ERR_OK)
		e = part(scheme, sizeof scheme, u, CURLUPART_SCHEME, why);
	w.tls = e == ERR_OK && strcmp(scheme, "https") == 0;
	if (e == ERR_OK && !w.tls && strcmp(scheme, "http") != 0)
		e = err_fail(why, ERR_MALFORMED,
		    "url: expected http:// or https://, not %s", scheme);
	if (e == ERR_OK)
		e = part(w.host, sizeof w.host, u, CURLUPART_HOST, why);
	if (e == ERR_OK)
		e = part(port, sizeof port, u, CURLUPART_PORT, why);
	curl_url_cleanup(u);
	if (e != ERR_OK)
		return e;
	(void)snprintf(
	    w.endpoint, sizeof w.endpoint, "%s://%s:%s", scheme, w.host, port);
	strip(w.host);
	*out = w;
	return ERR_OK;
}

/* ---- one post ---- */

static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	struct post *p = arg;
	const size_t len = size * n;
	const size_t room = WEBHOOK_ANSWER_MAX - p->got;
	const size_t take = len < room ? len : room;

	digest_add(&p->digest, bytes_of(data, take));
	if (p->keep)
		buf_put(&p->text, data, take);
	p->got += take;
	p->answer.cut = take < len;
	return take < len ? 0 : len;
}

static size_t
take_head(char *data, size_t size, size_t n, void *arg)
{
	struct post *p = arg;

	(void)data;
	p->head += size * n;
	return p->head > WEBHOOK_HEAD_MAX ? 0 : size * n;
}

static void
unlink_post(struct post *p)
{
	struct webhook *w = p->of;

	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		w->posts = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
	w->len--;
}

static void
free_post(struct post *p)
{
	if (p->curl != NULL)
		(void)curl_multi_remove_handle(p->of->multi, p->curl);
	curl_easy_cleanup(p->curl);
	curl_slist_free_all(p->headers);
	buf_clear(&p->text);
	free(p);
}

static bool
add_header(struct post *p, const char *name, const char *value)
{
	char line[256];
	struct curl_slist *more;

	(void)snprintf(line, sizeof line, "%s: %s", name, value);
	more = curl_slist_append(p->headers, line);
	if (more != NULL)
		p->headers = more;
	return more != NULL;
}

static bool
set_headers(struct post *p, const struct webhook_post *in)
{
	char signature[WEBHOOK_SIGN_CHARS];
	char seconds[24];
	char key[80];

	if (in->sign == NULL)
		return add_header(p, "Content-Type", in->type) &&
		    add_header(p, "Expect", "");
	(void)snprintf(seconds, sizeof seconds, "%" PRId64, in->seconds);
	(void)snprintf(key, sizeof key, "\"%s\"", in->id);
	webhook_sign_put(signature, in->sign, in->id, in->seconds, in->body);
	return add_header(p, "Content-Type", "application/json") &&
	    add_header(p, "Idempotency-Key", key) &&
	    add_header(p, "webhook-id", in->id) &&
	    add_header(p, "webhook-timestamp", seconds) &&
	    add_header(p, "webhook-signature", signature) &&
	    add_header(p, "Expect", "");
}

#define SET(option, value) (curl_easy_setopt(c, (option), (value)) == CURLE_OK)

/* Where it goes, and nowhere else. */
static bool
set_limits(CURL *c, const struct webhook_post *in)
{
	return SET(CURLOPT_URL, in->url) &&
	    SET(CURLOPT_PROTOCOLS_STR, "http,https") &&
	    SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_PROXY, "") &&
	    SET(CURLOPT_NOPROXY, "*") &&
	    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	    SET(CURLOPT_NOSIGNAL, 1L) &&
	    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L) &&
	    SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
	    SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
	    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	    (in->ca_file == NULL || SET(CURLOPT_CAINFO, in->ca_file)) &&
	    SET(CURLOPT_TIMEOUT_MS, in->timeout_ms) &&
	    SET(CURLOPT_CONNECTTIMEOUT_MS, in->timeout_ms / CONNECT_PART) &&
	    /* A name server that does not answer holds up nobody else. */
	    SET(CURLOPT_QUICK_EXIT, 1L);
}

static bool
set_post(struct post *p, const struct webhook_post *in)
{
	CURL *c = p->curl;

	return c != NULL && set_limits(c, in) && set_headers(p, in) &&
	    SET(CURLOPT_HTTPHEADER, p->headers) &&
	    SET(CURLOPT_USERAGENT, "lianfang/" SERVICE_VERSION) &&
	    SET(CURLOPT_POST, 1L) &&
	    SET(CURLOPT_POSTFIELDSIZE, (long)in->body.len) &&
	    SET(CURLOPT_COPYPOSTFIELDS, (const char *)in->body.ptr) &&
	    SET(CURLOPT_WRITEFUNCTION, take_body) &&
	    SET(CURLOPT_WRITEDATA, (void *)p) &&
	    SET(CURLOPT_HEADERFUNCTION, take_head) &&
	    SET(CURLOPT_HEADERDATA, (void *)p) &&
	    SET(CURLOPT_ERRORBUFFER, p->why) && SET(CURLOPT_PRIVATE, (void *)p);
}

enum err
webhook_put(
    struct webhook *w, const struct webhook_post *in, struct err_why *why)
{
	struct post *p = mem_alloc(1, sizeof *p);

	p->of = w;
	p->keep = in->sign == NULL;
	buf_init(&p->text, WEBHOOK_ANSWER_MAX);
	p->done = in->done;
	p->arg = in->arg;
	p->curl = curl_easy_init();
	digest_init(&p->digest);
	if (!set_post(p, in) ||
	    curl_multi_add_handle(w->multi, p->curl) != CURLM_OK) {
		curl_easy_cleanup(p->curl);
		p->curl = NULL;
		free_post(p);
		return err_fail(why, ERR_IO, "libcurl does not start");
	}
	p->next = w->posts;
	if (p->next != NULL)
		p->next->prev = p;
	w->posts = p;
	w->len++;
	return ERR_OK;
}

/* What went wrong, without what a URL may hold. */
static void
say(struct webhook_answer *a, const struct post *p, CURLcode rc)
{
	const bool detail = rc == CURLE_PEER_FAILED_VERIFICATION ||
	    rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_COULDNT_CONNECT;

	(void)snprintf(a->error, sizeof a->error, "%.*s",
	    (int)sizeof a->error - 1,
	    detail && p->why[0] != '\0' ? p->why : curl_easy_strerror(rc));
}

static void
finish(struct post *p, CURLcode rc)
{
	curl_off_t retry_s = 0;

	(void)curl_easy_getinfo(
	    p->curl, CURLINFO_RESPONSE_CODE, &p->answer.status);
	(void)curl_easy_getinfo(p->curl, CURLINFO_RETRY_AFTER, &retry_s);
	p->answer.retry_s = retry_s < 0   ? 0
	    : retry_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S
	                                  : (int64_t)retry_s;
	digest_done(&p->digest, &p->answer.body);
	/* A body that is longer than it need be does not unsay its status; one
	 * that broke off may. */
	if (rc != CURLE_OK && !p->answer.cut) {
		say(&p->answer, p, rc);
		p->answer.status = 0;
	}
	p->answer.text = buf_view(&p->text);
	unlink_post(p);
	p->done(p->arg, &p->answer);
	free_post(p);
}

/* ---- all of them ---- */

enum err
webhook_open(struct webhook **out, struct err_why *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct webhook *w;

	(void)pthread_once(&once, start_curl);
	w = mem_alloc(1, sizeof *w);
	w->multi = curl_multi_init();
	if (w->multi == NULL) {
		free(w);
		return err_fail(why, ERR_IO, "libcurl does not start");
	}
	(void)curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, CACHED_MAX);
	*out = w;
	return ERR_OK;
}

unsigned
webhook_run(struct webhook *w, int wait_ms)
{
	CURLMsg *m;
	int running = 0;
	int left = 0;

	(void)curl_multi_poll(w->multi, NULL, 0, wait_ms, NULL);
	(void)curl_multi_perform(w->multi, &running);
	while ((m = curl_multi_info_read(w->multi, &left)) != NULL) {
		const CURLcode rc = m->data.result;
		struct post *p = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
		finish(p, rc);
	}
	return w->len;
}

void
webhook_wake(struct webhook *w)
{
	(void)curl_multi_wakeup(w->multi);
}

void
webhook_close(struct webhook *w)
{
	if (w == NULL)
		return;
	while (w->posts != NULL) {
		struct post *p = w->posts;

		w->posts = p->next;
		free_post(p);
	}
	(void)curl_multi_cleanup(w->multi);
	free(w);
}

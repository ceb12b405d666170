/* receiver.c - a small HTTP server on loopback that answers as it is told. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/receiver.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_MS 20

/* Waits for bytes; false: it is over. */
static bool
readable(struct receiver *r, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (!atomic_load(&r->ending)) {
		if (poll(&p, 1, POLL_MS) > 0)
			return true;
	}
	return false;
}

static const char *
body_of(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");

	return end != NULL ? end + 4 : NULL;
}

static const char *
header_of(const char *text, const char *name)
{
	const size_t len = strlen(name);

	for (const char *line = strstr(text, "\r\n"); line != NULL;
	     line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) == 0 &&
		    line[2 + len] == ':')
			return line + 2 + len + 1 +
			    strspn(line + 2 + len + 1, " ");
	}
	return NULL;
}

static bool
whole(const char *text, size_t len)
{
	const char *body = body_of(text);
	const char *length = header_of(text, "Content-Length");

	return body != NULL &&
	    (length == NULL ||
	        len - (size_t)(body - text) >= strtoul(length, NULL, 10));
}

static void
answer(struct receiver *r, int fd)
{
	char more[1024];
	const char *text = atomic_load(&r->answer);
	size_t left = atomic_load(&r->endless);
	char c;

	memset(more, 120, sizeof more);

	atomic_fetch_add(&r->requests, 1);
	if (text == NULL) {
		while (readable(r, fd) && read(fd, &c, 1) > 0)
			;
		return;
	}
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return;
	while (left > 0) {
		const size_t n = left < sizeof more ? left : sizeof more;

		if (send(fd, more, n, MSG_NOSIGNAL) < 0)
			return;
		left -= n;
	}
}

static void
serve(struct receiver *r, int fd)
{
	static _Thread_local char text[RECEIVER_KEPT];
	size_t len = 0;
	ssize_t n;

	text[0] = '\0';
	while (!whole(text, len) && len < sizeof text - 1 && readable(r, fd)) {
		n = read(fd, text + len, sizeof text - 1 - len);
		if (n <= 0)
			return;
		len += (size_t)n;
		text[len] = '\0';
	}
	if (!whole(text, len))
		return;
	(void)pthread_mutex_lock(&r->lock);
	memcpy(r->got, text, len + 1);
	(void)pthread_mutex_unlock(&r->lock);
	answer(r, fd);
}

static void *
receiver_main(void *arg)
{
	struct receiver *r = arg;

	while (readable(r, r->fd)) {
		int fd = accept(r->fd, NULL, NULL);

		if (fd < 0)
			continue;
		serve(r, fd);
		(void)shutdown(fd, SHUT_WR);
		(void)close(fd);
	}
	return NULL;
}

void
receiver_begin(struct receiver *r, const char *text)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int bad;

	memset(r, 0, sizeof *r);
	atomic_store(&r->answer, text);
	(void)pthread_mutex_init(&r->lock, NULL);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bad = r->fd < 0 || bind(r->fd, (struct sockaddr *)&a, sizeof a) != 0 ||
	    listen(r->fd, 16) != 0 ||
	    getsockname(r->fd, (struct sockaddr *)&a, &len) != 0;
	assert(!bad);
	r->port = ntohs(a.sin_port);
	bad = pthread_create(&r->thread, NULL, receiver_main, r);
	assert(!bad);
}

void
receiver_end(struct receiver *r)
{
	atomic_store(&r->ending, true);
	(void)pthread_join(r->thread, NULL);
	(void)close(r->fd);
	(void)pthread_mutex_destroy(&r->lock);
}

void
receiver_url(const struct receiver *r, char out[static 64])
{
	(void)snprintf(out, 64, "http://127.0.0.1:%u/hook", r->port);
}

void
receiver_got(struct receiver *r, const char *name, char *out, size_t cap)
{
	const char *at;

	(void)pthread_mutex_lock(&r->lock);
	at = name != NULL ? header_of(r->got, name) : body_of(r->got);
	(void)snprintf(out, cap, "%.*s",
	    at == NULL         ? 0
	        : name != NULL ? (int)strcspn(at, "\r")
	                       : (int)strlen(at),
	    at != NULL ? at : "");
	(void)pthread_mutex_unlock(&r->lock);
}

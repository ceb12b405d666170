/* peer_http.c - one keep-alive connection, one request at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/peers/peer_http.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/mem.h"
#include "tests/peers/peer.h"

void
peer_http_open(struct peer_http *h, const char *port)
{
	h->fd = peer_connect(port);
	h->answer = mem_alloc(PEER_HTTP_ANSWER_MAX + 1, 1);
}

void
peer_http_close(struct peer_http *h)
{
	(void)close(h->fd);
	free(h->answer);
}

/* True when the answer received so far is whole. */
static bool
is_whole(const char *answer, size_t len)
{
	const char *end = strstr(answer, "\r\n\r\n");
	const char *at;

	if (end == NULL)
		return false;
	at = strcasestr(answer, "\r\nContent-Length:");
	if (at != NULL && at < end)
		return len ==
		    (size_t)(end + 4 - answer) + strtoul(at + 17, NULL, 10);
	return memcmp(answer + len - 5, "0\r\n\r\n", 5) == 0;
}

void
peer_http_post(struct peer_http *h, const char *path, const char *extra,
    struct bytes body, unsigned want_status)
{
	char head[1024];
	size_t len = 0;
	int n = snprintf(head, sizeof(head),
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
	    "application/json\r\nContent-Length: %zu\r\n%s\r\n",
	    path, body.len, extra);

	peer_send(h->fd, head, (size_t)n);
	peer_send(h->fd, body.ptr, body.len);
	do {
		ssize_t got =
		    recv(h->fd, h->answer + len, PEER_HTTP_ANSWER_MAX - len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			peer_fail("%s: the connection was closed", path);
		len += (size_t)got;
		h->answer[len] = '\0';
	} while (!is_whole(h->answer, len));
	if (strtoul(h->answer + strlen("HTTP/1.1 "), NULL, 10) != want_status)
		peer_fail("%s: %.300s", path, h->answer);
}

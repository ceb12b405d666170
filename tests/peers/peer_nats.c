/* peer_nats.c - NATS JetStream, each message acknowledged by the stream. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/peers/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/mem.h"

#define IN_MAX ((size_t)1 << 16)
#define OUT_MAX ((size_t)2 << 20)

struct peer_client {
	int fd;
	unsigned number;
	char in[IN_MAX + 1];
	size_t in_len;
	char *out;
};

/* The next line without its end, taken from what was received. */
static void
take_line(struct peer_client *c, char *line, size_t cap)
{
	char *end;
	size_t len;

	while ((end = memmem(c->in, c->in_len, "\r\n", 2)) == NULL) {
		ssize_t n =
		    recv(c->fd, c->in + c->in_len, IN_MAX - c->in_len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			peer_fail("nats closed the connection");
		c->in_len += (size_t)n;
	}
	len = (size_t)(end - c->in);
	(void)snprintf(line, cap, "%.*s", (int)len, c->in);
	c->in_len -= len + 2;
	memmove(c->in, end + 2, c->in_len);
}

/* One acknowledgement: MSG, then its payload. */
static void
take_ack(struct peer_client *c)
{
	char line[4096];

	for (;;) {
		take_line(c, line, sizeof(line));
		if (strcmp(line, "PING") == 0)
			peer_send(c->fd, "PONG\r\n", 6);
		else if (strncmp(line, "-ERR", 4) == 0)
			peer_fail("nats: %s", line);
		else if (strncmp(line, "MSG ", 4) == 0)
			break;
	}
	take_line(c, line, sizeof(line));
	if (strstr(line, "\"error\"") != NULL)
		peer_fail("nats: %s", line);
}

static void
request(struct peer_client *c, const char *subject, const char *body)
{
	int n = snprintf(c->out, OUT_MAX, "PUB %s in.%u %zu\r\n%s\r\n", subject,
	    c->number, strlen(body), body);

	peer_send(c->fd, c->out, (size_t)n);
	take_ack(c);
}

struct peer_client *
peer_open(const char *where)
{
	static unsigned number;
	struct peer_client *c = mem_alloc(1, sizeof(*c));
	char hello[128];
	int n;

	c->fd = peer_connect(where);
	c->number = number++;
	c->out = mem_alloc(OUT_MAX, 1);
	n = snprintf(hello, sizeof(hello),
	    "CONNECT {\"verbose\":false}\r\nSUB in.%u 1\r\n", c->number);
	peer_send(c->fd, hello, (size_t)n);
	if (c->number == 0)
		request(c, "$JS.API.STREAM.CREATE.ALARMS",
		    "{\"name\":\"ALARMS\",\"subjects\":[\"alarm.>\"],"
		    "\"storage\":\"file\",\"retention\":\"limits\","
		    "\"num_replicas\":1}");
	return c;
}

void
peer_put(struct peer_client *c, const char *const *bodies, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(c->out + len, OUT_MAX - len,
		    "PUB alarm.%u in.%u %zu\r\n%s\r\n", c->number, c->number,
		    strlen(bodies[i]), bodies[i]);
	peer_send(c->fd, c->out, len);
	for (size_t i = 0; i < n; i++)
		take_ack(c);
}

void
peer_close(struct peer_client *c)
{
	(void)close(c->fd);
	free(c->out);
	free(c);
}

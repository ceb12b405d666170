/* load.c - an HTTP client of many connections that measures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/mem.h"
#include "tests/bench/bench.h"

#define HEAD_MAX 8192 /* bytes of an answer's header that are kept */
#define QUIET_MS 30000 /* no answer for so long: give up */

struct connection {
	int fd;
	unsigned number;
	char *out;
	size_t out_len;
	size_t out_at;
	char head[HEAD_MAX + 1];
	size_t head_len;
	bool in_body;
	bool chunked;
	uint64_t body_left;
	char tail[5]; /* the last bytes seen, to find the last chunk */
	double sent_at;
};

struct load {
	const struct load_plan *plan;
	int epoll;
	uint64_t sent;
	unsigned busy; /* connections that wait for an answer */
	double start;
	double *took;
	size_t took_len;
	size_t took_cap;
};

static void
watch(struct load *l, struct connection *c, uint32_t events, int how)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};

	if (epoll_ctl(l->epoll, how, c->fd, &ev) != 0)
		bench_fail("epoll_ctl: %s", strerror(errno));
}

static void
flush_out(struct load *l, struct connection *c)
{
	while (c->out_at < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->out_at,
		    c->out_len - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN) {
			watch(l, c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
			return;
		}
		if (n < 0)
			bench_fail("send: %s", strerror(errno));
		c->out_at += (size_t)n;
	}
	watch(l, c, EPOLLIN, EPOLL_CTL_MOD);
}

static void
send_next(struct load *l, struct connection *c)
{
	const struct load_plan *p = l->plan;

	if ((p->requests > 0 && l->sent >= p->requests) ||
	    (p->seconds > 0 && bench_now() - l->start >= p->seconds))
		return;
	l->sent++;
	l->busy++;
	c->out_len = p->next(p->arg, c->number, c->out);
	c->out_at = 0;
	c->head_len = 0;
	c->in_body = false;
	memset(c->tail, 0, sizeof(c->tail));
	c->sent_at = bench_now();
	flush_out(l, c);
}

static void
answered(struct load *l, struct connection *c)
{
	if (l->took_len == l->took_cap) {
		l->took_cap = l->took_cap * 2 + 4096;
		l->took = mem_resize(l->took, l->took_cap, sizeof(l->took[0]));
	}
	l->took[l->took_len++] = bench_now() - c->sent_at;
	l->busy--;
	send_next(l, c);
}

/* A complete header: status, and how the body ends. */
static void
read_head(struct load *l, struct connection *c)
{
	char *line = strstr(c->head, "\r\n");
	unsigned status = 0;

	if (strncmp(c->head, "HTTP/1.1 ", 9) == 0)
		status = (unsigned)strtoul(c->head + 9, NULL, 10);
	if (status != l->plan->want_status)
		bench_fail("status %u instead of %u:\n%s", status,
		    l->plan->want_status, c->head);
	c->chunked = false;
	c->body_left = 0;
	for (; line != NULL; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
			c->body_left = strtoull(line + 17, NULL, 10);
		if (strncasecmp(line + 2, "Transfer-Encoding:", 18) == 0)
			c->chunked = true;
	}
	c->in_body = true;
}

/* True when these bytes complete the body. */
static bool
skip_body(struct connection *c, const char *p, size_t len)
{
	char seen[10];
	size_t keep = len < 5 ? len : 5;

	if (!c->chunked) {
		if (len > c->body_left)
			bench_fail("more bytes than the answer announced");
		c->body_left -= len;
		return c->body_left == 0;
	}
	/* The last chunk, "0\r\n\r\n", ends what the server sends. */
	memcpy(seen, c->tail, 5);
	memcpy(seen + 5, p + len - keep, keep);
	memcpy(c->tail, seen + keep, 5);
	return memcmp(c->tail, "0\r\n\r\n", 5) == 0;
}

static void
take_in(struct load *l, struct connection *c, const char *p, size_t len)
{
	size_t old = c->head_len;
	size_t room = HEAD_MAX - old;
	size_t part = len < room ? len : room;
	char *end;

	if (!c->in_body) {
		memcpy(c->head + old, p, part);
		c->head_len += part;
		c->head[c->head_len] = '\0';
		end = strstr(c->head, "\r\n\r\n");
		if (end == NULL && c->head_len == HEAD_MAX)
			bench_fail("header over %d bytes", HEAD_MAX);
		if (end == NULL)
			return;
		read_head(l, c);
		part = (size_t)(end + 4 - c->head) - old;
		p += part;
		len -= part;
		if (len == 0 && (c->chunked || c->body_left > 0))
			return;
	}
	if (len == 0 || skip_body(c, p, len))
		answered(l, c);
}

static void
on_ready(struct load *l, struct connection *c, uint32_t events)
{
	static char in[1 << 18];
	ssize_t n;

	if ((events & EPOLLOUT) != 0)
		flush_out(l, c);
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0)
		return;
	n = recv(c->fd, in, sizeof(in), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		bench_fail("the node closed a connection");
	take_in(l, c, in, (size_t)n);
}

static void
connect_one(struct load *l, struct connection *c, unsigned number)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(l->plan->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	c->number = number;
	c->out = mem_alloc(LOAD_REQUEST_MAX, 1);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		bench_fail("connect: %s", strerror(errno));
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	watch(l, c, EPOLLIN, EPOLL_CTL_ADD);
}

void
load_run(const struct load_plan *plan, struct load_result *out)
{
	struct load l = {.plan = plan};
	struct connection *all =
	    mem_alloc(plan->connections, sizeof(struct connection));
	struct epoll_event ready[64];

	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l.epoll < 0)
		bench_fail("epoll: %s", strerror(errno));
	for (unsigned i = 0; i < plan->connections; i++)
		connect_one(&l, &all[i], i);
	l.start = bench_now();
	for (unsigned i = 0; i < plan->connections; i++)
		send_next(&l, &all[i]);
	while (l.busy > 0) {
		int n = epoll_wait(l.epoll, ready, 64, QUIET_MS);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			bench_fail("no answer within %d s", QUIET_MS / 1000);
		for (int i = 0; i < n; i++)
			on_ready(&l, ready[i].data.ptr, ready[i].events);
	}
	out->seconds = bench_now() - l.start;
	out->requests = l.took_len;
	out->p50_ms = bench_quantile(l.took, l.took_len, 0.5) * 1e3;
	out->p99_ms = bench_quantile(l.took, l.took_len, 0.99) * 1e3;
	out->max_ms = bench_quantile(l.took, l.took_len, 1) * 1e3;
	for (unsigned i = 0; i < plan->connections; i++) {
		(void)close(all[i].fd);
		free(all[i].out);
	}
	(void)close(l.epoll);
	free(all);
	free(l.took);
}

/* relay.c - a line between two ends that can be cut and hushed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/relay.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/mem.h"

#define PAIRS 16
#define TURN_MS 5

struct relay {
	pthread_t thread;
	int listener;
	char url[64];
	_Atomic int port; /* where it leads */
	atomic_bool hush;
	atomic_bool cut;
	atomic_bool end;
	int fd[PAIRS][2]; /* -1: free */
};

static void
must(bool ok)
{
	if (!ok) {
		perror("relay");
		abort();
	}
}

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void
drop(struct relay *r, int i)
{
	for (int k = 0; k < 2; k++) {
		if (r->fd[i][k] >= 0)
			(void)close(r->fd[i][k]);
		r->fd[i][k] = -1;
	}
}

static void
take(struct relay *r)
{
	struct sockaddr_in to = loopback(atomic_load(&r->port));
	int fd = accept(r->listener, NULL, NULL);
	int i = 0;

	while (i < PAIRS && r->fd[i][0] >= 0)
		i++;
	if (fd < 0 || i == PAIRS) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	r->fd[i][0] = fd;
	r->fd[i][1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(r->fd[i][1], (struct sockaddr *)&to, sizeof to) != 0)
		drop(r, i);
}

/* What one end says, to the other one. */
static void
pass(struct relay *r, int i, int k)
{
	uint8_t some[65536];
	ssize_t n = read(r->fd[i][k], some, sizeof some);
	ssize_t done = 0, m;

	if (n <= 0) {
		drop(r, i);
		return;
	}
	while (!atomic_load(&r->hush) && done < n) {
		m = send(r->fd[i][1 - k], some + done, (size_t)(n - done),
		    MSG_NOSIGNAL);
		if (m <= 0) {
			drop(r, i);
			return;
		}
		done += m;
	}
}

static void *
run(void *arg)
{
	struct relay *r = arg;
	struct pollfd p[2 * PAIRS + 1];

	while (!atomic_load(&r->end)) {
		if (atomic_exchange(&r->cut, false))
			for (int i = 0; i < PAIRS; i++)
				drop(r, i);
		for (int i = 0; i < 2 * PAIRS; i++)
			p[i] = (struct pollfd){r->fd[i / 2][i % 2], POLLIN, 0};
		p[2 * PAIRS] = (struct pollfd){r->listener, POLLIN, 0};
		if (poll(p, 2 * PAIRS + 1, TURN_MS) <= 0)
			continue;
		for (int i = 0; i < 2 * PAIRS; i++)
			if (p[i].revents != 0 &&
			    r->fd[i / 2][i % 2] == p[i].fd && p[i].fd >= 0)
				pass(r, i / 2, i % 2);
		if (p[2 * PAIRS].revents != 0)
			take(r);
	}
	for (int i = 0; i < PAIRS; i++)
		drop(r, i);
	return NULL;
}

void
relay_to(struct relay *r, const char *to)
{
	const char *colon = strrchr(to, ':');

	atomic_store(
	    &r->port, colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 0);
}

struct relay *
relay_start(const char *to)
{
	struct relay *r = mem_alloc(1, sizeof *r);
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof at;

	memset(r->fd, 0xff, sizeof r->fd);
	relay_to(r, to);
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(r->listener, (struct sockaddr *)&at, sizeof at) == 0);
	must(listen(r->listener, PAIRS) == 0);
	must(getsockname(r->listener, (struct sockaddr *)&at, &len) == 0);
	(void)snprintf(
	    r->url, sizeof r->url, "tcp://127.0.0.1:%d", ntohs(at.sin_port));
	must(pthread_create(&r->thread, NULL, run, r) == 0);
	return r;
}

const char *
relay_url(const struct relay *r)
{
	return r->url;
}

void
relay_cut(struct relay *r)
{
	atomic_store(&r->cut, true);
}

void
relay_hush(struct relay *r, bool on)
{
	atomic_store(&r->hush, on);
}

void
relay_end(struct relay *r)
{
	atomic_store(&r->end, true);
	(void)pthread_join(r->thread, NULL);
	(void)close(r->listener);
	free(r);
}

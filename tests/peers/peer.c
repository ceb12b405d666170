/* peer.c - clients in a closed loop against one system. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/peers/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/mem.h"
#include "tests/bench/alarms.h"
#include "tests/bench/bench.h"

#define BODY_MAX 2048
#define CLIENTS_MAX 256
#define BATCH_MAX 1000

struct worker {
	pthread_t thread;
	struct peer_client *client;
	unsigned number;
	size_t batch;
	double until;
	double *took; /* seconds, one per batch */
	size_t len;
	size_t cap;
};

void
peer_fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "peers: ");
	(void)vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

int
peer_connect(const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		peer_fail("connect to port %s: %s", port, strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

void
peer_send(int fd, const void *p, size_t len)
{
	const char *at = p;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			peer_fail("send: %s", strerror(errno));
		at += n;
		len -= (size_t)n;
	}
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct alarms alarms;
	char *text = mem_alloc(w->batch, BODY_MAX);
	const char **bodies = mem_alloc(w->batch, sizeof(*bodies));
	char prefix[16];

	(void)snprintf(prefix, sizeof(prefix), "w%u", w->number);
	alarms_init(&alarms, prefix);
	while (bench_now() < w->until) {
		double start;

		for (size_t i = 0; i < w->batch; i++) {
			char *body = text + i * BODY_MAX;

			body[alarms_json(&alarms, 0, body)] = '\0';
			bodies[i] = body;
		}
		start = bench_now();
		peer_put(w->client, bodies, w->batch);
		if (w->len == w->cap) {
			w->cap = w->cap * 2 + 1024;
			w->took = mem_resize(w->took, w->cap, sizeof(*w->took));
		}
		w->took[w->len++] = bench_now() - start;
	}
	free(bodies);
	free(text);
	return NULL;
}

static void
measure(struct worker *all, unsigned clients, double seconds, double *rate,
    double *p50, double *p99)
{
	double start = bench_now();
	double *took = NULL;
	size_t len = 0;

	for (unsigned i = 0; i < clients; i++) {
		all[i].len = 0;
		all[i].until = start + seconds;
		if (pthread_create(&all[i].thread, NULL, work, &all[i]) != 0)
			peer_fail("cannot start a thread");
	}
	for (unsigned i = 0; i < clients; i++) {
		(void)pthread_join(all[i].thread, NULL);
		if (all[i].len == 0)
			continue;
		took = mem_resize(took, len + all[i].len, sizeof(*took));
		memcpy(took + len, all[i].took, all[i].len * sizeof(*took));
		len += all[i].len;
	}
	if (len == 0)
		peer_fail("nothing was acknowledged");
	*rate = (double)(len * all[0].batch) / (bench_now() - start);
	*p50 = bench_quantile(took, len, 0.5) * 1e3;
	*p99 = bench_quantile(took, len, 0.99) * 1e3;
	free(took);
}

int
main(int argc, char **argv)
{
	static struct worker all[CLIENTS_MAX];
	unsigned clients;
	size_t batch;
	double rate;
	double p50;
	double p99;

	if (argc != 5) {
		fprintf(
		    stderr, "usage: %s WHERE CLIENTS BATCH SECONDS\n", argv[0]);
		return 2;
	}
	clients = (unsigned)strtoul(argv[2], NULL, 10);
	batch = strtoul(argv[3], NULL, 10);
	if (clients == 0 || clients > CLIENTS_MAX || batch == 0 ||
	    batch > BATCH_MAX)
		peer_fail("up to %d clients, up to %d a batch", CLIENTS_MAX,
		    BATCH_MAX);
	for (unsigned i = 0; i < clients; i++) {
		all[i].number = i;
		all[i].batch = batch;
		all[i].client = peer_open(argv[1]);
	}
	measure(all, clients, 1, &rate, &p50, &p99);
	measure(all, clients, strtod(argv[4], NULL), &rate, &p50, &p99);
	printf("%.1f %.3f %.3f\n", rate, p50, p99);
	for (unsigned i = 0; i < clients; i++) {
		peer_close(all[i].client);
		free(all[i].took);
	}
	return 0;
}

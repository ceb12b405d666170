/* bench_catch.c - how fast a new replica catches up. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_catch.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/alarms.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_node.h"
#include "tests/bench/load.h"

#define ENTRIES 200000
#define PER_REQUEST 1000
#define ORIGIN "site.bench.example/evidence/1"
#define GIVE_UP_SECONDS 120

struct catch_run {
	struct alarms alarms;
	char *token;
};

static size_t
next_batch(void *arg, unsigned connection, char *out)
{
	static char body[LOAD_REQUEST_MAX - 1024];
	struct catch_run *r = arg;
	size_t len = 0;
	int n;

	for (int i = 0; i < PER_REQUEST; i++)
		len += alarms_pb_item(&r->alarms, connection, body + len);
	n = snprintf(out, 1024,
	    "POST /v1/alarms HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Authorization: Bearer %s\r\n"
	    "Content-Type: application/x-protobuf\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    r->token, len);
	memcpy(out + n, body, len);
	return (size_t)n + len;
}

static void
fill(struct bench_node *site)
{
	struct catch_run r = {.token = bench_node_token(site, "ingest")};
	struct load_plan plan = {.port = site->port,
	    .connections = 4,
	    .requests = ENTRIES / PER_REQUEST,
	    .want_status = 201,
	    .next = next_batch,
	    .arg = &r};
	struct load_result res;

	alarms_init(&r.alarms, "catch");
	load_run(&plan, &res);
	free(r.token);
}

/* What lianfang prints is of no interest here. */
static void
order(const struct bench_node *n, const char *const *args)
{
	free(bench_node_cli(n, args));
}

/* An alliance of the two, in which the hq may read the site with bodies. */
static void
ally(struct bench_node *site, struct bench_node *hq)
{
	char genesis[TEMP_PATH_BYTES];
	char card[2][TEMP_PATH_BYTES];
	const char *const card_site[] = {
	    "alliance", "card", "-o", card[0], NULL};
	const char *const card_hq[] = {"alliance", "card", "-o", card[1], NULL};
	const char *const create[] = {"alliance", "create", "--name", "bench",
	    "--grant", "hq.bench.example:site.bench.example", "-o", genesis,
	    card[0], card[1], NULL};
	const char *const join[] = {"alliance", "join", genesis, NULL};

	temp_path(genesis, bench_dir(site->bench), "genesis.json");
	temp_path(card[0], bench_dir(site->bench), "site.json");
	temp_path(card[1], bench_dir(site->bench), "hq.json");
	order(site, card_site);
	order(hq, card_hq);
	order(hq, create);
	order(site, join);
	order(hq, join);
}

/*
 * Entries that the hq holds of the site.  Asked over a socket: starting a
 * program every time costs the cores that are measured one part in twenty.
 */
static uint64_t
held(const struct bench_node *hq, const char *token)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(hq->port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	char text[8192];
	size_t len = 0;
	const char *at;
	ssize_t n;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	n = snprintf(text, sizeof(text),
	    "GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Authorization: Bearer %s\r\nConnection: close\r\n\r\n",
	    token);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0 ||
	    write(fd, text, (size_t)n) != n)
		bench_fail("cannot ask the hq how it is");
	while (len < sizeof(text) - 1 &&
	    (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(fd);
	text[len] = '\0';
	if (strncmp(text, "HTTP/1.1 200", 12) != 0)
		bench_fail("the hq says \"%.200s\"", text);
	at = strstr(text, "\"origin\":\"" ORIGIN "\"");
	at = at != NULL ? strstr(at, "\"size\":\"") : NULL;
	return at != NULL ? strtoull(at + strlen("\"size\":\""), NULL, 10) : 0;
}

void
bench_catch(struct bench *b)
{
	const struct timespec pause = {0, 20000000};
	struct bench_node site;
	struct bench_node hq;
	char at[64];
	char *token;
	double start;
	uint64_t size = 0;

	(void)snprintf(at, sizeof(at), "tcp://127.0.0.1:%u",
	    (unsigned)bench_node_free_port());
	bench_node_init(&site, b, "site", "plant", at);
	(void)snprintf(at, sizeof(at), "tcp://127.0.0.1:%u",
	    (unsigned)bench_node_free_port());
	bench_node_init(&hq, b, "hq", "hq", at);
	ally(&site, &hq);
	bench_node_start(&site);
	fill(&site);

	token = bench_node_token(&hq, "operator");
	bench_node_start(&hq);
	start = bench_now();
	while (size < ENTRIES) {
		(void)nanosleep(&pause, NULL);
		size = held(&hq, token);
		if (bench_now() - start > GIVE_UP_SECONDS)
			bench_fail("the replica holds %" PRIu64 " of %d after "
			           "%d s",
			    size, ENTRIES, GIVE_UP_SECONDS);
	}
	bench_add(b, "catch_up", (double)size / (bench_now() - start), "/s",
	    "%" PRIu64 " entries with bodies of 600 bytes, verified and "
	    "stored by a new replica, over nng on loopback, both nodes on "
	    "these cores, from its start",
	    size);
	free(token);
	bench_node_stop(&hq);
	bench_node_stop(&site);
}

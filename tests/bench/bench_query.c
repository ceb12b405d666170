/* bench_query.c - how long a plant's questions take when much is stored. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_query.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/buf.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_host.h"
#include "tests/bench/bench_node.h"
#include "tests/bench/load.h"
#include "tests/bench/stock.h"

#define NAME "query.bench.example"
#define SECONDS 3.0
#define ROUNDS 5
#define ROUND_SECONDS 2.0
#define HOUR 3600

struct ask {
	const struct bench_node *node;
	const struct stock *stock;
	const char *token;
	const char *what; /* "alarms" */
	uint64_t random;
};

static uint64_t
draw(struct ask *a, uint64_t n)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return a->random % n;
}

static const char *
time_text(char out[static 32], int64_t us)
{
	const time_t s = (time_t)(us / 1000000);
	struct tm tm;

	(void)gmtime_r(&s, &tm);
	(void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

/* A moment of the month, at random. */
static int64_t
moment(struct ask *a)
{
	return a->stock->from_us +
	    (int64_t)draw(a, STOCK_DAYS * 24 - 1) * HOUR * 1000000;
}

static size_t
get(struct ask *a, char *out, const char *target)
{
	return (size_t)snprintf(out, 2048,
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Authorization: Bearer %s\r\n\r\n",
	    target, a->token);
}

/* An hour of an area. */
static size_t
next_list(void *arg, unsigned connection, char *out)
{
	struct ask *a = arg;
	const int64_t from = moment(a);
	char target[256], low[32], high[32];

	(void)connection;
	(void)snprintf(target, sizeof target,
	    "/v1/%s?area=area-%02u&from=%s&to=%s&limit=50", a->what,
	    (unsigned)draw(a, STOCK_AREAS), time_text(low, from),
	    time_text(high, from + INT64_C(1000000) * HOUR));
	return get(a, out, target);
}

static size_t
next_at(void *arg, unsigned connection, char *out)
{
	struct ask *a = arg;
	char target[256], time[32];

	(void)connection;
	(void)snprintf(target, sizeof target, "/v1/at?area=area-%02u&time=%s",
	    (unsigned)draw(a, STOCK_AREAS), time_text(time, moment(a)));
	return get(a, out, target);
}

static size_t
next_decision(void *arg, unsigned connection, char *out)
{
	struct ask *a = arg;
	char target[256];

	(void)connection;
	(void)snprintf(target, sizeof target,
	    "/v1/decisions?holder=w-%03u&work=hot-work&level=2&area=area-%02u",
	    (unsigned)draw(a, STOCK_WORKERS), (unsigned)draw(a, STOCK_AREAS));
	return get(a, out, target);
}

static size_t
next_roster(void *arg, unsigned connection, char *out)
{
	struct ask *a = arg;
	struct buf body;
	size_t n;

	(void)connection;
	buf_init(&body, 65536);
	buf_printf(&body,
	    "{\"workType\":\"hot-work\",\"level\":\"LEVEL_2\",\"area\":"
	    "\"area-%02u\",\"holders\":[",
	    (unsigned)draw(a, STOCK_AREAS));
	for (unsigned i = 0; i < STOCK_WORKERS; i++)
		buf_printf(&body, "%s\"w-%03u\"", i > 0 ? "," : "", i);
	buf_printf(&body, "]}");
	n = (size_t)snprintf(out, 65536,
	    "POST /v1/decisions/roster HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    a->token, body.len, buf_cstr(&body));
	buf_clear(&body);
	return n;
}

static void
measure(struct bench *b, struct ask *a, const char *name,
    size_t (*next)(void *arg, unsigned connection, char *out),
    const char *conditions)
{
	struct load_plan plan = {.port = a->node->port,
	    .connections = 1,
	    .seconds = SECONDS,
	    .want_status = 200,
	    .next = next,
	    .arg = a};
	struct load_result res;

	load_run(&plan, &res);
	bench_add(b, name, res.p99_ms, "ms",
	    "p99 of %s, %u alarms and %u permits stored, 1 client, the node on "
	    "one core; p50 %.2f ms",
	    conditions, a->stock->alarms, a->stock->permits, res.p50_ms);
}

/* A decision waits for its own entry's sync: rounds of the disk alone and of
 * decisions in turn, so that what else the disk does meets both alike. */
static void
measure_decisions(struct bench *b, struct ask *a)
{
	struct load_plan plan = {.port = a->node->port,
	    .connections = 1,
	    .seconds = ROUND_SECONDS,
	    .want_status = 200,
	    .next = next_decision,
	    .arg = a};
	struct load_result res;
	double p50[ROUNDS], p99[ROUNDS], disk[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		disk[i] = bench_host_sync(b, ROUND_SECONDS, 0.99);
		load_run(&plan, &res);
		p50[i] = res.p50_ms;
		p99[i] = res.p99_ms;
	}
	bench_add(b, "query_decision", bench_quantile(p99, ROUNDS, 0.5), "ms",
	    "p99 of one decision, durable in the ledger, the same store and "
	    "client, median of %d rounds; p50 %.2f ms",
	    ROUNDS, bench_quantile(p50, ROUNDS, 0.5));
	bench_add(b, "query_decision_disk", bench_quantile(disk, ROUNDS, 0.5),
	    "ms",
	    "p99 of one fdatasync of 4 KiB beside the store, rounds of both in "
	    "turn");
}

/* The calling thread, and what it starts, on these of the processors. */
static void
stay(unsigned from, unsigned to)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned i = from; i <= to; i++)
		CPU_SET(i, &set);
	if (sched_setaffinity(0, sizeof set, &set) != 0)
		bench_fail("the node cannot have a processor of its own");
}

static unsigned
number(const char *name, unsigned otherwise)
{
	const char *given = getenv(name);

	return given != NULL ? (unsigned)strtoul(given, NULL, 10) : otherwise;
}

/* A port of its own each time. */
static void
configure(const char *dir)
{
	char path[TEMP_PATH_BYTES + 16];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/node.yaml", dir);
	f = fopen(path, "w");
	if (f == NULL)
		bench_fail("%s: cannot write", path);
	fprintf(f,
	    "name: " NAME "\nrole: PLANT\ncompany: " NAME
	    "\nhttp: 127.0.0.1:0\nfederation: tcp://127.0.0.1:0\n");
	(void)fclose(f);
}

static void
fill(struct bench *b, struct stock *stock, const char *dir)
{
	double start = bench_now();

	stock_fill(stock, dir, NAME);
	bench_add(b, "query_fill", bench_now() - start, "s",
	    "%u alarms raised and cleared, %u permits applied for, all but %u "
	    "cancelled",
	    stock->alarms, stock->permits, STOCK_OPEN);
	configure(dir);
}

void
bench_query(struct bench *b)
{
	const char *kept = getenv("BENCH_STORE");
	struct stock stock = {.alarms = number("STOCK_ALARMS", 1000000),
	    .permits = number("STOCK_PERMITS", 100000)};
	struct bench_node node;
	struct ask ask = {.node = &node, .stock = &stock, .random = 7};
	char dir[TEMP_PATH_BYTES];
	char *token;

	if (kept != NULL)
		(void)snprintf(dir, sizeof dir, "%s", kept);
	else
		temp_path(dir, bench_dir(b), "query");
	stock.from_us = stock_from();
	if (mkdir(dir, 0700) == 0)
		fill(b, &stock, dir);
	else if (kept == NULL || errno != EEXIST)
		bench_fail("%s: cannot be made", dir);
	bench_node_keep(&node, b, dir, "query");
	stay(1, 1);
	bench_node_start(&node);
	stay(0, CPU_SETSIZE - 1);
	token = bench_node_token(&node, "operator");
	ask.token = token;
	ask.what = "alarms";
	measure(b, &ask, "query_alarms", next_list,
	    "a list of one hour of one area");
	ask.what = "permits";
	measure(b, &ask, "query_permits", next_list, "the same of permits");
	measure(b, &ask, "query_at", next_at,
	    "what was going on in an area at a time");
	measure_decisions(b, &ask);
	measure(b, &ask, "query_roster", next_roster,
	    "decisions on 500 persons in one request");
	free(token);
	bench_node_stop(&node);
}

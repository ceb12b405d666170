/* bench_scale.c - the same figures as a log grows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_scale.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/bench_run.h"
#include "tests/bench/load.h"

#define SECONDS 3.0
#define MANY 64
#define FEW 8 /* of queries one token has a fair part */
#define BODY_BYTES 600.0
#define MEASURED 200000 /* entries, of those before a step */

static const uint64_t steps[] = {10000, 1000000, 10000000, 100000000};

/* Fifty rows of one area, newest first: a page as a person sees it. */
static size_t
next_list(void *arg, unsigned connection, char *out)
{
	const struct bench_run *r = arg;

	(void)connection;
	return (size_t)snprintf(out, 1024,
	    "GET /v1/alarms?area=tank-farm-2&limit=50 HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
	    r->reader);
}

/* What is going on in one area now. */
static size_t
next_at(void *arg, unsigned connection, char *out)
{
	const struct bench_run *r = arg;

	(void)connection;
	return (size_t)snprintf(out, 1024,
	    "GET /v1/at?area=tank-farm-2 HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
	    r->reader);
}

static void
add(struct bench_run *r, uint64_t n, const char *what, double value,
    const char *unit, const char *conditions)
{
	char name[48];

	(void)snprintf(name, sizeof(name), "at_%" PRIu64 "_%s", n, what);
	bench_add(r->bench, name, value, unit, "%s", conditions);
}

/* The last of them are measured. */
static void
append(struct bench_run *r, uint64_t n)
{
	const uint64_t last = n / 2 < MEASURED ? n / 2 : MEASURED;
	double start;
	double written;
	uint64_t before;

	bench_run_fill(r, n - last);
	before = r->size;
	written = bench_node_written(&r->node);
	start = bench_now();
	bench_run_fill(r, n);
	if (r->size == before) /* it was as large already */
		return;
	add(r, n, "array_pb",
	    (double)(r->size - before) / (bench_now() - start), "/s",
	    "the last of them, arrays of 1000 as protobuf, 4 clients");
	add(r, n, "written",
	    (bench_node_written(&r->node) - written) /
	        ((double)(r->size - before) * BODY_BYTES),
	    "x", "bytes written to files meanwhile over those of the bodies");
}

static void
post(struct bench_run *r, uint64_t n, const char *what, unsigned connections)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = connections,
	    .seconds = SECONDS,
	    .want_status = 201,
	    .next = bench_run_one,
	    .arg = r};
	struct load_result res;

	load_run(&plan, &res);
	if (connections == 1)
		add(r, n, what, res.p50_ms, "ms",
		    "p50 of 1 alarm per POST, 1 client");
	else
		add(r, n, what, (double)res.requests / res.seconds, "/s",
		    "1 alarm per POST, 64 clients");
}

static double
rate(struct bench_run *r, unsigned connections,
    size_t (*next)(void *arg, unsigned connection, char *))
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = connections,
	    .seconds = SECONDS,
	    .want_status = 200,
	    .next = next,
	    .arg = r};
	struct load_result res;

	load_run(&plan, &res);
	return (double)res.requests / res.seconds;
}

static void
ask_at(struct bench_run *r, uint64_t n)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = 1,
	    .seconds = SECONDS,
	    .want_status = 200,
	    .next = next_at,
	    .arg = r};
	struct load_result res;

	load_run(&plan, &res);
	add(r, n, "at_p99", res.p99_ms, "ms",
	    "p99 of what is going on in one area now, 50 of each kind, 1 "
	    "client");
}

static void
disk(struct bench_run *r, uint64_t n)
{
	add(r, n, "disk", bench_node_disk(&r->node) / (double)r->size, "B",
	    "of the node's directory for each entry, all tables");
}

static double
start(struct bench_run *r)
{
	double from = bench_now();

	bench_node_start(&r->node);
	return bench_now() - from;
}

/* In memory; out of it; and after a kill under load, with frames to replay. */
static void
starts(struct bench_run *r, uint64_t n)
{
	struct load_plan plan = {.connections = MANY,
	    .seconds = 1,
	    .want_status = 201,
	    .next = bench_run_one,
	    .arg = r};
	struct load_result res;

	bench_node_stop(&r->node);
	add(r, n, "start", start(r), "s", "from exec to ready");
	bench_node_stop(&r->node);
	bench_node_chill(&r->node);
	add(r, n, "start_cold", start(r), "s",
	    "the same, none of the store in memory");
	plan.port = r->node.port;
	load_run(&plan, &res);
	bench_node_kill(&r->node);
	add(r, n, "start_killed", start(r), "s",
	    "after a kill right after single posts");
	bench_node_kill(&r->node);
	bench_node_chill(&r->node);
	add(r, n, "start_killed_cold", start(r), "s",
	    "the same once more, none of the store in memory");
}

static void
step(struct bench_run *r, uint64_t n)
{
	append(r, n);
	/* Before single posts, which cost more to write. */
	disk(r, n);
	post(r, n, "post_c64", MANY);
	post(r, n, "post_c1", 1);
	add(r, n, "proof", rate(r, MANY, bench_run_proof), "/s",
	    "tlog-proof of random leaves, 64 clients");
	add(r, n, "list", rate(r, FEW, next_list), "/s",
	    "pages of 50 alarms of one area, 8 clients");
	ask_at(r, n);
	starts(r, n);
	r->size = bench_node_size(&r->node, r->origin);
}

static uint64_t
wanted(void)
{
	const char *most = getenv("BENCH_ENTRIES");

	return most != NULL ? strtoull(most, NULL, 10) : steps[1];
}

void
bench_scale(struct bench *b)
{
	static struct bench_run r;
	uint64_t end = wanted();

	bench_run_begin(&r, b, "scale");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i] > end)
			break;
		/* A store that was kept may be beyond it. */
		if (r.size < steps[i] + steps[i] / 10)
			step(&r, steps[i]);
	}
	bench_run_end(&r);
}

void
bench_scale_fill(struct bench *b)
{
	static struct bench_run r;

	bench_run_begin(&r, b, "scale");
	bench_run_fill(&r, wanted());
	bench_run_end(&r);
}

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
#define BODY_BYTES 600.0

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

static void
add(struct bench_run *r, uint64_t n, const char *what, double value,
    const char *unit, const char *conditions)
{
	char name[48];

	(void)snprintf(name, sizeof(name), "at_%" PRIu64 "_%s", n, what);
	bench_add(r->bench, name, value, unit, "%s", conditions);
}

static void
fill(struct bench_run *r, uint64_t n)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = 4,
	    .want_status = 201,
	    .next = bench_run_array_pb,
	    .arg = r};
	struct load_result res;
	double start = bench_now();
	uint64_t before = r->size;
	double written = bench_node_written(&r->node);

	plan.requests = (n - r->size + BENCH_RUN_ARRAY - 1) / BENCH_RUN_ARRAY;
	load_run(&plan, &res);
	r->size = bench_node_size(&r->node, r->origin);
	add(r, n, "array_pb",
	    (double)(r->size - before) / (bench_now() - start), "/s",
	    "arrays of 1000 as protobuf, 4 clients, all the way there");
	add(r, n, "written",
	    (bench_node_written(&r->node) - written) /
	        ((double)(r->size - before) * BODY_BYTES),
	    "x",
	    "bytes written to the disk meanwhile over those of the bodies");
}

static double
rate(struct bench_run *r, unsigned status,
    size_t (*next)(void *arg, unsigned connection, char *out))
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = MANY,
	    .seconds = SECONDS,
	    .want_status = status,
	    .next = next,
	    .arg = r};
	struct load_result res;

	load_run(&plan, &res);
	return (double)res.requests / res.seconds;
}

static void
disk(struct bench_run *r, uint64_t n)
{
	add(r, n, "disk", bench_node_disk(&r->node) / (double)r->size, "B",
	    "of the node's directory for each entry, all tables");
}

static void
restart(struct bench_run *r, uint64_t n)
{
	double start;

	bench_node_stop(&r->node);
	start = bench_now();
	bench_node_start(&r->node);
	add(r, n, "start", bench_now() - start, "s", "from exec to ready");
}

void
bench_scale(struct bench *b)
{
	static struct bench_run r;
	const char *most = getenv("BENCH_ENTRIES");
	uint64_t end = most != NULL ? strtoull(most, NULL, 10) : steps[1];

	bench_run_begin(&r, b, "scale");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint64_t n = steps[i];

		if (n > end)
			break;
		fill(&r, n);
		/* Before single posts, which cost more to write. */
		disk(&r, n);
		add(&r, n, "post_c64", rate(&r, 201, bench_run_one), "/s",
		    "1 alarm per POST, 64 clients");
		add(&r, n, "proof", rate(&r, 200, bench_run_proof), "/s",
		    "tlog-proof of random leaves, 64 clients");
		add(&r, n, "list", rate(&r, 200, next_list), "/s",
		    "pages of 50 alarms of one area, 64 clients");
		restart(&r, n);
		r.size = bench_node_size(&r.node, r.origin);
	}
	bench_run_end(&r);
}

/* bench_http.c - a running node under HTTP load. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/bench/bench_host.h"
#include "tests/bench/bench_proof.h"
#include "tests/bench/bench_run.h"
#include "tests/bench/load.h"

#define WARM_SECONDS 1.0
#define SECONDS 5.0
#define MANY 64
#define ROUNDS 9
#define PROOF_ENTRIES 200000 /* to prove */
#define ROUND_SECONDS 0.5
#define C1_SYNCS 1.5
#define C1_REST_MS 0.2

/* Also says what one request cost the node, in microseconds. */
static double
measure(struct bench_run *r, struct load_plan *plan, struct load_result *out)
{
	plan->port = r->node.port;
	plan->arg = r;
	plan->seconds = WARM_SECONDS;
	load_run(plan, out);
	plan->seconds = SECONDS;
	double cpu = bench_node_cpu(&r->node);
	load_run(plan, out);
	cpu = bench_node_cpu(&r->node) - cpu;
	return cpu / (double)out->requests * 1e6;
}

/* Rounds of the disk alone and of one client in turn, so that what else the
 * machine does meets both alike. */
static void
one_client(struct bench_run *r, struct load_plan *plan)
{
	double bound[ROUNDS];
	double p50[ROUNDS];
	double p99 = 0;
	struct load_result res;

	plan->port = r->node.port;
	plan->arg = r;
	plan->seconds = WARM_SECONDS;
	load_run(plan, &res);
	plan->seconds = ROUND_SECONDS;
	for (size_t i = 0; i < ROUNDS; i++) {
		double sync = bench_host_sync(r->bench, ROUND_SECONDS, 0.5);

		load_run(plan, &res);
		bound[i] = C1_SYNCS * sync + C1_REST_MS;
		p50[i] = res.p50_ms;
		p99 = res.p99_ms > p99 ? res.p99_ms : p99;
	}
	bench_bound("alarm_post_c1", bench_quantile(bound, ROUNDS, 0.5));
	bench_add(r->bench, "alarm_post_c1", bench_quantile(p50, ROUNDS, 0.5),
	    "ms",
	    "p50 of one POST (600 bytes JSON, fsync on), 1 client; at most "
	    "%.1f p50 of one fdatasync of 4 KiB beside the store and %.1f ms, "
	    "%d rounds of both in turn; largest p99 of a round %.2f ms",
	    C1_SYNCS, C1_REST_MS, ROUNDS, p99);
}

static void
singles(struct bench_run *r)
{
	struct load_plan plan = {
	    .connections = 1, .want_status = 201, .next = bench_run_one};
	struct load_result res;

	one_client(r, &plan);
	plan.connections = MANY;
	double cpu = measure(r, &plan, &res);
	bench_add(r->bench, "alarm_post_c64",
	    (double)res.requests / res.seconds, "/s",
	    "1 alarm per POST, 600 bytes JSON, %d keep-alive clients, "
	    "fsync on, client on the same cores; %.1f us of processor of the "
	    "node each",
	    MANY, cpu);
	bench_add(
	    r->bench, "alarm_post_c64_p50", res.p50_ms, "ms", "of the same");
	bench_add(r->bench, "alarm_post_c64_p99", res.p99_ms, "ms",
	    "of the same; longest %.1f ms", res.max_ms);
}

static void
arrays(struct bench_run *r)
{
	struct load_plan plan = {
	    .connections = 4, .want_status = 201, .next = bench_run_array};
	struct load_result res;

	double cpu = measure(r, &plan, &res) / BENCH_RUN_ARRAY;
	bench_add(r->bench, "alarm_array_json",
	    (double)res.requests * BENCH_RUN_ARRAY / res.seconds, "/s",
	    "alarms in JSON arrays of %d, 600 bytes each, 4 clients, fsync "
	    "on; p99 of an array %.0f ms; %.1f us of processor of the node "
	    "each",
	    BENCH_RUN_ARRAY, res.p99_ms, cpu);
	plan.next = bench_run_array_pb;
	cpu = measure(r, &plan, &res) / BENCH_RUN_ARRAY;
	bench_add(r->bench, "alarm_array_pb",
	    (double)res.requests * BENCH_RUN_ARRAY / res.seconds, "/s",
	    "the same as protobuf; p99 of an array %.0f ms; %.1f us",
	    res.p99_ms, cpu);
}

static void
proofs(struct bench_run *r)
{
	struct load_plan plan = {
	    .connections = MANY, .want_status = 200, .next = bench_run_proof};
	struct load_result res;

	r->size = bench_node_size(&r->node, r->origin);
	if (r->size == 0)
		bench_fail("status names no log %s", r->origin);
	double cpu = measure(r, &plan, &res);
	bench_add(r->bench, "proof_http", (double)res.requests / res.seconds,
	    "/s",
	    "tlog-proof of random leaves of %" PRIu64 ", %d keep-alive "
	    "clients; p99 %.1f ms; %.1f us of processor of the node each",
	    r->size, MANY, res.p99_ms, cpu);
}

void
bench_http(struct bench *b)
{
	static struct bench_run r;
	const struct timespec settle = {2, 0};

	bench_run_begin(&r, b, "http");
	(void)nanosleep(&settle, NULL);
	bench_add(b, "idle_rss", bench_node_rss(&r.node), "MB",
	    "resident set of an idle node, 2 s after the start");
	singles(&r);
	arrays(&r);
	proofs(&r);
	bench_add(b, "load_rss_anon", bench_node_anonymous(&r.node), "MB",
	    "resident and not mapped from files, after %" PRIu64 " entries",
	    r.size);
	bench_run_end(&r);
	bench_proof(b, r.node.dir);
}

void
bench_http_arrays(struct bench *b)
{
	static struct bench_run r;

	bench_run_begin(&r, b, "arrays");
	arrays(&r);
	bench_run_end(&r);
}

void
bench_http_proofs(struct bench *b)
{
	static struct bench_run r;

	bench_run_begin(&r, b, "proofs");
	bench_run_fill(&r, PROOF_ENTRIES);
	proofs(&r);
	bench_run_end(&r);
	bench_proof(b, r.node.dir);
}

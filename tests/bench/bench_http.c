/* bench_http.c - a running node under HTTP load. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/alarms.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_host.h"
#include "tests/bench/bench_node.h"
#include "tests/bench/bench_proof.h"
#include "tests/bench/load.h"

#define WARM_SECONDS 1.0
#define SECONDS 5.0
#define ARRAY 1000
#define MANY 64
#define ROUNDS 9
#define PROOF_ARRAYS 200 /* entries to prove, by the thousand */
#define ROUND_SECONDS 0.5

/* What the requests of one run are made from. */
struct http_run {
	struct bench *bench;
	struct bench_node node;
	char *ingest;
	char *reader;
	char origin[160];
	struct alarms alarms;
	uint64_t size; /* of the log that proofs are asked of */
	uint64_t random;
};

static size_t
put_head(char *out, size_t cap, const char *token, const char *type, size_t len)
{
	int n = snprintf(out, cap,
	    "POST /v1/alarms HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Authorization: Bearer %s\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    token, type, len);

	return (size_t)n;
}

static size_t
next_one(void *arg, unsigned connection, char *out)
{
	struct http_run *r = arg;
	char body[2048];
	size_t len = alarms_json(&r->alarms, connection, body);
	size_t n = put_head(out, 1024, r->ingest, "application/json", len);

	memcpy(out + n, body, len);
	return n + len;
}

static size_t
next_array(void *arg, unsigned connection, char *out)
{
	static char body[LOAD_REQUEST_MAX - 1024];
	struct http_run *r = arg;
	size_t len = 0;
	size_t n;

	for (int i = 0; i < ARRAY; i++) {
		body[len++] = i == 0 ? '[' : ',';
		len += alarms_json(&r->alarms, connection, body + len);
	}
	body[len++] = ']';
	n = put_head(out, 1024, r->ingest, "application/json", len);
	memcpy(out + n, body, len);
	return n + len;
}

static size_t
next_array_pb(void *arg, unsigned connection, char *out)
{
	static char body[LOAD_REQUEST_MAX - 1024];
	struct http_run *r = arg;
	size_t len = 0;
	size_t n;

	for (int i = 0; i < ARRAY; i++)
		len += alarms_pb_item(&r->alarms, connection, body + len);
	n = put_head(out, 1024, r->ingest, "application/x-protobuf", len);
	memcpy(out + n, body, len);
	return n + len;
}

static size_t
next_proof(void *arg, unsigned connection, char *out)
{
	struct http_run *r = arg;

	(void)connection;
	r->random =
	    r->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (size_t)snprintf(out, 1024,
	    "GET /v1/proof/evidence/%" PRIu64 " HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
	    (r->random >> 16) % r->size, r->reader);
}

static void
measure(struct http_run *r, struct load_plan *plan, struct load_result *out)
{
	plan->port = r->node.port;
	plan->arg = r;
	plan->seconds = WARM_SECONDS;
	load_run(plan, out);
	plan->seconds = SECONDS;
	load_run(plan, out);
}

/* Rounds of the disk alone and of one client in turn, so that what else the
 * machine does meets both alike. */
static void
one_client(struct http_run *r, struct load_plan *plan)
{
	double times[ROUNDS];
	double p50[ROUNDS];
	double p99 = 0;
	struct load_result res;

	plan->port = r->node.port;
	plan->arg = r;
	plan->seconds = WARM_SECONDS;
	load_run(plan, &res);
	plan->seconds = ROUND_SECONDS;
	for (size_t i = 0; i < ROUNDS; i++) {
		double sync = bench_host_sync(r->bench, ROUND_SECONDS);

		load_run(plan, &res);
		times[i] = res.p50_ms / sync;
		p50[i] = res.p50_ms;
		p99 = res.p99_ms > p99 ? res.p99_ms : p99;
	}
	bench_add(r->bench, "alarm_post_c1", bench_quantile(times, ROUNDS, 0.5),
	    "x",
	    "p50 of one POST (600 bytes JSON, fsync on) over p50 of one "
	    "fdatasync of 4 KiB beside the store, %d rounds of both in turn",
	    ROUNDS);
	bench_add(r->bench, "alarm_post_c1_p50",
	    bench_quantile(p50, ROUNDS, 0.5), "ms",
	    "1 client, one at a time; largest p99 of a round %.2f ms", p99);
}

static void
singles(struct http_run *r)
{
	struct load_plan plan = {
	    .connections = 1, .want_status = 201, .next = next_one};
	struct load_result res;

	one_client(r, &plan);
	plan.connections = MANY;
	measure(r, &plan, &res);
	bench_add(r->bench, "alarm_post_c64",
	    (double)res.requests / res.seconds, "/s",
	    "1 alarm per POST, 600 bytes JSON, %d keep-alive clients, "
	    "fsync on, client on the same cores",
	    MANY);
	bench_add(
	    r->bench, "alarm_post_c64_p50", res.p50_ms, "ms", "of the same");
	bench_add(r->bench, "alarm_post_c64_p99", res.p99_ms, "ms",
	    "of the same; longest %.1f ms", res.max_ms);
}

static void
arrays(struct http_run *r)
{
	struct load_plan plan = {
	    .connections = 4, .want_status = 201, .next = next_array};
	struct load_result res;

	measure(r, &plan, &res);
	bench_add(r->bench, "alarm_array_json",
	    (double)res.requests * ARRAY / res.seconds, "/s",
	    "alarms in JSON arrays of %d, 600 bytes each, 4 clients, fsync "
	    "on; p99 of an array %.0f ms",
	    ARRAY, res.p99_ms);
	plan.next = next_array_pb;
	measure(r, &plan, &res);
	bench_add(r->bench, "alarm_array_pb",
	    (double)res.requests * ARRAY / res.seconds, "/s",
	    "the same as protobuf; p99 of an array %.0f ms", res.p99_ms);
}

static void
proofs(struct http_run *r)
{
	struct load_plan plan = {
	    .connections = MANY, .want_status = 200, .next = next_proof};
	struct load_result res;

	r->size = bench_node_size(&r->node, r->origin);
	if (r->size == 0)
		bench_fail("status names no log %s", r->origin);
	measure(r, &plan, &res);
	bench_add(r->bench, "proof_http", (double)res.requests / res.seconds,
	    "/s",
	    "tlog-proof of random leaves of %" PRIu64 ", %d keep-alive "
	    "clients; p99 %.1f ms",
	    r->size, MANY, res.p99_ms);
}

static void
begin(struct http_run *r, struct bench *b)
{
	r->bench = b;
	(void)snprintf(
	    r->origin, sizeof(r->origin), "plant.bench.example/evidence/1");
	bench_node_init(&r->node, b, "plant", "plant", "tcp://127.0.0.1:0");
	bench_node_start(&r->node);
	r->ingest = bench_node_token(&r->node, "ingest");
	r->reader = bench_node_token(&r->node, "operator");
	alarms_init(&r->alarms, "bench");
}

static void
end(struct http_run *r)
{
	bench_node_stop(&r->node);
	free(r->ingest);
	free(r->reader);
}

void
bench_http(struct bench *b)
{
	static struct http_run r;
	const struct timespec settle = {2, 0};

	begin(&r, b);
	(void)nanosleep(&settle, NULL);
	bench_add(b, "idle_rss", bench_node_rss(&r.node), "MB",
	    "resident set of an idle node, 2 s after the start");
	singles(&r);
	arrays(&r);
	proofs(&r);
	bench_add(b, "load_rss_anon", bench_node_anonymous(&r.node), "MB",
	    "resident and not mapped from files, after %" PRIu64 " entries",
	    r.size);
	end(&r);
	bench_proof(b, r.node.dir);
}

void
bench_http_arrays(struct bench *b)
{
	static struct http_run r;

	begin(&r, b);
	arrays(&r);
	end(&r);
}

void
bench_http_proofs(struct bench *b)
{
	static struct http_run r;
	struct load_plan plan = {.connections = 4,
	    .want_status = 201,
	    .next = next_array_pb,
	    .arg = &r,
	    .requests = PROOF_ARRAYS};
	struct load_result res;

	begin(&r, b);
	plan.port = r.node.port;
	load_run(&plan, &res);
	proofs(&r);
	end(&r);
	bench_proof(b, r.node.dir);
}

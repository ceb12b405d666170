/* bench_run.c - a node and the requests that go to it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/load.h"

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

size_t
bench_run_one(void *arg, unsigned connection, char *out)
{
	struct bench_run *r = arg;
	char body[2048];
	size_t len = alarms_json(&r->alarms, connection, body);
	size_t n = put_head(out, 1024, r->ingest, "application/json", len);

	memcpy(out + n, body, len);
	return n + len;
}

size_t
bench_run_array(void *arg, unsigned connection, char *out)
{
	static char body[LOAD_REQUEST_MAX - 1024];
	struct bench_run *r = arg;
	size_t len = 0;
	size_t n;

	for (int i = 0; i < BENCH_RUN_ARRAY; i++) {
		body[len++] = i == 0 ? '[' : ',';
		len += alarms_json(&r->alarms, connection, body + len);
	}
	body[len++] = ']';
	n = put_head(out, 1024, r->ingest, "application/json", len);
	memcpy(out + n, body, len);
	return n + len;
}

size_t
bench_run_array_pb(void *arg, unsigned connection, char *out)
{
	static char body[LOAD_REQUEST_MAX - 1024];
	struct bench_run *r = arg;
	size_t len = 0;
	size_t n;

	for (int i = 0; i < BENCH_RUN_ARRAY; i++)
		len += alarms_pb_item(&r->alarms, connection, body + len);
	n = put_head(out, 1024, r->ingest, "application/x-protobuf", len);
	memcpy(out + n, body, len);
	return n + len;
}

size_t
bench_run_proof(void *arg, unsigned connection, char *out)
{
	struct bench_run *r = arg;

	(void)connection;
	r->random =
	    r->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (size_t)snprintf(out, 1024,
	    "GET /v1/proof/evidence/%" PRIu64 " HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
	    (r->random >> 16) % r->size, r->reader);
}

void
bench_run_begin(struct bench_run *r, struct bench *b, const char *name)
{
	const char *kept = getenv("BENCH_STORE");
	char prefix[24];

	if (kept != NULL)
		name = "scale"; /* whichever part made it */
	r->bench = b;
	(void)snprintf(
	    r->origin, sizeof(r->origin), "%s.bench.example/evidence/1", name);
	if (kept != NULL)
		bench_node_keep(&r->node, b, kept, name);
	else
		bench_node_init(
		    &r->node, b, name, "plant", "tcp://127.0.0.1:0");
	bench_node_start(&r->node);
	r->ingest = bench_node_token(&r->node, "ingest");
	r->reader = bench_node_token(&r->node, "operator");
	r->size = bench_node_size(&r->node, r->origin);
	/* Sources of its own for each run: none repeats a number. */
	(void)snprintf(prefix, sizeof(prefix), "bench-%" PRIu64, r->size);
	alarms_init(&r->alarms, kept != NULL ? prefix : "bench");
}

void
bench_run_fill(struct bench_run *r, uint64_t n)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = 4,
	    .want_status = 201,
	    .next = bench_run_array_pb,
	    .arg = r};
	struct load_result res;

	if (n <= r->size)
		return;
	plan.requests = (n - r->size + BENCH_RUN_ARRAY - 1) / BENCH_RUN_ARRAY;
	load_run(&plan, &res);
	r->size = bench_node_size(&r->node, r->origin);
}

void
bench_run_end(struct bench_run *r)
{
	bench_node_stop(&r->node);
	free(r->ingest);
	free(r->reader);
}

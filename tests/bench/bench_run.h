/* bench_run.h - a node and the requests that go to it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_RUN_H
#define TESTS_BENCH_BENCH_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "tests/bench/alarms.h"
#include "tests/bench/bench_node.h"

struct bench;

#define BENCH_RUN_ARRAY 1000 /* alarms in an array */

/* What the requests to one node are made from. */
struct bench_run {
	struct bench *bench;
	struct bench_node node;
	char *ingest;
	char *reader;
	char origin[160];
	struct alarms alarms;
	uint64_t size; /* of the log that proofs are asked of */
	uint64_t random;
};

/* name: of the node, once per run of the bench.  With BENCH_STORE=DIR the node
 * is there, made when it is not, and stays. */
void bench_run_begin(struct bench_run *r, struct bench *b, const char *name);
void bench_run_end(struct bench_run *r);
/* Alarms up to `n` entries, in arrays, as fast as they are taken. */
void bench_run_fill(struct bench_run *r, uint64_t n);

/* For load_plan.next with arg a bench_run: one alarm, an array of them as JSON
 * or protobuf, the proof of a random leaf below `size`. */
size_t bench_run_one(void *arg, unsigned connection, char *out);
size_t bench_run_array(void *arg, unsigned connection, char *out);
size_t bench_run_array_pb(void *arg, unsigned connection, char *out);
size_t bench_run_proof(void *arg, unsigned connection, char *out);

#endif

/* bench_verify.c - how fast a bundle is judged, offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/verify.h"
#include "proto/buf.h"
#include "proto/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_run.h"
#include "tests/bench/load.h"

#define SHOWN 10 /* arrays of a thousand alarms that one bundle discloses */
#define PROVEN \
	100 /* and those among which another shows that none is missing */
#define ROUNDS 3
#define FILE_MAX ((size_t)256 << 20)

static double
thread_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
post(struct bench_run *r, unsigned arrays)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = 4,
	    .requests = arrays,
	    .want_status = 201,
	    .next = bench_run_array_pb,
	    .arg = r};
	struct load_result res;

	load_run(&plan, &res);
}

static void
read_file(struct buf *out, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n = 1;

	buf_init(out, FILE_MAX);
	while (f != NULL && n > 0) {
		uint8_t *to = buf_grow(out, 1 << 16);

		n = to != NULL ? fread(to, 1, 1 << 16, f) : 0;
		out->len -= (1 << 16) - n;
	}
	if (f == NULL || out->len == 0)
		bench_fail("cannot read %s", path);
	(void)fclose(f);
}

/* Everything that the node recorded so far, asked for by kind. */
static void
ask(struct bench_run *r, const char *kind, struct buf *out)
{
	char path[TEMP_PATH_BYTES];
	const char *const args[] = {"bundle", "--kind", kind, "--from",
	    "2020-01-01T00:00:00Z", "--to", "0s", "--purpose", "bench", "-o",
	    path, NULL};

	temp_path(path, bench_dir(r->bench), "answer.lfb");
	free(bench_node_cli(&r->node, args));
	read_file(out, path);
	(void)remove(path);
}

/* Seconds of one core, the median of some rounds. */
static double
judge(struct bytes in, struct bytes policy)
{
	const struct verify_options options = {
	    .policy = policy, .now_us = clock_wall_us(clock_system())};
	double took[ROUNDS];
	struct verify_result res;

	for (size_t i = 0; i < ROUNDS; i++) {
		double start = thread_seconds();

		verify_bytes(in, &options, &res);
		took[i] = thread_seconds() - start;
		if (res.worst != VERIFY_PASS || res.complete != VERIFY_COMPLETE)
			bench_fail("a bundle is %s, %s",
			    verify_status_name(res.worst),
			    verify_complete_name(res.complete));
	}
	return bench_quantile(took, ROUNDS, 0.5);
}

void
bench_verify(struct bench *b)
{
	static struct bench_run r;
	const char *const args[] = {"policy", NULL};
	struct buf bundle;

	bench_run_begin(&r, b, "verify");
	char *policy = bench_node_cli(&r.node, args);
	post(&r, SHOWN);
	ask(&r, "alarm", &bundle);
	double took = judge(buf_view(&bundle), bytes_str(policy));
	bench_add(b, "verify_records", SHOWN * BENCH_RUN_ARRAY / took, "/s",
	    "alarms of 600 bytes disclosed in a bundle of %zu kB, each proven, "
	    "opened against its commitment and compared with its readable "
	    "text, one core",
	    bundle.len / 1000);
	buf_clear(&bundle);
	post(&r, PROVEN - SHOWN);
	uint64_t leaves = bench_node_size(&r.node, r.origin);
	ask(&r, "permit", &bundle);
	took = judge(buf_view(&bundle), bytes_str(policy));
	bench_add(b, "verify_bundle", (double)leaves / took, "/s",
	    "entries of a window of %" PRIu64
	    ", each a proof: hashed, decoded, chained to its kind and led to "
	    "the signed root; the bundle (%zu kB) shows that no permit is "
	    "missing; one core",
	    leaves, bundle.len / 1000);
	buf_clear(&bundle);
	free(policy);
	bench_run_end(&r);
}

/* bench_audit.c - how fast a node's record is audited. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ledger/seal.h"
#include "ledger/tree.h"
#include "proto/digest.h"
#include "proto/slice.h"
#include "record.pb-c.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_run.h"
#include "tests/bench/load.h"

#define ENTRIES 200000
#define LEAF_BYTES 180 /* of an alarm's entry, about */
#define HASH_SECONDS 2.0

/* Nothing but the SHA-256 that one alarm takes: its leaf, one node, and the
 * commitment (key, salts, digests of fields, their sum). */
static void
hash_alarm(const struct slice_list *slices, struct hash *h)
{
	static uint8_t leaf[LEAF_BYTES];
	static uint8_t sum[64 + SLICE_MAX * (4 + HASH_BYTES)];
	const uint8_t number[4] = {0};
	const struct bytes salt_of[] = {
	    bytes_str("lianfang/salt/v1"), bytes_of(number, sizeof(number))};
	struct digest_hmac hmac;
	struct hash salt;

	memcpy(leaf, h->b, HASH_BYTES);
	tree_leaf(h, bytes_of(leaf, sizeof(leaf)));
	tree_join(h, h, h);
	digest_hmac_key(&hmac, bytes_hash(h));
	for (size_t i = 0; i < slices->len; i++) {
		const struct bytes parts[] = {bytes_str("lianfang/field/v1"),
		    bytes_hash(&salt), slices->at[i].bytes};

		digest_hmac(&hmac, &salt, salt_of, 2);
		digest_sha256_parts(h, parts, 3);
		memcpy(sum + 64 + i * (4 + HASH_BYTES), h->b, HASH_BYTES);
	}
	digest_sha256(h, bytes_of(sum, 41 + slices->len * (4 + HASH_BYTES)));
}

/* Of this process: a core that others use too is not a slower one. */
static double
processor(int who)
{
	struct rusage u;

	(void)getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static double
hash_limit(struct bench *b)
{
	static char alarm[2048];
	struct slice_list slices;
	struct hash h = {{0}};
	struct alarms alarms;
	double start;
	double at;
	size_t len;
	size_t n = 0;

	alarms_init(&alarms, "limit");
	len = alarms_pb(&alarms, 0, alarm);
	if (slice_split(&slices, &record__alarm__descriptor,
	        bytes_of((const uint8_t *)alarm, len), NULL) != ERR_OK)
		bench_fail("an alarm is not canonical");
	for (start = at = processor(RUSAGE_SELF); at - start < HASH_SECONDS;
	     at = processor(RUSAGE_SELF), n += 1000)
		for (int i = 0; i < 1000; i++)
			hash_alarm(&slices, &h);
	bench_add(b, "audit_hash_limit", (double)n / (at - start), "/s",
	    "only the SHA-256 of an alarm: leaf, node, commitment of %zu "
	    "fields; one core",
	    slices.len);
	return (double)n / (at - start);
}

/* Seconds; *cpu: of processor time. */
static double
run(const struct bench_run *r, const char *what, double *cpu)
{
	const char *const args[] = {"audit", what, NULL};
	double before = processor(RUSAGE_CHILDREN);
	double start = bench_now();

	free(bench_node_cli(&r->node, args));
	*cpu = processor(RUSAGE_CHILDREN) - before;
	return bench_now() - start;
}

void
bench_audit(struct bench *b)
{
	const char *most = getenv("BENCH_ENTRIES");
	const uint64_t n = most != NULL ? strtoull(most, NULL, 10) : ENTRIES;
	static struct bench_run r;
	double limit;
	double took;
	double cpu;

	bench_run_begin(&r, b, "audit");
	bench_run_fill(&r, n);
	bench_node_stop(&r.node);
	limit = hash_limit(b);
	took = run(&r, "--logs", &cpu);
	bench_add(b, "audit_logs", (double)r.size / took, "/s",
	    "lianfang audit --logs of %.0f alarms: pages, sums, leaves, nodes, "
	    "chain, bodies opened; %ld cores",
	    (double)r.size, sysconf(_SC_NPROCESSORS_ONLN));
	bench_add(b, "audit_of_limit", 100 * (double)r.size / took / limit, "%",
	    "of audit_hash_limit, all cores together");
	bench_add(b, "audit_of_limit_core", 100 * (double)r.size / cpu / limit,
	    "%", "the same for each second of processor time");
	took = run(&r, "--json", &cpu);
	bench_add(b, "audit_whole", (double)r.size / took, "/s",
	    "the same with all tables folded anew and compared");
	bench_node_start(&r.node);
	bench_run_end(&r);
}

/* bench_proof.c - proofs without HTTP. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_proof.h"

#include <inttypes.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "node/query.h"
#include "node/site.h"
#include "node/site_logs.h"
#include "tests/bench/bench.h"

#define SECONDS 3.0
#define THREADS_MAX 64

struct prover {
	pthread_t thread;
	struct site *site;
	uint64_t size;
	uint64_t random;
	uint64_t made;
	double until;
};

static void *
prove(void *arg)
{
	struct prover *p = arg;
	struct err_why why = {.text = ""};
	struct buf out;

	buf_init(&out, 65536);
	while (bench_now() < p->until) {
		for (int i = 0; i < 64; i++) {
			p->random = p->random * UINT64_C(6364136223846793005) +
			    1442695040888963407u;
			const struct query_proof q = {
			    .origin =
			        site_logs(p->site)->log[SITE_EVIDENCE].key.name,
			    .index = (p->random >> 16) % p->size,
			    .leaf = true};

			buf_reset(&out);
			if (query_proof(p->site, &q, &out, &why) != ERR_OK)
				bench_fail("proof: %s", why.text);
			p->made++;
		}
	}
	buf_clear(&out);
	return NULL;
}

static double
cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void
bench_proof(struct bench *b, const char *dir)
{
	static struct prover all[THREADS_MAX];
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	struct site *site = NULL;
	struct query_counts counts;
	struct err_why why = {.text = ""};
	uint64_t made = 0;

	n = n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
	if (site_open(&site, dir, NULL, &why) != ERR_OK ||
	    query_counts(site, &counts, &why) != ERR_OK)
		bench_fail("%s: %s", dir, why.text);
	double cpu = cpu_seconds();
	double start = bench_now();
	for (long i = 0; i < n; i++) {
		all[i] = (struct prover){.site = site,
		    .size = counts.evidence_size,
		    .random = (uint64_t)i,
		    .until = start + SECONDS};
		if (pthread_create(&all[i].thread, NULL, prove, &all[i]) != 0)
			bench_fail("cannot start a thread");
	}
	for (long i = 0; i < n; i++) {
		(void)pthread_join(all[i].thread, NULL);
		made += all[i].made;
	}
	double took = bench_now() - start;
	cpu = cpu_seconds() - cpu;
	site_close(site);
	bench_add(b, "proof_inproc", (double)made / took, "/s",
	    "tlog-proof with its leaf, random leaves of %" PRIu64
	    ", %ld threads, no HTTP; %.2f us of processor each",
	    counts.evidence_size, n, cpu / (double)made * 1e6);
}

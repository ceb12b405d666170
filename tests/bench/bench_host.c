/* bench_host.c - the machine's own rates, for comparison. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "proto/digest.h"
#include "tests/bench/bench.h"
#include "tests/support/temp.h"

#define SYNC_SECONDS 3.0
#define SYNC_MAX 100000
#define CPU_SECONDS 0.7

/* Appends of 4 KiB, each durable before the next: how many in how long. */
static size_t
sync_for(const struct bench *b, double seconds, double *took, double *all)
{
	static uint8_t page[4096];
	char path[TEMP_PATH_BYTES];
	double start = bench_now();
	double at = start;
	size_t n = 0;
	int fd;

	temp_path(path, bench_dir(b), "sync");
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		bench_fail("cannot create %s", path);
	while (at - start < seconds && n < SYNC_MAX) {
		double before = at;

		memset(page, (int)n, sizeof(page));
		if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page) ||
		    fdatasync(fd) != 0)
			bench_fail("cannot write %s", path);
		at = bench_now();
		took[n++] = at - before;
	}
	(void)close(fd);
	(void)unlink(path);
	*all = at - start;
	return n;
}

double
bench_host_sync(const struct bench *b, double seconds, double q)
{
	static double took[SYNC_MAX];
	double all;
	size_t n = sync_for(b, seconds, took, &all);

	return bench_quantile(took, n, q) * 1e3;
}

static void
sync_rate(struct bench *b)
{
	static double took[SYNC_MAX];
	double all;
	size_t n = sync_for(b, SYNC_SECONDS, took, &all);

	bench_add(b, "fdatasync_4k", (double)n / all, "/s",
	    "append 4 KiB and fdatasync, one after another, %.0f s", all);
	bench_add(b, "fdatasync_4k_p50", bench_quantile(took, n, 0.5) * 1e3,
	    "ms", "of the same");
	bench_add(b, "fdatasync_4k_p99", bench_quantile(took, n, 0.99) * 1e3,
	    "ms", "of the same");
}

static void
sha_rate(struct bench *b, const char *name, size_t len)
{
	uint8_t in[600] = {0};
	struct hash out = {{0}};
	double start = bench_now();
	double at = start;
	size_t n = 0;

	while (at - start < CPU_SECONDS) {
		for (int i = 0; i < 1000; i++) {
			memcpy(in, out.b, sizeof(out.b));
			digest_sha256(&out, bytes_of(in, len));
		}
		n += 1000;
		at = bench_now();
	}
	bench_add(b, name, (double)n / (at - start), "/s",
	    "SHA-256 of %zu bytes, one core", len);
}

static void
signature_rates(struct bench *b)
{
	struct crypto_signer key;
	uint8_t sig[CRYPTO_SIG_BYTES] = {0};
	uint8_t msg[200] = {0};
	double start;
	double at;
	size_t n = 0;

	crypto_signer_new(&key);
	for (start = at = bench_now(); at - start < CPU_SECONDS;
	     at = bench_now(), n++) {
		memcpy(msg, sig, sizeof(sig));
		crypto_signer_sign(&key, bytes_of(msg, sizeof(msg)), sig);
	}
	bench_add(b, "ed25519_sign", (double)n / (at - start), "/s",
	    "200 bytes, one core");
	n = 0;
	for (start = at = bench_now(); at - start < CPU_SECONDS;
	     at = bench_now(), n++)
		if (crypto_check(key.pub, bytes_of(msg, sizeof(msg)), sig) !=
		    ERR_OK)
			bench_fail("a good signature is refused");
	bench_add(b, "ed25519_verify", (double)n / (at - start), "/s",
	    "200 bytes, one core");
}

void
bench_host(struct bench *b)
{
	sync_rate(b);
	sha_rate(b, "sha256_600B", 600);
	sha_rate(b, "sha256_65B", 65);
	signature_rates(b);
}

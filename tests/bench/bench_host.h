/* bench_host.h - the machine's own rates, for comparison. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_HOST_H
#define TESTS_BENCH_BENCH_HOST_H

struct bench;

void bench_host(struct bench *b);

/* Quantile q in ms of appending 4 KiB and fdatasync, where the nodes are. */
double bench_host_sync(const struct bench *b, double seconds, double q);

#endif

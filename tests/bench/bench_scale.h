/* bench_scale.h - the same figures as a log grows. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_SCALE_H
#define TESTS_BENCH_BENCH_SCALE_H

struct bench;

/* One node is filled to 10^4, 10^6 and, with BENCH_ENTRIES=10000000 in the
 * environment, 10^7 alarms (about 20 GB of disk, some minutes). */
void bench_scale(struct bench *b);

#endif

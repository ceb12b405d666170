/* bench_scale.h - the same figures as a log grows. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_SCALE_H
#define TESTS_BENCH_BENCH_SCALE_H

struct bench;

/* Up to BENCH_ENTRIES entries (10^6 when not set); BENCH_STORE=DIR keeps the
 * node between runs, so that large ones can be measured step by step. */
void bench_scale(struct bench *b);
/* Only makes such a node. */
void bench_scale_fill(struct bench *b);

#endif

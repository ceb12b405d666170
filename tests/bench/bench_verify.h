/* bench_verify.h - how fast a bundle is judged, offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_VERIFY_H
#define TESTS_BENCH_BENCH_VERIFY_H

struct bench;

void bench_verify(struct bench *b);

#endif

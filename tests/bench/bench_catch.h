/* bench_catch.h - how fast a new replica catches up. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_CATCH_H
#define TESTS_BENCH_BENCH_CATCH_H

struct bench;

void bench_catch(struct bench *b);

#endif

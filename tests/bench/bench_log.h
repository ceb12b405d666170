/* bench_log.h - the ledger library without a network. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_LOG_H
#define TESTS_BENCH_BENCH_LOG_H

struct bench;

void bench_log(struct bench *b);

#endif

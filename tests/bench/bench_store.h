/* bench_store.h - what an alarm costs on the disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_STORE_H
#define TESTS_BENCH_BENCH_STORE_H

struct bench;

/* Bytes by table, free pages, write amplification, compaction; of BENCH_ENTRIES
 * alarms, 10^5 when not set. */
void bench_store(struct bench *b);
/* The file beside its live bytes under single posts, for BENCH_SECONDS (60). */
void bench_soak(struct bench *b);

#endif

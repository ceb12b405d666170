/* bench_tables.h - what each table of the store costs an alarm. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_TABLES_H
#define TESTS_BENCH_BENCH_TABLES_H

struct bench;

/* One figure a table: its part of the time that LMDB takes for an alarm. */
void bench_tables(struct bench *b);

#endif

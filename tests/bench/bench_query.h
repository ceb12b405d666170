/* bench_query.h - how long a plant's questions take when much is stored. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_QUERY_H
#define TESTS_BENCH_BENCH_QUERY_H

struct bench;

/* A million alarms and 100,000 permits of a month (STOCK_ALARMS=,
 * STOCK_PERMITS= for less), then one client, the node on one core.
 * BENCH_STORE=DIR keeps them, or asks the node that is there already. */
void bench_query(struct bench *b);

#endif

/* stock.h - what a plant has after a month: alarms, permits, people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_STOCK_H
#define TESTS_BENCH_STOCK_H

#include <stdint.h>

#define STOCK_AREAS 60
#define STOCK_DAYS 30
#define STOCK_WORKERS 500

struct stock {
	unsigned alarms; /* each cleared three minutes later */
	unsigned permits; /* all but STOCK_OPEN of them cancelled */
	int64_t from_us; /* of the first: stock_from */
};
#define STOCK_OPEN 300

/* Of a month that ended yesterday. */
int64_t stock_from(void);

/* Writes it into a directory that is there and empty, through the node's own
 * library with a clock of its own; ends the program when that fails.  Workers
 * are "w-000" to "w-499", each certified for hot work, in areas "area-00" to
 * "area-59". */
void stock_fill(struct stock *s, const char *dir, const char *name);

#endif

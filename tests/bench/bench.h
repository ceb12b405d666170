/* bench.h - one list of measured figures, as a table and as JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

struct bench;

/*
 * bench_add - record a figure; it is printed at once.
 *
 *   name        stable, as in build/bench.json
 *   unit        "/s", "ms", "x", "MB"
 *   conditions  printf format: what was on, how many, how large
 */
void bench_add(struct bench *b, const char *name, double value,
    const char *unit, const char *conditions, ...)
    __attribute__((format(printf, 5, 6)));

/* What this figure is held against, where that depends on the machine. */
void bench_bound(const char *name, double bound);

/* A figure added before, or 0. */
double bench_value(const struct bench *b, const char *name);

/* Directory for files of this run, on the disk under build/. */
const char *bench_dir(const struct bench *b);
/* Directory of lianfangd and lianfang. */
const char *bench_programs(const struct bench *b);

/* Monotonic seconds. */
double bench_now(void);

/* Values sorted in place; q in 0 .. 1.  0 when there are none. */
double bench_quantile(double *values, size_t n, double q);

/* Ends the program with a message: a bench that cannot measure says so. */
void bench_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* An alarm's detail that brings its JSON or record to about 600 bytes. */
const char *bench_detail(void);

#endif

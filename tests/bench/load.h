/* load.h - an HTTP client of many connections that measures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

#define LOAD_REQUEST_MAX ((size_t)2 << 20)

/*
 * Closed loop: each keep-alive connection sends its next request when the
 * answer to the one before is complete.  One thread, epoll.
 */
struct load_plan {
	uint16_t port; /* on 127.0.0.1 */
	unsigned connections;
	double seconds; /* stop after; 0: no limit */
	uint64_t requests; /* stop after; 0: no limit */
	unsigned want_status;
	/* Writes the next whole request for this connection, at most
	 * LOAD_REQUEST_MAX bytes; gives its length. */
	size_t (*next)(void *arg, unsigned connection, char *out);
	void *arg;
};

struct load_result {
	uint64_t requests; /* answered as wanted */
	double seconds;
	double p50_ms;
	double p99_ms;
	double max_ms;
};

/* Ends the program when an answer has another status, showing it. */
void load_run(const struct load_plan *plan, struct load_result *out);

#endif

/* bench_http.h - a running node under HTTP load. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_HTTP_H
#define TESTS_BENCH_BENCH_HTTP_H

struct bench;

void bench_http(struct bench *b);
/* Parts of it, on a node of their own. */
void bench_http_arrays(struct bench *b);
void bench_http_proofs(struct bench *b);

#endif

/* bench_defence.h - what rules of joint defence cost for each alarm. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_DEFENCE_H
#define TESTS_BENCH_BENCH_DEFENCE_H

struct bench;

/* The evaluation alone, behind the commit: one rule, and as many as there may
 * be, each with as many conditions as it may have, none of which is met. */
void bench_defence(struct bench *b);

#endif

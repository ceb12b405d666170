/* bench_signed.h - alarms that their sources signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_SIGNED_H
#define TESTS_BENCH_BENCH_SIGNED_H

struct bench;

/* Alarms signed one by one, alone and in arrays, and by one signature for an
 * array (alarm_signed_c64); how much of all processors' rate of Ed25519
 * verification each is. */
void bench_signed(struct bench *b);

#endif

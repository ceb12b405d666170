/* bench_signed.h - alarms that their sources signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_SIGNED_H
#define TESTS_BENCH_BENCH_SIGNED_H

struct bench;

/* alarm_signed_c64, alarm_signed_array and how much of all processors' rate of
 * Ed25519 verification each is. */
void bench_signed(struct bench *b);

#endif

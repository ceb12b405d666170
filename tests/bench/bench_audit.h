/* bench_audit.h - how fast a node's record is audited. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_AUDIT_H
#define TESTS_BENCH_BENCH_AUDIT_H

struct bench;

/* Of BENCH_ENTRIES alarms, 2 x 10^5 when not set; BENCH_STORE as in
 * bench_run.h. */
void bench_audit(struct bench *b);

#endif

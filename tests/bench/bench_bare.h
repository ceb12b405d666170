/* bench_bare.h - what the machine gives to a ledger that only appends. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_BARE_H
#define TESTS_BENCH_BENCH_BARE_H

struct bench;

/* LMDB alone: entries of 600 bytes, their hashes and a signed root, nothing
 * sealed or checked; as large and as many to a commit as in bench_log.  Beside
 * append_600B of the same run it tells the machine from the ledger. */
void bench_bare(struct bench *b);

#endif

/* bench_proof.h - proofs without HTTP. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_PROOF_H
#define TESTS_BENCH_BENCH_PROOF_H

struct bench;

/* proof_inproc: tlog-proofs of random leaves of the evidence log of a stopped
 * node, made by as many threads as there are processors. */
void bench_proof(struct bench *b, const char *dir);

#endif

/* digest_batch.h - many short SHA-256 at a time, for less than one by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_DIGEST_BATCH_H
#define PROTO_DIGEST_BATCH_H

#include "proto/bytes.h"
#include "proto/digest.h"
#include "proto/digest_part.h"

#define DIGEST_BATCH_BYTES 12288
#define DIGEST_BATCH_JOBS 32

/*
 * Hashes that do not depend on each other, two streams at a time (digest_two)
 * or sixteen (digest_wide).
 * The same results as digest_sha256_parts, in whatever order they were added;
 * outputs are written by digest_batch_run at the latest.  Pure, thread-safe,
 * cannot fail.  Inputs are copied and wiped.
 */
struct digest_job {
	struct hash *out;
	const uint8_t *in;
	size_t blocks;
	struct digest_state state;
};

struct digest_batch {
	struct digest_job job[DIGEST_BATCH_JOBS];
	size_t len;
	size_t used; /* of `in` */
	uint8_t in[DIGEST_BATCH_BYTES];
};

void digest_batch_init(struct digest_batch *b);
/* SHA-256 of the concatenation of n parts. */
void digest_batch_add(struct digest_batch *b, struct hash *out,
    const struct bytes *parts, size_t n);
/* All that were added; then it is empty again. */
void digest_batch_run(struct digest_batch *b);

/* digest_hmac of a tag and each of n numbers behind it, four bytes big-endian.
 */
#define DIGEST_TAG_BYTES 16
void digest_hmac_numbers(const struct digest_hmac *h, const uint8_t *tag,
    const uint32_t *number, struct hash *out, size_t n);

#endif

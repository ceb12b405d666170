/* seal_part.h - a sealed record in its fields (private). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_SEAL_PART_H
#define LEDGER_SEAL_PART_H

#include "ledger/seal.h"
#include "proto/digest_batch.h"
#include "proto/slice.h"

#define SEAL_PART_SALT_TAG "lianfang/salt/v1" /* DIGEST_TAG_BYTES */
#define SEAL_PART_FIELD_TAG "lianfang/field/v1"
#define SEAL_PART_NAME_MAX 255 /* of a type */
#define SEAL_PART_TEXT_MAX \
	(32 + SEAL_PART_NAME_MAX + SLICE_MAX * (4 + HASH_BYTES))

/* A field of a sealed record: shown with salt and slice, or only a digest. */
struct seal_field {
	uint32_t number;
	bool shown;
	struct hash salt;
	struct bytes slice;
	struct hash digest;
};

struct seal_fields {
	const ProtobufCMessageDescriptor *desc;
	struct seal_field at[SLICE_MAX];
	size_t len;
};

/* Slices, views into the opening of a whole record; salts and digests are not
 * made yet.  Errors as of seal_open. */
ERR_CHECKED enum err seal_part_cut(
    struct seal_fields *out, const Ledger__Opening *in, struct err_why *why);

/* What a commitment is the SHA-256 of, from all digests; its length. */
size_t seal_part_text(
    uint8_t in[static SEAL_PART_TEXT_MAX], const struct seal_fields *fs);

static inline void
seal_part_digest(struct digest_batch *b, struct seal_field *f)
{
	const struct bytes parts[] = {
	    bytes_str(SEAL_PART_FIELD_TAG), bytes_hash(&f->salt), f->slice};

	digest_batch_add(b, &f->digest, parts, 3);
}

#endif

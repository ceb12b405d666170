/* bundle_part.h - the single members of a bundle; private to bundle.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BUNDLE_PART_H
#define LEDGER_BUNDLE_PART_H

#include "ledger/bundle.h"
#include "ledger/proof.h"
#include "ledger/seal.h"
#include "ledger/zip.h"
#include "proto/slice.h"
#include "record.pb-c.h"

#define BUNDLE_PART_NAME 160 /* bytes of a member's name */

/* One ERASURE entry of this log. */
struct bundle_erasure {
	uint64_t by;
	Record__Erasure *said;
};

/* A bundle in the making.  Zeroed but for req, nodes and zip at first. */
struct bundle_part {
	const struct bundle_request *req;
	struct zip_writer *zip;
	struct log_nodes nodes;
	char origin[NOTE_NAME_MAX + 1];
	char dir[5 + 2 * HASH_BYTES + 1]; /* logs/<hex SHA-256(origin)> */
	struct note_checkpoint head;
	uint64_t size; /* of the checkpoint */
	int64_t answered_us;
	struct tree_span run; /* from == to: no window */
	size_t records_len;
	Ledger__Withheld **withheld;
	size_t withheld_len;
	/* What ERASURE entries erased here; read when first needed. */
	bool erasures_known;
	struct bundle_erasure *erasures;
	size_t erasures_len;
	/* Entries that stand in records/ as proofs, or would. */
	uint64_t *cited;
	size_t cited_len;
	Ledger__MediaExpired **media;
	size_t media_len;
	/* Of the record under way: what is given out to nobody. */
	uint32_t hidden[SLICE_MAX];
	size_t hidden_len;
	uint64_t hidden_by; /* UINT64_MAX: no entry here says so */
};

void bundle_part_clear(struct bundle_part *b);

void bundle_part_name(char out[static BUNDLE_PART_NAME], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a member with the contents of a buffer, if they fitted in it. */
ERR_CHECKED enum err bundle_part_add(struct bundle_part *b, const char *name,
    const struct buf *data, struct err_why *why);

/* Leaf `index`, decoded. */
ERR_CHECKED enum err bundle_part_leaf(struct bundle_part *b, uint64_t index,
    Ledger__Entry **out, struct err_why *why);

/* The leaf and its proof, unless the run or an earlier call carries it. */
ERR_CHECKED enum err bundle_part_single(
    struct bundle_part *b, uint64_t index, struct err_why *why);

/* records/<index>.json: the fields that the question asks for, or a line in
 * the manifest that says why not. */
ERR_CHECKED enum err bundle_part_record(struct bundle_part *b, uint64_t index,
    const Ledger__Entry *leaf, struct err_why *why);

/* records/<index>.json with every field (HEADS, ERASURE). */
ERR_CHECKED enum err bundle_part_whole(
    struct bundle_part *b, uint64_t index, struct err_why *why);

/* A RETENTION or ERASURE entry as a proof, once: nobody's name is in it. */
ERR_CHECKED enum err bundle_part_retention(
    struct bundle_part *b, uint64_t index, struct err_why *why);
ERR_CHECKED enum err bundle_part_erasure(
    struct bundle_part *b, uint64_t index, struct err_why *why);

/* bundle_hide.c: leaves out of `held` what is given out to nobody, with annex
 * and signature, which tell who signed; the line for media that ended. */
ERR_CHECKED enum err bundle_part_hide(struct bundle_part *b, uint64_t index,
    const Ledger__Entry *leaf, Ledger__Sealed *held, struct err_why *why);
ERR_CHECKED enum err bundle_part_media(
    struct bundle_part *b, uint64_t index, struct err_why *why);

/* actors/<index>.json: of a signer what the asker may see, of others only
 * which key was enrolled or revoked. */
ERR_CHECKED enum err bundle_part_actor(
    struct bundle_part *b, uint64_t index, bool signer, struct err_why *why);

#endif

/* proof.h - proof files: one leaf, or a whole range. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include "ledger/note.h"
#include "ledger/tree.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define PROOF_EXTRA_MAX 48000 /* raw bytes of the extra line */
#define PROOF_HASHES_MAX 63 /* of one leaf; a range has TREE_PROOF_MAX */
#define PROOF_FILE_MAX 196608 /* bytes of one file */

/* A `.tlog-proof` (c2sp.org/tlog-proof@v1): this leaf is in that tree. */
struct proof {
	uint64_t index;
	struct tree_proof hashes;
	struct bytes note; /* checkpoint, verbatim; a view when read */
};

/* extra: unauthenticated application data, len 0: no such line.  Judge by
 * buf_ok; extra.len at most PROOF_EXTRA_MAX (asserted). */
void proof_put(struct buf *out, const struct proof *p, struct bytes extra);

/*
 * proof_get - read a proof file.
 *   extra   NULL, or the decoded extra data is appended to it
 * ERR_MALFORMED, ERR_LIMIT; nothing is verified yet: open the note with the
 * key of an acceptable log, then tree_check_include.
 */
ERR_CHECKED enum err proof_get(
    struct proof *out, struct buf *extra, struct bytes in, struct err_why *why);

/*
 * The leaves [from, to) are exactly those of the tree of `note`
 * (docs/wire.md 4): "lianfang/range-proof@v1" LF "range FROM TO" LF
 * { base64 hash LF } LF note.
 */
struct proof_range {
	uint64_t from;
	uint64_t to;
	struct tree_proof hashes;
	struct bytes note;
};
void proof_range_put(struct buf *out, const struct proof_range *p);
/* As proof_get; from < to is checked.  Then tree_check_range. */
ERR_CHECKED enum err proof_range_get(
    struct proof_range *out, struct bytes in, struct err_why *why);

#endif

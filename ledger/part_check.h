/* part_check.h - the parts of a backup, in order, believed by nobody. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PART_CHECK_H
#define LEDGER_PART_CHECK_H

#include "ledger/note.h"
#include "ledger/part.h"
#include "ledger/vault.h"

struct part_check_counts {
	uint64_t entries;
	uint64_t bodies; /* opened, and match their commitments */
	uint64_t shut; /* their wrapping key is gone: erased or wrapped anew */
	uint64_t erased;
};

struct part_check_plan {
	/* The verifier key of a log; false: not known. */
	bool (*vkey)(void *arg, const char *origin, struct note_vkey *out);
	struct vault *vault; /* NULL: bodies stay shut */
	const char *const *tables; /* beside those of logs; ended by NULL */
	void *arg;
	/* Bytes read of this part; may be NULL. */
	void (*progress)(void *arg, uint64_t bytes);
	/* Each frame that is as it must be, and at last PART_END with the head
	 * again; may be NULL.  An error ends the check. */
	enum err (*frame)(
	    void *arg, const struct part_frame *f, struct err_why *why);
};

/* Needs no store: it follows trees and chains in memory, a few KiB per log. */
struct part_check;
struct part_check *part_check_new(const struct part_check_plan *plan);
void part_check_free(struct part_check *c); /* NULL allowed */

/*
 * part_check_file - read one part whole: it follows the one before, every leaf
 * continues its log, every log ends at the root that its checkpoint signs, rows
 * are of tables that may be there, in order; with a vault each body opens to
 * what its leaf commits to, as far as its wrapping key is there.  At its end
 * size and SHA-256 are `want`.
 * ERR_CORRUPT, ERR_UNVERIFIED, ERR_UNSUPPORTED, ERR_IO; `why` names file and
 * place.
 */
ERR_CHECKED enum err part_check_file(struct part_check *c, const char *path,
    const struct part_sum *want, struct err_why *why);

/* After the last part: every wrapping key that is in use then is in the vault
 * (ERR_NOT_FOUND); what was counted. */
ERR_CHECKED enum err part_check_end(
    struct part_check *c, struct part_check_counts *out, struct err_why *why);

#endif

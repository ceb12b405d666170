/* veil_judge.h - may what was handed over be published here? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_JUDGE_H
#define NODE_VEIL_JUDGE_H

#include "node/veil_book.h"

#define VEIL_JUDGE_ITEMS 8 /* of one source in a term */
#define VEIL_JUDGE_MAX 8192 /* of all sources */

/* What was let through in a term; zeroed at first.  One thread. */
struct veil_judge {
	uint32_t term;
	struct veil_passed *at;
	size_t len;
};
/*
 * veil_judge_begin - of this term; what the own alliance log shows of it counts
 * as well as what was let through since the start.  Some reads for each item.
 * ERR_LIMIT: more than can be counted; ERR_* of a store.
 */
ERR_CHECKED enum err veil_judge_begin(
    struct veil_judge *j, struct site *s, uint32_t term, struct err_why *why);
void veil_judge_clear(struct veil_judge *j);

/*
 * veil_judge - is it of the form, does a ring of enough companies vouch, and is
 * it new to all?  What stands on a log is known to everybody: who handed it on
 * would fill a batch with it.  A withdrawal is of an item that stands here, by
 * its key.
 *   origin   the same for all of one source; a withdrawal fills no batch
 *            (MIX_SILENT), as whoever withdraws need not be of this term's ring
 * ERR_* of veil_book_check; ERR_LIMIT: the ring is of too few companies;
 * ERR_BUSY: its source has had its part; ERR_EXISTS: it stands so already;
 * ERR_NOT_FOUND, ERR_UNVERIFIED: of a withdrawal.
 */
ERR_CHECKED enum err veil_judge(struct veil_judge *j, const struct veil_book *b,
    struct site *s, const Record__Intel *m, uint32_t *origin,
    struct err_why *why);

#endif

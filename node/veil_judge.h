/* veil_judge.h - may what was handed over be published here? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_JUDGE_H
#define NODE_VEIL_JUDGE_H

#include "node/veil_book.h"

#define VEIL_JUDGE_ITEMS 8 /* of one source in a term */

/* How often each source was let through; zeroed at first and with each term
 * (veil_judge_clear).  One thread. */
struct veil_judge {
	struct veil_tag *at;
	size_t len;
};
void veil_judge_clear(struct veil_judge *j);

/*
 * veil_judge - is it of the form, and does a ring of enough companies vouch?  A
 * withdrawal is only looked at for its form: submit_veil holds it against the
 * item.
 *   origin   the same for all of one source (of a withdrawal: of one item)
 * ERR_* of veil_book_check; ERR_LIMIT: the ring is of too few companies;
 * ERR_BUSY: its source has had its part.
 */
ERR_CHECKED enum err veil_judge(struct veil_judge *j, const struct veil_book *b,
    struct site *s, const Record__Intel *m, uint32_t *origin,
    struct err_why *why);

#endif

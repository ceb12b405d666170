/* store_walk.h - go through all pages of a store and say what is damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_WALK_H
#define LEDGER_STORE_WALK_H

#include "ledger/store.h"

struct store_walk_counts {
	uint64_t pages; /* of the file, in this transaction's state */
	uint64_t seen; /* so far */
	uint64_t rows;
	uint64_t holes; /* among them; with sums */
	uint64_t faults;
};

struct store_walk {
	bool shallow; /* branches and free list only: what leads to a leaf */
	bool sums; /* each row's own sum too */
	bool pass_holes; /* what is known to be lost is no fault (store_hole) */
	void *arg;
	/* Each fault: "record: page 17: keys do not ascend".  NULL: the first
	 * ends the walk. */
	void (*fault)(void *arg, const struct err_why *why);
	/* Each row of a table that is whole so far; may be NULL. */
	void (*row)(void *arg, const char *table, const struct store_row *row);
	/* Each table and how many rows it should have; may be NULL. */
	void (*table)(void *arg, const char *table, uint64_t rows);
	/* Every few thousand pages; may be NULL. */
	void (*progress)(void *arg, const struct store_walk_counts *so_far);
};

/*
 * store_walk - check the newest state: every page is what its parent takes it
 * for, in order and within the parent's bounds, is reached once, and all that
 * are not reached are free; rows are as many as counted.  So no row can be lost
 * or an older page come back by a changed number.
 *
 * Works on damaged files: it believes nothing that it has not checked.
 * ERR_CORRUPT, `why` names the first fault;  others: could not look.
 * Reads as fast as the disk gives, in one transaction of its own, the tables
 * by a thread per core: `fault` and `progress` are called by any of them, one
 * at a time; with `row` there is only one.
 */
ERR_CHECKED enum err store_walk(struct store *s, const struct store_walk *plan,
    struct store_walk_counts *counts, struct err_why *why);

/*
 * store_walk_file - the same for bytes that LMDB has not opened and nobody
 * writes, in the state that `meta` (store_page.h) says.
 *
 *   used  out: one bit per page that this state rests on, as far as that can
 *         be told; NULL, or room for meta->last + 1 bits, zeroed
 */
struct store_page_meta;
ERR_CHECKED enum err store_walk_file(struct bytes file,
    const struct store_page_meta *meta, const struct store_walk *plan,
    uint8_t *used, struct store_walk_counts *counts, struct err_why *why);

/* store_walk as store_open wants it: all of a small file, the branches of a
 * large one, whose leaves are looked at when they are read. */
ERR_CHECKED enum err store_walk_opening(
    struct store *s, const char *dir, struct err_why *why);

#endif

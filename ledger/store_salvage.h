/* store_salvage.h - take every row that holds out of a damaged store. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_SALVAGE_H
#define LEDGER_STORE_SALVAGE_H

#include "ledger/store.h"

/* What became of one table. */
struct store_salvage_table {
	const char *name;
	bool known; /* how many rows it had */
	uint64_t rows; /* it had; 0 unless known */
	uint64_t taken;
	bool whole; /* known, and all of them were taken */
};

struct store_salvage {
	bool look; /* tell of faults only; `to` is NULL */
	/* Tables to look for even if the list of them is damaged. */
	const char *const *names;
	size_t names_len;
	void *arg;
	/* Each place that is damaged, as store_walk names it; holes are not. */
	void (*fault)(void *arg, const struct err_why *why);
	void (*table)(void *arg, const struct store_salvage_table *t);
	/* Now and then; may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t pages);
};

/*
 * store_salvage - copy what is undamaged of the store in `dir` into the new,
 * empty store `to`, in the state that was acknowledged last.
 *
 * LMDB never opens the damaged file.  A row's sum covers its table's name, so a
 * row that rests on a page in use is known for what it is without the branches
 * that led to it, and without the rest of its page: only what is damaged itself
 * is lost.  Pages that are free, and so may hold what was erased or is older,
 * are not looked at.  Rows in redo.* are taken over too.
 *
 * Nobody else has `dir` open.  Nothing in it is changed.
 *
 * ERR_OK           `table` has been told of every table
 * ERR_CORRUPT      it cannot be told which state was the last one
 * ERR_UNSUPPORTED  of another schema: rows have no sums, or it is newer
 */
ERR_CHECKED enum err store_salvage(const char *dir, struct store *to,
    const struct store_salvage *plan, struct err_why *why);

#endif

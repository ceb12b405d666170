/* store_space.h - what the bytes of a store are used for; making it smaller. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_SPACE_H
#define LEDGER_STORE_SPACE_H

#include "ledger/store.h"

struct store_space {
	uint64_t file; /* bytes of data.mdb */
	uint64_t live; /* of its pages that hold something */
	uint64_t spare; /* of those that are free */
	uint64_t redo; /* bytes of the redo files */
};

/* One table: its rows, and its pages in bytes. */
typedef void (*store_space_each)(
    void *arg, const char *table, uint64_t rows, uint64_t bytes);

/* store_space - of the newest state, beside a writer only roughly.
 * each may be NULL.  ERR_CORRUPT, ERR_IO. */
ERR_CHECKED enum err store_space(struct store *s, struct store_space *out,
    store_space_each each, void *arg, struct err_why *why);

struct store_compact {
	uint64_t before; /* out: bytes of data.mdb */
	uint64_t after; /* out */
	uint64_t rows; /* out */
	void *arg;
	/* Now and then; what: "pages", "copy" or "verify".  May be NULL. */
	void (*progress)(
	    void *arg, const char *what, uint64_t done, uint64_t total);
};

/*
 * store_compact - write the store in `dir` anew without its free pages.
 *
 * Every page and row of it is checked, copied to DIR/compact, checked again
 * there and found to be the same; then one rename puts the copy in place.  The
 * redo files are empty then and stay: a kill or a power loss at any instant
 * leaves the old file or the new one, and the next writer that opens the store
 * removes what is left of the copy.
 *
 * ERR_BUSY     somebody has it open
 * ERR_FULL     no room for a second copy beside it; nothing was changed
 * ERR_CORRUPT  it is damaged; nothing was changed
 */
ERR_CHECKED enum err store_compact(
    struct store_compact *c, const char *dir, struct err_why *why);

/* What an interrupted store_compact left in `dir`; for a writer. */
void store_compact_sweep(const char *dir);

#endif

/* refold.h - the tables as a fresh fold gives them, against those that rest. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REFOLD_H
#define NODE_REFOLD_H

#include "ledger/log.h"
#include "ledger/store.h"
#include "node/fold.h"
#include "proto/digest.h"

/* What became of one table. */
struct refold_table {
	const char *name;
	uint64_t rows; /* as folded */
	uint64_t missing; /* folded, not there */
	uint64_t extra; /* there, not folded */
	uint64_t changed; /* there with another value, or damaged */
	struct err_why first; /* of them; "" none */
};

struct refold {
	struct log_book *book; /* of the logs and of the tables that rest */
	const struct digest_hmac *mac; /* under the index key */
	const char *scratch; /* a directory to make and to remove */
	bool repair; /* make what rests like what was folded */
	void *arg;
	void (*table)(void *arg, const struct refold_table *t);
	/* Entries folded; now and then; may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
};

/* The folded tables by their order; NULL behind the last. */
const char *refold_name(size_t i);

/*
 * refold - fold every log of a book into a store of its own and compare all
 * folded tables, row by row.  What erased bodies once said is not in the logs
 * any more; their rows are taken over from what rests when they agree with the
 * entries.
 *
 * Marks of store_distrust on these tables are lifted, and with `repair` go.
 * With `repair` all differences are mended in one transaction: a crash leaves
 * the tables as they were or as they should be.  The book's store is then open
 * for writing and nobody else uses it; else it may be read-only, and in use.
 *
 * ERR_OK also when tables differ: `table` has said so, in order of names.
 * ERR_CORRUPT  a log itself is damaged: nothing was compared
 */
ERR_CHECKED enum err refold(const struct refold *r, struct err_why *why);

#endif

/* store_walk_part.h - what the files of the walk share; not for others. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_WALK_PART_H
#define LEDGER_STORE_WALK_PART_H

#include <pthread.h>

#include "ledger/store_page.h"
#include "ledger/store_walk.h"

#define FIRST_PAGE 2 /* behind the meta pages */

/* The keys that the subtree of a branch's child may hold: [from, to). */
struct bound {
	struct bytes key;
	bool open; /* no bound on this side */
};

/* A branch page on the way down. */
struct level {
	const uint8_t *page;
	size_t next; /* child to look at */
	struct bound from;
	struct bound to;
};

struct walk {
	const struct store_walk *plan;
	struct store_walk_counts *counts;
	struct err_why *why; /* of the first fault */
	const uint8_t *map; /* LMDB does not tell where its own is */
	size_t map_bytes;
	size_t page_bytes;
	uint64_t file_pages;
	uint8_t *used; /* out: see store_walk_file; NULL */
	uint64_t unseen; /* pages of long values that a shallow walk leaves */
	/* Shared by threads. */
	uint8_t *reached; /* one bit per page, atomic */
	uint64_t *seen; /* pages by all of them, atomic */
	pthread_mutex_t *lock; /* while the plan is told something */
};

/* What is being walked. */
struct tree {
	const char *name;
	uint64_t sums; /* of its rows */
	struct store_page_tree claimed;
	struct store_page_tree found;
	bool numbers;
	bool tables; /* the list of tables */
	bool list; /* the list of free pages */
	struct level level[STORE_PAGE_DEPTH];
	size_t depth;
};

/* A tree from `claimed` on; faults are told and counted. */
void store_walk_tree(struct walk *w, struct tree *t);
/* The table that a row of the list of tables speaks of. */
void store_walk_table(
    struct walk *w, struct tree *t, const struct store_page_node *n);
void store_walk_fault(struct walk *w, const char *table, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* How pages from `number` on will be read. */
void store_walk_advise(
    const struct walk *w, uint64_t number, uint64_t n, int how);

static inline const uint8_t *
page_at(const struct walk *w, uint64_t number)
{
	return w->map + number * w->page_bytes;
}

/* The first fault is enough, and there is one. */
static inline bool
done(const struct walk *w)
{
	return w->counts->faults > 0 && w->plan->fault == NULL;
}

#endif

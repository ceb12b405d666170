/* repair.h - make a damaged store of a stopped node whole again. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REPAIR_H
#define NODE_REPAIR_H

#include "node/site.h"
#include "proto/err.h"

/* What a step did. */
enum repair_word {
	REPAIR_DAMAGED, /* found: a place of the file */
	REPAIR_TAKEN, /* rows taken over, and how many were lost */
	REPAIR_MADE, /* computed from what is whole */
	REPAIR_LOST, /* marked: to be fetched from a member */
	REPAIR_CUT, /* a replica: fetched again from there on */
	REPAIR_KEPT, /* the damaged store, under another name */
	REPAIR_WHOLE, /* nothing to do */
	REPAIR_WORDS,
};

struct repair {
	struct site *site; /* of site_stopped */
	void *arg;
	void (*tell)(void *arg, const char *store, enum repair_word word,
	    const struct err_why *text);
	void (*progress)(
	    void *arg, const char *what, uint64_t done, uint64_t total);
};

/*
 * repair_store - look at DIR/own or DIR/replica; when a page or row is damaged,
 * build a new store beside it of all that is whole (store_salvage, log_mend, a
 * fresh fold of the tables) and put it in the place of the old one, which is
 * kept as DIR/own.damaged-N.  A crash leaves one of the two in place.
 *
 * Also folds tables that an earlier repair had to leave (store_distrust), once
 * nothing is missing any more.
 *
 *   lost  out: rows that are marked as lost
 *
 * ERR_REFUSED  what the node has signed or cosigned last cannot be told any
 *              more: `why` says what to do;  nothing was changed
 * ERR_FULL     no room for a second store;  ERR_UNSUPPORTED: another schema, or
 *              a file system that cannot exchange two directories
 */
ERR_CHECKED enum err repair_store(
    const struct repair *r, bool own, uint64_t *lost, struct err_why *why);

#endif

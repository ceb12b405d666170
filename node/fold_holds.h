/* fold_holds.h - legal holds in the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_HOLDS_H
#define NODE_FOLD_HOLDS_H

#include "node/fold_kind.h"

/* Only internal use by fold_retain.c: of the record of an entry.  wide: it
 * cannot be read, and holds everything. */
ERR_CHECKED enum err fold_holds_put(struct fold *f,
    const struct fold_item *item, const Record__Retention *m,
    struct err_why *why);
ERR_CHECKED enum err fold_holds_wide(
    struct fold *f, const struct fold_item *item, struct err_why *why);
ERR_CHECKED enum err fold_holds_drop(
    struct fold *f, const struct fold_item *item, struct err_why *why);

/* Zero: does not narrow.  Hashes: fold_hash. */
struct fold_hold {
	uint8_t id[16]; /* of the hold */
	uint8_t record[16];
	uint64_t person;
	uint64_t source;
	uint16_t kind;
	uint64_t area;
	int64_t from_us; /* of recorded time */
	int64_t to_us;
};

#define FOLD_HOLDS_MAX 4096 /* placing more is refused */
struct fold_holds {
	struct fold_hold *at;
	size_t len;
};
/* All that hold something in this line; release with fold_holds_free. */
ERR_CHECKED enum err fold_holds(
    struct fold *f, uint16_t slot, struct fold_holds *out, struct err_why *why);
void fold_holds_free(struct fold_holds *h);

/* A record and when its first and newest event were recorded. */
struct fold_held {
	const uint8_t *id; /* 16 */
	const struct row *row;
	int64_t first_us;
	int64_t newest_us;
	/* Which of these does what it says name the person of?  Opens every
	 * event: asked once, last.  NULL: not asked. */
	const struct fold_hold *(*names)(
	    void *arg, const struct fold_hold *const *holds, size_t len);
	void *arg;
};
/* The first that holds it; NULL: none does. */
const struct fold_hold *fold_holds_it(
    const struct fold_holds *h, const struct fold_held *r);

#endif

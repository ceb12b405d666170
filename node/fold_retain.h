/* fold_retain.h - what is held, what waits for its erasure, what expired. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_RETAIN_H
#define NODE_FOLD_RETAIN_H

#include "node/fold_kind.h"
#include "proto/slice.h"

/*
 * Table `retain`, of one line; places as in fold_place.h:
 *
 *   slot || 'h' || record_id -> a hold that nobody has released
 *   slot || 'p' || place     -> the request that an erasure of it waits for,
 *                               and which fields are given out to nobody
 *   slot || 'u' || place     -> record_id: a request at this place that cannot
 *                               be read; which entry before it is only stored,
 *                               nobody knows
 *   slot || 'm' || place     -> u64be place of the RETENTION entry by which its
 *                               media ended || name and version of the term
 *   slot || 'x' || place     -> the same of the ERASURE entry
 */

/* Only internal use by fold_kind_apply. */
ERR_CHECKED enum err fold_retain_apply(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);
ERR_CHECKED enum err fold_retain_unknown(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);
ERR_CHECKED enum err fold_retain_erasure(
    struct fold *f, const struct fold_item *item, struct err_why *why);

/* ---- holds ---- */

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

/* ---- single entries ---- */

/* An erasure that waits. */
struct fold_wait {
	uint64_t place;
	uint8_t request[16]; /* record id of the DEFER ... */
	uint64_t by; /* ... and its place */
	int64_t until_us; /* as far as known when it was asked */
	bool whole; /* all of it is asked to go */
	bool unread; /* it may: the request cannot be read */
	uint32_t hidden[SLICE_MAX];
	size_t hidden_len;
};
/* Of the entry at a place.  ERR_NOT_FOUND: none, the usual case. */
ERR_CHECKED enum err fold_wait(struct fold *f, uint16_t slot, uint64_t place,
    struct fold_wait *out, struct err_why *why);
/* The same for whoever gives it out: while a request that came later cannot be
 * read this may be what it asked for, and all of it is hidden (unread). */
ERR_CHECKED enum err fold_wait_hides(struct fold *f, uint16_t slot,
    uint64_t place, struct fold_wait *out, struct err_why *why);
/* The first at `from` or behind it.  ERR_NOT_FOUND: no more. */
ERR_CHECKED enum err fold_wait_next(struct fold *f, uint16_t slot,
    uint64_t from, struct fold_wait *out, struct err_why *why);
/* Does one of this record's entries wait, or may it?  r: NULL: any at all. */
ERR_CHECKED enum err fold_waits_any(struct fold *f, uint16_t slot,
    const uint8_t id[static 16], const struct row *r, bool *out,
    struct err_why *why);

/* By which term an entry was erased ('x'), or its media ended ('m'); a text for
 * free(), NULL: neither. */
enum fold_expired {
	FOLD_EXPIRED_MEDIA = 'm',
	FOLD_EXPIRED_BODY = 'x',
};
char *fold_expired(struct fold *f, uint16_t slot, uint64_t place,
    enum fold_expired what, uint64_t *by);

#endif

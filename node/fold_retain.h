/* fold_retain.h - what is held, what waits for its erasure, what expired. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_RETAIN_H
#define NODE_FOLD_RETAIN_H

#include "node/fold_holds.h"
#include "node/fold_kind.h"
#include "proto/slice.h"

/*
 * Table `retain`, of one line; places as in fold_place.h:
 *
 *   slot || 'h' || record_id -> a hold that nobody has released (fold_holds.h)
 *   slot || 'p' || place     -> the request that an erasure of it waits for,
 *                               and which fields are given out to nobody
 *   slot || 'u' || place     -> record_id: a request at this place that cannot
 *                               be read; which entry before it is only stored,
 *                               nobody knows
 *   slot || 'v' || place     -> record_id: likewise, but somebody said which
 * one it was for, and that one waits or is gone slot || 'm' || place     ->
 * u64be place of the RETENTION entry by which its media ended || name and
 * version of the term slot || 'x' || place     -> the same of the ERASURE entry
 */

/* Only internal use by fold_kind_apply. */
ERR_CHECKED enum err fold_retain_apply(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);
ERR_CHECKED enum err fold_retain_unknown(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);
ERR_CHECKED enum err fold_retain_erasure(
    struct fold *f, const struct fold_item *item, struct err_why *why);

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
/* Is there a request at this place that cannot be read, and nobody said for
 * what it was? */
bool fold_wait_lost(struct fold *f, uint16_t slot, uint64_t place);
/* The first such: request and by. */
ERR_CHECKED enum err fold_wait_lost_next(
    struct fold *f, uint16_t slot, struct fold_wait *out, struct err_why *why);
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

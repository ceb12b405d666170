/* veil_own.h - own items that others publish: out of the evidence, and said. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_OWN_H
#define NODE_VEIL_OWN_H

#include "node/commit.h"
#include "node/veil_book.h"
#include "node/veil_keys.h"
#include "proto/buf.h"
#include "record.pb-c.h"

#define VEIL_OWN_SEQ 4 /* after draft, item and approval */

/*
 * veil_own_make - what the evidence keeps of an item that is handed over: as it
 * will be published, under an id that tells nothing, with the companies that it
 * could be of.  slice_free.
 *   older   public id of what it supersedes; NULL: nothing
 */
Record__Intel *veil_own_make(
    const Record__Intel *item, const char *older, int64_t now_us);

/* The same read again; id: of the draft.  ERR_NOT_FOUND: there is none. */
ERR_CHECKED enum err veil_own_get(struct commit_ctx *ctx,
    const uint8_t id[static 16], Record__Intel **out, struct err_why *why);

/* The key of an item that veil_own_get gave: it follows from its id and the
 * site's index key, and stands nowhere.  Wipe it. */
void veil_own_key(
    struct site *s, const Record__Intel *own, struct crypto_signer *out);

/*
 * veil_own_hold_us - each item waits its own time before it is said, and
 * another one before it is taken back (back): the same after a restart, up to
 * the policy's holdMinutes, so that what was decided here and what came out
 * there do not lie side by side.
 */
int64_t veil_own_hold_us(struct site *s, const Record__Intel *own, bool back);

/* Where an item stands: on whose alliance logs, as far as they are here. */
struct veil_place {
	char site[NOTE_NAME_MAX + 1];
	bool withdrawn;
};
#define VEIL_PLACES_MAX 8
size_t veil_own_places(struct site *s, const char *public_id,
    struct veil_place out[static VEIL_PLACES_MAX]);

/* How many companies that it could be of are in the ring, and how many it
 * takes: one more than k, as one is the reader's own. */
struct veil_crowd {
	size_t companies;
	size_t needed;
};
void veil_own_crowd(struct site *s, const struct veil_book *b,
    const Record__Intel *own, struct veil_crowd *out);

/* veil_own_next - what is to be said of own items now: the first that has
 * waited long enough.  False: nothing. */
struct veil_plan;
struct veil_plan *veil_plan_new(struct site *s);
void veil_plan_free(struct veil_plan *p);
struct veil_next {
	struct buf body; /* buf_clear */
	char publisher[NOTE_NAME_MAX + 1]; /* "": anyone */
};
bool veil_plan_next(struct veil_plan *p, const struct veil_book *b,
    const struct veil_keys *keys, int64_t slot_us, struct veil_next *out);

#endif

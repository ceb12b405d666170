/* permit_world.h - what a permit's guards need to know of everything else. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PERMIT_WORLD_H
#define NODE_PERMIT_WORLD_H

#include "node/domain/permit.h"
#include "node/fold.h"
#include "node/fold_ids.h"
#include "proto/err.h"

struct site;

/* fold: of the own store, in any transaction. */
struct permit_world_ask {
	struct site *site;
	struct fold *fold;
	const uint8_t *record_id; /* 16 */
	const struct row *row; /* NULL: it is being applied for */
	const Pack__Work *pack; /* NULL: nothing but persons is looked at */
	const Record__Permit *msg; /* NULL: a view */
	Record__Permit__Action action; /* the move */
	uint64_t signer;
	int64_t at_us;
	bool links_only; /* what goes on nearby is not asked */
};

/* Texts that `world` points at. */
struct permit_world_ids {
	char link[40];
	char conflict[40];
};

/*
 * permit_world - linked permits, work nearby, the day, the place, the persons.
 * Links: at APPLY and APPROVE they must be there and not over; at START issued;
 * at RESUME not over.  What this work follows (Work.follows) must be going and
 * bounds it in time.  Work nearby counts while it is in progress, an activity
 * (an open case of a type that the pack keeps apart: gas-venting) until it is
 * closed; where distance matters and a place is not known, it is too near.
 */
ERR_CHECKED enum err permit_world(const struct permit_world_ask *ask,
    struct permit_world_ids *ids, struct permit_world *out,
    struct err_why *why);

/* Open permits that go with (are linked to) `parent`, whose row is `row`, that
 * by their packs follow its type of work, and could be going.  fold_ids_clear.
 */
ERR_CHECKED enum err permit_world_followers(struct site *s, struct fold *f,
    const uint8_t parent[static 16], const struct row *row,
    struct fold_ids *out, struct err_why *why);

/* Permits under way beside which, by their packs, an activity (an open case,
 * whose row is `row`) may not go on: its type is one that the packs know, and
 * it is not known to be far enough.  fold_ids_clear. */
ERR_CHECKED enum err permit_world_disturbed(struct site *s, struct fold *f,
    const struct row *row, int64_t at_us, struct fold_ids *out,
    struct err_why *why);

/* Every open permit of this node; do not write meanwhile.  lost: of each that
 * cannot be read (submit_damage says so); or NULL. */
typedef void (*permit_world_in)(
    void *arg, const uint8_t *id, const struct row *r);
typedef void (*permit_world_lost)(void *arg, const uint8_t *id, uint64_t area);
ERR_CHECKED enum err permit_world_each(struct site *s, struct fold *f,
    permit_world_in each, permit_world_lost lost, void *arg,
    struct err_why *why);

/* Is somebody in an area, who was seen at a point? */
enum permit_world_where {
	PERMIT_WORLD_UNSURE, /* its edge is nearer than the point is known; or
	                        nobody knows where the area lies */
	PERMIT_WORLD_INSIDE,
	PERMIT_WORLD_OUTSIDE,
};
struct permit_world_point {
	double longitude, latitude, accuracy_m;
};
enum permit_world_where permit_world_where(struct site *s, uint64_t area,
    const struct permit_world_point *at, int64_t at_us);

#endif

/* fold_notice.h - who outside is still to be told of what, out of the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_NOTICE_H
#define NODE_FOLD_NOTICE_H

#include "node/domain/notice.h"
#include "node/fold_kind.h"

/*
 *   target  slot || u64be name  -> kinds, level, areas: in force now
 *   notice  slot || u64be place || u64be name
 *                               -> u8 state || u8 kind || i64be recorded_us
 *
 * An entry that makes a notice gives a row to each target in force that wants
 * it; DELIVERED takes the row away, GIVEN_UP and RETRY change its state.  What
 * has to be sent is these rows and nothing else.  name: fold_hash FOLD_TARGET.
 */
enum fold_notice_state {
	FOLD_NOTICE_PENDING = 1,
	FOLD_NOTICE_GIVEN_UP,
};
struct fold_notice_row {
	uint64_t place; /* of the entry it tells of */
	uint64_t target;
	enum fold_notice_state state;
	size_t kind; /* row of the table in notice.h */
	int64_t since_us; /* when that entry was recorded */
};
/* False: it is no such row, or damaged. */
bool fold_notice_get(struct fold_notice_row *out, const struct store_row *row);
struct fold_key fold_notice_key(uint16_t slot, uint64_t place, uint64_t target);

/* Of DELIVERY: its own row.  For fold_kind_apply. */
ERR_CHECKED enum err fold_notice_apply(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);
/* Of any entry: both tables; no damaged row of theirs keeps an entry out.  r:
 * its record's row after it.  For fold_entry. */
ERR_CHECKED enum err fold_notice(struct fold *f, const struct fold_event *e,
    const struct row *r, struct err_why *why);

/* A target in force; ERR_NOT_FOUND. */
ERR_CHECKED enum err fold_notice_target(struct fold *f, uint16_t slot,
    uint64_t name, struct notice_target *out, struct err_why *why);

#endif

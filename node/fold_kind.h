/* fold_kind.h - what one event does to its record, kind by kind. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_KIND_H
#define NODE_FOLD_KIND_H

#include "node/fold.h"

struct fold_event {
	const struct fold_item *item;
	bool first; /* of its record */
	bool applied; /* the state machine moved */
};

/* Beside ALARM in the holder table, under the permit that it names: the node's
 * own alarm of what is so, until its RETURN. */
#define FOLD_KIND_LASTS 0x4000u

/* The transaction in which the book is read. */
static inline struct store_txn *
fold_logs(const struct fold *f)
{
	return f->logs != NULL ? f->logs : f->txn;
}

/* How far ahead of its recording an event may lie: clock skew. */
#define FOLD_KIND_FUTURE_US (INT64_C(5) * 60 * 1000000)

/* When it happened by its author's word; else when it was recorded. */
int64_t fold_kind_occurred(const struct fold_item *item);
/* The same for the windows of lists: what lies in the future by a wrong clock
 * counts when it was recorded. */
int64_t fold_kind_listed(const struct fold_item *item);

/*
 * fold_kind_apply - change the row (state, level, hashes, times) and the
 * secondary tables that belong to the kind.  Only internal use by fold.c.
 */
ERR_CHECKED enum err fold_kind_apply(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);

/* Counts the event in its source's feed and remembers its number. */
ERR_CHECKED enum err fold_kind_source(
    struct fold *f, const struct fold_item *item, struct err_why *why);

/* A row of `source` of an entry whose body was erased, or a field of it: no
 * fold can make it from the log again.  Is it of such an entry?  And taken
 * over. */
bool fold_source_erased(struct fold *f, const struct store_row *row);
ERR_CHECKED enum err fold_source_again(
    struct fold *f, const struct store_row *row, struct err_why *why);
/* Is a row of `name` the text of its hash? */
bool fold_kind_named(const struct fold *f, const struct store_row *row);

/* Replaces the row of a record. */
ERR_CHECKED enum err fold_put_row(struct fold *f, uint16_t slot,
    const uint8_t id[static 16], const struct row *r, struct err_why *why);

/* A row by which the record is found by a person's reference. */
ERR_CHECKED enum err fold_kind_holder(struct fold *f,
    const struct fold_item *item, const char *holder, struct err_why *why);

/* Remembers the text of a hash (never of a person). */
ERR_CHECKED enum err fold_kind_name(struct fold *f, uint16_t slot,
    enum fold_class c, const char *text, uint64_t *hash, struct err_why *why);

#endif

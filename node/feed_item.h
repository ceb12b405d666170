/* feed_item.h - one log entry as a server-sent event; cursors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FEED_ITEM_H
#define NODE_FEED_ITEM_H

#include "node/feed.h"
#include "node/site.h"

/* What a stream's owner wants and may see. */
struct feed_filter {
	Ledger__Kind kind; /* 0: all */
	uint32_t level; /* this or graver; 0: all */
	uint64_t area; /* keyed hash; 0: all */
	uint64_t allowed[OPS_AREAS_MAX]; /* scope of the token */
	size_t allowed_len; /* 0: every area */
	bool alliance_only; /* partner */
	bool no_exercises; /* regulator */
	char site[SITE_NAME_MAX + 1]; /* "": every site held */
};
/* ERR_MALFORMED: `why` starts with the parameter's name. */
ERR_CHECKED enum err feed_filter_init(
    struct feed_filter *out, const struct ops_call *call, struct err_why *why);

/* Position in one log: index of the next entry. */
struct feed_mark {
	bool own;
	uint16_t slot;
	bool named; /* by the id that a reader resumes from */
	uint64_t next;
};
struct feed_cursor {
	struct feed_mark at[FEED_LOGS_MAX];
	size_t len;
	unsigned looked[2]; /* slots looked at: own store, replicas */
};

/*
 * feed_cursor_init - the logs that the filter wants, each from its end, or
 * from where `id` (NULL: none) says.
 * A log that this node first heard of after that is read from its beginning.
 * ERR_MALFORMED  not an id of ours
 */
ERR_CHECKED enum err feed_cursor_init(struct feed_cursor *out, struct site *s,
    const struct feed_filter *filter, const char *id, struct err_why *why);

/* Adds logs that have begun since, from their beginning. */
void feed_cursor_grow(
    struct feed_cursor *c, struct site *s, const struct feed_filter *filter);

/* The entry as an event, appended, unless the filter drops it. */
struct feed_item {
	struct site *site;
	struct site_db *db;
	struct store_txn *txn;
	uint16_t slot;
	uint64_t index;
};
void feed_item_put(struct buf *out, const struct feed_item *item,
    const struct feed_filter *filter, const struct feed_cursor *cursor);

#endif

/* query_view.h - rows and entries as messages.  Only for query*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_VIEW_H
#define NODE_QUERY_VIEW_H

#include "api.pb-c.h"
#include "node/fold.h"
#include "node/query.h"
#include "node/site.h"

/* One log that is being read. */
struct query_view {
	struct site *site;
	struct fold fold; /* transaction and tables of its store */
	uint16_t slot;
	bool own;
	char origin[NOTE_NAME_MAX + 1];
	char name[NOTE_NAME_MAX + 1]; /* of the site that writes it */
	bool proof;
};

/* Fills origin and name from slot.  ERR_NOT_FOUND: no such slot. */
ERR_CHECKED enum err query_view_open(struct query_view *v, struct err_why *why);

/* A record without events. */
Api__RecordView *query_view_record(struct query_view *v,
    const uint8_t id[static 16], const struct row *r, int64_t now_us);
/* Adds the event at a leaf index. */
ERR_CHECKED enum err query_view_event(struct query_view *v,
    Api__RecordView *out, uint64_t index, struct err_why *why);

/* Text of a keyed hash, to be freed; NULL: unknown. */
char *query_view_text(struct query_view *v, enum fold_class c, uint64_t hash);

/* The .tlog-proof of a leaf in the view's transaction, appended. */
ERR_CHECKED enum err query_view_proof(struct query_view *v, uint64_t index,
    size_t min_sigs, struct buf *out, struct err_why *why);

#endif

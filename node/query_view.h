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
	uint16_t slot; /* its line (fold_place.h) */
	bool own;
	bool alliance; /* the log's stream; else evidence */
	char origin[NOTE_NAME_MAX + 1]; /* of the line's oldest generation */
	char name[NOTE_NAME_MAX + 1]; /* of the site that writes it */
	const struct query_scope *scope;
	const uint64_t *areas; /* query_view_areas of the scope */
};

/* Hashes of the areas of a scope, to be freed. */
uint64_t *query_view_areas(
    const struct digest_hmac *mac, const struct query_scope *scope);

/* Fills origin, name and alliance from slot.  ERR_NOT_FOUND: no such slot;
 * ERR_EXISTS: a later generation of a line that another slot names. */
ERR_CHECKED enum err query_view_open(struct query_view *v, struct err_why *why);

/* May records of this kind stand in this log, and may the asker read it? */
bool query_view_holds(const struct query_view *v, Ledger__Kind kind);
/* Does the scope cover the record?  One without area is for askers who may see
 * every area, unless it was published to all members. */
bool query_view_shows(const struct query_view *v, const struct row *r);

/* A record without events. */
Api__RecordView *query_view_record(struct query_view *v,
    const uint8_t id[static 16], const struct row *r, int64_t now_us);
/* One whose row cannot be read: its id, and that it is DAMAGED.  _at: with the
 * place of its first event. */
Api__RecordView *query_view_damaged(
    struct query_view *v, const uint8_t id[static 16], Ledger__Kind kind);
Api__RecordView *query_view_damaged_at(struct query_view *v,
    const uint8_t id[static 16], Ledger__Kind kind, uint64_t place);
/* Adds the event at a place.  A body that does not open is DAMAGED;
 * ERR_CORRUPT: the leaf is not there or does not decode. */
ERR_CHECKED enum err query_view_event(struct query_view *v,
    Api__RecordView *out, uint64_t place, struct err_why *why);

/* Text of a keyed hash, to be freed; NULL: unknown. */
char *query_view_text(struct query_view *v, enum fold_class c, uint64_t hash);

/* How often a source sent again what was known. */
uint64_t query_view_repeats(struct query_view *v, uint64_t source);

/* query_proof of the log in `slot`, in the view's transaction. */
ERR_CHECKED enum err query_view_proof(struct query_view *v, uint16_t slot,
    const struct query_proof *p, struct buf *out, struct err_why *why);

#endif

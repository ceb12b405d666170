/* query.c - one record with its events, from own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query.h"

#include <stdlib.h>

#include "node/fold_key.h"
#include "node/query_about.h"
#include "node/query_gaps.h"
#include "node/query_view.h"
#include "proto/mem.h"
#include "proto/text.h"

/* Places of the events: the first, then the newest in order. */
struct events {
	uint64_t at[QUERY_EVENTS_MAX];
	size_t len;
};

static enum err
find_events(struct query_view *v, const uint8_t id[static 16],
    const struct row *r, struct events *out, struct err_why *why)
{
	/* Past the key of any event_seq. */
	struct fold_key k = fold_key_record(v->slot, id, UINT32_MAX);
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = QUERY_EVENTS_MAX;
	enum err e;

	fold_key_uint(&k, 0, 1);
	e = store_cursor(v->fold.txn, v->fold.t->record, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&k), &row);
	/* The row itself, event_seq 0, ends it. */
	while (e == ERR_OK && n > 1 && row.key.len == k.len - 1 &&
	    memcmp(row.key.ptr, k.b, 18) == 0 &&
	    fold_key_u64(bytes_of(row.key.ptr + 18, 4)) != 0) {
		out->at[--n] = fold_key_u64(row.value);
		e = store_prev(c, &row);
	}
	store_cursor_close(c);
	out->at[0] = r->first;
	out->len = 1 + QUERY_EVENTS_MAX - n;
	memmove(out->at + 1, out->at + n,
	    (QUERY_EVENTS_MAX - n) * sizeof out->at[0]);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
get_from_log(struct query_view *v, Ledger__Kind kind,
    const uint8_t id[static 16], Api__RecordView **out)
{
	Api__RecordView *m = NULL;
	struct events *events;
	struct row r;
	enum err e;

	e = fold_get(&v->fold, v->slot, id, &r, NULL);
	if (e != ERR_OK)
		return e;
	if (r.kind != kind || !query_view_shows(v, &r))
		return ERR_NOT_FOUND;
	events = mem_alloc(1, sizeof *events);
	e = find_events(v, id, &r, events, NULL);
	if (e == ERR_OK)
		m = query_view_record(v, id, &r, site_now(v->site));
	for (size_t i = 0; i < events->len && e == ERR_OK; i++)
		e = query_view_event(v, m, events->at[i], NULL);
	free(events);
	if (e == ERR_OK && v->own && r.kind == LEDGER__KIND__PERMIT)
		e = query_gaps(v, id, &r, m, NULL);
	if (e == ERR_OK && r.kind == LEDGER__KIND__PERMIT)
		e = query_about(v, id, m, NULL);
	if (e == ERR_OK && v->own && r.kind == LEDGER__KIND__CASE)
		query_gaps_case(v, &r, m);
	if (e == ERR_OK)
		*out = m;
	else if (m != NULL)
		api__record_view__free_unpacked(m, NULL);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static enum err
get_from_store(struct query_view *v, struct site_db *db,
    const struct query_key *key, const uint8_t id[static 16],
    Api__RecordView **out)
{
	enum err e;

	v->fold = (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &v->site->index_mac};
	e = store_read(db->store, &v->fold.txn, NULL);
	if (e != ERR_OK)
		return e;
	e = ERR_NOT_FOUND;
	for (unsigned slot = 0; slot <= UINT16_MAX; slot++) {
		enum err open;

		v->slot = (uint16_t)slot;
		open = query_view_open(v, NULL);
		if ((open == ERR_NOT_FOUND && slot == 0) || open == ERR_EXISTS)
			continue;
		if (open != ERR_OK)
			break;
		if (key->site != NULL && strcmp(key->site, v->name) != 0)
			continue;
		if (!query_view_holds(v, key->kind))
			continue;
		e = get_from_log(v, key->kind, id, out);
		if (e != ERR_NOT_FOUND)
			break;
	}
	store_abort(v->fold.txn);
	return e;
}

enum err
query_get(struct site *s, const struct query_key *key,
    const struct query_scope *scope, Api__RecordView **out, struct err_why *why)
{
	struct query_view v;
	uint64_t *areas;
	uint8_t id[16];
	enum err e;

	if (text_uuid_get(id, bytes_str(key->record_id), NULL) != ERR_OK)
		return err_fail(why, ERR_NOT_FOUND, "no such record");
	areas = query_view_areas(&s->index_mac, scope);
	v = (struct query_view){
	    .site = s, .own = true, .scope = scope, .areas = areas};
	e = get_from_store(&v, &s->own, key, id, out);
	v.own = false;
	if (e == ERR_NOT_FOUND && !scope->own_only)
		e = get_from_store(&v, &s->replica, key, id, out);
	free(areas);
	if (e == ERR_OK)
		return ERR_OK;
	if (e == ERR_NOT_FOUND)
		return err_fail(why, e, "no such record");
	return err_fail(why, e, "the record is damaged");
}

/* query.c - lists and single records, from own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/query_view.h"
#include "proto/mem.h"
#include "proto/text.h"

#define LIMIT_DEFAULT 100
#define EXAMINED_MAX 20000 /* rows looked at for one page */
#define SLACK_US (INT64_C(10) * 60 * 1000000) /* clocks of sources */

/* Everything a list needs, with the filters as hashes. */
struct list {
	struct site *site;
	Ledger__Kind kind;
	const Api__RecordQuery *q;
	const struct query_scope *scope;
	uint64_t type;
	uint64_t area;
	uint64_t subject;
	uint8_t state;
	uint64_t *areas;
	size_t limit;
	size_t examined;
	int64_t now_us;
	Api__Records *out;
	/* Where the page before ended. */
	bool resume;
	bool resume_own;
	uint16_t resume_slot;
	uint64_t resume_index;
};

static bool
given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* "o1.42": own store, slot 1, after leaf 42; "r..." replicas. */
static enum err
read_cursor(struct list *l, struct err_why *why)
{
	struct bytes in;
	struct bytes part;
	uint64_t slot = 0;
	const uint8_t *dot;

	if (!given(l->q->cursor))
		return ERR_OK;
	in = bytes_str(l->q->cursor);
	l->resume = true;
	l->resume_own = in.ptr[0] == 'o';
	dot = memchr(in.ptr, '.', in.len);
	if ((in.ptr[0] != 'o' && in.ptr[0] != 'r') || dot == NULL)
		return err_fail(why, ERR_MALFORMED, "cursor: not one of ours");
	part = bytes_of(in.ptr + 1, (size_t)(dot - in.ptr) - 1);
	if (text_u64_get(&slot, part, UINT16_MAX, why) != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "cursor");
	part = bytes_of(dot + 1, in.len - (size_t)(dot - in.ptr) - 1);
	if (text_u64_get(&l->resume_index, part, INT64_MAX, why) != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "cursor");
	l->resume_slot = (uint16_t)slot;
	return ERR_OK;
}

static enum err
read_filters(struct list *l, struct err_why *why)
{
	const struct digest_hmac *mac = &l->site->index_mac;
	const Api__RecordQuery *q = l->q;
	bool machine =
	    l->kind == LEDGER__KIND__ALARM || l->kind == LEDGER__KIND__CASE;

	l->limit = q->has_limit ? q->limit : LIMIT_DEFAULT;
	if (l->limit < 1 || l->limit > QUERY_LIMIT_MAX)
		return err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	if (q->has_from_at && q->has_to_at && q->from_at >= q->to_at)
		return err_fail(why, ERR_MALFORMED, "to: not after from");
	l->type = fold_hash(mac, FOLD_TYPE, q->type);
	l->area = fold_hash(mac, FOLD_AREA, q->area);
	l->subject =
	    fold_hash(mac, machine ? FOLD_SOURCE : FOLD_SUBJECT, q->subject);
	if (given(q->state)) {
		l->state = row_state_find((uint16_t)l->kind, q->state);
		if (l->state == 0)
			return err_fail(why, ERR_MALFORMED,
			    "state: %s has no state \"%.40s\"",
			    row_kind_text((uint16_t)l->kind), q->state);
	}
	l->areas = mem_alloc(l->scope->areas_len + 1, sizeof *l->areas);
	for (size_t i = 0; i < l->scope->areas_len; i++)
		l->areas[i] = fold_hash(mac, FOLD_AREA, l->scope->areas[i]);
	return read_cursor(l, why);
}

static bool
in_scope(const uint64_t *areas, size_t len, uint64_t area)
{
	for (size_t i = 0; i < len; i++) {
		if (areas[i] == area)
			return true;
	}
	return len == 0;
}

static bool
matches(const struct list *l, const struct query_view *v, const struct row *r)
{
	const Api__RecordQuery *q = l->q;

	if (r->kind != l->kind ||
	    !in_scope(l->areas, l->scope->areas_len, r->area))
		return false;
	/* A released item stands on the alliance log; once is enough. */
	if (r->kind == LEDGER__KIND__INTEL && r->state == ROW_RELEASED &&
	    strstr(v->origin, "/evidence/") != NULL)
		return false;
	if ((given(q->type) && r->type != l->type) ||
	    (given(q->area) && r->area != l->area) ||
	    (given(q->subject) && r->subject != l->subject &&
	        (l->subject == 0 || r->other != l->subject)))
		return false;
	if (q->has_from_at && r->opened_us < q->from_at)
		return false;
	if (q->has_to_at && r->opened_us >= q->to_at)
		return false;
	if (q->has_level && (r->level == 0 || r->level > q->level))
		return false;
	if (q->has_open && q->open != row_is_open(r))
		return false;
	return l->state == 0 || row_state(r, l->now_us) == l->state;
}

/* Nothing recorded before this leaf can have begun in the window. */
static enum err
low_bound(
    struct list *l, struct query_view *v, uint64_t *out, struct err_why *why)
{
	struct log_state *st;
	enum err e;

	*out = 0;
	if (!l->q->has_from_at || l->q->from_at < SLACK_US)
		return ERR_OK;
	st = mem_alloc(1, sizeof *st);
	e = log_state(v->fold.book, v->fold.txn, v->slot, st, why);
	if (e == ERR_OK && st->time_epoch <= 1)
		e = log_find_time(v->fold.book, v->fold.txn, v->slot,
		    st->time_epoch, l->q->from_at - SLACK_US, out, why);
	free(st);
	return e;
}

static void
set_cursor(struct list *l, const struct query_view *v, uint64_t index)
{
	char text[48];

	(void)snprintf(text, sizeof text, "%c%u.%" PRIu64, v->own ? 'o' : 'r',
	    (unsigned)v->slot, index);
	l->out->next_cursor = mem_strdup(text);
}

static enum err
take_row(struct list *l, struct query_view *v, const uint8_t *id,
    struct err_why *why)
{
	struct row r;
	Api__RecordView *m;
	uint8_t copy[16];
	enum err e;

	memcpy(copy, id, sizeof copy);
	e = fold_get(&v->fold, v->slot, copy, &r, why);
	if (e != ERR_OK || !matches(l, v, &r))
		return e;
	m = query_view_record(v, copy, &r, l->now_us);
	l->out->items[l->out->n_items++] = m;
	return query_view_event(v, m, r.first, why);
}

static enum err
first_row(struct list *l, struct query_view *v, struct store_cursor *c,
    struct store_row *row)
{
	bool here =
	    l->resume && l->resume_own == v->own && l->resume_slot == v->slot;
	bool up = l->q->has_ascending && l->q->ascending;
	uint64_t at = up ? 0 : UINT64_MAX;
	struct fold_key k;

	if (here)
		at = up ? l->resume_index + 1 : l->resume_index;
	k = fold_key_bykind(v->slot, (uint16_t)l->kind, at);
	return up ? store_seek(c, fold_key_view(&k), row)
	          : store_seek_before(c, fold_key_view(&k), row);
}

/* One log; stops when the page is full or enough was looked at. */
static enum err
list_log(struct list *l, struct query_view *v, struct err_why *why)
{
	struct fold_key prefix = fold_key_bykind(v->slot, (uint16_t)l->kind, 0);
	bool up = l->q->has_ascending && l->q->ascending;
	struct store_cursor *c = NULL;
	struct store_row row;
	uint64_t low = 0;
	enum err e;

	e = low_bound(l, v, &low, why);
	if (e != ERR_OK)
		return e;
	e = store_cursor(v->fold.txn, v->fold.t->bykind, &c, why);
	if (e != ERR_OK)
		return e;
	e = first_row(l, v, c, &row);
	while (e == ERR_OK && row.key.len == prefix.len &&
	    memcmp(row.key.ptr, prefix.b, 4) == 0 && row.value.len == 16) {
		uint64_t index = fold_key_u64(bytes_of(row.key.ptr + 4, 8));

		if (!up && index < low)
			break;
		if (index >= low) {
			e = take_row(l, v, row.value.ptr, why);
			l->examined++;
		}
		if (e == ERR_OK &&
		    (l->out->n_items == l->limit ||
		        l->examined >= EXAMINED_MAX)) {
			set_cursor(l, v, index);
			break;
		}
		if (e == ERR_OK)
			e = up ? store_next(c, &row) : store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Own store first, then replicas; logs by slot. */
static enum err
list_store(struct list *l, bool own, bool *site_seen, struct err_why *why)
{
	struct site *s = l->site;
	struct site_db *db = own ? &s->own : &s->replica;
	struct query_view v = {.site = s, .own = own, .proof = l->scope->proof};
	unsigned from = 0;
	enum err e;

	if (l->resume && own && !l->resume_own)
		return ERR_OK;
	if (l->resume && own == l->resume_own)
		from = l->resume_slot;
	v.fold = (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
	e = store_read(db->store, &v.fold.txn, why);
	if (e != ERR_OK)
		return e;
	for (unsigned slot = from; slot <= UINT16_MAX; slot++) {
		v.slot = (uint16_t)slot;
		e = query_view_open(&v, why);
		if (e == ERR_NOT_FOUND && slot == 0)
			continue;
		if (e != ERR_OK || l->out->next_cursor != NULL)
			break;
		if (given(l->q->site) && strcmp(l->q->site, v.name) != 0)
			continue;
		*site_seen = true;
		e = list_log(l, &v, why);
		if (e != ERR_OK)
			break;
	}
	store_abort(v.fold.txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
query_list(struct site *s, Ledger__Kind kind, const Api__RecordQuery *q,
    const struct query_scope *scope, Api__Records **out, struct err_why *why)
{
	struct list l = {
	    .site = s,
	    .kind = kind,
	    .q = q,
	    .scope = scope,
	    .now_us = site_now(s),
	};
	bool site_seen = false;
	enum err e;

	e = read_filters(&l, why);
	if (e != ERR_OK)
		goto out;
	l.out = mem_alloc(1, sizeof *l.out);
	api__records__init(l.out);
	l.out->items = mem_alloc(l.limit, sizeof *l.out->items);
	e = list_store(&l, true, &site_seen, why);
	if (e == ERR_OK && !scope->own_only && l.out->next_cursor == NULL)
		e = list_store(&l, false, &site_seen, why);
	if (e == ERR_OK && !site_seen && given(q->site) && !l.resume)
		e = err_fail(why, ERR_NOT_FOUND,
		    "site: no log of \"%.80s\" is held here", q->site);
	if (e != ERR_OK)
		goto out;
	*out = l.out;
	l.out = NULL;
out:
	if (l.out != NULL)
		api__records__free_unpacked(l.out, NULL);
	free(l.areas);
	return e;
}

/* ---- one record ---- */

static enum err
get_from_log(struct query_view *v, const struct query_key *key,
    const uint8_t id[static 16], const struct query_scope *scope,
    Api__RecordView **out, struct err_why *why)
{
	Api__RecordView *m = NULL;
	struct row r;
	bool seen = scope->areas_len == 0;
	enum err e;

	e = fold_get(&v->fold, v->slot, id, &r, why);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < scope->areas_len; i++)
		seen = seen ||
		    fold_hash(v->fold.mac, FOLD_AREA, scope->areas[i]) ==
		        r.area;
	if (r.kind != key->kind || !seen)
		return err_fail(why, ERR_NOT_FOUND, "no such record");
	m = query_view_record(v, id, &r, site_now(v->site));
	for (uint32_t seq = 1; seq <= r.seq && e == ERR_OK; seq++) {
		uint64_t index;

		e = fold_event(&v->fold, v->slot, id, seq, &index, why);
		if (e == ERR_OK)
			e = query_view_event(v, m, index, why);
	}
	if (e != ERR_OK) {
		api__record_view__free_unpacked(m, NULL);
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	}
	*out = m;
	return ERR_OK;
}

static enum err
get_from_store(struct site *s, bool own, const struct query_key *key,
    const uint8_t id[static 16], const struct query_scope *scope,
    Api__RecordView **out)
{
	struct site_db *db = own ? &s->own : &s->replica;
	struct query_view v = {.site = s, .own = own, .proof = scope->proof};
	enum err e;

	v.fold = (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
	e = store_read(db->store, &v.fold.txn, NULL);
	if (e != ERR_OK)
		return e;
	e = ERR_NOT_FOUND;
	for (unsigned slot = 0; slot <= UINT16_MAX; slot++) {
		enum err open;

		v.slot = (uint16_t)slot;
		open = query_view_open(&v, NULL);
		if (open == ERR_NOT_FOUND && slot == 0)
			continue;
		if (open != ERR_OK)
			break;
		if (given(key->site) && strcmp(key->site, v.name) != 0)
			continue;
		e = get_from_log(&v, key, id, scope, out, NULL);
		if (e != ERR_NOT_FOUND)
			break;
	}
	store_abort(v.fold.txn);
	return e;
}

enum err
query_get(struct site *s, const struct query_key *key,
    const struct query_scope *scope, Api__RecordView **out, struct err_why *why)
{
	uint8_t id[16];
	enum err e;

	if (text_uuid_get(id, bytes_str(key->record_id), NULL) != ERR_OK)
		return err_fail(why, ERR_NOT_FOUND, "no such record");
	e = get_from_store(s, true, key, id, scope, out);
	if (e == ERR_NOT_FOUND && !scope->own_only)
		e = get_from_store(s, false, key, id, scope, out);
	if (e == ERR_OK)
		return ERR_OK;
	return err_fail(why, e, "%s",
	    e == ERR_NOT_FOUND ? "no such record" : "the record is damaged");
}

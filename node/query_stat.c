/* query_stat.c - feeds, numbers and proofs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/query_view.h"
#include "node/site_logs.h"
#include "proto/mem.h"

#define COUNT_MAX 100000
#define FEED_KEY_BYTES 18
#define FEED_BYTES 40

static enum err
begin(struct query_view *v, struct site *s, struct site_db *db,
    struct err_why *why)
{
	*v = (struct query_view){.site = s, .own = db == &s->own};
	v->fold = (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
	return store_read(db->store, &v->fold.txn, why);
}

static uint16_t
slot_of(const struct store_row *row)
{
	return (uint16_t)(row->key.ptr[0] << 8 | row->key.ptr[1]);
}

static enum err
count_open(
    struct query_view *v, uint16_t kind, uint64_t *out, struct err_why *why)
{
	struct fold_key k = fold_key_slot(v->slot);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, kind, 2);
	e = store_cursor(v->fold.txn, v->fold.t->open, &c, why);
	if (e != ERR_OK)
		return e;
	*out = 0;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && *out < COUNT_MAX && row.key.len > k.len &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		(*out)++;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Adds up the feeds of the own logs. */
static enum err
count_feeds(struct query_view *v, struct query_counts *n, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	uint8_t last[10];
	size_t seen = 0;
	enum err e;

	e = store_cursor(v->fold.txn, v->fold.t->feed, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of("\0", 1), &row);
	while (e == ERR_OK && seen < COUNT_MAX) {
		if (row.key.len == FEED_KEY_BYTES &&
		    row.value.len == FEED_BYTES) {
			n->missing +=
			    fold_key_u64(bytes_of(row.value.ptr + 24, 8));
			n->conflicts +=
			    fold_key_u64(bytes_of(row.value.ptr + 32, 8));
			if (seen++ == 0 ||
			    memcmp(last, row.key.ptr, sizeof last) != 0) {
				v->slot = slot_of(&row);
				n->sources++;
				n->duplicates += query_view_repeats(v,
				    fold_key_u64(bytes_of(row.key.ptr + 2, 8)));
			}
			memcpy(last, row.key.ptr, sizeof last);
		}
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
query_counts(struct site *s, struct query_counts *out, struct err_why *why)
{
	const struct site_logs *logs = site_logs(s);
	struct query_counts n = {0};
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct query_view v;
	enum err e;

	e = begin(&v, s, &s->own, why);
	if (e != ERR_OK) {
		free(st);
		return e;
	}
	e = log_state(
	    s->own.book, v.fold.txn, logs->log[SITE_EVIDENCE].slot, st, why);
	n.evidence_size = st->frontier.size;
	if (e == ERR_OK)
		e = log_state(s->own.book, v.fold.txn,
		    logs->log[SITE_ALLIANCE].slot, st, why);
	n.alliance_size = st->frontier.size;
	if (e == ERR_OK)
		e = count_feeds(&v, &n, why);
	v.slot = s->evidence;
	if (e == ERR_OK)
		e = count_open(&v, LEDGER__KIND__ALARM, &n.open_alarms, why);
	if (e == ERR_OK)
		e = count_open(&v, LEDGER__KIND__PERMIT, &n.open_permits, why);
	store_abort(v.fold.txn);
	free(st);
	if (e == ERR_OK)
		*out = n;
	return e;
}

enum err
query_proof(struct site *s, const struct query_proof *p, struct buf *out,
    struct err_why *why)
{
	struct site_log where;
	struct query_view v;
	enum err e;

	e = site_find_log(s, p->origin, &where, why);
	if (e == ERR_OK)
		e = begin(&v, s, where.db, why);
	if (e != ERR_OK)
		return e;
	e = query_view_proof(&v, where.slot, p, out, why);
	store_abort(v.fold.txn);
	return e;
}

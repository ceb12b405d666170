/* flood_count.c - alarms of an area in a window, by index. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flood_count.h"

#include "node/fold_span.h"
#include "node/query_kpi.h"

#define LOOKED_MAX 5000 /* rows of one index */

enum err
flood_count_begin(struct flood_count *c, struct site *s, struct err_why *why)
{
	*c = (struct flood_count){.site = s};
	c->fold = (struct fold){
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	c->source =
	    fold_hash(&s->index_mac, FOLD_SOURCE, QUERY_KPI_FLOOD_SOURCE);
	return store_read(s->own.store, &c->fold.txn, why);
}

void
flood_count_end(struct flood_count *c)
{
	store_abort(c->fold.txn);
	c->fold.txn = NULL;
}

struct span {
	struct store_table table;
	struct fold_key prefix; /* then u64be beginning || record id */
	int64_t from_us;
	int64_t to_us;
};

static enum err
count_span(struct flood_count *c, const struct span *s, uint64_t *out,
    struct err_why *why)
{
	struct fold_key k = s->prefix;
	struct store_cursor *cursor = NULL;
	struct store_row row;
	size_t seen = 0;
	enum err e = store_cursor(c->fold.txn, s->table, &cursor, why);

	if (e != ERR_OK)
		return e;
	fold_key_uint(&k, (uint64_t)s->from_us, 8);
	e = store_seek(cursor, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == s->prefix.len + 24 &&
	    memcmp(row.key.ptr, s->prefix.b, s->prefix.len) == 0 &&
	    (int64_t)fold_key_u64(bytes_of(row.key.ptr + s->prefix.len, 8)) <
	        s->to_us) {
		const uint8_t *id = row.key.ptr + s->prefix.len + 8;
		struct row r;

		if (seen++ == LOOKED_MAX || *out >= FLOOD_COUNT_MAX)
			break;
		e = fold_get(&c->fold, c->site->evidence, id, &r, why);
		/* What is damaged is named by the audit, and counts not. */
		if (e != ERR_OK && e != ERR_CORRUPT)
			break;
		*out += e == ERR_OK && (r.flags & ROW_EXERCISE) == 0 &&
		    !query_kpi_is_flood(c->source, id, &r);
		e = store_next(cursor, &row);
	}
	store_cursor_close(cursor);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
flood_count(struct flood_count *c, uint64_t area, int64_t from_us,
    int64_t to_us, uint64_t *out, struct err_why *why)
{
	const uint16_t slot = c->site->evidence;
	struct span s = {.table = c->fold.t->open,
	    .prefix = fold_key_open(slot, LEDGER__KIND__ALARM, area, NULL),
	    .from_us = from_us > 0 ? from_us : 0,
	    .to_us = to_us};
	enum err e;

	*out = 0;
	e = count_span(c, &s, out, why);
	s.table = c->fold.t->span;
	for (unsigned l = 0; l < FOLD_SPAN_LENGTHS && e == ERR_OK; l++) {
		s.prefix =
		    fold_span_from(slot, area, LEDGER__KIND__ALARM, l, 0);
		s.prefix.len -= 8; /* the time */
		e = count_span(c, &s, out, why);
	}
	return e;
}

/* ---- what is new ---- */

static void
touch(struct flood_news *n, uint64_t area, int64_t opened_us)
{
	size_t i = 0;

	while (i < n->len && n->at[i].area != area)
		i++;
	if (i == FLOOD_COUNT_AREAS) {
		n->many = true;
		return;
	}
	if (i == n->len)
		n->at[n->len++] = (struct flood_touched){.area = area};
	if (opened_us > n->at[i].until_us)
		n->at[i].until_us = opened_us;
}

static bool
is_alarm(const struct store_row *row, const struct fold_key *k)
{
	return row->key.len == k->len && row->value.len == 16 &&
	    memcmp(row->key.ptr, k->b, 4) == 0;
}

/* The place after the newest alarm. */
static enum err
skip_all(
    struct store_cursor *c, const struct fold_key *last, struct flood_news *n)
{
	struct store_row row;
	enum err e = store_seek_before(c, fold_key_view(last), &row);

	if (e == ERR_OK && is_alarm(&row, last))
		n->next = fold_key_u64(bytes_of(row.key.ptr + 4, 8)) + 1;
	n->many = true;
	return e;
}

enum err
flood_count_news(
    struct flood_count *c, struct flood_news *n, struct err_why *why)
{
	const uint16_t slot = c->site->evidence;
	struct fold_key k = fold_key_bykind(slot, LEDGER__KIND__ALARM, n->next);
	const struct fold_key last =
	    fold_key_bykind(slot, LEDGER__KIND__ALARM, UINT64_MAX);
	struct store_cursor *cursor = NULL;
	struct store_row row;
	size_t seen = 0;
	enum err e = store_cursor(c->fold.txn, c->fold.t->bykind, &cursor, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(cursor, fold_key_view(&k), &row);
	while (e == ERR_OK && is_alarm(&row, &k)) {
		struct row r;

		if (seen++ == FLOOD_COUNT_NEW) {
			e = skip_all(cursor, &last, n);
			break;
		}
		e = fold_get(&c->fold, slot, row.value.ptr, &r, why);
		if (e != ERR_OK && e != ERR_CORRUPT)
			break;
		if (e == ERR_OK)
			touch(n, r.area, r.opened_us);
		n->next = fold_key_u64(bytes_of(row.key.ptr + 4, 8)) + 1;
		e = store_next(cursor, &row);
	}
	store_cursor_close(cursor);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- floods, areas ---- */

enum err
flood_count_lasting(struct flood_count *c,
    void (*each)(void *arg, const uint8_t *id, const struct row *r), void *arg,
    struct err_why *why)
{
	struct fold_key prefix = fold_key_slot(c->site->evidence);
	struct store_cursor *cursor = NULL;
	struct store_row row;
	enum err e = store_cursor(c->fold.txn, c->fold.t->open, &cursor, why);

	if (e != ERR_OK)
		return e;
	fold_key_uint(&prefix, LEDGER__KIND__ALARM, 2);
	e = store_seek(cursor, fold_key_view(&prefix), &row);
	while (e == ERR_OK && row.key.len > prefix.len + 16 &&
	    memcmp(row.key.ptr, prefix.b, prefix.len) == 0) {
		const uint8_t *id = row.key.ptr + row.key.len - 16;
		struct row r;

		/* Few have such an id: the rows of all others are left. */
		if (id[6] >> 4 == 8) {
			e = fold_get(&c->fold, c->site->evidence, id, &r, why);
			if (e != ERR_OK && e != ERR_CORRUPT)
				break;
			if (e == ERR_OK &&
			    query_kpi_is_flood(c->source, id, &r))
				each(arg, id, &r);
		}
		e = store_next(cursor, &row);
	}
	store_cursor_close(cursor);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
flood_count_areas(struct flood_count *c, uint64_t *next, uint64_t *out,
    size_t cap, size_t *len, struct err_why *why)
{
	struct fold_key k = fold_key_slot(c->site->evidence);
	struct store_cursor *cursor = NULL;
	struct store_row row;
	enum err e = store_cursor(c->fold.txn, c->fold.t->name, &cursor, why);

	if (e != ERR_OK)
		return e;
	*len = 0;
	fold_key_uint(&k, FOLD_AREA, 1);
	const size_t prefix = k.len;
	fold_key_uint(&k, *next, 8);
	e = store_seek(cursor, fold_key_view(&k), &row);
	while (e == ERR_OK && *len < cap && row.key.len == prefix + 8 &&
	    memcmp(row.key.ptr, k.b, prefix) == 0) {
		out[(*len)++] = fold_key_u64(bytes_of(row.key.ptr + prefix, 8));
		e = store_next(cursor, &row);
	}
	store_cursor_close(cursor);
	/* From the first again when that was the rest. */
	*next = *len == cap && cap > 0 ? out[cap - 1] + 1 : 0;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

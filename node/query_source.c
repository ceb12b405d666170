/* query_source.c - feeds of numbered sources, page by page. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/query_hide.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define EXAMINED_MAX 20000 /* rows looked at for one page */
#define NAME_TRIES 16 /* messages looked at for the name of a source */
#define FEED_KEY_BYTES 18 /* line, source, epoch */
#define FEED_BYTES 40
#define SOURCE_BYTES 10 /* line and source of a key */
#define CURSOR_CHARS (1 + 2 * FEED_KEY_BYTES)

struct page {
	size_t limit;
	size_t examined;
	bool resume;
	bool resume_own;
	uint8_t resume_key[FEED_KEY_BYTES];
	Api__Sources *out;
};

/* "o" or "r", the store, and the key of the row that was shown last. */
static enum err
read_cursor(struct page *p, const char *text, struct err_why *why)
{
	struct buf key;
	enum err e;

	if (text == NULL || text[0] == '\0')
		return ERR_OK;
	p->resume = true;
	p->resume_own = text[0] == 'o';
	buf_init(&key, FEED_KEY_BYTES);
	e = text_hex_get(&key, bytes_str(text + 1), why);
	if (e != ERR_OK || key.len != FEED_KEY_BYTES ||
	    (text[0] != 'o' && text[0] != 'r'))
		e = err_fail(why, ERR_MALFORMED, "cursor: not one of ours");
	else
		memcpy(p->resume_key, key.ptr, FEED_KEY_BYTES);
	buf_clear(&key);
	return e;
}

static void
set_cursor(struct page *p, bool own, const uint8_t key[FEED_KEY_BYTES])
{
	struct buf text;

	buf_init(&text, CURSOR_CHARS + 1);
	buf_u8(&text, own ? 'o' : 'r');
	text_hex_put(&text, bytes_of(key, FEED_KEY_BYTES));
	p->out->next_cursor = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
}

static uint64_t
number_at(struct bytes row, size_t at)
{
	return fold_key_u64(bytes_of(row.ptr + at, 8));
}

/* The entry of one of its messages. */
static enum err
open_message(struct query_view *v, const struct fold_number *n,
    struct fold_seen *seen, struct fold_spot *at, Ledger__Entry **leaf)
{
	const uint8_t any[16] = {0};
	struct bytes bytes;
	enum err e = fold_seen(&v->fold, v->slot, n, any, seen, NULL);

	if (e == ERR_OK)
		e = fold_spot(&v->fold, v->slot, seen->index, at, NULL);
	if (e == ERR_OK)
		e = log_entry(v->fold.book, v->fold.txn, at->slot, at->index,
		    &bytes, NULL);
	return e == ERR_OK ? log_decode(leaf, bytes, NULL) : e;
}

/* A feed stands in the area of its newest message. */
static bool
shows(struct query_view *v, const struct store_row *feed)
{
	const struct fold_number n = {
	    .source = number_at(feed->key, 2),
	    .epoch = number_at(feed->key, 10),
	    .seq = number_at(feed->value, 8),
	};
	Ledger__Entry *leaf = NULL;
	struct fold_seen seen;
	struct fold_spot at;
	struct row row;
	bool yes;

	if (v->scope->areas_len == 0)
		return true;
	if (open_message(v, &n, &seen, &at, &leaf) != ERR_OK)
		return false;
	yes = leaf->record_id.len == 16 &&
	    fold_get(&v->fold, v->slot, leaf->record_id.data, &row, NULL) ==
	        ERR_OK &&
	    query_view_shows(v, &row);
	ledger__entry__free_unpacked(leaf, NULL);
	return yes;
}

/* As one of its messages says it, without what is stored only. */
static char *
name_in(struct query_view *v, const struct fold_number *n)
{
	Ledger__Sealed *sealed = NULL;
	Ledger__Entry *leaf = NULL;
	ProtobufCMessage *body = NULL;
	const char *name = NULL;
	struct query_hide hide;
	struct fold_seen seen;
	struct fold_spot at;
	struct buf shown;
	char *out;
	enum err e = open_message(v, n, &seen, &at, &leaf);

	buf_init(&shown, LOG_SEALED_MAX);
	if (e == ERR_OK)
		e = query_hide_look(&hide, v, seen.index, leaf, NULL);
	if (e == ERR_OK)
		e = log_sealed(v->fold.book, v->fold.txn, at.slot, at.index,
		    &sealed, NULL);
	if (e == ERR_OK && hide.on)
		e = query_hide_sealed(&hide, sealed, NULL);
	if (e == ERR_OK)
		body = fold_unpack(sealed->body, &shown);
	if (body != NULL && body->descriptor == &record__alarm__descriptor)
		name = ((const Record__Alarm *)body)->source;
	else if (body != NULL && body->descriptor == &record__case__descriptor)
		name = ((const Record__Case *)body)->source;
	out = name != NULL ? mem_strdup(name) : NULL;
	slice_free(body);
	buf_clear(&shown);
	ledger__sealed__free_unpacked(sealed, NULL);
	ledger__entry__free_unpacked(leaf, NULL);
	return out;
}

/* The source may be what somebody wears: no table keeps its name, and where
 * its newest messages are gone or stored only it has none. */
static char *
name_of(struct query_view *v, const struct store_row *feed)
{
	const uint64_t first = number_at(feed->value, 0);
	struct fold_number n = {
	    .source = number_at(feed->key, 2),
	    .epoch = number_at(feed->key, 10),
	    .seq = number_at(feed->value, 8),
	};
	char *name = name_in(v, &n);

	for (int tries = 1; name == NULL && tries < NAME_TRIES && n.seq > first;
	     tries++) {
		n.seq--;
		name = name_in(v, &n);
	}
	return name;
}

/* The duplicates of a source stand once, with its first epoch. */
static Api__Source *
source_of(struct query_view *v, const struct store_row *row, bool first)
{
	uint64_t source = number_at(row->key, 2);
	Api__Source *m = mem_alloc(1, sizeof *m);

	api__source__init(m);
	m->source = name_of(v, row);
	m->site = mem_strdup(v->name);
	m->has_epoch = m->has_first_seq = m->has_last_seq = true;
	m->has_received = m->has_missing = m->has_conflicts = true;
	m->has_duplicates = true;
	m->epoch = number_at(row->key, 10);
	m->first_seq = number_at(row->value, 0);
	m->last_seq = number_at(row->value, 8);
	m->received = number_at(row->value, 16);
	m->missing = number_at(row->value, 24);
	m->conflicts = number_at(row->value, 32);
	m->duplicates = first ? query_view_repeats(v, source) : 0;
	return m;
}

static enum err
take_row(struct page *p, struct query_view *v, const struct store_row *row,
    bool first, struct err_why *why)
{
	enum err e;

	v->slot = (uint16_t)fold_key_u64(bytes_of(row->key.ptr, 2));
	e = query_view_open(v, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	p->examined++;
	if (shows(v, row))
		p->out->items[p->out->n_items++] = source_of(v, row, first);
	if (p->out->n_items == p->limit || p->examined >= EXAMINED_MAX)
		set_cursor(p, v->own, row->key.ptr);
	return ERR_OK;
}

static enum err
feeds_of(struct page *p, struct query_view *v, struct err_why *why)
{
	uint8_t last[FEED_KEY_BYTES] = {0};
	bool any = p->resume && p->resume_own == v->own;
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	e = store_cursor(v->fold.txn, v->fold.t->feed, &c, why);
	if (e != ERR_OK)
		return e;
	if (any)
		memcpy(last, p->resume_key, sizeof last);
	e = store_seek(c, bytes_of(last, any ? sizeof last : 1), &row);
	if (e == ERR_OK && any &&
	    bytes_equal(row.key, bytes_of(last, sizeof last)))
		e = store_next(c, &row);
	while (e == ERR_OK && p->out->next_cursor == NULL) {
		if (row.key.len == FEED_KEY_BYTES &&
		    row.value.len == FEED_BYTES) {
			bool first = !any ||
			    memcmp(last, row.key.ptr, SOURCE_BYTES) != 0;

			any = true;
			memcpy(last, row.key.ptr, sizeof last);
			e = take_row(p, v, &row, first, why);
		}
		if (e == ERR_OK && p->out->next_cursor == NULL)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* By site, name and epoch: rows lie in the order of keyed hashes. */
static int
by_name(const void *a, const void *b)
{
	const Api__Source *x = *(Api__Source *const *)a;
	const Api__Source *y = *(Api__Source *const *)b;
	int order = strcmp(x->site, y->site);

	if (order == 0)
		order = strcmp(x->source != NULL ? x->source : "",
		    y->source != NULL ? y->source : "");
	if (order != 0)
		return order;
	return (x->epoch > y->epoch) - (x->epoch < y->epoch);
}

static enum err
list_store(struct page *p, struct site *s, bool own,
    const struct query_scope *scope, struct err_why *why)
{
	struct site_db *db = own ? &s->own : &s->replica;
	struct query_view v = {.site = s, .own = own, .scope = scope};
	uint64_t *areas;
	enum err e;

	if ((own && p->resume && !p->resume_own) || p->out->next_cursor != NULL)
		return ERR_OK;
	v.fold = (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
	e = store_read(db->store, &v.fold.txn, why);
	if (e != ERR_OK)
		return e;
	areas = query_view_areas(&s->index_mac, scope);
	v.areas = areas;
	e = feeds_of(p, &v, why);
	store_abort(v.fold.txn);
	free(areas);
	return e;
}

enum err
query_sources(struct site *s, const struct query_page *page,
    const struct query_scope *scope, Api__Sources **out, struct err_why *why)
{
	struct page p = {
	    .limit = page->limit != 0 ? page->limit : QUERY_LIMIT_MAX};
	enum err e = read_cursor(&p, page->cursor, why);

	if (e == ERR_OK && p.limit > QUERY_LIMIT_MAX)
		e = err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	if (e != ERR_OK)
		return e;
	p.out = mem_alloc(1, sizeof *p.out);
	api__sources__init(p.out);
	p.out->items = mem_alloc(p.limit, sizeof *p.out->items);
	e = list_store(&p, s, true, scope, why);
	if (e == ERR_OK)
		e = list_store(&p, s, false, scope, why);
	if (e != ERR_OK) {
		api__sources__free_unpacked(p.out, NULL);
		return e;
	}
	if (p.out->n_items > 1)
		qsort(p.out->items, p.out->n_items, sizeof *p.out->items,
		    by_name);
	*out = p.out;
	return ERR_OK;
}

/* dump_logs.c - what changed beside older entries, checkpoints; the order. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/dump_part.h"
#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

/* How late a cosignature may come and still be in the next part. */
#define LATE_US (INT64_C(3600) * 1000000)

/* ---- what erasing changed beside older entries ---- */

struct range {
	uint64_t first;
	uint64_t last;
};

static int
by_first(const void *a, const void *b)
{
	const struct range *x = a;
	const struct range *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* A span only grows, until an erasure ends it. */
static bool
narrower(struct bytes row, const struct dump_span *s)
{
	struct buf_reader r = {row, false};

	return buf_read_u64be(&r) > s->first || buf_read_u64be(&r) < s->last;
}

static enum err
span_now(
    struct dump *d, const struct dump_span *s, bool *out, struct err_why *why)
{
	const struct log_span key = {.key_id = s->key_id, .slot = s->slot};
	uint8_t k[LOG_SPAN_KEY_BYTES];
	struct bytes row;
	enum err e;

	log_span_key(k, &key);
	e = store_get(
	    d->txn, d->book->spans, bytes_of(k, sizeof(k)), &row, NULL);
	*out = e == ERR_OK;
	if (e == ERR_OK && narrower(row, s))
		return dump_put_back(d, why);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		return ERR_OK;
	return err_fail(why, ERR_CORRUPT, "span rows");
}

/* Where wrapping keys of the part before are gone, each place once: nothing
 * rests under them any more.  free(*out). */
static enum err
gone_ranges(struct dump *d, const Backup__Log *l, struct range **out,
    size_t *len, struct err_why *why)
{
	struct range *r = mem_alloc(d->before->spans + 1, sizeof(*r));
	size_t n = 0;
	size_t kept = 0;
	bool there = false;

	for (size_t i = 0; i < d->before->spans; i++) {
		const struct dump_span *s = &d->before->span[i];

		enum err e;

		if (s->slot != l->slot || s->first >= l->from)
			continue;
		e = span_now(d, s, &there, why);
		if (e != ERR_OK) {
			free(r);
			return e;
		}
		if (there)
			continue;
		r[n++] = (struct range){
		    s->first, s->last < l->from ? s->last : l->from - 1};
	}
	qsort(r, n, sizeof(*r), by_first);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && r[i].first <= r[kept - 1].last + 1) {
			if (r[i].last > r[kept - 1].last)
				r[kept - 1].last = r[i].last;
		} else {
			r[kept++] = r[i];
		}
	}
	*out = r;
	*len = kept;
	return ERR_OK;
}

/* Was this body sealed anew since it was first?  In doubt: yes. */
static bool
sealed_anew(struct dump *d, uint16_t slot, uint64_t index)
{
	Ledger__Sealed *s = NULL;
	bool anew;

	if (d->book->vault == NULL ||
	    log_sealed(d->book, d->txn, slot, index, &s, NULL) != ERR_OK)
		return true;
	anew = s->body == NULL || s->body->n_fields > 0;
	ledger__sealed__free_unpacked(s, NULL);
	return anew;
}

struct changing {
	struct dump *d;
	Backup__Changes m;
	Backup__Change *change;
	Backup__Change **at;
	size_t bytes;
};

static enum err
changes_out(struct changing *c, struct err_why *why)
{
	enum err e = ERR_OK;

	if (c->m.n_changes > 0)
		e = part_put(c->d->to, PART_CHANGES, &c->m.base, why);
	c->m.n_changes = 0;
	c->bytes = 0;
	return e;
}

static enum err
add_change(struct changing *c, const struct store_row *row, struct err_why *why)
{
	const uint16_t slot = (uint16_t)c->m.slot;
	const uint64_t index = log_book_u64(row->key.ptr + 2);
	Backup__Change *m = &c->change[c->m.n_changes];
	struct bytes body = bytes_of(NULL, 0);
	uint32_t id = 0;
	enum err e;

	if (row->value.len > 0) {
		e = vault_row_id(row->value, &id, why);
		if (e != ERR_OK || id <= c->d->before->max_id)
			return e;
	}
	backup__change__init(m);
	m->has_index = m->has_key = true;
	m->index = index;
	m->key = part_data(row->value);
	m->has_body = row->value.len > 0 && sealed_anew(c->d, slot, index);
	if (m->has_body) {
		e = store_get(
		    c->d->txn, c->d->book->bodies, row->key, &body, why);
		if (e != ERR_OK)
			return err_wrap(
			    why, ERR_CORRUPT, "body of entry %" PRIu64, index);
		m->body = part_data(body);
	}
	c->at[c->m.n_changes++] = m;
	c->bytes += row->value.len + body.len;
	if (c->m.n_changes == PART_ITEMS_MAX || c->bytes >= PART_FRAME_FULL)
		return changes_out(c, why);
	return ERR_OK;
}

static enum err
changes_in(struct changing *c, const struct range *r, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	uint8_t end[LOG_ROW_KEY_BYTES];
	struct store_cursor *at = NULL;
	struct store_row row;
	enum err e = store_cursor(c->d->txn, c->d->book->keys, &at, why);

	if (e != ERR_OK)
		return e;
	log_book_key(key, (uint16_t)c->m.slot, r->first);
	log_book_key(end, (uint16_t)c->m.slot, r->last);
	for (e = store_seek(at, bytes_of(key, sizeof(key)), &row); e == ERR_OK;
	     e = store_next(at, &row)) {
		if (row.key.len != sizeof(end) ||
		    memcmp(row.key.ptr, end, sizeof(end)) > 0) {
			e = ERR_NOT_FOUND;
			break;
		}
		e = add_change(c, &row, why);
		if (e != ERR_OK)
			break;
	}
	store_cursor_close(at);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
put_changes(struct dump *d, const Backup__Log *l, struct err_why *why)
{
	struct changing c = {.d = d};
	struct range *r = NULL;
	size_t len = 0;
	enum err e = gone_ranges(d, l, &r, &len, why);

	if (e != ERR_OK || len == 0) {
		free(r);
		return e;
	}
	backup__changes__init(&c.m);
	c.m.has_slot = true;
	c.m.slot = l->slot;
	c.change = mem_alloc(PART_ITEMS_MAX, sizeof(*c.change));
	c.at = mem_alloc(PART_ITEMS_MAX, sizeof(struct Backup__Change *));
	c.m.changes = c.at;
	for (size_t i = 0; i < len && e == ERR_OK; i++)
		e = changes_in(&c, &r[i], why);
	if (e == ERR_OK)
		e = changes_out(&c, why);
	free(c.change);
	free(c.at);
	free(r);
	return e;
}

/* ---- checkpoints and cosignatures ---- */

/* Rows of a log's table whose number is in [from, to); to 0: all the rest. */
static enum err
put_range(struct dump *d, const char *name, struct store_table t,
    const uint8_t *from, struct bytes end, struct err_why *why)
{
	struct dump_rows r = {.to = d->to, .table = name};
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(d->txn, t, &c, why);

	if (e != ERR_OK)
		return e;
	dump_rows_begin(&r, bytes_of(from, LOG_ROW_KEY_BYTES));
	e = store_seek(c, bytes_of(from, LOG_ROW_KEY_BYTES), &row);
	for (; e == ERR_OK; e = store_next(c, &row)) {
		const size_t n = row.key.len < end.len ? row.key.len : end.len;

		if (memcmp(row.key.ptr, end.ptr, n) >= 0 &&
		    row.key.len >= end.len) {
			e = ERR_NOT_FOUND;
			break;
		}
		e = dump_rows_put(&r, &row, why);
		if (e != ERR_OK)
			break;
	}
	store_cursor_close(c);
	if (e == ERR_NOT_FOUND)
		return dump_rows_end(&r, end, why);
	dump_rows_drop(&r);
	return e == ERR_CORRUPT ? err_fail(why, e, "table %s", name) : e;
}

/* Numbers from `from` on: to the end of this log's rows. */
static enum err
put_from(struct dump *d, const char *name, struct store_table t, uint16_t slot,
    uint64_t from, struct err_why *why)
{
	const uint8_t next[2] = {
	    (uint8_t)((slot + 1) >> 8), (uint8_t)(slot + 1)};
	uint8_t key[LOG_ROW_KEY_BYTES];

	log_book_key(key, slot, from);
	return put_range(d, name, t, key, bytes_of(next, sizeof(next)), why);
}

/* Those that pruning looked at since: what is left of them. */
static enum err
put_pruned(struct dump *d, const Backup__Log *l, uint64_t from, uint64_t to,
    struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	uint8_t end[LOG_ROW_KEY_BYTES];

	log_book_key(key, (uint16_t)l->slot, from);
	log_book_key(end, (uint16_t)l->slot, to);
	return put_range(d, "log_note", d->book->notes, key,
	    bytes_of(end, sizeof(end)), why);
}

static enum err
put_notes(struct dump *d, const Backup__Log *l, struct err_why *why)
{
	const Backup__Log *was = dump_log_before(d, l->slot);
	const uint64_t new = was == NULL ? 0 : was->size + 1;
	uint64_t to = l->pruned < new ? l->pruned : new;
	enum err e = ERR_OK;

	if (was != NULL && to > was->pruned)
		e = put_pruned(d, l, was->pruned, to, why);
	if (e == ERR_OK)
		e = put_from(
		    d, "log_note", d->book->notes, (uint16_t)l->slot, new, why);
	return e;
}

/* The size that the log had an hour before it had `size`. */
static enum err
hour_before(struct dump *d, uint16_t slot, uint64_t size, uint64_t *out,
    struct err_why *why)
{
	Ledger__Entry *entry = NULL;
	struct bytes leaf;
	enum err e;

	*out = 0;
	if (size == 0)
		return ERR_OK;
	e = log_entry(d->book, d->txn, slot, size - 1, &leaf, why);
	if (e == ERR_OK)
		e = log_decode(&entry, leaf, why);
	if (e != ERR_OK)
		return e;
	e = log_find_time(d->book, d->txn, slot, entry->time_epoch,
	    entry->recorded_us - LATE_US, out, why);
	ledger__entry__free_unpacked(entry, NULL);
	return e;
}

static enum err
put_cosigs(struct dump *d, const Backup__Log *l, struct err_why *why)
{
	uint64_t from = 0;
	enum err e = hour_before(d, (uint16_t)l->slot, l->from, &from, why);

	return e != ERR_OK ? e
	                   : put_from(d, "log_cosig", d->book->cosigs,
	                         (uint16_t)l->slot, from, why);
}

/* ---- the whole ---- */

enum err
dump_logs(struct dump *d, struct err_why *why)
{
	enum err e = dump_table(d, "log_origin", d->book->origins, why);

	/* dump_before_read looks for them here. */
	if (e == ERR_OK)
		e = dump_table(d, "log_span", d->book->spans, why);
	for (size_t i = 0; i < d->head->n_logs && e == ERR_OK; i++) {
		Backup__Log *l = d->head->logs[i];
		const uint64_t before = part_written(d->to);

		e = dump_entries(d, l, why);
		if (e == ERR_OK)
			e = put_changes(d, l, why);
		if (e == ERR_OK)
			e = put_notes(d, l, why);
		if (e == ERR_OK)
			e = put_cosigs(d, l, why);
		l->has_bytes = true;
		l->bytes = part_written(d->to) - before;
	}
	return e;
}

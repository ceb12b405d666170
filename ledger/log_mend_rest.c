/* log_mend_rest.c - what rests beside the entries of a salvaged log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_mend_part.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

/* What is there beside one entry. */
struct rest {
	bool key; /* its row */
	bool erased; /* and says so */
	bool body;
	bool due; /* the entry commits to something, or is lost itself */
};

static enum err
has_row(struct mend *m, struct store_table t, uint64_t index, bool *out,
    bool *empty)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes row = {NULL, 0};
	enum err e;

	log_book_key(key, m->slot, index);
	e = store_get(m->txn, t, bytes_of(key, sizeof(key)), &row, NULL);
	*out = e == ERR_OK;
	*empty = e == ERR_OK && row.len == 0;
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

static enum err
rest_of(struct mend *m, uint64_t index, struct rest *out)
{
	Ledger__Entry *entry = NULL;
	struct bytes leaf;
	bool none;
	enum err e = has_row(m, m->book->keys, index, &out->key, &out->erased);

	if (e == ERR_OK)
		e = has_row(m, m->book->bodies, index, &out->body, &none);
	if (e != ERR_OK)
		return e;
	e = log_entry(m->book, m->txn, m->slot, index, &leaf, NULL);
	out->due = e == ERR_CORRUPT;
	if (e == ERR_OK)
		e = log_decode(&entry, leaf, m->why);
	if (e != ERR_OK)
		return e == ERR_CORRUPT ? ERR_OK : e;
	out->due = log_rule_commits(entry);
	ledger__entry__free_unpacked(entry, NULL);
	return ERR_OK;
}

/* Is it as it should be?  As no row is known to be missing, it would be. */
static bool
right(const struct rest *r)
{
	if (r->erased)
		return !r->body;
	return r->key == r->body && (r->key || !r->due);
}

enum err
log_mend_rest_first(struct mend *m, uint64_t *out)
{
	struct rest r;
	enum err e = ERR_OK;

	*out = UINT64_MAX;
	for (uint64_t i = 0; i < m->size && e == ERR_OK; i++) {
		e = rest_of(m, i, &r);
		if (e == ERR_OK && !right(&r)) {
			*out = i;
			break;
		}
	}
	return e;
}

/* Half of it is of no use: what comes back gets a data key of its own. */
static enum err
mark(struct mend *m, uint64_t index)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	const struct bytes at = bytes_of(key, sizeof(key));
	const struct bytes none = bytes_of(NULL, 0);
	enum err e;

	log_book_key(key, m->slot, index);
	e = log_mend_write(m, m->book->keys, MEND_HOLE, at, none);
	if (e == ERR_OK)
		e = log_mend_write(m, m->book->bodies, MEND_HOLE, at, none);
	return e == ERR_OK ? log_mend_lost(m, LOG_HOLE_BODY, index) : e;
}

enum err
log_mend_rests(struct mend *m)
{
	uint64_t run = 0;
	struct rest r;
	enum err e = ERR_OK;

	for (uint64_t i = 0; i <= m->size && e == ERR_OK; i++) {
		if (i < m->size)
			e = rest_of(m, i, &r);
		if (e != ERR_OK)
			break;
		if (i < m->size && !right(&r)) {
			run++;
			e = mark(m, i);
			continue;
		}
		if (run > 0)
			log_mend_tell(m, LOG_MENDED_BODY, i - run, i);
		run = 0;
	}
	return e == ERR_OK ? log_mend_flush(m) : e;
}

/* ---- spans ---- */

struct spans {
	struct log_span *at;
	size_t len;
};

static void
widen(struct spans *all, const struct log_span *one)
{
	for (size_t i = all->len; i > 0; i--) {
		struct log_span *s = &all->at[i - 1];

		if (s->key_id != one->key_id || s->slot != one->slot)
			continue;
		if (one->first < s->first)
			s->first = one->first;
		if (one->last > s->last)
			s->last = one->last;
		return;
	}
	all->at = mem_resize(all->at, all->len + 1, sizeof(*all->at));
	all->at[all->len++] = *one;
}

static enum err
gather(struct mend *m, struct spans *all)
{
	struct store_cursor *cur;
	struct store_row row;
	enum err e = store_cursor(m->txn, m->book->keys, &cur, m->why);

	if (e != ERR_OK)
		return e;
	e = store_seek(cur, bytes_of(NULL, 0), &row);
	for (; e == ERR_OK || e == ERR_CORRUPT; e = store_next(cur, &row)) {
		struct log_span one;

		if (e == ERR_CORRUPT || row.value.len == 0 ||
		    row.key.len != LOG_ROW_KEY_BYTES)
			continue;
		e = vault_row_id(row.value, &one.key_id, m->why);
		if (e != ERR_OK)
			break;
		one.slot = (uint16_t)(row.key.ptr[0] << 8 | row.key.ptr[1]);
		one.first = one.last = log_book_u64(row.key.ptr + 2);
		widen(all, &one);
	}
	store_cursor_close(cur);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
log_mend_spans(struct mend *m)
{
	struct spans all = {0};
	struct store_txn *txn = NULL;
	enum err e = log_mend_flush(m);

	if (e == ERR_OK)
		e = gather(m, &all);
	if (e == ERR_OK)
		e = store_write(m->book->store, &txn, m->why);
	for (size_t i = 0; i < all.len && e == ERR_OK; i++)
		e = log_span_add(m->book, txn, all.at[i], m->why);
	if (e == ERR_OK) {
		e = store_commit(txn, m->why);
		txn = NULL;
	}
	store_abort(txn);
	free(all.at);
	return e;
}

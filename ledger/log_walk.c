/* log_walk.c - the entries of a log one after another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "ledger/store_hole.h"
#include "proto/mem.h"

/* A cursor and the row under it; `ended`: none is. */
struct lane {
	struct store_txn *txn;
	struct store_table table;
	struct store_cursor *cursor;
	struct store_row row;
	bool hole; /* the row under it was lost; its key is right */
	bool ended;
};

struct log_walk {
	struct vault *vault; /* NULL: nothing can be opened */
	uint16_t slot;
	uint64_t index; /* the next one */
	struct lane entries;
	struct lane keys;
	struct lane bodies;
	struct vault_item rest; /* beside the entry given last */
};

/* A hole is met when its turn comes, not one entry before. */
static enum err
settle(struct lane *l, enum err e)
{
	l->ended = e == ERR_NOT_FOUND;
	l->hole =
	    e == ERR_CORRUPT && store_is_hole(l->txn, l->table, l->row.key);
	return l->ended || l->hole ? ERR_OK : e;
}

static enum err
open_lane(struct lane *l, struct store_txn *txn, struct store_table t,
    struct bytes key, struct err_why *why)
{
	enum err e = store_cursor(txn, t, &l->cursor, why);

	l->txn = txn;
	l->table = t;
	if (e != ERR_OK)
		return e;
	return settle(l, store_seek(l->cursor, key, &l->row));
}

enum err
log_walk_open(struct log_walk **out, struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t from, struct err_why *why)
{
	struct log_walk *w = mem_alloc(1, sizeof(*w));
	uint8_t at[LOG_ROW_KEY_BYTES];
	const struct bytes key = bytes_of(at, sizeof(at));
	enum err e;

	w->vault = b->vault;
	w->slot = slot;
	w->index = from;
	log_book_key(at, slot, from);
	e = open_lane(&w->entries, txn, b->entries, key, why);
	if (e == ERR_OK)
		e = open_lane(&w->keys, txn, b->keys, key, why);
	if (e == ERR_OK)
		e = open_lane(&w->bodies, txn, b->bodies, key, why);
	if (e != ERR_OK) {
		log_walk_close(w);
		return err_fail(why, e, "entry %" PRIu64, from);
	}
	*out = w;
	return ERR_OK;
}

/* The value of this row if it is there, and the lane moved past it. */
static enum err
take(struct lane *l, struct bytes key, struct bytes *value, bool *there)
{
	*there = !l->ended && bytes_equal(l->row.key, key);
	if (!*there || l->hole)
		return *there ? ERR_CORRUPT : ERR_OK;
	*value = l->row.value;
	return settle(l, store_next(l->cursor, &l->row));
}

enum err
log_walk_next(struct log_walk *w, struct bytes *leaf, size_t *sealed_len,
    struct err_why *why)
{
	uint8_t at[LOG_ROW_KEY_BYTES];
	const struct bytes key = bytes_of(at, sizeof(at));
	struct vault_item rest = {0};
	bool entry = false, held = false, body = false;
	enum err e;

	log_book_key(at, w->slot, w->index);
	e = take(&w->entries, key, leaf, &entry);
	if (e == ERR_OK && !entry)
		return err_fail(
		    why, ERR_NOT_FOUND, "no entry %" PRIu64, w->index);
	if (e == ERR_OK)
		e = take(&w->keys, key, &rest.key, &held);
	/* A row of an erased body stays, empty, as a sign. */
	held = held && rest.key.len > 0;
	if (e == ERR_OK)
		e = take(&w->bodies, key, &rest.body, &body);
	if (e == ERR_OK && held && (!body || rest.body.len <= CRYPTO_TAG_BYTES))
		e = ERR_CORRUPT;
	if (e != ERR_OK)
		return err_fail(why, e, "entry %" PRIu64, w->index);
	w->rest = rest;
	w->index++;
	*sealed_len =
	    held && w->vault != NULL ? rest.body.len - CRYPTO_TAG_BYTES : 0;
	return ERR_OK;
}

enum err
log_walk_sealed(struct log_walk *w, struct buf *out, struct err_why *why)
{
	return vault_open_item(w->vault, &w->rest, out, why);
}

void
log_walk_close(struct log_walk *w)
{
	if (w == NULL)
		return;
	store_cursor_close(w->entries.cursor);
	store_cursor_close(w->keys.cursor);
	store_cursor_close(w->bodies.cursor);
	free(w);
}

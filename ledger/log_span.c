/* log_span.c - which entries rest under which wrapping key. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_book.h"

#include <stdlib.h>

#include "proto/clock.h"
#include "proto/crypto.h"
#include "proto/mem.h"

#define STORE_ID_BYTES 16

void
log_span_key(uint8_t out[static LOG_SPAN_KEY_BYTES], const struct log_span *s)
{
	out[0] = (uint8_t)(s->key_id >> 24);
	out[1] = (uint8_t)(s->key_id >> 16);
	out[2] = (uint8_t)(s->key_id >> 8);
	out[3] = (uint8_t)s->key_id;
	out[4] = (uint8_t)(s->slot >> 8);
	out[5] = (uint8_t)s->slot;
}

static void
widen(struct log_span *s, uint64_t first, uint64_t last)
{
	if (first < s->first)
		s->first = first;
	if (last > s->last)
		s->last = last;
}

enum err
log_span_add(struct log_book *b, struct store_txn *txn, struct log_span span,
    struct err_why *why)
{
	uint8_t key[LOG_SPAN_KEY_BYTES];
	struct bytes row;
	enum err e;

	for (size_t i = b->spans_len; i > 0; i--) {
		struct log_span *s = &b->span[i - 1];

		if (s->key_id == span.key_id && s->slot == span.slot) {
			widen(s, span.first, span.last);
			return ERR_OK;
		}
	}
	log_span_key(key, &span);
	e = store_get(txn, b->spans, bytes_of(key, sizeof(key)), &row, NULL);
	if (e == ERR_OK && row.len != 16)
		return err_fail(why, ERR_CORRUPT, "span row");
	if (e == ERR_OK)
		widen(&span, log_book_u64(row.ptr), log_book_u64(row.ptr + 8));
	else if (e != ERR_NOT_FOUND)
		return err_fail(why, e, "span row");
	if (b->spans_len == b->spans_cap) {
		b->spans_cap = b->spans_cap == 0 ? 16 : b->spans_cap * 2;
		b->span = mem_resize(b->span, b->spans_cap, sizeof(*b->span));
	}
	b->span[b->spans_len++] = span;
	return ERR_OK;
}

static uint64_t
away(const struct log_span *s, uint64_t index)
{
	if (index < s->first)
		return s->first - index;
	return index > s->last ? index - s->last : 0;
}

enum err
log_span_near(struct log_book *b, struct store_txn *txn,
    const struct log_span *at, uint8_t retention_class, uint32_t *id)
{
	uint64_t least = UINT64_MAX;
	struct store_cursor *c;
	struct store_row row;
	enum err e = store_cursor(txn, b->spans, &c, NULL);

	*id = 0;
	if (e != ERR_OK)
		return e;
	for (e = store_seek(c, bytes_of(NULL, 0), &row); e == ERR_OK;
	     e = store_next(c, &row)) {
		struct log_span s = {0};

		if (row.key.len != LOG_SPAN_KEY_BYTES || row.value.len != 16)
			continue;
		s.key_id = (uint32_t)row.key.ptr[0] << 24 |
		    (uint32_t)row.key.ptr[1] << 16 |
		    (uint32_t)row.key.ptr[2] << 8 | row.key.ptr[3];
		s.slot = (uint16_t)(row.key.ptr[4] << 8 | row.key.ptr[5]);
		s.first = log_book_u64(row.value.ptr);
		s.last = log_book_u64(row.value.ptr + 8);
		if (s.slot != at->slot || away(&s, at->first) >= least ||
		    !vault_live_of(b->vault, s.key_id, retention_class))
			continue;
		least = away(&s, at->first);
		*id = s.key_id;
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
log_rest_near(struct log_book *b, struct store_txn *txn,
    const struct log_span *at, struct bytes sealed, uint8_t retention_class,
    struct err_why *why)
{
	struct vault_item item;
	struct buf arena;
	uint32_t id = 0;
	enum err e = log_span_near(b, txn, at, retention_class, &id);

	buf_init(&arena, LOG_SEALED_MAX + 1024);
	if (e == ERR_OK && id != 0)
		e = vault_seal_under(b->vault, sealed, id, &arena, &item, why);
	else if (e == ERR_OK)
		e = vault_seal(b->vault, sealed, retention_class,
		    clock_wall_us(b->clock), &arena, &item, why);
	if (e == ERR_OK)
		e = log_book_rest(b, txn, at->slot, at->first, &item, why);
	buf_clear(&arena);
	return e;
}

enum err
log_span_flush(struct log_book *b, struct store_txn *txn, struct err_why *why)
{
	uint8_t key[LOG_SPAN_KEY_BYTES];
	uint8_t row[16];
	enum err e = ERR_OK;

	for (size_t i = 0; i < b->spans_len && e == ERR_OK; i++) {
		const struct log_span *s = &b->span[i];

		log_span_key(key, s);
		log_book_put_u64(row, s->first);
		log_book_put_u64(row + 8, s->last);
		e = store_put(txn, b->spans, bytes_of(key, sizeof(key)),
		    bytes_of(row, 16), why);
	}
	if (e == ERR_OK)
		b->spans_len = 0;
	return e;
}

/* ---- the vault of a book ---- */

/* The store's own random name, made at first use; false when it has none and
 * is read-only. */
static enum err
store_id(struct log_book *b, uint8_t *id, struct err_why *why)
{
	struct bytes key = bytes_str("i");
	struct store_txn *txn = NULL;
	struct bytes row;
	enum err e;

	e = store_read(b->store, &txn, why);
	if (e != ERR_OK)
		return e;
	e = store_get(txn, b->origins, key, &row, NULL);
	if (e == ERR_OK && row.len != STORE_ID_BYTES)
		e = err_fail(why, ERR_CORRUPT, "id of the store");
	else if (e == ERR_OK)
		memcpy(id, row.ptr, STORE_ID_BYTES);
	store_abort(txn);
	if (e != ERR_NOT_FOUND)
		return e;
	e = store_write(b->store, &txn, why);
	if (e != ERR_OK)
		return e;
	crypto_random(id, STORE_ID_BYTES);
	e = store_put(txn, b->origins, key, bytes_of(id, STORE_ID_BYTES), why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

struct span_search {
	struct store_cursor *cursor;
	enum err err;
};

/* An error counts as used: nothing is destroyed on a doubt. */
static bool
span_used(void *arg, uint32_t id)
{
	struct span_search *q = arg;
	struct log_span from = {.key_id = id};
	uint8_t key[LOG_SPAN_KEY_BYTES];
	struct store_row row;
	enum err e;

	log_span_key(key, &from);
	e = store_seek(q->cursor, bytes_of(key, sizeof(key)), &row);
	if (e == ERR_NOT_FOUND)
		return false;
	if (e != ERR_OK) {
		q->err = e;
		return true;
	}
	return row.key.len >= 4 && memcmp(row.key.ptr, key, 4) == 0;
}

static enum err
finish_erasures(struct log_book *b, struct err_why *why)
{
	struct span_search q = {0};
	struct store_txn *txn = NULL;
	enum err e;

	e = store_read(b->store, &txn, why);
	if (e != ERR_OK)
		return e;
	e = store_cursor(txn, b->spans, &q.cursor, why);
	if (e != ERR_OK)
		goto out;
	e = vault_prune(b->vault, span_used, &q, why);
	if (e == ERR_OK && q.err != ERR_OK)
		e = err_fail(why, q.err, "span rows");
out:
	store_cursor_close(q.cursor);
	store_abort(txn);
	return e;
}

enum err
log_span_take_vault(struct log_book *b, struct err_why *why)
{
	uint8_t id[STORE_ID_BYTES];
	enum err e;

	e = store_id(b, id, why);
	/* A read-only store looks, it does not bind or finish anything. */
	if (e == ERR_REFUSED)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	e = vault_bind(b->vault, id, why);
	if (e != ERR_OK || store_read_only(b->store))
		return e;
	return finish_erasures(b, why);
}

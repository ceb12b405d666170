/* log_erase.c - destroy what rests beside an entry, for good. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_erase.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "ledger/store_hole.h"
#include "proto/mem.h"

/* Wrapping keys that go, each with its successor. */
struct turn {
	uint32_t old;
	uint32_t next;
};

struct turns {
	struct turn *at;
	size_t len;
};

static enum err
successor(struct log_book *b, struct turns *all, uint32_t old, uint32_t *next,
    struct err_why *why)
{
	struct turn t = {.old = old};
	enum err e;

	for (size_t i = 0; i < all->len; i++) {
		if (all->at[i].old == old) {
			*next = all->at[i].next;
			return ERR_OK;
		}
		if (all->at[i].next == old)
			return err_fail(
			    why, ERR_CONFLICT, "an entry is named twice");
	}
	e = vault_succeed(b->vault, old, &t.next, why);
	if (e != ERR_OK)
		return e;
	all->at = mem_resize(all->at, all->len + 1, sizeof(*all->at));
	all->at[all->len++] = t;
	*next = t.next;
	return ERR_OK;
}

static enum err
erase_whole(struct log_book *b, struct store_txn *txn, struct bytes key,
    struct err_why *why)
{
	enum err e;

	/* The empty row stays: erased is not the same as never held. */
	e = store_put(txn, b->keys, key, bytes_of("", 0), why);
	if (e != ERR_OK)
		return e;
	return store_del(txn, b->bodies, key, why);
}

enum err
log_erase_mark(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];

	log_book_key(key, slot, index);
	return store_put(
	    txn, b->keys, bytes_of(key, sizeof(key)), bytes_of("", 0), why);
}

/* A new body without these fields, under a new data key. */
static enum err
erase_fields(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *x, uint32_t next, struct err_why *why)
{
	Ledger__Opening *less = NULL;
	Ledger__Opening *whole;
	Ledger__Sealed *sealed = NULL;
	struct vault_item item;
	struct buf plain;
	struct buf arena;
	uint8_t *p;
	size_t len;
	enum err e;

	buf_init(&plain, LOG_SEALED_MAX);
	buf_init(&arena, LOG_SEALED_MAX + 1024);
	e = log_sealed(b, txn, x->slot, x->index, &sealed, why);
	if (e != ERR_OK)
		goto out;
	if (sealed->body == NULL) {
		e = err_fail(why, ERR_NOT_FOUND,
		    "entry %" PRIu64 " has no body", x->index);
		goto out;
	}
	e = seal_withhold(&less, sealed->body, x->fields, x->fields_len, why);
	if (e != ERR_OK)
		goto out;
	whole = sealed->body;
	sealed->body = less;
	less = whole;
	len = ledger__sealed__get_packed_size(sealed);
	p = buf_grow(&plain, len);
	if (p == NULL) {
		e = err_fail(why, ERR_LIMIT, "body of %zu bytes", len);
		goto out;
	}
	(void)ledger__sealed__pack(sealed, p);
	e = vault_seal_under(
	    b->vault, buf_view(&plain), next, &arena, &item, why);
	if (e != ERR_OK)
		goto out;
	e = log_book_rest(b, txn, x->slot, x->index, &item, why);
out:
	buf_wipe(&plain);
	buf_clear(&arena);
	if (less != NULL)
		ledger__opening__free_unpacked(less, NULL);
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	return e;
}

/* ---- keys that go later ---- */

#define TURNING_KEY_BYTES 4

static void
turning_key(uint8_t out[static TURNING_KEY_BYTES], uint32_t id)
{
	for (int i = 0; i < TURNING_KEY_BYTES; i++)
		out[i] = (uint8_t)(id >> (24 - 8 * i));
}

static enum err
put_turning(
    struct log_book *b, struct store_txn *txn, uint32_t id, struct err_why *why)
{
	uint8_t key[TURNING_KEY_BYTES];

	turning_key(key, id);
	return store_put(
	    txn, b->turning, bytes_of(key, sizeof(key)), bytes_of("", 0), why);
}

static enum err
drop_turning(
    struct log_book *b, struct store_txn *txn, uint32_t id, struct err_why *why)
{
	uint8_t key[TURNING_KEY_BYTES];
	enum err e;

	turning_key(key, id);
	e = store_del(txn, b->turning, bytes_of(key, sizeof(key)), why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

bool
log_erase_waits(struct log_book *b, struct store_txn *txn)
{
	return store_rows(txn, b->turning) > 0;
}

/* Adds those that wait; one that an erasure of its own has ended is done. */
static enum err
add_turning(struct log_book *b, struct store_txn *txn, struct turns *all,
    struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	struct log_ids ids = {0};
	uint32_t next;
	enum err e = store_cursor(txn, b->turning, &c, why);

	if (e != ERR_OK)
		return e;
	for (e = store_seek(c, bytes_of("", 0), &row); e == ERR_OK;
	     e = store_next(c, &row)) {
		const uint8_t *p = row.key.ptr;

		if (row.key.len == TURNING_KEY_BYTES)
			log_ids_add(&ids,
			    (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			        (uint32_t)p[2] << 8 | p[3]);
	}
	store_cursor_close(c);
	e = e == ERR_NOT_FOUND ? ERR_OK : e;
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++) {
		if (vault_live(b->vault, ids.at[i]))
			e = successor(b, all, ids.at[i], &next, why);
		if (e == ERR_OK)
			e = drop_turning(b, txn, ids.at[i], why);
	}
	free(ids.at);
	return e;
}

static enum err
erase_one(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *x, struct turns *all, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes row;
	uint32_t next = 0;
	uint32_t id = 0;
	enum err e;

	log_book_key(key, x->slot, x->index);
	e = store_get(txn, b->keys, bytes_of(key, sizeof(key)), &row, NULL);
	if (e == ERR_NOT_FOUND || (e == ERR_OK && row.len == 0))
		return err_fail(why, ERR_NOT_FOUND,
		    "nothing is held beside entry %" PRIu64, x->index);
	if (e != ERR_OK)
		return err_fail(why, e, "key row %" PRIu64, x->index);
	e = vault_row_id(row, &id, why);
	if (e == ERR_OK && x->later) {
		next = id;
		e = put_turning(b, txn, id, why);
	} else if (e == ERR_OK) {
		e = successor(b, all, id, &next, why);
	}
	if (e != ERR_OK)
		return e;
	if (x->fields_len > 0)
		return erase_fields(b, txn, x, next, why);
	return erase_whole(b, txn, bytes_of(key, sizeof(key)), why);
}

/* ---- survivors ---- */

static bool
wrapped_by(struct bytes row, uint32_t id)
{
	uint32_t have = 0;

	return row.len != 0 && vault_row_id(row, &have, NULL) == ERR_OK &&
	    have == id;
}

static enum err
rewrap_span(struct log_book *b, struct store_txn *txn, struct turn t,
    const struct log_span *span, struct err_why *why)
{
	uint8_t fresh[VAULT_KEY_ROW_BYTES];
	uint8_t key[LOG_ROW_KEY_BYTES];
	uint8_t end[LOG_ROW_KEY_BYTES];
	struct store_cursor *c;
	struct store_row row;
	enum err e;

	e = store_cursor(txn, b->keys, &c, why);
	if (e != ERR_OK)
		return e;
	log_book_key(key, span->slot, span->first);
	log_book_key(end, span->slot, span->last);
	e = store_seek(c, bytes_of(key, sizeof(key)), &row);
	for (;; e = store_next(c, &row)) {
		/* What was lost opens nothing any more. */
		if (e == ERR_CORRUPT && store_is_hole(txn, b->keys, row.key))
			continue;
		if (e != ERR_OK || row.key.len != sizeof(key) ||
		    memcmp(row.key.ptr, end, sizeof(end)) > 0)
			break;
		if (!wrapped_by(row.value, t.old))
			continue;
		memcpy(key, row.key.ptr, sizeof(key));
		e = vault_rewrap(b->vault, row.value, t.next, fresh, why);
		if (e == ERR_OK)
			e = store_put(txn, b->keys, bytes_of(key, sizeof(key)),
			    bytes_of(fresh, sizeof(fresh)), why);
		if (e != ERR_OK)
			break;
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Next span row of a wrapping key; ERR_NOT_FOUND when none is left. */
static enum err
first_span(struct log_book *b, struct store_txn *txn, uint32_t id,
    struct log_span *out)
{
	const struct log_span from = {.key_id = id};
	uint8_t key[LOG_SPAN_KEY_BYTES];
	struct store_cursor *c;
	struct store_row row;
	enum err e;

	log_span_key(key, &from);
	e = store_cursor(txn, b->spans, &c, NULL);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(key, sizeof(key)), &row);
	if (e == ERR_OK && (row.key.len != sizeof(key) || row.value.len != 16))
		e = ERR_CORRUPT;
	else if (e == ERR_OK && memcmp(row.key.ptr, key, 4) != 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK) {
		out->key_id = id;
		out->slot = (uint16_t)(row.key.ptr[4] << 8 | row.key.ptr[5]);
		out->first = log_book_u64(row.value.ptr);
		out->last = log_book_u64(row.value.ptr + 8);
	}
	store_cursor_close(c);
	return e;
}

static enum err
drop_span(struct log_book *b, struct store_txn *txn, const struct log_span *s,
    struct err_why *why)
{
	uint8_t key[LOG_SPAN_KEY_BYTES];

	log_span_key(key, s);
	return store_del(txn, b->spans, bytes_of(key, sizeof(key)), why);
}

static enum err
turn_over(struct log_book *b, struct store_txn *txn, struct turn t,
    struct err_why *why)
{
	struct log_span span = {0};
	enum err e;

	for (;;) {
		e = first_span(b, txn, t.old, &span);
		if (e == ERR_NOT_FOUND)
			break;
		if (e != ERR_OK)
			return err_fail(why, e, "span rows");
		e = rewrap_span(b, txn, t, &span, why);
		if (e != ERR_OK)
			return e;
		e = drop_span(b, txn, &span, why);
		if (e != ERR_OK)
			return e;
		span.key_id = t.next;
		e = log_span_add(b, txn, span, why);
		if (e != ERR_OK)
			return e;
	}
	log_ids_add(&b->retiring, t.old);
	return drop_turning(b, txn, t.old, why);
}

enum err
log_erase(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *x, size_t n, struct err_why *why)
{
	struct turns all = {0};
	bool now = n == 0;
	enum err e;

	assert(store_writing(txn));
	if (b->vault == NULL)
		return err_fail(why, ERR_REFUSED, "this book has no vault");
	/* Spans still in memory count too. */
	e = log_book_flush(b, txn, why);
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		now |= !x[i].later;
		e = erase_one(b, txn, &x[i], &all, why);
	}
	if (e == ERR_OK && now)
		e = add_turning(b, txn, &all, why);
	/* Only now: what is erased must never have been wrapped anew. */
	for (size_t i = 0; i < all.len && e == ERR_OK; i++)
		e = turn_over(b, txn, all.at[i], why);
	free(all.at);
	return e;
}

enum err
log_erase_done(struct log_book *b, struct err_why *why)
{
	enum err e;

	while (b->retired.len > 0) {
		e = vault_destroy(
		    b->vault, b->retired.at[b->retired.len - 1], why);
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			return e;
		b->retired.len--;
	}
	return ERR_OK;
}

/* log_read.c - entries, bodies, time and kinds of a log, for readers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_read.h"

#include <inttypes.h>

#include "ledger/log_book.h"

enum err
log_state(struct log_book *b, struct store_txn *txn, uint16_t slot,
    struct log_state *out, struct err_why *why)
{
	struct log_slot s = {0};
	enum err e;

	e = log_book_state(b, txn, slot, &s, why);
	if (e != ERR_OK)
		return e;
	out->frontier = s.frontier;
	out->time_epoch = s.chain.epoch;
	out->recorded_us = s.chain.recorded_us;
	return ERR_OK;
}

enum err
log_kind_head(struct log_book *b, struct store_txn *txn, uint16_t slot,
    Ledger__Kind kind, uint64_t *seq, uint64_t *last, struct err_why *why)
{
	struct log_slot s = {0};
	const struct log_kind *k;
	enum err e;

	e = log_book_state(b, txn, slot, &s, why);
	if (e != ERR_OK)
		return e;
	k = log_rule_kind(&s.chain, (uint32_t)kind);
	if (k == NULL)
		return err_fail(why, ERR_NOT_FOUND, "no entry of this kind");
	*seq = k->seq;
	*last = k->last;
	return ERR_OK;
}

enum err
log_entry(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, struct bytes *leaf, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	enum err e;

	log_book_key(key, slot, index);
	e = store_get(txn, b->entries, bytes_of(key, sizeof(key)), leaf, NULL);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, e, "no entry %" PRIu64, index);
	if (e != ERR_OK)
		return err_fail(why, e, "entry %" PRIu64, index);
	return ERR_OK;
}

enum err
log_decode(Ledger__Entry **out, struct bytes leaf, struct err_why *why)
{
	enum err e = log_rule_decode(out, leaf, why);

	/* What rests here was checked when it came in. */
	if (e == ERR_MALFORMED || e == ERR_LIMIT)
		return ERR_CORRUPT;
	return e;
}

enum err
log_rest(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, enum log_rest *out, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes row;
	enum err e;

	log_book_key(key, slot, index);
	e = store_get(txn, b->keys, bytes_of(key, sizeof(key)), &row, NULL);
	if (e == ERR_NOT_FOUND) {
		*out = LOG_REST_NONE;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return err_fail(why, e, "key row %" PRIu64, index);
	*out = row.len == 0 ? LOG_REST_ERASED : LOG_REST_HELD;
	return ERR_OK;
}

enum err
log_sealed_bytes(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, struct buf *out, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct vault_item item;
	enum err e;

	if (b->vault == NULL)
		return err_fail(why, ERR_NOT_FOUND, "this book has no vault");
	log_book_key(key, slot, index);
	e = store_get(
	    txn, b->keys, bytes_of(key, sizeof(key)), &item.key, NULL);
	if (e == ERR_NOT_FOUND)
		return err_fail(
		    why, e, "body of entry %" PRIu64 " is not held", index);
	if (e == ERR_OK && item.key.len == 0)
		return err_fail(why, ERR_NOT_FOUND,
		    "body of entry %" PRIu64 " is erased", index);
	if (e == ERR_OK)
		e = store_get(txn, b->bodies, bytes_of(key, sizeof(key)),
		    &item.body, NULL);
	if (e == ERR_NOT_FOUND)
		e = ERR_CORRUPT;
	if (e != ERR_OK)
		return err_fail(why, e, "body row %" PRIu64, index);
	return vault_open_item(b->vault, &item, out, why);
}

enum err
log_sealed(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, Ledger__Sealed **out, struct err_why *why)
{
	struct buf plain;
	Ledger__Sealed *sealed;
	enum err e;

	buf_init(&plain, LOG_SEALED_MAX);
	e = log_sealed_bytes(b, txn, slot, index, &plain, why);
	if (e != ERR_OK)
		goto out;
	sealed = ledger__sealed__unpack(NULL, plain.len, plain.ptr);
	if (sealed == NULL) {
		e = err_fail(why, ERR_CORRUPT,
		    "body of entry %" PRIu64 " does not decode", index);
		goto out;
	}
	*out = sealed;
out:
	buf_wipe(&plain);
	return e;
}

static enum err
entry_at(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, Ledger__Entry **out, struct err_why *why)
{
	struct bytes leaf;
	enum err e;

	e = log_entry(b, txn, slot, index, &leaf, why);
	if (e == ERR_NOT_FOUND)
		return ERR_CORRUPT;
	if (e != ERR_OK)
		return e;
	return log_decode(out, leaf, why);
}

enum err
log_find_time(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint32_t epoch, int64_t us, uint64_t *out, struct err_why *why)
{
	struct log_state state;
	uint64_t lo = 0;
	uint64_t hi;
	enum err e;

	e = log_state(b, txn, slot, &state, why);
	if (e != ERR_OK)
		return e;
	hi = state.frontier.size;
	while (lo < hi) {
		const uint64_t mid = lo + (hi - lo) / 2;
		Ledger__Entry *at;
		bool before;

		e = entry_at(b, txn, slot, mid, &at, why);
		if (e != ERR_OK)
			return e;
		before = at->time_epoch < epoch ||
		    (at->time_epoch == epoch && at->recorded_us < us);
		ledger__entry__free_unpacked(at, NULL);
		if (before)
			lo = mid + 1;
		else
			hi = mid;
	}
	*out = lo;
	return ERR_OK;
}

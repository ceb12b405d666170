/* fold_span.c - when a record was open, found by place and time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_span.h"

#define SECOND_US INT64_C(1000000)

int64_t
fold_span_end(const struct row *r)
{
	if (r->kind == LEDGER__KIND__ALARM)
		return r->stop_us;
	return r->kind == LEDGER__KIND__INCIDENT ? r->to_us : r->changed_us;
}

int64_t
fold_span_most(unsigned length)
{
	return length == 0 ? SECOND_US : (INT64_C(1) << length) * SECOND_US;
}

static unsigned
length_of(int64_t opened_us, int64_t closed_us)
{
	unsigned length = 0;

	if (closed_us < opened_us)
		return 0;
	for (uint64_t s = (uint64_t)(closed_us - opened_us) / SECOND_US; s > 0;
	     s >>= 1)
		length++;
	return length < FOLD_SPAN_LENGTHS ? length : FOLD_SPAN_LENGTHS - 1;
}

struct fold_key
fold_span_open(uint16_t slot, const struct row *r, const uint8_t id[static 16])
{
	struct fold_key k = fold_key_open(slot, r->kind, r->area, NULL);

	if (r->kind == LEDGER__KIND__ALARM)
		fold_key_uint(&k, (uint64_t)r->opened_us, 8);
	fold_key_put(&k, id, 16);
	return k;
}

struct fold_key
fold_span_from(uint16_t slot, uint64_t area, uint16_t kind, unsigned length,
    int64_t opened_us)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, area, 8);
	fold_key_uint(&k, kind, 2);
	fold_key_uint(&k, length, 1);
	fold_key_uint(&k, opened_us > 0 ? (uint64_t)opened_us : 0, 8);
	return k;
}

struct fold_key
fold_span_closed(
    uint16_t slot, const struct row *r, const uint8_t id[static 16])
{
	struct fold_key k = fold_span_from(slot, r->area, r->kind,
	    length_of(r->opened_us, fold_span_end(r)), r->opened_us);

	fold_key_put(&k, id, 16);
	return k;
}

bool
fold_span_keeps(uint16_t kind)
{
	return kind == LEDGER__KIND__ALARM || kind == LEDGER__KIND__PERMIT ||
	    kind == LEDGER__KIND__CASE || kind == LEDGER__KIND__INCIDENT;
}

static bool
closed(const struct row *r)
{
	return fold_span_keeps(r->kind) && r->state != 0 && r->area != 0 &&
	    !row_is_open(r);
}

static enum err
drop(struct fold *f, struct store_table t, const struct fold_key *k,
    struct err_why *why)
{
	enum err e = store_del(f->txn, t, fold_key_view(k), why);

	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
put_closed(struct fold *f, uint16_t slot, const uint8_t *id,
    const struct row *r, struct err_why *why)
{
	struct fold_key k = fold_span_closed(slot, r, id);
	struct fold_key v = {.len = 0};

	fold_key_uint(&v, (uint64_t)fold_span_end(r), 8);
	return store_put(
	    f->txn, f->t->span, fold_key_view(&k), fold_key_view(&v), why);
}

enum err
fold_span_move(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    const struct row *was, const struct row *is, struct err_why *why)
{
	struct fold_key k;
	enum err e = ERR_OK;

	if (row_is_open(was) != row_is_open(is)) {
		k = fold_span_open(slot, row_is_open(is) ? is : was, id);
		e = row_is_open(is)
		    ? store_put(f->txn, f->t->open, fold_key_view(&k),
		          bytes_of("", 0), why)
		    : drop(f, f->t->open, &k, why);
	}
	/* The key follows the row, so that it is found again by the row. */
	if (closed(was) && closed(is) &&
	    fold_span_end(was) == fold_span_end(is))
		return e;
	if (e == ERR_OK && closed(was)) {
		k = fold_span_closed(slot, was, id);
		e = drop(f, f->t->span, &k, why);
	}
	if (e == ERR_OK && closed(is))
		e = put_closed(f, slot, id, is, why);
	return e;
}

enum err
fold_span_forget(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    const struct row *r, struct err_why *why)
{
	struct fold_key k = fold_span_open(slot, r, id);
	enum err e = drop(f, f->t->open, &k, why);

	if (e != ERR_OK || !closed(r))
		return e;
	k = fold_span_closed(slot, r, id);
	return drop(f, f->t->span, &k, why);
}

/* depot_erase.c - erasures asked by entries of replicas, and receipts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/depot.h"
#include "federation/depot_state.h"
#include "ledger/log_erased.h"
#include "ledger/log_read.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "record.pb-c.h"

/*
 * Table `erasures`: u16be slot || u64be index of the ERASURE entry
 *   -> u8 state || u64be index of what it erases.
 * The row is written with the entry, so that a crash between storing the entry
 * and erasing the body is made good at the next start.
 */
#define KEY_BYTES 10
#define ROW_BYTES 9
#define RUN_MAX 64 /* ERASURE entries in one transaction ... */
#define CALM_RUNS 16 /* deliveries until what was announced does not come */
#define RUN_ENTRIES 4096 /* ... and what they erase, but for the last */

enum state {
	STATE_PENDING = 0,
	STATE_DONE = 1,
	STATE_NOT_OURS = 2, /* no body held here, or not readable */
};

static void
make_key(uint8_t key[static KEY_BYTES], uint16_t slot, uint64_t index)
{
	int i;

	key[0] = (uint8_t)(slot >> 8);
	key[1] = (uint8_t)slot;
	for (i = 0; i < 8; i++)
		key[2 + i] = (uint8_t)(index >> (56 - 8 * i));
}

static enum err
put_row(struct depot *d, struct store_txn *txn, const struct depot_pending *p,
    enum state state, uint64_t target)
{
	uint8_t key[KEY_BYTES], row[ROW_BYTES];
	int i;

	make_key(key, p->place->slot, p->index);
	row[0] = (uint8_t)state;
	for (i = 0; i < 8; i++)
		row[1 + i] = (uint8_t)(target >> (56 - 8 * i));
	return store_put(txn, d->o.witness->erasures,
	    bytes_of(key, sizeof(key)), bytes_of(row, sizeof(row)), NULL);
}

static void
add_pending(struct depot *d, struct depot_place *place, uint64_t index)
{
	d->pending =
	    mem_resize(d->pending, d->pending_len + 1, sizeof(d->pending[0]));
	d->pending[d->pending_len].place = place;
	d->pending[d->pending_len].index = index;
	d->pending_len++;
}

void
depot_erase_forget(struct depot *d, size_t len)
{
	if (d->pending_len > len)
		d->pending_len = len;
}

enum err
depot_erase_note(struct depot *d, struct store_txn *txn,
    struct depot_place *place, uint64_t from, struct err_why *why)
{
	Ledger__Entry *entry;
	uint64_t seq, last;
	struct bytes leaf;
	enum err e;

	e = log_kind_head(d->o.replicas, txn, place->slot,
	    LEDGER__KIND__ERASURE, &seq, &last, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	while (e == ERR_OK && last >= from) {
		add_pending(d, place, last);
		e = put_row(
		    d, txn, &d->pending[d->pending_len - 1], STATE_PENDING, 0);
		if (e != ERR_OK)
			break;
		e = log_entry(
		    d->o.replicas, txn, place->slot, last, &leaf, why);
		if (e != ERR_OK)
			break;
		e = log_decode(&entry, leaf, why);
		if (e != ERR_OK)
			break;
		last = entry->previous_of_kind;
		ledger__entry__free_unpacked(entry, NULL);
		if (last == 0)
			break;
		last--;
	}
	return e;
}

enum err
depot_erase_load(struct depot *d, struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct store_cursor *c = NULL;
	char origin[NOTE_NAME_MAX + 1];
	struct depot_place *place;
	struct buf_reader r;
	struct store_row row;
	uint16_t slot;
	enum err e;

	e = store_read(log_book_store(d->o.replicas), &txn, why);
	if (e != ERR_OK)
		return e;
	e = store_cursor(txn, d->o.witness->erasures, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, bytes_of("", 0), &row);
	for (; e == ERR_OK; e = store_next(c, &row)) {
		if (row.value.len != ROW_BYTES || row.key.len != KEY_BYTES) {
			e = err_fail(why, ERR_CORRUPT, "erasure row");
			break;
		}
		if (row.value.ptr[0] != STATE_PENDING)
			continue;
		r = (struct buf_reader){row.key, false};
		slot = buf_read_u16be(&r);
		e = log_origin(d->o.replicas, txn, slot, origin, why);
		if (e != ERR_OK)
			break;
		place = depot_place(d, origin);
		if (place != NULL)
			add_pending(d, place, buf_read_u64be(&r));
	}
	store_cursor_close(c);
	d->keys_wait = log_erase_waits(d->o.replicas, txn);
	d->calm = CALM_RUNS;
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The body of an ERASURE entry; NULL when it cannot be read here. */
static Record__Erasure *
read_body(struct depot *d, struct store_txn *txn, const struct depot_pending *p)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *msg = NULL;
	const Ledger__Opening *body;
	enum err e;

	e = log_sealed(
	    d->o.replicas, txn, p->place->slot, p->index, &sealed, NULL);
	if (e != ERR_OK)
		return NULL;
	body = sealed->body;
	if (body != NULL && body->has_message)
		e = slice_unpack(&msg, &record__erasure__descriptor,
		    bytes_of(body->message.data, body->message.len), NULL);
	ledger__sealed__free_unpacked(sealed, NULL);
	if (e != ERR_OK || msg == NULL)
		return NULL;
	return (Record__Erasure *)(void *)msg;
}

static int
compare_fields(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

struct plan {
	struct log_erasure *erasures;
	size_t len;
	Record__Erasure *bodies[RUN_MAX]; /* own the field lists */
	size_t bodies_len;
};

/* An entry is erased once in a transaction: fields of it, then the whole, are
 * two of them. */
static bool
clashes(const struct plan *plan, uint16_t slot, const Record__Erasure *body)
{
	for (size_t i = 0; i < plan->len; i++) {
		if (plan->erasures[i].slot == slot &&
		    log_erased_names(body, plan->erasures[i].index))
			return true;
	}
	return false;
}

/* What of it is held here. */
static enum err
plan_entries(struct depot *d, struct store_txn *txn, uint16_t slot,
    const Record__Erasure *body, struct plan *plan)
{
	const size_t n = log_erased_count(body);
	enum log_rest rest;
	enum err e = ERR_OK;

	plan->erasures = mem_resize(
	    plan->erasures, plan->len + n, sizeof(plan->erasures[0]));
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		uint64_t index = log_erased_index(body, i);

		/* They ascend; what does not names something twice. */
		if (i > 0 && index <= log_erased_index(body, i - 1))
			break;
		e = log_rest(d->o.replicas, txn, slot, index, &rest, NULL);
		if (e == ERR_OK && rest == LOG_REST_HELD)
			plan->erasures[plan->len++] = (struct log_erasure){slot,
			    index, body->fields, body->n_fields, body->goes_on};
	}
	return e;
}

/* What one ERASURE entry asks of us, added to the plan or settled at once.
 * ERR_EXISTS: in the next transaction. */
static enum err
plan_one(struct depot *d, struct store_txn *txn, const struct depot_pending *p,
    struct plan *plan)
{
	Record__Erasure *body = read_body(d, txn, p);
	enum state state = STATE_NOT_OURS;
	const struct depot_place *at;
	uint64_t target = 0;
	enum err e = ERR_OK;

	/* Of this log or of an earlier generation; never of another member. */
	at = body != NULL && body->origin != NULL ? depot_place(d, body->origin)
	                                          : NULL;
	if (at == NULL || at->member != p->place->member || !at->exists ||
	    log_erased_index(body, body->n_more) >= at->held)
		goto row;
	if (clashes(plan, at->slot, body)) {
		slice_free(&body->base);
		return ERR_EXISTS;
	}
	target = body->index;
	state = STATE_DONE;
	if (body->n_fields > 1)
		qsort(body->fields, body->n_fields, sizeof(body->fields[0]),
		    compare_fields);
	plan->bodies[plan->bodies_len++] = body;
	e = plan_entries(d, txn, at->slot, body, plan);
	body = NULL;
	if (e != ERR_OK)
		return e;
row:
	e = put_row(d, txn, p, state, target);
	if (body != NULL)
		slice_free(&body->base);
	return e;
}

static void
complain(struct depot *d, enum err code, const struct err_why *why)
{
	struct exchange_event ev = {0};

	ev.kind = EXCHANGE_REFUSED;
	ev.err = code;
	ev.text = bytes_str(why->text);
	if (d->o.event != NULL)
		d->o.event(d->o.arg, &ev);
}

/* Tables that were folded from what is gone now; of each record once. */
static enum err
fold_again(struct depot *d, struct store_txn *txn, const struct log_erasure *x,
    struct log_erased_records *seen, struct err_why *why)
{
	struct log_opened at = {.entry = NULL};
	const struct log_stretch s = {x->slot, x->index, &at, 1, true};
	struct bytes leaf;
	enum err e;

	if (d->o.fold == NULL)
		return ERR_OK;
	e = log_entry(d->o.replicas, txn, x->slot, x->index, &leaf, why);
	if (e == ERR_OK)
		e = log_decode(&at.entry, leaf, why);
	if (e == ERR_OK && log_erased_first(seen, x->slot, at.entry))
		e = d->o.fold(d->o.arg, txn, &s, why);
	ledger__entry__free_unpacked(at.entry, NULL);
	return e;
}

/* As many of them as go into one transaction; *n: how many that were. */
static enum err
run_batch(struct depot *d, const struct depot_pending *p, size_t *n,
    struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct log_erased_records seen = {.len = 0};
	struct plan plan = {.len = 0};
	size_t done = 0;
	enum err e;
	size_t i;

	e = store_write(log_book_store(d->o.replicas), &txn, why);
	while (e == ERR_OK && done < *n && plan.len < RUN_ENTRIES)
		e = plan_one(d, txn, &p[done++], &plan);
	if (e == ERR_EXISTS) {
		done--;
		e = ERR_OK;
	}
	if (e == ERR_OK && plan.len > 0)
		e = log_erase(d->o.replicas, txn, plan.erasures, plan.len, why);
	for (i = 0; e == ERR_OK && i < plan.len; i++)
		e = fold_again(d, txn, &plan.erasures[i], &seen, why);
	if (e == ERR_OK) {
		e = store_commit(txn, why);
		txn = NULL;
	}
	if (e == ERR_OK && plan.len > 0)
		e = log_erase_done(d->o.replicas, why);
	store_abort(txn);
	for (i = 0; e == ERR_OK && i < plan.len; i++) {
		d->keys_wait = plan.erasures[i].later;
		d->calm = 0;
		if (!d->keys_wait)
			break;
	}
	for (i = 0; i < plan.bodies_len; i++)
		slice_free(&plan.bodies[i]->base);
	free(plan.erasures);
	free(seen.at);
	for (i = 0; e == ERR_OK && i < done; i++)
		p[i].place->erased++;
	if (e == ERR_OK)
		*n = done;
	return e;
}

/* Wrapping keys whose month ended without another ERASURE. */
static void
end_keys(struct depot *d)
{
	struct err_why why = {.text = ""};
	struct store_txn *txn = NULL;
	enum err e;

	if (!d->keys_wait || d->calm++ < CALM_RUNS)
		return;
	e = store_write(log_book_store(d->o.replicas), &txn, &why);
	if (e == ERR_OK)
		e = log_erase(d->o.replicas, txn, NULL, 0, &why);
	if (e == ERR_OK) {
		e = store_commit(txn, &why);
		txn = NULL;
	}
	if (e == ERR_OK)
		e = log_erase_done(d->o.replicas, &why);
	store_abort(txn);
	d->keys_wait = e != ERR_OK;
	if (e != ERR_OK)
		complain(d, e, &why);
}

void
depot_erase_run(struct depot *d)
{
	struct err_why why = {.text = ""};
	size_t at = 0, alone = 0, n;
	enum err e;
	int tries;

	if (d->pending_len == 0)
		end_keys(d);
	(void)err_fail(&why, ERR_IO, "erasure failed");
	while (at < d->pending_len) {
		n = d->pending_len - at;
		if (n > RUN_MAX)
			n = RUN_MAX;
		if (at < alone)
			n = 1;
		e = ERR_BUSY;
		for (tries = 0; e == ERR_BUSY && tries < 8; tries++) {
			if (tries > 0 &&
			    store_grow(log_book_store(d->o.replicas), &why) !=
			        ERR_OK)
				break;
			e = run_batch(d, d->pending + at, &n, &why);
		}
		/* One that fails must keep no other from it, of whatever
		 * member. */
		if (e != ERR_OK && n > 1) {
			alone = at + n;
			continue;
		}
		/* The rows stay pending: tried again at the next start. */
		if (e != ERR_OK)
			complain(d, e, &why);
		at += n;
	}
	d->pending_len = 0;
}

enum err
depot_erase_next(
    struct depot *d, const char *origin, uint64_t *cursor, uint64_t *index)
{
	struct depot_place *p = depot_place(d, origin);
	struct store_txn *txn = NULL;
	struct store_cursor *c = NULL;
	uint8_t key[KEY_BYTES];
	struct buf_reader r;
	struct store_row row;
	enum err e;

	if (p == NULL || !p->exists)
		return ERR_NOT_FOUND;
	/* Nothing is reported while a wrapping key could not be destroyed, or
	 * goes with the last of its month. */
	if (d->keys_wait)
		return ERR_NOT_FOUND;
	e = log_erase_done(d->o.replicas, NULL);
	if (e != ERR_OK)
		return e;
	e = store_read(log_book_store(d->o.replicas), &txn, NULL);
	if (e != ERR_OK)
		return e;
	make_key(key, p->slot, *cursor);
	e = store_cursor(txn, d->o.witness->erasures, &c, NULL);
	if (e == ERR_OK)
		e = store_seek(c, bytes_of(key, sizeof(key)), &row);
	while (e == ERR_OK && row.value.len == ROW_BYTES &&
	    row.value.ptr[0] != STATE_DONE && memcmp(row.key.ptr, key, 2) == 0)
		e = store_next(c, &row);
	if (e == ERR_OK &&
	    (row.key.len != KEY_BYTES || row.value.len != ROW_BYTES ||
	        memcmp(row.key.ptr, key, 2) != 0))
		e = ERR_NOT_FOUND;
	if (e == ERR_OK) {
		r = (struct buf_reader){row.key, false};
		(void)buf_read_u16be(&r);
		*cursor = buf_read_u64be(&r);
		r = (struct buf_reader){row.value, false};
		(void)buf_read_u8(&r);
		*index = buf_read_u64be(&r);
	}
	store_cursor_close(c);
	store_abort(txn);
	return e;
}

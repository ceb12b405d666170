/* log_erased.c - what ERASURE entries name, and whether it is gone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_erased.h"

#include <stdlib.h>

#include "ledger/disclosure.h"
#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* ---- what one names ---- */

size_t
log_erased_count(const Record__Erasure *m)
{
	return 1 + m->n_more;
}

uint64_t
log_erased_index(const Record__Erasure *m, size_t i)
{
	return i == 0 ? m->index : m->more[i - 1];
}

/* One whose list does not ascend may seem to name less, never more. */
bool
log_erased_names(const Record__Erasure *m, uint64_t index)
{
	size_t low = 0;
	size_t high = m->n_more;

	if (m->index == index)
		return true;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->more[mid] == index)
			return true;
		if (m->more[mid] < index)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* ---- the entries ---- */

/* NULL: its body is not held, or does not open. */
static ProtobufCMessage *
open_erasure(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t at, const Ledger__Entry *entry)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *msg = NULL;
	struct buf body, annex;
	enum err e = log_sealed(b, txn, slot, at, &sealed, NULL);

	buf_init(&body, SEAL_MESSAGE_MAX);
	buf_init(&annex, SEAL_MESSAGE_MAX);
	if (e == ERR_OK)
		e = disclosure_open(&body, &annex, sealed, entry, NULL);
	if (e == ERR_OK &&
	    slice_unpack(&msg, &record__erasure__descriptor, buf_view(&body),
	        NULL) != ERR_OK)
		msg = NULL;
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	buf_clear(&annex);
	buf_clear(&body);
	return msg;
}

enum err
log_erased_walk(struct log_book *b, struct store_txn *txn, uint16_t slot,
    log_erased_each each, void *arg, struct err_why *why)
{
	Ledger__Entry *entry = NULL;
	ProtobufCMessage *msg;
	struct bytes leaf;
	uint64_t seq, at, before;
	enum err e =
	    log_kind_head(b, txn, slot, LEDGER__KIND__ERASURE, &seq, &at, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	while (e == ERR_OK) {
		e = log_entry(b, txn, slot, at, &leaf, why);
		if (e == ERR_OK)
			e = log_decode(&entry, leaf, why);
		if (e != ERR_OK)
			break;
		before = entry->previous_of_kind;
		msg = open_erasure(b, txn, slot, at, entry);
		e = each(arg, at, (const void *)msg, why);
		slice_free(msg);
		ledger__entry__free_unpacked(entry, NULL);
		if (before == 0 || before > at)
			return e;
		at = before - 1;
	}
	return e;
}

/* ---- is it gone ---- */

static bool
message_shows(const Ledger__Opening *o, uint32_t number)
{
	const ProtobufCMessageDescriptor *type = seal_type(o->type);
	struct slice_list list;

	if (type == NULL ||
	    slice_split(&list, type, bytes_of(o->message.data, o->message.len),
	        NULL) != ERR_OK)
		return true;
	for (size_t i = 0; i < list.len; i++)
		if (list.at[i].number == number)
			return true;
	return false;
}

static bool
shows(const Ledger__Opening *o, uint32_t number)
{
	if (o->n_fields == 0)
		return o->has_message && message_shows(o, number);
	for (size_t i = 0; i < o->n_fields; i++)
		if (o->fields[i]->number == number)
			return o->fields[i]->has_slice;
	return false;
}

static enum err
fields_rest(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *x, struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	bool rest = false;
	enum err e = log_sealed(b, txn, x->slot, x->index, &sealed, why);

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; sealed->body != NULL && i < x->fields_len; i++)
		rest = rest || shows(sealed->body, x->fields[i]);
	ledger__sealed__free_unpacked(sealed, NULL);
	return rest ? ERR_OK : ERR_NOT_FOUND;
}

static bool
same_owner(struct log_book *b, struct store_txn *txn, uint16_t slot,
    const char *origin)
{
	char by[NOTE_NAME_MAX + 1];
	struct generation x, y;

	return log_origin(b, txn, slot, by, NULL) == ERR_OK &&
	    generation_get(&x, by, NULL) == ERR_OK &&
	    generation_get(&y, origin, NULL) == ERR_OK &&
	    strcmp(x.name, y.name) == 0;
}

enum err
log_erased_rests(struct log_book *b, struct store_txn *txn,
    const struct log_erased_at *at, struct log_erasure *out,
    struct err_why *why)
{
	const Record__Erasure *m = at->m;
	enum log_rest rest = LOG_REST_NONE;
	enum err e;

	*out = (struct log_erasure){.index = log_erased_index(m, at->i),
	    .fields = m->fields,
	    .fields_len = m->n_fields};
	if (m->origin == NULL || !same_owner(b, txn, at->slot, m->origin))
		return ERR_NOT_FOUND;
	e = log_slot(b, txn, m->origin, &out->slot, why);
	if (e == ERR_OK)
		e = log_rest(b, txn, out->slot, out->index, &rest, why);
	if (e == ERR_OK && rest != LOG_REST_HELD)
		e = ERR_NOT_FOUND;
	if (e != ERR_OK || m->n_fields == 0)
		return e;
	return fields_rest(b, txn, out, why);
}

/* ---- once more ---- */

struct again {
	struct log_book *book;
	struct store_txn *txn;
	uint16_t slot;
	uint64_t n;
};

static enum err
erase_again(
    void *arg, uint64_t at, const Record__Erasure *m, struct err_why *why)
{
	struct again *a = arg;
	struct log_erasure *all;
	size_t n = 0;
	enum err e = ERR_OK;

	(void)at;
	if (m == NULL)
		return ERR_OK;
	all = mem_alloc(log_erased_count(m), sizeof *all);
	for (size_t i = 0; i < log_erased_count(m) && e == ERR_OK; i++) {
		const struct log_erased_at one = {a->slot, m, i};

		if (i > 0 &&
		    log_erased_index(m, i) <= log_erased_index(m, i - 1))
			break;
		e = log_erased_rests(a->book, a->txn, &one, &all[n], why);
		n += e == ERR_OK;
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	a->n += n;
	if (e == ERR_OK && n > 0)
		e = log_erase(a->book, a->txn, all, n, why);
	free(all);
	return e;
}

enum err
log_erased_again(
    struct log_book *b, struct store_txn *txn, uint64_t *n, struct err_why *why)
{
	struct again a = {.book = b, .txn = txn};
	char origin[NOTE_NAME_MAX + 1];
	enum err e = ERR_OK;

	for (unsigned slot = 0; slot < UINT16_MAX && e == ERR_OK; slot++) {
		a.slot = (uint16_t)slot;
		e = log_origin(b, txn, a.slot, origin, why);
		if (e == ERR_NOT_FOUND && slot > 0)
			break;
		if (e == ERR_OK)
			e = log_erased_walk(
			    b, txn, a.slot, erase_again, &a, why);
		else if (e == ERR_NOT_FOUND)
			e = ERR_OK; /* slots may count from one */
	}
	*n = a.n;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

bool
log_erased_first(
    struct log_erased_records *r, uint16_t slot, const Ledger__Entry *leaf)
{
	const size_t n = sizeof r->at->id;

	if (leaf->record_id.len != n)
		return true;
	for (size_t i = r->len; i-- > 0;) {
		if (r->at[i].slot == slot &&
		    memcmp(r->at[i].id, leaf->record_id.data, n) == 0)
			return false;
	}
	if ((r->len & (r->len - 1)) == 0)
		r->at = mem_resize(
		    r->at, r->len > 0 ? 2 * r->len : 1, sizeof *r->at);
	r->at[r->len].slot = slot;
	memcpy(r->at[r->len++].id, leaf->record_id.data, n);
	return true;
}

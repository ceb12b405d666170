/* fold_retain.c - what is held, what waits for its erasure, what expired. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_retain.h"

#include <stdlib.h>
#include <string.h>

#include "node/fold_key.h"
#include "node/fold_place.h"
#include "proto/mem.h"
#include "proto/text.h"

#define WAIT_BYTES (16 + 8 + 8 + 1) /* then u32be for each hidden field */
#define TERM_TEXT_MAX 128

static struct fold_key
key_of(uint16_t slot, char what)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, (uint8_t)what, 1);
	return k;
}

static struct fold_key
key_at(uint16_t slot, char what, uint64_t place)
{
	struct fold_key k = key_of(slot, what);

	fold_key_uint(&k, place, 8);
	return k;
}

/* ---- what the entries say ---- */

/* The place of an entry of this line by its log; false: another's. */
static bool
place_of(struct fold *f, uint16_t line, const char *origin, uint64_t index,
    uint64_t *out)
{
	struct fold_line at;
	uint16_t slot;

	if (origin == NULL ||
	    log_slot(f->book, fold_logs(f), origin, &slot, NULL) != ERR_OK ||
	    fold_line_of(f, slot, &at, NULL) != ERR_OK || at.line != line)
		return false;
	*out = at.base + index;
	return true;
}

static enum err
drop(struct fold *f, const struct fold_key *k, struct err_why *why)
{
	enum err e = store_del(f->txn, f->t->retain, fold_key_view(k), why);

	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* It has come to its end, or can be read again; was it there? */
static enum err
drop_unread(struct fold *f, uint16_t slot, uint64_t place, bool *was,
    struct err_why *why)
{
	struct fold_key k = key_at(slot, 'u', place);
	enum err e = store_del(f->txn, f->t->retain, fold_key_view(&k), why);

	if (e == ERR_NOT_FOUND) {
		k = key_at(slot, 'v', place);
		e = store_del(f->txn, f->t->retain, fold_key_view(&k), why);
	}
	*was = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Somebody said what it was for: nothing else waits for it any more. */
static enum err
told(struct fold *f, const struct fold_item *item, uint64_t place,
    struct err_why *why)
{
	struct fold_key k = key_at(item->slot, 'v', place);
	bool was;
	enum err e = drop_unread(f, item->slot, place, &was, why);

	return e == ERR_OK && was
	    ? store_put(f->txn, f->t->retain, fold_key_view(&k),
	          bytes_of(item->leaf->record_id.data, 16), why)
	    : e;
}

static enum err
end_request(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    struct err_why *why)
{
	struct row r;
	bool was;
	enum err e = fold_get(f, slot, id, &r, why);

	if (e != ERR_OK || r.kind != LEDGER__KIND__RETENTION)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = drop_unread(f, slot, r.first, &was, why);
	if (e != ERR_OK)
		return e;
	r.state = ROW_CLOSED;
	return fold_put_row(f, slot, id, &r, why);
}

static enum err
put_wait(struct fold *f, const struct fold_item *item,
    const Record__Retention *m, struct err_why *why)
{
	uint8_t space[WAIT_BYTES + 4 * SLICE_MAX];
	struct buf v = {.ptr = space, .cap = sizeof space, .max = sizeof space};
	struct fold_wait before;
	struct fold_key k;
	uint64_t place;
	enum err e;

	if (m->n_index != 1 || m->n_hidden > SLICE_MAX ||
	    !place_of(f, item->slot, m->origin, m->index[0], &place))
		return ERR_OK;
	k = key_at(item->slot, 'p', place);
	/* More was asked for: the request before goes on in this one. */
	if (fold_wait(f, item->slot, place, &before, NULL) == ERR_OK &&
	    memcmp(before.request, item->leaf->record_id.data, 16) != 0) {
		if (before.by > item->index)
			return ERR_OK;
		e = end_request(f, item->slot, before.request, why);
		if (e != ERR_OK)
			return e;
	}
	buf_put(&v, item->leaf->record_id.data, 16);
	buf_u64be(&v, item->index);
	buf_u64be(&v, (uint64_t)m->until_at);
	buf_u8(&v, m->n_fields == 0);
	for (size_t i = 0; i < m->n_hidden; i++)
		buf_u32be(&v, m->hidden[i]);
	return store_put(
	    f->txn, f->t->retain, fold_key_view(&k), buf_view(&v), why);
}

/* A request, for all that its leaf says: a hold is signed, and what the node
 * says of media has no annex. */
static bool
may_defer(const Ledger__Entry *leaf)
{
	return leaf->has_annex_commitment && !leaf->has_auth_commitment;
}

/* The request of a record that is folded anew: what became of it is known. */
static uint8_t
state_again(
    struct fold *f, const struct fold_item *item, const Record__Retention *m)
{
	struct fold_wait w;
	uint64_t place;

	return m->n_index == 1 &&
	        place_of(f, item->slot, m->origin, m->index[0], &place) &&
	        fold_wait(f, item->slot, place, &w, NULL) == ERR_OK &&
	        memcmp(w.request, item->leaf->record_id.data, 16) == 0
	    ? ROW_OPEN
	    : ROW_CLOSED;
}

static enum err
put_expired(struct fold *f, const struct fold_item *item, uint64_t place,
    enum fold_expired what, const char *term, struct err_why *why)
{
	struct fold_key k = key_at(item->slot, (char)what, place);
	uint8_t space[8 + TERM_TEXT_MAX];
	struct buf v = {.ptr = space, .cap = sizeof space, .max = sizeof space};
	size_t n = strlen(term);

	buf_u64be(&v, item->index);
	buf_put(&v, term, n < TERM_TEXT_MAX ? n : TERM_TEXT_MAX);
	return store_put(
	    f->txn, f->t->retain, fold_key_view(&k), buf_view(&v), why);
}

static enum err
put_media(struct fold *f, const struct fold_item *item,
    const Record__Retention *m, struct err_why *why)
{
	const char *term = m->retention != NULL ? m->retention : "";
	uint64_t place;
	enum err e = ERR_OK;

	for (size_t i = 0; i < m->n_index && e == ERR_OK; i++) {
		if (place_of(f, item->slot, m->origin, m->index[i], &place))
			e = put_expired(
			    f, item, place, FOLD_EXPIRED_MEDIA, term, why);
	}
	return e;
}

enum err
fold_retain_apply(struct fold *f, struct row *r, const struct fold_event *ev,
    struct err_why *why)
{
	static const char *const names[] = {
	    [RECORD__RETENTION__ACTION__HOLD] = "hold",
	    [RECORD__RETENTION__ACTION__DEFER] = "erasure",
	    [RECORD__RETENTION__ACTION__MEDIA] = "media"};
	const struct fold_item *item = ev->item;
	const Record__Retention *m = (const Record__Retention *)item->body;
	bool unread = false;
	enum err e = ERR_OK;

	switch (m->action) {
	case RECORD__RETENTION__ACTION__HOLD:
		r->state = ROW_OPEN;
		if (ev->applied)
			e = fold_holds_put(f, item, m, why);
		break;
	case RECORD__RETENTION__ACTION__RELEASE:
		if (!ev->applied)
			return ERR_OK;
		r->state = ROW_CLOSED;
		if (m->record_id != NULL)
			e = told(f, item, r->first, why);
		return e == ERR_OK ? fold_holds_drop(f, item, why) : e;
	case RECORD__RETENTION__ACTION__DEFER:
		e = drop_unread(f, item->slot, item->index, &unread, why);
		if (e == ERR_OK && (!item->again || unread))
			e = put_wait(f, item, m, why);
		r->state = item->again ? state_again(f, item, m) : ROW_OPEN;
		break;
	case RECORD__RETENTION__ACTION__MEDIA:
		r->state = ROW_CLOSED;
		e = put_media(f, item, m, why);
		break;
	case RECORD__RETENTION__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__RETENTION__ACTION_IS_INT_SIZE:
		return ERR_OK;
	}
	if (e == ERR_OK && ev->first)
		e = fold_kind_name(
		    f, item->slot, FOLD_TYPE, names[m->action], &r->type, why);
	if (e == ERR_OK && ev->first && m->area != NULL)
		e = fold_kind_name(
		    f, item->slot, FOLD_AREA, m->area, &r->area, why);
	return e;
}

/* What was signed is a hold, for all that is known: until somebody releases it,
 * it holds all. */
enum err
fold_retain_unknown(struct fold *f, struct row *r, const struct fold_event *ev,
    struct err_why *why)
{
	const Ledger__Entry *leaf = ev->item->leaf;
	const struct bytes id = bytes_of(leaf->record_id.data, 16);
	struct fold_key u = key_at(ev->item->slot, 'u', ev->item->index);

	if (!ev->first)
		return ERR_OK;
	r->state = ROW_OPEN;
	if (leaf->has_auth_commitment)
		return fold_holds_wide(f, ev->item, why);
	return !ev->item->again && may_defer(leaf)
	    ? store_put(f->txn, f->t->retain, fold_key_view(&u), id, why)
	    : ERR_OK;
}

/* Why a request was made goes by nothing but its end (submit_asker.c). */
static bool
ends_request(const Record__Erasure *m)
{
	bool found = false;

	for (size_t i = 0; i < m->n_fields; i++)
		found |= m->fields[i] == 3;
	return found;
}

enum err
fold_retain_erasure(
    struct fold *f, const struct fold_item *item, struct err_why *why)
{
	const Record__Erasure *m = (const Record__Erasure *)item->body;
	uint8_t id[16];
	uint64_t place;
	bool was;
	enum err e = ERR_OK;

	/* What came behind it stands. */
	if (item->again)
		return ERR_OK;
	for (size_t i = 0; i <= m->n_more && e == ERR_OK; i++) {
		struct fold_key k;

		if (!place_of(f, item->slot, m->origin,
		        i == 0 ? m->index : m->more[i - 1], &place))
			continue;
		if (ends_request(m))
			e = drop_unread(f, item->slot, place, &was, why);
		if (e != ERR_OK)
			return e;
		/* What is gone, or the fields asked for, waits no more. */
		k = key_at(item->slot, 'p', place);
		if (m->request != NULL || m->n_fields == 0)
			e = drop(f, &k, why);
		if (e == ERR_OK && m->retention != NULL && m->request == NULL)
			e = put_expired(f, item, place, FOLD_EXPIRED_BODY,
			    m->retention, why);
	}
	/* The request that it carries out has come to its end. */
	if (e == ERR_OK && m->request != NULL &&
	    text_uuid_get(id, bytes_str(m->request), NULL) == ERR_OK)
		e = end_request(f, item->slot, id, why);
	return e;
}

/* ---- single entries ---- */

static enum err
read_wait(struct fold_wait *out, uint64_t place, struct bytes value,
    struct err_why *why)
{
	struct buf_reader r = {value, false};
	struct bytes id;

	if (value.len < WAIT_BYTES || (value.len - WAIT_BYTES) % 4 != 0 ||
	    value.len > WAIT_BYTES + 4 * SLICE_MAX)
		return err_fail(why, ERR_CORRUPT, "row of a waiting erasure");
	id = buf_read(&r, 16);
	*out = (struct fold_wait){.place = place};
	memcpy(out->request, id.ptr, 16);
	out->by = buf_read_u64be(&r);
	out->until_us = (int64_t)buf_read_u64be(&r);
	out->whole = buf_read_u8(&r) != 0;
	out->hidden_len = (value.len - WAIT_BYTES) / 4;
	for (size_t i = 0; i < out->hidden_len; i++)
		out->hidden[i] = buf_read_u32be(&r);
	return ERR_OK;
}

enum err
fold_wait(struct fold *f, uint16_t slot, uint64_t place, struct fold_wait *out,
    struct err_why *why)
{
	struct fold_key k = key_at(slot, 'p', place);
	struct bytes v;
	enum err e =
	    store_get(f->txn, f->t->retain, fold_key_view(&k), &v, NULL);

	return e == ERR_OK ? read_wait(out, place, v, why) : e;
}

/* The first request behind a place that cannot be read. */
static enum err
first_unread(struct fold *f, uint16_t slot, uint64_t place,
    struct fold_wait *out, struct err_why *why)
{
	struct fold_key k = key_at(slot, 'u', place);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, f->t->retain, &c, why);

	if (e != ERR_OK)
		return e;
	*out =
	    (struct fold_wait){.place = place, .whole = true, .unread = true};
	e = store_seek(c, fold_key_view(&k), &row);
	if (e == ERR_OK &&
	    (row.key.len != k.len || memcmp(row.key.ptr, k.b, 3) != 0))
		e = ERR_NOT_FOUND;
	if (e == ERR_OK && row.value.len != 16)
		e = err_fail(why, ERR_CORRUPT, "row of a waiting erasure");
	if (e == ERR_OK) {
		memcpy(out->request, row.value.ptr, 16);
		out->by = fold_key_u64(bytes_of(row.key.ptr + 3, 8));
	}
	store_cursor_close(c);
	for (; out->hidden_len < SLICE_MAX; out->hidden_len++)
		out->hidden[out->hidden_len] = (uint32_t)out->hidden_len + 1;
	return e;
}

bool
fold_wait_lost(struct fold *f, uint16_t slot, uint64_t place)
{
	struct fold_key k = key_at(slot, 'u', place);
	struct bytes v;

	return store_get(f->txn, f->t->retain, fold_key_view(&k), &v, NULL) ==
	    ERR_OK;
}

enum err
fold_wait_lost_next(
    struct fold *f, uint16_t slot, struct fold_wait *out, struct err_why *why)
{
	return first_unread(f, slot, 0, out, why);
}

enum err
fold_wait_hides(struct fold *f, uint16_t slot, uint64_t place,
    struct fold_wait *out, struct err_why *why)
{
	enum err e = fold_wait(f, slot, place, out, why);

	return e == ERR_NOT_FOUND ? first_unread(f, slot, place, out, why) : e;
}

enum err
fold_wait_next(struct fold *f, uint16_t slot, uint64_t from,
    struct fold_wait *out, struct err_why *why)
{
	struct fold_key k = key_at(slot, 'p', from);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, f->t->retain, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	if (e == ERR_OK &&
	    (row.key.len != k.len || memcmp(row.key.ptr, k.b, 3) != 0))
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = read_wait(out, fold_key_u64(bytes_of(row.key.ptr + 3, 8)),
		    row.value, why);
	store_cursor_close(c);
	return e;
}

enum err
fold_waits_any(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    const struct row *r, bool *out, struct err_why *why)
{
	struct fold_wait w;
	uint64_t place;
	enum err e = first_unread(f, slot, r != NULL ? r->first : 0, &w, why);

	*out = e == ERR_OK;
	if (e != ERR_NOT_FOUND)
		return e;
	e = fold_wait_next(f, slot, 0, &w, why);
	/* Nearly always nothing waits at all. */
	*out = e == ERR_OK && r == NULL;
	for (uint32_t seq = 1; e == ERR_OK && r != NULL && seq <= r->seq;
	     seq++) {
		e = fold_event(f, slot, id, seq, &place, why);
		if (e == ERR_OK)
			e = fold_wait(f, slot, place, &w, why);
		if (e == ERR_OK) {
			*out = true;
			return ERR_OK;
		}
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

char *
fold_expired(struct fold *f, uint16_t slot, uint64_t place,
    enum fold_expired what, uint64_t *by)
{
	struct fold_key k = key_at(slot, (char)what, place);
	struct bytes v;
	char *out;

	if (store_get(f->txn, f->t->retain, fold_key_view(&k), &v, NULL) !=
	        ERR_OK ||
	    v.len < 8)
		return NULL;
	*by = fold_key_u64(v);
	out = mem_alloc(v.len - 8 + 1, 1);
	memcpy(out, v.ptr + 8, v.len - 8);
	return out;
}

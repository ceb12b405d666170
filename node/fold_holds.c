/* fold_holds.c - legal holds in the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_holds.h"

#include <stdlib.h>
#include <string.h>

#include "node/fold_key.h"
#include "proto/mem.h"
#include "proto/text.h"

#define HOLD_BYTES (16 + 8 + 8 + 2 + 8 + 8 + 8)

static struct fold_key
key_of(uint16_t slot)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, 'h', 1);
	return k;
}

enum err
fold_holds_put(struct fold *f, const struct fold_item *item,
    const Record__Retention *m, struct err_why *why)
{
	struct fold_key k = key_of(item->slot);
	const ProtobufCEnumValue *kind = m->kind != NULL
	    ? protobuf_c_enum_descriptor_get_value_by_name(
	          &ledger__kind__descriptor, m->kind)
	    : NULL;
	struct fold_key v = {.len = 0};
	uint8_t record[16] = {0};

	if (m->record_id != NULL &&
	    text_uuid_get(record, bytes_str(m->record_id), NULL) != ERR_OK)
		memset(record, 0, sizeof record);
	fold_key_put(&k, item->leaf->record_id.data, 16);
	fold_key_put(&v, record, sizeof record);
	fold_key_uint(&v, fold_hash(f->mac, FOLD_SUBJECT, m->subject), 8);
	fold_key_uint(&v, fold_hash(f->mac, FOLD_SOURCE, m->subject), 8);
	fold_key_uint(&v, kind != NULL ? (uint64_t)kind->value : 0, 2);
	fold_key_uint(&v, fold_hash(f->mac, FOLD_AREA, m->area), 8);
	fold_key_uint(&v, (uint64_t)m->from_at, 8);
	fold_key_uint(&v, (uint64_t)m->to_at, 8);
	return store_put(
	    f->txn, f->t->retain, fold_key_view(&k), fold_key_view(&v), why);
}

enum err
fold_holds_wide(
    struct fold *f, const struct fold_item *item, struct err_why *why)
{
	static const uint8_t wide[HOLD_BYTES];
	struct fold_key k = key_of(item->slot);

	fold_key_put(&k, item->leaf->record_id.data, 16);
	return store_put(f->txn, f->t->retain, fold_key_view(&k),
	    bytes_of(wide, sizeof wide), why);
}

enum err
fold_holds_drop(
    struct fold *f, const struct fold_item *item, struct err_why *why)
{
	struct fold_key k = key_of(item->slot);
	enum err e;

	fold_key_put(&k, item->leaf->record_id.data, 16);
	e = store_del(f->txn, f->t->retain, fold_key_view(&k), why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void
read_hold(struct fold_hold *out, const struct store_row *row)
{
	struct buf_reader r = {row->value, false};
	struct bytes record;

	*out = (struct fold_hold){.kind = 0};
	memcpy(out->id, row->key.ptr + 3, 16);
	record = buf_read(&r, 16);
	memcpy(out->record, record.ptr, 16);
	out->person = buf_read_u64be(&r);
	out->source = buf_read_u64be(&r);
	out->kind = buf_read_u16be(&r);
	out->area = buf_read_u64be(&r);
	out->from_us = (int64_t)buf_read_u64be(&r);
	out->to_us = (int64_t)buf_read_u64be(&r);
}

enum err
fold_holds(
    struct fold *f, uint16_t slot, struct fold_holds *out, struct err_why *why)
{
	struct fold_key k = key_of(slot);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, f->t->retain, &c, why);

	*out = (struct fold_holds){.len = 0};
	if (e == ERR_OK)
		e = store_seek(c, fold_key_view(&k), &row);
	for (; e == ERR_OK; e = store_next(c, &row)) {
		if (row.key.len != k.len + 16 ||
		    memcmp(row.key.ptr, k.b, k.len) != 0)
			break;
		if (row.value.len != HOLD_BYTES) {
			e = err_fail(why, ERR_CORRUPT, "row of a hold");
			break;
		}
		out->at = mem_resize(out->at, out->len + 1, sizeof *out->at);
		read_hold(&out->at[out->len++], &row);
	}
	if (c != NULL)
		store_cursor_close(c);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e != ERR_OK)
		fold_holds_free(out);
	return e;
}

void
fold_holds_free(struct fold_holds *h)
{
	free(h->at);
	*h = (struct fold_holds){.len = 0};
}

/* What it was cannot be read any more. */
static bool
lost(const struct row *r, uint64_t hash)
{
	return hash == 0 && (r->flags & ROW_PARTIAL) != 0;
}

static bool
is_person(const struct fold_hold *h, const struct row *r)
{
	if (lost(r, r->subject))
		return true;
	if (r->subject == h->person || r->subject == h->source ||
	    r->other == h->person)
		return true;
	for (size_t i = 0; i < r->work.crew_len; i++) {
		if (r->work.crew[i] == h->person)
			return true;
	}
	return false;
}

/* But for its person. */
static bool
fits(const struct fold_hold *x, const struct fold_held *r)
{
	static const uint8_t none[16];

	if (memcmp(x->record, none, 16) != 0 &&
	    memcmp(x->record, r->id, 16) != 0)
		return false;
	if ((x->kind != 0 && x->kind != r->row->kind) ||
	    (x->area != 0 && x->area != r->row->area &&
	        !lost(r->row, r->row->area)))
		return false;
	return (x->from_us == 0 || r->newest_us >= x->from_us) &&
	    (x->to_us == 0 || r->first_us < x->to_us);
}

const struct fold_hold *
fold_holds_it(const struct fold_holds *h, const struct fold_held *r)
{
	const struct fold_hold **may;
	const struct fold_hold *found = NULL;
	size_t len = 0;

	if (h->len == 0)
		return NULL;
	may = mem_alloc(h->len, sizeof *may);
	for (size_t i = 0; i < h->len && found == NULL; i++) {
		const struct fold_hold *x = &h->at[i];

		if (!fits(x, r))
			continue;
		if (x->person == 0 || is_person(x, r->row))
			found = x;
		else
			may[len++] = x;
	}
	if (found == NULL && len > 0 && r->names != NULL)
		found = r->names(r->arg, may, len);
	free(may);
	return found;
}

/* pack_recall.c - what the own evidence log says of rule packs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_recall.h"

#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/domain/packs.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/journal.h"
#include "node/pack_entry.h"
#include "node/pack_keep.h"
#include "node/pack_notes.h"
#include "node/site.h"
#include "proto/mem.h"
#include "proto/slice.h"

struct recall {
	struct site *site;
	struct packs *into;
	struct pack_notes **notes;
	struct fold f;
	uint64_t *place; /* of the entries, in the log's order */
	size_t len;
};

/* The entry itself holds the text, unless it was too long; then a file must. */
static void
recall_pack(struct recall *r, const Record__Admin *m, int64_t at_us)
{
	struct pack_entry_said a;
	struct err_why why = {.text = ""};

	if (!pack_entry_read(&a, m))
		return;
	pack_keep_recall(r->site->dir, a.name, &a.digest);
	if (!packs_activate(r->into, a.name, &a.digest, at_us) &&
	    a.text != NULL &&
	    packs_restore(
	        r->into, a.name, &a.digest, bytes_str(a.text), &why) != ERR_OK)
		journal_error("PACK-RECALL", "%s: %s", a.name, why.text);
	if (a.by_file)
		packs_by_file(r->into, a.name);
}

static enum err
take(struct recall *r, const Ledger__Entry *entry, const Ledger__Sealed *sealed,
    struct err_why *why)
{
	ProtobufCMessage *body;
	struct buf shown;
	enum err e = ERR_OK;

	if (sealed->body == NULL)
		return ERR_OK;
	buf_init(&shown, LOG_SEALED_MAX);
	body = fold_unpack(sealed->body, &shown);
	if (body == NULL) {
		e = err_fail(why, ERR_CORRUPT, "its body cannot be read");
	} else if (body->descriptor == &record__admin__descriptor) {
		recall_pack(r, (const Record__Admin *)(const void *)body,
		    entry->recorded_us);
	} else if (body->descriptor == &record__time_reset__descriptor) {
		const Record__TimeReset *m =
		    (const Record__TimeReset *)(const void *)body;

		packs_time_reset(r->into, m->from_us, entry->recorded_us);
	}
	slice_free(body);
	buf_clear(&shown);
	return e;
}

static enum err
recall_one(
    struct recall *r, uint64_t place, int64_t *at_us, struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	Ledger__Entry *entry = NULL;
	enum log_rest rest = LOG_REST_NONE;
	struct fold_spot at;
	struct bytes leaf;
	enum err e = fold_spot(&r->f, r->site->evidence, place, &at, why);

	if (e == ERR_OK)
		e = log_entry(
		    r->f.book, r->f.txn, at.slot, at.index, &leaf, why);
	if (e == ERR_OK)
		e = log_decode(&entry, leaf, why);
	if (e == ERR_OK) {
		*at_us = entry->recorded_us;
		e = log_rest(
		    r->f.book, r->f.txn, at.slot, at.index, &rest, why);
	}
	if (e == ERR_OK && rest != LOG_REST_ERASED)
		e = log_sealed(
		    r->f.book, r->f.txn, at.slot, at.index, &sealed, why);
	if (e == ERR_OK && sealed != NULL)
		e = take(r, entry, sealed, why);
	if (entry != NULL)
		ledger__entry__free_unpacked(entry, NULL);
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	return e;
}

static enum err
gather(struct recall *r, Ledger__Kind kind, struct err_why *why)
{
	struct fold_key k = fold_key_slot(r->site->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, kind, 2);
	e = store_cursor(r->f.txn, r->f.t->bykind, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len + 8 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		r->place = mem_resize(r->place, r->len + 1, sizeof *r->place);
		r->place[r->len++] =
		    fold_key_u64(bytes_of(row.key.ptr + k.len, 8));
		e = store_next(c, &row);
	}
	if (c != NULL)
		store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int
by_place(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
unread(struct recall *r, int64_t at_us, const struct err_why *why)
{
	journal_error("PACK-RECALL", "%s", why->text);
	packs_unread(r->into, at_us);
	pack_notes_unread(r->notes, why);
}

void
pack_recall(struct site *s, struct packs *into, struct pack_notes **notes)
{
	struct recall r = {.site = s,
	    .into = into,
	    .notes = notes,
	    .f = {.t = &s->own.tables,
	        .book = s->own.book,
	        .mac = &s->index_mac}};
	struct err_why why = {.text = ""};
	enum err e = store_read(s->own.store, &r.f.txn, &why);

	if (e == ERR_OK)
		e = gather(&r, LEDGER__KIND__ADMIN, &why);
	if (e == ERR_OK)
		e = gather(&r, LEDGER__KIND__TIME_RESET, &why);
	if (r.len > 1)
		qsort(r.place, r.len, sizeof *r.place, by_place);
	for (size_t i = 0; i < r.len; i++) {
		struct err_why one = {.text = ""};
		int64_t at_us = site_now(s);
		enum err was = recall_one(&r, r.place[i], &at_us, &one);

		if (was == ERR_OK)
			continue;
		was = err_wrap(&one, was, "entry %llu of the evidence log",
		    (unsigned long long)r.place[i]);
		unread(&r, at_us, &one);
	}
	if (e != ERR_OK)
		unread(&r, site_now(s), &why);
	free(r.place);
	store_abort(r.f.txn);
}

/* snapshot_read.c - the snapshots that a log holds. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/snapshot_read.h"

#include <string.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/fold.h"
#include "node/indicator_run.h"
#include "node/site.h"
#include "proto/slice.h"

struct walk {
	const struct indicator_log *log;
	struct log_book *book;
	struct store_txn *txn;
	uint16_t slot;
	uint32_t number;
	char origin[NOTE_NAME_MAX + 1];
	int64_t from_us;
};

static Record__Snapshot *
body_of(const struct walk *w, uint64_t index)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *body = NULL;
	struct buf shown;

	if (log_sealed(w->book, w->txn, w->slot, index, &sealed, NULL) !=
	    ERR_OK)
		return NULL;
	buf_init(&shown, LOG_SEALED_MAX);
	body = fold_unpack(sealed->body, &shown);
	buf_clear(&shown);
	ledger__sealed__free_unpacked(sealed, NULL);
	if (body != NULL &&
	    (body->descriptor != &record__snapshot__descriptor ||
	        ((Record__Snapshot *)(void *)body)->period == NULL)) {
		slice_free(body);
		body = NULL;
	}
	return (Record__Snapshot *)(void *)body;
}

/* previous: index of the one before, plus 1; 0: stop. */
static enum err
take(const struct walk *w, struct snapshot_list *out, uint64_t index,
    uint64_t *previous, struct err_why *why)
{
	struct snapshot_entry *s = &out->at[out->len];
	Ledger__Entry *leaf = NULL;
	struct bytes raw;
	enum err e = log_entry(w->book, w->txn, w->slot, index, &raw, why);

	if (e == ERR_OK)
		e = log_decode(&leaf, raw, why);
	if (e != ERR_OK)
		return e;
	*previous = leaf->previous_of_kind;
	if (*previous > index)
		e = err_fail(why, ERR_CORRUPT, "entry %llu: its chain",
		    (unsigned long long)index);
	if (leaf->recorded_us < w->from_us || out->len == SNAPSHOT_READ_MAX) {
		*previous = 0;
	} else if (e == ERR_OK) {
		memcpy(s->origin, w->origin, sizeof s->origin);
		s->index = index;
		s->place = generation_place(w->number, index);
		s->recorded_us = leaf->recorded_us;
		s->body = body_of(w, index);
		out->len++;
	}
	ledger__entry__free_unpacked(leaf, NULL);
	return e;
}

static enum err
take_all(struct walk *w, struct snapshot_list *out, struct err_why *why)
{
	uint64_t seq, at = 0;
	enum err e = log_origin(w->book, w->txn, w->slot, w->origin, why);

	if (e == ERR_OK)
		e = log_kind_head(w->book, w->txn, w->slot,
		    LEDGER__KIND__SNAPSHOT, &seq, &at, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	for (at++; at != 0 && e == ERR_OK;)
		e = take(w, out, at - 1, &at, why);
	return e;
}

enum err
snapshot_list(struct snapshot_list *out, const struct indicator_log *log,
    int64_t from_us, struct err_why *why)
{
	struct site_db *db = log->own ? &log->site->own : &log->site->replica;
	struct walk w = {.log = log, .book = db->book, .from_us = from_us};
	enum err e;

	out->len = 0;
	e = store_read(db->store, &w.txn, why);
	for (w.number = log->number; w.number > 0 && e == ERR_OK; w.number--) {
		e = generation_slot(
		    &w.slot, w.book, w.txn, log->line, w.number, why);
		if (e == ERR_NOT_FOUND) {
			e = ERR_OK;
			break;
		}
		if (e == ERR_OK)
			e = take_all(&w, out, why);
	}
	store_abort(w.txn);
	return e;
}

void
snapshot_list_clear(struct snapshot_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		slice_free(l->at[i].body != NULL ? &l->at[i].body->base : NULL);
	l->len = 0;
}

const struct snapshot_entry *
snapshot_find(const struct snapshot_list *l, const char *period)
{
	for (size_t i = l->len; i-- > 0;) /* the first that said so */
		if (l->at[i].body != NULL &&
		    strcmp(l->at[i].body->period, period) == 0)
			return &l->at[i];
	return NULL;
}

const Record__Snapshot__Value *
snapshot_value(const struct snapshot_list *l, const struct snapshot_entry *of,
    size_t i, bool *corrected)
{
	const Record__Snapshot__Value *v = of->body->values[i];

	*corrected = false;
	/* From the one after it to the newest. */
	for (size_t n = (size_t)(of - l->at); n-- > 0;) {
		const Record__Snapshot *s = l->at[n].body;

		for (size_t k = 0; s != NULL && k < s->n_corrections; k++) {
			const Record__Snapshot__Correction *c =
			    s->corrections[k];

			if (c->period == NULL || c->is == NULL ||
			    strcmp(c->period, of->body->period) != 0 ||
			    !indicator_value_alike(c->is, v))
				continue;
			v = c->is;
			*corrected = true;
		}
	}
	return v;
}

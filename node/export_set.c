/* export_set.c - which entries a bundle's question is about. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/export_set.h"

#include "node/domain/row.h"
#include "node/fold_place.h"
#include "node/fold_retain.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/text.h"
#include "record.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

void
export_set_clear(struct export_set *set)
{
	free(set->at);
	*set = (struct export_set){NULL, 0, 0};
}

static void
add(struct export_set *set, uint64_t index)
{
	if (set->len == set->cap) {
		set->cap = set->cap > 0 ? 2 * set->cap : 64;
		set->at = mem_resize(set->at, set->cap, sizeof *set->at);
	}
	set->at[set->len++] = index;
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void
sort_unique(struct export_set *set)
{
	size_t n = 0;

	if (set->len == 0)
		return;
	qsort(set->at, set->len, sizeof *set->at, by_value);
	for (size_t i = 0; i < set->len; i++)
		if (n == 0 || set->at[n - 1] != set->at[i])
			set->at[n++] = set->at[i];
	set->len = n;
}

static struct fold
fold_of(const struct export_scope *sc)
{
	return (struct fold){.txn = sc->txn,
	    .t = &sc->site->own.tables,
	    .book = sc->site->own.book,
	    .mac = &sc->site->index_mac};
}

/* All events of one record that stand in the generation asked. */
static enum err
add_record(struct export_set *out, const struct export_scope *sc,
    const uint8_t id[static 16], const struct row *row, struct err_why *why)
{
	struct fold fold = fold_of(sc);
	size_t before = out->len;
	uint64_t place = row->first;
	enum err e = ERR_OK;

	for (uint32_t seq = 1; e == ERR_OK && seq <= row->seq; seq++) {
		if (seq > 1)
			e = fold_event(
			    &fold, sc->log->line, id, seq, &place, why);
		if (e == ERR_OK && generation_of(place) == sc->log->number)
			add(out, generation_index(place));
	}
	if (e == ERR_OK && out->len == before)
		e = err_fail(why, ERR_NOT_FOUND,
		    "its events stand in generation %u to %u of the log",
		    generation_of(row->first), generation_of(row->last));
	return e;
}

enum err
export_set_records(struct export_set *out, const struct export_scope *sc,
    const struct window_question *q, struct err_why *why)
{
	struct fold fold = fold_of(sc);
	struct row row;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < q->ids_len; i++) {
		char id[TEXT_UUID_CHARS + 1];

		text_uuid_put(id, q->ids[i]);
		e = fold_get(&fold, sc->log->line, q->ids[i], &row, why);
		if (e == ERR_OK && row.kind != (uint16_t)q->kind)
			e = ERR_NOT_FOUND;
		if (e == ERR_NOT_FOUND)
			return err_fail(why, e,
			    "$.ids[%zu]: no record %s of this kind", i, id);
		if (e == ERR_OK)
			e = add_record(out, sc, q->ids[i], &row, why);
		if (e != ERR_OK)
			return err_wrap(why, e, "$.ids[%zu]", i);
	}
	sort_unique(out);
	return e;
}

/* ---- signers ---- */

/* Keys by hash: a set of them needs no order. */
struct key_set {
	struct hash *at;
	size_t len;
	size_t cap;
};

static bool
key_known(const struct key_set *k, const struct hash *h)
{
	for (size_t i = 0; i < k->len; i++)
		if (memcmp(k->at[i].b, h->b, HASH_BYTES) == 0)
			return true;
	return false;
}

static void
key_add(struct key_set *k, const struct hash *h)
{
	if (key_known(k, h))
		return;
	if (k->len == k->cap) {
		k->cap = k->cap > 0 ? 2 * k->cap : 16;
		k->at = mem_resize(k->at, k->cap, sizeof *k->at);
	}
	k->at[k->len++] = *h;
}

/* Who signed what is given out to nobody is not told either. */
static bool
is_hidden(const struct export_scope *sc, uint64_t index)
{
	struct fold fold = fold_of(sc);
	struct fold_wait wait;

	return fold_wait_hides(&fold, sc->log->line,
	           generation_place(sc->log->number, index), &wait,
	           NULL) != ERR_NOT_FOUND;
}

static enum err
key_of_entry(struct key_set *k, const struct export_scope *sc, uint64_t index,
    struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	enum err e = log_sealed(
	    sc->site->own.book, sc->txn, sc->log->slot, index, &sealed, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	if (sealed->auth != NULL && sealed->auth->key.len > 0 &&
	    !is_hidden(sc, index)) {
		struct hash h;
		digest_sha256(&h,
		    bytes_of(sealed->auth->key.data, sealed->auth->key.len));
		key_add(k, &h);
	}
	ledger__sealed__free_unpacked(sealed, NULL);
	return ERR_OK;
}

/* Calls `each` for the entries of a kind from its newest back, until it says
 * false or `least` is passed. */
typedef enum err (*each_entry)(
    void *arg, uint64_t index, const Ledger__Entry *leaf, struct err_why *why);

static enum err
walk_kind(const struct export_scope *sc, Ledger__Kind kind, each_entry each,
    void *arg, struct err_why *why)
{
	struct log_book *book = sc->site->own.book;
	uint16_t slot = sc->log->slot;
	uint64_t seq;
	uint64_t at;
	enum err e = log_kind_head(book, sc->txn, slot, kind, &seq, &at, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	for (size_t n = 0; e == ERR_OK && n < EXPORT_SET_EVENTS; n++) {
		Ledger__Entry *leaf = NULL;
		struct bytes raw;
		e = log_entry(book, sc->txn, slot, at, &raw, why);
		if (e == ERR_OK)
			e = log_decode(&leaf, raw, why);
		if (e != ERR_OK)
			return e;
		e = each(arg, at, leaf, why);
		uint64_t previous = leaf->previous_of_kind;
		ledger__entry__free_unpacked(leaf, NULL);
		if (previous == 0)
			break;
		at = previous - 1;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

struct signer_walk {
	const struct export_scope *sc;
	const struct window_question *q;
	struct key_set keys;
	struct export_set *out;
};

/* ERR_NOT_FOUND ends the walk: nothing older is in the window. */
static enum err
see_event(
    void *arg, uint64_t index, const Ledger__Entry *leaf, struct err_why *why)
{
	struct signer_walk *w = arg;
	bool before = leaf->time_epoch < w->q->time_epoch ||
	    (leaf->time_epoch == w->q->time_epoch &&
	        leaf->recorded_us < w->q->from_us);
	bool after = leaf->time_epoch > w->q->time_epoch ||
	    leaf->recorded_us >= w->q->to_us;

	if (before)
		return ERR_NOT_FOUND;
	if (after)
		return ERR_OK;
	return key_of_entry(&w->keys, w->sc, index, why);
}

static enum err
see_actor(
    void *arg, uint64_t index, const Ledger__Entry *leaf, struct err_why *why)
{
	struct signer_walk *w = arg;
	Ledger__Sealed *sealed = NULL;
	Record__Actor *actor = NULL;
	struct hash h;
	enum err e = log_sealed(w->sc->site->own.book, w->sc->txn,
	    w->sc->log->slot, index, &sealed, why);

	(void)leaf;
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	if (sealed->body != NULL && sealed->body->has_message)
		actor = record__actor__unpack(NULL, sealed->body->message.len,
		    sealed->body->message.data);
	if (actor != NULL && actor->action == RECORD__ACTOR__ACTION__ENROL) {
		digest_sha256(&h, bytes_of(actor->key.data, actor->key.len));
		if (key_known(&w->keys, &h))
			add(w->out, index);
	}
	if (actor != NULL)
		record__actor__free_unpacked(actor, NULL);
	ledger__sealed__free_unpacked(sealed, NULL);
	return ERR_OK;
}

enum err
export_set_signers(struct export_set *out, const struct export_scope *sc,
    const struct window_question *q, const struct export_set *entries,
    struct err_why *why)
{
	struct signer_walk w = {sc, q, {NULL, 0, 0}, out};
	enum err e = ERR_OK;

	if (q->timed)
		e = walk_kind(sc, q->kind, see_event, &w, why);
	for (size_t i = 0; e == ERR_OK && i < entries->len; i++)
		e = key_of_entry(&w.keys, sc, entries->at[i], why);
	if (e == ERR_OK && w.keys.len > 0)
		e = walk_kind(sc, LEDGER__KIND__ACTOR, see_actor, &w, why);
	sort_unique(out);
	free(w.keys.at);
	return e;
}

/* ---- scope ---- */

/* Does nobody know whether it is given out, and which of its fields? */
static bool
is_unsure(const struct export_scope *sc, uint64_t index)
{
	struct fold fold = fold_of(sc);
	struct fold_wait wait;
	const enum err e = fold_wait_hides(&fold, sc->log->line,
	    generation_place(sc->log->number, index), &wait, NULL);

	return e == ERR_OK ? wait.unread : e != ERR_NOT_FOUND;
}

bool
export_set_entitled(void *arg, uint64_t index, const Ledger__Entry *e)
{
	const struct export_scope *sc = arg;
	struct fold fold = fold_of(sc);
	struct row row;

	if (is_unsure(sc, index))
		return false;
	if (sc->who->areas_len == 0)
		return true;
	if (e->record_id.len != 16 ||
	    fold_get(&fold, sc->log->line, e->record_id.data, &row, NULL) !=
	        ERR_OK ||
	    row.area == 0)
		return false;
	for (size_t i = 0; i < sc->who->areas_len; i++)
		if (fold_hash(&sc->site->index_mac, FOLD_AREA,
		        sc->who->areas[i]) == row.area)
			return true;
	return false;
}

/* ---- what nobody is given, and what ended ---- */

/* The index of an entry of the asked log at a place; UINT64_MAX: of another. */
static uint64_t
index_of(const struct export_scope *sc, uint64_t place)
{
	return generation_of(place) == sc->log->number ? generation_index(place)
	                                               : UINT64_MAX;
}

size_t
export_set_hidden(void *arg, uint64_t index, const Ledger__Entry *e,
    uint32_t fields[static SLICE_MAX], uint64_t *by)
{
	const struct export_scope *sc = arg;
	struct fold fold = fold_of(sc);
	struct fold_wait wait;

	(void)e;
	if (fold_wait(&fold, sc->log->line,
	        generation_place(sc->log->number, index), &wait,
	        NULL) != ERR_OK)
		return 0;
	*by = index_of(sc, wait.by);
	memcpy(fields, wait.hidden, wait.hidden_len * sizeof *fields);
	return wait.hidden_len;
}

bool
export_set_media(void *arg, uint64_t index, uint64_t *by)
{
	const struct export_scope *sc = arg;
	struct fold fold = fold_of(sc);
	uint64_t place;
	char *term = fold_expired(&fold, sc->log->line,
	    generation_place(sc->log->number, index), FOLD_EXPIRED_MEDIA,
	    &place);

	if (term == NULL)
		return false;
	free(term);
	*by = index_of(sc, place);
	return true;
}

/* fold.c - tables as a pure function of log entries. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "node/domain/person.h"
#include "node/fold_cite.h"
#include "node/fold_incident.h"
#include "node/fold_key.h"
#include "node/fold_kind.h"
#include "node/fold_notice.h"
#include "node/fold_person.h"
#include "node/fold_place.h"
#include "node/fold_span.h"
#include "node/fold_term.h"
#include "proto/arena.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define PLAIN_MAX 256 /* a longer text is hashed as it stands */

enum err
fold_tables_open(struct fold_tables *out, struct store *s, struct err_why *why)
{
	struct fold_tables t;
	const struct {
		const char *name;
		struct store_table *table;
	} list[] = {
	    {"record", &t.record},
	    {"bykind", &t.bykind},
	    {"open", &t.open},
	    {"source", &t.source},
	    {"feed", &t.feed},
	    {"repeat", &t.repeat},
	    {"event", &t.event},
	    {"name", &t.name},
	    {"actor", &t.actor},
	    {"holder", &t.holder},
	    {"span", &t.span},
	    {"loss", &t.loss},
	    {"target", &t.target},
	    {"notice", &t.notice},
	    {"due", &t.due},
	    {"status", &t.status},
	    {"retain", &t.retain},
	    {"token", &t.token},
	    {"access", &t.access},
	};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		enum err e = store_table(s, list[i].name, list[i].table, why);

		if (e != ERR_OK)
			return e;
	}
	/* Older stores have none; a reader does not ask. */
	t.folded = t.expiry = t.access;
	if (!store_read_only(s)) {
		enum err e = store_table(s, "folded", &t.folded, why);

		if (e == ERR_OK)
			e = store_table(s, "expiry", &t.expiry, why);
		if (e != ERR_OK)
			return e;
	}
	*out = t;
	return ERR_OK;
}

/* Areas and types without case and outer blanks: "Tank-Farm-2 " of one system
 * is the tank-farm-2 of another, and its alarm must stop the work there. */
static struct bytes
plain_text(char out[static PLAIN_MAX], struct bytes text)
{
	while (text.len > 0 && text.ptr[0] == ' ')
		text = bytes_of(text.ptr + 1, text.len - 1);
	while (text.len > 0 && text.ptr[text.len - 1] == ' ')
		text.len--;
	if (text.len > PLAIN_MAX)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		out[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	return bytes_of(out, text.len);
}

static uint64_t
hash_plain(const struct digest_hmac *mac, enum fold_class c, struct bytes plain)
{
	uint8_t tag = (uint8_t)c;
	const struct bytes parts[2] = {bytes_of(&tag, 1), plain};
	struct hash h;

	digest_hmac(mac, &h, parts, 2);
	return fold_key_u64(bytes_of(h.b, 8)) | 1; /* never "absent" */
}

static uint64_t
hash_person(const struct digest_hmac *mac, struct bytes text)
{
	char space[PLAIN_MAX];
	char *plain = text.len > PLAIN_MAX ? mem_alloc(text.len, 1) : space;
	size_t n = person_plain(plain, text);
	uint64_t h =
	    n == 0 ? 0 : hash_plain(mac, FOLD_SUBJECT, bytes_of(plain, n));

	if (plain != space)
		free(plain);
	return h;
}

uint64_t
fold_hash(const struct digest_hmac *mac, enum fold_class c, const char *text)
{
	char space[PLAIN_MAX];

	if (text == NULL || text[0] == '\0')
		return 0;
	if (c == FOLD_SUBJECT)
		return hash_person(mac, bytes_str(text));
	if (c == FOLD_AREA || c == FOLD_TYPE || c == FOLD_NUMBER)
		return hash_plain(mac, c, plain_text(space, bytes_str(text)));
	return hash_plain(mac, c, bytes_str(text));
}

uint64_t
fold_hash_name(const struct fold *f, enum fold_class c, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;
	uint32_t at = (uint32_t)c;

	if (f->cache == NULL || len == 0 || len >= FOLD_MEMO_TEXT)
		return fold_hash(f->mac, c, text);
	for (size_t i = 0; i < len; i++)
		at = (at ^ (uint8_t)text[i]) * UINT32_C(16777619);
	at = (at ^ at >> 16) % FOLD_CACHE;
	if (f->cache->memo[at].class != (uint8_t)c ||
	    strcmp(f->cache->memo[at].text, text) != 0) {
		f->cache->memo[at].hash = fold_hash(f->mac, c, text);
		f->cache->memo[at].class = (uint8_t)c;
		memcpy(f->cache->memo[at].text, text, len + 1);
	}
	return f->cache->memo[at].hash;
}

static enum err
load(struct fold *f, uint16_t slot, const uint8_t *id, struct row *out,
    struct err_why *why)
{
	struct fold_key k = fold_key_record(slot, id, 0);
	struct bytes v;
	enum err e;

	e = store_get(f->txn, f->t->record, fold_key_view(&k), &v, why);
	if (e != ERR_OK)
		return e;
	return row_get(out, v, why);
}

enum err
fold_put_row(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    const struct row *r, struct err_why *why)
{
	struct fold_key k = fold_key_record(slot, id, 0);
	uint8_t space[ROW_BYTES_MAX];
	struct buf b = {.ptr = space, .cap = sizeof space, .max = sizeof space};

	row_put(&b, r);
	return store_put(
	    f->txn, f->t->record, fold_key_view(&k), buf_view(&b), why);
}

static enum err
put_index(struct store_txn *txn, struct store_table t, const struct fold_key *k,
    uint64_t index, struct err_why *why)
{
	struct fold_key v = {.len = 0};

	fold_key_uint(&v, index, 8);
	return store_put(txn, t, fold_key_view(k), fold_key_view(&v), why);
}

static enum err
index_event(struct fold *f, const struct fold_item *item,
    const struct fold_event *ev, struct err_why *why)
{
	const Ledger__Entry *leaf = item->leaf;
	const uint8_t *id = leaf->record_id.data;
	struct fold_key k;
	enum err e = fold_cite(f, item, why);

	if (e != ERR_OK)
		return e;
	if (ev->first) {
		k = fold_key_bykind(
		    item->slot, (uint16_t)leaf->kind, item->index);
		e = store_put(f->txn, f->t->bykind, fold_key_view(&k),
		    bytes_of(id, 16), why);
	} else {
		k = fold_key_record(item->slot, id, leaf->event_seq);
		e = put_index(f->txn, f->t->record, &k, item->index, why);
	}
	if (e != ERR_OK || leaf->event_id.len != 16)
		return e;
	k = fold_key_slot(item->slot);
	fold_key_put(&k, leaf->event_id.data, 16);
	return put_index(f->txn, f->t->event, &k, item->index, why);
}

static bool
has_persons(const Ledger__Entry *leaf)
{
	return leaf->kind == LEDGER__KIND__PERMIT ||
	    leaf->kind == LEDGER__KIND__CASE ||
	    leaf->kind == LEDGER__KIND__CERTIFICATE;
}

static const struct row nothing;

enum err
fold_entry(struct fold *f, const struct fold_item *item, struct err_why *why)
{
	const Ledger__Entry *leaf = item->leaf;
	const bool alarm = leaf->kind == LEDGER__KIND__ALARM;
	struct row r = {0};
	struct row old;
	const struct row *before = &nothing; /* this event */
	const struct row *was = &nothing; /* what the incident counted */
	struct fold_event ev = {.item = item};
	enum err e;

	e = fold_cite_lead(f, item, why);
	if (e != ERR_OK)
		return e;
	if (leaf->kind == LEDGER__KIND__LOG_START)
		return fold_loss_note(f, item, why);
	if (leaf->record_id.len != 16)
		return ERR_OK;
	/* Event 1 starts a record, so its row need not be looked for. */
	ev.first = leaf->event_seq <= 1;
	if (!ev.first) {
		e = load(f, item->slot, leaf->record_id.data, &r, why);
		if (e == ERR_NOT_FOUND)
			ev.first = true;
		else if (e != ERR_OK)
			return e;
	}
	ev.applied = leaf->outcome == LEDGER__OUTCOME__APPLIED ||
	    leaf->outcome == LEDGER__OUTCOME__SEQ_CONFLICT;
	if (!ev.first) {
		old = r;
		before = was = &old;
	} else if (item->again &&
	    (alarm || leaf->kind == LEDGER__KIND__INCIDENT)) {
		e = load(f, item->slot, leaf->record_id.data, &old, why);
		if (e != ERR_OK)
			return e;
		was = &old;
		fold_incident_keep(&r, was);
	}
	if (ev.first) {
		r.kind = (uint16_t)leaf->kind;
		r.first = item->index;
		r.opened_us = fold_kind_listed(item);
	}
	r.last = item->index;
	r.seq = leaf->event_seq != 0 ? leaf->event_seq : 1;
	if (ev.applied || ev.first)
		r.changed_us = fold_kind_listed(item);
	e = fold_kind_apply(f, &r, &ev, why);
	if (e != ERR_OK)
		return e;
	f->row = r;
	e = fold_put_row(f, item->slot, leaf->record_id.data, &r, why);
	if (e != ERR_OK)
		return e;
	if (alarm)
		e = fold_incident_count(f, item->slot, was, &r, why);
	if (e == ERR_OK)
		e = fold_span_move(
		    f, item->slot, leaf->record_id.data, before, &r, why);
	if (e == ERR_OK && has_persons(leaf))
		e = fold_person_follow(f,
		    &(struct fold_person){item->slot, leaf->record_id.data,
		        ev.first ? NULL : before, &r},
		    why);
	if (e == ERR_OK)
		e = fold_term_follow(f,
		    &(struct fold_term_change){item->slot, leaf->record_id.data,
		        ev.first ? NULL : before, &r},
		    why);
	if (e != ERR_OK)
		return e;
	e = index_event(f, item, &ev, why);
	if (e == ERR_OK)
		e = fold_notice(f, &ev, &r, why);
	if (e != ERR_OK || item->again)
		return e;
	return fold_kind_source(f, item, why);
}

static ProtobufCMessage *
unpack_in(const Ledger__Opening *o, struct buf *shown, ProtobufCAllocator *mem)
{
	const ProtobufCMessageDescriptor *d;
	ProtobufCMessage *msg = NULL;
	struct bytes whole;

	if (o == NULL || o->type == NULL)
		return NULL;
	d = seal_type(o->type);
	if (d == NULL)
		return NULL;
	if (o->has_message && o->n_fields == 0) {
		whole = bytes_of(o->message.data, o->message.len);
		return slice_unpack_in(&msg, d, whole, mem, NULL) == ERR_OK
		    ? msg
		    : NULL;
	}
	buf_reset(shown);
	if (o->has_message)
		buf_put(shown, o->message.data, o->message.len);
	for (size_t i = 0; i < o->n_fields; i++) {
		if (o->fields[i]->has_slice)
			buf_put(shown, o->fields[i]->slice.data,
			    o->fields[i]->slice.len);
	}
	if (slice_unpack_in(&msg, d, buf_view(shown), mem, NULL) != ERR_OK)
		return NULL;
	return msg;
}

ProtobufCMessage *
fold_unpack(const Ledger__Opening *o, struct buf *shown)
{
	return unpack_in(o, shown, NULL);
}

/* arena: scratch. */
static enum err
fold_decoded(struct fold *f, struct fold_item *item, const struct log_opened *o,
    struct arena *arena, struct err_why *why)
{
	ProtobufCAllocator mem = arena_allocator(arena);
	const Ledger__Sealed *sealed = o->sealed;
	ProtobufCMessage *body = o->body;
	ProtobufCMessage *annex = o->annex;
	struct buf shown;
	enum err e;

	buf_init(&shown, LOG_SEALED_MAX);
	if (sealed != NULL) {
		if (annex == NULL)
			annex = unpack_in(sealed->annex, &shown, &mem);
		if (body == NULL)
			body = unpack_in(sealed->body, &shown, &mem);
		item->body = body;
		if (annex != NULL &&
		    annex->descriptor == &record__annex__descriptor)
			item->annex = (const Record__Annex *)annex;
		if (sealed->body != NULL && sealed->body->has_message)
			item->message = bytes_of(sealed->body->message.data,
			    sealed->body->message.len);
	}
	e = fold_entry(f, item, why);
	arena_reset(arena);
	buf_clear(&shown);
	return e;
}

enum err
fold_stretch(struct fold *f, const struct log_stretch *s, struct err_why *why)
{
	struct arena arena = {0};
	struct fold_line line;
	enum err e = fold_line_of(f, s->slot, &line, why);

	for (size_t i = 0; i < s->len && e == ERR_OK; i++) {
		struct fold_item item = {.slot = line.line,
		    .index = line.base + s->from + i,
		    .leaf = s->at[i].entry};

		if (!s->erased)
			e = fold_decoded(f, &item, &s->at[i], &arena, why);
		else if (item.leaf->record_id.len == 16)
			e = fold_record(
			    f, line.line, item.leaf->record_id.data, why);
		if (s->erased && e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	arena_clear(&arena);
	return e;
}

static enum err
fold_stored(struct fold *f, uint16_t line, uint64_t place, bool again,
    struct err_why *why)
{
	struct fold_item item = {.slot = line, .index = place, .again = again};
	struct fold_spot at;
	struct log_opened held = {0};
	struct arena arena = {0};
	struct bytes leaf;
	enum err e;

	e = fold_spot(f, line, place, &at, why);
	if (e == ERR_OK)
		e = log_entry(
		    f->book, fold_logs(f), at.slot, at.index, &leaf, why);
	if (e != ERR_OK)
		return e;
	e = log_decode(&held.entry, leaf, why);
	if (e != ERR_OK)
		return e;
	item.leaf = held.entry;
	e = log_sealed(
	    f->book, fold_logs(f), at.slot, at.index, &held.sealed, why);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		e = fold_decoded(f, &item, &held, &arena, why);
	arena_clear(&arena);
	ledger__sealed__free_unpacked(held.sealed, NULL);
	ledger__entry__free_unpacked(held.entry, NULL);
	return e;
}

enum err
fold_range(struct fold *f, uint16_t slot, uint64_t from, uint64_t n,
    struct err_why *why)
{
	struct fold_line line;
	enum err e = fold_line_of(f, slot, &line, why);

	for (uint64_t i = from; i < from + n && e == ERR_OK; i++)
		e = fold_stored(f, line.line, line.base + i, false, why);
	return e;
}

enum err
fold_clear(struct fold *f, struct err_why *why)
{
	const struct store_table list[] = {f->t->record, f->t->bykind,
	    f->t->open, f->t->source, f->t->feed, f->t->event, f->t->name,
	    f->t->actor, f->t->holder, f->t->span, f->t->loss, f->t->target,
	    f->t->notice, f->t->due, f->t->status, f->t->retain};

	if (f->cache != NULL)
		memset(f->cache, 0, sizeof *f->cache);
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		enum err e = store_drop(f->txn, list[i], why);

		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

/* Rows that point at the record by a hash of what was erased. */
static enum err
forget_links(struct fold *f, uint16_t slot, const uint8_t *id,
    const struct row *r, struct err_why *why)
{
	struct fold_key k;
	enum err e = fold_span_forget(f, slot, id, r, why);

	if (e == ERR_OK)
		e = fold_cite_forget(f, slot, id, why);
	if (e == ERR_OK)
		e = fold_person_follow(
		    f, &(struct fold_person){slot, id, r, NULL}, why);
	if (e == ERR_OK)
		e = fold_term_follow(
		    f, &(struct fold_term_change){slot, id, r, NULL}, why);
	const bool alarm = r->kind == LEDGER__KIND__ALARM;
	const uint64_t named =
	    r->kind == LEDGER__KIND__CERTIFICATE || alarm ? r->pack : 0;
	const struct {
		uint64_t whose;
		unsigned kind;
	} rows[] = {{r->subject, r->kind}, {named, r->kind},
	    {alarm ? named : 0, r->kind | FOLD_KIND_LASTS}};
	for (size_t i = 0; i < 3 && e == ERR_OK; i++) {
		if (rows[i].whose == 0)
			continue;
		k = fold_key_holder(
		    slot, rows[i].whose, (uint16_t)rows[i].kind, id);
		e = store_del(f->txn, f->t->holder, fold_key_view(&k), why);
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	return e;
}

enum err
fold_record(struct fold *f, uint16_t slot, const uint8_t record_id[static 16],
    struct err_why *why)
{
	uint64_t *index = NULL;
	struct row r;
	enum err e;

	e = load(f, slot, record_id, &r, why);
	if (e != ERR_OK)
		return e;
	index = mem_alloc((size_t)r.seq + 1, sizeof *index);
	for (uint32_t s = 1; s <= r.seq && e == ERR_OK; s++)
		e = fold_event(f, slot, record_id, s, &index[s - 1], why);
	if (e == ERR_OK)
		e = forget_links(f, slot, record_id, &r, why);
	for (uint32_t s = 1; s <= r.seq && e == ERR_OK; s++)
		e = fold_stored(f, slot, index[s - 1], true, why);
	free(index);
	return e;
}

enum err
fold_get(struct fold *f, uint16_t slot, const uint8_t record_id[static 16],
    struct row *out, struct err_why *why)
{
	return load(f, slot, record_id, out, why);
}

enum err
fold_event(struct fold *f, uint16_t slot, const uint8_t record_id[static 16],
    uint32_t seq, uint64_t *index, struct err_why *why)
{
	struct fold_key k = fold_key_record(slot, record_id, seq);
	struct bytes v;
	struct row r;
	enum err e;

	if (seq <= 1) {
		e = load(f, slot, record_id, &r, why);
		if (e == ERR_OK)
			*index = r.first;
		return e;
	}
	e = store_get(f->txn, f->t->record, fold_key_view(&k), &v, why);
	if (e == ERR_OK)
		*index = fold_key_u64(v);
	return e;
}

enum err
fold_by_event_id(struct fold *f, uint16_t slot,
    const uint8_t event_id[static 16], uint64_t *index, struct err_why *why)
{
	struct fold_key k = fold_key_slot(slot);
	struct bytes v;
	enum err e;

	fold_key_put(&k, event_id, 16);
	e = store_get(f->txn, f->t->event, fold_key_view(&k), &v, why);
	if (e == ERR_OK)
		*index = fold_key_u64(v);
	return e;
}

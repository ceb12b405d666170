/* log_ready.c - foreign entries, each verified by itself, before their turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_ready.h"

#include <assert.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/seal.h"
#include "ledger/sealed_view.h"
#include "proto/clock.h"
#include "proto/mem.h"

#define REST_EXTRA (VAULT_KEY_ROW_BYTES + CRYPTO_TAG_BYTES)

/* LOG_READY_PART entries and the memory they are decoded into. */
struct part {
	struct arena arena;
	size_t bad; /* first faulty item, or the end of the part */
	enum err err;
	struct err_why why;
};

struct log_ready {
	struct vault *vault;
	const struct clock *clock;
	const struct log_item *items;
	size_t len;
	struct log_opened *opened; /* cap of these two */
	struct log_made *made;
	size_t cap;
	struct part *parts;
	size_t parts_cap;
};

/* ---- openings ---- */

static enum err
check_opening(const Ledger__Opening *opening, protobuf_c_boolean has,
    const ProtobufCBinaryData *commitment, struct err_why *why)
{
	struct hash want;

	if (opening == NULL)
		return ERR_OK;
	if (!has)
		return err_fail(
		    why, ERR_UNVERIFIED, "opens what was never committed to");
	memcpy(want.b, commitment->data, HASH_BYTES);
	return seal_open(NULL, opening, &want, why);
}

/* What it opens matches the entry's commitments. */
static enum err
check_sealed(
    const Ledger__Sealed *s, const Ledger__Entry *entry, struct err_why *why)
{
	struct hash want;
	enum err e;

	e = check_opening(
	    s->body, entry->has_commitment, &entry->commitment, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "body");
	e = check_opening(s->annex, entry->has_annex_commitment,
	    &entry->annex_commitment, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "annex");
	if (s->auth != NULL && !entry->has_auth_commitment)
		e = err_fail(
		    why, ERR_UNVERIFIED, "opens what was never committed to");
	else if (s->auth != NULL) {
		memcpy(want.b, entry->auth_commitment.data, HASH_BYTES);
		e = seal_auth_open(s->auth, &want, why);
	}
	if (e != ERR_OK)
		return err_wrap(why, e, "auth");
	return ERR_OK;
}

/* Decoded and checked. */
static enum err
open_sealed(Ledger__Sealed **out, struct bytes packed,
    const Ledger__Entry *entry, ProtobufCAllocator *mem, struct err_why *why)
{
	Ledger__Sealed *s;
	enum err e;

	if (packed.len > LOG_SEALED_MAX)
		return err_fail(
		    why, ERR_LIMIT, "body of %zu bytes", packed.len);
	s = ledger__sealed__unpack(mem, packed.len, packed.ptr);
	if (s == NULL)
		return err_fail(why, ERR_MALFORMED, "body does not decode");
	e = check_sealed(s, entry, why);
	if (e == ERR_OK)
		*out = s;
	else
		ledger__sealed__free_unpacked(s, mem);
	return e;
}

enum err
log_sealed_check_in(struct bytes packed, const Ledger__Entry *entry,
    ProtobufCAllocator *mem, struct err_why *why)
{
	struct sealed_view view;
	Ledger__Sealed *s = NULL;
	enum err e;

	if (packed.len <= LOG_SEALED_MAX && sealed_view(&view, packed))
		return check_sealed(&view.sealed, entry, why);
	e = open_sealed(&s, packed, entry, mem, why);
	if (e == ERR_OK)
		ledger__sealed__free_unpacked(s, mem);
	return e;
}

enum err
log_sealed_check(
    struct bytes packed, const Ledger__Entry *entry, struct err_why *why)
{
	return log_sealed_check_in(packed, entry, NULL, why);
}

static bool
opening_known(const Ledger__Opening *o)
{
	return o == NULL ||
	    (o->type != NULL && seal_type(o->type) != NULL &&
	        o->schema_version <= SEAL_SCHEMA_VERSION);
}

bool
log_sealed_known(struct bytes packed)
{
	struct arena arena = {
	    .max = LOG_READY_SPARE + LOG_READY_SPREAD * packed.len};
	ProtobufCAllocator mem = arena_allocator(&arena);
	Ledger__Sealed *s = NULL;
	bool known;

	if (packed.len <= LOG_SEALED_MAX)
		s = ledger__sealed__unpack(&mem, packed.len, packed.ptr);
	known =
	    s == NULL || (opening_known(s->body) && opening_known(s->annex));
	arena_clear(&arena);
	return known;
}

/* A whole message is in canonical form, or seal_open had refused it. */
static ProtobufCMessage *
decode_whole(const Ledger__Opening *o, ProtobufCAllocator *mem)
{
	if (o == NULL || !o->has_message || o->n_fields != 0)
		return NULL;
	return protobuf_c_message_unpack(
	    seal_type(o->type), mem, o->message.len, o->message.data);
}

/* ---- items ---- */

static enum err
encrypt(const struct log_ready *r, struct part *p, size_t i,
    struct vault_item *out, struct err_why *why)
{
	const struct bytes plain = r->items[i].sealed;
	struct buf room = {.cap = plain.len + REST_EXTRA};

	room.max = room.cap;
	room.ptr = arena_alloc(&p->arena, room.cap, 1);
	if (room.ptr == NULL)
		return err_fail(why, ERR_LIMIT, "no memory to encrypt into");
	/* Periods by our own clock: a peer must not choose how many wrapping
	 * keys we make. */
	return vault_seal(r->vault, plain, (uint8_t)r->opened[i].entry->kind,
	    clock_wall_us(r->clock), &room, out, why);
}

static enum err
make_item(struct log_ready *r, struct part *p, size_t i, struct err_why *why)
{
	const struct log_item *item = &r->items[i];
	ProtobufCAllocator mem = arena_allocator(&p->arena);
	struct log_opened *o = &r->opened[i];
	enum err e;

	e = log_rule_decode_in(&o->entry, item->leaf, &mem, why);
	if (e != ERR_OK)
		return e;
	tree_leaf(&r->made[i].leaf, item->leaf);
	if (item->sealed.len == 0)
		return ERR_OK;
	e = open_sealed(&o->sealed, item->sealed, o->entry, &mem, why);
	if (e != ERR_OK)
		return e;
	o->body = decode_whole(o->sealed->body, &mem);
	o->annex = decode_whole(o->sealed->annex, &mem);
	if (r->vault == NULL)
		return ERR_OK;
	return encrypt(r, p, i, &r->made[i].rest, why);
}

size_t
log_ready_parts(const struct log_ready *r)
{
	return (r->len + LOG_READY_PART - 1) / LOG_READY_PART;
}

static size_t
end_of(const struct log_ready *r, size_t part)
{
	const size_t end = (part + 1) * LOG_READY_PART;

	return end < r->len ? end : r->len;
}

void
log_ready_run(struct log_ready *r, size_t part)
{
	struct part *p = &r->parts[part];
	const size_t end = end_of(r, part);
	size_t i = part * LOG_READY_PART;

	p->arena.max = LOG_READY_SPARE;
	for (size_t k = i; k < end; k++)
		p->arena.max += LOG_READY_SPREAD *
		    (r->items[k].leaf.len + r->items[k].sealed.len);
	for (; i < end; i++) {
		p->err = make_item(r, p, i, &p->why);
		if (p->err != ERR_OK)
			break;
	}
	p->bad = i;
}

enum err
log_ready_item(const struct log_ready *r, size_t i,
    const struct log_made **made, struct err_why *why)
{
	const struct part *p = &r->parts[i / LOG_READY_PART];

	assert(i < r->len);
	if (i >= p->bad) {
		if (why != NULL)
			*why = p->why;
		return p->err;
	}
	*made = &r->made[i];
	return ERR_OK;
}

const struct log_opened *
log_ready_opened(const struct log_ready *r)
{
	return r->opened;
}

struct log_ready *
log_ready_new(
    const struct log_book *b, const struct log_item *items, size_t len)
{
	struct log_ready *r = mem_alloc(1, sizeof(*r));

	r->vault = b->vault;
	r->clock = b->clock;
	log_ready_again(r, items, len);
	return r;
}

void
log_ready_plain(struct log_ready *r)
{
	r->vault = NULL;
}

void
log_ready_again(struct log_ready *r, const struct log_item *items, size_t len)
{
	size_t parts;

	for (size_t k = 0; k < r->parts_cap; k++)
		arena_reset(&r->parts[k].arena);
	r->items = items;
	r->len = len;
	parts = log_ready_parts(r);
	if (len > r->cap || r->opened == NULL) {
		r->cap = len + 1;
		r->opened = mem_resize(r->opened, r->cap, sizeof(r->opened[0]));
		r->made = mem_resize(r->made, r->cap, sizeof(r->made[0]));
	}
	if (parts > r->parts_cap) {
		r->parts = mem_resize(r->parts, parts, sizeof(r->parts[0]));
		memset(r->parts + r->parts_cap, 0,
		    (parts - r->parts_cap) * sizeof(r->parts[0]));
		r->parts_cap = parts;
	}
	memset(r->opened, 0, r->cap * sizeof(r->opened[0]));
	memset(r->made, 0, r->cap * sizeof(r->made[0]));
}

void
log_ready_free(struct log_ready *r)
{
	if (r == NULL)
		return;
	for (size_t k = 0; k < r->parts_cap; k++)
		arena_clear(&r->parts[k].arena);
	free(r->opened);
	free(r->made);
	free(r->parts);
	free(r);
}

/* log_extend.c - replicas: foreign entries, verified before they are stored. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_extend.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "proto/clock.h"
#include "proto/mem.h"

/* What verifying one extension found out, for storing it. */
struct verified {
	struct log_chain chain;
	struct tree_frontier frontier;
	struct hash *leaf;
	struct log_opened *opened;
	ProtobufCAllocator mem; /* where they are decoded */
};

static enum err
at_leaf(struct err_why *why, enum err e, uint64_t index)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "leaf %" PRIu64, index);
	return err_wrap(why, e, text);
}

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
log_sealed_check(
    struct bytes packed, const Ledger__Entry *entry, struct err_why *why)
{
	Ledger__Sealed *s = NULL;
	enum err e;

	e = open_sealed(&s, packed, entry, NULL, why);
	ledger__sealed__free_unpacked(s, NULL);
	return e;
}

/* ---- verifying ---- */

static enum err
verify_item(struct verified *v, const struct log_item *item, size_t i,
    struct err_why *why)
{
	struct log_opened *o = &v->opened[i];
	enum err e;

	e = log_rule_decode_in(&o->entry, item->leaf, &v->mem, why);
	if (e != ERR_OK)
		return e;
	e = log_rule_next(&v->chain, o->entry, why);
	if (e == ERR_OK && item->sealed.len > 0)
		e = open_sealed(
		    &o->sealed, item->sealed, o->entry, &v->mem, why);
	if (e != ERR_OK)
		return e;
	tree_leaf(&v->leaf[i], item->leaf);
	tree_push(&v->frontier, &v->leaf[i], NULL, NULL);
	return ERR_OK;
}

static enum err
check_numbers(const struct log_book *b, const struct log_slot *s,
    const struct log_extension *x, struct err_why *why)
{
	if (x->from != s->frontier.size)
		return err_fail(why, ERR_CONFLICT,
		    "%s: entries from %" PRIu64 ", the replica has %" PRIu64,
		    s->origin, x->from, s->frontier.size);
	if (x->head->head.size > TREE_SIZE_MAX || x->len > x->head->head.size ||
	    x->from > x->head->head.size - x->len)
		return err_fail(why, ERR_MALFORMED,
		    "%s: %zu entries pass the checkpoint", s->origin, x->len);
	if (strcmp(x->head->origin, s->origin) != 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "%s: checkpoint of another log", s->origin);
	if (x->note.len > NOTE_BYTES_MAX)
		return err_fail(why, ERR_LIMIT, "checkpoint too long");
	for (size_t i = 0; i < x->len; i++) {
		if (x->items[i].sealed.len > 0 && b->vault == NULL)
			return err_fail(
			    why, ERR_REFUSED, "this book has no vault");
	}
	return ERR_OK;
}

static enum err
verify(struct verified *v, const struct log_extension *x, struct err_why *why)
{
	struct tree_head reached;
	enum err e;

	for (size_t i = 0; i < x->len; i++) {
		e = verify_item(v, &x->items[i], i, why);
		if (e != ERR_OK)
			return at_leaf(why, e, x->from + i);
	}
	reached.size = v->frontier.size;
	tree_root(&v->frontier, &reached.root);
	e = tree_check_extend(&reached, &x->head->head, x->proof, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "entries against the checkpoint");
	return ERR_OK;
}

/* ---- storing ---- */

/* Where an extension goes. */
struct target {
	struct log_book *book;
	struct store_txn *txn;
	struct log_slot *slot;
	struct buf arena;
};

static enum err
store_item(struct target *t, const struct log_item *item,
    const struct verified *v, size_t i, struct err_why *why)
{
	struct log_book *b = t->book;
	const uint64_t index = t->slot->frontier.size;
	struct vault_item rest;
	enum err e;

	e = log_book_add(b, t->txn, t->slot, item->leaf, &v->leaf[i], why);
	if (e != ERR_OK || item->sealed.len == 0)
		return e;
	/* Periods by our own clock: a peer must not choose how many wrapping
	 * keys we make. */
	buf_reset(&t->arena);
	e = vault_seal(b->vault, item->sealed,
	    (uint8_t)v->opened[i].entry->kind, clock_wall_us(b->clock),
	    &t->arena, &rest, why);
	if (e != ERR_OK)
		return e;
	return log_book_rest(b, t->txn, t->slot->id, index, &rest, why);
}

static enum err
store_all(struct target *t, const struct log_extension *x,
    const struct verified *v, struct err_why *why)
{
	enum err e = ERR_OK;

	buf_init(&t->arena, LOG_SEALED_MAX + 1024);
	for (size_t i = 0; i < x->len && e == ERR_OK; i++)
		e = store_item(t, &x->items[i], v, i, why);
	buf_clear(&t->arena);
	if (e != ERR_OK)
		return e;
	t->slot->chain = v->chain;
	return log_note_put(
	    t->book, t->txn, t->slot, x->head->head.size, x->note, why);
}

enum err
log_extend(struct log_book *b, struct store_txn *txn, uint16_t slot,
    const struct log_extension *x, struct err_why *why)
{
	struct verified v = {0};
	struct target t = {.book = b, .txn = txn};
	struct arena own = {0};
	struct log_slot *s;
	enum err e;

	e = log_book_slot(b, txn, slot, &s, why);
	if (e != ERR_OK)
		return e;
	t.slot = s;
	e = check_numbers(b, s, x, why);
	if (e != ERR_OK)
		return e;
	v.chain = s->chain;
	v.frontier = s->frontier;
	v.leaf = mem_alloc(x->len + 1, sizeof(*v.leaf));
	v.mem = arena_allocator(x->opened != NULL ? x->arena : &own);
	v.opened = arena_alloc(v.mem.allocator_data, x->len, sizeof(*v.opened));
	e = v.opened == NULL
	    ? err_fail(why, ERR_LIMIT, "%zu entries at once", x->len)
	    : verify(&v, x, why);
	if (e == ERR_OK)
		e = store_all(&t, x, &v, why);
	else
		e = err_wrap(why, e, s->origin);
	if (e == ERR_OK && x->opened != NULL)
		*x->opened = v.opened;
	free(v.leaf);
	arena_clear(&own);
	return e;
}

enum err
log_sealed_put(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, struct bytes sealed, struct err_why *why)
{
	Ledger__Entry *entry = NULL;
	enum log_rest rest = LOG_REST_NONE;
	struct vault_item item;
	struct bytes leaf;
	struct buf arena;
	enum err e;

	buf_init(&arena, LOG_SEALED_MAX + 1024);
	if (b->vault == NULL) {
		e = err_fail(why, ERR_REFUSED, "this book has no vault");
		goto out;
	}
	e = log_rest(b, txn, slot, index, &rest, why);
	if (e != ERR_OK)
		goto out;
	if (rest == LOG_REST_HELD)
		e = err_fail(why, ERR_EXISTS, "held already");
	else if (rest == LOG_REST_ERASED)
		e = err_fail(why, ERR_REFUSED, "erased here");
	else
		e = log_entry(b, txn, slot, index, &leaf, why);
	if (e != ERR_OK)
		goto out;
	e = log_decode(&entry, leaf, why);
	if (e != ERR_OK)
		goto out;
	e = log_sealed_check(sealed, entry, why);
	if (e != ERR_OK) {
		e = at_leaf(why, e, index);
		goto out;
	}
	e = vault_seal(b->vault, sealed, (uint8_t)entry->kind,
	    clock_wall_us(b->clock), &arena, &item, why);
	if (e != ERR_OK)
		goto out;
	e = log_book_rest(b, txn, slot, index, &item, why);
out:
	if (entry != NULL)
		ledger__entry__free_unpacked(entry, NULL);
	buf_clear(&arena);
	return e;
}

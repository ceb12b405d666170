/* log_extend.c - replicas: foreign entries, verified before they are stored. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_extend.h"

#include <inttypes.h>
#include <stdio.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "proto/clock.h"

/* What verifying one extension found out, for storing it. */
struct verified {
	const struct log_ready *ready;
	struct log_chain chain;
	struct tree_frontier frontier;
};

static enum err
at_leaf(struct err_why *why, enum err e, uint64_t index)
{
	return err_wrap(why, e, "leaf %" PRIu64, index);
}

/* ---- verifying ---- */

static enum err
verify_item(struct verified *v, size_t i, struct err_why *why)
{
	const struct log_made *made = NULL;
	enum err e;

	e = log_ready_item(v->ready, i, &made, why);
	if (e == ERR_OK)
		e = log_rule_next(
		    &v->chain, log_ready_opened(v->ready)[i].entry, why);
	if (e == ERR_OK)
		tree_push(&v->frontier, &made->leaf, NULL, NULL);
	return e;
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
check_tree(const struct tree_frontier *f, const struct log_extension *x,
    struct err_why *why)
{
	struct tree_head reached = {.size = f->size};

	tree_root(f, &reached.root);
	return tree_check_extend(&reached, &x->head->head, x->proof, why);
}

/* Whether a bad leaf, the i-th, was signed like that, or altered on its way:
 * what the leaves say makes no difference to the tree. */
static enum err
blame(const struct verified *v, const struct log_extension *x, size_t i,
    enum err e, struct err_why *why)
{
	struct tree_frontier f = v->frontier;
	struct hash leaf;

	e = at_leaf(why, e, x->from + i);
	for (; i < x->len; i++) {
		tree_leaf(&leaf, x->items[i].leaf);
		tree_push(&f, &leaf, NULL, NULL);
	}
	if (check_tree(&f, x, NULL) != ERR_OK)
		return e;
	return err_wrap(why, e, "its owner signed it so");
}

static enum err
verify(struct verified *v, const struct log_extension *x, struct err_why *why)
{
	enum err e;

	for (size_t i = 0; i < x->len; i++) {
		e = verify_item(v, i, why);
		if (e != ERR_OK)
			return blame(v, x, i, e, why);
	}
	e = check_tree(&v->frontier, x, why);
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
	uint32_t live; /* wrapping key that was seen to live; 0: none */
	struct buf arena;
};

/*
 * The body as it was encrypted, or anew: an erasure since then may have
 * retired the wrapping key.  None can happen in this transaction.
 */
static enum err
resting(struct target *t, const struct log_item *item,
    const Ledger__Entry *entry, struct vault_item *rest, struct err_why *why)
{
	struct log_book *b = t->book;
	uint32_t id = 0;
	enum err e;

	e = vault_row_id(rest->key, &id, why);
	if (e != ERR_OK || id == t->live)
		return e;
	if (vault_live(b->vault, id)) {
		t->live = id;
		return ERR_OK;
	}
	buf_reset(&t->arena);
	return vault_seal(b->vault, item->sealed, (uint8_t)entry->kind,
	    clock_wall_us(b->clock), &t->arena, rest, why);
}

static enum err
store_item(struct target *t, const struct log_extension *x,
    const struct verified *v, size_t i, struct err_why *why)
{
	const uint64_t index = t->slot->frontier.size;
	const struct log_made *made = NULL;
	struct vault_item rest;
	enum err e;

	e = log_ready_item(v->ready, i, &made, why);
	if (e == ERR_OK)
		e = log_book_add(t->book, t->txn, t->slot, x->items[i].leaf,
		    &made->leaf, why);
	if (e == ERR_OK && x->retention_class != NULL &&
	    x->items[i].sealed.len > 0)
		return log_rest_near(t->book, t->txn,
		    &(struct log_span){.slot = t->slot->id, .first = index},
		    x->items[i].sealed,
		    x->retention_class(
		        log_ready_opened(v->ready)[i].entry->kind),
		    why);
	if (e != ERR_OK || made->rest.key.len == 0)
		return e;
	rest = made->rest;
	e = resting(
	    t, &x->items[i], log_ready_opened(v->ready)[i].entry, &rest, why);
	if (e != ERR_OK)
		return e;
	return log_book_rest(t->book, t->txn, t->slot->id, index, &rest, why);
}

static enum err
store_all(struct target *t, const struct log_extension *x,
    const struct verified *v, struct err_why *why)
{
	enum err e = ERR_OK;

	buf_init(&t->arena, LOG_SEALED_MAX + 1024);
	for (size_t i = 0; i < x->len && e == ERR_OK; i++)
		e = store_item(t, x, v, i, why);
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
	struct verified v = {.ready = x->ready};
	struct target t = {.book = b, .txn = txn};
	struct log_ready *own = NULL;
	struct log_slot *s;
	enum err e;

	e = log_book_slot(b, txn, slot, &s, why);
	if (e != ERR_OK)
		return e;
	t.slot = s;
	e = check_numbers(b, s, x, why);
	if (e != ERR_OK)
		return e;
	if (v.ready == NULL) {
		own = log_ready_new(b, x->items, x->len);
		if (x->retention_class != NULL)
			log_ready_plain(own);
		for (size_t k = 0; k < log_ready_parts(own); k++)
			log_ready_run(own, k);
		v.ready = own;
	}
	v.chain = s->chain;
	v.frontier = s->frontier;
	e = verify(&v, x, why);
	if (e == ERR_OK)
		e = store_all(&t, x, &v, why);
	else
		e = err_wrap(why, e, "%s", s->origin);
	log_ready_free(own);
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

/* depot_recall.c - a replica given back to the owner of its log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/depot_relay.h"

/* Table `reach`: origin -> u64be entries held || u8 hashes || hashes || note:
 * the note covers more than is held, the hashes lead there from the end of what
 * is.  Only while that is so. */
#define REACH_MAX (9 + TREE_PROOF_MAX * HASH_BYTES + NOTE_BYTES_MAX)

enum err
depot_reach(struct depot *d, struct store_txn *txn, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	const struct store_table t = d->o.witness->reach;
	const uint64_t held = x->from + x->len;
	struct buf row;
	enum err e;
	size_t i;

	if (x->head->head.size <= held) {
		e = store_del(txn, t, bytes_str(origin), why);
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	buf_init(&row, REACH_MAX);
	buf_u64be(&row, held);
	buf_u8(&row, (uint8_t)x->proof->len);
	for (i = 0; i < x->proof->len; i++)
		buf_bytes(&row, bytes_hash(&x->proof->path[i]));
	buf_bytes(&row, x->note);
	e = buf_ok(&row, why);
	if (e == ERR_OK)
		e = store_put(txn, t, bytes_str(origin), buf_view(&row), why);
	buf_clear(&row);
	return e;
}

/* One answer, in one read transaction. */
struct giving {
	struct depot *d;
	struct store_txn *txn;
	struct depot_place *place;
	const struct exchange_span *span;
	struct buf *items;
	struct exchange_given *out;
};

static void
set_note(struct giving *g, struct bytes note)
{
	buf_reset(&g->d->given);
	buf_bytes(&g->d->given, note);
	g->out->note = buf_view(&g->d->given);
}

/* Entries from where it was asked up to `end`. */
static enum err
read_up_to(struct giving *g, uint64_t end, size_t bytes)
{
	struct exchange_span span = *g->span;
	struct log_walk *w = NULL;
	enum err e;

	span.max_bytes = bytes;
	if (span.max_items > end - span.from)
		span.max_items = end - span.from;
	e = log_walk_open(
	    &w, g->d->o.replicas, g->txn, g->place->slot, span.from, NULL);
	if (e == ERR_OK)
		e = depot_items(w, &span, g->items, &g->out->n);
	log_walk_close(w);
	return e;
}

/* What a checkpoint covers whose whole tree is held. */
static enum err
give_covered(struct giving *g, const struct note_checkpoint *c)
{
	struct log_nodes nodes = {
	    .book = g->d->o.replicas, .txn = g->txn, .slot = g->place->slot};
	enum err e = read_up_to(g, c->head.size, g->span->max_bytes);

	return e == ERR_OK
	    ? tree_extend(&g->out->proof, g->span->from + g->out->n,
	          c->head.size, log_node, &nodes, NULL)
	    : e;
}

static bool
read_reach(struct bytes row, uint64_t *held, struct tree_proof *proof,
    struct bytes *note)
{
	struct buf_reader r = {row, false};
	struct bytes hash;
	size_t i;

	*held = buf_read_u64be(&r);
	proof->len = buf_read_u8(&r);
	if (r.bad || proof->len > TREE_PROOF_MAX)
		return false;
	for (i = 0; i < proof->len; i++) {
		hash = buf_read(&r, HASH_BYTES);
		if (r.bad)
			return false;
		memcpy(proof->path[i].b, hash.ptr, HASH_BYTES);
	}
	*note = r.left;
	return true;
}

/* The last entries, which no checkpoint covers that is held whole: together or
 * not at all. */
static enum err
give_last(struct giving *g)
{
	const size_t before = g->items->len;
	struct tree_proof proof;
	uint64_t held;
	struct bytes row, note;
	enum err e;

	e = store_get(g->txn, g->d->o.witness->reach,
	    bytes_str(g->place->key->name), &row, NULL);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (!read_reach(row, &held, &proof, &note))
		return ERR_CORRUPT;
	if (held != g->place->held || g->span->from >= held)
		return ERR_OK;
	e = read_up_to(g, held, g->span->undivided);
	if (e != ERR_OK)
		return e;
	if (g->span->from + g->out->n == held) {
		g->out->proof = proof;
		set_note(g, note);
		return ERR_OK;
	}
	g->items->len = before;
	g->out->n = 0;
	return ERR_OK;
}

/* The newest checkpoint that is known, with nothing. */
static enum err
give_word(struct giving *g, struct bytes covering, uint64_t size)
{
	struct note_checkpoint c;
	struct witness_state st;
	struct tree_proof proof;
	struct bytes row, note;
	uint64_t held;
	enum err e = witness_state(
	    g->d->o.witness, g->txn, g->place->key->name, &st, NULL);

	if (e != ERR_OK)
		return e;
	if (st.note.len == 0 || st.head.size < size)
		st.note = covering;
	else
		size = st.head.size;
	e = store_get(g->txn, g->d->o.witness->reach,
	    bytes_str(g->place->key->name), &row, NULL);
	if (e == ERR_OK && read_reach(row, &held, &proof, &note) &&
	    note_checkpoint_open(&c, note, g->place->key, NULL) == ERR_OK &&
	    c.head.size > size)
		st.note = note;
	set_note(g, st.note);
	g->out->proof.len = 0;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
give(struct giving *g)
{
	struct note_checkpoint c = {.head = {.size = 0}};
	struct buf note;
	enum err e = ERR_OK;

	buf_init(&note, NOTE_BYTES_MAX);
	if (g->place->exists)
		e = log_checkpoint(g->d->o.replicas, g->txn, g->place->slot, 0,
		    &note, &c, NULL);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK && g->span->max_items > 0 &&
	    g->span->from < c.head.size) {
		e = give_covered(g, &c);
		set_note(g, buf_view(&note));
	} else if (e == ERR_OK && g->span->max_items > 0) {
		e = give_last(g);
	}
	if (e == ERR_OK && g->out->n == 0)
		e = give_word(g, buf_view(&note), c.head.size);
	buf_clear(&note);
	return e;
}

enum err
depot_give(void *arg, const char *origin, const struct exchange_span *span,
    struct buf *items, struct exchange_given *out)
{
	struct giving g = {.d = arg, .span = span, .items = items, .out = out};
	enum err e;

	*out = (struct exchange_given){.n = 0};
	g.place = depot_place(g.d, origin);
	if (g.place == NULL)
		g.place = depot_relay_left(g.d, origin);
	if (g.place == NULL || !g.place->known)
		return ERR_IO;
	e = store_read(log_book_store(g.d->o.replicas), &g.txn, NULL);
	if (e != ERR_OK)
		return e;
	e = give(&g);
	store_abort(g.txn);
	return e;
}

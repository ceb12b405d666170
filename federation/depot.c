/* depot.c - heads, ranges and proofs out; verified entries in. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/depot.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "federation/depot_relay.h"
#include "federation/depot_state.h"
#include "federation/depot_unproved.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

static void
on_event(void *arg, const struct exchange_event *e)
{
	depot_tell(arg, e);
}

void
depot_tell(const struct depot *d, const struct exchange_event *e)
{
	if (d->o.event != NULL)
		d->o.event(d->o.arg, e);
}

void
depot_place_fill(struct depot *d, struct depot_place *p)
{
	struct store *s = log_book_store(d->o.replicas);
	struct store_txn *txn = NULL;
	struct log_state st;
	enum err e;

	if (p->known || store_read(s, &txn, NULL) != ERR_OK)
		return;
	e = log_slot(d->o.replicas, txn, p->key->name, &p->slot, NULL);
	p->exists = e == ERR_OK;
	p->known = e == ERR_NOT_FOUND;
	p->held = 0;
	if (e == ERR_OK)
		e = log_state(d->o.replicas, txn, p->slot, &st, NULL);
	if (e == ERR_OK) {
		p->held = st.frontier.size;
		p->known = true;
	}
	store_abort(txn);
}

struct depot_place *
depot_place_find(const struct depot *d, const char *origin)
{
	size_t i;

	for (i = 0; i < d->places_len; i++)
		if (strcmp(d->places[i]->key->name, origin) == 0)
			return d->places[i];
	return NULL;
}

struct depot_place *
depot_place(struct depot *d, const char *origin)
{
	struct depot_place *p = depot_place_find(d, origin);

	if (p != NULL)
		depot_place_fill(d, p);
	return p;
}

/* ---- own logs ---- */

static struct depot_own *
find_own(struct depot *d, const char *origin)
{
	size_t k;

	for (k = 0; k < d->own_len; k++)
		if (strcmp(d->own[k]->origin, origin) == 0)
			return d->own[k];
	return NULL;
}

void
depot_refresh(struct depot *d)
{
	struct store_txn *txn = NULL;
	struct depot_own *o;
	uint16_t slot;
	enum err e;
	size_t k;

	e = store_read(log_book_store(d->o.own), &txn, NULL);
	if (e != ERR_OK)
		return;
	for (k = 0; k < d->own_len; k++) {
		o = d->own[k];
		e = log_slot(d->o.own, txn, o->origin, &slot, NULL);
		if (e != ERR_OK)
			continue;
		buf_reset(&o->note);
		e = log_checkpoint(
		    d->o.own, txn, slot, 0, &o->note, &o->head, NULL);
		o->known = e == ERR_OK && o->head.head.size > 0;
	}
	store_abort(txn);
	depot_gossip_look(d);
}

static enum err
host_head(void *arg, const char *origin, struct note_checkpoint *head,
    struct bytes *note)
{
	struct depot *d = arg;
	struct depot_own *o = find_own(d, origin);

	if (o == NULL || !o->known)
		return ERR_NOT_FOUND;
	*head = o->head;
	*note = buf_view(&o->note);
	return ERR_OK;
}

static size_t
varint_len(uint64_t v)
{
	size_t n = 1;

	while (v >= 0x80) {
		v >>= 7;
		n++;
	}
	return n;
}

static void
put_varint(struct buf *out, uint64_t v)
{
	while (v >= 0x80) {
		buf_u8(out, (uint8_t)(v | 0x80));
		v >>= 7;
	}
	buf_u8(out, (uint8_t)v);
}

static size_t
item_len(struct bytes leaf, size_t sealed)
{
	size_t len = 1 + varint_len(leaf.len) + leaf.len;

	if (sealed > 0)
		len += 1 + varint_len(sealed) + sealed;
	return len;
}

/* Delivery field 3, an Item of leaf and, if there is one, body. */
static enum err
put_item(struct buf *out, struct log_walk *w, struct bytes leaf, size_t sealed)
{
	buf_u8(out, 3 << 3 | 2);
	put_varint(out, item_len(leaf, sealed));
	buf_u8(out, 1 << 3 | 2);
	put_varint(out, leaf.len);
	buf_bytes(out, leaf);
	if (sealed == 0)
		return ERR_OK;
	buf_u8(out, 2 << 3 | 2);
	put_varint(out, sealed);
	return log_walk_sealed(w, out, NULL);
}

enum err
depot_items(struct log_walk *w, const struct exchange_span *span,
    struct buf *items, uint64_t *n)
{
	const size_t start = items->len;
	struct bytes leaf;
	size_t sealed;
	enum err e;

	for (*n = 0; *n < span->max_items; ++*n) {
		e = log_walk_next(w, &leaf, &sealed, NULL);
		if (e != ERR_OK)
			return e;
		if (!span->bodies)
			sealed = 0;
		if (*n > 0 &&
		    items->len - start + 8 + item_len(leaf, sealed) >
		        span->max_bytes)
			break;
		e = put_item(items, w, leaf, sealed);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err
host_read(void *arg, const char *origin, const struct exchange_span *span,
    struct buf *items, uint64_t *n)
{
	struct depot *d = arg;
	const size_t start = items->len;
	struct log_walk *w = NULL;
	struct store_txn *txn = NULL;
	uint16_t slot;
	enum err e;

	e = store_read(log_book_store(d->o.own), &txn, NULL);
	if (e != ERR_OK)
		return e;
	e = log_slot(d->o.own, txn, origin, &slot, NULL);
	if (e == ERR_OK)
		e = log_walk_open(&w, d->o.own, txn, slot, span->from, NULL);
	if (e == ERR_OK)
		e = depot_items(w, span, items, n);
	log_walk_close(w);
	store_abort(txn);
	if (e != ERR_OK)
		items->len = start;
	return e;
}

/* An own log's tree, in a transaction that is ended by store_abort. */
static enum err
own_tree(struct depot *d, const char *origin, struct log_nodes *out)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(log_book_store(d->o.own), &txn, NULL);

	*out = (struct log_nodes){.book = d->o.own, .txn = txn};
	return e == ERR_OK ? log_slot(d->o.own, txn, origin, &out->slot, NULL)
	                   : e;
}

static enum err
host_prove(void *arg, const char *origin, uint64_t old, uint64_t size,
    struct tree_proof *out)
{
	struct log_nodes nodes;
	enum err e = own_tree(arg, origin, &nodes);

	if (e == ERR_OK)
		e = tree_extend(out, old, size, log_node, &nodes, NULL);
	store_abort(nodes.txn);
	return e;
}

static enum err
host_root(void *arg, const char *origin, uint64_t size, struct hash *out)
{
	struct log_nodes nodes;
	struct tree_frontier f;
	enum err e = own_tree(arg, origin, &nodes);

	if (e == ERR_OK)
		e = tree_load(&f, size, log_node, &nodes, NULL);
	if (e == ERR_OK)
		tree_root(&f, out);
	store_abort(nodes.txn);
	return e;
}

/* ---- replicas ---- */

static enum err
host_held(void *arg, const char *origin, uint64_t *size)
{
	struct depot_place *p = depot_place(arg, origin);

	if (p == NULL)
		return ERR_NOT_FOUND;
	if (!p->known)
		return ERR_IO;
	*size = p->held;
	return ERR_OK;
}

/* ---- witnessing ---- */

static enum err
host_cosign(void *arg, const struct exchange_head *h, struct buf *line,
    uint64_t *size, struct err_why *why)
{
	struct depot *d = arg;
	struct depot_place *p = depot_place(d, h->head->origin);
	struct cosign_answer a = {.size = 0};
	struct exchange_event ev = {0};
	enum err e;

	if (p == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "%.100s is no log of a member", h->head->origin);
	struct cosign_request r = {
	    p->key, h->head, h->note, h->old, h->proof, h->was};
	e = depot_unproved_judge(d, p, &r, &a, why);
	if (e == ERR_OK) {
		cosign_clear(&a);
		e = cosign_advance(&d->cosign, &r, &a, why);
	}
	*size = a.size;
	if (e == ERR_OK)
		buf_bytes(line, buf_view(&a.line));
	if (d->o.no_witness != NULL && atomic_load(d->o.no_witness))
		crypto_wipe(
		    d->witness_key.secret, sizeof d->witness_key.secret);
	if (a.fork.len > 0) {
		ev.kind = EXCHANGE_FORKED;
		ev.peer = h->peer;
		ev.origin = h->head->origin;
		ev.size = h->head->head.size;
		ev.text = buf_view(&a.fork);
		depot_tell(d, &ev);
		depot_gossip_look(d);
	}
	cosign_clear(&a);
	return e;
}

static int64_t
host_wall(void *arg)
{
	struct depot *d = arg;

	return clock_wall_us(d->o.clock);
}

static enum err
host_witnessed(void *arg, const char *origin, struct buf *note)
{
	struct depot *d = arg;
	struct store_txn *txn = NULL;
	struct witness_state st;
	enum err e = store_read(log_book_store(d->o.replicas), &txn, NULL);

	if (e == ERR_OK)
		e = witness_state(d->o.witness, txn, origin, &st, NULL);
	if (e == ERR_OK)
		buf_bytes(note, st.note);
	store_abort(txn);
	return e;
}

static enum err
host_told(void *arg, const char *origin, uint64_t size, struct buf *note)
{
	struct depot *d = arg;
	struct store_txn *txn = NULL;
	uint16_t slot;
	enum err e = store_read(log_book_store(d->o.own), &txn, NULL);

	if (e == ERR_OK)
		e = log_slot(d->o.own, txn, origin, &slot, NULL);
	if (e == ERR_OK)
		e = log_checkpoint_of(d->o.own, txn, slot, size, note, NULL);
	store_abort(txn);
	return e;
}

static enum err
host_erased(void *arg, const char *origin, uint64_t *cursor, uint64_t *index)
{
	return depot_erase_next(arg, origin, cursor, index);
}

uint64_t
depot_erased(const struct depot *d, const char *origin)
{
	const struct depot_place *p = depot_place_find(d, origin);

	return p != NULL ? p->erased : 0;
}

enum err
depot_open(struct depot **out, const struct depot_options *options,
    struct err_why *why)
{
	const struct roster_member *me;
	struct depot *d;
	enum err e;

	me = roster_find(options->roster, options->self);
	if (me == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "%s is not a member of the alliance", options->self);
	d = mem_alloc(1, sizeof(*d));
	d->o = *options;
	d->witness_key = *options->witness_key;
	d->cosign = (struct cosign){options->witness, options->replicas,
	    options->roster, me->witness.name, &d->witness_key,
	    options->no_witness, options->clock};
	d->host = (struct exchange_host){d, host_head, host_read, host_prove,
	    host_held, depot_extend, depot_begin, depot_done, depot_drop,
	    host_cosign, host_erased, on_event, depot_later_host,
	    depot_later_succeed, host_wall, host_witnessed, depot_give,
	    options->recall, NULL, host_told, depot_relayed, depot_relays,
	    depot_claim, host_root};
	buf_init(&d->given, NOTE_BYTES_MAX);
	e = depot_later_open(d, why);
	if (e == ERR_OK)
		e = depot_relay_open(d, why);
	if (e == ERR_OK)
		e = depot_erase_load(d, why);
	if (e != ERR_OK) {
		depot_close(d);
		return e;
	}
	depot_erase_run(d);
	depot_gossip_open(d);
	depot_refresh(d);
	if (options->verified != NULL)
		crew_open(&d->crew, options->verified, options->arg);
	*out = d;
	return ERR_OK;
}

void
depot_close(struct depot *d)
{
	if (d == NULL)
		return;
	depot_later_close(d);
	depot_gossip_close(d);
	depot_relay_close(d);
	crew_close(d->crew);
	depot_rest(d);
	free(d->pending);
	buf_clear(&d->given);
	crypto_wipe(&d->witness_key, sizeof(d->witness_key));
	free(d);
}

const struct exchange_host *
depot_host(const struct depot *d)
{
	return &d->host;
}

/* depot.c - heads, ranges and proofs out; verified entries in. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/depot.h"

#include <stdlib.h>

#include "federation/depot_state.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "proto/mem.h"

#define GROW_TRIES 8

static void
emit(void *arg, const struct exchange_event *e)
{
	struct depot *d = arg;

	if (d->o.event != NULL)
		d->o.event(d->o.arg, e);
}

struct depot_place *
depot_place(struct depot *d, const char *origin)
{
	struct store *s = log_book_store(d->o.replicas);
	struct store_txn *txn = NULL;
	struct depot_place *p = NULL;
	struct log_state st;
	enum err e;
	size_t i;

	for (i = 0; p == NULL && i < d->places_len; i++)
		if (strcmp(d->places[i]->key->name, origin) == 0)
			p = d->places[i];
	if (p == NULL || p->known)
		return p;
	e = store_read(s, &txn, NULL);
	if (e != ERR_OK)
		return p;
	e = log_slot(d->o.replicas, txn, origin, &p->slot, NULL);
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
item_len(struct bytes leaf, struct bytes sealed)
{
	size_t len = 1 + varint_len(leaf.len) + leaf.len;

	if (sealed.len > 0)
		len += 1 + varint_len(sealed.len) + sealed.len;
	return len;
}

/* Delivery field 3, an Item of leaf and, if there is one, body. */
static void
put_item(struct buf *out, struct bytes leaf, struct bytes sealed)
{
	buf_u8(out, 3 << 3 | 2);
	put_varint(out, item_len(leaf, sealed));
	buf_u8(out, 1 << 3 | 2);
	put_varint(out, leaf.len);
	buf_bytes(out, leaf);
	if (sealed.len == 0)
		return;
	buf_u8(out, 2 << 3 | 2);
	put_varint(out, sealed.len);
	buf_bytes(out, sealed);
}

static enum err
host_read(void *arg, const char *origin, const struct exchange_span *span,
    struct buf *items, uint64_t *n)
{
	struct depot *d = arg;
	struct store_txn *txn = NULL;
	size_t start = items->len;
	struct bytes leaf;
	uint64_t i, count = 0;
	uint16_t slot;
	enum err e;

	e = store_read(log_book_store(d->o.own), &txn, NULL);
	if (e != ERR_OK)
		return e;
	e = log_slot(d->o.own, txn, origin, &slot, NULL);
	for (i = span->from; e == ERR_OK && count < span->max_items; i++) {
		buf_reset(&d->sealed);
		if (span->bodies) {
			e = log_sealed_bytes(
			    d->o.own, txn, slot, i, &d->sealed, NULL);
			if (e != ERR_OK && e != ERR_NOT_FOUND)
				break;
		}
		e = log_entry(d->o.own, txn, slot, i, &leaf, NULL);
		if (e != ERR_OK)
			break;
		if (count > 0 &&
		    items->len - start + 8 +
		            item_len(leaf, buf_view(&d->sealed)) >
		        span->max_bytes)
			break;
		put_item(items, leaf, buf_view(&d->sealed));
		count++;
	}
	store_abort(txn);
	if (e == ERR_OK)
		*n = count;
	return e;
}

static enum err
host_prove(void *arg, const char *origin, uint64_t old, uint64_t size,
    struct tree_proof *out)
{
	struct log_nodes nodes = {0};
	struct depot *d = arg;
	struct store_txn *txn = NULL;
	enum err e;

	e = store_read(log_book_store(d->o.own), &txn, NULL);
	if (e != ERR_OK)
		return e;
	nodes.book = d->o.own;
	nodes.txn = txn;
	e = log_slot(d->o.own, txn, origin, &nodes.slot, NULL);
	if (e == ERR_OK)
		e = tree_extend(out, old, size, log_node, &nodes, NULL);
	store_abort(txn);
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

static enum err
extend_once(struct depot *d, struct depot_place *p, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	struct log_stretch s = {p->slot, x->from, NULL, x->len};
	struct log_extension ext = *x;
	struct store_txn *txn = NULL;
	enum err e;

	e = store_write(log_book_store(d->o.replicas), &txn, why);
	if (e != ERR_OK)
		return e;
	e = depot_later_check(d, txn, x->head, x->note, why);
	if (e == ERR_REFUSED) {
		struct err_why later;
		enum err c = store_commit(txn, &later);

		if (c == ERR_OK)
			depot_later_tell(d, origin, x->note);
		return c == ERR_OK ? e : c;
	}
	if (e == ERR_OK && !p->exists)
		e = log_slot_add(d->o.replicas, txn, origin, &s.slot, why);
	if (e == ERR_OK) {
		p->slot = s.slot;
		ext.opened = &s.at;
		ext.arena = &d->opened;
		e = log_extend(d->o.replicas, txn, s.slot, &ext, why);
	}
	if (e == ERR_OK && x->from == 0 && x->len > 0)
		e = depot_later_start(p, &s.at[0], why);
	if (e == ERR_OK)
		e = depot_erase_note(d, txn, p, x->from, why);
	if (e == ERR_OK && d->o.fold != NULL)
		e = d->o.fold(d->o.arg, txn, &s, why);
	arena_reset(&d->opened);
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	e = store_commit(txn, why);
	if (e != ERR_OK)
		return e;
	p->exists = true;
	p->held = x->from + x->len;
	return ERR_OK;
}

static bool
opening_known(const Ledger__Opening *o)
{
	return o == NULL ||
	    (o->type != NULL && seal_type(o->type) != NULL &&
	        o->schema_version <= SEAL_SCHEMA_VERSION);
}

/* Is it of a type and schema version that this node can check? */
static bool
sealed_known(struct bytes packed)
{
	Ledger__Sealed *s;
	bool known;

	s = ledger__sealed__unpack(NULL, packed.len, packed.ptr);
	if (s == NULL)
		return true; /* malformed, not new: log_extend says so */
	known = opening_known(s->body) && opening_known(s->annex);
	ledger__sealed__free_unpacked(s, NULL);
	return known;
}

static enum err
extend_growing(struct depot *d, struct depot_place *p, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	size_t pending = d->pending_len;
	enum err e = ERR_BUSY;
	int tries;

	for (tries = 0; e == ERR_BUSY && tries < GROW_TRIES; tries++) {
		if (tries > 0) {
			e = store_grow(log_book_store(d->o.replicas), why);
			if (e != ERR_OK)
				break;
		}
		e = extend_once(d, p, origin, x, why);
		if (e != ERR_OK)
			depot_erase_forget(d, pending);
	}
	return e;
}

/* A member may run a newer version: its leaves are still good, and bodies of
 * types unknown here are left out rather than stopping the replica. */
static enum err
extend_without_unknown(struct depot *d, struct depot_place *p,
    const char *origin, const struct log_extension *x, struct err_why *why)
{
	struct exchange_event ev = {0};
	struct log_extension less = *x;
	struct log_item *items;
	enum err e;
	size_t i;

	items = mem_alloc(x->len, sizeof(items[0]));
	for (i = 0; i < x->len; i++) {
		items[i] = x->items[i];
		if (!sealed_known(items[i].sealed))
			items[i].sealed = bytes_of(NULL, 0);
	}
	less.items = items;
	e = extend_growing(d, p, origin, &less, why);
	free(items);
	if (e != ERR_OK)
		return e;
	ev.kind = EXCHANGE_REFUSED;
	ev.peer = p->member->name;
	ev.origin = origin;
	ev.err = ERR_UNSUPPORTED;
	ev.text = bytes_str("bodies of unknown types were left out: "
	                    "this node is older than the one that wrote them");
	emit(d, &ev);
	return ERR_OK;
}

static enum err
host_extend(void *arg, const char *origin, const struct log_extension *x,
    struct err_why *why)
{
	struct depot *d = arg;
	struct depot_place *p = depot_place(d, origin);
	enum err e;

	if (p == NULL || !p->known)
		return err_fail(why, ERR_IO, "%s: no replica", origin);
	e = extend_growing(d, p, origin, x, why);
	if (e == ERR_UNSUPPORTED)
		e = extend_without_unknown(d, p, origin, x, why);
	if (e == ERR_OK)
		depot_erase_run(d);
	return e;
}

/* ---- witnessing ---- */

/*
 * The replica is a tree that the log signed for: a checkpoint of a size that
 * we hold must have the root of our tree.  Keeps the evidence.
 */
static enum err
check_replica(struct depot *d, struct store_txn *txn,
    const struct exchange_head *h, struct buf *ours, struct err_why *why)
{
	const struct note_checkpoint *head = h->head;
	struct log_nodes nodes = {0};
	struct tree_frontier f;
	struct depot_place *p;
	struct bytes notes[2];
	struct hash root;
	enum err e;

	p = depot_place(d, head->origin);
	if (p == NULL || !p->exists || p->held < head->head.size)
		return ERR_OK;
	nodes.book = d->o.replicas;
	nodes.txn = txn;
	nodes.slot = p->slot;
	e = tree_load(&f, head->head.size, log_node, &nodes, why);
	if (e != ERR_OK)
		return e;
	tree_root(&f, &root);
	if (memcmp(root.b, head->head.root.b, HASH_BYTES) == 0)
		return ERR_OK;
	buf_reset(ours);
	e = log_checkpoint(d->o.replicas, txn, p->slot, 0, ours, NULL, NULL);
	if (e == ERR_OK) {
		notes[0] = buf_view(ours);
		notes[1] = h->note;
		e = witness_accuse(
		    d->o.witness, txn, head->origin, notes, NULL, why);
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	return err_fail(why, ERR_REFUSED,
	    "%s signed a tree of size %llu that is not ours: it has forked",
	    head->origin, (unsigned long long)head->head.size);
}

static enum err
cosign_once(struct depot *d, const struct exchange_head *h, uint64_t *size,
    struct err_why *why)
{
	struct witness_request req = {h->head, h->note, h->old, h->proof};
	struct exchange_event ev = {0};
	struct witness_state st;
	struct store_txn *txn = NULL;
	struct err_why later;
	struct buf before;
	bool forked = false;
	enum err e, c;

	buf_init(&before, NOTE_BYTES_MAX);
	e = store_write(log_book_store(d->o.replicas), &txn, why);
	if (e != ERR_OK)
		goto out;
	e = witness_state(d->o.witness, txn, h->head->origin, &st, why);
	if (e == ERR_OK) {
		buf_bytes(&before, st.note);
		e = witness_forked(
		    d->o.witness, txn, h->head->origin, &forked, why);
	}
	if (e == ERR_OK)
		e = depot_later_check(d, txn, h->head, h->note, why);
	if (e == ERR_OK)
		e = check_replica(d, txn, h, &before, why);
	if (e == ERR_OK)
		e = witness_advance(d->o.witness, txn, &req, size, why);
	if (e != ERR_OK && e != ERR_REFUSED)
		goto out;
	c = store_commit(txn, &later);
	txn = NULL;
	if (c != ERR_OK) {
		if (why != NULL)
			*why = later;
		e = c;
		goto out;
	}
	if (e != ERR_REFUSED || forked)
		goto out;
	ev.kind = EXCHANGE_FORKED;
	ev.peer = h->peer;
	ev.origin = h->head->origin;
	ev.size = h->head->head.size;
	ev.text = buf_view(&before);
	ev.other = h->note;
	emit(d, &ev);
out:
	store_abort(txn);
	buf_clear(&before);
	return e;
}

static enum err
host_cosign(void *arg, const struct exchange_head *h, struct buf *line,
    uint64_t *size, struct err_why *why)
{
	struct depot *d = arg;
	struct note note;
	const struct roster_member *me;
	enum err e = ERR_BUSY;
	int tries;

	for (tries = 0; e == ERR_BUSY && tries < GROW_TRIES; tries++) {
		if (tries > 0) {
			e = store_grow(log_book_store(d->o.replicas), why);
			if (e != ERR_OK)
				return e;
		}
		e = cosign_once(d, h, size, why);
	}
	if (e != ERR_OK)
		return e;
	e = note_parse(&note, h->note, why);
	if (e != ERR_OK)
		return e;
	me = roster_find(d->o.roster, d->o.self);
	note_cosign(line, note.text, me->witness.name, &d->witness_key,
	    (uint64_t)(clock_wall_us(d->o.clock) / 1000000));
	return ERR_OK;
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
host_erased(void *arg, const char *origin, uint64_t *cursor, uint64_t *index)
{
	return depot_erase_next(arg, origin, cursor, index);
}

uint64_t
depot_erased(const struct depot *d, const char *origin)
{
	size_t i;

	for (i = 0; i < d->places_len; i++)
		if (strcmp(d->places[i]->key->name, origin) == 0)
			return d->places[i]->erased;
	return 0;
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
	d->host = (struct exchange_host){d, host_head, host_read, host_prove,
	    host_held, host_extend, host_cosign, host_erased, emit,
	    depot_later_host, depot_later_succeed, host_witnessed};
	buf_init(&d->sealed, LOG_SEALED_MAX);
	e = depot_later_open(d, why);
	if (e == ERR_OK)
		e = depot_erase_load(d, why);
	if (e != ERR_OK) {
		depot_close(d);
		return e;
	}
	depot_erase_run(d);
	depot_refresh(d);
	*out = d;
	return ERR_OK;
}

void
depot_close(struct depot *d)
{
	if (d == NULL)
		return;
	depot_later_close(d);
	buf_clear(&d->sealed);
	arena_clear(&d->opened);
	free(d->pending);
	crypto_wipe(&d->witness_key, sizeof(d->witness_key));
	free(d);
}

const struct exchange_host *
depot_host(const struct depot *d)
{
	return &d->host;
}

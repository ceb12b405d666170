/* log_hole.c - what a log lost to damage, and how it is given back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_hole.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_erased.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "ledger/store_hole.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define NODES_AT_ONCE 4096

void
log_hole_key(uint8_t out[static LOG_HOLE_KEY_BYTES], const struct log_hole *h)
{
	out[0] = (uint8_t)(h->slot >> 8);
	out[1] = (uint8_t)h->slot;
	out[2] = (uint8_t)h->kind;
	log_book_put_u64(out + 3, h->index);
}

enum err
log_holes(struct log_book *b, struct store_txn *txn, log_hole_each each,
    void *arg, struct err_why *why)
{
	struct store_cursor *c;
	struct store_row row;
	enum err e = store_cursor(txn, b->holes, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(NULL, 0), &row);
	while (e == ERR_OK) {
		struct log_hole h;

		if (row.key.len != LOG_HOLE_KEY_BYTES) {
			e = err_fail(why, ERR_CORRUPT, "hole row");
			break;
		}
		h.slot = (uint16_t)(row.key.ptr[0] << 8 | row.key.ptr[1]);
		h.kind = (enum log_hole_kind)row.key.ptr[2];
		h.index = log_book_u64(row.key.ptr + 3);
		if (!each(arg, &h))
			break;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

uint64_t
log_holes_count(struct log_book *b, struct store_txn *txn)
{
	return store_rows(txn, b->holes);
}

/* ---- what ERASURE entries destroyed ---- */

struct erased {
	uint64_t index;
	uint32_t *fields; /* ascending; none: the whole */
	size_t fields_len;
};

struct fill {
	struct log_book *book;
	struct store_txn *txn;
	uint16_t slot;
	char origin[NOTE_NAME_MAX + 1];
	const struct log_fill *x;
	struct log_filled *out;
	struct err_why *why;
	bool proof_tried;
	bool proved; /* the whole stretch, by its checkpoint */
	bool erased_known;
	bool erased_all; /* none of them is missing */
	struct erased *erased;
	size_t erased_len;
};

/* One of which is not known what it says ends it. */
static enum err
add_erased(
    void *arg, uint64_t at, const Record__Erasure *r, struct err_why *why)
{
	struct fill *f = arg;

	(void)at;
	(void)why;
	if (r == NULL)
		return ERR_NOT_FOUND;
	if (r->origin == NULL || strcmp(r->origin, f->origin) != 0)
		return ERR_OK;
	f->erased = mem_resize(
	    f->erased, f->erased_len + log_erased_count(r), sizeof(*f->erased));
	for (size_t i = 0; i < log_erased_count(r); i++) {
		struct erased *x = &f->erased[f->erased_len++];

		*x = (struct erased){
		    .index = log_erased_index(r, i), .fields_len = r->n_fields};
		if (r->n_fields == 0)
			continue;
		x->fields = mem_alloc(r->n_fields, sizeof(*x->fields));
		memcpy(x->fields, r->fields, r->n_fields * sizeof(*x->fields));
	}
	return ERR_OK;
}

static int
by_index(const void *a, const void *b)
{
	const struct erased *x = a;
	const struct erased *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* A later generation may have erased what this one holds. */
static void
know_erased(struct fill *f)
{
	char origin[NOTE_NAME_MAX + 1];
	enum err e = ERR_OK;

	if (f->erased_known)
		return;
	f->erased_known = true;
	f->erased_all = true;
	for (unsigned slot = 0; slot < UINT16_MAX && e == ERR_OK; slot++) {
		e = log_origin(f->book, f->txn, (uint16_t)slot, origin, NULL);
		if (e == ERR_OK &&
		    log_erased_walk(f->book, f->txn, (uint16_t)slot, add_erased,
		        f, f->why) != ERR_OK)
			f->erased_all = false;
	}
	if (f->erased_len > 1)
		qsort(f->erased, f->erased_len, sizeof(*f->erased), by_index);
}

static const struct erased *
erasure_of(const struct fill *f, uint64_t index, bool whole)
{
	size_t low = 0;
	size_t high = f->erased_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->erased[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < f->erased_len && f->erased[low].index == index; low++) {
		if ((f->erased[low].fields_len == 0) == whole)
			return &f->erased[low];
	}
	return NULL;
}

/* ---- filling ---- */

static void
refuse(struct fill *f, uint64_t index)
{
	(void)err_wrap(f->why, ERR_UNVERIFIED, "leaf %" PRIu64, index);
	if (f->out->refused++ == 0)
		f->out->first = *f->why;
}

static bool
is_hole(struct fill *f, enum log_hole_kind kind, uint64_t index)
{
	const struct log_hole h = {f->slot, kind, index};
	uint8_t key[LOG_HOLE_KEY_BYTES];
	struct bytes row;

	log_hole_key(key, &h);
	return store_get(f->txn, f->book->holes, bytes_of(key, sizeof(key)),
	           &row, NULL) == ERR_OK;
}

static enum err
closed(struct fill *f, enum log_hole_kind kind, uint64_t index)
{
	const struct log_hole h = {f->slot, kind, index};
	uint8_t key[LOG_HOLE_KEY_BYTES];

	log_hole_key(key, &h);
	return store_del(
	    f->txn, f->book->holes, bytes_of(key, sizeof(key)), f->why);
}

/* The stretch goes on from our tree and leads to what our key has signed. */
static enum err
prove(struct fill *f)
{
	struct log_nodes nodes = {
	    .book = f->book, .txn = f->txn, .slot = f->slot};
	const struct log_fill *x = f->x;
	struct tree_frontier t;
	struct tree_head reached;
	struct hash leaf;
	enum err e;

	f->proof_tried = true;
	if (x->head == NULL || strcmp(x->head->origin, f->origin) != 0 ||
	    x->len > x->head->head.size ||
	    x->from > x->head->head.size - x->len)
		return err_fail(f->why, ERR_UNVERIFIED, "no proof came");
	e = tree_load(&t, x->from, log_node, &nodes, f->why);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < x->len; i++) {
		tree_leaf(&leaf, x->items[i].leaf);
		tree_push(&t, &leaf, NULL, NULL);
	}
	reached.size = t.size;
	tree_root(&t, &reached.root);
	e = tree_check_extend(&reached, &x->head->head, x->proof, f->why);
	f->proved = e == ERR_OK;
	return e;
}

/* Is this the leaf that stands at `index`? */
static enum err
check_leaf(struct fill *f, uint64_t index, struct bytes leaf)
{
	struct log_nodes nodes = {
	    .book = f->book, .txn = f->txn, .slot = f->slot};
	struct hash have;
	struct hash hash;
	enum err e = log_node(&nodes, 0, index, &have);

	tree_leaf(&hash, leaf);
	if (e == ERR_OK && memcmp(have.b, hash.b, HASH_BYTES) == 0)
		return ERR_OK;
	if (e == ERR_OK)
		return err_fail(
		    f->why, ERR_UNVERIFIED, "hash differs from stored node");
	if (!f->proof_tried && prove(f) != ERR_OK)
		return ERR_UNVERIFIED;
	return f->proved ? ERR_OK
	                 : err_fail(f->why, ERR_UNVERIFIED, "no proof came");
}

static enum err
fill_entry(struct fill *f, uint64_t index, struct bytes leaf)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	Ledger__Entry *entry = NULL;
	enum err e;

	if (log_rule_decode(&entry, leaf, f->why) != ERR_OK) {
		refuse(f, index);
		return ERR_OK;
	}
	ledger__entry__free_unpacked(entry, NULL);
	log_book_key(key, f->slot, index);
	e = store_put(
	    f->txn, f->book->entries, bytes_of(key, sizeof(key)), leaf, f->why);
	if (e == ERR_OK)
		e = closed(f, LOG_HOLE_ENTRY, index);
	f->out->entries += e == ERR_OK;
	return e;
}

static enum err
fill_erased(struct fill *f, uint64_t index)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	const struct bytes at = bytes_of(key, sizeof(key));
	enum err e;

	log_book_key(key, f->slot, index);
	e = store_put(f->txn, f->book->keys, at, bytes_of("", 0), f->why);
	if (e == ERR_OK)
		e = store_del(f->txn, f->book->bodies, at, f->why);
	if (e == ERR_OK)
		e = closed(f, LOG_HOLE_BODY, index);
	f->out->erased += e == ERR_OK;
	return e;
}

/* What may rest of a body that was erased in part, appended to `out`. */
static enum err
without(const struct erased *x, struct bytes sealed, struct buf *out,
    struct err_why *why)
{
	Ledger__Sealed *s =
	    ledger__sealed__unpack(NULL, sealed.len, sealed.ptr);
	Ledger__Opening *less = NULL;
	uint8_t *p;
	size_t len;
	enum err e = ERR_MALFORMED;

	if (s == NULL || s->body == NULL)
		goto out;
	e = seal_withhold(&less, s->body, x->fields, x->fields_len, why);
	if (e != ERR_OK)
		goto out;
	ledger__opening__free_unpacked(s->body, NULL);
	s->body = less;
	len = ledger__sealed__get_packed_size(s);
	p = buf_grow(out, len);
	if (p == NULL)
		e = err_fail(why, ERR_LIMIT, "body of %zu bytes", len);
	else
		(void)ledger__sealed__pack(s, p);
out:
	if (s != NULL)
		ledger__sealed__free_unpacked(s, NULL);
	return e;
}

static enum err
rest_body(struct fill *f, uint64_t index, struct bytes sealed, uint8_t class)
{
	const struct log_span at = {.slot = f->slot, .first = index};
	enum err e = log_rest_near(f->book, f->txn, &at, sealed, class, f->why);

	if (e == ERR_OK)
		e = closed(f, LOG_HOLE_BODY, index);
	f->out->bodies += e == ERR_OK;
	return e;
}

/* Nothing can ever have rested beside an entry that commits to nothing. */
static enum err
fill_none(struct fill *f, uint64_t index)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	const struct bytes at = bytes_of(key, sizeof(key));
	enum err e;

	log_book_key(key, f->slot, index);
	e = store_del(f->txn, f->book->keys, at, f->why);
	if (e == ERR_OK)
		e = store_del(f->txn, f->book->bodies, at, f->why);
	return e == ERR_OK ? closed(f, LOG_HOLE_BODY, index) : e;
}

/* The entry at `index` is held by now. */
static enum err
fill_body(struct fill *f, uint64_t index, const struct log_item *item)
{
	const struct erased *part;
	Ledger__Entry *entry = NULL;
	struct buf less;
	enum err e;

	know_erased(f);
	if (erasure_of(f, index, true) != NULL)
		return fill_erased(f, index);
	buf_init(&less, LOG_SEALED_MAX);
	e = log_decode(&entry, item->leaf, f->why);
	if (e == ERR_OK && !log_rule_commits(entry)) {
		e = fill_none(f, index);
		goto out;
	}
	if (e != ERR_OK || item->sealed.len == 0 || f->book->vault == NULL)
		goto out;
	/* What an ERASURE says is never erased. */
	if (!f->erased_all && entry->kind != LEDGER__KIND__ERASURE) {
		f->out->waiting++;
		goto out;
	}
	if (log_sealed_check(item->sealed, entry, f->why) != ERR_OK) {
		refuse(f, index);
		goto out;
	}
	part = erasure_of(f, index, false);
	if (part != NULL) {
		e = without(part, item->sealed, &less, f->why);
		if (e != ERR_OK) {
			refuse(f, index);
			e = ERR_OK;
			goto out;
		}
	}
	e = rest_body(f, index, part != NULL ? buf_view(&less) : item->sealed,
	    f->x->retention_class(entry->kind));
out:
	if (entry != NULL)
		ledger__entry__free_unpacked(entry, NULL);
	buf_wipe(&less);
	return e;
}

static enum err
fill_item(struct fill *f, uint64_t index, const struct log_item *item)
{
	const bool leaf = is_hole(f, LOG_HOLE_ENTRY, index);
	const bool body = is_hole(f, LOG_HOLE_BODY, index);
	enum err e = ERR_OK;

	if (!leaf && !body)
		return ERR_OK;
	if (check_leaf(f, index, item->leaf) != ERR_OK) {
		refuse(f, index);
		return ERR_OK;
	}
	if (leaf)
		e = fill_entry(f, index, item->leaf);
	if (e == ERR_OK && body && !is_hole(f, LOG_HOLE_ENTRY, index))
		e = fill_body(f, index, item);
	return e;
}

/* ---- nodes ---- */

struct wanted {
	uint16_t slot;
	uint64_t at[NODES_AT_ONCE];
	size_t len;
};

static bool
want(void *arg, const struct log_hole *h)
{
	struct wanted *w = arg;

	if (h->slot == w->slot && h->kind == LOG_HOLE_NODES)
		w->at[w->len++] = h->index;
	return w->len < NODES_AT_ONCE;
}

static enum err
lower_node(struct fill *f, struct log_nodes *nodes, unsigned group,
    uint64_t index, struct hash *out)
{
	struct bytes leaf;
	enum err e;

	if (group == 0) {
		e = log_entry(f->book, f->txn, f->slot, index, &leaf, NULL);
		if (e == ERR_OK)
			tree_leaf(out, leaf);
		return e;
	}
	/* The node is the last of the block below that makes it. */
	struct hash pair[2];
	const unsigned level = group * LOG_BLOCK_LEVELS - 1;

	e = log_node(nodes, level, 2 * index, &pair[0]);
	if (e == ERR_OK)
		e = log_node(nodes, level, 2 * index + 1, &pair[1]);
	if (e == ERR_OK)
		tree_join(out, &pair[0], &pair[1]);
	return e;
}

/* The row of a block whose nodes are all known again. */
static enum err
fill_nodes(struct fill *f, uint64_t where, uint64_t size)
{
	const unsigned group = (unsigned)(where >> 56);
	const uint64_t block = where & ((UINT64_C(1) << 56) - 1);
	const uint64_t nodes_len = size >> group * LOG_BLOCK_LEVELS;
	const uint64_t first = block * LOG_BLOCK_LEAVES;
	struct log_nodes nodes = {
	    .book = f->book, .txn = f->txn, .slot = f->slot};
	struct hash row[LOG_BLOCK_NODES];
	struct hash leaf[LOG_BLOCK_LEAVES];
	struct hash top;
	struct hash above;
	uint8_t key[LOG_BLOCK_KEY_BYTES];
	size_t n = LOG_BLOCK_LEAVES;
	size_t len;
	enum err e;

	if (nodes_len - first < n)
		n = (size_t)(nodes_len - first);
	for (size_t i = 0; i < n; i++) {
		if (lower_node(f, &nodes, group, first + i, &leaf[i]) != ERR_OK)
			return ERR_OK; /* not yet */
	}
	len = log_node_row(row, &top, leaf, n);
	if (n == LOG_BLOCK_LEAVES &&
	    log_node(&nodes, (group + 1) * LOG_BLOCK_LEVELS, block, &above) ==
	        ERR_OK &&
	    memcmp(top.b, above.b, HASH_BYTES) != 0)
		return err_fail(f->why, ERR_CORRUPT,
		    "what came for entries from %" PRIu64
		    " does not make the node above them",
		    first << group * LOG_BLOCK_LEVELS);
	log_node_key(key, f->slot, group, block);
	e = store_put(f->txn, f->book->nodes, bytes_of(key, sizeof(key)),
	    bytes_of(row, len * HASH_BYTES), f->why);
	if (e == ERR_OK)
		e = closed(f, LOG_HOLE_NODES, where);
	f->out->nodes += e == ERR_OK;
	return e;
}

static enum err
fill_all_nodes(struct fill *f)
{
	struct log_state *state = mem_alloc(1, sizeof(*state));
	struct wanted *w = mem_alloc(1, sizeof(*w));
	enum err e;

	w->slot = f->slot;
	e = log_state(f->book, f->txn, f->slot, state, f->why);
	if (e == ERR_OK)
		e = log_holes(f->book, f->txn, want, w, f->why);
	for (size_t i = 0; i < w->len && e == ERR_OK; i++)
		e = fill_nodes(f, w->at[i], state->frontier.size);
	free(w);
	free(state);
	return e;
}

enum err
log_fill(struct log_book *b, struct store_txn *txn, uint16_t slot,
    const struct log_fill *x, struct log_filled *out, struct err_why *why)
{
	struct err_why unseen;
	struct fill f = {
	    .book = b,
	    .txn = txn,
	    .slot = slot,
	    .x = x,
	    .out = out,
	    .why = why != NULL ? why : &unseen,
	};
	enum err e = log_origin(b, txn, slot, f.origin, f.why);

	*out = (struct log_filled){0};
	for (size_t i = 0; i < x->len && e == ERR_OK; i++)
		e = fill_item(&f, x->from + i, &x->items[i]);
	if (e == ERR_OK && out->entries > 0)
		e = fill_all_nodes(&f);
	for (size_t i = 0; i < f.erased_len; i++)
		free(f.erased[i].fields);
	free(f.erased);
	return e == ERR_OK ? e : err_wrap(f.why, e, "%s", f.origin);
}

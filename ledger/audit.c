/* audit.c - rehash a whole log and name the first fault. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_extend.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

#define PROGRESS_EVERY 4096

/* The walk: what the leaves seen so far say. */
struct walk {
	struct log_book *book;
	struct store_txn *txn;
	const struct audit_plan *plan;
	struct audit_counts *counts;
	struct log_nodes nodes;
	struct log_slot row; /* what the state row claims */
	struct log_chain chain;
	struct tree_frontier frontier;
	struct store_cursor *notes;
	struct store_row note; /* next checkpoint row */
	bool more_notes;
	uint64_t unpruned;
	struct log_span span; /* of the last wrapping key seen */
	struct buf scratch;
	struct err_why *why;
	struct err_why first; /* fault */
	enum err err; /* found while pushing a leaf */
	bool broken; /* a leaf could not be read: chains end there */
};

/* What the disk gives back wrong is corruption, whatever parser noticed. */
static enum err
as_fault(enum err e)
{
	switch (e) {
	case ERR_MALFORMED:
	case ERR_LIMIT:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_CONFLICT:
	case ERR_UNSUPPORTED:
	case ERR_REFUSED:
		return ERR_CORRUPT;
	case ERR_OK:
	case ERR_UNVERIFIED:
	case ERR_DENIED:
	case ERR_FULL:
	case ERR_BUSY:
	case ERR_TIMEOUT:
	case ERR_IO:
	case ERR_CORRUPT:
		return e;
	}
	return ERR_CORRUPT;
}

/* A fault ends the audit unless all are wanted. */
static enum err
found(struct walk *w, enum err e)
{
	if (e != ERR_CORRUPT && e != ERR_UNVERIFIED)
		return e;
	if (w->counts->faults++ == 0)
		w->first = *w->why;
	if (w->plan->fault == NULL)
		return e;
	(void)err_wrap(w->why, e, "%s", w->row.origin);
	w->plan->fault(w->plan->arg, w->why);
	return ERR_OK;
}

/* ---- nodes ---- */

static void
compare_node(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct walk *w = arg;
	struct hash have;
	enum err e;

	if (w->err != ERR_OK)
		return;
	e = log_node(&w->nodes, level, index, &have);
	if (e != ERR_OK) {
		w->err = err_fail(w->why, as_fault(e),
		    "level %u: stored node is missing", level);
		return;
	}
	w->counts->nodes++;
	if (memcmp(have.b, node->b, HASH_BYTES) == 0)
		return;
	w->err = err_fail(w->why, ERR_CORRUPT,
	    "stored node %" PRIu64 " of level %u differs from what "
	    "is below it",
	    index, level);
}

/* ---- bodies ---- */

static enum err
check_span(struct walk *w, uint64_t index, struct bytes key_row)
{
	struct log_span span = {.slot = w->plan->slot};
	uint8_t key[LOG_SPAN_KEY_BYTES];
	struct bytes row;
	uint32_t id = 0;
	enum err e;

	e = vault_row_id(key_row, &id, w->why);
	span.key_id = id;
	if (e != ERR_OK)
		return e;
	if (w->span.key_id != id) {
		log_span_key(key, &span);
		e = store_get(w->txn, w->book->spans,
		    bytes_of(key, sizeof(key)), &row, NULL);
		if (e != ERR_OK || row.len != 16)
			return err_fail(w->why, ERR_CORRUPT,
			    "wrapping key %" PRIu32 " has no span row", id);
		w->span = span;
		w->span.first = log_book_u64(row.ptr);
		w->span.last = log_book_u64(row.ptr + 8);
	}
	if (index < w->span.first || index > w->span.last)
		return err_fail(w->why, ERR_CORRUPT,
		    "outside the span row of wrapping key %" PRIu32, id);
	return ERR_OK;
}

static enum err
check_rest(struct walk *w, uint64_t index, const Ledger__Entry *entry)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes key_row = {0};
	struct bytes body;
	bool has_key;
	bool has_body;
	enum err e;

	log_book_key(key, w->plan->slot, index);
	e = store_get(
	    w->txn, w->book->keys, bytes_of(key, sizeof(key)), &key_row, NULL);
	has_key = e == ERR_OK;
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return err_fail(w->why, e, "key row");
	e = store_get(
	    w->txn, w->book->bodies, bytes_of(key, sizeof(key)), &body, NULL);
	has_body = e == ERR_OK;
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return err_fail(w->why, e, "body row");
	if (has_body != (has_key && key_row.len > 0))
		return has_body
		    ? err_fail(w->why, ERR_CORRUPT, "body without its key row")
		    : err_fail(w->why, ERR_CORRUPT, "key row without its body");
	if (!has_body) {
		w->counts->erased += has_key;
		w->counts->withheld += !has_key;
		return ERR_OK;
	}
	e = check_span(w, index, key_row);
	if (e != ERR_OK)
		return e;
	if (w->book->vault == NULL) {
		w->counts->withheld++;
		return ERR_OK;
	}
	buf_reset(&w->scratch);
	e = log_sealed_bytes(
	    w->book, w->txn, w->plan->slot, index, &w->scratch, w->why);
	if (e != ERR_OK)
		return e;
	e = log_sealed_check(buf_view(&w->scratch), entry, w->why);
	if (e == ERR_OK)
		w->counts->bodies++;
	return e;
}

/* ---- checkpoints ---- */

static enum err
next_note(struct walk *w, bool first)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	enum err e;

	log_book_key(key, w->plan->slot, 0);
	e = first ? store_seek(w->notes, bytes_of(key, sizeof(key)), &w->note)
	          : store_next(w->notes, &w->note);
	w->more_notes = e == ERR_OK && w->note.key.len == LOG_ROW_KEY_BYTES &&
	    memcmp(w->note.key.ptr, key, 2) == 0;
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return err_fail(w->why, e, "checkpoint rows");
	return ERR_OK;
}

/* The row under the cursor; `reached`: all its leaves have been seen. */
static enum err
judge_note(struct walk *w, bool reached)
{
	const uint64_t size = log_book_u64(w->note.key.ptr + 2);
	struct note_checkpoint c;
	struct note note;
	struct hash root;
	enum err e;

	if (w->plan->key != NULL) {
		e = note_checkpoint_open(
		    &c, w->note.value, w->plan->key, w->why);
	} else {
		e = note_parse(&note, w->note.value, w->why);
		if (e == ERR_OK)
			e = note_checkpoint_get(&c, note.text, w->why);
	}
	if (e != ERR_OK)
		return err_wrap(
		    w->why, as_fault(e), "checkpoint %" PRIu64, size);
	if (c.head.size != size || strcmp(c.origin, w->row.origin) != 0) {
		e = err_fail(w->why, ERR_CORRUPT, "rests in a wrong place");
		return err_wrap(
		    w->why, as_fault(e), "checkpoint %" PRIu64, size);
	}
	tree_root(&w->frontier, &root);
	if (reached && memcmp(root.b, c.head.root.b, HASH_BYTES) != 0) {
		e = err_fail(w->why, ERR_UNVERIFIED,
		    "root differs from that of the leaves");
		return err_wrap(
		    w->why, as_fault(e), "checkpoint %" PRIu64, size);
	}
	w->counts->checkpoints++;
	return ERR_OK;
}

static enum err
check_note(struct walk *w, bool reached)
{
	enum err e = judge_note(w, reached);

	if (e != ERR_OK)
		e = found(w, e);
	if (e != ERR_OK)
		return e;
	w->unpruned += log_book_u64(w->note.key.ptr + 2) >= w->row.pruned;
	return next_note(w, false);
}

/* Checkpoints of the size reached. */
static enum err
check_notes_here(struct walk *w)
{
	enum err e = ERR_OK;

	while (e == ERR_OK && w->more_notes &&
	    log_book_u64(w->note.key.ptr + 2) <= w->frontier.size)
		e = check_note(w, true);
	return e;
}

/* ---- leaves ---- */

/*
 * The leaf's hash, the one that rests if they differ: then what is above it can
 * still be told from it.
 */
static enum err
check_hash(struct walk *w, uint64_t index, struct bytes leaf, struct hash *hash)
{
	struct hash have;
	enum err e = log_node(&w->nodes, 0, index, &have);

	if (leaf.ptr != NULL)
		tree_leaf(hash, leaf);
	if (e != ERR_OK)
		return err_fail(w->why, as_fault(e), "stored node is missing");
	if (leaf.ptr != NULL && memcmp(have.b, hash->b, HASH_BYTES) == 0)
		return ERR_OK;
	*hash = have;
	return leaf.ptr == NULL
	    ? ERR_OK
	    : err_fail(w->why, ERR_CORRUPT, "hash differs from stored node");
}

/* Reads and hashes; the entry is NULL when it cannot be judged further. */
static enum err
hash_leaf(struct walk *w, uint64_t index, Ledger__Entry **entry)
{
	struct bytes leaf = {NULL, 0};
	struct hash hash = {{0}};
	enum err bad =
	    log_entry(w->book, w->txn, w->plan->slot, index, &leaf, w->why);
	enum err e;

	if (bad != ERR_OK)
		bad = found(w, as_fault(bad));
	if (bad != ERR_OK)
		return bad;
	/* The hash first: it tells a changed leaf from a badly made one. */
	e = check_hash(w, index, leaf, &hash);
	bad = e;
	if (e != ERR_OK)
		e = found(
		    w, err_wrap(w->why, as_fault(e), "leaf %" PRIu64, index));
	if (e != ERR_OK)
		return e;
	w->err = ERR_OK;
	tree_push(&w->frontier, &hash, compare_node, w);
	if (w->err != ERR_OK)
		e = found(w,
		    err_wrap(w->why, as_fault(w->err), "leaf %" PRIu64, index));
	if (e != ERR_OK || bad != ERR_OK || leaf.ptr == NULL)
		return e;
	e = log_rule_decode(entry, leaf, w->why);
	return e == ERR_OK
	    ? e
	    : found(w, err_wrap(w->why, as_fault(e), "leaf %" PRIu64, index));
}

static enum err
check_leaf(struct walk *w, uint64_t index)
{
	Ledger__Entry *entry = NULL;
	enum err e = hash_leaf(w, index, &entry);

	if (e != ERR_OK || entry == NULL) {
		/* The chain cannot be followed over what is not there. */
		w->broken = w->broken || entry == NULL;
		return e;
	}
	if (!w->broken)
		e = log_rule_next(&w->chain, entry, w->why);
	if (e == ERR_OK)
		e = check_rest(w, index, entry);
	ledger__entry__free_unpacked(entry, NULL);
	return e == ERR_OK
	    ? e
	    : found(w, err_wrap(w->why, as_fault(e), "leaf %" PRIu64, index));
}

static enum err
walk_leaves(struct walk *w)
{
	enum err e;

	for (uint64_t i = 0; i < w->counts->size; i++) {
		e = check_notes_here(w);
		if (e == ERR_OK)
			e = check_leaf(w, i);
		if (e != ERR_OK)
			return e;
		w->counts->leaves++;
		if (w->plan->progress != NULL &&
		    w->counts->leaves % PROGRESS_EVERY == 0)
			w->plan->progress(w->plan->arg, w->counts);
	}
	e = check_notes_here(w);
	/* A replica may hold checkpoints ahead of its leaves. */
	while (e == ERR_OK && w->more_notes)
		e = check_note(w, false);
	return e;
}

/* ---- the whole ---- */

static bool
same_kinds(const struct log_chain *a, const struct log_chain *b)
{
	if (a->kinds_len != b->kinds_len)
		return false;
	for (size_t i = 0; i < a->kinds_len; i++) {
		if (a->kinds[i].kind != b->kinds[i].kind ||
		    a->kinds[i].seq != b->kinds[i].seq ||
		    a->kinds[i].last != b->kinds[i].last)
			return false;
	}
	return true;
}

static enum err
check_state(struct walk *w)
{
	const struct tree_frontier *f = &w->row.frontier;
	struct err_why *why = w->why;
	struct bytes leaf;
	uint16_t slot = 0;
	enum err e;

	if (f->size != w->frontier.size ||
	    memcmp(f->node, w->frontier.node, f->len * HASH_BYTES) != 0)
		return err_fail(why, ERR_CORRUPT,
		    "state row: frontier differs from the leaves");
	if (w->row.chain.epoch != w->chain.epoch ||
	    w->row.chain.recorded_us != w->chain.recorded_us)
		return err_fail(why, ERR_CORRUPT,
		    "state row: time differs from the last leaf");
	if (!same_kinds(&w->row.chain, &w->chain))
		return err_fail(why, ERR_CORRUPT,
		    "state row: heads of kinds differ from the leaves");
	if (w->row.notes != w->unpruned)
		return err_fail(why, ERR_CORRUPT,
		    "state row: number of checkpoints differs from their rows");
	e = log_entry(w->book, w->txn, w->plan->slot, f->size, &leaf, NULL);
	if (e == ERR_OK)
		return err_fail(why, ERR_CORRUPT,
		    "state row: leaves go on behind its size %" PRIu64,
		    f->size);
	e = log_slot(w->book, w->txn, w->row.origin, &slot, why);
	if (e != ERR_OK || slot != w->plan->slot)
		return err_fail(
		    why, ERR_CORRUPT, "origin rows contradict each other");
	return ERR_OK;
}

/* The bundle's entries hash to the level 0 tile of the same index. */
static enum err
check_bundle(struct walk *w, struct tile t)
{
	struct buf hashes;
	struct bytes rest;
	struct bytes entry;
	struct hash h;
	enum err e;

	buf_init(&hashes, TILE_WIDTH * HASH_BYTES);
	buf_reset(&w->scratch);
	e = log_tile(w->book, w->txn, w->plan->slot, &t, &hashes, w->why);
	if (e != ERR_OK)
		goto out;
	t.entries = true;
	e = log_tile(w->book, w->txn, w->plan->slot, &t, &w->scratch, w->why);
	if (e != ERR_OK)
		goto out;
	rest = buf_view(&w->scratch);
	for (size_t i = 0; i < t.width && e == ERR_OK; i++) {
		e = tile_bundle_next(&rest, &entry, w->why);
		if (e != ERR_OK)
			break;
		tree_leaf(&h, entry);
		if (memcmp(h.b, hashes.ptr + i * HASH_BYTES, HASH_BYTES) != 0)
			e = err_fail(w->why, ERR_CORRUPT,
			    "entry %zu differs from its hash", i);
	}
	if (e == ERR_OK && rest.len != 0)
		e = err_fail(w->why, ERR_CORRUPT, "bytes behind the entries");
out:
	buf_clear(&hashes);
	return e;
}

/* A full tile's hashes make the node that the tile above holds for it. */
static enum err
check_full_tile(struct walk *w, const struct tile *t)
{
	struct hash want;
	struct hash level[TILE_WIDTH];
	enum err e;

	buf_reset(&w->scratch);
	e = log_tile(w->book, w->txn, w->plan->slot, t, &w->scratch, w->why);
	if (e != ERR_OK)
		return e;
	memcpy(level, w->scratch.ptr, sizeof(level));
	for (size_t n = TILE_WIDTH; n > 1; n /= 2) {
		for (size_t i = 0; i < n / 2; i++) {
			tree_join(&want, &level[2 * i], &level[2 * i + 1]);
			level[i] = want;
		}
	}
	e = log_node(&w->nodes, 8 * (t->level + 1), t->index, &want);
	if (e != ERR_OK || memcmp(want.b, level[0].b, HASH_BYTES) != 0)
		return err_fail(
		    w->why, ERR_CORRUPT, "hashes do not make the node above");
	return ERR_OK;
}

static enum err
check_tiles(struct walk *w)
{
	char path[TILE_PATH_MAX];
	struct note_checkpoint head;
	struct tile t = {0};
	enum err e;

	buf_reset(&w->scratch);
	e = log_checkpoint(
	    w->book, w->txn, w->plan->slot, 0, &w->scratch, &head, w->why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return as_fault(e);
	for (unsigned level = 0; level <= TILE_LEVEL_MAX / 8; level++) {
		const uint64_t full = tile_full(level, head.head.size);
		const unsigned part = tile_partial(level, head.head.size);

		t = (struct tile){.level = level, .width = TILE_WIDTH};
		for (t.index = 0; t.index < full && e == ERR_OK; t.index++) {
			e = check_full_tile(w, &t);
			if (e == ERR_OK && level == 0)
				e = check_bundle(w, t);
			if (e != ERR_OK)
				break;
		}
		if (e == ERR_OK && part > 0 && level == 0) {
			t.width = part;
			e = check_bundle(w, t);
		}
		if (e != ERR_OK)
			break;
	}
	if (e == ERR_OK)
		return ERR_OK;
	tile_path(path, &t);
	return err_wrap(w->why, as_fault(e), "%s", path);
}

static enum err
audit(struct walk *w)
{
	enum err e;

	e = log_book_state(w->book, w->txn, w->plan->slot, &w->row, w->why);
	if (e != ERR_OK)
		return e;
	w->counts->size = w->row.frontier.size;
	e = store_cursor(w->txn, w->book->notes, &w->notes, w->why);
	if (e != ERR_OK)
		return e;
	e = next_note(w, true);
	if (e != ERR_OK)
		return e;
	e = walk_leaves(w);
	if (e == ERR_OK && !w->broken) {
		e = check_state(w);
		if (e != ERR_OK)
			e = found(w, as_fault(e));
	}
	if (e != ERR_OK)
		return e;
	e = check_tiles(w);
	return e == ERR_OK ? e : found(w, e);
}

enum err
audit_log(struct log_book *b, struct store_txn *txn,
    const struct audit_plan *plan, struct audit_counts *counts,
    struct err_why *why)
{
	struct walk *w = mem_alloc(1, sizeof(*w));
	struct err_why unseen;
	enum err e;

	if (why == NULL)
		why = &unseen;
	*counts = (struct audit_counts){0};
	w->book = b;
	w->txn = txn;
	w->plan = plan;
	w->counts = counts;
	w->why = why;
	w->nodes =
	    (struct log_nodes){.book = b, .txn = txn, .slot = plan->slot};
	buf_init(&w->scratch, 4u << 20);
	e = log_origin(b, txn, plan->slot, w->row.origin, why);
	if (e == ERR_OK) {
		e = audit(w);
		if (e == ERR_OK && counts->faults > 0)
			*why = w->first;
		if (e != ERR_OK || counts->faults > 0)
			e = err_wrap(why,
			    e == ERR_OK ? ERR_CORRUPT : as_fault(e), "%s",
			    w->row.origin);
	}
	if (plan->progress != NULL)
		plan->progress(plan->arg, counts);
	store_cursor_close(w->notes);
	buf_wipe(&w->scratch);
	free(w);
	return e;
}

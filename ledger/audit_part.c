/* audit_part.c - rehash one part of a log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/audit_part.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ledger/audit_ahead.h"
#include "ledger/log_ready.h"
#include "proto/mem.h"

enum err
audit_as_fault(enum err e)
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

/* Kept for the caller; the first ends the part unless all are wanted. */
static enum err
found(struct audit_reader *r, uint64_t leaf, enum err e)
{
	struct audit_part *p = r->part;

	e = audit_as_fault(e);
	if (e != ERR_CORRUPT && e != ERR_UNVERIFIED)
		return e;
	p->faults =
	    mem_resize(p->faults, p->faults_len + 1, sizeof(*p->faults));
	p->faults[p->faults_len].leaf = leaf;
	p->faults[p->faults_len++].why = *r->why;
	r->stop = r->plan->fault == NULL;
	return r->stop ? e : ERR_OK;
}

static enum err
found_in_leaf(struct audit_reader *r, uint64_t index, enum err e)
{
	return found(r, index, err_wrap(r->why, e, "leaf %" PRIu64, index));
}

/* ---- nodes ---- */

static void
compare_node(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct audit_reader *r = arg;
	struct hash have;
	enum err e;

	if (level == 0) { /* was looked at before */
		r->part->counts.nodes++;
		return;
	}
	if (r->err != ERR_OK)
		return;
	e = log_node(&r->nodes, level, index, &have);
	if (e != ERR_OK) {
		r->err = err_fail(r->why, audit_as_fault(e),
		    "level %u: stored node is missing", level);
		return;
	}
	r->part->counts.nodes++;
	if (memcmp(have.b, node->b, HASH_BYTES) == 0)
		return;
	r->err = err_fail(r->why, ERR_CORRUPT,
	    "stored node %" PRIu64 " of level %u differs from what "
	    "is below it",
	    index, level);
}

/* ---- bodies ---- */

static enum err
check_span(struct audit_reader *r, uint64_t index, struct bytes key_row)
{
	struct log_span span = {.slot = r->plan->slot};
	uint8_t key[LOG_SPAN_KEY_BYTES];
	struct bytes row;
	uint32_t id = 0;
	enum err e;

	e = vault_row_id(key_row, &id, r->why);
	span.key_id = id;
	if (e != ERR_OK)
		return e;
	if (r->span.key_id != id) {
		log_span_key(key, &span);
		e = store_get(r->txn, r->book->spans,
		    bytes_of(key, sizeof(key)), &row, NULL);
		if (e != ERR_OK || row.len != 16)
			return err_fail(r->why, ERR_CORRUPT,
			    "wrapping key %" PRIu32 " has no span row", id);
		r->span = span;
		r->span.first = log_book_u64(row.ptr);
		r->span.last = log_book_u64(row.ptr + 8);
	}
	if (index < r->span.first || index > r->span.last)
		return err_fail(r->why, ERR_CORRUPT,
		    "outside the span row of wrapping key %" PRIu32, id);
	return ERR_OK;
}

static enum err
check_body(struct audit_reader *r, const struct audit_seen *seen,
    const Ledger__Entry *entry)
{
	ProtobufCAllocator mem = arena_allocator(&r->arena);
	enum err e;

	if (seen->opened) {
		r->part->counts.bodies++;
		return ERR_OK;
	}
	buf_reset(&r->scratch);
	arena_reset(&r->arena);
	e = vault_open_item(r->book->vault, &seen->item, &r->scratch, r->why);
	if (e == ERR_OK)
		e = log_sealed_check_in(
		    buf_view(&r->scratch), entry, &mem, r->why);
	r->part->counts.bodies += e == ERR_OK;
	return e;
}

static enum err
check_rest(struct audit_reader *r, uint64_t index,
    const struct audit_seen *seen, const Ledger__Entry *entry)
{
	struct audit_counts *counts = &r->part->counts;
	const bool has_key = seen->key_err == ERR_OK;
	const bool has_body = seen->body_err == ERR_OK;
	enum err e;

	if (!has_key && seen->key_err != ERR_NOT_FOUND)
		return err_fail(r->why, seen->key_err, "key row");
	if (!has_body && seen->body_err != ERR_NOT_FOUND)
		return err_fail(r->why, seen->body_err, "body row");
	if (has_body != (has_key && seen->item.key.len > 0))
		return has_body
		    ? err_fail(r->why, ERR_CORRUPT, "body without its key row")
		    : err_fail(r->why, ERR_CORRUPT, "key row without its body");
	if (!has_body) {
		counts->erased += has_key;
		counts->withheld += !has_key;
		return ERR_OK;
	}
	e = check_span(r, index, seen->item.key);
	if (e != ERR_OK)
		return e;
	if (r->book->vault == NULL) {
		counts->withheld++;
		return ERR_OK;
	}
	return check_body(r, seen, entry);
}

/* ---- checkpoints ---- */

/* The next one; of `size` or above when `seek`. */
static enum err
next_note(struct audit_reader *r, bool seek, uint64_t size)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	enum err e;

	log_book_key(key, r->plan->slot, size);
	e = seek ? store_seek(r->notes, bytes_of(key, sizeof(key)), &r->note)
	         : store_next(r->notes, &r->note);
	r->more_notes = e == ERR_OK && r->note.key.len == LOG_ROW_KEY_BYTES &&
	    memcmp(r->note.key.ptr, key, 2) == 0;
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return err_fail(r->why, e, "checkpoint rows");
	return ERR_OK;
}

/* The row under the cursor; `reached`: all its leaves have been seen. */
static enum err
judge_note(struct audit_reader *r, uint64_t size, bool reached)
{
	struct note_checkpoint c;
	struct note note;
	struct hash root;
	enum err e;

	if (r->plan->key != NULL) {
		e = note_checkpoint_open(
		    &c, r->note.value, r->plan->key, r->why);
	} else {
		e = note_parse(&note, r->note.value, r->why);
		if (e == ERR_OK)
			e = note_checkpoint_get(&c, note.text, r->why);
	}
	if (e != ERR_OK)
		return e;
	if (c.head.size != size || strcmp(c.origin, r->row->origin) != 0)
		return err_fail(r->why, ERR_CORRUPT, "rests in a wrong place");
	tree_root(&r->part->frontier, &root);
	if (reached && memcmp(root.b, c.head.root.b, HASH_BYTES) != 0)
		return err_fail(r->why, ERR_UNVERIFIED,
		    "root differs from that of the leaves");
	r->part->counts.checkpoints++;
	return ERR_OK;
}

static enum err
check_note(struct audit_reader *r, uint64_t leaf, bool reached)
{
	const uint64_t size = log_book_u64(r->note.key.ptr + 2);
	enum err e = judge_note(r, size, reached);

	if (e != ERR_OK)
		e = found(r, leaf,
		    err_wrap(r->why, audit_as_fault(e), "checkpoint %" PRIu64,
		        size));
	if (e != ERR_OK)
		return e;
	r->part->unpruned += size >= r->row->pruned;
	return next_note(r, false, 0);
}

/* Checkpoints of the size reached. */
static enum err
check_notes_here(struct audit_reader *r, uint64_t leaf)
{
	enum err e = ERR_OK;

	while (e == ERR_OK && r->more_notes &&
	    log_book_u64(r->note.key.ptr + 2) <= r->part->frontier.size)
		e = check_note(r, leaf, true);
	return e;
}

void
audit_part_notes(struct audit_reader *r, struct audit_part *part)
{
	enum err e;

	r->part = part;
	r->why = &part->why;
	e = next_note(
	    r, true, part->frontier.size > 0 ? part->frontier.size + 1 : 0);
	while (e == ERR_OK && r->more_notes)
		e = check_note(r, part->frontier.size, false);
	part->err = r->stop ? ERR_OK : e;
}

/* ---- leaves ---- */

/*
 * `hash` is the leaf's, afterwards the one that rests if they differ: then what
 * is above it can still be told from it.
 */
static enum err
check_hash(struct audit_reader *r, uint64_t index, struct bytes leaf,
    struct hash *hash)
{
	struct hash have;
	enum err e = log_node(&r->nodes, 0, index, &have);

	if (e != ERR_OK)
		return err_fail(
		    r->why, audit_as_fault(e), "stored node is missing");
	if (leaf.ptr != NULL && memcmp(have.b, hash->b, HASH_BYTES) == 0)
		return ERR_OK;
	*hash = have;
	return leaf.ptr == NULL
	    ? ERR_OK
	    : err_fail(r->why, ERR_CORRUPT, "hash differs from stored node");
}

/* Its hash, and those that it completes. */
static enum err
push_leaf(struct audit_reader *r, uint64_t index, const struct audit_seen *seen,
    bool *whole)
{
	struct hash hash = seen->hash;
	enum err e = check_hash(r, index, seen->leaf, &hash);

	*whole = e == ERR_OK;
	if (e != ERR_OK)
		e = found_in_leaf(r, index, e);
	if (e != ERR_OK)
		return e;
	r->err = ERR_OK;
	tree_push(&r->part->frontier, &hash, compare_node, r);
	return r->err == ERR_OK ? ERR_OK : found_in_leaf(r, index, r->err);
}

static enum err
read_leaf(struct audit_reader *r, uint64_t index, const struct audit_seen *seen)
{
	if (seen->leaf_err == ERR_NOT_FOUND)
		return err_fail(
		    r->why, ERR_NOT_FOUND, "no entry %" PRIu64, index);
	if (seen->leaf_err != ERR_OK)
		return err_fail(
		    r->why, seen->leaf_err, "entry %" PRIu64, index);
	return ERR_OK;
}

static enum err
check_leaf(struct audit_reader *r, uint64_t index)
{
	ProtobufCAllocator mem = arena_allocator(&r->part->arena);
	Ledger__Entry **entry = &r->part->entry[index - r->part->from];
	const struct audit_seen *seen = audit_ahead_seen(r, index);
	bool whole;
	enum err e = read_leaf(r, index, seen);

	if (e != ERR_OK)
		e = found(r, index, e);
	/* The hash first: it tells a changed leaf from a badly made one. */
	if (e == ERR_OK)
		e = push_leaf(r, index, seen, &whole);
	if (e != ERR_OK || seen->leaf.ptr == NULL || !whole)
		return e;
	*entry = seen->entry;
	if (*entry == NULL)
		e = log_rule_decode_in(entry, seen->leaf, &mem, r->why);
	if (e == ERR_OK)
		e = check_rest(r, index, seen, *entry);
	return e == ERR_OK ? e : found_in_leaf(r, index, e);
}

/* ---- the whole ---- */

enum err
audit_reader_open(struct audit_reader *r, struct log_book *b,
    struct store_txn *txn, const struct audit_plan *plan,
    const struct log_slot *row, struct err_why *why)
{
	enum err e;

	*r = (struct audit_reader){.book = b,
	    .txn = txn,
	    .plan = plan,
	    .row = row,
	    .nodes = {.book = b, .txn = txn, .slot = plan->slot}};
	buf_init(&r->scratch, LOG_SEALED_MAX);
	e = audit_ahead_open(r, why);
	if (e == ERR_OK)
		e = store_cursor(txn, b->notes, &r->notes, why);
	return e;
}

void
audit_reader_close(struct audit_reader *r)
{
	audit_ahead_close(r);
	store_cursor_close(r->notes);
	arena_clear(&r->arena);
	buf_wipe(&r->scratch);
}

void
audit_part_run(struct audit_reader *r, struct audit_part *part)
{
	enum err e;

	memset(part->entry, 0, sizeof(part->entry));
	part->counts = (struct audit_counts){0};
	part->unpruned = 0;
	part->faults_len = 0;
	arena_reset(&part->arena);
	r->part = part;
	r->why = &part->why;
	audit_ahead_begin(r);
	e = tree_load(&part->frontier, part->from, log_node, &r->nodes, r->why);
	if (e != ERR_OK) { /* without it nothing else can be judged */
		e = found_in_leaf(r, part->from, e);
		part->err = part->faults_len > 0 ? ERR_OK : e;
		return;
	}
	if (e == ERR_OK)
		e = next_note(r, true, part->from > 0 ? part->from + 1 : 0);
	for (uint64_t i = part->from; i < part->from + part->n && e == ERR_OK;
	     i++) {
		e = check_notes_here(r, i);
		if (e == ERR_OK)
			e = check_leaf(r, i);
		part->counts.leaves += e == ERR_OK;
	}
	if (e == ERR_OK)
		e = check_notes_here(r, part->from + part->n - 1);
	/* A fault is the caller's to tell. */
	part->err = r->stop ? ERR_OK : e;
}

void
audit_part_clear(struct audit_part *part)
{
	arena_clear(&part->arena);
	free(part->faults);
}

/* log_tile.c - tiles and entry bundles, made from what rests. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_book.h"
#include "ledger/log_read.h"

/* A tile's hashes are 8 tree levels above those of the tile below. */
#define TILE_LEVELS 8

static enum err
put_hashes(struct log_nodes *nodes, const struct tile *t, struct buf *out,
    struct err_why *why)
{
	struct hash h;
	enum err e;

	for (unsigned i = 0; i < t->width; i++) {
		e = log_node(nodes, t->level * TILE_LEVELS,
		    t->index * TILE_WIDTH + i, &h);
		if (e != ERR_OK)
			return err_fail(
			    why, ERR_CORRUPT, "a covered node is missing");
		buf_bytes(out, bytes_hash(&h));
	}
	return ERR_OK;
}

static enum err
put_entries(struct log_nodes *nodes, const struct tile *t, struct buf *out,
    struct err_why *why)
{
	struct bytes leaf;
	enum err e;

	for (unsigned i = 0; i < t->width; i++) {
		e = log_entry(nodes->book, nodes->txn, nodes->slot,
		    t->index * TILE_WIDTH + i, &leaf, why);
		if (e != ERR_OK)
			return err_fail(
			    why, ERR_CORRUPT, "a covered entry is missing");
		e = tile_bundle_put(out, leaf, why);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

enum err
log_tile(struct log_book *b, struct store_txn *txn, uint16_t slot,
    const struct tile *t, struct buf *out, struct err_why *why)
{
	struct log_nodes nodes = {.book = b, .txn = txn, .slot = slot};
	struct note_checkpoint head;
	struct buf note;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	e = log_checkpoint(b, txn, slot, 0, &note, &head, why);
	buf_clear(&note);
	if (e != ERR_OK)
		return e;
	if (t->width == 0 || t->width > TILE_WIDTH ||
	    !tile_within(t, head.head.size))
		return err_fail(
		    why, ERR_NOT_FOUND, "the checkpoint does not cover it");
	e = t->entries ? put_entries(&nodes, t, out, why)
	               : put_hashes(&nodes, t, out, why);
	if (e != ERR_OK)
		return e;
	return buf_ok(out, why);
}

/* log_tile.c - tiles and entry bundles, made from what rests. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_book.h"
#include "ledger/log_read.h"

/* A tile's hashes are 8 tree levels above those of the tile below. */
#define TILE_LEVELS 8

/* The tile's hashes, checked against the nodes above them. */
static enum err
load_hashes(struct log_nodes *nodes, const struct tile *t,
    struct hash out[static TILE_WIDTH], struct err_why *why)
{
	const unsigned level = t->level * TILE_LEVELS;
	const uint64_t first = t->index * TILE_WIDTH;
	enum err e;

	for (unsigned i = 0; i < t->width; i++) {
		e = log_node(nodes, level, first + i, &out[i]);
		if (e != ERR_OK)
			return err_fail(
			    why, ERR_CORRUPT, "a covered node is missing");
	}
	if (log_check_hashes(nodes, level, first, out, t->width) != ERR_OK)
		return err_fail(why, ERR_CORRUPT,
		    "stored nodes of level %u from %llu on differ from those "
		    "above",
		    level, (unsigned long long)first);
	return ERR_OK;
}

static enum err
put_entries(struct log_nodes *nodes, const struct tile *t,
    const struct hash *hashes, struct buf *out, struct err_why *why)
{
	struct bytes leaf;
	struct hash hash;
	enum err e;

	for (unsigned i = 0; i < t->width; i++) {
		const uint64_t index = t->index * TILE_WIDTH + i;

		e = log_entry(
		    nodes->book, nodes->txn, nodes->slot, index, &leaf, why);
		if (e != ERR_OK)
			return err_fail(
			    why, ERR_CORRUPT, "a covered entry is missing");
		tree_leaf(&hash, leaf);
		if (memcmp(hash.b, hashes[i].b, HASH_BYTES) != 0)
			return err_fail(why, ERR_CORRUPT,
			    "entry %llu differs from its hash",
			    (unsigned long long)index);
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
	struct hash hashes[TILE_WIDTH];
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
	e = load_hashes(&nodes, t, hashes, why);
	if (e == ERR_OK && t->entries)
		e = put_entries(&nodes, t, hashes, out, why);
	if (e != ERR_OK)
		return e;
	if (!t->entries)
		buf_put(out, hashes[0].b, t->width * sizeof(hashes[0]));
	return buf_ok(out, why);
}

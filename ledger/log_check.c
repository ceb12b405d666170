/* log_check.c - what rests is held against itself before it is used. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "ledger/store_hole.h"

/* ---- what is served ---- */

/* Hashes of one level, `n` of them from `index` on, make their node. */
static enum err
check_perfect(struct log_nodes *nodes, const struct hash *hashes,
    unsigned level, uint64_t index, unsigned height)
{
	struct hash row[TILE_WIDTH];
	struct hash have;
	size_t n = (size_t)1 << height;
	enum err e;

	memcpy(row, hashes, n * sizeof(row[0]));
	for (; n > 1; n /= 2) {
		for (size_t i = 0; i < n / 2; i++)
			tree_join(&row[i], &row[2 * i], &row[2 * i + 1]);
	}
	e = log_node(nodes, level + height, index >> height, &have);
	if (e != ERR_OK)
		return e;
	return memcmp(have.b, row[0].b, HASH_BYTES) == 0 ? ERR_OK : ERR_CORRUPT;
}

enum err
log_check_hashes(struct log_nodes *nodes, unsigned level, uint64_t index,
    const struct hash *hashes, size_t n)
{
	enum err e = ERR_OK;

	/* As many perfect subtrees as n has bits, the largest first. */
	for (unsigned height = 8 + 1; height-- > 0 && e == ERR_OK;) {
		if ((n & (size_t)1 << height) == 0)
			continue;
		e = check_perfect(nodes, hashes, level, index, height);
		hashes += (size_t)1 << height;
		index += (uint64_t)1 << height;
	}
	return e;
}

/* ---- what the writer goes on from ---- */

/* The newest checkpoint is of this tree, and signed by whoever signs next. */
static enum err
check_signed(struct log_book *b, struct store_txn *txn,
    const struct log_slot *s, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct note_checkpoint c;
	struct note_vkey vkey;
	struct hash root;
	struct bytes row;
	struct note note;
	enum err e;

	log_book_key(key, s->id, s->frontier.size);
	e = store_get(txn, b->notes, bytes_of(key, sizeof(key)), &row, why);
	/* A replica's entries may have come under a later one. */
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	if (s->has_key) {
		e = note_vkey_make(
		    &vkey, s->origin, NOTE_TYPE_ED25519, s->key.pub, why);
		if (e == ERR_OK)
			e = note_checkpoint_open(&c, row, &vkey, why);
	} else {
		e = note_parse(&note, row, why);
		if (e == ERR_OK)
			e = note_checkpoint_get(&c, note.text, why);
	}
	if (e != ERR_OK)
		return err_fail(
		    why, ERR_CORRUPT, "its newest checkpoint does not verify");
	tree_root(&s->frontier, &root);
	if (c.head.size != s->frontier.size ||
	    memcmp(root.b, c.head.root.b, HASH_BYTES) != 0)
		return err_fail(why, ERR_CORRUPT,
		    "its state row differs from its newest checkpoint");
	return ERR_OK;
}

/* The frontier's hashes rest among the nodes too. */
static enum err
check_frontier(struct log_book *b, struct store_txn *txn,
    const struct log_slot *s, struct err_why *why)
{
	struct log_nodes nodes = {.book = b, .txn = txn, .slot = s->id};
	const struct tree_frontier *f = &s->frontier;
	struct tree_frontier stored;
	enum err e;

	e = tree_load(&stored, f->size, log_node, &nodes, why);
	if (e != ERR_OK || stored.len != f->len ||
	    memcmp(stored.node, f->node, f->len * sizeof(f->node[0])) != 0)
		return err_fail(why, ERR_CORRUPT,
		    "its state row differs from its stored nodes");
	return ERR_OK;
}

static enum err
check_kind(struct log_book *b, struct store_txn *txn, const struct log_slot *s,
    const struct log_kind *k, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	Ledger__Entry *entry = NULL;
	struct bytes leaf;
	bool same;
	enum err e;

	/* One that was lost is to be fetched again; its hash rests among the
	 * nodes, which were held against the checkpoint. */
	log_book_key(key, s->id, k->last);
	if (store_is_hole(txn, b->entries, bytes_of(key, sizeof(key))))
		return ERR_OK;
	e = log_entry(b, txn, s->id, k->last, &leaf, why);
	if (e == ERR_OK)
		e = log_decode(&entry, leaf, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	same = (uint32_t)entry->kind == k->kind && entry->kind_seq == k->seq;
	if (k->last + 1 == s->frontier.size)
		same = same && entry->time_epoch == s->chain.epoch &&
		    entry->recorded_us == s->chain.recorded_us;
	ledger__entry__free_unpacked(entry, NULL);
	if (same)
		return ERR_OK;
	return err_fail(why, ERR_CORRUPT,
	    "its state row differs from entry %" PRIu64, k->last);
}

enum err
log_check_slot(struct log_book *b, struct store_txn *txn,
    const struct log_slot *s, struct err_why *why)
{
	enum err e = check_signed(b, txn, s, why);

	if (e == ERR_OK)
		e = check_frontier(b, txn, s, why);
	for (size_t i = 0; i < s->chain.kinds_len && e == ERR_OK; i++)
		e = check_kind(b, txn, s, &s->chain.kinds[i], why);
	return e == ERR_OK ? e : err_wrap(why, e, "%s", s->origin);
}

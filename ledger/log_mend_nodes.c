/* log_mend_nodes.c - node hashes of a salvaged log, from its entries. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_mend_part.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

/* Nodes of one level, as far as they are known. */
struct known {
	struct hash hash;
	bool known;
};

struct level {
	unsigned group;
	uint64_t nodes; /* of its lowest level */
	struct known *below; /* these; NULL: entries */
	struct known *top; /* out: one per full block */
};

static enum err
node_at(
    struct mend *m, const struct level *l, uint64_t index, struct known *out)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes leaf;
	enum err e;

	if (l->below != NULL) {
		*out = l->below[index];
		return ERR_OK;
	}
	log_book_key(key, m->slot, index);
	e = store_get(
	    m->txn, m->book->entries, bytes_of(key, sizeof(key)), &leaf, NULL);
	out->known = e == ERR_OK;
	if (e == ERR_OK)
		tree_leaf(&out->hash, leaf);
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

static void
tell_block(struct mend *m, const struct level *l, uint64_t block, bool lost)
{
	const unsigned shift = (l->group + 1) * LOG_BLOCK_LEVELS;
	const uint64_t from = block << shift;
	uint64_t to = (block + 1) << shift;

	if (to > m->size)
		to = m->size;
	log_mend_tell(
	    m, lost ? LOG_MENDED_NODES_LOST : LOG_MENDED_NODES, from, to);
}

/*
 * The row of a block: what rests, what the nodes below make, or a mark.  What
 * rests stands for nodes that are not known.
 */
static enum err
mend_block(struct mend *m, const struct level *l, uint64_t block)
{
	const uint64_t first = block * LOG_BLOCK_LEAVES;
	const size_t n = l->nodes - first < LOG_BLOCK_LEAVES
	    ? (size_t)(l->nodes - first)
	    : LOG_BLOCK_LEAVES;
	const size_t rows = 2 * n - (size_t)__builtin_popcountll(n);
	struct hash row[LOG_BLOCK_NODES] = {{{0}}};
	struct hash leaf[LOG_BLOCK_LEAVES];
	struct hash top = {{0}};
	uint8_t key[LOG_BLOCK_KEY_BYTES];
	const struct bytes at = bytes_of(key, sizeof(key));
	size_t unknown = 0;
	struct bytes have;
	size_t want;
	bool rests;
	enum err e;

	/* A full block's last node stands in the group above. */
	want = n == LOG_BLOCK_LEAVES ? LOG_BLOCK_NODES : rows;
	log_node_key(key, m->slot, l->group, block);
	e = store_get(m->txn, m->book->nodes, at, &have, NULL);
	rests = e == ERR_OK && have.len >= want * HASH_BYTES;
	if (e != ERR_OK && e != ERR_NOT_FOUND && e != ERR_CORRUPT)
		return err_fail(m->why, e, "node rows");
	for (size_t i = 0; i < n; i++) {
		/* Node i of the lowest level: behind what i nodes make. */
		const size_t place =
		    2 * i - (size_t)__builtin_popcountll((uint64_t)i);
		struct known k = {.known = false};

		e = node_at(m, l, first + i, &k);
		if (e != ERR_OK)
			return err_fail(m->why, e, "entry rows");
		if (!k.known && rests)
			memcpy(leaf[i].b, have.ptr + place * HASH_BYTES,
			    HASH_BYTES);
		else if (k.known)
			leaf[i] = k.hash;
		unknown += !k.known;
	}
	if (unknown > 0 && !rests) {
		tell_block(m, l, block, true);
		e = log_mend_write(
		    m, m->book->nodes, MEND_HOLE, at, bytes_of(NULL, 0));
		return e == ERR_OK ? log_mend_lost(m, LOG_HOLE_NODES,
		                         (uint64_t)l->group << 56 | block)
		                   : e;
	}
	(void)log_node_row(row, &top, leaf, n);
	if (l->top != NULL && n == LOG_BLOCK_LEAVES)
		l->top[block] = (struct known){top, true};
	if (rests && memcmp(have.ptr, row, want * HASH_BYTES) != 0)
		return err_fail(m->why, ERR_CORRUPT,
		    "entries from %" PRIu64 " and the nodes above them "
		    "contradict each other, though both are whole",
		    first << l->group * LOG_BLOCK_LEVELS);
	if (rests && have.len == want * HASH_BYTES)
		return ERR_OK;
	if (!rests)
		tell_block(m, l, block, false);
	return log_mend_write(
	    m, m->book->nodes, MEND_PUT, at, bytes_of(row, want * HASH_BYTES));
}

/* Blocks of a replica that was cut. */
static enum err
drop_behind(struct mend *m, unsigned group, uint64_t blocks)
{
	uint8_t key[LOG_BLOCK_KEY_BYTES];
	struct store_cursor *cur;
	struct store_row row;
	enum err e = store_cursor(m->txn, m->book->nodes, &cur, m->why);

	if (e != ERR_OK)
		return e;
	log_node_key(key, m->slot, group, blocks);
	e = store_seek(cur, bytes_of(key, sizeof(key)), &row);
	while ((e == ERR_OK || e == ERR_CORRUPT) &&
	    row.key.len == sizeof(key) && memcmp(row.key.ptr, key, 3) == 0) {
		memcpy(key, row.key.ptr, sizeof(key));
		store_cursor_close(cur);
		cur = NULL;
		e = log_mend_write(m, m->book->nodes, MEND_DEL,
		    bytes_of(key, sizeof(key)), bytes_of(NULL, 0));
		if (e == ERR_OK)
			e = store_cursor(m->txn, m->book->nodes, &cur, m->why);
		if (e != ERR_OK)
			return e;
		/* Past it, whether it is written yet or not. */
		log_node_key(key, m->slot, group, ++blocks);
		e = store_seek(cur, bytes_of(key, sizeof(key)), &row);
	}
	store_cursor_close(cur);
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

static enum err
mend_group(struct mend *m, struct level *l)
{
	const uint64_t blocks =
	    (l->nodes + LOG_BLOCK_LEAVES - 1) / LOG_BLOCK_LEAVES;
	const uint64_t full = l->nodes / LOG_BLOCK_LEAVES;
	enum err e = ERR_OK;

	l->top =
	    full > 0 ? mem_alloc((size_t)full, sizeof(struct known)) : NULL;
	for (uint64_t b = 0; b < blocks && e == ERR_OK; b++)
		e = mend_block(m, l, b);
	if (e == ERR_OK && m->plan->replica)
		e = drop_behind(m, l->group, blocks);
	return e;
}

enum err
log_mend_nodes(struct mend *m)
{
	struct level l = {.nodes = m->size};
	enum err e = ERR_OK;

	for (; l.group < LOG_GROUPS && e == ERR_OK; l.group++) {
		e = mend_group(m, &l);
		free(l.below);
		l.below = l.top;
		l.top = NULL;
		l.nodes /= LOG_BLOCK_LEAVES;
	}
	free(l.below);
	return e == ERR_OK ? log_mend_flush(m) : e;
}

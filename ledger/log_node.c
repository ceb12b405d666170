/* log_node.c - stored node hashes: blocks that fill one page. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

/* Where a node rests. */
struct node_place {
	unsigned group;
	uint64_t block;
	size_t at;
};

static struct node_place
place_of(unsigned level, uint64_t index)
{
	const unsigned inner = level % LOG_BLOCK_LEVELS;
	const unsigned shift = LOG_BLOCK_LEVELS - inner;
	const uint64_t within = index & (((uint64_t)1 << shift) - 1);
	struct node_place p = {
	    .group = level / LOG_BLOCK_LEVELS,
	    .block = index >> shift,
	    .at = log_block_at(inner, within),
	};

	return p;
}

void
log_node_key(uint8_t out[static LOG_BLOCK_KEY_BYTES], uint16_t slot,
    unsigned group, uint64_t block)
{
	uint8_t key[LOG_ROW_KEY_BYTES];

	log_book_key(key, slot, block);
	memcpy(out, key, 2);
	out[2] = (uint8_t)group;
	memcpy(out + 3, key + 2, 8);
}

size_t
log_node_row_len(uint64_t nodes)
{
	const size_t part = (size_t)(nodes % LOG_BLOCK_LEAVES);

	return 2 * part - (size_t)__builtin_popcountll(part);
}

struct row_out {
	struct hash *row;
	struct hash *top;
	size_t len;
};

static void
put_node(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct row_out *o = arg;

	(void)index;
	if (level < LOG_BLOCK_LEVELS)
		o->row[o->len++] = *node;
	else
		*o->top = *node;
}

size_t
log_node_row(struct hash row[static LOG_BLOCK_NODES], struct hash *top,
    const struct hash *nodes, size_t n)
{
	struct row_out o = {.row = row, .top = top};
	struct tree_frontier f = {0};

	assert(n <= LOG_BLOCK_LEAVES);
	for (size_t i = 0; i < n; i++)
		tree_push(&f, &nodes[i], put_node, &o);
	return o.len;
}

static enum err
write_block(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    unsigned group, struct err_why *why)
{
	struct log_block *k = s->block[group];
	uint8_t key[LOG_BLOCK_KEY_BYTES];
	enum err e;

	log_node_key(key, s->id, group, k->index);
	e = store_put(txn, b->nodes, bytes_of(key, sizeof(key)),
	    bytes_of(k->node, k->count * HASH_BYTES), why);
	if (e == ERR_OK)
		k->dirty = false;
	return e;
}

/* What one push needs; a failed put shows after it. */
struct pushing {
	struct log_book *book;
	struct store_txn *txn;
	struct log_slot *slot;
	struct err_why *why;
	enum err err;
};

static void
emit(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct pushing *p = arg;
	struct node_place at = place_of(level, index);
	struct log_block *k = p->slot->block[at.group];

	if (p->err != ERR_OK)
		return;
	if (k == NULL) {
		k = mem_alloc(1, sizeof(*k));
		k->index = at.block;
		p->slot->block[at.group] = k;
	}
	if (k->index != at.block) {
		assert(!k->dirty);
		k->index = at.block;
		k->count = 0;
	}
	assert(k->count == at.at);
	k->node[k->count++] = *node;
	k->dirty = true;
	if (k->count == LOG_BLOCK_NODES)
		p->err =
		    write_block(p->book, p->txn, p->slot, at.group, p->why);
}

enum err
log_node_push(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    const struct hash *leaf, struct err_why *why)
{
	struct pushing p = {b, txn, s, why, ERR_OK};

	tree_push(&s->frontier, leaf, emit, &p);
	return p.err;
}

enum err
log_node_flush(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    struct err_why *why)
{
	enum err e = ERR_OK;

	for (unsigned g = 0; g < LOG_GROUPS && e == ERR_OK; g++) {
		if (s->block[g] != NULL && s->block[g]->dirty)
			e = write_block(b, txn, s, g, why);
	}
	return e;
}

enum err
log_node_load(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    struct err_why *why)
{
	for (unsigned g = 0; g < LOG_GROUPS; g++) {
		const uint64_t nodes =
		    s->frontier.size >> (g * LOG_BLOCK_LEVELS);
		const size_t count = log_node_row_len(nodes);
		uint8_t key[LOG_BLOCK_KEY_BYTES];
		struct log_block *k;
		struct bytes row;
		enum err e;

		free(s->block[g]);
		s->block[g] = NULL;
		if (count == 0)
			continue;
		log_node_key(key, s->id, g, nodes / LOG_BLOCK_LEAVES);
		e = store_get(
		    txn, b->nodes, bytes_of(key, sizeof(key)), &row, why);
		if (e == ERR_OK && row.len != count * HASH_BYTES)
			e = ERR_NOT_FOUND;
		if (e == ERR_NOT_FOUND)
			return err_fail(why, ERR_CORRUPT,
			    "%s: node block missing or cut short", s->origin);
		if (e != ERR_OK)
			return e;
		k = mem_alloc(1, sizeof(*k));
		k->index = nodes / LOG_BLOCK_LEAVES;
		k->count = count;
		memcpy(k->node, row.ptr, row.len);
		s->block[g] = k;
	}
	return ERR_OK;
}

/* Nodes of this transaction that are not in the store yet. */
static const struct hash *
pending(const struct log_nodes *n, const struct node_place *p)
{
	const struct log_slot *s;
	const struct log_block *k;

	if (!store_writing(n->txn) || n->slot >= n->book->slots)
		return NULL;
	s = n->book->slot[n->slot];
	if (s == NULL || !s->loaded)
		return NULL;
	k = s->block[p->group];
	if (k == NULL || k->index != p->block || p->at >= k->count)
		return NULL;
	return &k->node[p->at];
}

/* The row of a block, kept until another one is asked for. */
static enum err
find_row(struct log_nodes *n, const struct node_place *p)
{
	uint8_t key[LOG_BLOCK_KEY_BYTES];
	enum err e;

	/* In a write transaction a row may move with the next write. */
	if (n->row.ptr != NULL && n->group == p->group &&
	    n->block == p->block && !store_writing(n->txn))
		return ERR_OK;
	log_node_key(key, n->slot, p->group, p->block);
	n->row = bytes_of(NULL, 0);
	e = (n->bare ? store_peek : store_get)(
	    n->txn, n->book->nodes, bytes_of(key, sizeof(key)), &n->row, NULL);
	if (e != ERR_OK)
		return e;
	n->group = p->group;
	n->block = p->block;
	return ERR_OK;
}

enum err
log_node(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	struct log_nodes *n = arg;
	const struct node_place p = place_of(level, index);
	const struct hash *have;
	enum err e;

	if (p.group >= LOG_GROUPS)
		return ERR_NOT_FOUND;
	have = pending(n, &p);
	if (have != NULL) {
		*out = *have;
		return ERR_OK;
	}
	e = find_row(n, &p);
	if (e != ERR_OK)
		return e;
	if ((p.at + 1) * HASH_BYTES > n->row.len)
		return ERR_NOT_FOUND;
	memcpy(out->b, n->row.ptr + p.at * HASH_BYTES, HASH_BYTES);
	return ERR_OK;
}

enum err
log_had_root(struct log_nodes *nodes, const struct tree_head *head, bool *out,
    struct err_why *why)
{
	struct tree_frontier f;
	struct hash root;
	enum err e = tree_load(&f, head->size, log_node, nodes, why);

	if (e != ERR_OK)
		return e;
	tree_root(&f, &root);
	*out = memcmp(root.b, head->root.b, HASH_BYTES) == 0;
	return ERR_OK;
}

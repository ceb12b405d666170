/* log_block.h - stored node hashes: blocks that fill one page. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_BLOCK_H
#define LEDGER_LOG_BLOCK_H

#include "proto/bytes.h"

/*
 * Node hashes rest in blocks of LOG_BLOCK_LEAVES nodes of one level and what
 * stands above them, in the order in which appending completes them: a row
 * only grows at its end, fills one page, and 64 entries share it.  Block group
 * g holds levels 6g to 6g + 5.
 */
#define LOG_BLOCK_LEVELS 6
#define LOG_BLOCK_LEAVES 64
#define LOG_BLOCK_NODES 126
#define LOG_GROUPS 11

struct log_block {
	uint64_t index;
	size_t count;
	bool dirty;
	struct hash node[LOG_BLOCK_NODES];
};

/* Where in its row the `within`-th node of inner level `inner` stands: behind
 * the leaf of the block that completes it. */
static inline size_t
log_block_at(unsigned inner, uint64_t within)
{
	const uint64_t leaf = ((within + 1) << inner) - 1;

	return (size_t)(2 * leaf) - (size_t)__builtin_popcountll(leaf) + inner;
}

/* Hashes in the row that ends a level of `nodes` nodes. */
size_t log_node_row_len(uint64_t nodes);
#define LOG_BLOCK_KEY_BYTES 11
void log_node_key(uint8_t out[static LOG_BLOCK_KEY_BYTES], uint16_t slot,
    unsigned group, uint64_t block);
/* The row of `n` nodes, 1 to LOG_BLOCK_LEAVES, and the node above a full one:
 * returns its hashes. */
size_t log_node_row(struct hash row[static LOG_BLOCK_NODES], struct hash *top,
    const struct hash *nodes, size_t n);

#endif

/* tree.h - the RFC 6962 Merkle tree: growing, proving, checking. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_TREE_H
#define LEDGER_TREE_H

#include "proto/bytes.h"
#include "proto/digest_batch.h"
#include "proto/err.h"

#define TREE_LEVELS 63 /* sizes stay below 2^63, for int64 readers */
#define TREE_PROOF_MAX 128 /* a range proof has two edges */
#define TREE_SIZE_MAX (((uint64_t)1 << 63) - 1)

/* Hashes of an inclusion, consistency or range proof, in checking order. */
struct tree_proof {
	struct hash path[TREE_PROOF_MAX];
	size_t len;
};

/*
 * The roots of the perfect subtrees that make up `size` leaves, largest first:
 * all that appending needs.  A zeroed struct is the empty tree.
 *
 * Invariants: 1. len == popcount(size).  2. node[i] covers the i-th highest
 * set bit of size.
 */
struct tree_frontier {
	uint64_t size;
	size_t len;
	struct hash node[TREE_LEVELS + 1];
};

/* Called for each perfect subtree completed by an append, leaf (level 0)
 * first; `index` counts nodes of that level from the left. */
typedef void (*tree_emit)(
    void *arg, unsigned level, uint64_t index, const struct hash *node);

/* Reads a perfect subtree's root; ERR_NOT_FOUND or ERR_CORRUPT fail a proof. */
typedef enum err (*tree_read)(
    void *arg, unsigned level, uint64_t index, struct hash *out);

/* SHA-256(0x00 || entry), SHA-256(0x01 || left || right). */
void tree_leaf(struct hash *out, struct bytes entry);
void tree_leaf_add(
    struct digest_batch *b, struct hash *out, struct bytes entry);
void tree_join(
    struct hash *out, const struct hash *left, const struct hash *right);

/* emit may be NULL.  size must stay below TREE_SIZE_MAX (asserted). */
void tree_push(struct tree_frontier *f, const struct hash *leaf, tree_emit emit,
    void *arg);

/* Root of the frontier; SHA-256("") for the empty tree. */
void tree_root(const struct tree_frontier *f, struct hash *out);

/* Loads the frontier of `size` leaves through `read`. */
ERR_CHECKED enum err tree_load(struct tree_frontier *out, uint64_t size,
    tree_read read, void *arg, struct err_why *why);

/*
 * tree_include, tree_extend, tree_range - make proofs from stored nodes.
 *
 *   include   leaf `index` in the tree of `size` leaves, leaf sibling first
 *   extend    the tree of `size` leaves starts with that of `old` leaves;
 *             empty for old == 0 and old == size
 *   range     leaves [from, to) are exactly those of the tree of `size`:
 *             roots of the subtrees beside the range, left to right
 *
 * ERR_MALFORMED  numbers impossible;  other codes come from `read`
 * Source: RFC 6962 2.1.1, 2.1.2; docs/wire.md 4 (range).
 */
ERR_CHECKED enum err tree_include(struct tree_proof *out, uint64_t index,
    uint64_t size, tree_read read, void *arg, struct err_why *why);
ERR_CHECKED enum err tree_extend(struct tree_proof *out, uint64_t old,
    uint64_t size, tree_read read, void *arg, struct err_why *why);
struct tree_span {
	uint64_t from;
	uint64_t to;
	uint64_t size;
};
ERR_CHECKED enum err tree_range(struct tree_proof *out, struct tree_span span,
    tree_read read, void *arg, struct err_why *why);

/*
 * tree_check_* - the verifiers.  Pure, constant memory, no allocation.
 *
 * ERR_MALFORMED   index or proof length impossible for these sizes
 * ERR_UNVERIFIED  well formed, but leads to another root
 * Source: RFC 9162 2.1.3.2, 2.1.4.2; size 0 as C2SP (valid iff proof empty).
 */
ERR_CHECKED enum err tree_check_include(const struct hash *leaf, uint64_t index,
    uint64_t size, const struct tree_proof *proof, const struct hash *root,
    struct err_why *why);
/* The root that leaf and path lead to; their numbers are checked alike. */
ERR_CHECKED enum err tree_include_root(struct hash *root,
    const struct hash *leaf, uint64_t index, uint64_t size,
    const struct tree_proof *proof, struct err_why *why);
/* Hashes of an inclusion proof; index < size (asserted). */
size_t tree_include_len(uint64_t index, uint64_t size);
struct tree_head {
	uint64_t size;
	struct hash root;
};
ERR_CHECKED enum err tree_check_extend(const struct tree_head *old,
    const struct tree_head *head, const struct tree_proof *proof,
    struct err_why *why);
/* The root that the tree of `head` had at size `old`, as a proof from there
 * shows it.  False: the proof does not lead to head->root, or `old` is a power
 * of two, whose root a proof leaves out. */
bool tree_extend_root(struct hash *out, uint64_t old,
    const struct tree_head *head, const struct tree_proof *proof);
/* leaves: span.to - span.from leaf hashes. */
ERR_CHECKED enum err tree_check_range(const struct hash *leaves,
    struct tree_span span, const struct tree_proof *proof,
    const struct hash *root, struct err_why *why);

#endif

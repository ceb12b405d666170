/* log_prove.c - inclusion in a signed tree, checked before it is given away. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_known.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

/*
 * What all proofs in one signed tree have in common: the perfect trees of its
 * frontier, and for each the root of what stands from it on to the right.  A
 * prover serves one proof at a time and remembers the last tree.
 *
 * Invariant: the signed root binds every hash in here, so it does not matter
 * whether the disk still says the same.
 */
struct log_prover {
	struct log_prover *next; /* in the book's list of idle ones */
	struct tree_head head;
	struct tree_frontier frontier;
	struct hash rest[TREE_LEVELS + 1];
};

/* ---- provers ---- */

/* As many as threads ever proved at one time. */
static struct log_prover *
take(struct log_book *b)
{
	struct log_prover *p;

	pthread_mutex_lock(&b->prove_lock);
	p = b->provers;
	if (p != NULL)
		b->provers = p->next;
	pthread_mutex_unlock(&b->prove_lock);
	return p != NULL ? p : mem_alloc(1, sizeof(*p));
}

static void
give(struct log_book *b, struct log_prover *p)
{
	pthread_mutex_lock(&b->prove_lock);
	p->next = b->provers;
	b->provers = p;
	pthread_mutex_unlock(&b->prove_lock);
}

void
log_provers_free(struct log_book *b)
{
	while (b->provers != NULL) {
		struct log_prover *p = b->provers;

		b->provers = p->next;
		free(p);
	}
	pthread_mutex_destroy(&b->prove_lock);
	log_known_free(b->known);
}

/* ---- the tree ---- */

static bool
same(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_BYTES) == 0;
}

/* Makes the prover's tree that of the head. */
static enum err
take_tree(struct log_prover *p, struct log_nodes *nodes,
    const struct tree_head *head, struct err_why *why)
{
	struct tree_frontier f;
	enum err e;

	if (p->frontier.len > 0 && p->head.size == head->size &&
	    same(&p->head.root, &head->root))
		return ERR_OK;
	e = tree_load(&f, head->size, log_node, nodes, why);
	if (e != ERR_OK)
		return e;
	p->frontier.len = 0;
	for (size_t i = f.len; i-- > 0;) {
		p->rest[i] = f.node[i];
		if (i + 1 < f.len)
			tree_join(&p->rest[i], &f.node[i], &p->rest[i + 1]);
	}
	if (f.len == 0 || memcmp(p->rest[0].b, head->root.b, HASH_BYTES) != 0)
		return err_fail(why, ERR_CORRUPT,
		    "the stored nodes differ from what was signed");
	p->head = *head;
	p->frontier = f;
	return ERR_OK;
}

/* Where a leaf stands: in the perfect tree of `height`, the `at`-th one. */
struct spot {
	unsigned height;
	size_t at;
};

/* Each bit of the size is a perfect tree, the largest one first. */
static struct spot
spot_of(uint64_t index, uint64_t size)
{
	struct spot s = {.at = 0};

	for (uint64_t from = 0;; s.at++) {
		s.height = 63 - (unsigned)__builtin_clzll(size);
		if (index - from < (uint64_t)1 << s.height)
			return s;
		from += (uint64_t)1 << s.height;
		size ^= (uint64_t)1 << s.height;
	}
}

/* One proof that is asked for. */
struct wish {
	struct log_prover *prover;
	struct log_nodes *nodes;
	uint64_t index;
	struct tree_proof *out;
	struct err_why *why;
};

static enum err
differs(const struct wish *w)
{
	return err_fail(w->why, ERR_CORRUPT,
	    "entry %" PRIu64 " or its nodes differ from what was signed",
	    w->index);
}

/*
 * What stands beside the way through one block, `levels` of it.  All is read
 * before anything is hashed: rows of old entries are not in the processor's
 * caches, and then it waits for them once.
 */
static enum err
read_beside(const struct wish *w, unsigned base, unsigned levels)
{
	struct tree_proof *out = w->out;
	enum err e;

	for (unsigned i = base; i < base + levels; i++, out->len++) {
		const uint64_t beside = w->index >> i ^ 1;

		e = log_node(w->nodes, i, beside, &out->path[i]);
		if (e != ERR_OK)
			return err_fail(w->why, e,
			    "tree node %u/%" PRIu64 " cannot be read", i,
			    beside);
	}
	return ERR_OK;
}

static void
hash_up(const struct wish *w, unsigned base, unsigned levels, struct hash *at)
{
	for (unsigned i = base; i < base + levels; i++) {
		const struct hash *beside = &w->out->path[i];

		if ((w->index >> i & 1) == 1)
			tree_join(at, beside, at);
		else
			tree_join(at, at, beside);
	}
}

static struct log_known_key
block_of(const struct wish *w, unsigned group)
{
	return (struct log_known_key){
	    w->nodes->slot, group, w->index >> (group + 1) * LOG_BLOCK_LEVELS};
}

/* Blocks that this way leads through, by group: which ones were not known, and
 * what was found above them. */
struct passed {
	uint64_t unknown;
	struct hash top[LOG_GROUPS];
};

/* Through a complete block above the lowest. */
static enum err
pass(const struct wish *w, unsigned group, struct passed *p, struct hash *at)
{
	const unsigned base = group * LOG_BLOCK_LEVELS;
	const struct log_known_key key = block_of(w, group);
	struct log_known_way way;
	enum err e;

	if (w->nodes->bare &&
	    log_known_way(w->nodes->book->known, &key,
	        w->index >> base & (LOG_BLOCK_LEAVES - 1), &way)) {
		if (!same(&way.self, at))
			return differs(w);
		memcpy(&w->out->path[base], way.beside, sizeof(way.beside));
		w->out->len += LOG_BLOCK_LEVELS;
		*at = way.top;
		return ERR_OK;
	}
	e = read_beside(w, base, LOG_BLOCK_LEVELS);
	if (e != ERR_OK)
		return e;
	hash_up(w, base, LOG_BLOCK_LEVELS, at);
	p->unknown |= (uint64_t)1 << group;
	p->top[group] = *at;
	return ERR_OK;
}

/* They led to the signed root: the next proof finds them known.  In a write
 * transaction they may still come to nothing. */
static void
learn(const struct wish *w, const struct passed *p)
{
	const struct log_nodes *n = w->nodes;

	if (!n->bare || store_writing(n->txn))
		return;
	for (unsigned g = 1; p->unknown >> g != 0; g++) {
		const struct log_known_key key = block_of(w, g);
		uint8_t at[LOG_BLOCK_KEY_BYTES];
		struct bytes row;

		if ((p->unknown >> g & 1) == 0)
			continue;
		log_node_key(at, n->slot, g, key.block);
		/* A damaged one is told when it is read. */
		if (store_peek(n->txn, n->book->nodes, bytes_of(at, sizeof(at)),
		        &row, NULL) == ERR_OK)
			(void)log_known_learn(
			    n->book->known, &key, row, &p->top[g]);
	}
}

/* Levels of the block that begins at `base`, within the perfect tree. */
static unsigned
levels_from(const struct spot *spot, unsigned base)
{
	const unsigned left = spot->height - base;

	return left < LOG_BLOCK_LEVELS ? left : LOG_BLOCK_LEVELS;
}

/* From the leaf up to the root of its perfect tree. */
static enum err
climb(const struct wish *w, const struct spot *spot, struct bytes leaf)
{
	struct passed passed = {.unknown = 0};
	unsigned levels = levels_from(spot, 0);
	struct hash at;
	enum err e;

	w->out->len = 0;
	e = read_beside(w, 0, levels);
	if (e != ERR_OK)
		return e;
	tree_leaf(&at, leaf);
	hash_up(w, 0, levels, &at);
	for (unsigned base = levels; base < spot->height; base += levels) {
		levels = levels_from(spot, base);
		if (levels == LOG_BLOCK_LEVELS) {
			e = pass(w, base / LOG_BLOCK_LEVELS, &passed, &at);
		} else {
			e = read_beside(w, base, levels);
			if (e == ERR_OK)
				hash_up(w, base, levels, &at);
		}
		if (e != ERR_OK)
			return e;
	}
	if (!same(&at, &w->prover->frontier.node[spot->at]))
		return differs(w);
	learn(w, &passed);
	return ERR_OK;
}

/* `bare`: without the sums of nodes, and with what is known. */
static enum err
attempt(const struct wish *w, const struct spot *spot, bool bare,
    struct bytes *leaf)
{
	struct log_nodes *n = w->nodes;
	enum err e;

	n->bare = bare;
	n->row = bytes_of(NULL, 0);
	e = log_entry(n->book, n->txn, n->slot, w->index, leaf, w->why);
	if (e == ERR_OK)
		e = climb(w, spot, *leaf);
	n->bare = false;
	n->row = bytes_of(NULL, 0);
	return e;
}

static enum err
prove(const struct wish *w, const struct tree_head *head, struct bytes *leaf)
{
	const struct log_prover *p = w->prover;
	struct tree_proof *out = w->out;
	struct spot spot;
	enum err e;

	e = take_tree(w->prover, w->nodes, head, w->why);
	if (e != ERR_OK)
		return e;
	spot = spot_of(w->index, head->size);
	e = attempt(w, &spot, true, leaf);
	if (e != ERR_OK) /* which row it is, the sums say */
		e = attempt(w, &spot, false, leaf);
	if (e != ERR_OK)
		return e;
	if (spot.at + 1 < p->frontier.len)
		out->path[out->len++] = p->rest[spot.at + 1];
	while (spot.at-- > 0)
		out->path[out->len++] = p->frontier.node[spot.at];
	return ERR_OK;
}

enum err
log_prove(struct log_nodes *nodes, uint64_t index,
    const struct note_checkpoint *head, struct tree_proof *out,
    struct bytes *leaf, struct err_why *why)
{
	struct wish w = {
	    .nodes = nodes, .index = index, .out = out, .why = why};
	enum err e;

	if (index >= head->head.size)
		return err_fail(why, ERR_MALFORMED,
		    "index %" PRIu64 " outside a tree of %" PRIu64, index,
		    head->head.size);
	w.prover = take(nodes->book);
	e = prove(&w, &head->head, leaf);
	give(nodes->book, w.prover);
	return e;
}

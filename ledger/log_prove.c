/* log_prove.c - inclusion in a signed tree, checked before it is given away. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "proto/mem.h"

/* Nodes from this level on are worth remembering: the rows of those below are
 * read anyway, for the leaf's own neighbours. */
#define KNOWN_LEVEL 9
#define KNOWN_BITS 12

/* A node that a proof in the present tree led through. */
struct known {
	uint64_t tree; /* number of that tree */
	uint64_t index;
	unsigned level;
	struct hash hash;
};

/*
 * What all proofs in one signed tree have in common: the perfect trees of its
 * frontier, for each the root of what stands from it on to the right, and the
 * upper nodes of earlier proofs.  A prover serves one proof at a time and
 * remembers the last tree.
 *
 * Invariant: the signed root binds every hash in here, so it does not matter
 * whether the disk still says the same.
 */
struct log_prover {
	struct log_prover *next; /* in the book's list of idle ones */
	struct tree_head head;
	uint64_t number; /* of trees seen */
	struct tree_frontier frontier;
	struct hash rest[TREE_LEVELS + 1];
	struct known known[1u << KNOWN_BITS];
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
}

/* ---- nodes that are known ---- */

static bool
same(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_BYTES) == 0;
}

static size_t
place_of(unsigned level, uint64_t index)
{
	uint64_t h = (index ^ (uint64_t)level << 58) * 0x9e3779b97f4a7c15u;

	return (size_t)(h >> (64 - KNOWN_BITS));
}

static const struct hash *
find(const struct log_prover *p, unsigned level, uint64_t index)
{
	const struct known *k = &p->known[place_of(level, index)];

	return k->tree == p->number && k->level == level && k->index == index
	    ? &k->hash
	    : NULL;
}

/* The nearer the root, the more proofs lead through it. */
static void
remember(struct log_prover *p, unsigned level, uint64_t index,
    const struct hash *hash)
{
	struct known *k = &p->known[place_of(level, index)];

	if (k->tree == p->number && k->level > level)
		return;
	*k = (struct known){p->number, index, level, *hash};
}

/* The rest of the way from a known node, if it is known altogether. */
static bool
known_above(const struct log_prover *p, unsigned level, unsigned height,
    uint64_t index, struct tree_proof *out)
{
	size_t len = out->len;

	for (; level < height; level++, index >>= 1) {
		const struct hash *beside = find(p, level, index ^ 1);

		if (beside == NULL)
			return false;
		out->path[len++] = *beside;
	}
	out->len = len;
	return true;
}

/* ---- the tree ---- */

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
	p->number++;
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

/* From the leaf up to the root of its perfect tree, or to a known node. */
static enum err
climb(const struct wish *w, const struct spot *spot, const struct hash *leaf)
{
	struct log_prover *p = w->prover;
	struct tree_proof *out = w->out;
	struct hash way[TREE_LEVELS + 1];
	uint64_t at = w->index;
	unsigned level = 0;

	out->len = 0;
	way[0] = *leaf;
	for (; level < spot->height; level++, at >>= 1) {
		const struct hash *have =
		    level < KNOWN_LEVEL ? NULL : find(p, level, at);
		struct hash *beside = &out->path[level];
		enum err e;

		if (have != NULL && !same(have, &way[level]))
			return differs(w);
		if (have != NULL &&
		    known_above(p, level, spot->height, at, out))
			break;
		e = log_node(w->nodes, level, at ^ 1, beside);
		if (e != ERR_OK)
			return err_fail(w->why, e,
			    "tree node %u/%" PRIu64 " cannot be read", level,
			    at ^ 1);
		out->len++;
		if ((at & 1) == 1)
			tree_join(&way[level + 1], beside, &way[level]);
		else
			tree_join(&way[level + 1], &way[level], beside);
	}
	if (level == spot->height &&
	    !same(&way[level], &p->frontier.node[spot->at]))
		return differs(w);
	while (level-- > KNOWN_LEVEL) {
		remember(p, level, w->index >> level, &way[level]);
		remember(p, level, w->index >> level ^ 1, &out->path[level]);
	}
	return ERR_OK;
}

static enum err
prove(const struct wish *w, const struct tree_head *head, struct bytes *leaf)
{
	const struct log_prover *p = w->prover;
	const struct log_nodes *n = w->nodes;
	struct tree_proof *out = w->out;
	struct spot spot;
	struct hash hash;
	enum err e;

	e = take_tree(w->prover, w->nodes, head, w->why);
	if (e == ERR_OK)
		e = log_entry(n->book, n->txn, n->slot, w->index, leaf, w->why);
	if (e != ERR_OK)
		return e;
	tree_leaf(&hash, *leaf);
	spot = spot_of(w->index, head->size);
	w->nodes->bare = true;
	e = climb(w, &spot, &hash);
	w->nodes->bare = false;
	w->nodes->row = bytes_of(NULL, 0);
	if (e != ERR_OK) /* which row it is, the sums say */
		e = climb(w, &spot, &hash);
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

/* tree.c - the RFC 6962 Merkle tree: growing, proving, checking. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tree.h"

#include <assert.h>
#include <inttypes.h>

#include "proto/digest.h"

#define LEAF_TAG 0x00 /* RFC 6962 2.1 */
#define NODE_TAG 0x01

void
tree_leaf(struct hash *out, struct bytes entry)
{
	static const uint8_t tag = LEAF_TAG;
	const struct bytes parts[] = {{&tag, 1}, entry};

	digest_sha256_parts(out, parts, 2);
}

void
tree_leaf_add(struct digest_batch *b, struct hash *out, struct bytes entry)
{
	static const uint8_t tag = LEAF_TAG;
	const struct bytes parts[] = {{&tag, 1}, entry};

	digest_batch_add(b, out, parts, 2);
}

void
tree_join(struct hash *out, const struct hash *left, const struct hash *right)
{
	digest_node(out, NODE_TAG, left, right);
}

void
tree_push(
    struct tree_frontier *f, const struct hash *leaf, tree_emit emit, void *arg)
{
	uint64_t index = f->size;
	unsigned level = 0;

	assert(f->size < TREE_SIZE_MAX);
	f->node[f->len++] = *leaf;
	if (emit != NULL)
		emit(arg, level, index, leaf);
	while ((index & 1) == 1) {
		struct hash *left = &f->node[f->len - 2];

		tree_join(left, left, &f->node[f->len - 1]);
		f->len--;
		level++;
		index >>= 1;
		if (emit != NULL)
			emit(arg, level, index, left);
	}
	f->size++;
}

void
tree_root(const struct tree_frontier *f, struct hash *out)
{
	struct hash at;

	if (f->len == 0) {
		digest_sha256(out, (struct bytes){NULL, 0});
		return;
	}
	at = f->node[f->len - 1];
	for (size_t i = f->len - 1; i > 0; i--)
		tree_join(&at, &f->node[i - 1], &at);
	*out = at;
}

static enum err
read_node(struct hash *out, unsigned level, uint64_t index, tree_read read,
    void *arg, struct err_why *why)
{
	enum err e = read(arg, level, index, out);

	if (e != ERR_OK)
		return err_fail(why, e,
		    "tree node %u/%" PRIu64 " cannot be read", level, index);
	return ERR_OK;
}

static enum err
size_ok(uint64_t size, struct err_why *why)
{
	if (size > TREE_SIZE_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "a tree of %" PRIu64 " leaves is too large", size);
	return ERR_OK;
}

enum err
tree_load(struct tree_frontier *out, uint64_t size, tree_read read, void *arg,
    struct err_why *why)
{
	struct tree_frontier f = {.size = size};
	uint64_t at = 0;
	enum err e;

	e = size_ok(size, why);
	if (e != ERR_OK)
		return e;
	for (unsigned level = TREE_LEVELS; level-- > 0;) {
		if ((size >> level & 1) == 0)
			continue;
		e = read_node(
		    &f.node[f.len], level, at >> level, read, arg, why);
		if (e != ERR_OK)
			return e;
		f.len++;
		at += (uint64_t)1 << level;
	}
	*out = f;
	return ERR_OK;
}

/* Largest power of two strictly smaller than n; n > 1. */
static uint64_t
split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* Where a walk over stored nodes gets them and puts its proof. */
struct walk {
	struct tree_proof *proof;
	tree_read read;
	void *arg;
	struct err_why *why;
};

/*
 * Append the root of the leaves [from, from + n), a subtree that RFC 6962
 * splitting produces: from is a multiple of every power of two used.
 */
static enum err
take(const struct walk *w, uint64_t from, uint64_t n)
{
	uint64_t end = from + n;
	struct hash at = {{0}};
	bool first = true;

	assert(w->proof->len < TREE_PROOF_MAX);
	for (unsigned level = 0; level < TREE_LEVELS; level++) {
		uint64_t width = (uint64_t)1 << level;
		struct hash node;
		enum err e;

		if ((n & width) == 0)
			continue;
		end -= width;
		e = read_node(
		    &node, level, end >> level, w->read, w->arg, w->why);
		if (e != ERR_OK)
			return e;
		if (first)
			at = node;
		else
			tree_join(&at, &node, &at);
		first = false;
	}
	w->proof->path[w->proof->len++] = at;
	return ERR_OK;
}

/* Walks go down from the root; inclusion and consistency proofs go up. */
static void
reverse(struct tree_proof *p)
{
	for (size_t i = 0; i < p->len / 2; i++) {
		struct hash swap = p->path[i];

		p->path[i] = p->path[p->len - 1 - i];
		p->path[p->len - 1 - i] = swap;
	}
}

enum err
tree_include(struct tree_proof *out, uint64_t index, uint64_t size,
    tree_read read, void *arg, struct err_why *why)
{
	struct tree_proof proof = {.len = 0};
	const struct walk w = {&proof, read, arg, why};
	uint64_t from = 0;
	uint64_t n = size;
	enum err e;

	e = size_ok(size, why);
	if (e != ERR_OK)
		return e;
	if (index >= size)
		return err_fail(why, ERR_MALFORMED,
		    "index %" PRIu64 " outside a tree of %" PRIu64, index,
		    size);
	while (n > 1) {
		uint64_t k = split(n);

		if (index - from < k) {
			e = take(&w, from + k, n - k);
			n = k;
		} else {
			e = take(&w, from, k);
			from += k;
			n -= k;
		}
		if (e != ERR_OK)
			return e;
	}
	reverse(&proof);
	*out = proof;
	return ERR_OK;
}

enum err
tree_extend(struct tree_proof *out, uint64_t old, uint64_t size, tree_read read,
    void *arg, struct err_why *why)
{
	struct tree_proof proof = {.len = 0};
	const struct walk w = {&proof, read, arg, why};
	uint64_t from = 0;
	uint64_t m = old;
	uint64_t n = size;
	bool known = true; /* RFC 6962 2.1.2: the b of SUBPROOF */
	enum err e;

	e = size_ok(size, why);
	if (e != ERR_OK)
		return e;
	if (old > size)
		return err_fail(why, ERR_MALFORMED,
		    "a tree of %" PRIu64 " does not hold one of %" PRIu64, size,
		    old);
	if (old == 0 || old == size) {
		*out = proof;
		return ERR_OK;
	}
	while (m != n) {
		uint64_t k = split(n);

		if (m <= k) {
			e = take(&w, from + k, n - k);
			n = k;
		} else {
			e = take(&w, from, k);
			from += k;
			m -= k;
			n -= k;
			known = false;
		}
		if (e != ERR_OK)
			return e;
	}
	if (!known) {
		e = take(&w, from, n);
		if (e != ERR_OK)
			return e;
	}
	reverse(&proof);
	*out = proof;
	return ERR_OK;
}

static bool
beside(const struct tree_span *s, uint64_t from, uint64_t n)
{
	return from + n <= s->from || from >= s->to;
}

static bool
inside(const struct tree_span *s, uint64_t from, uint64_t n)
{
	return from >= s->from && from + n <= s->to;
}

/* At most 63 deep: every split at least halves the larger part's power. */
static enum err
range_walk(
    const struct walk *w, const struct tree_span *s, uint64_t from, uint64_t n)
{
	uint64_t k;
	enum err e;

	if (beside(s, from, n))
		return take(w, from, n);
	if (inside(s, from, n))
		return ERR_OK;
	k = split(n);
	e = range_walk(w, s, from, k);
	if (e != ERR_OK)
		return e;
	return range_walk(w, s, from + k, n - k);
}

static enum err
span_ok(const struct tree_span *s, struct err_why *why)
{
	if (s->from >= s->to || s->to > s->size || s->size > TREE_SIZE_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "no range [%" PRIu64 ", %" PRIu64 ") in a tree of %" PRIu64,
		    s->from, s->to, s->size);
	return ERR_OK;
}

enum err
tree_range(struct tree_proof *out, struct tree_span span, tree_read read,
    void *arg, struct err_why *why)
{
	struct tree_proof proof = {.len = 0};
	const struct walk w = {&proof, read, arg, why};
	enum err e;

	e = span_ok(&span, why);
	if (e != ERR_OK)
		return e;
	e = range_walk(&w, &span, 0, span.size);
	if (e != ERR_OK)
		return e;
	*out = proof;
	return ERR_OK;
}

static enum err
too_long(size_t left, struct err_why *why)
{
	return err_fail(
	    why, ERR_MALFORMED, "proof has %zu hashes too many", left);
}

static enum err
too_short(struct err_why *why)
{
	return err_fail(why, ERR_MALFORMED, "proof is too short");
}

static bool
same(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_BYTES) == 0;
}

/* RFC 9162 2.1.3.2 step 4.c.iii: skip the levels without a sibling. */
static void
skip_lone(uint64_t *fn, uint64_t *sn)
{
	while ((*fn & 1) == 0 && *fn != 0) {
		*fn >>= 1;
		*sn >>= 1;
	}
}

size_t
tree_include_len(uint64_t index, uint64_t size)
{
	uint64_t fn = index;
	uint64_t sn = size - 1;
	size_t len = 0;

	assert(index < size);
	for (; sn != 0; fn >>= 1, sn >>= 1, len++) {
		if ((fn & 1) == 1 || fn == sn)
			skip_lone(&fn, &sn);
	}
	return len;
}

enum err
tree_include_root(struct hash *root, const struct hash *leaf, uint64_t index,
    uint64_t size, const struct tree_proof *proof, struct err_why *why)
{
	struct hash at = *leaf;
	uint64_t fn = index;
	uint64_t sn = size - 1;

	if (index >= size)
		return err_fail(why, ERR_MALFORMED,
		    "index %" PRIu64 " outside a tree of %" PRIu64, index,
		    size);
	if (proof->len > TREE_PROOF_MAX)
		return too_long(proof->len - TREE_PROOF_MAX, why);
	for (size_t i = 0; i < proof->len; i++) {
		if (sn == 0)
			return too_long(proof->len - i, why);
		if ((fn & 1) == 1 || fn == sn) {
			tree_join(&at, &proof->path[i], &at);
			skip_lone(&fn, &sn);
		} else {
			tree_join(&at, &at, &proof->path[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return too_short(why);
	*root = at;
	return ERR_OK;
}

enum err
tree_check_include(const struct hash *leaf, uint64_t index, uint64_t size,
    const struct tree_proof *proof, const struct hash *root,
    struct err_why *why)
{
	struct hash at;
	enum err e;

	e = tree_include_root(&at, leaf, index, size, proof, why);
	if (e != ERR_OK)
		return e;
	if (!same(&at, root))
		return err_fail(why, ERR_UNVERIFIED,
		    "leaf %" PRIu64 " of %" PRIu64 " leads to another root",
		    index, size);
	return ERR_OK;
}

/*
 * RFC 9162 2.1.4.2 for 0 < old->size < head_size: which roots a proof leads to.
 * old->root is looked at for a power of two only, where the proof leaves it
 * out.
 */
static enum err
climb(const struct tree_head *old, uint64_t head_size,
    const struct tree_proof *proof, struct hash out[static 2],
    struct err_why *why)
{
	bool whole = (old->size & (old->size - 1)) == 0;
	uint64_t fn = old->size - 1;
	uint64_t sn = head_size - 1;
	struct hash fr;
	struct hash sr;

	if (proof->len == 0)
		return too_short(why);
	while ((fn & 1) == 1) {
		fn >>= 1;
		sn >>= 1;
	}
	fr = whole ? old->root : proof->path[0];
	sr = fr;
	for (size_t i = whole ? 0 : 1; i < proof->len; i++) {
		const struct hash *p = &proof->path[i];

		if (sn == 0)
			return too_long(proof->len - i, why);
		if ((fn & 1) == 1 || fn == sn) {
			tree_join(&fr, p, &fr);
			tree_join(&sr, p, &sr);
			skip_lone(&fn, &sn);
		} else {
			tree_join(&sr, &sr, p);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return too_short(why);
	out[0] = fr;
	out[1] = sr;
	return ERR_OK;
}

static enum err
check_growth(const struct tree_head *old, const struct tree_head *head,
    const struct tree_proof *proof, struct err_why *why)
{
	struct hash roots[2];
	enum err e = climb(old, head->size, proof, roots, why);

	if (e != ERR_OK)
		return e;
	if (!same(&roots[0], &old->root) || !same(&roots[1], &head->root))
		return err_fail(why, ERR_UNVERIFIED,
		    "the tree of %" PRIu64
		    " does not start with that of %" PRIu64,
		    head->size, old->size);
	return ERR_OK;
}

bool
tree_extend_root(struct hash *out, uint64_t old, const struct tree_head *head,
    const struct tree_proof *proof)
{
	struct tree_head from = {.size = old};
	struct hash roots[2];

	if (old == 0 || old >= head->size || (old & (old - 1)) == 0 ||
	    proof->len > TREE_PROOF_MAX ||
	    climb(&from, head->size, proof, roots, NULL) != ERR_OK ||
	    !same(&roots[1], &head->root))
		return false;
	*out = roots[0];
	return true;
}

enum err
tree_check_extend(const struct tree_head *old, const struct tree_head *head,
    const struct tree_proof *proof, struct err_why *why)
{
	if (old->size > head->size)
		return err_fail(why, ERR_MALFORMED,
		    "a tree of %" PRIu64 " does not hold one of %" PRIu64,
		    head->size, old->size);
	if (proof->len > TREE_PROOF_MAX)
		return too_long(proof->len - TREE_PROOF_MAX, why);
	if (old->size != head->size && old->size != 0)
		return check_growth(old, head, proof, why);
	if (proof->len != 0)
		return too_long(proof->len, why);
	if (old->size == head->size && !same(&old->root, &head->root))
		return err_fail(why, ERR_UNVERIFIED,
		    "two roots for a tree of %" PRIu64, old->size);
	return ERR_OK;
}

/* What a range check has used up of its proof. */
struct check {
	const struct hash *leaves;
	const struct tree_proof *proof;
	size_t used;
	struct err_why *why;
};

static void
leaves_root(struct hash *out, const struct hash *leaves, uint64_t n)
{
	struct tree_frontier f = {.size = 0};

	for (uint64_t i = 0; i < n; i++)
		tree_push(&f, &leaves[i], NULL, NULL);
	tree_root(&f, out);
}

/* The same walk as range_walk: what is beside comes from the proof. */
static enum err
range_check(struct check *c, const struct tree_span *s, uint64_t from,
    uint64_t n, struct hash *out)
{
	struct hash left;
	struct hash right;
	uint64_t k;
	enum err e;

	if (beside(s, from, n)) {
		if (c->used == c->proof->len)
			return too_short(c->why);
		*out = c->proof->path[c->used++];
		return ERR_OK;
	}
	if (inside(s, from, n)) {
		leaves_root(out, c->leaves + (from - s->from), n);
		return ERR_OK;
	}
	k = split(n);
	e = range_check(c, s, from, k, &left);
	if (e != ERR_OK)
		return e;
	e = range_check(c, s, from + k, n - k, &right);
	if (e != ERR_OK)
		return e;
	tree_join(out, &left, &right);
	return ERR_OK;
}

enum err
tree_check_range(const struct hash *leaves, struct tree_span span,
    const struct tree_proof *proof, const struct hash *root,
    struct err_why *why)
{
	struct check c = {leaves, proof, 0, why};
	struct hash at;
	enum err e;

	e = span_ok(&span, why);
	if (e != ERR_OK)
		return e;
	if (proof->len > TREE_PROOF_MAX)
		return too_long(proof->len - TREE_PROOF_MAX, why);
	e = range_check(&c, &span, 0, span.size, &at);
	if (e != ERR_OK)
		return e;
	if (c.used != proof->len)
		return too_long(proof->len - c.used, why);
	if (!same(&at, root))
		return err_fail(why, ERR_UNVERIFIED,
		    "leaves %" PRIu64 " to %" PRIu64 " of %" PRIu64
		    " lead to another root",
		    span.from, span.to, span.size);
	return ERR_OK;
}

/* tree_law_test.c - every proof of small trees against the definition. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "ledger/tree.h"
#include "tests/support/forest.h"

#define SIZE_MAX_LAW 300
#define RANGE_ALL 40 /* sizes up to this: every range */

/* RFC 6962 2.1 word by word, remembering what it has computed. */
struct law {
	struct forest forest;
	struct hash leaf[SIZE_MAX_LAW];
	struct hash memo[SIZE_MAX_LAW + 1][SIZE_MAX_LAW + 1];
	bool known[SIZE_MAX_LAW + 1][SIZE_MAX_LAW + 1];
};

static size_t
half(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static struct hash
law_root(struct law *w, size_t from, size_t to)
{
	struct hash *at = &w->memo[from][to];
	struct hash left;
	struct hash right;
	size_t k;

	if (to - from == 1)
		return w->leaf[from];
	if (w->known[from][to])
		return *at;
	k = from + half(to - from);
	left = law_root(w, from, k);
	right = law_root(w, k, to);
	tree_join(at, &left, &right);
	w->known[from][to] = true;
	return *at;
}

static void
add(struct tree_proof *p, struct hash h)
{
	p->path[p->len++] = h;
}

/* PATH(m, D[from:to]), m absolute. */
static void
law_path(struct law *w, struct tree_proof *p, size_t m, size_t from, size_t to)
{
	size_t k;

	if (to - from == 1)
		return;
	k = from + half(to - from);
	if (m < k) {
		law_path(w, p, m, from, k);
		add(p, law_root(w, k, to));
	} else {
		law_path(w, p, m, k, to);
		add(p, law_root(w, from, k));
	}
}

/* SUBPROOF(m, D[from:to], b), m absolute. */
static void
law_sub(struct law *w, struct tree_proof *p, size_t m, size_t from, size_t to,
    bool b)
{
	size_t k;

	if (m == to) {
		if (!b)
			add(p, law_root(w, from, to));
		return;
	}
	k = from + half(to - from);
	if (m <= k) {
		law_sub(w, p, m, from, k, b);
		add(p, law_root(w, k, to));
	} else {
		law_sub(w, p, m, k, to, false);
		add(p, law_root(w, from, k));
	}
}

static void
law_range(struct law *w, struct tree_proof *p, const struct tree_span *s,
    size_t from, size_t to)
{
	size_t k;

	if (to <= s->from || from >= s->to) {
		add(p, law_root(w, from, to));
		return;
	}
	if (from >= s->from && to <= s->to)
		return;
	k = from + half(to - from);
	law_range(w, p, s, from, k);
	law_range(w, p, s, k, to);
}

static struct law *
law_new(void)
{
	struct law *w = calloc(1, sizeof(*w));
	struct tree_frontier at = {.size = 0};

	cr_assert_not_null(w);
	for (size_t i = 0; i < SIZE_MAX_LAW; i++) {
		uint8_t entry[2] = {(uint8_t)(i >> 8), (uint8_t)i};

		tree_leaf(&w->leaf[i], bytes_of(entry, 2));
		tree_push(&at, &w->leaf[i], forest_emit, &w->forest);
	}
	return w;
}

static void
law_free(struct law *w)
{
	forest_clear(&w->forest);
	free(w);
}

static void
same(const struct tree_proof *a, const struct tree_proof *b)
{
	cr_assert_eq(a->len, b->len);
	cr_assert_arr_eq(a->path, b->path, a->len * HASH_BYTES);
}

/* One question with one verifier: what a mutated proof is tried on. */
struct trial {
	struct law *w;
	uint64_t size;
	uint64_t index; /* of an inclusion proof */
	struct tree_head old; /* of a consistency proof */
	struct tree_span span; /* of a range proof */
	enum {
		INCLUDE,
		EXTEND,
		RANGE
	} kind;
};

static enum err
try(const struct trial *t, const struct tree_proof *p)
{
	struct tree_head head = {t->size, law_root(t->w, 0, (size_t)t->size)};

	switch (t->kind) {
	case INCLUDE:
		return tree_check_include(&t->w->leaf[t->index], t->index,
		    t->size, p, &head.root, NULL);
	case EXTEND:
		return tree_check_extend(&t->old, &head, p, NULL);
	case RANGE:
		return tree_check_range(
		    &t->w->leaf[t->span.from], t->span, p, &head.root, NULL);
	}
	abort();
}

/* Each hash changed in one bit, removed, and doubled in front and behind. */
static void
refuses_every_change(const struct trial *t, const struct tree_proof *good)
{
	struct tree_proof bad = *good;

	for (size_t i = 0; i < good->len; i++) {
		bad.path[i].b[i % HASH_BYTES] ^= (uint8_t)(1u << i % 8);
		cr_assert_eq(try(t, &bad), ERR_UNVERIFIED);
		bad.path[i] = good->path[i];
	}
	for (size_t i = 0; i < good->len; i++) {
		bad.len = good->len - 1;
		memmove(&bad.path[i], &good->path[i + 1],
		    (good->len - 1 - i) * HASH_BYTES);
		cr_assert_neq(try(t, &bad), ERR_OK);
		bad = *good;
	}
	for (size_t i = 0; i <= good->len; i++) {
		bad.len = good->len + 1;
		memmove(&bad.path[i + 1], &good->path[i],
		    (good->len - i) * HASH_BYTES);
		bad.path[i] = t->w->leaf[0];
		cr_assert_eq(try(t, &bad), ERR_MALFORMED);
		bad = *good;
	}
}

Test(tree_include, every_leaf_of_every_small_tree)
{
	struct law *w = law_new();

	for (size_t n = 1; n <= SIZE_MAX_LAW; n++) {
		for (size_t m = 0; m < n; m++) {
			struct trial t = {
			    .w = w, .size = n, .index = m, .kind = INCLUDE};
			struct tree_proof want = {.len = 0};
			struct tree_proof got;

			law_path(w, &want, m, 0, n);
			cr_assert_eq(tree_include(&got, m, n, forest_read,
			                 &w->forest, NULL),
			    ERR_OK);
			same(&got, &want);
			cr_assert_eq(try(&t, &got), ERR_OK);
			refuses_every_change(&t, &got);
		}
	}
	law_free(w);
}

Test(tree_include, binds_index_and_leaf)
{
	struct law *w = law_new();

	for (size_t n = 2; n <= 64; n++) {
		struct hash root = law_root(w, 0, n);

		for (size_t m = 0; m < n; m++) {
			struct tree_proof p;

			cr_assert_eq(tree_include(&p, m, n, forest_read,
			                 &w->forest, NULL),
			    ERR_OK);
			for (size_t other = 0; other < n; other++) {
				if (other == m)
					continue;
				cr_assert_neq(tree_check_include(&w->leaf[m],
				                  other, n, &p, &root, NULL),
				    ERR_OK);
				cr_assert_neq(
				    tree_check_include(
				        &w->leaf[other], m, n, &p, &root, NULL),
				    ERR_OK);
			}
		}
	}
	law_free(w);
}

Test(tree_extend, every_pair_of_small_trees)
{
	struct law *w = law_new();

	for (size_t n = 1; n <= SIZE_MAX_LAW; n++) {
		for (size_t m = 1; m < n; m++) {
			struct trial t = {.w = w,
			    .size = n,
			    .old = {m, law_root(w, 0, m)},
			    .kind = EXTEND};
			struct tree_proof want = {.len = 0};
			struct tree_proof got;

			law_sub(w, &want, m, 0, n, true);
			cr_assert_eq(tree_extend(&got, m, n, forest_read,
			                 &w->forest, NULL),
			    ERR_OK);
			same(&got, &want);
			cr_assert_eq(try(&t, &got), ERR_OK);
			refuses_every_change(&t, &got);
			t.old.root.b[31] ^= 1;
			cr_assert_eq(try(&t, &got), ERR_UNVERIFIED);
		}
	}
	law_free(w);
}

static void
range_holds(struct law *w, struct tree_span span, bool changes)
{
	struct trial t = {
	    .w = w, .size = span.size, .span = span, .kind = RANGE};
	struct tree_proof want = {.len = 0};
	struct tree_proof got;
	size_t mid = (size_t)(span.from + span.to) / 2;

	law_range(w, &want, &span, 0, (size_t)span.size);
	cr_assert_eq(
	    tree_range(&got, span, forest_read, &w->forest, NULL), ERR_OK);
	same(&got, &want);
	cr_assert_eq(try(&t, &got), ERR_OK);
	if (!changes)
		return;
	refuses_every_change(&t, &got);
	w->leaf[mid].b[3] ^= 4;
	/* memo keeps the true roots; only the claimed leaf changes. */
	if (span.size > 1)
		cr_assert_eq(try(&t, &got), ERR_UNVERIFIED);
	w->leaf[mid].b[3] ^= 4;
}

Test(tree_range, every_range_of_tiny_trees)
{
	struct law *w = law_new();

	for (size_t n = 1; n <= RANGE_ALL; n++) {
		for (size_t from = 0; from < n; from++) {
			for (size_t to = from + 1; to <= n; to++)
				range_holds(
				    w, (struct tree_span){from, to, n}, true);
		}
	}
	law_free(w);
}

Test(tree_range, many_ranges_of_every_small_tree)
{
	struct law *w = law_new();

	for (size_t n = RANGE_ALL + 1; n <= SIZE_MAX_LAW; n++) {
		size_t count = 0;

		for (size_t from = n % 7; from < n; from += 7) {
			for (size_t to = from + 1 + n % 11; to <= n; to += 11)
				range_holds(w, (struct tree_span){from, to, n},
				    ++count % 16 == 0);
		}
		range_holds(w, (struct tree_span){0, n, n}, true);
		range_holds(w, (struct tree_span){n - 1, n, n}, true);
	}
	law_free(w);
}

/* Claiming more or fewer leaves than the proof is for never passes. */
Test(tree_range, binds_its_ends)
{
	struct law *w = law_new();

	for (size_t n = 2; n <= 33; n++) {
		struct hash root = law_root(w, 0, n);
		struct tree_span s = {n / 3, n / 3 + n / 2, n};
		struct tree_proof p;

		cr_assert_eq(
		    tree_range(&p, s, forest_read, &w->forest, NULL), ERR_OK);
		for (size_t from = 0; from < n; from++) {
			for (size_t to = from + 1; to <= n; to++) {
				struct tree_span x = {from, to, n};
				enum err e = tree_check_range(
				    &w->leaf[from], x, &p, &root, NULL);

				/* Other leaves, same neighbours: cannot be. */
				cr_assert_eq(
				    e == ERR_OK, from == s.from && to == s.to);
			}
		}
	}
	law_free(w);
}

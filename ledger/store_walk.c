/* store_walk.c - one tree of a store: its pages and rows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ledger/store_mdb.h"
#include "ledger/store_sum.h"
#include "ledger/store_walk_part.h"
#include "proto/mem.h"
#include "proto/zh.h"

#define PROGRESS_EVERY 4096
#define CACHE_LINE 64

/* Counts a fault of a table and tells it; the first one is `why`. */
static void
tell(struct walk *w, const char *table, struct err_why *text)
{
	(void)err_wrap(text, ERR_CORRUPT, "%.40s", table);
	if (w->counts->faults++ == 0 && w->why != NULL)
		*w->why = *text;
	if (w->plan->fault == NULL)
		return;
	pthread_mutex_lock(w->lock);
	w->plan->fault(w->plan->arg, text);
	pthread_mutex_unlock(w->lock);
}

void
store_walk_fault(struct walk *w, const char *table, const char *fmt, ...)
{
	struct err_why text = {.text = ""};
	va_list ap;

	va_start(ap, fmt);
	(void)err_vfail(&text, ERR_CORRUPT, fmt, ap);
	va_end(ap);
	tell(w, table, &text);
}

static void
bad_page(struct walk *w, const char *table, uint64_t number, const char *what)
{
	struct err_why text = {.text = ""};

	(void)err_plain(&text, ERR_CORRUPT, what);
	(void)err_wrap(&text, ERR_CORRUPT, "page %" PRIu64, number);
	tell(w, table, &text);
}

static void
show_progress(struct walk *w, uint64_t n)
{
	struct store_walk_counts all = *w->counts;

	w->counts->seen += n;
	all.seen = __atomic_add_fetch(w->seen, n, __ATOMIC_RELAXED);
	if (w->plan->progress == NULL ||
	    all.seen / PROGRESS_EVERY == (all.seen - n) / PROGRESS_EVERY)
		return;
	pthread_mutex_lock(w->lock);
	w->plan->progress(w->plan->arg, &all);
	pthread_mutex_unlock(w->lock);
}

/* Every page is reached once, or is free. */
static bool
reach(struct walk *w, const struct tree *t, uint64_t number, uint64_t n)
{
	if (number < FIRST_PAGE || number >= w->counts->pages || n == 0 ||
	    n > w->counts->pages - number) {
		store_walk_fault(w, t->name,
		    "page %" PRIu64 " is outside of the file", number);
		return false;
	}
	for (uint64_t i = number; i < number + n; i++) {
		const uint8_t bit = (uint8_t)(1u << (i & 7));

		if ((__atomic_fetch_or(
		         &w->reached[i / 8], bit, __ATOMIC_RELAXED) &
		        bit) != 0) {
			store_walk_fault(
			    w, t->name, "page %" PRIu64 " is used twice", i);
			return false;
		}
	}
	show_progress(w, n);
	return true;
}

/* The same for a page that is read. */
static bool
reach_used(struct walk *w, const struct tree *t, uint64_t number, uint64_t n)
{
	if (!reach(w, t, number, n))
		return false;
	if (number + n <= w->file_pages)
		return true;
	store_walk_fault(
	    w, t->name, "page %" PRIu64 ": the file ends before it", number);
	return false;
}

void
store_walk_advise(const struct walk *w, uint64_t number, uint64_t n, int how)
{
	union {
		const uint8_t *in;
		void *out;
	} u = {.in = page_at(w, number)};

	(void)madvise(u.out, n * w->page_bytes, how);
}

/* ---- rows ---- */

/* A value that rests on pages of its own. */
static bool
fetch_big(struct walk *w, struct tree *t, struct store_page_node *n)
{
	const uint64_t pages =
	    (STORE_PAGE_HEAD + n->size + w->page_bytes - 1) / w->page_bytes;
	uint64_t number;

	memcpy(&number, n->value.ptr, sizeof(number));
	if (!reach_used(w, t, number, pages))
		return false;
	if (store_page_run(page_at(w, number), number) != pages) {
		store_walk_fault(w, t->name,
		    "page %" PRIu64 ": not a long value of %" PRIu64 " pages",
		    number, pages);
		return false;
	}
	t->found.overflow += pages;
	n->value =
	    bytes_of(page_at(w, number) + STORE_PAGE_HEAD, (size_t)n->size);
	return true;
}

/* Numbers of free pages, highest first, after their count. */
static void
take_free(struct walk *w, struct tree *t, struct bytes list)
{
	uint64_t before = UINT64_MAX;
	uint64_t n = 0;
	uint64_t number;

	if (list.len >= sizeof(n))
		memcpy(&n, list.ptr, sizeof(n));
	if (list.len < sizeof(n) || n > list.len / sizeof(n) - 1) {
		store_walk_fault(
		    w, t->name, "a list of free pages is cut short");
		return;
	}
	for (uint64_t i = 1; i <= n; i++) {
		memcpy(&number, list.ptr + i * sizeof(n), sizeof(n));
		if (number >= before) {
			store_walk_fault(
			    w, t->name, "free pages are out of order");
			return;
		}
		before = number;
		if (!reach(w, t, number, 1))
			return;
	}
}

static void
take_row(struct walk *w, struct tree *t, struct store_page_node *n)
{
	const unsigned known = STORE_PAGE_BIG;
	struct err_why text;
	struct store_row row;

	t->found.rows++;
	if (t->tables) {
		if (n->flags != STORE_PAGE_TABLE ||
		    n->value.len != sizeof(struct store_page_tree))
			store_walk_fault(w, t->name, "a row of it is no table");
		return;
	}
	if ((n->flags & ~known) != 0) {
		store_walk_fault(
		    w, t->name, "a row is marked as of another kind");
		return;
	}
	if (n->flags == STORE_PAGE_BIG && !fetch_big(w, t, n))
		return;
	if (t->list) {
		take_free(w, t, n->value);
		return;
	}
	w->counts->rows++;
	row = (struct store_row){n->key, n->value};
	if (w->plan->sums && !store_guard_whole(t->sums, row.key, &row.value)) {
		const bool hole = store_guard_hole(t->sums, row.key, row.value);

		w->counts->holes += hole;
		if (hole && w->plan->pass_holes)
			return;
		(void)store_guard_why(&text, row.key,
		    hole ? store_guard_lost : ZH("its sum is wrong"));
		tell(w, t->name, &text);
		return;
	}
	if (w->plan->row != NULL)
		w->plan->row(w->plan->arg, t->name, &row);
}

static void
take_leaf(
    struct walk *w, struct tree *t, const uint8_t *page, const struct level *in)
{
	const size_t n = store_page_nodes(page);
	struct store_page_node node = store_page_node(page, 0);

	if (!in->from.open &&
	    store_page_order(node.key, in->from.key, t->numbers) < 0)
		store_walk_fault(w, t->name, "a key is before its branch's");
	node = store_page_node(page, n - 1);
	if (!in->to.open &&
	    store_page_order(node.key, in->to.key, t->numbers) >= 0)
		store_walk_fault(w, t->name, "a key is behind its branch's");
	for (size_t i = 0; i < n && !done(w); i++) {
		node = store_page_node(page, i);
		take_row(w, t, &node);
	}
}

/* ---- trees ---- */

/* A page that its parent points to: counted, checked, NULL when damaged. */
static const uint8_t *
enter(struct walk *w, struct tree *t, uint64_t number, bool leaf)
{
	const uint8_t *page;
	const char *bad;

	if (!reach_used(w, t, number, 1))
		return NULL;
	if (leaf)
		t->found.leaves++;
	else
		t->found.branches++;
	if (leaf && w->plan->shallow && !t->list && !t->tables)
		return NULL;
	page = page_at(w, number);
	bad = store_page_check(page, number, w->page_bytes, t->numbers);
	if (bad == NULL &&
	    store_page_flags(page) !=
	        (leaf ? STORE_PAGE_LEAF : STORE_PAGE_BRANCH))
		bad = leaf ? ZH("a leaf was expected")
		           : ZH("a branch was expected");
	if (bad == NULL)
		return page;
	bad_page(w, t->name, number, bad);
	return NULL;
}

/* ---- reading ahead ---- */

/* The children of a branch, all at once: one by one a cold disk would be waited
 * for as often as there are branches. */
static void
fetch_children(const struct walk *w, const struct tree *t, uint64_t number)
{
	const uint8_t *page;

	if (number < FIRST_PAGE || number >= w->file_pages)
		return;
	page = page_at(w, number);
	if (store_page_flags(page) != STORE_PAGE_BRANCH ||
	    store_page_check(page, number, w->page_bytes, t->numbers) != NULL)
		return;
	for (size_t i = 0; i < store_page_nodes(page); i++) {
		const uint64_t child = store_page_node(page, i).child;

		if (child < w->file_pages)
			store_walk_advise(w, child, 1, MADV_WILLNEED);
	}
}

/* Before a branch of branches is gone into: those below it and those below the
 * next one are on their way. */
static void
fetch_ahead(const struct walk *w, const struct tree *t, uint64_t number)
{
	const struct level *up = t->depth > 0 ? &t->level[t->depth - 1] : NULL;

	if (!w->plan->shallow || t->depth + 2 >= t->claimed.depth)
		return;
	if (up == NULL || up->next == 1)
		fetch_children(w, t, number);
	if (up != NULL && up->next < store_page_nodes(up->page))
		fetch_children(w, t, store_page_node(up->page, up->next).child);
}

/* The page after this one comes into the processor's caches meanwhile: it is
 * looked at as fast as memory gives it. */
static void
fetch_next(const struct walk *w, const struct level *at)
{
	const uint8_t *page;
	uint64_t number;

	if (at->next >= store_page_nodes(at->page))
		return;
	number = store_page_node(at->page, at->next).child;
	if (number >= w->file_pages)
		return;
	page = page_at(w, number);
	for (size_t i = 0; i < w->page_bytes; i += CACHE_LINE)
		__builtin_prefetch(page + i);
}

/* The next child of a branch, and which keys it may hold. */
static uint64_t
child_of(struct walk *w, struct tree *t, struct level *at, struct level *below)
{
	const size_t n = store_page_nodes(at->page);
	const struct store_page_node node = store_page_node(at->page, at->next);

	below->next = 0;
	below->from = at->from;
	below->to = at->to;
	if (at->next > 0)
		below->from = (struct bound){.key = node.key};
	if (at->next + 1 < n)
		below->to = (struct bound){
		    .key = store_page_node(at->page, at->next + 1).key};
	if (!below->from.open && !at->to.open &&
	    store_page_order(below->from.key, at->to.key, t->numbers) >= 0)
		store_walk_fault(
		    w, t->name, "a branch is behind the one above it");
	if (at->next == 1 && !at->from.open &&
	    store_page_order(node.key, at->from.key, t->numbers) <= 0)
		store_walk_fault(
		    w, t->name, "a branch is before the one above it");
	at->next++;
	if (!w->plan->shallow)
		fetch_next(w, at);
	return node.child;
}

static void
compare_counts(struct walk *w, const struct tree *t)
{
	const struct store_page_tree *a = &t->claimed;
	const struct store_page_tree *b = &t->found;
	const bool all = !w->plan->shallow || t->list || t->tables;

	if (a->branches != b->branches || a->leaves != b->leaves)
		store_walk_fault(w, t->name,
		    "%" PRIu64 " pages, should be %" PRIu64,
		    b->branches + b->leaves, a->branches + a->leaves);
	if (!all)
		w->unseen += a->overflow;
	else if ((a->rows != b->rows || a->overflow != b->overflow))
		store_walk_fault(w, t->name,
		    "%" PRIu64 " rows, should be %" PRIu64, b->rows, a->rows);
}

void
store_walk_tree(struct walk *w, struct tree *t)
{
	const uint64_t before = w->counts->faults;
	struct level below = {.from = {.open = true}, .to = {.open = true}};
	uint64_t number = t->claimed.root;

	if (t->claimed.depth > STORE_PAGE_DEPTH) {
		store_walk_fault(w, t->name, "too deep");
		return;
	}
	t->depth = 0;
	while (number != UINT64_MAX && !done(w)) {
		const bool leaf = t->depth + 1 == t->claimed.depth;

		fetch_ahead(w, t, number);
		below.page = enter(w, t, number, leaf);
		if (below.page != NULL && leaf)
			take_leaf(w, t, below.page, &below);
		else if (below.page != NULL)
			t->level[t->depth++] = below;
		while (t->depth > 0 &&
		    t->level[t->depth - 1].next ==
		        store_page_nodes(t->level[t->depth - 1].page))
			t->depth--;
		number = t->depth == 0
		    ? UINT64_MAX
		    : child_of(w, t, &t->level[t->depth - 1], &below);
	}
	if (w->counts->faults == before)
		compare_counts(w, t);
}

void
store_walk_table(
    struct walk *w, struct tree *t, const struct store_page_node *n)
{
	char name[40];

	(void)snprintf(name, sizeof(name), "%.*s", (int)n->key.len,
	    (const char *)n->key.ptr);
	*t = (struct tree){.name = name, .sums = store_sum_table(name)};
	memcpy(&t->claimed, n->value.ptr, sizeof(t->claimed));
	if (w->plan->table != NULL)
		w->plan->table(w->plan->arg, name, t->claimed.rows);
	if (t->claimed.flags != 0)
		store_walk_fault(w, name, "table of an unknown kind");
	else
		store_walk_tree(w, t);
}

/* store_walk.c - go through all pages of a store and say what is damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ledger/store_mdb.h"
#include "ledger/store_page.h"
#include "ledger/store_sum.h"
#include "proto/mem.h"
#include "proto/zh.h"

#define PROGRESS_EVERY 4096
#define FIRST_PAGE 2 /* behind the meta pages */
#define TRIES 100
/* Opening a store must not take longer than a second. */
#define WALK_ALL (UINT64_C(1) << 28)

/* The keys that the subtree of a branch's child may hold: [from, to). */
struct bound {
	struct bytes key;
	bool open; /* no bound on this side */
};

/* A branch page on the way down. */
struct level {
	const uint8_t *page;
	size_t next; /* child to look at */
	struct bound from;
	struct bound to;
};

struct walk {
	const struct store_walk *plan;
	struct store_walk_counts *counts;
	struct err_why *why; /* of the first fault */
	const uint8_t *map; /* LMDB does not tell where its own is */
	size_t map_bytes;
	size_t page_bytes;
	uint8_t *reached; /* one bit per page */
	uint64_t file_pages;
	uint64_t unseen; /* pages of long values that a shallow walk leaves */
};

/* What is being walked. */
struct tree {
	const char *name;
	uint64_t sums; /* of its rows */
	struct store_page_tree claimed;
	struct store_page_tree found;
	bool numbers;
	bool tables; /* the list of tables */
	bool list; /* the list of free pages */
	struct level level[STORE_PAGE_DEPTH];
	size_t depth;
};

/* Counts a fault of a table and tells it; the first one is `why`. */
static void
tell(struct walk *w, const char *table, struct err_why *text)
{
	(void)err_wrap(text, ERR_CORRUPT, "%.40s", table);
	if (w->counts->faults++ == 0 && w->why != NULL)
		*w->why = *text;
	if (w->plan->fault != NULL)
		w->plan->fault(w->plan->arg, text);
}

__attribute__((format(printf, 3, 4))) static void
fault(struct walk *w, const char *table, const char *fmt, ...)
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

static bool
done(const struct walk *w)
{
	return w->counts->faults > 0 && w->plan->fault == NULL;
}

/* Every page is reached once, or is free. */
static bool
reach(struct walk *w, const struct tree *t, uint64_t number, uint64_t n)
{
	if (number < FIRST_PAGE || number >= w->counts->pages || n == 0 ||
	    n > w->counts->pages - number) {
		fault(w, t->name, "page %" PRIu64 " is outside of the file",
		    number);
		return false;
	}
	for (uint64_t i = number; i < number + n; i++) {
		const uint8_t bit = (uint8_t)(1u << (i & 7));

		if ((w->reached[i / 8] & bit) != 0) {
			fault(w, t->name, "page %" PRIu64 " is used twice", i);
			return false;
		}
		w->reached[i / 8] |= bit;
	}
	w->counts->seen += n;
	if (w->plan->progress != NULL &&
	    w->counts->seen / PROGRESS_EVERY !=
	        (w->counts->seen - n) / PROGRESS_EVERY)
		w->plan->progress(w->plan->arg, w->counts);
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
	fault(w, t->name, "page %" PRIu64 ": the file ends before it", number);
	return false;
}

static const uint8_t *
page_at(const struct walk *w, uint64_t number)
{
	return w->map + number * w->page_bytes;
}

/* How pages from `number` on will be read. */
static void
advise(const struct walk *w, uint64_t number, uint64_t n, int how)
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
		fault(w, t->name,
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
		fault(w, t->name, "a list of free pages is cut short");
		return;
	}
	for (uint64_t i = 1; i <= n; i++) {
		memcpy(&number, list.ptr + i * sizeof(n), sizeof(n));
		if (number >= before) {
			fault(w, t->name, "free pages are out of order");
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
			fault(w, t->name, "a row of it is no table");
		return;
	}
	if ((n->flags & ~known) != 0) {
		fault(w, t->name, "a row is marked as of another kind");
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
		(void)store_guard_why(&text, row.key, ZH("its sum is wrong"));
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
		fault(w, t->name, "a key is before its branch's");
	node = store_page_node(page, n - 1);
	if (!in->to.open &&
	    store_page_order(node.key, in->to.key, t->numbers) >= 0)
		fault(w, t->name, "a key is behind its branch's");
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
			advise(w, child, 1, MADV_WILLNEED);
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
		fault(w, t->name, "a branch is behind the one above it");
	if (at->next == 1 && !at->from.open &&
	    store_page_order(node.key, at->from.key, t->numbers) <= 0)
		fault(w, t->name, "a branch is before the one above it");
	at->next++;
	return node.child;
}

static void
compare_counts(struct walk *w, const struct tree *t)
{
	const struct store_page_tree *a = &t->claimed;
	const struct store_page_tree *b = &t->found;
	const bool all = !w->plan->shallow || t->list || t->tables;

	if (a->branches != b->branches || a->leaves != b->leaves)
		fault(w, t->name, "%" PRIu64 " pages, should be %" PRIu64,
		    b->branches + b->leaves, a->branches + a->leaves);
	if (!all)
		w->unseen += a->overflow;
	else if ((a->rows != b->rows || a->overflow != b->overflow))
		fault(w, t->name, "%" PRIu64 " rows, should be %" PRIu64,
		    b->rows, a->rows);
}

static void
walk_tree(struct walk *w, struct tree *t)
{
	const uint64_t before = w->counts->faults;
	struct level below = {.from = {.open = true}, .to = {.open = true}};
	uint64_t number = t->claimed.root;

	if (t->claimed.depth > STORE_PAGE_DEPTH) {
		fault(w, t->name, "too deep");
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

static void
walk_table(struct walk *w, struct tree *t, const struct store_page_node *n)
{
	char name[40];

	(void)snprintf(name, sizeof(name), "%.*s", (int)n->key.len,
	    (const char *)n->key.ptr);
	*t = (struct tree){.name = name, .sums = store_sum_table(name)};
	memcpy(&t->claimed, n->value.ptr, sizeof(t->claimed));
	if (t->claimed.flags != 0)
		fault(w, name, "table of an unknown kind");
	else
		walk_tree(w, t);
}

/* The tables themselves, as the list of them has been found whole. */
static void
walk_tables(struct walk *w, const struct store_page_meta *m, struct tree *t)
{
	const struct store_page_tree list = m->tables;
	const uint8_t *leaf;

	if (list.root == UINT64_MAX)
		return;
	/* Our tables' names fit one page. */
	leaf = page_at(w, list.root);
	if (list.depth != 1) {
		fault(w, "tables", "too many of them");
		return;
	}
	for (size_t i = 0; i < store_page_nodes(leaf) && !done(w); i++) {
		const struct store_page_node n = store_page_node(leaf, i);

		walk_table(w, t, &n);
	}
}

/* What is left over when all that was reached is known: nothing, or the long
 * values that were not looked for. */
static void
account(struct walk *w)
{
	uint64_t left = 0;
	uint64_t first = 0;

	for (uint64_t i = FIRST_PAGE; i < w->counts->pages; i++) {
		if ((w->reached[i / 8] & 1u << (i & 7)) != 0)
			continue;
		if (left++ == 0)
			first = i;
	}
	if (left != w->unseen)
		fault(w, "pages",
		    "%" PRIu64 " neither used nor free, should be %" PRIu64
		    "; first %" PRIu64,
		    left, w->unseen, first);
}

static void
walk_all(struct walk *w, const struct store_page_meta *m)
{
	struct tree *t = mem_alloc(1, sizeof(*t));

	*t = (struct tree){.name = "free pages",
	    .claimed = m->free,
	    .numbers = true,
	    .list = true};
	t->claimed.flags = 0;
	walk_tree(w, t);
	*t = (struct tree){
	    .name = "tables", .claimed = m->tables, .tables = true};
	if (!done(w))
		walk_tree(w, t);
	if (w->counts->faults == 0)
		walk_tables(w, m, t);
	/* After a fault it would only repeat what was not looked at. */
	if (w->counts->faults == 0)
		account(w);
	free(t);
}

static void
unmap(struct walk *w)
{
	union {
		const uint8_t *in;
		void *out;
	} u = {.in = w->map};

	if (w->map != NULL)
		(void)munmap(u.out, w->map_bytes);
	w->map = NULL;
}

/*
 * The pages that `txn` sees and the roots of their trees.  Commits overwrite
 * the two meta pages in turn, so it must have begun just now.
 */
static enum err
look_at(struct walk *w, struct store_txn *txn, struct store_page_meta *m,
    struct err_why *why)
{
	const uint64_t id = mdb_txn_id(txn->mdb);
	MDB_env *env = mdb_txn_env(txn->mdb);
	struct stat file;
	MDB_stat st;
	mdb_filehandle_t fd;
	bool found = false;
	void *map;

	if (mdb_env_stat(env, &st) != 0 || mdb_env_get_fd(env, &fd) != 0 ||
	    fstat(fd, &file) != 0)
		return err_fail(why, ERR_IO, "look at the store's file");
	unmap(w);
	map = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_fail(why, ERR_IO, "map the store's file");
	w->map = map;
	w->map_bytes = (size_t)file.st_size;
	w->page_bytes = st.ms_psize;
	for (unsigned i = 0; i < FIRST_PAGE && !found; i++)
		found = store_page_meta(page_at(w, i), id, m);
	if (!found || m->page_bytes != w->page_bytes)
		return ERR_BUSY;
	w->counts->pages = m->last + 1;
	/* Behind its end a read of the map is a SIGBUS.  Free pages may lie
	 * there: what was never used was never written. */
	w->file_pages = (uint64_t)file.st_size / w->page_bytes;
	/* Around a branch lie leaves: they would be read for nothing. */
	if (w->plan->shallow)
		advise(w, 0, w->file_pages, MADV_RANDOM);
	return ERR_OK;
}

enum err
store_walk(struct store *s, const struct store_walk *plan,
    struct store_walk_counts *counts, struct err_why *why)
{
	struct walk w = {.plan = plan, .counts = counts, .why = why};
	struct store_txn *txn = NULL;
	struct store_page_meta m;
	enum err e = ERR_BUSY;

	for (int i = 0; i < TRIES && e == ERR_BUSY; i++) {
		store_abort(txn);
		txn = NULL;
		*counts = (struct store_walk_counts){0};
		e = store_read(s, &txn, why);
		if (e == ERR_OK)
			e = look_at(&w, txn, &m, why);
	}
	if (e == ERR_BUSY)
		e = err_fail(why, e, "commits follow each other too fast");
	if (e == ERR_OK) {
		w.reached = mem_alloc((size_t)(counts->pages / 8) + 1, 1);
		walk_all(&w, &m);
		free(w.reached);
		e = counts->faults > 0 ? ERR_CORRUPT : ERR_OK;
	}
	store_abort(txn);
	unmap(&w);
	return e;
}

enum err
store_walk_opening(struct store *s, const char *dir, struct err_why *why)
{
	const struct store_walk plan = {.shallow = store_used(s) > WALK_ALL};
	struct store_walk_counts counts;
	enum err e = store_walk(s, &plan, &counts, why);

	return e == ERR_OK ? e : err_wrap(why, e, "%s", dir);
}

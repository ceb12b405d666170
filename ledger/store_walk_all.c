/* store_walk_all.c - go through all pages of a store, say what is damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store_mdb.h"
#include "ledger/store_walk_part.h"
#include "proto/mem.h"

#define TRIES 100
/* Opening a store must not take longer than a second. */
#define WALK_ALL (UINT64_C(1) << 28)
#define THREADS_MAX 16
#define ALONE_PAGES 256 /* fewer are not worth a thread */

/* Tables are taken one by one by threads, and each is told of by itself. */
struct share {
	struct store_walk_counts counts;
	uint64_t unseen;
	struct err_why why;
};

struct crew {
	const struct walk *of;
	const uint8_t *leaf; /* of the list of tables */
	size_t tables;
	size_t next; /* atomic */
	struct share *share;
};

static void *
crew_main(void *arg)
{
	struct crew *c = arg;
	struct tree *t = mem_alloc(1, sizeof(*t));
	size_t i;

	while ((i = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) <
	    c->tables) {
		const struct store_page_node n = store_page_node(c->leaf, i);
		struct share *own = &c->share[i];
		struct walk w = *c->of;

		if (n.flags != STORE_PAGE_TABLE ||
		    n.value.len != sizeof(struct store_page_tree))
			continue; /* told with the list */
		own->counts.pages = w.counts->pages;
		w.counts = &own->counts;
		w.why = &own->why;
		w.unseen = 0;
		store_walk_table(&w, t, &n);
		own->unseen = w.unseen;
	}
	free(t);
	return NULL;
}

/* Threads beside this one.  Rows are given in order, so by one alone. */
static size_t
helpers(const struct walk *w, size_t tables)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = cores < 1 ? 1 : (size_t)cores;

	if (w->plan->row != NULL || w->plan->table != NULL ||
	    w->counts->pages < ALONE_PAGES)
		return 0;
	n = n < THREADS_MAX ? n : THREADS_MAX;
	return (n < tables ? n : tables) - 1;
}

/* The first fault is that of the first table, whoever came to it first. */
static void
take_shares(struct walk *w, const struct crew *c)
{
	for (size_t i = 0; i < c->tables; i++) {
		const struct share *s = &c->share[i];

		if (w->counts->faults == 0 && s->counts.faults > 0 &&
		    w->why != NULL)
			*w->why = s->why;
		w->counts->seen += s->counts.seen;
		w->counts->rows += s->counts.rows;
		w->counts->holes += s->counts.holes;
		w->counts->faults += s->counts.faults;
		w->unseen += s->unseen;
	}
}

/* The tables themselves, as the list of them has been found whole. */
static void
walk_tables(struct walk *w, const struct store_page_meta *m)
{
	const struct store_page_tree list = m->tables;
	pthread_t thread[THREADS_MAX];
	struct crew c = {.of = w};
	size_t running = 0;
	size_t most;

	if (list.root == UINT64_MAX)
		return;
	/* Our tables' names fit one page. */
	if (list.depth != 1) {
		store_walk_fault(w, "tables", "too many of them");
		return;
	}
	c.leaf = page_at(w, list.root);
	c.tables = store_page_nodes(c.leaf);
	c.share = mem_alloc(c.tables, sizeof(*c.share));
	most = helpers(w, c.tables);
	while (running < most &&
	    pthread_create(&thread[running], NULL, crew_main, &c) == 0)
		running++;
	(void)crew_main(&c);
	for (size_t i = 0; i < running; i++)
		pthread_join(thread[i], NULL);
	take_shares(w, &c);
	free(c.share);
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
		store_walk_fault(w, "pages",
		    "%" PRIu64 " neither used nor free, should be %" PRIu64
		    "; first %" PRIu64,
		    left, w->unseen, first);
}

/*
 * What is not free is in use.  When the list of free pages is damaged only what
 * was reached is known to be.
 */
static void
mark_used(struct walk *w, bool list_whole)
{
	const size_t bytes = (size_t)((w->counts->pages + 7) / 8);

	for (size_t i = 0; w->used != NULL && i < bytes; i++)
		w->used[i] =
		    (uint8_t)(list_whole ? ~w->reached[i]
		                         : w->reached[i] & ~w->used[i]);
}

static void
walk_all(struct walk *w, const struct store_page_meta *m)
{
	struct tree *t = mem_alloc(1, sizeof(*t));
	uint64_t before;
	bool whole;

	*t = (struct tree){.name = "free pages",
	    .claimed = m->free,
	    .numbers = true,
	    .list = true};
	t->claimed.flags = 0;
	store_walk_tree(w, t);
	whole = w->counts->faults == 0;
	mark_used(w, whole); /* if not: free ones, to be left out below */
	*t = (struct tree){
	    .name = "tables", .claimed = m->tables, .tables = true};
	before = w->counts->faults;
	if (!done(w))
		store_walk_tree(w, t);
	if (w->counts->faults == before && !done(w))
		walk_tables(w, m);
	if (!whole)
		mark_used(w, false);
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
		store_walk_advise(w, 0, w->file_pages, MADV_RANDOM);
	return ERR_OK;
}

enum err
store_walk(struct store *s, const struct store_walk *plan,
    struct store_walk_counts *counts, struct err_why *why)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	uint64_t seen = 0;
	struct walk w = {.plan = plan,
	    .counts = counts,
	    .why = why,
	    .seen = &seen,
	    .lock = &lock};
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
	if (e == ERR_OK && plan->sums && !plan->shallow && counts->holes == 0)
		s->guard.summed = store_moment(txn);
	store_abort(txn);
	unmap(&w);
	return e;
}

enum err
store_walk_file(struct bytes file, const struct store_page_meta *meta,
    const struct store_walk *plan, uint8_t *used,
    struct store_walk_counts *counts, struct err_why *why)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	uint64_t seen = 0;
	struct walk w = {
	    .plan = plan,
	    .counts = counts,
	    .why = why,
	    .map = file.ptr,
	    .map_bytes = file.len,
	    .page_bytes = (size_t)meta->page_bytes,
	    .used = used,
	    .seen = &seen,
	    .lock = &lock,
	};

	*counts = (struct store_walk_counts){.pages = meta->last + 1};
	w.file_pages = file.len / w.page_bytes;
	w.reached = mem_alloc((size_t)(counts->pages / 8) + 1, 1);
	walk_all(&w, meta);
	free(w.reached);
	return counts->faults > 0 ? ERR_CORRUPT : ERR_OK;
}

enum err
store_walk_opening(struct store *s, const char *dir, struct err_why *why)
{
	const struct store_walk plan = {.shallow = store_used(s) > WALK_ALL};
	struct store_walk_counts counts;
	enum err e = store_walk(s, &plan, &counts, why);

	return e == ERR_OK ? e : err_wrap(why, e, "%s", dir);
}

/* audit.c - rehash a whole log and name the first fault. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/audit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/audit_part.h"
#include "ledger/log_erased.h"
#include "proto/mem.h"

#define THREADS_MAX 16
#define AHEAD 2 /* parts at hand for each thread */

/* Parts are taken in order by threads, and judged in order by the caller. */
struct ring {
	struct audit_part *at;
	bool *done;
	size_t len;
	uint64_t parts; /* of the log */
	uint64_t next; /* to be taken */
	uint64_t judged;
	bool stop;
	pthread_mutex_t lock; /* of done, next, judged, stop */
	pthread_cond_t turn;
};

/* The walk: what the leaves seen so far say. */
struct walk {
	struct log_book *book;
	struct store_txn *txn;
	const struct audit_plan *plan;
	struct audit_counts *counts;
	struct log_slot row; /* what the state row claims */
	struct log_chain chain;
	struct tree_frontier frontier;
	uint64_t unpruned;
	struct ring ring;
	struct err_why *why;
	struct err_why first; /* fault */
	bool broken; /* a leaf could not be read: chains end there */
};

/* A fault ends the audit unless all are wanted. */
static enum err
found(struct walk *w, enum err e)
{
	if (e != ERR_CORRUPT && e != ERR_UNVERIFIED)
		return e;
	if (w->counts->faults++ == 0)
		w->first = *w->why;
	if (w->plan->fault == NULL)
		return e;
	(void)err_wrap(w->why, e, "%s", w->row.origin);
	w->plan->fault(w->plan->arg, w->why);
	return ERR_OK;
}

/* ---- judging parts ---- */

/* The chain cannot be followed over what is not there. */
static enum err
follow(struct walk *w, uint64_t index, const Ledger__Entry *entry)
{
	enum err e;

	w->broken = w->broken || entry == NULL;
	if (w->broken)
		return ERR_OK;
	e = log_rule_next(&w->chain, entry, w->why);
	if (e == ERR_OK)
		return e;
	return found(
	    w, err_wrap(w->why, audit_as_fault(e), "leaf %" PRIu64, index));
}

static void
add_counts(struct audit_counts *sum, const struct audit_counts *c)
{
	sum->leaves += c->leaves;
	sum->nodes += c->nodes;
	sum->checkpoints += c->checkpoints;
	sum->bodies += c->bodies;
	sum->withheld += c->withheld;
	sum->erased += c->erased;
}

/* Its faults, and those of the chain, in the order of the leaves. */
static enum err
judge(struct walk *w, const struct audit_part *part)
{
	const struct audit_fault *f = part->faults;
	const struct audit_fault *const end = f + part->faults_len;
	enum err e = ERR_OK;

	add_counts(w->counts, &part->counts);
	w->unpruned += part->unpruned;
	w->frontier = part->frontier;
	for (size_t i = 0; i < part->n && e == ERR_OK; i++) {
		for (; f < end && f->leaf == part->from + i && e == ERR_OK;
		     f++) {
			*w->why = f->why;
			e = found(w, ERR_CORRUPT);
		}
		if (e == ERR_OK)
			e = follow(w, part->from + i, part->entry[i]);
	}
	if (e == ERR_OK && part->err != ERR_OK) {
		*w->why = part->why;
		e = part->err;
	}
	if (w->plan->progress != NULL)
		w->plan->progress(w->plan->arg, w->counts);
	return e;
}

/* ---- threads ---- */

static bool
take_part(struct ring *g, uint64_t *part)
{
	bool taken = false;

	pthread_mutex_lock(&g->lock);
	while (!g->stop && g->next < g->parts && g->next - g->judged >= g->len)
		pthread_cond_wait(&g->turn, &g->lock);
	if (!g->stop && g->next < g->parts) {
		*part = g->next++;
		g->done[*part % g->len] = false;
		taken = true;
	}
	pthread_mutex_unlock(&g->lock);
	return taken;
}

static void
run_part(struct walk *w, struct audit_reader *r, uint64_t number)
{
	struct ring *g = &w->ring;
	struct audit_part *part = &g->at[number % g->len];
	uint64_t left = w->counts->size - number * AUDIT_PART;

	part->from = number * AUDIT_PART;
	part->n = left < AUDIT_PART ? (size_t)left : AUDIT_PART;
	audit_part_run(r, part);
	pthread_mutex_lock(&g->lock);
	g->done[number % g->len] = true;
	pthread_cond_broadcast(&g->turn);
	pthread_mutex_unlock(&g->lock);
}

struct worker {
	pthread_t thread;
	struct walk *walk;
	struct audit_reader reader;
	struct store_txn *txn;
};

static void *
work(void *arg)
{
	struct worker *k = arg;
	uint64_t number;

	while (take_part(&k->walk->ring, &number))
		run_part(k->walk, &k->reader, number);
	return NULL;
}

/* False: this one does not help, for whatever reason. */
static bool
start(struct worker *k, struct walk *w)
{
	enum err e = store_read(log_book_store(w->book), &k->txn, NULL);

	k->walk = w;
	if (e == ERR_OK)
		e = audit_reader_open(
		    &k->reader, w->book, k->txn, w->plan, &w->row, NULL);
	return e == ERR_OK && pthread_create(&k->thread, NULL, work, k) == 0;
}

static void
end(struct worker *k)
{
	audit_reader_close(&k->reader);
	store_abort(k->txn);
}

static enum err
judge_next(struct walk *w, uint64_t number)
{
	struct ring *g = &w->ring;
	enum err e;

	pthread_mutex_lock(&g->lock);
	while (!g->done[number % g->len])
		pthread_cond_wait(&g->turn, &g->lock);
	pthread_mutex_unlock(&g->lock);
	e = judge(w, &g->at[number % g->len]);
	pthread_mutex_lock(&g->lock);
	g->done[number % g->len] = false;
	g->judged++;
	g->stop = e != ERR_OK;
	pthread_cond_broadcast(&g->turn);
	pthread_mutex_unlock(&g->lock);
	return e;
}

/* Without any helper the caller does all by itself. */
static enum err
judge_all(struct walk *w, struct audit_reader *own, bool alone)
{
	enum err e = ERR_OK;
	uint64_t number;

	for (uint64_t i = 0; i < w->ring.parts && e == ERR_OK; i++) {
		if (alone && take_part(&w->ring, &number))
			run_part(w, own, number);
		e = judge_next(w, i);
	}
	return e;
}

static size_t
helpers(uint64_t parts)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = cores < 1 ? 1 : (size_t)cores;

	n = n < THREADS_MAX ? n : THREADS_MAX;
	if (parts < 2)
		return 0;
	return n < parts ? n : (size_t)parts;
}

static enum err
walk_leaves(struct walk *w, struct audit_reader *own)
{
	const uint64_t parts = (w->counts->size + AUDIT_PART - 1) / AUDIT_PART;
	const size_t most = helpers(parts);
	struct worker *k = mem_alloc(most + 1, sizeof(*k));
	struct ring *g = &w->ring;
	size_t running = 0;
	enum err e;

	g->parts = parts;
	g->len = most == 0 ? 1 : AHEAD * most;
	g->at = mem_alloc(g->len, sizeof(*g->at));
	g->done = mem_alloc(g->len, sizeof(*g->done));
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->turn, NULL);
	while (running < most && start(&k[running], w))
		running++;
	if (running < most)
		end(&k[running]);
	e = judge_all(w, own, running == 0);
	pthread_mutex_lock(&g->lock);
	g->stop = true;
	pthread_cond_broadcast(&g->turn);
	pthread_mutex_unlock(&g->lock);
	for (size_t i = 0; i < running; i++) {
		pthread_join(k[i].thread, NULL);
		end(&k[i]);
	}
	pthread_cond_destroy(&g->turn);
	pthread_mutex_destroy(&g->lock);
	for (size_t i = 0; i < g->len; i++)
		audit_part_clear(&g->at[i]);
	free(g->at);
	free(g->done);
	free(k);
	return e;
}

/* A replica may hold checkpoints ahead of its leaves. */
static enum err
walk_notes(struct walk *w, struct audit_reader *own)
{
	struct audit_part *part = mem_alloc(1, sizeof(*part));
	enum err e = ERR_OK;

	part->frontier = w->frontier;
	audit_part_notes(own, part);
	add_counts(w->counts, &part->counts);
	w->unpruned += part->unpruned;
	for (size_t i = 0; i < part->faults_len && e == ERR_OK; i++) {
		*w->why = part->faults[i].why;
		e = found(w, ERR_CORRUPT);
	}
	if (e == ERR_OK && part->err != ERR_OK) {
		*w->why = part->why;
		e = part->err;
	}
	audit_part_clear(part);
	free(part);
	return e;
}

/* ---- the whole ---- */

static bool
same_kinds(const struct log_chain *a, const struct log_chain *b)
{
	if (a->kinds_len != b->kinds_len)
		return false;
	for (size_t i = 0; i < a->kinds_len; i++) {
		if (a->kinds[i].kind != b->kinds[i].kind ||
		    a->kinds[i].seq != b->kinds[i].seq ||
		    a->kinds[i].last != b->kinds[i].last)
			return false;
	}
	return true;
}

static enum err
check_state(struct walk *w)
{
	const struct tree_frontier *f = &w->row.frontier;
	struct err_why *why = w->why;
	struct bytes leaf;
	uint16_t slot = 0;
	enum err e;

	if (f->size != w->frontier.size ||
	    memcmp(f->node, w->frontier.node, f->len * HASH_BYTES) != 0)
		return err_fail(why, ERR_CORRUPT,
		    "state row: frontier differs from the leaves");
	if (w->row.chain.epoch != w->chain.epoch ||
	    w->row.chain.recorded_us != w->chain.recorded_us)
		return err_fail(why, ERR_CORRUPT,
		    "state row: time differs from the last leaf");
	if (!same_kinds(&w->row.chain, &w->chain))
		return err_fail(why, ERR_CORRUPT,
		    "state row: heads of kinds differ from the leaves");
	if (w->row.notes != w->unpruned)
		return err_fail(why, ERR_CORRUPT,
		    "state row: number of checkpoints differs from their rows");
	e = log_entry(w->book, w->txn, w->plan->slot, f->size, &leaf, NULL);
	if (e == ERR_OK)
		return err_fail(why, ERR_CORRUPT,
		    "state row: leaves go on behind its size %" PRIu64,
		    f->size);
	e = log_slot(w->book, w->txn, w->row.origin, &slot, why);
	if (e != ERR_OK || slot != w->plan->slot)
		return err_fail(
		    why, ERR_CORRUPT, "origin rows contradict each other");
	return ERR_OK;
}

/* The body that it names, or one of the fields, may be here no more. */
static enum err
check_erasure(
    void *arg, uint64_t at, const Record__Erasure *m, struct err_why *why)
{
	struct walk *w = arg;
	struct log_erasure x;

	/* What cannot be read is a fault of its own, and told as that. */
	for (size_t i = 0; m != NULL && i < log_erased_count(m); i++) {
		const struct log_erased_at one = {w->plan->slot, m, i};
		enum err e;

		if (log_erased_rests(w->book, w->txn, &one, &x, why) !=
		        ERR_OK ||
		    (w->plan->waits != NULL &&
		        w->plan->waits(w->plan->arg, w->plan->slot, at)))
			continue;
		e = found(w,
		    err_fail(why, ERR_CORRUPT,
		        "leaf %" PRIu64 ": it erased leaf %" PRIu64
		        " of %.100s, which rests here all the same",
		        at, x.index, m->origin));
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err
check_erased(struct walk *w)
{
	enum err e = log_erased_walk(
	    w->book, w->txn, w->plan->slot, check_erasure, w, w->why);

	return w->counts->faults > 0 && w->plan->fault != NULL ? ERR_OK : e;
}

static enum err
audit(struct walk *w, struct audit_reader *own)
{
	enum err e;

	e = log_book_state(w->book, w->txn, w->plan->slot, &w->row, w->why);
	if (e != ERR_OK)
		return e;
	w->counts->size = w->row.frontier.size;
	e = audit_reader_open(own, w->book, w->txn, w->plan, &w->row, w->why);
	if (e == ERR_OK)
		e = walk_leaves(w, own);
	if (e == ERR_OK)
		e = walk_notes(w, own);
	if (e == ERR_OK && !w->broken) {
		e = check_state(w);
		if (e != ERR_OK)
			e = found(w, audit_as_fault(e));
	}
	if (e == ERR_OK && w->book->vault != NULL)
		e = check_erased(w);
	audit_reader_close(own);
	return e;
}

enum err
audit_log(struct log_book *b, struct store_txn *txn,
    const struct audit_plan *plan, struct audit_counts *counts,
    struct err_why *why)
{
	struct walk *w = mem_alloc(1, sizeof(*w));
	struct audit_reader *own = mem_alloc(1, sizeof(*own));
	struct err_why unseen;
	enum err e;

	if (why == NULL)
		why = &unseen;
	*counts = (struct audit_counts){0};
	w->book = b;
	w->txn = txn;
	w->plan = plan;
	w->counts = counts;
	w->why = why;
	e = log_origin(b, txn, plan->slot, w->row.origin, why);
	if (e == ERR_OK) {
		e = audit(w, own);
		if (e == ERR_OK && counts->faults > 0)
			*why = w->first;
		if (e != ERR_OK || counts->faults > 0)
			e = err_wrap(why,
			    e == ERR_OK ? ERR_CORRUPT : audit_as_fault(e), "%s",
			    w->row.origin);
	}
	if (plan->progress != NULL)
		plan->progress(plan->arg, counts);
	free(own);
	free(w);
	return e;
}

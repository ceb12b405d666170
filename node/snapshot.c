/* snapshot.c - the month's figures, entered by the node when it is over. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/snapshot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/site.h"
#include "node/site_logs.h"
#include "node/snapshot_make.h"
#include "node/submit_snapshot.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define NICE 10
#define FIRST_LOOK 60 /* beats after the start */
#define LOOK_EVERY 60
#define MONTHS_AT_ONCE 240

struct snapshots {
	struct site *site;
	struct lane *lane;
	struct lane_job job;
	atomic_bool busy; /* the job is queued */
	atomic_bool ending;
	unsigned beats;
	pthread_mutex_t turn; /* one at a time */
	pthread_mutex_t lock; /* the following */
	pthread_cond_t wake;
	bool asked; /* the committer has one */
	struct submit_result *answer;
};

static const struct submit_who node = {.subject = "node", .role = "node"};

/* ---- which month ---- */

/* Where months begin here: as the first set of indicators in force says. */
static bool
offset_of(const struct site *s, int64_t now_us, int *out)
{
	struct packs_fact fact;
	const struct packs *p = s->packs;
	const Pack__Pack *pack;

	for (size_t i = 0; (pack = packs_at(p, i, &fact)) != NULL; i++) {
		if (pack->indicators == NULL || !packs_in_force(p, i, now_us))
			continue;
		*out = pack->indicators->day_offset_minutes;
		return true;
	}
	return false;
}

/* The month after the newest snapshot; of a log without one: its first. */
static void
next_month(struct period *out, const struct indicator_log *log,
    const struct snapshot_list *known, int offset)
{
	const struct snapshot_entry *last = NULL;

	for (size_t i = 0; i < known->len && last == NULL; i++)
		if (known->at[i].body != NULL)
			last = &known->at[i];
	if (last == NULL)
		period_month(out, log->since_us, 0, offset);
	else
		/* Also after the zone was changed: never the same month. */
		period_month(
		    out, last->body->to_at + INT64_C(86400000000), 0, offset);
}

/* Is it over for certain? */
static bool
is_over(const struct site *s, const struct period *p)
{
	const struct timeline_span span = timekeep_span(s, site_now(s));

	return span.from_us >= p->to_us + SNAPSHOT_SETTLE_US;
}

/* ---- one month ---- */

static enum err
count_kind(struct site *s, uint64_t *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	uint64_t index;
	enum err e = store_read(s->own.store, &txn, why);

	*out = 0;
	if (e != ERR_OK)
		return e;
	e = log_kind_head(s->own.book, txn, site_log(s, SITE_EVIDENCE)->slot,
	    LEDGER__KIND__SNAPSHOT, out, &index, why);
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void
done(void *arg, struct submit_result *r)
{
	struct snapshots *n = arg;

	(void)pthread_mutex_lock(&n->lock);
	n->answer = r;
	(void)pthread_cond_signal(&n->wake);
	(void)pthread_mutex_unlock(&n->lock);
}

/* A committer that is held answers only when it ends: nobody waits for that.
 */
static struct submit_result *
answer_of(struct snapshots *n)
{
	struct submit_result *r;

	(void)pthread_mutex_lock(&n->lock);
	while (n->answer == NULL && !atomic_load(&n->ending))
		(void)pthread_cond_wait(&n->wake, &n->lock);
	r = n->answer;
	n->answer = NULL;
	n->asked = r == NULL;
	(void)pthread_mutex_unlock(&n->lock);
	return r;
}

static enum err
enter(struct snapshots *n, const Record__Snapshot *m, uint64_t last,
    struct err_why *why)
{
	struct submit_to to = {
	    .site = n->site, .who = &node, .done = done, .arg = n};
	struct submit_result *r;
	enum err e;

	if (atomic_load(&n->site->unsure) != 0 || n->asked)
		return err_fail(why, ERR_BUSY, "the log may not be signed now");
	n->asked = true;
	submit_snapshot(&to, m, last);
	r = answer_of(n);
	if (r == NULL)
		return err_fail(why, ERR_BUSY, "the node is stopping");
	e = r->error;
	if (e != ERR_OK && why != NULL)
		*why = r->why;
	else if (e == ERR_OK)
		journal_info("SNAPSHOT",
		    "period=%s values=%zu corrections=%zu index=%llu",
		    m->period, m->n_values, m->n_corrections,
		    (unsigned long long)r->items[0].index);
	submit_result_free(r);
	return e;
}

/* ERR_NOT_FOUND: nothing is due. */
static enum err
one_month(struct snapshots *n, struct snapshot_list *known, struct err_why *why)
{
	struct site *s = n->site;
	struct indicator_log log;
	struct snapshot_plan plan = {.packs = s->packs, .log = &log};
	Record__Snapshot *m = NULL;
	struct period p;
	struct buf note;
	uint64_t last;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	/* Counted first: whoever comes in between is noticed. */
	e = count_kind(s, &last, why);
	if (e == ERR_OK)
		e = indicator_log_find(&log, s, NULL, &note, why);
	if (e == ERR_OK)
		e = snapshot_list(known, &log, INT64_MIN, why);
	if (e != ERR_OK)
		goto out;
	if (!offset_of(s, site_now(s), &plan.offset_minutes)) {
		e = ERR_NOT_FOUND;
		goto out;
	}
	next_month(&p, &log, known, plan.offset_minutes);
	if (!is_over(s, &p)) {
		e = ERR_NOT_FOUND;
		goto out;
	}
	plan.period = &p;
	plan.known = known;
	plan.note = buf_cstr(&note);
	e = snapshot_make(&m, &plan, why);
	if (e == ERR_OK)
		e = enter(n, m, last, why);
out:
	if (m != NULL)
		slice_free(&m->base);
	buf_clear(&note);
	return e;
}

enum err
snapshot_turn(struct snapshots *n, unsigned *made, struct err_why *why)
{
	struct site *s = n->site;
	struct snapshot_list *known = mem_alloc(1, sizeof *known);
	enum err e = ERR_OK;

	*made = 0;
	(void)pthread_mutex_lock(&n->turn);
	while (
	    e == ERR_OK && *made < MONTHS_AT_ONCE && !atomic_load(&n->ending)) {
		if (atomic_load(&s->halted) || atomic_load(&s->folding)) {
			e = err_fail(why, ERR_BUSY, "nothing is recorded now");
			break;
		}
		e = one_month(n, known, why);
		snapshot_list_clear(known);
		*made += e == ERR_OK;
	}
	(void)pthread_mutex_unlock(&n->turn);
	free(known);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- its thread ---- */

static void
look(void *arg)
{
	struct snapshots *n = arg;
	struct err_why why = {.text = ""};
	unsigned made;
	enum err e = snapshot_turn(n, &made, &why);

	if (e != ERR_OK && e != ERR_TIMEOUT && e != ERR_BUSY)
		journal_warn("SNAPSHOT", "not made yet: %s", why.text);
	atomic_store(&n->busy, false);
}

struct snapshots *
snapshot_new(struct site *s)
{
	struct snapshots *n = mem_alloc(1, sizeof *n);

	n->site = s;
	n->job = (struct lane_job){.run = look, .arg = n};
	(void)pthread_mutex_init(&n->turn, NULL);
	(void)pthread_mutex_init(&n->lock, NULL);
	(void)pthread_cond_init(&n->wake, NULL);
	return n;
}

enum err
snapshot_start(struct snapshots *n, struct err_why *why)
{
	n->beats = LOOK_EVERY - FIRST_LOOK;
	return lane_start(&n->lane, 1, NICE, why);
}

void
snapshot_beat(struct snapshots *n)
{
	if (++n->beats % LOOK_EVERY == 0 && n->lane != NULL &&
	    !atomic_exchange(&n->busy, true))
		lane_put(n->lane, &n->job);
}

void
snapshot_stop(struct snapshots *n)
{
	if (n == NULL)
		return;
	(void)pthread_mutex_lock(&n->lock);
	atomic_store(&n->ending, true);
	(void)pthread_cond_broadcast(&n->wake);
	(void)pthread_mutex_unlock(&n->lock);
	lane_stop(n->lane);
	n->lane = NULL;
}

void
snapshot_free(struct snapshots *n)
{
	if (n == NULL)
		return;
	if (n->answer != NULL)
		submit_result_free(n->answer);
	(void)pthread_cond_destroy(&n->wake);
	(void)pthread_mutex_destroy(&n->lock);
	(void)pthread_mutex_destroy(&n->turn);
	free(n);
}

/* retain.c - the keeper of terms: what is over ends, what was asked is done. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/retain.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/retain_scan.h"
#include "node/submit_erase.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define NICE 10
#define IDLE_US                                                       \
	INT64_C(60000000) /* between looks when nothing is to be done \
	                   */
#define WAIT_US INT64_C(2000000) /* likewise, until the time is confirmed */
#define AGAIN_US INT64_C(3600000000) /* what was left */
#define DUE_MAX 64 /* requests carried out in one look */
#define KEEP_ROWS 20000 /* rows after which a position is kept */

struct retain {
	struct site *site;
	struct lane *lane;
	struct lane_job job;
	atomic_bool busy;
	pthread_mutex_t lock; /* the following */
	pthread_cond_t wake;
	unsigned waiting; /* answers of the committer */
	uint64_t made; /* entries ended by the answers */
	unsigned done; /* entries made */
	bool ending;
	struct retain_stats stats;
	/* The thread's own. */
	struct retain_scan scan;
	_Atomic int64_t next_us; /* boot clock: when to look */
	_Atomic bool again;
	int64_t again_us;
	uint64_t asked; /* requests before this place were tried */
	bool more;
};

static const struct submit_who node = {.subject = "node", .role = "node"};

/* ---- entries ---- */

static void
answered(void *arg, struct submit_result *r)
{
	struct retain *k = arg;

	(void)pthread_mutex_lock(&k->lock);
	k->waiting--;
	k->made += r->error == ERR_OK ? r->expired : 0;
	k->done += submit_made(r);
	(void)pthread_cond_signal(&k->wake);
	(void)pthread_mutex_unlock(&k->lock);
	if (r->error != ERR_OK && r->error != ERR_TIMEOUT && r->rule == NULL)
		journal_warn("RETENTION", "not ended yet: %s", r->why.text);
	submit_result_free(r);
}

static struct submit_to
towards(struct retain *k)
{
	(void)pthread_mutex_lock(&k->lock);
	k->waiting++;
	(void)pthread_mutex_unlock(&k->lock);
	return (struct submit_to){
	    .site = k->site, .who = &node, .done = answered, .arg = k};
}

/* How many entries the answers ended. */
static uint64_t
settle(struct retain *k)
{
	uint64_t made;

	(void)pthread_mutex_lock(&k->lock);
	/* A committer that is held answers only when it ends. */
	while (k->waiting > 0 && !k->ending)
		(void)pthread_cond_wait(&k->wake, &k->lock);
	made = k->made;
	k->made = 0;
	(void)pthread_mutex_unlock(&k->lock);
	return made;
}

/* ---- requests ---- */

static Record__Retention *
open_request(struct fold *f, uint16_t line, uint64_t place)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *body = NULL;
	struct fold_spot at;
	struct buf shown;

	buf_init(&shown, LOG_SEALED_MAX);
	if (fold_spot(f, line, place, &at, NULL) == ERR_OK &&
	    log_sealed(f->book, f->txn, at.slot, at.index, &sealed, NULL) ==
	        ERR_OK)
		body = fold_unpack(sealed->body, &shown);
	if (body != NULL &&
	    (body->descriptor != &record__retention__descriptor ||
	        ((Record__Retention *)body)->n_index != 1)) {
		slice_free(body);
		body = NULL;
	}
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	buf_clear(&shown);
	return (Record__Retention *)body;
}

/* By the tables; the command judges once more.  Not before the time that was
 * said when it was asked: a policy may have changed, or be read otherwise. */
static bool
is_due(
    struct retain *k, struct fold *f, const struct fold_wait *w, int64_t now_us)
{
	struct retain_look look;
	struct retain_ask ask = {.site = k->site,
	    .fold = f,
	    .line = k->site->evidence,
	    .now_us = now_us};
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	struct bytes bytes;
	bool due = false;

	/* Most wait still, and are looked at once a minute. */
	if (now_us < w->until_us)
		return false;
	if (fold_spot(f, ask.line, w->place, &at, NULL) != ERR_OK ||
	    log_entry(f->book, f->txn, at.slot, at.index, &bytes, NULL) !=
	        ERR_OK ||
	    log_decode(&leaf, bytes, NULL) != ERR_OK)
		return false;
	if (leaf->record_id.len == 16 &&
	    retain_request(&look, &ask, leaf->record_id.data, NULL) == ERR_OK)
		due = look.policy != NULL && !look.facts.held &&
		    (look.class == NULL || now_us >= look.answer.law_us);
	ledger__entry__free_unpacked(leaf, NULL);
	return due;
}

static void
requests(struct retain *k, const struct retain_time *time)
{
	struct fold f = {.t = &k->site->own.tables,
	    .book = k->site->own.book,
	    .mac = &k->site->index_mac};
	struct fold_holds holds = {.len = 0};
	struct fold_wait w = {.place = 0};
	uint64_t waiting = 0;
	uint64_t next = 0; /* else those behind would wait for what fails */
	unsigned due = 0;

	if (store_read(k->site->own.store, &f.txn, NULL) != ERR_OK)
		return;
	for (uint64_t from = 0;
	     fold_wait_next(&f, k->site->evidence, from, &w, NULL) == ERR_OK;
	     from = w.place + 1) {
		struct submit_due ask = {.asked = NULL};
		struct submit_to to;
		Record__Retention *m;

		waiting++;
		if (!time->vouched || due == DUE_MAX || w.place < k->asked ||
		    !is_due(k, &f, &w, time->now_us))
			continue;
		m = open_request(&f, k->site->evidence, w.by);
		if (m == NULL)
			continue;
		memcpy(ask.request, w.request, 16);
		ask.asked = m;
		to = towards(k);
		submit_erasure_due(&to, &ask);
		slice_free(&m->base);
		if (++due == DUE_MAX)
			next = w.place + 1;
	}
	k->asked = next;
	if (fold_holds(&f, k->site->evidence, &holds, NULL) != ERR_OK)
		holds.len = 0;
	store_abort(f.txn);
	(void)settle(k);
	(void)pthread_mutex_lock(&k->lock);
	k->stats.waiting = waiting;
	k->stats.holds = holds.len;
	k->stats.erased += due;
	(void)pthread_mutex_unlock(&k->lock);
	fold_holds_free(&holds);
}

/* ---- terms ---- */

static void
count(struct retain *k, bool media, uint64_t ended)
{
	uint64_t left = 0;
	uint64_t held = 0;

	for (size_t i = 0; i < k->scan.len; i++) {
		left += k->scan.at[i].left_len;
		held += k->scan.at[i].held;
	}
	(void)pthread_mutex_lock(&k->lock);
	if (media)
		k->stats.media += ended;
	else
		k->stats.expired += ended;
	k->stats.left = left;
	k->stats.held = held;
	k->stats.behind = k->more;
	(void)pthread_mutex_unlock(&k->lock);
}

/* One class, its records or media; false: look at the next one.  Also when the
 * command ended nothing of what it was given: that is tried again with the next
 * look, and must not keep all other classes and the keys from theirs. */
static bool
track(struct retain *k, size_t i, int64_t now_us)
{
	struct retain_batch *b = mem_alloc(1, sizeof *b);
	struct retain_track *t = &k->scan.at[i];
	struct err_why why = {.text = ""};
	struct submit_expiry x = {.term = t->term, .media = t->media};
	struct submit_plan *plan = NULL;
	struct submit_to to;
	uint64_t ended = 0;
	bool work;

	if (retain_scan_next(&k->scan, i, now_us, b, &why) != ERR_OK) {
		journal_warn("RETENTION", "cannot look: %s", why.text);
		free(b);
		return false;
	}
	x.last = b->last;
	x.position = b->position;
	x.id = (const uint8_t(*)[16])b->id;
	x.len = b->len;
	x.now_us = now_us;
	x.seen = &k->scan.seen;
	work = b->len > 0 || b->position >= t->kept + KEEP_ROWS ||
	    (b->last && b->position != t->kept && b->seen > 0);
	/* Another policy since it was looked at: other classes. */
	if (packs_retention(k->site->packs, now_us) != k->scan.policy)
		work = false;
	k->more |= b->more;
	if (work && b->len > 0 &&
	    submit_plan_make(&plan, k->site, &x, &why) != ERR_OK) {
		journal_warn("RETENTION", "cannot look: %s", why.text);
		work = false;
	}
	if (work) {
		to = towards(k);
		submit_expiry(&to, &x, plan);
		ended = settle(k);
		t->kept = b->position;
		k->more |= ended > 0;
		count(k, t->media, ended);
		if (ended > 0)
			journal_info("RETENTION-ENDED",
			    "term=%s what=%s entries=%" PRIu64, t->term,
			    t->media ? "media" : "records", ended);
	}
	free(b);
	return ended > 0;
}

/* Keys whose month ended without another entry. */
static void
keys(struct retain *k)
{
	struct submit_expiry x = {.term = "", .last = true};
	struct store_txn *txn = NULL;
	struct submit_to to;
	bool wait = false;

	if (store_read(k->site->own.store, &txn, NULL) == ERR_OK)
		wait = log_erase_waits(k->site->own.book, txn);
	store_abort(txn);
	if (!wait)
		return;
	to = towards(k);
	submit_expiry(&to, &x, NULL);
	(void)settle(k);
}

static void
confirm(struct retain *k, struct retain_time *out)
{
	struct fold f = {.t = &k->site->own.tables,
	    .book = k->site->own.book,
	    .mac = &k->site->index_mac};

	*out = (struct retain_time){.wants = rule_get(RULE_END_UNCERTAIN)};
	if (store_read(k->site->own.store, &f.txn, NULL) != ERR_OK)
		return;
	retain_time(out, k->site, &f, site_now(k->site));
	store_abort(f.txn);
}

unsigned
retain_turn(struct retain *r)
{
	int64_t boot_us = clock_boot_us(r->site->clock);
	struct retain_time time;
	bool again = atomic_exchange(&r->again, false);
	unsigned made;
	bool work = false;

	if (atomic_load(&r->site->halted) || atomic_load(&r->site->folding))
		return 0;
	confirm(r, &time);
	(void)pthread_mutex_lock(&r->lock);
	r->stats.wants = time.wants;
	r->stats.quiet_us = time.quiet_us;
	made = r->done;
	(void)pthread_mutex_unlock(&r->lock);
	/* After a pause everything is opened anew: it may be damaged since. */
	if (!r->more)
		r->scan.seen = (struct retain_seen){.opened = 0};
	r->more = false;
	requests(r, &time);
	if (time.vouched) {
		retain_scan_policy(&r->scan, time.now_us);
		again |= boot_us - r->again_us > AGAIN_US;
		if (again)
			r->again_us = boot_us;
		for (size_t i = 0; i < r->scan.len; i++) {
			r->scan.at[i].again |= again;
			work = work || track(r, i, time.now_us);
		}
		count(r, true, 0);
	}
	/* A committer that does not know whether its log is whole waits. */
	if (!work && !r->more && time.wants != rule_get(RULE_END_UNSURE))
		keys(r);
	if (!r->more)
		boot_us += time.vouched ? IDLE_US : WAIT_US;
	atomic_store(&r->next_us, boot_us);
	(void)pthread_mutex_lock(&r->lock);
	made = r->done - made;
	(void)pthread_mutex_unlock(&r->lock);
	return made;
}

void
retain_again(struct retain *r)
{
	atomic_store(&r->again, true);
}

/* ---- its thread ---- */

static void
look(void *arg)
{
	struct retain *k = arg;

	(void)retain_turn(k);
	atomic_store(&k->busy, false);
}

struct retain *
retain_new(struct site *s)
{
	struct retain *k = mem_alloc(1, sizeof *k);

	k->site = s;
	k->scan.site = s;
	k->job = (struct lane_job){.run = look, .arg = k};
	(void)pthread_mutex_init(&k->lock, NULL);
	(void)pthread_cond_init(&k->wake, NULL);
	return k;
}

enum err
retain_start(struct retain *k, struct err_why *why)
{
	return lane_start(&k->lane, 1, NICE, why);
}

void
retain_beat(struct retain *r)
{
	if (r->lane != NULL &&
	    clock_boot_us(r->site->clock) >= atomic_load(&r->next_us) &&
	    !atomic_exchange(&r->busy, true))
		lane_put(r->lane, &r->job);
}

void
retain_stats(struct retain *r, struct retain_stats *out)
{
	(void)pthread_mutex_lock(&r->lock);
	*out = r->stats;
	(void)pthread_mutex_unlock(&r->lock);
}

void
retain_stop(struct retain *r)
{
	if (r == NULL)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->ending = true;
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
	lane_stop(r->lane);
	r->lane = NULL;
}

void
retain_free(struct retain *r)
{
	if (r == NULL)
		return;
	retain_scan_clear(&r->scan);
	(void)pthread_cond_destroy(&r->wake);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

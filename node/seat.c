/* seat.c - this node among the members: reads what they say, and votes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/seat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "federation/council_act.h"
#include "federation/council_change.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/seat_log.h"
#include "node/seat_news.h"
#include "node/seat_start.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/site_next.h"
#include "node/submit.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define NICE 5
#define BODY_MAX (1u << 20)

struct seat {
	struct site *site;
	pthread_mutex_t lock; /* all that follows, unless it says otherwise */
	struct seat_start *start; /* NULL: not begun */
	struct seat_log *logs;
	struct council *council; /* NULL: nothing yet */
	bool behind; /* more was read than the council is of */
	struct hash shown; /* id of the epoch that was told */
	struct seat_news *news;
	/* Of the next three; never held for long: the committer takes it. */
	pthread_mutex_t write_lock;
	pthread_cond_t wake;
	bool writing; /* an entry is on its way into the log */
	bool ending;
	pthread_mutex_t kick_lock; /* of the next one */
	struct lane *lane; /* NULL: not started, or ended */
	struct lane_job job;
	atomic_bool busy; /* any thread */
	atomic_bool again;
	void (*changed)(void *arg);
	void *arg;
};

static const struct submit_who node = {.subject = "node", .role = "node"};

/* What is to be appended. */
struct entry {
	Ledger__Kind kind;
	struct buf body;
};

/* ---- reading ---- */

static enum err
fold(struct seat *t, struct err_why *why)
{
	struct council_input in = {.until = COUNCIL_ALL};
	struct council *c = NULL;
	enum err e;

	in.logs = seat_log_all(t->logs, &in.len);
	e = council_fold(&c, seat_start_epoch(t->start), &in, why);
	if (e != ERR_OK)
		return e;
	council_free(t->council);
	t->council = c;
	t->behind = false;
	return ERR_OK;
}

/* lock held. */
static enum err
look(struct seat *t, struct err_why *why)
{
	bool changed = false;
	enum err e;

	if (t->start == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "this node is in no alliance; lianfang alliance join");
	e = seat_log_look(t->logs, &changed, why);
	t->behind |= changed;
	if (e == ERR_OK && (t->behind || t->council == NULL))
		e = fold(t, why);
	return e;
}

enum err
seat_begin(struct seat *t, struct bytes json, struct err_why *why)
{
	struct seat_start *s = NULL;
	enum err e = seat_start_open(&s, json, t->site, why);

	if (e != ERR_OK)
		return e;
	(void)pthread_mutex_lock(&t->lock);
	if (t->start != NULL && seat_start_same(t->start, s)) {
		seat_start_free(s);
	} else {
		seat_start_free(t->start);
		council_free(t->council);
		t->start = s;
		t->council = NULL;
	}
	e = look(t, why);
	if (e == ERR_OK)
		t->shown = council_now(t->council)->id;
	(void)pthread_mutex_unlock(&t->lock);
	return e;
}

enum err
seat_roster(struct seat *t, struct roster **out, struct err_why *why)
{
	enum err e;

	(void)pthread_mutex_lock(&t->lock);
	e = t->council != NULL
	    ? seat_start_roster(
	          out, t->start, council_now(t->council), t->site->name, why)
	    : err_fail(why, ERR_NOT_FOUND,
	          "this node is in no alliance; lianfang alliance join");
	(void)pthread_mutex_unlock(&t->lock);
	return e;
}

enum err
seat_look(struct seat *t, seat_use use, void *arg, struct err_why *why)
{
	enum err e;

	(void)pthread_mutex_lock(&t->lock);
	e = look(t, why);
	if (e == ERR_OK) {
		struct seat_view v = {.council = t->council,
		    .alliance = seat_start_alliance(t->start),
		    .self = t->site->name,
		    .missing = seat_log_missing(t->logs),
		    .start = seat_start_epoch(t->start),
		    .input.until = COUNCIL_ALL};

		v.input.logs = seat_log_all(t->logs, &v.input.len);
		use(arg, &v);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return e;
}

/* ---- writing ---- */

/* Where nobody is to be asked the committer begins by itself. */
static bool
sure_of(const struct site *s, unsigned logs)
{
	return (atomic_load(&s->unsure) & logs) == 0 ||
	    (!s->asks && s->doubt == 0);
}

/* lock held.  Only then is what the logs say all that this node has said. */
static enum err
may_write(const struct seat *t, struct err_why *why)
{
	const struct site *s = t->site;

	if (s->commit == NULL || atomic_load(&s->halted) ||
	    !sure_of(s, 1u << SITE_ALLIANCE) || !seat_log_own_whole(t->logs))
		return err_fail(why, ERR_TIMEOUT,
		    "the alliance log may not be signed yet; try again when "
		    "the node is ready (lianfang status)");
	return ERR_OK;
}

/* From here to `written` the own log grows by this caller alone; whoever
 * reads after it has read all that was said.  False: now it does not. */
static bool
begin_writing(struct seat *t, bool wait)
{
	bool mine;

	(void)pthread_mutex_lock(&t->write_lock);
	while (wait && t->writing && !t->ending)
		(void)pthread_cond_wait(&t->wake, &t->write_lock);
	mine = !t->writing && !t->ending;
	t->writing |= mine;
	(void)pthread_mutex_unlock(&t->write_lock);
	return mine;
}

static void
written(struct seat *t)
{
	(void)pthread_mutex_lock(&t->write_lock);
	t->writing = false;
	(void)pthread_cond_broadcast(&t->wake);
	(void)pthread_mutex_unlock(&t->write_lock);
}

static void
appended(void *arg, struct submit_result *r)
{
	struct seat *t = arg;
	const bool good = r->error == ERR_OK;

	if (!good && r->error != ERR_TIMEOUT)
		journal_warn("ALLIANCE", "not recorded yet: %s", r->why.text);
	submit_result_free(r);
	written(t);
	if (good)
		seat_kick(t);
}

static void
put(struct seat *t, const struct entry *e, submit_done done, void *arg)
{
	static const ProtobufCMessageDescriptor *const types[] = {
	    &record__proposal__descriptor, &record__vote__descriptor,
	    &record__sighting__descriptor};
	const struct submit_to to = {
	    .site = t->site, .who = &node, .done = done, .arg = arg};
	const size_t k = e->kind == LEDGER__KIND__PROPOSAL ? 0
	    : e->kind == LEDGER__KIND__VOTE                ? 1
	                                                   : 2;
	ProtobufCMessage *m = NULL;
	struct submit_result *r;
	struct err_why why;
	enum err err = slice_unpack(&m, types[k], buf_view(&e->body), &why);

	if (err != ERR_OK) {
		r = mem_alloc(1, sizeof *r);
		r->error = err;
		r->why = why;
		done(arg, r);
		return;
	}
	submit_plain(&to,
	    &(struct submit_plain){
	        .kind = e->kind, .alliance = true, .message = m});
	slice_free(m);
}

/* A vote that needs no person: for the change that has most votes. */
static bool
routine(const struct council *c, const char *self, struct entry *e)
{
	const struct tally *t = council_tally(c);
	const struct council_motion *m, *best = NULL;
	struct err_why why;
	size_t most = 0;
	uint32_t open;
	unsigned r = council_round(c, &open);

	for (size_t i = 0; i < council_motions(c); i++) {
		size_t votes = 1;

		m = council_motion(c, i);
		if (!m->routine || (open != TALLY_ANY && open != m->choice))
			continue;
		for (size_t k = 0; k < t->n; k++)
			votes += tally_said(t, r, k, k) == m->choice;
		if (votes > most) {
			most = votes;
			best = m;
		}
	}
	e->kind = LEDGER__KIND__VOTE;
	return best != NULL &&
	    council_vote(c, self, &best->hash, &e->body, &why) == ERR_OK;
}

/* lock held.  What is to be written without asking anybody. */
static bool
next_entry(struct seat *t, struct entry *e)
{
	const char *self = t->site->name;

	if (t->council == NULL || may_write(t, NULL) != ERR_OK)
		return false;
	e->kind = LEDGER__KIND__SIGHTING;
	if (council_sight(t->council, self, NULL, 0, &e->body))
		return !e->body.over;
	return routine(t->council, self, e);
}

/* One turn of the thread. */
static void
turn(struct seat *t)
{
	struct entry e;
	struct err_why why = {.text = ""};
	const bool mine = begin_writing(t, false);
	bool writes = false, moved = false;
	enum err err;

	buf_init(&e.body, BODY_MAX);
	(void)pthread_mutex_lock(&t->lock);
	err = look(t, &why);
	if (err == ERR_OK) {
		const struct hash *id = &council_now(t->council)->id;

		moved = memcmp(id->b, t->shown.b, HASH_BYTES) != 0;
		t->shown = *id;
		seat_news_look(t->news, t->council,
		    may_write(t, NULL) == ERR_OK &&
		        sure_of(t->site, SITE_BOTH));
		writes = mine && next_entry(t, &e);
	} else if (err != ERR_NOT_FOUND) {
		journal_warn("ALLIANCE", "cannot be read: %s", why.text);
	}
	(void)pthread_mutex_unlock(&t->lock);
	if (writes)
		put(t, &e, appended, t);
	else if (mine)
		written(t);
	if (moved && t->changed != NULL)
		t->changed(t->arg);
	buf_clear(&e.body);
}

static void
run(void *arg)
{
	struct seat *t = arg;

	do {
		atomic_store(&t->again, false);
		turn(t);
	} while (atomic_load(&t->again));
	atomic_store(&t->busy, false);
	/* Kicked between the two: the next second looks again. */
}

/* ---- asked to ---- */

/* Waits until nothing is on its way, then reads; the lock is held on ERR_OK and
 * the log is this caller's. */
static enum err
take(struct seat *t, struct err_why *why)
{
	enum err e;

	if (!begin_writing(t, true))
		return err_fail(why, ERR_BUSY, "the node is ending");
	(void)pthread_mutex_lock(&t->lock);
	e = look(t, why);
	if (e == ERR_OK)
		e = may_write(t, why);
	if (e == ERR_OK)
		return e;
	(void)pthread_mutex_unlock(&t->lock);
	written(t);
	return e;
}

/* After take, without the lock: appends, reads again. */
static enum err
append(struct seat *t, const struct entry *e, struct err_why *why)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;
	enum err err;

	put(t, e, submit_wait_done, w);
	r = submit_wait_for(w);
	err = r->error;
	if (err != ERR_OK)
		*why = r->why;
	submit_result_free(r);
	if (err != ERR_OK)
		return err;
	(void)pthread_mutex_lock(&t->lock);
	err = look(t, why);
	(void)pthread_mutex_unlock(&t->lock);
	return err;
}

/* A card that has the identity key which waits here is proposed by that one:
 * the members know it from the card before (council_change.h). */
static void
sign(const struct site *s, Record__Proposal *p)
{
	const struct crypto_signer *key = &site_keys(s)->identity;
	struct site_next next;

	if (site_next_read(&next, s->dir, s->name, NULL) == ERR_OK &&
	    (next.has & SITE_NEXT_IDENTITY) != 0 && p->card != NULL &&
	    strcmp(p->card->name, s->name) == 0 &&
	    memcmp(p->card->identity_key.data + 1, next.identity.pub,
	        CRYPTO_PUB_BYTES) == 0)
		key = &next.identity;
	council_change_sign(p, key);
	crypto_wipe(&next, sizeof next);
}

static void
fill(struct seat *t, Record__Proposal *p)
{
	const struct hash *id = &council_now(t->council)->id;

	free(p->epoch.data);
	free(p->by);
	p->epoch.data = mem_alloc(1, HASH_BYTES);
	p->epoch.len = HASH_BYTES;
	memcpy(p->epoch.data, id->b, HASH_BYTES);
	p->has_epoch = 1;
	p->by = mem_strdup(t->site->name);
	sign(t->site, p);
}

static enum err
propose(struct seat *t, Record__Proposal *p, struct entry *e, struct hash *out,
    struct err_why *why)
{
	Fed__Genesis *next = NULL;
	enum err err;

	fill(t, p);
	err =
	    council_change_apply(&next, council_now(t->council)->state, p, why);
	if (err != ERR_OK)
		return err;
	slice_free(&next->base);
	err = council_change_hash(out, p, why);
	if (err != ERR_OK)
		return err;
	e->kind = LEDGER__KIND__PROPOSAL;
	slice_pack(&e->body, &p->base);
	return buf_ok(&e->body, why);
}

/* lock held: its own vote, if it can still be given. */
static bool
second(struct seat *t, const struct hash *motion, struct entry *e)
{
	struct err_why why;

	buf_reset(&e->body);
	e->kind = LEDGER__KIND__VOTE;
	return council_vote(
	           t->council, t->site->name, motion, &e->body, &why) == ERR_OK;
}

enum err
seat_propose(struct seat *t, Record__Proposal *p, struct hash *motion,
    struct err_why *why)
{
	struct entry e;
	bool votes;
	enum err err = take(t, why);

	if (err != ERR_OK)
		return err;
	buf_init(&e.body, BODY_MAX);
	err = propose(t, p, &e, motion, why);
	(void)pthread_mutex_unlock(&t->lock);
	if (err == ERR_OK)
		err = append(t, &e, why);
	if (err == ERR_OK) {
		(void)pthread_mutex_lock(&t->lock);
		votes = second(t, motion, &e);
		(void)pthread_mutex_unlock(&t->lock);
		if (votes)
			err = append(t, &e, why);
	}
	written(t);
	seat_kick(t);
	buf_clear(&e.body);
	return err;
}

enum err
seat_vote(struct seat *t, const struct hash *motion, struct err_why *why)
{
	struct entry e = {.kind = LEDGER__KIND__VOTE};
	enum err err = take(t, why);

	if (err != ERR_OK)
		return err;
	buf_init(&e.body, BODY_MAX);
	err = council_vote(t->council, t->site->name, motion, &e.body, why);
	(void)pthread_mutex_unlock(&t->lock);
	if (err == ERR_OK)
		err = append(t, &e, why);
	written(t);
	seat_kick(t);
	buf_clear(&e.body);
	return err;
}

enum err
seat_give_up(struct seat *t, const char *member, struct err_why *why)
{
	struct entry e = {.kind = LEDGER__KIND__SIGHTING};
	bool says;
	enum err err = take(t, why);

	if (err != ERR_OK)
		return err;
	buf_init(&e.body, BODY_MAX);
	says = council_sight(t->council, t->site->name, &member, 1, &e.body);
	(void)pthread_mutex_unlock(&t->lock);
	err = says ? append(t, &e, why)
	           : err_fail(why, ERR_EXISTS,
	                 "all has been said already of %.100s", member);
	written(t);
	seat_kick(t);
	buf_clear(&e.body);
	return err;
}

/* ---- its thread ---- */

struct seat *
seat_new(struct site *s)
{
	struct seat *t = mem_alloc(1, sizeof *t);

	t->site = s;
	t->logs = seat_log_new(s);
	t->news = seat_news_new(s);
	t->job = (struct lane_job){.run = run, .arg = t};
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_mutex_init(&t->write_lock, NULL);
	(void)pthread_mutex_init(&t->kick_lock, NULL);
	(void)pthread_cond_init(&t->wake, NULL);
	return t;
}

enum err
seat_start(
    struct seat *t, void (*changed)(void *arg), void *arg, struct err_why *why)
{
	struct lane *lane = NULL;
	enum err e = lane_start(&lane, 1, NICE, why);

	t->changed = changed;
	t->arg = arg;
	(void)pthread_mutex_lock(&t->kick_lock);
	t->lane = lane;
	(void)pthread_mutex_unlock(&t->kick_lock);
	return e;
}

void
seat_kick(struct seat *t)
{
	(void)pthread_mutex_lock(&t->kick_lock);
	atomic_store(&t->again, true);
	if (t->lane != NULL && !atomic_exchange(&t->busy, true))
		lane_put(t->lane, &t->job);
	(void)pthread_mutex_unlock(&t->kick_lock);
}

void
seat_stop(struct seat *t)
{
	struct lane *lane;

	if (t == NULL)
		return;
	(void)pthread_mutex_lock(&t->write_lock);
	t->ending = true;
	(void)pthread_cond_broadcast(&t->wake);
	(void)pthread_mutex_unlock(&t->write_lock);
	(void)pthread_mutex_lock(&t->kick_lock);
	lane = t->lane;
	t->lane = NULL;
	(void)pthread_mutex_unlock(&t->kick_lock);
	lane_stop(lane);
}

void
seat_free(struct seat *t)
{
	if (t == NULL)
		return;
	seat_stop(t);
	seat_start_free(t->start);
	council_free(t->council);
	seat_log_free(t->logs);
	seat_news_free(t->news);
	(void)pthread_cond_destroy(&t->wake);
	(void)pthread_mutex_destroy(&t->lock);
	(void)pthread_mutex_destroy(&t->write_lock);
	(void)pthread_mutex_destroy(&t->kick_lock);
	free(t);
}

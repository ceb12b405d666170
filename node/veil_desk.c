/* veil_desk.c - this node's part in the veil: sends, hands on, publishes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_desk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "federation/veil.h"
#include "node/domain/packs_force.h"
#include "node/journal.h"
#include "node/peers.h"
#include "node/site.h"
#include "node/submit.h"
#include "node/submit_veil.h"
#include "node/veil_item.h"
#include "node/veil_judge.h"
#include "node/veil_own.h"
#include "node/veil_watch.h"
#include "node/veil_word.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define IDLE_US INT64_C(1000000)
#define SLOT_MS 60000
#define LOOK_SLOTS 4 /* between two looks at who takes part */
#define EARLY_US (INT64_C(86400) * 1000000) /* keys of the next term */
#define LATE_US (INT64_C(3600) * 1000000) /* cells of the last one */
#define SAID_US INT64_C(10000000) /* from announcing to announcing again */
#define CAME_MAX 256
#define PUT_MAX 256 /* items that wait to be published */

/* Cells of one member in a slot, of those that it hands on, members of a batch;
 * items: sources of a batch, slots after which one alone comes out. */
#define QUOTA 2
#define RESTS 8
#define LEAST 3
#define SOURCES 2
#define PATIENCE 6

struct came {
	char peer[NOTE_NAME_MAX + 1];
	struct buf cell;
};

struct veil_desk {
	struct peers *peers;
	struct site *site;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* the next four */
	pthread_cond_t wake;
	bool ending;
	struct came came[CAME_MAX];
	size_t came_len;
	/* The thread's own. */
	struct veil *veil; /* NULL: takes no part */
	int64_t slot_us;
	uint64_t slot;
	int64_t next_us;
	struct veil_book book;
	struct veil_keys keys;
	struct veil_plan *plan;
	struct mix *items;
	struct veil_judge judge;
	struct veil_watch *watch;
	uint32_t policy_ms;
	bool fresh; /* the veil knows nobody yet */
	int64_t said_us[2]; /* of this term, of the next */
	bool quiet; /* what is wrong was said */
};

static const struct submit_who node = {.subject = "node", .role = "node"};

static void
trouble(struct veil_desk *d, const char *what, const struct err_why *why)
{
	if (!d->quiet)
		journal_warn("VEIL", "%s: %s", what, why->text);
	d->quiet = true;
}

/* ---- publishing ---- */

static void
published(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK && r->error != ERR_EXISTS)
		journal_warn("VEIL-PUBLISH", "not published: %s", r->why.text);
	submit_result_free(r);
}

static void
publish(void *arg, struct bytes body)
{
	struct veil_desk *d = arg;
	const struct submit_to to = {
	    .site = d->site, .who = &node, .done = published, .arg = d};
	ProtobufCMessage *m = NULL;

	if (slice_unpack(&m, &record__intel__descriptor, body, NULL) == ERR_OK)
		submit_veil(&to, (const Record__Intel *)m);
	slice_free(m);
}

static void
on_heard(void *arg, struct bytes body)
{
	struct veil_desk *d = arg;
	ProtobufCMessage *m = NULL;
	struct err_why why;
	uint32_t origin = 0;
	enum err e = slice_unpack(&m, &record__intel__descriptor, body, &why);

	if (e == ERR_OK)
		e = veil_judge(&d->judge, &d->book, d->site,
		    (const Record__Intel *)m, &origin, &why);
	if (e == ERR_OK)
		e = mix_take(d->items, d->slot, origin, body, &why);
	if (e != ERR_OK && e != ERR_EXISTS)
		journal_warn("VEIL-REFUSED", "%s", why.text);
	slice_free(m);
}

static void
on_send(void *arg, const char *peer, struct bytes cell)
{
	struct veil_desk *d = arg;

	peers_cell(d->peers, peer, cell);
}

/* ---- taking part ---- */

static void
leave(struct veil_desk *d)
{
	veil_free(d->veil);
	d->veil = NULL;
	veil_keys_wipe(&d->keys);
	veil_book_clear(&d->book);
}

static void
announced(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK && r->error != ERR_TIMEOUT)
		journal_warn("VEIL-KEYS", "not announced: %s", r->why.text);
	submit_result_free(r);
}

static enum err
announce(struct veil_desk *d, const struct veil_book *b,
    const struct veil_keys *k, int64_t *said_us, struct err_why *why)
{
	const struct submit_to to = {
	    .site = d->site, .who = &node, .done = announced, .arg = d};
	const int64_t now_us = clock_boot_us(d->site->clock);
	const struct veil_when when = {&b->alliance, k->term, d->site->name};
	struct veil_word word;
	enum err e;

	if (veil_book_stand(b, d->site->name, &k->ring.pub) != VEIL_STAND_NEW ||
	    (*said_us != 0 && now_us < *said_us + SAID_US))
		return ERR_OK;
	*said_us = now_us;
	e = veil_word_make(&word, &when, k, d->policy_ms, why);
	if (e == ERR_OK)
		submit_plain(&to,
		    &(struct submit_plain){.kind = LEDGER__KIND__VEIL,
		        .alliance = true,
		        .message = &word.m.base});
	return e;
}

/* In the last day of a term, for those who begin the next one early. */
static enum err
announce_next(struct veil_desk *d, int64_t wall_us, struct err_why *why)
{
	struct veil_book b = {.len = 0};
	struct veil_keys k;
	const uint32_t next = d->keys.term + 1;
	enum err e;

	if ((int64_t)next * VEIL_TERM_US - wall_us > EARLY_US)
		return ERR_OK;
	e = veil_keys_open(&k, d->site->dir, next, why);
	if (e == ERR_OK)
		e = veil_book_read(&b, d->site, next, why);
	if (e == ERR_OK)
		e = announce(d, &b, &k, &d->said_us[1], why);
	veil_book_clear(&b);
	veil_keys_wipe(&k);
	return e;
}

/* Keys that cells are sealed for: of the term, and for an hour of the last. */
static enum err
know_keys(struct veil_desk *d, int64_t wall_us, struct err_why *why)
{
	const uint32_t term = veil_item_term(wall_us);
	const uint32_t late =
	    veil_item_term(wall_us - LATE_US) < term ? term - 1 : term;
	struct crypto_signer hops[VEIL_KEYS];
	struct veil_keys old;
	size_t n = 1;
	enum err e = ERR_OK;

	if (d->keys.term != term) {
		d->said_us[0] = d->said_us[1] = 0;
		veil_keys_wipe(&d->keys);
		e = veil_judge_begin(&d->judge, d->site, term, why);
		if (e == ERR_OK)
			e = veil_keys_open(&d->keys, d->site->dir, term, why);
	}
	if (e == ERR_OK)
		e = veil_keys_erase(d->site->dir, late, why);
	if (e != ERR_OK)
		return e;
	hops[0] = d->keys.hop;
	if (late < term &&
	    veil_keys_open(&old, d->site->dir, late, NULL) == ERR_OK) {
		hops[n++] = old.hop;
		veil_keys_wipe(&old);
	}
	veil_keys(d->veil, hops, n);
	crypto_wipe(hops, sizeof hops);
	return ERR_OK;
}

/* Who takes part now, and how each is reached. */
static void
know_members(struct veil_desk *d)
{
	struct veil_member *m = mem_alloc(d->book.len + 1, sizeof *m);
	char(*owner)[256] = mem_alloc(d->book.len + 1, sizeof *owner);
	char own[256];
	size_t n = 0;

	for (size_t i = 0; i < d->book.len; i++) {
		const struct veil_said *s = &d->book.at[i];

		if (strcmp(s->member, d->site->name) == 0 ||
		    !veil_book_pace(&d->book, d->site, s) ||
		    !peers_reach(
		        d->peers, s->member, &m[n].linked, &m[n].listens))
			continue;
		m[n].name = s->member;
		veil_book_owner(d->site, s->member, owner[n], sizeof owner[n]);
		m[n].owner = owner[n];
		memcpy(m[n].hop, s->hop, CRYPTO_PUB_BYTES);
		n++;
	}
	veil_book_owner(d->site, d->site->name, own, sizeof own);
	veil_among(d->veil, own, cell_room(peers_members(d->peers)), m, n);
	free(owner);
	free(m);
}

static enum err
look(struct veil_desk *d, struct err_why *why)
{
	const int64_t wall_us = site_now(d->site);
	struct veil_book book;
	enum err e = know_keys(d, wall_us, why);

	if (e == ERR_OK)
		e = veil_book_read(&book, d->site, d->keys.term, why);
	if (e != ERR_OK)
		return e;
	veil_book_clear(&d->book);
	d->book = book;
	e = announce(d, &d->book, &d->keys, &d->said_us[0], why);
	if (e == ERR_OK)
		e = announce_next(d, wall_us, why);
	veil_watch_book(d->watch, &d->book);
	know_members(d);
	return e;
}

/* NULL: this node takes no part now. */
static const Pack__ReleaseVeil *
policy_of(const struct veil_desk *d)
{
	const Pack__Release *p =
	    packs_release(d->site->packs, site_now(d->site));

	return p != NULL && peers_roster(d->peers) != NULL ? p->veil : NULL;
}

/* The slot that was announced stands for its term, so that all change theirs
 * at once; before that, the policy's. */
static void
enter(struct veil_desk *d)
{
	const uint32_t said_ms = veil_book_slot(&d->book, d->site->name);
	const int64_t slot_us =
	    INT64_C(1000) * (said_ms != 0 ? said_ms : d->policy_ms);
	const struct veil_rule rule = {
	    .slot_us = slot_us, .least = LEAST, .quota = QUOTA, .rests = RESTS};
	const struct veil_host host = {d, on_send, on_heard};

	if (d->veil != NULL && d->slot_us == slot_us)
		return;
	veil_free(d->veil);
	d->fresh = true;
	d->slot_us = slot_us;
	d->next_us = 0;
	d->veil = veil_new(&rule, &host);
}

/* ---- the thread ---- */

/* What the hub left here. */
static void
take_cells(struct veil_desk *d)
{
	struct came *all = mem_alloc(CAME_MAX, sizeof *all);
	struct err_why why;
	size_t n;

	(void)pthread_mutex_lock(&d->lock);
	n = d->came_len;
	if (n > 0)
		memcpy(all, d->came, n * sizeof *all);
	d->came_len = 0;
	(void)pthread_mutex_unlock(&d->lock);
	for (size_t i = 0; i < n; i++) {
		enum err e = ERR_OK;

		if (d->veil != NULL)
			e = veil_take(
			    d->veil, all[i].peer, buf_view(&all[i].cell), &why);
		if (e != ERR_OK) {
			veil_watch_refused(d->watch, all[i].peer, e);
			journal_debug(
			    "VEIL-CELL", "peer=%s %s", all[i].peer, why.text);
		}
		buf_clear(&all[i].cell);
	}
	free(all);
}

/* The end of a slot: the same steps whether anything is to be said or not,
 * what takes time after the cell has left. */
static void
turn(struct veil_desk *d, int64_t now_us)
{
	struct err_why why = {.text = ""};
	const bool due = d->fresh || d->slot % LOOK_SLOTS == 0;
	struct veil_next next;

	d->next_us = veil_turn(d->veil, now_us);
	veil_watch_turn(d->watch);
	(void)mix_turn(d->items, d->slot, publish, d);
	d->slot++;
	d->fresh = false;
	if (due && look(d, &why) != ERR_OK) {
		trouble(d, "takes no part", &why);
		return;
	}
	d->quiet = false;
	if (veil_book_stand(&d->book, d->site->name, &d->keys.ring.pub) !=
	        VEIL_STAND_IN ||
	    !veil_plan_next(d->plan, &d->book, &d->keys, d->slot_us, &next))
		return;
	(void)veil_say(d->veil, buf_view(&next.body),
	    next.publisher[0] != '\0' ? next.publisher : NULL);
	buf_wipe(&next.body);
}

static void
step(struct veil_desk *d)
{
	const Pack__ReleaseVeil *p = policy_of(d);
	const int64_t now_us = clock_boot_us(d->site->clock);

	if (p == NULL || d->site->commit == NULL) {
		leave(d);
		veil_watch_rest(d->watch);
		d->next_us = now_us + IDLE_US;
		take_cells(d);
		return;
	}
	d->policy_ms = p->has_slot_ms && p->slot_ms > 0 ? p->slot_ms : SLOT_MS;
	enter(d);
	take_cells(d);
	if (now_us >= d->next_us)
		turn(d, now_us);
}

static void *
run(void *arg)
{
	struct veil_desk *d = arg;
	struct timespec until;
	int64_t left_us;

	(void)pthread_mutex_lock(&d->lock);
	while (!d->ending) {
		(void)pthread_mutex_unlock(&d->lock);
		step(d);
		(void)pthread_mutex_lock(&d->lock);
		left_us = d->next_us - clock_boot_us(d->site->clock);
		if (left_us > IDLE_US)
			left_us = IDLE_US;
		if (d->ending || left_us <= 0)
			continue;
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += left_us / 1000000;
		until.tv_nsec += (left_us % 1000000) * 1000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		(void)pthread_cond_timedwait(&d->wake, &d->lock, &until);
	}
	(void)pthread_mutex_unlock(&d->lock);
	return NULL;
}

void
veil_desk_cell(struct veil_desk *d, const char *peer, struct bytes cell)
{
	struct came *c;
	size_t of = 0;
	bool room;

	(void)pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->came_len; i++)
		of += strcmp(d->came[i].peer, peer) == 0;
	room = d->came_len < CAME_MAX && of < QUOTA + RESTS &&
	    cell.len <= CELL_BYTES_MAX;
	if (d->running && room) {
		c = &d->came[d->came_len++];
		(void)snprintf(c->peer, sizeof c->peer, "%s", peer);
		buf_init(&c->cell, CELL_BYTES_MAX);
		buf_bytes(&c->cell, cell);
	}
	(void)pthread_mutex_unlock(&d->lock);
	if (!room)
		veil_watch_refused(d->watch, peer, ERR_BUSY);
}

void
veil_desk_metrics(struct veil_desk *d, struct buf *out)
{
	veil_watch_metrics(d->watch, out);
}

struct veil_desk *
veil_desk_new(struct peers *p, struct site *s)
{
	const struct mix_rule items = {.least = SOURCES,
	    .patience = PATIENCE,
	    .quota = QUOTA,
	    .held_max = PUT_MAX,
	    .piece_max = CELL_BYTES_MAX};
	struct veil_desk *d = mem_alloc(1, sizeof *d);
	pthread_condattr_t attr;

	d->peers = p;
	d->site = s;
	d->plan = veil_plan_new(s);
	d->items = mix_new(&items);
	d->watch = veil_watch_new(s);
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&d->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	return d;
}

enum err
veil_desk_start(struct veil_desk *d, struct err_why *why)
{
	if (d->running)
		return ERR_OK;
	d->ending = false;
	if (pthread_create(&d->thread, NULL, run, d) != 0)
		return err_fail(why, ERR_IO, "cannot start a thread");
	d->running = true;
	return ERR_OK;
}

void
veil_desk_stop(struct veil_desk *d)
{
	if (!d->running)
		return;
	(void)pthread_mutex_lock(&d->lock);
	d->ending = true;
	(void)pthread_cond_signal(&d->wake);
	(void)pthread_mutex_unlock(&d->lock);
	(void)pthread_join(d->thread, NULL);
	d->running = false;
}

void
veil_desk_free(struct veil_desk *d)
{
	if (d == NULL)
		return;
	veil_desk_stop(d);
	leave(d);
	for (size_t i = 0; i < d->came_len; i++)
		buf_clear(&d->came[i].cell);
	veil_plan_free(d->plan);
	mix_free(d->items);
	veil_judge_clear(&d->judge);
	veil_watch_free(d->watch);
	(void)pthread_mutex_destroy(&d->lock);
	(void)pthread_cond_destroy(&d->wake);
	free(d);
}

/* hub.c - the hub's thread, its events and its status. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/access.h"
#include "federation/hub_state.h"
#include "proto/mem.h"

#define IDLE_US INT64_C(1000000)
/* Handshakes cost public-key work: this many at once, one more per interval. */
#define HELLO_BURST 32
#define HELLO_US INT64_C(20000)
/* Turns of all links that are judged and not yet stored: one is stored, one
 * verified, one arrives.  Each holds its bytes (EXCHANGE_TURN_MAX) and what
 * they decode to (LOG_READY_SPREAD times that at worst). */
#define AHEAD_MAX 3

struct link *
hub_find_link(struct hub *h, const char *peer, size_t *at)
{
	size_t i;

	for (i = 0; peer != NULL && i < h->len; i++)
		if (strcmp(h->links[i].peer->name, peer) == 0) {
			if (at != NULL)
				*at = i;
			return &h->links[i];
		}
	return NULL;
}

/* ---- events of the exchanges ---- */

static void
note_trouble(struct hub *h, const char *peer, const char *origin, enum err e,
    const char *text)
{
	struct hub_refusal r = {peer, origin, e, text};
	size_t at;

	if (hub_find_link(h, peer, &at) != NULL) {
		h->shown[at].refused++;
		h->shown[at].trouble_us = clock_wall_us(h->o.clock);
		(void)snprintf(h->shown[at].trouble,
		    sizeof(h->shown[at].trouble), "%s", text);
	}
	if (h->carrying != NULL)
		(void)snprintf(h->carrying->trouble,
		    sizeof(h->carrying->trouble), "%s", text);
	if (h->o.host.refused != NULL)
		h->o.host.refused(h->o.host.arg, &r);
}

static void
on_trouble(void *arg, const char *peer, enum err e, const struct err_why *why)
{
	note_trouble(arg, peer, NULL, e, why->text);
}

static void
on_changed(void *arg, const char *peer, bool up)
{
	struct hub *h = arg;
	size_t at;

	if (!up && hub_find_link(h, peer, &at) != NULL)
		hub_carry_tell(h, at);
	if (h->o.host.link != NULL)
		h->o.host.link(h->o.host.arg, peer, up);
}

static void
show_sizes(struct hub *h, const struct exchange_event *e)
{
	struct hub_log_status *l;
	int64_t now_us;
	size_t at;
	int k;

	if (hub_find_link(h, e->peer, &at) == NULL)
		return;
	for (k = 0; k < 2 * ROSTER_KINDS; k++) {
		l = &h->shown[at].log[k];
		if (strcmp(l->origin, e->origin) != 0)
			continue;
		if (e->kind == EXCHANGE_STORED || e->kind == EXCHANGE_COSIGNED)
			l->held = e->size;
		if (e->kind != EXCHANGE_HEARD)
			continue;
		if (e->size > l->head)
			l->head = e->size;
		/* What a file says was so when it was made, no later. */
		now_us = clock_wall_us(h->o.clock);
		if (e->made_us == 0 || e->made_us > now_us)
			l->head_us = now_us;
		else if (e->made_us > l->head_us)
			l->head_us = e->made_us;
	}
}

static const char *
text_of(const struct exchange_event *e, struct err_why *room)
{
	(void)snprintf(room->text, sizeof(room->text), "%.*s", (int)e->text.len,
	    (const char *)e->text.ptr);
	return room->text;
}

static void
on_event(void *arg, const struct exchange_event *e)
{
	struct hub *h = arg;
	const struct hub_host *host = &h->o.host;
	struct hub_fork fork = {e->origin, e->peer, e->text};
	struct err_why text;

	switch (e->kind) {
	case EXCHANGE_HEARD:
		show_sizes(h, e);
		break;
	case EXCHANGE_STORED:
		show_sizes(h, e);
		h->entries += e->size - e->from;
		if (h->carrying != NULL)
			h->carrying->stored += e->size - e->from;
		if (host->extended != NULL)
			host->extended(host->arg, e->origin, e->from, e->size);
		break;
	case EXCHANGE_COSIGNED:
		show_sizes(h, e);
		if (host->cosigned != NULL)
			host->cosigned(host->arg, e->origin, e->size, e->text);
		break;
	case EXCHANGE_AHEAD:
		if (host->ahead != NULL)
			host->ahead(
			    host->arg, e->peer, e->origin, e->size, e->text);
		break;
	case EXCHANGE_SHOWN:
		if (host->shown != NULL)
			host->shown(host->arg, e->origin, e->size, e->text);
		break;
	case EXCHANGE_ERASED:
		if (host->erased != NULL)
			host->erased(host->arg, e->peer, e->origin, e->from);
		break;
	case EXCHANGE_FORKED:
		h->forks++;
		if (host->forked != NULL)
			host->forked(host->arg, &fork);
		break;
	case EXCHANGE_CELL:
		if (host->cell != NULL)
			host->cell(host->arg, e->peer, e->text);
		break;
	case EXCHANGE_REFUSED:
		note_trouble(h, e->peer, e->origin, e->err, text_of(e, &text));
		break;
	case EXCHANGE_REJECTED:
		note_trouble(
		    h, e->peer, e->origin, ERR_REFUSED, text_of(e, &text));
		break;
	}
}

/* A thread of the crew: let the hub's thread look. */
static void
on_verified(void *arg)
{
	struct hub *h = arg;

	wire_wake(h->home.wire);
}

static enum err
on_fold(void *arg, struct store_txn *txn, const struct log_stretch *s,
    struct err_why *why)
{
	struct hub *h = arg;

	if (h->o.host.fold == NULL)
		return ERR_OK;
	return h->o.host.fold(h->o.host.arg, txn, s, why);
}

/* ---- requests of others ---- */

static bool
hello_allowed(struct hub *h, int64_t now_us)
{
	if (h->hello_us < now_us)
		h->hello_us = now_us;
	if (h->hello_us - now_us > HELLO_BURST * HELLO_US)
		return false;
	h->hello_us += HELLO_US;
	return true;
}

static void
refuse_call(struct hub *h, struct wire_call *call)
{
	buf_reset(&h->home.frame);
	session_lost(&h->home.frame);
	wire_answer(call, buf_view(&h->home.frame));
}

static void
on_request(struct hub *h, const struct wire_event *ev, int64_t now_us)
{
	enum session_frame kind = session_kind(ev->body);
	char name[NOTE_NAME_MAX + 1];
	struct session *s;
	struct link *l;
	enum err e;
	size_t i;

	if (kind == SESSION_TRANSPORT)
		for (i = 0; i < h->len; i++) {
			s = link_session(&h->links[i], ev->body);
			if (s == NULL)
				continue;
			link_request(
			    &h->links[i], ev->call, s, ev->body, now_us);
			return;
		}
	if (kind == SESSION_HELLO && hello_allowed(h, now_us)) {
		e = session_claim(name, sizeof(name), ev->body, NULL);
		l = e == ERR_OK ? hub_find_link(h, name, NULL) : NULL;
		/* Whom we dial must not dial us: one conversation each. */
		if (l != NULL && l->address == NULL) {
			link_greet(l, ev->call, ev->body, now_us);
			return;
		}
	}
	if (kind == SESSION_GUEST)
		hub_guest_request(h, ev, now_us);
	else
		refuse_call(h, ev->call);
}

/* ---- the thread ---- */

static void
handle(struct hub *h, const struct wire_event *ev, int64_t now_us)
{
	switch (ev->kind) {
	case WIRE_WOKEN:
		depot_refresh(h->depot);
		break;
	case WIRE_REPLY:
		link_reply(ev->owner, ev->slot, ev->body, now_us);
		break;
	case WIRE_FAILED:
		link_failed(ev->owner, ev->slot, now_us);
		break;
	case WIRE_REQUEST:
		on_request(h, ev, now_us);
		break;
	}
}

/*
 * Stores one turn that is verified, of the links in rotation; when too many
 * wait, one that is not.  True: something was done and more may be waiting.
 */
static bool
settle(struct hub *h)
{
	struct exchange *first = NULL, *ready = NULL, *x;
	size_t queued = 0, i;

	for (i = 0; i < h->len; i++) {
		x = h->links[(h->turn + i) % h->len].x;
		if (exchange_queued(x) == 0)
			continue;
		queued += exchange_queued(x);
		if (first == NULL)
			first = x;
		if (ready == NULL && exchange_ready(x))
			ready = x;
	}
	if (ready == NULL && queued > AHEAD_MAX)
		ready = first;
	if (ready == NULL)
		return queued > 0 && depot_help(h->depot);
	h->turn++;
	exchange_settle_first(ready, clock_boot_us(h->o.clock));
	return true;
}

static void *
run(void *arg)
{
	struct hub *h = arg;
	struct wire_event ev;
	int64_t now_us, next_us, due_us;
	bool busy = false;
	size_t i;

	while (!atomic_load(&h->stop)) {
		now_us = clock_boot_us(h->o.clock);
		next_us = busy ? now_us : now_us + IDLE_US;
		for (i = 0; i < h->len; i++) {
			due_us = link_pump(&h->links[i], now_us);
			if (due_us < next_us)
				next_us = due_us;
		}
		due_us = hub_guest_pump(h, now_us);
		if (due_us < next_us)
			next_us = due_us;
		hub_publish(h, now_us);
		hub_cell_give(h);
		now_us = clock_boot_us(h->o.clock);
		if (wire_wait(h->home.wire, &ev,
		        next_us > now_us ? next_us - now_us : 0))
			handle(h, &ev, clock_boot_us(h->o.clock));
		else if (!busy)
			depot_rest(h->depot);
		/* What was asked for arrives while this is stored. */
		busy = settle(h);
		busy = hub_carry_one(h) || busy;
	}
	return NULL;
}

/* Of two that both can be dialled the smaller name dials. */
static const char *
dial_address(const struct hub_options *o, const struct roster_member *me,
    const struct roster_member *peer)
{
	size_t i;

	if (peer->endpoint == NULL ||
	    (me->endpoint != NULL && strcmp(me->name, peer->name) > 0))
		return NULL;
	for (i = 0; i < o->addresses_len; i++)
		if (strcmp(o->addresses[i].peer, peer->name) == 0)
			return o->addresses[i].address;
	return peer->endpoint;
}

/* reader: whoever may hold the log of the other. */
static void
show_log(struct hub *h, struct hub_log_status *s, const char *origin,
    const char *reader)
{
	(void)snprintf(s->origin, sizeof(s->origin), "%s", origin);
	s->own = strcmp(reader, h->o.self) != 0;
	s->wanted = access_right(h->o.roster, reader, origin) >= ACCESS_LEAVES;
}

static void
add_links(struct hub *h, const struct roster_member *me)
{
	const struct roster_member *peer;
	struct hub_peer_status *s;
	size_t i;
	int k;

	h->links = mem_alloc(roster_len(h->o.roster), sizeof(h->links[0]));
	h->shown = mem_alloc(roster_len(h->o.roster), sizeof(h->shown[0]));
	h->status.peers =
	    mem_alloc(roster_len(h->o.roster), sizeof(h->shown[0]));
	h->files = mem_alloc(roster_len(h->o.roster), sizeof(h->files[0]));
	for (i = 0; i < roster_len(h->o.roster); i++) {
		peer = roster_at(h->o.roster, i);
		if (peer == me)
			continue;
		link_init(&h->links[h->len], &h->home, peer,
		    dial_address(&h->o, me, peer), depot_host(h->depot));
		s = &h->shown[h->len];
		(void)snprintf(s->name, sizeof(s->name), "%s", peer->name);
		s->dials = h->links[h->len].address != NULL;
		for (k = 0; k < ROSTER_KINDS; k++) {
			show_log(h, &s->log[k], peer->log[k].name, h->o.self);
			show_log(h, &s->log[ROSTER_KINDS + k], me->log[k].name,
			    peer->name);
		}
		h->len++;
	}
}

/* Keys that are not those of the card would fail later and obscurely. */
static enum err
check_keys(const struct hub_options *o, const struct roster_member **me,
    struct err_why *why)
{
	*me = roster_find(o->roster, o->self);
	if (*me == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "%s is not a member of the alliance", o->self);
	/* Whose card is being changed may have lost the keys of this one. */
	if (!o->renewing &&
	    (memcmp((*me)->session, o->session_key->pub, CRYPTO_KEY_BYTES) !=
	            0 ||
	        memcmp((*me)->witness.pub, o->witness_key->pub,
	            CRYPTO_PUB_BYTES) != 0))
		return err_fail(why, ERR_DENIED,
		    "the keys of %s are not those of its card", o->self);
	return ERR_OK;
}

static enum err
open_depot(struct hub *h, struct err_why *why)
{
	struct depot_options d = {
	    .recall = h->o.recall, .no_witness = h->o.no_witness};

	d.roster = h->o.roster;
	d.self = h->o.self;
	d.witness_key = h->o.witness_key;
	d.own = h->o.own;
	d.replicas = h->o.replicas;
	d.witness = h->o.witness;
	d.successions = h->o.successions;
	d.successions_len = h->o.successions_len;
	d.clock = h->o.clock;
	d.arg = h;
	d.fold = on_fold;
	d.event = on_event;
	d.verified = on_verified;
	return depot_open(&h->depot, &d, why);
}

enum err
hub_start(
    struct hub **out, const struct hub_options *options, struct err_why *why)
{
	const struct roster_member *me;
	sigset_t all, before;
	struct hub *h;
	enum err e;

	e = check_keys(options, &me, why);
	if (e != ERR_OK)
		return e;
	h = mem_alloc(1, sizeof(*h));
	h->o = *options;
	h->key = *options->session_key;
	(void)pthread_mutex_init(&h->lock, NULL);
	h->home.roster = options->roster;
	h->home.self = options->self;
	h->home.key = &h->key;
	if (options->other_key != NULL) {
		h->other = *options->other_key;
		h->home.other = &h->other;
	}
	h->o.other_key = h->home.other;
	h->home.arg = h;
	h->home.changed = on_changed;
	h->home.trouble = on_trouble;
	buf_init(&h->home.in, SESSION_PLAIN_MAX);
	buf_init(&h->home.plain, SESSION_PLAIN_MAX);
	buf_init(&h->home.frame, SESSION_FRAME_MAX);
	/* Neither this thread nor the library's are for signals. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	wire_open(&h->home.wire, SESSION_FRAME_MAX);
	e = open_depot(h, why);
	if (e != ERR_OK)
		goto out;
	add_links(h, me);
	if (options->listen != NULL)
		e = wire_listen(h->home.wire, options->listen,
		    roster_len(options->roster) * (LINK_HELD + 1) + 8 +
		        HUB_GUESTS,
		    h->url, sizeof(h->url), why);
	if (e != ERR_OK)
		goto out;
	h->o.successions = NULL;
	hub_carry_know(h);
	hub_publish(h, clock_boot_us(h->o.clock));
	if (pthread_create(&h->thread, NULL, run, h) != 0) {
		e = err_fail(why, ERR_IO, "cannot start the hub's thread");
		goto out;
	}
	h->running = true;
	*out = h;
	h = NULL;
out:
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	hub_stop(h);
	return e;
}

const char *
hub_url(const struct hub *h)
{
	return h->url;
}

void
hub_wake(struct hub *h)
{
	wire_wake(h->home.wire);
}

void
hub_stop(struct hub *h)
{
	size_t i;

	if (h == NULL)
		return;
	if (h->running) {
		atomic_store(&h->stop, true);
		wire_wake(h->home.wire);
		(void)pthread_join(h->thread, NULL);
	}
	hub_carry_end(h);
	hub_guest_end(h);
	hub_cell_end(h);
	for (i = 0; i < h->len; i++)
		link_clear(&h->links[i]);
	/* Its threads may still want to wake us. */
	depot_close(h->depot);
	wire_close(h->home.wire);
	buf_clear(&h->home.in);
	buf_wipe(&h->home.plain);
	buf_clear(&h->home.frame);
	free(h->links);
	free(h->shown);
	free(h->status.peers);
	free(h->files);
	(void)pthread_mutex_destroy(&h->lock);
	crypto_wipe(&h->key, sizeof(h->key));
	crypto_wipe(&h->other, sizeof(h->other));
	free(h);
}

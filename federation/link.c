/* link.c - handshakes, two request slots or two held calls. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/link.h"

#include <assert.h>

#define PAUSE_MIN_US INT64_C(200000)
#define PAUSE_MAX_US INT64_C(10000000)
#define SLOT_NEWS 0 /* when something is to be said while the poll waits */
#define SLOT_POLL 1

void
link_init(struct link *l, struct link_home *home,
    const struct roster_member *peer, const char *address,
    const struct exchange_host *host)
{
	memset(l, 0, sizeof(*l));
	l->home = home;
	l->peer = peer;
	l->address = address;
	l->pause_us = PAUSE_MIN_US;
	l->x = exchange_new(home->roster, home->self, peer->name, host);
}

static struct session_ends
ends_of(const struct link *l, bool by_other)
{
	return (struct session_ends){l->home->self, l->peer->name,
	    roster_fingerprint(l->home->roster),
	    by_other ? l->home->other : l->home->key, l->peer->session};
}

static void
set_up(struct link *l, bool up)
{
	if (l->up == up)
		return;
	l->up = up;
	l->home->changed(l->home->arg, l->peer->name, up);
}

static void
answer_lost(struct link *l, struct wire_call *call)
{
	buf_reset(&l->home->frame);
	session_lost(&l->home->frame);
	wire_answer(call, buf_view(&l->home->frame));
}

static void
drop_sessions(struct link *l)
{
	int i;

	for (i = 0; i < LINK_HELD; i++)
		if (l->held[i].call != NULL) {
			answer_lost(l, l->held[i].call);
			l->held[i].call = NULL;
		}
	for (i = 0; i < LINK_OFFERS; i++) {
		session_free(l->offers[i]);
		l->offers[i] = NULL;
	}
	session_free(l->now);
	session_free(l->before);
	session_free(l->hello);
	l->now = NULL;
	l->before = NULL;
	l->hello = NULL;
}

/* Ends the conversation; a dialler tries again after a random pause. */
static void
go_down(struct link *l, int64_t now_us)
{
	uint32_t dice;

	drop_sessions(l);
	wire_hangup(l->home->wire, l->wire);
	l->wire = NULL;
	exchange_reset(l->x);
	crypto_random(&dice, sizeof(dice));
	l->retry_us =
	    now_us + l->pause_us / 2 + (int64_t)dice % (l->pause_us / 2);
	l->pause_us *= 2;
	if (l->pause_us > PAUSE_MAX_US)
		l->pause_us = PAUSE_MAX_US;
	set_up(l, false);
}

static void
complain(struct link *l, enum err e, const struct err_why *why)
{
	l->home->trouble(l->home->arg, l->peer->name, e, why);
}

void
link_clear(struct link *l)
{
	drop_sessions(l);
	wire_hangup(l->home->wire, l->wire);
	l->wire = NULL;
	exchange_free(l->x);
	l->x = NULL;
}

/* The next turn, sealed into home->frame. */
static enum err
make_frame(struct link *l, struct session *s, struct session_place place,
    int64_t hold_us, int64_t now_us, uint64_t *seq)
{
	struct link_home *h = l->home;

	buf_reset(&h->plain);
	buf_reset(&h->frame);
	exchange_out(l->x, now_us, hold_us, &h->plain);
	return session_seal(s, place, buf_view(&h->plain), &h->frame, seq);
}

/* ---- dialling ---- */

static void
say_hello(struct link *l, int64_t now_us)
{
	struct session_ends ends = ends_of(l, l->by_other);
	struct err_why why;
	enum err e;

	buf_reset(&l->home->frame);
	e = session_hello(&l->hello, &ends, now_us, &l->home->frame, &why);
	if (e != ERR_OK) {
		complain(l, e, &why);
		go_down(l, now_us);
		return;
	}
	l->asked[SLOT_NEWS] = (struct link_asked){true, NULL, 0};
	wire_request(
	    l->wire, SLOT_NEWS, buf_view(&l->home->frame), LINK_REPLY_US);
}

static void
ask(struct link *l, unsigned slot, int64_t hold_us, int64_t now_us)
{
	struct link_asked *a = &l->asked[slot];
	enum err e;

	*a = (struct link_asked){false, l->now, 0};
	e = make_frame(l, l->now, SESSION_REQUEST, hold_us, now_us, &a->seq);
	if (e != ERR_OK) {
		go_down(l, now_us);
		return;
	}
	wire_request(
	    l->wire, slot, buf_view(&l->home->frame), hold_us + LINK_REPLY_US);
}

static int64_t
pump_dialler(struct link *l, int64_t now_us)
{
	struct err_why why;
	int64_t due;
	enum err e;

	if (l->wire == NULL) {
		if (now_us < l->retry_us)
			return l->retry_us;
		e = wire_dial(l->home->wire, l->address, l, &l->wire, &why);
		if (e != ERR_OK) {
			complain(l, e, &why);
			go_down(l, now_us);
			return l->retry_us;
		}
	}
	if ((l->now == NULL || session_stale(l->now, now_us)) &&
	    l->hello == NULL && wire_idle(l->wire, SLOT_NEWS))
		say_hello(l, now_us);
	if (l->now == NULL)
		return INT64_MAX;
	if (wire_idle(l->wire, SLOT_POLL)) {
		ask(l, SLOT_POLL, LINK_HOLD_US, now_us);
		if (l->now == NULL)
			return l->retry_us;
	}
	due = exchange_due(l->x, now_us);
	if (due > now_us)
		return due;
	if (wire_idle(l->wire, SLOT_NEWS))
		ask(l, SLOT_NEWS, 0, now_us);
	return l->now == NULL ? l->retry_us : INT64_MAX;
}

static enum err
welcomed(struct link *l, struct bytes frame, struct err_why *why)
{
	enum err e;

	if (session_kind(frame) == SESSION_LOST) {
		l->by_other = !l->by_other && l->home->other != NULL;
		return err_fail(
		    why, ERR_BUSY, "the peer does not accept our hello");
	}
	e = session_finish(l->hello, frame, why);
	if (e != ERR_OK)
		return e;
	session_free(l->before);
	l->before = l->now;
	l->now = l->hello;
	l->hello = NULL;
	exchange_reset(l->x);
	return ERR_OK;
}

static enum err
take_reply(struct link *l, const struct link_asked *a, struct bytes frame,
    int64_t now_us, struct err_why *why)
{
	struct session_place place = {true, a->seq};
	struct buf *in = &l->home->in;
	enum err e;

	if (session_kind(frame) == SESSION_LOST)
		return err_fail(why, ERR_BUSY, "the peer lost the session");
	buf_reset(in);
	e = session_open(a->session, place, frame, in, NULL, why);
	if (e != ERR_OK)
		return e;
	return exchange_in(l->x, in, now_us, NULL, why);
}

void
link_reply(struct link *l, unsigned slot, struct bytes frame, int64_t now_us)
{
	struct link_asked a = l->asked[slot];
	struct err_why why = {.text = ""};
	enum err e;

	if (a.hello)
		e = welcomed(l, frame, &why);
	else
		e = take_reply(l, &a, frame, now_us, &why);
	if (e != ERR_OK) {
		complain(l, e, &why);
		go_down(l, now_us);
		return;
	}
	l->contact_us = now_us;
	set_up(l, true);
	if (!a.hello)
		l->pause_us = PAUSE_MIN_US;
	/* Ask for the next batch before this one is stored. */
	(void)link_pump(l, now_us);
}

void
link_failed(struct link *l, unsigned slot, int64_t now_us)
{
	struct err_why why;
	bool was_up = l->up;
	bool first = l->pause_us == PAUSE_MIN_US;

	(void)slot;
	go_down(l, now_us);
	/* Once for each time that it is away. */
	if (was_up)
		complain(l,
		    err_fail(&why, ERR_TIMEOUT, "no answer, connection closed"),
		    &why);
	else if (first)
		complain(l,
		    err_fail(&why, ERR_TIMEOUT, "no answer at %s", l->address),
		    &why);
}

/* ---- listening ---- */

/* By the key of our card, else by the other one. */
static enum err
accept_hello(struct link *l, struct session **out, struct bytes frame,
    int64_t now_us, struct err_why *why)
{
	struct session_ends ends = ends_of(l, false);
	enum err e;

	buf_reset(&l->home->frame);
	e = session_accept(out, &ends, frame, now_us, &l->home->frame, why);
	if (e != ERR_UNVERIFIED || l->home->other == NULL)
		return e;
	ends = ends_of(l, true);
	buf_reset(&l->home->frame);
	return session_accept(out, &ends, frame, now_us, &l->home->frame, why);
}

void
link_greet(
    struct link *l, struct wire_call *call, struct bytes frame, int64_t now_us)
{
	struct session **offer = &l->offers[l->next_offer];
	struct session *s = NULL;
	struct err_why why;
	enum err e;

	e = accept_hello(l, &s, frame, now_us, &why);
	if (e != ERR_OK) {
		complain(l, e, &why);
		answer_lost(l, call);
		return;
	}
	session_free(*offer);
	*offer = s;
	l->next_offer = (l->next_offer + 1) % LINK_OFFERS;
	wire_answer(call, buf_view(&l->home->frame));
}

struct session *
link_session(struct link *l, struct bytes frame)
{
	int i;

	if (l->now != NULL && session_owns(l->now, frame))
		return l->now;
	if (l->before != NULL && session_owns(l->before, frame))
		return l->before;
	for (i = 0; i < LINK_OFFERS; i++)
		if (l->offers[i] != NULL && session_owns(l->offers[i], frame))
			return l->offers[i];
	return NULL;
}

/*
 * A call of an older session: its connection may be gone, and what is said into
 * it lost, with the wants that would then stand unanswered for a while.
 */
static void
answer_nothing(struct link *l, struct link_held *h)
{
	struct session_place place = {true, h->seq};
	struct wire_call *call = h->call;
	enum err e;

	h->call = NULL;
	buf_reset(&l->home->plain);
	buf_reset(&l->home->frame);
	exchange_nothing(l->x, &l->home->plain);
	e = session_seal(h->session, place, buf_view(&l->home->plain),
	    &l->home->frame, NULL);
	if (e != ERR_OK)
		answer_lost(l, call);
	else
		wire_answer(call, buf_view(&l->home->frame));
}

/* An offered session spoke: it is no replay, and takes over. */
static void
promote(struct link *l, struct session *s)
{
	int i;

	for (i = 0; i < LINK_OFFERS; i++)
		if (l->offers[i] == s)
			break;
	if (i == LINK_OFFERS)
		return;
	l->offers[i] = NULL;
	for (i = 0; i < LINK_HELD; i++)
		if (l->held[i].call != NULL)
			answer_nothing(l, &l->held[i]);
	session_free(l->before);
	l->before = l->now;
	l->now = s;
	exchange_reset(l->x);
}

static void
answer(struct link *l, struct link_held *h, int64_t now_us)
{
	struct session_place place = {true, h->seq};
	struct wire_call *call = h->call;
	enum err e;

	h->call = NULL;
	e = make_frame(l, h->session, place, 0, now_us, NULL);
	if (e != ERR_OK)
		answer_lost(l, call);
	else
		wire_answer(call, buf_view(&l->home->frame));
}

/* The held call that must be answered first; NULL when there is none. */
static struct link_held *
first_held(struct link *l)
{
	struct link_held *first = NULL;
	int i;

	for (i = 0; i < LINK_HELD; i++)
		if (l->held[i].call != NULL &&
		    (first == NULL || l->held[i].until_us < first->until_us))
			first = &l->held[i];
	return first;
}

static int64_t
pump_listener(struct link *l, int64_t now_us)
{
	int64_t due = INT64_MAX, silent;
	struct link_held *h;
	int i;

	if (!l->up)
		return INT64_MAX;
	silent = l->contact_us + LINK_SILENCE_US;
	if (now_us >= silent) {
		go_down(l, now_us);
		return INT64_MAX;
	}
	for (i = 0; i < LINK_HELD; i++) {
		h = first_held(l);
		if (h == NULL)
			return silent;
		due = exchange_due(l->x, now_us);
		if (h->until_us < due)
			due = h->until_us;
		if (due > now_us)
			break;
		answer(l, h, now_us);
	}
	h = first_held(l);
	if (h == NULL || due > silent)
		return silent;
	return due;
}

static void
hold(struct link *l, struct link_held fresh, int64_t now_us)
{
	int i;

	for (i = 0; i < LINK_HELD; i++)
		if (l->held[i].call == NULL)
			break;
	if (i == LINK_HELD) {
		struct link_held *oldest = first_held(l);

		answer(l, oldest, now_us);
		*oldest = fresh;
		return;
	}
	l->held[i] = fresh;
}

void
link_request(struct link *l, struct wire_call *call, struct session *session,
    struct bytes frame, int64_t now_us)
{
	struct link_held fresh = {call, session, 0, now_us};
	struct buf *in = &l->home->in;
	int64_t hold_us = 0;
	struct err_why why;
	enum err e;

	buf_reset(in);
	e = session_expired(session, now_us)
	    ? err_fail(&why, ERR_TIMEOUT, "session is too old")
	    : session_open(
	          session, SESSION_REQUEST, frame, in, &fresh.seq, &why);
	if (e != ERR_OK) {
		/* Anybody can send this: nothing but the answer changes. */
		answer_lost(l, call);
		return;
	}
	promote(l, session);
	e = exchange_in(l->x, in, now_us, &hold_us, &why);
	if (e != ERR_OK) {
		complain(l, e, &why);
		answer_lost(l, call);
		go_down(l, now_us);
		return;
	}
	l->contact_us = now_us;
	set_up(l, true);
	if (hold_us > LINK_HOLD_US)
		hold_us = LINK_HOLD_US;
	fresh.until_us = now_us + hold_us;
	hold(l, fresh, now_us);
	/* Ask for the next batch before this one is stored. */
	(void)link_pump(l, now_us);
}

int64_t
link_pump(struct link *l, int64_t now_us)
{
	return l->address != NULL ? pump_dialler(l, now_us)
	                          : pump_listener(l, now_us);
}

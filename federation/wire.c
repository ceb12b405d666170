/* wire.c - nng sockets, contexts and their completions. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/wire.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include "federation/wire_pipes.h"
#include "proto/mem.h"

#define SEND_MS 10000
#define CLOSE_SECONDS 3 /* wire_close waits so long for closers */
#define RECONNECT_MIN_MS 100
#define RECONNECT_MAX_MS 3000

/* An entry of the queue: lives inside the call or slot it reports on. */
struct item {
	struct item *next;
	bool queued;
	enum wire_kind kind;
	void *owner; /* struct wire_call or struct slot */
};

struct slot {
	struct item item;
	struct wire_peer *peer;
	unsigned number;
	nng_ctx ctx;
	nng_aio *aio;
	bool open;
	bool busy; /* owner's thread */
	bool sending; /* completions, one at a time */
	nng_duration reply_ms;
	nng_msg *reply;
};

struct wire_peer {
	struct wire *wire;
	void *owner;
	nng_socket sock;
	bool gone; /* under the wire's lock: nobody listens any more */
	struct slot slots[WIRE_SLOTS];
};

struct wire_call {
	struct item item;
	struct wire *wire;
	nng_ctx ctx;
	nng_aio *aio;
	bool open;
	bool sending;
	nng_msg *request;
};

struct wire {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct item *head; /* under lock, as the next two */
	struct item **tail;
	bool woken;
	unsigned closing; /* closers under way; under lock */
	pthread_cond_t closed;
	size_t message_max;
	bool listening;
	nng_socket rep;
	struct wire_pipes pipes;
	struct wire_call *calls;
	size_t calls_len;
	nng_msg *current; /* body of the event handed out last */
};

static enum err
foreign(struct err_why *why, const char *what, int rc)
{
	enum err e = ERR_IO;

	if (rc == NNG_ETIMEDOUT)
		e = ERR_TIMEOUT;
	if (rc == NNG_EADDRINVAL || rc == NNG_EINVAL)
		e = ERR_MALFORMED;
	return err_fail(why, e, "%s: %s", what, nng_strerror(rc));
}

/* ---- the queue ---- */

/* gone: under the lock; true drops the event. */
static void
push(struct wire *w, struct item *it, enum wire_kind kind, const bool *gone)
{
	(void)pthread_mutex_lock(&w->lock);
	if (gone == NULL || !*gone) {
		assert(!it->queued);
		it->kind = kind;
		it->next = NULL;
		it->queued = true;
		*w->tail = it;
		w->tail = &it->next;
		(void)pthread_cond_signal(&w->filled);
	}
	(void)pthread_mutex_unlock(&w->lock);
}

/* Under the lock. */
static void
unlink_item(struct wire *w, const struct item *it)
{
	struct item **at;

	for (at = &w->head; *at != NULL; at = &(*at)->next)
		if (*at == it) {
			*at = it->next;
			break;
		}
	w->tail = &w->head;
	while (*w->tail != NULL)
		w->tail = &(*w->tail)->next;
}

void
wire_wake(struct wire *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->woken = true;
	(void)pthread_cond_signal(&w->filled);
	(void)pthread_mutex_unlock(&w->lock);
}

/* Takes the first item; waits for one, or for a wake, until the deadline. */
static bool
take(struct wire *w, int64_t timeout_us, struct item **out)
{
	struct timespec until;
	int64_t ns;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	if (timeout_us > INT64_C(3600000000))
		timeout_us = INT64_C(3600000000);
	ns = until.tv_nsec + timeout_us % 1000000 * 1000;
	until.tv_sec += timeout_us / 1000000 + ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	(void)pthread_mutex_lock(&w->lock);
	while (w->head == NULL && !w->woken && timeout_us > 0 && rc == 0)
		rc = pthread_cond_timedwait(&w->filled, &w->lock, &until);
	*out = w->head;
	if (w->woken) {
		/* A wake overtakes: it is cheap and must not starve. */
		*out = NULL;
		w->woken = false;
		(void)pthread_mutex_unlock(&w->lock);
		return true;
	}
	if (w->head != NULL) {
		w->head->queued = false;
		w->head = w->head->next;
		if (w->head == NULL)
			w->tail = &w->head;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return *out != NULL;
}

bool
wire_wait(struct wire *w, struct wire_event *out, int64_t timeout_us)
{
	struct slot *s;
	struct item *it;

	if (w->current != NULL)
		nng_msg_free(w->current);
	w->current = NULL;
	memset(out, 0, sizeof(*out));
	if (!take(w, timeout_us, &it))
		return false;
	out->kind = WIRE_WOKEN;
	if (it == NULL)
		return true;
	out->kind = it->kind;
	if (it->kind == WIRE_REQUEST) {
		out->call = it->owner;
		w->current = out->call->request;
		out->call->request = NULL;
	} else {
		s = it->owner;
		s->busy = false;
		out->owner = s->peer->owner;
		out->slot = s->number;
		w->current = s->reply;
		s->reply = NULL;
	}
	if (w->current != NULL)
		out->body =
		    bytes_of(nng_msg_body(w->current), nng_msg_len(w->current));
	return true;
}

/* ---- dialling ---- */

static void
slot_done(void *arg)
{
	struct slot *s = arg;
	int rc = nng_aio_result(s->aio);
	nng_msg *m;

	if (s->sending) {
		if (rc != 0) {
			m = nng_aio_get_msg(s->aio);
			if (m != NULL)
				nng_msg_free(m);
			nng_aio_set_msg(s->aio, NULL);
			push(s->peer->wire, &s->item, WIRE_FAILED,
			    &s->peer->gone);
			return;
		}
		s->sending = false;
		nng_aio_set_timeout(s->aio, s->reply_ms);
		nng_ctx_recv(s->ctx, s->aio);
		return;
	}
	if (rc != 0) {
		push(s->peer->wire, &s->item, WIRE_FAILED, &s->peer->gone);
		return;
	}
	s->reply = nng_aio_get_msg(s->aio);
	push(s->peer->wire, &s->item, WIRE_REPLY, &s->peer->gone);
}

static int
open_slot(struct wire_peer *p, unsigned number)
{
	struct slot *s = &p->slots[number];
	int rc;

	s->peer = p;
	s->number = number;
	s->item.owner = s;
	rc = nng_ctx_open(&s->ctx, p->sock);
	if (rc != 0)
		return rc;
	/* No second sending by the library: we decide, after a failure. */
	rc = nng_ctx_set_ms(
	    s->ctx, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
	if (rc == 0)
		rc = nng_aio_alloc(&s->aio, slot_done, s);
	if (rc != 0) {
		(void)nng_ctx_close(s->ctx);
		return rc;
	}
	s->open = true;
	return 0;
}

enum err
wire_dial(struct wire *w, const char *address, void *owner,
    struct wire_peer **out, struct err_why *why)
{
	struct wire_peer *p;
	unsigned i;
	int rc;

	if (wire_pipes_full())
		return err_fail(why, ERR_LIMIT,
		    "too many ended connections are not given back: restart "
		    "the node");
	p = mem_alloc(1, sizeof(*p));
	p->wire = w;
	p->owner = owner;
	rc = nng_req0_open(&p->sock);
	if (rc != 0) {
		free(p);
		return foreign(why, "socket", rc);
	}
	rc = nng_socket_set_size(p->sock, NNG_OPT_RECVMAXSZ, w->message_max);
	if (rc == 0)
		rc = nng_socket_set_ms(
		    p->sock, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
	if (rc == 0)
		rc = nng_socket_set_ms(
		    p->sock, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
	if (rc == 0)
		rc = wire_pipes_count(nng_socket_id(p->sock));
	for (i = 0; rc == 0 && i < WIRE_SLOTS; i++)
		rc = open_slot(p, i);
	if (rc == 0)
		rc = nng_dial(p->sock, address, NULL, NNG_FLAG_NONBLOCK);
	if (rc != 0) {
		wire_hangup(w, p);
		return foreign(why, address, rc);
	}
	*out = p;
	return ERR_OK;
}

/* ---- closing ---- */

/*
 * nng 1.5.2 can lose the completion of an operation that starts while its
 * connection is torn down; nng_close then waits for ever, and so does every
 * later one.  Closing is therefore nobody's business who has other work: each
 * socket gets a thread that ends as soon as the library lets it.
 */
struct closer {
	struct wire *wire;
	struct wire_peer *peer; /* NULL: the listening socket */
};

static void
close_peer(struct wire_peer *p)
{
	struct slot *s;
	unsigned i;

	(void)nng_close(p->sock);
	for (i = 0; i < WIRE_SLOTS; i++) {
		s = &p->slots[i];
		if (!s->open)
			continue;
		/* No completion runs after this. */
		nng_aio_stop(s->aio);
		if (s->reply != NULL)
			nng_msg_free(s->reply);
		nng_aio_free(s->aio);
	}
	free(p);
}

static void
close_listener(struct wire *w)
{
	struct wire_call *c;
	size_t i;

	(void)nng_close(w->rep);
	for (i = 0; i < w->calls_len; i++) {
		c = &w->calls[i];
		if (!c->open)
			continue;
		nng_aio_stop(c->aio);
		if (c->request != NULL)
			nng_msg_free(c->request);
		nng_aio_free(c->aio);
	}
}

static void *
close_socket(void *arg)
{
	struct closer c = *(struct closer *)arg;

	free(arg);
	if (c.peer != NULL)
		close_peer(c.peer);
	else
		close_listener(c.wire);
	(void)pthread_mutex_lock(&c.wire->lock);
	c.wire->closing--;
	(void)pthread_cond_signal(&c.wire->closed);
	(void)pthread_mutex_unlock(&c.wire->lock);
	return NULL;
}

static void
start_closer(struct wire *w, struct wire_peer *p)
{
	struct closer *c = mem_alloc(1, sizeof(*c));
	pthread_t thread;

	*c = (struct closer){w, p};
	(void)pthread_mutex_lock(&w->lock);
	w->closing++;
	(void)pthread_mutex_unlock(&w->lock);
	if (pthread_create(&thread, NULL, close_socket, c) == 0)
		(void)pthread_detach(thread);
	else
		(void)close_socket(c);
}

void
wire_hangup(struct wire *w, struct wire_peer *p)
{
	unsigned i;

	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	p->gone = true;
	for (i = 0; i < WIRE_SLOTS; i++)
		unlink_item(w, &p->slots[i].item);
	(void)pthread_mutex_unlock(&w->lock);
	start_closer(w, p);
}

bool
wire_idle(const struct wire_peer *p, unsigned slot)
{
	return !p->slots[slot].busy;
}

static nng_msg *
make_message(struct bytes body)
{
	nng_msg *m = NULL;

	if (nng_msg_alloc(&m, body.len) != 0)
		abort();
	if (body.len > 0)
		memcpy(nng_msg_body(m), body.ptr, body.len);
	return m;
}

void
wire_request(
    struct wire_peer *p, unsigned slot, struct bytes body, int64_t timeout_us)
{
	struct slot *s = &p->slots[slot];

	assert(!s->busy);
	s->busy = true;
	s->sending = true;
	s->reply_ms = (nng_duration)(timeout_us / 1000);
	nng_aio_set_msg(s->aio, make_message(body));
	nng_aio_set_timeout(
	    s->aio, s->reply_ms < SEND_MS ? s->reply_ms : SEND_MS);
	nng_ctx_send(s->ctx, s->aio);
}

/* ---- listening ---- */

static void
call_done(void *arg)
{
	struct wire_call *c = arg;
	int rc = nng_aio_result(c->aio);
	nng_msg *m;

	if (rc == NNG_ECLOSED || rc == NNG_ECANCELED) {
		m = c->sending ? nng_aio_get_msg(c->aio) : NULL;
		if (m != NULL)
			nng_msg_free(m);
		return;
	}
	if (!c->sending && rc == 0) {
		c->request = nng_aio_get_msg(c->aio);
		push(c->wire, &c->item, WIRE_REQUEST, NULL);
		return;
	}
	if (c->sending && rc != 0) {
		m = nng_aio_get_msg(c->aio);
		if (m != NULL)
			nng_msg_free(m);
	}
	c->sending = false;
	nng_aio_set_msg(c->aio, NULL);
	nng_aio_set_timeout(c->aio, NNG_DURATION_INFINITE);
	nng_ctx_recv(c->ctx, c->aio);
}

void
wire_answer(struct wire_call *c, struct bytes body)
{
	c->sending = true;
	nng_aio_set_msg(c->aio, make_message(body));
	nng_aio_set_timeout(c->aio, SEND_MS);
	nng_ctx_send(c->ctx, c->aio);
}

static int
open_calls(struct wire *w, size_t calls)
{
	struct wire_call *c;
	size_t i;
	int rc = 0;

	w->calls = mem_alloc(calls, sizeof(w->calls[0]));
	w->calls_len = calls;
	for (i = 0; rc == 0 && i < calls; i++) {
		c = &w->calls[i];
		c->wire = w;
		c->item.owner = c;
		rc = nng_ctx_open(&c->ctx, w->rep);
		if (rc != 0)
			break;
		rc = nng_aio_alloc(&c->aio, call_done, c);
		if (rc == 0)
			c->open = true;
	}
	return rc;
}

enum err
wire_listen(struct wire *w, const char *address, size_t calls, char *url,
    size_t cap, struct err_why *why)
{
	size_t i;
	int rc;

	assert(!w->listening);
	if (strncmp(address, "tcp://", 6) != 0)
		return err_fail(
		    why, ERR_MALFORMED, "%s: must be tcp://", address);
	rc = nng_rep0_open(&w->rep);
	if (rc != 0)
		return foreign(why, "socket", rc);
	w->listening = true;
	rc = nng_socket_set_size(w->rep, NNG_OPT_RECVMAXSZ, w->message_max);
	if (rc == 0)
		rc = open_calls(w, calls);
	if (rc == 0)
		rc = wire_pipes_count(nng_socket_id(w->rep));
	if (rc == 0)
		rc = wire_pipes_listen(
		    &w->pipes, nng_socket_id(w->rep), address, url, cap);
	if (rc != 0)
		return foreign(why, address, rc);
	for (i = 0; i < calls; i++)
		nng_ctx_recv(w->calls[i].ctx, w->calls[i].aio);
	return ERR_OK;
}

bool
wire_tend(struct wire *w)
{
	return wire_pipes_tend(&w->pipes);
}

void
wire_open(struct wire **out, size_t message_max)
{
	pthread_condattr_t attr;
	struct wire *w;

	w = mem_alloc(1, sizeof(*w));
	w->message_max = message_max;
	w->tail = &w->head;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->filled, &attr);
	(void)pthread_cond_init(&w->closed, &attr);
	(void)pthread_condattr_destroy(&attr);
	*out = w;
}

void
wire_close(struct wire *w)
{
	struct timespec until;
	unsigned closing;
	int rc = 0;

	if (w == NULL)
		return;
	if (w->listening)
		start_closer(w, NULL);
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_SECONDS;
	(void)pthread_mutex_lock(&w->lock);
	while (w->closing > 0 && rc == 0)
		rc = pthread_cond_timedwait(&w->closed, &w->lock, &until);
	closing = w->closing;
	(void)pthread_mutex_unlock(&w->lock);
	if (w->current != NULL)
		nng_msg_free(w->current);
	w->current = NULL;
	/* Whoever is stuck still looks at it. */
	if (closing > 0)
		return;
	free(w->calls);
	(void)pthread_cond_destroy(&w->closed);
	(void)pthread_cond_destroy(&w->filled);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

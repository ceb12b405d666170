/* wire.h - requests and replies over tcp.  Only nng here. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_WIRE_H
#define FEDERATION_WIRE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/*
 * Threads of the library only queue events and wake the one thread that calls
 * wire_wait; everything except wire_wake belongs to that thread.
 */
struct wire;
struct wire_call; /* a request of a peer that waits for its answer */
struct wire_peer; /* somebody we dial */

#define WIRE_SLOTS 2 /* requests to one peer that may be under way */

enum wire_kind {
	WIRE_WOKEN, /* wire_wake was called */
	WIRE_REPLY, /* peer, slot, body */
	WIRE_FAILED, /* peer, slot: no reply in time, or connection lost */
	WIRE_REQUEST, /* call, body: answer it, once, sooner or later */
};

struct wire_event {
	enum wire_kind kind;
	void *owner; /* as given to wire_dial */
	unsigned slot;
	struct wire_call *call;
	struct bytes body; /* valid until the next wire_wait */
};

/* message_max: bytes; a larger message closes its connection. */
void wire_open(struct wire **out, size_t message_max);
/* Closes all; what is under way is dropped.  Waits at most three seconds for
 * the library; what it does not let go by then is left to it. */
void wire_close(struct wire *w);

/* Listens with `calls` requests accepted at a time; `url` receives the bound
 * address with the real port.  ERR_IO. */
ERR_CHECKED enum err wire_listen(struct wire *w, const char *address,
    size_t calls, char *url, size_t cap, struct err_why *why);

/* A few times a second: the listener rests while connections are too many,
 * then it listens again; true: it rests (wire_pipes.h). */
bool wire_tend(struct wire *w);

/* Dials now and again after every loss, with growing random pauses. */
ERR_CHECKED enum err wire_dial(struct wire *w, const char *address, void *owner,
    struct wire_peer **out, struct err_why *why);
/* Forgets the peer and its pending events; NULL allowed.  Never blocks. */
void wire_hangup(struct wire *w, struct wire_peer *p);

/* Sends one request on a free slot; ends in WIRE_REPLY or WIRE_FAILED. */
void wire_request(
    struct wire_peer *p, unsigned slot, struct bytes body, int64_t timeout_us);
bool wire_idle(const struct wire_peer *p, unsigned slot);

/* Answers and forgets the call. */
void wire_answer(struct wire_call *c, struct bytes body);

/* Next event, waiting up to timeout_us; false when there is none. */
bool wire_wait(struct wire *w, struct wire_event *out, int64_t timeout_us);

/* Any thread. */
void wire_wake(struct wire *w);

#endif

/* conns.h - open connections: limits, deadlines, who goes first. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CONNS_H
#define NODE_CONNS_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* A peer must send or read this much a second, after slow_s. */
#define CONNS_RATE 4096u /* bytes */

/* Why a connection was closed. */
enum conns_end {
	CONNS_END_FULL, /* no room: refused or, idle, made room for another */
	CONNS_END_ADDRESS, /* the same for one address alone */
	CONNS_END_HEAD, /* the request line or headers came too slowly */
	CONNS_END_BODY, /* the body did */
	CONNS_END_SEND, /* the answer was read too slowly */
	CONNS_END_IDLE, /* nothing was asked for too long */
	CONNS_ENDS,
};

enum conns_phase {
	CONNS_NEW, /* no request line yet */
	CONNS_IDLE, /* between two requests */
	CONNS_HEAD, /* request line seen, headers not complete */
	CONNS_BODY,
	CONNS_RUN, /* being answered: never closed by us */
	CONNS_SEND,
	CONNS_STREAM, /* without end: the transport's own timeout holds */
};

struct conns_limits {
	unsigned total;
	unsigned per_address; /* an IPv4 address, or an IPv6 /64 */
	unsigned idle_s; /* from the last answer to the next request line */
	unsigned slow_s; /* for the request line, again for the headers, and
	                  * before the rate of body and answer is looked at */
	/* Ends a connection, from any thread, while its descriptor is open;
	 * called under the lock. */
	void (*shut)(void *arg, int fd, enum conns_end why);
	void *arg;
};

/* All open connections of one listening socket.  Thread-safe. */
struct conns;
struct conns_item;

struct conns *conns_new(const struct conns_limits *limits);
/* Every item was removed.  NULL allowed. */
void conns_free(struct conns *c);

/*
 * conns_add - a connection was accepted.  Where there are too many, idle ones
 * are shut first: those that never made an authorised request, the longest
 * idle among them, then others; if none is idle, this one.  The item is there
 * in any case and is removed when the descriptor is about to be closed.
 *   address   what counts as one peer; empty: none
 */
struct conns_item *conns_add(
    struct conns *c, int fd, struct bytes address, int64_t now_ms);
/* Before the descriptor is closed. */
void conns_remove(struct conns *c, struct conns_item *i);

/* The transport's thread says where a connection stands; no lock. */
void conns_enter(struct conns_item *i, enum conns_phase phase, int64_t now_ms);
/* Bytes that came (BODY) or went (SEND) in this phase so far. */
void conns_moved(struct conns_item *i, uint64_t bytes);
/* An authorised request was made on it. */
void conns_known(struct conns_item *i);

/* Shuts what is over its deadline; once a second or so. */
void conns_sweep(struct conns *c, int64_t now_ms);

#endif

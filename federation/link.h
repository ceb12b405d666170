/* link.h - the conversation with one member, dialled or awaited. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_LINK_H
#define FEDERATION_LINK_H

#include "federation/exchange.h"
#include "federation/roster.h"
#include "federation/session.h"
#include "federation/wire.h"
#include "proto/buf.h"

#define LINK_HOLD_US INT64_C(15000000) /* a poll waits so long for news */
#define LINK_REPLY_US INT64_C(15000000) /* and its answer so long more */
#define LINK_SILENCE_US INT64_C(60000000) /* listener: then it is down */
#define LINK_OFFERS 4 /* welcomes not yet used */
#define LINK_HELD 2 /* requests kept for news */

/* What every link shares; the hub's. */
struct link_home {
	const struct roster *roster;
	const char *self;
	const struct crypto_dh *key;
	/* By which members know us who are in another epoch than we; NULL. */
	const struct crypto_dh *other;
	struct wire *wire;
	struct buf in; /* scratch; the exchange takes its memory over */
	struct buf plain; /* scratch for what is said */
	struct buf frame;
	void *arg; /* for the two below */
	void (*changed)(void *arg, const char *peer, bool up);
	void (*trouble)(
	    void *arg, const char *peer, enum err e, const struct err_why *why);
};

struct link_asked {
	bool hello;
	struct session *session; /* one of now, before */
	uint64_t seq;
};

struct link_held {
	struct wire_call *call; /* NULL: free */
	struct session *session;
	uint64_t seq;
	int64_t until_us;
};

struct link {
	struct link_home *home;
	const struct roster_member *peer;
	const char *address; /* NULL: it dials us, or nobody can */
	struct exchange *x;
	bool up;
	int64_t contact_us; /* boot time of the last authentic turn */
	struct session *now;
	struct session *before; /* until its last reply came */
	/* dialling */
	struct wire_peer *wire;
	struct session *hello;
	bool by_other; /* said with the other key */
	struct link_asked asked[WIRE_SLOTS];
	int64_t retry_us;
	int64_t pause_us;
	/* listening */
	struct session *offers[LINK_OFFERS];
	unsigned next_offer;
	struct link_held held[LINK_HELD];
};

/* address: borrowed.  All functions: the hub's thread; now_us: boot time. */
void link_init(struct link *l, struct link_home *home,
    const struct roster_member *peer, const char *address,
    const struct exchange_host *host);
void link_clear(struct link *l);

/* Says what is due; returns when it wants to be called again. */
int64_t link_pump(struct link *l, int64_t now_us);

/* What a turn brought is not stored when it came but by
 * exchange_settle_first(l->x); the hub's business. */

/* Dialling: what came back on a slot. */
void link_reply(
    struct link *l, unsigned slot, struct bytes frame, int64_t now_us);
void link_failed(struct link *l, unsigned slot, int64_t now_us);

/* Listening: a hello that claims to be from this member. */
void link_greet(
    struct link *l, struct wire_call *call, struct bytes frame, int64_t now_us);
/* The session that a transport frame names; NULL: none of this link. */
struct session *link_session(struct link *l, struct bytes frame);
void link_request(struct link *l, struct wire_call *call,
    struct session *session, struct bytes frame, int64_t now_us);

#endif

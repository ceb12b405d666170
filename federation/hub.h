/* hub.h - the thread that talks to the other members. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_HUB_H
#define FEDERATION_HUB_H

#include "federation/exchange_host.h"
#include "federation/hub_status.h"
#include "federation/roster.h"
#include "federation/witness.h"
#include "ledger/log.h"
#include "ledger/store.h"
#include "proto/clock.h"
#include "proto/crypto.h"

/*
 * One thread owns the sessions, the exchange with each member and the write
 * transactions of the replicas' store.  Of two members that both have an
 * endpoint the one with the smaller name dials; a member without endpoint
 * dials everybody who has one.
 */
struct hub;

struct hub_guest_said; /* hub_guest.h */

struct hub_fork { /* fork.h */
	const char *origin;
	const char *peer; /* in whose turn it came */
	struct bytes file;
};

/* What was not accepted, from whom: show it, count it. */
struct hub_refusal {
	const char *peer;
	const char *origin; /* NULL: not about one log */
	enum err err;
	const char *text;
};

/*
 * Calls into the node, all on the hub's thread, all optional (NULL); arguments
 * are valid during the call; return soon and never call hub_stop from within.
 */
struct hub_host {
	void *arg;
	/* Fold verified entries of a replica into tables, inside the
	 * transaction that stores or erases; an error undoes both; a batch is
	 * asked for again later.  ERR_BUSY: the map is full, it is grown and
	 * the batch is done again. */
	enum err (*fold)(void *arg, struct store_txn *txn,
	    const struct log_stretch *s, struct err_why *why);
	/* Entries [from, to) of a replica are durable. */
	void (*extended)(
	    void *arg, const char *origin, uint64_t from, uint64_t to);
	/* A verified cosignature line (with LF) for an own log: hand it to the
	 * committer, which calls log_cosig_put. */
	void (*cosigned)(
	    void *arg, const char *origin, uint64_t size, struct bytes line);
	/* A member forked; evidence is already durable (witness_list). */
	void (*forked)(void *arg, const struct hub_fork *fork);
	/* A peer destroyed its copy of a body of ours; may repeat. */
	void (*erased)(
	    void *arg, const char *peer, const char *origin, uint64_t index);
	/* A peer acknowledged a larger tree of ours than we hold: this node
	 * lost entries (or its copy runs elsewhere).  Stop signing.  note: the
	 * checkpoint, by our own key; empty: a mere word. */
	void (*ahead)(void *arg, const char *peer, const char *origin,
	    uint64_t size, struct bytes note);
	/* A peer holds this checkpoint by our key, no larger than ours: late,
	 * or of another history. */
	void (*shown)(
	    void *arg, const char *origin, uint64_t size, struct bytes note);
	void (*refused)(void *arg, const struct hub_refusal *r);
	/* A member sent this cell. */
	void (*cell)(void *arg, const char *peer, struct bytes cell);
	/* A session with a member began or ended. */
	void (*link)(void *arg, const char *peer, bool up);
	/* What a member said last that it holds of our logs, for the next
	 * file: keep it; append it again at the start. */
	void (*remember)(void *arg, const char *peer, struct bytes said);
	void (*remembered)(void *arg, const char *peer, struct buf *out);
	/* Is this invitation known (good or not), and of which epoch?  Then
	 * what its guest says, to be answered by hub_guest_answer. */
	bool (*invited)(void *arg, const char *invitation, struct hash *epoch);
	void (*guest)(void *arg, const struct hub_guest_said *said);
};

/* Where a peer is dialled when it is not where its card says. */
struct hub_address {
	const char *peer;
	const char *address;
};

/* Everything is borrowed and outlives the hub, except keys (copied). */
struct hub_options {
	const struct roster *roster;
	const char *self; /* our name in the roster */
	const struct crypto_dh *session_key;
	/* That of our next card, or of the one before: by it members know us
	 * who are in another epoch; or NULL. */
	const struct crypto_dh *other_key;
	bool renewing; /* that of our next card: ours may be of it already */
	const struct crypto_signer *witness_key;
	_Atomic bool *no_witness; /* true: no cosignature; or NULL */
	const char *listen; /* tcp://host:port, port 0 allowed; NULL */
	const struct hub_address *addresses; /* local overrides, or NULL */
	size_t addresses_len;
	struct log_book *own; /* read only */
	struct log_book *replicas; /* the hub is its only writer */
	const struct witness *witness; /* opened on the replicas' store */
	/* By which own logs followed those of our card; during hub_start. */
	const struct bytes *successions;
	size_t successions_len;
	const struct clock *clock;
	const struct exchange_recaller *recall; /* or NULL; hub_wake: ask now */
	struct hub_host host;
};

/*
 * hub_start - listen, start the thread, dial.
 * ERR_DENIED: our keys are not those of our card; ERR_NOT_FOUND: not a member;
 * ERR_IO: cannot listen.  Start after any fork().
 */
ERR_CHECKED enum err hub_start(
    struct hub **out, const struct hub_options *options, struct err_why *why);

/* Bound address ("tcp://127.0.0.1:40123"), "" when it only dials. */
const char *hub_url(const struct hub *h);

/* Own logs have grown.  Any thread; never blocks; cheap. */
void hub_wake(struct hub *h);

/* A cell for a member, copied: it leaves if there is a session with it now.
 * Any thread; false: too many wait. */
bool hub_cell(struct hub *h, const char *peer, struct bytes cell);

/* Ends the thread and closes; NULL allowed. */
void hub_stop(struct hub *h);

#endif

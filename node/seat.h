/* seat.h - this node among the members: reads what they say, and votes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SEAT_H
#define NODE_SEAT_H

#include "council.pb-c.h"
#include "federation/council.h"
#include "federation/roster.h"

struct site;

/*
 * The roster in force follows from where the node began (DIR/alliance.json) and
 * from all alliance logs that it holds, own and replicated; nothing else is
 * kept.  What needs nobody's judgement is written without being asked: what was
 * seen of others' votes, and votes for changes of a member's own that only it
 * can make.  Thread-safe.  Rules: federation/council_act.h.
 */
struct seat;

struct seat *seat_new(struct site *s);
void seat_free(struct seat *t);

/*
 * seat_begin - from a genesis (JSON of fed.Genesis) or an epoch (of fed.Epoch)
 * on; what was before is forgotten unless this is the same.
 * ERR_MALFORMED, ERR_UNVERIFIED: it is neither; ERR_REFUSED: this node has no
 * part in it.
 */
ERR_CHECKED enum err seat_begin(
    struct seat *t, struct bytes json, struct err_why *why);

/*
 * seat_roster - the members as this node sees them now, for whom it may talk
 * to; while it waits for votes that let it in, itself included.
 * ERR_NOT_FOUND  not begun;  ERR_REFUSED  it left or was expelled
 */
ERR_CHECKED enum err seat_roster(
    struct seat *t, struct roster **out, struct err_why *why);

/* A thread of its own; `changed` is called there when the epoch in force is
 * another one.  ERR_IO. */
ERR_CHECKED enum err seat_start(
    struct seat *t, void (*changed)(void *arg), void *arg, struct err_why *why);
/* Some alliance log has grown, or a second has passed.  Any thread; cheap. */
void seat_kick(struct seat *t);
/* Ends its thread; before the site is closed. */
void seat_stop(struct seat *t);

/* With everything read that is there: `use` looks at the council, which is
 * borrowed for the call.  ERR_NOT_FOUND: not begun; ERR_* of a store. */
struct seat_view {
	const struct council *council;
	const struct hash *alliance; /* fingerprint of the genesis */
	const char *self;
	size_t missing; /* entries without a body here */
	/* What the council was made of. */
	const struct council_epoch *start;
	struct council_input input;
};
typedef void (*seat_use)(void *arg, const struct seat_view *v);
ERR_CHECKED enum err seat_look(
    struct seat *t, seat_use use, void *arg, struct err_why *why);

/*
 * Written into the own alliance log, durable on ERR_OK; these wait for the
 * commit.  ERR_DENIED: no member; ERR_TIMEOUT: the log may not be signed yet.
 *
 * seat_propose - epoch, by and signature of `p` are filled in here (and freed
 * with it); then this node votes for it, unless its vote is given already.
 * ERR_REFUSED, ERR_MALFORMED: such a change cannot be made.
 * seat_vote - for a motion, or for none of them (NULL); errors of council_vote.
 * seat_give_up - count nothing of this member where it was not heard.
 */
ERR_CHECKED enum err seat_propose(struct seat *t, Record__Proposal *p,
    struct hash *motion, struct err_why *why);
ERR_CHECKED enum err seat_vote(
    struct seat *t, const struct hash *motion, struct err_why *why);
ERR_CHECKED enum err seat_give_up(
    struct seat *t, const char *member, struct err_why *why);

#endif

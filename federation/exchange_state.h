/* exchange_state.h - what the exchange remembers; private to its files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_STATE_H
#define FEDERATION_EXCHANGE_STATE_H

#include "federation/access.h"
#include "federation/exchange.h"
#include "federation/exchange_cell.h"
#include "federation/exchange_piece.h"
#include "federation/exchange_relay.h"
#include "federation/skew.h"
#include "federation/turn.h"

#define EXCHANGE_TROUBLE_US INT64_C(5000000) /* after a fault of our store */
/* A log of ours, as far as this peer is concerned. */
struct exchange_ours {
	const char *origin;
	const struct note_vkey *key;
	enum roster_kind kind;
	struct bytes opened; /* its succession; empty: the card has it */
	bool introduced; /* the peer knows that it is ours */
	int64_t intro_us; /* say it not before */
	enum access_right right; /* the peer's */
	uint64_t acked; /* what the peer acknowledged */
	uint64_t told; /* size of the head sent last */
	uint64_t told_old; /* and the size its proof started from */
	uint64_t prove; /* the next is to start from there; 0: from acked */
	int64_t told_us;
	bool tell; /* say it again now */
	bool answered; /* an ack came since */
	struct buf told_note; /* to verify the cosignature that comes back */
	bool wanted; /* a want stands */
	uint64_t want_from;
	uint64_t want_next; /* the one before, which was further; 0: none */
	uint64_t want_max;
	bool want_bodies;
	int64_t sent_us; /* a batch left, no want came since; 0: none */
	bool recalling; /* it was asked for some of it */
	int64_t recall_us;
	struct exchange_span recall;
	bool reached; /* the peer said what it holds; outlives conversations */
	uint64_t reach; /* entries before it are there */
	uint64_t reach_acked; /* and acknowledged up to there */
	uint64_t goal; /* carried: said up to here */
	uint64_t begin; /* carried: from here on */
};

/* A log of the peer. */
struct exchange_theirs {
	const char *origin;
	const struct note_vkey *key;
	enum roster_kind kind;
	const struct succession *after; /* what opened it; NULL: the card */
	const struct succession *closed; /* what ended it; NULL: it goes on */
	enum access_right right; /* ours */
	bool placed; /* next is known */
	uint64_t next; /* first entry we have not received */
	bool asked; /* a want is out */
	int64_t asked_us;
	int64_t quiet_us; /* do not ask before */
	bool ack; /* an acknowledgement is due */
	uint64_t ack_size;
	struct buf ack_line;
	struct buf ack_note;
	bool receipts; /* ERASED receipts may be due */
	uint64_t receipts_from;
	bool refused; /* a refusal is due */
	enum err refused_err;
	struct err_why refused_why;
	struct exchange_prove prove;
	bool recalled; /* its owner asks for some of it */
	struct exchange_span recall;
};

/* A turn that is judged and not yet stored. */
struct exchange_turn {
	struct buf bytes;
	struct turn turn; /* views into them */
	struct exchange_work *work[ROSTER_KINDS]; /* by delivery; NULL: none */
};

struct exchange {
	const struct roster *roster;
	const char *self;
	const struct roster_member *peer;
	const struct exchange_host *host;
	struct exchange_ours *ours; /* first those of the cards, by kind */
	struct exchange_theirs *theirs;
	size_t ours_len;
	size_t theirs_len;
	struct {
		char origin[NOTE_NAME_MAX + 1];
		enum err err; /* ERR_OK: none is due */
		struct err_why why;
	} refused; /* a succession that was not accepted */
	struct exchange_turn queue[EXCHANGE_QUEUE];
	size_t queued;
	size_t batch; /* bytes of the next batch */
	struct exchange_relayed *relayed; /* as the host counts them */
	size_t relayed_len;
	uint64_t relays; /* of the host, when they were looked at last */
	bool relay_dirty; /* look at them again */
	int64_t relay_due_us;
	struct skew skew; /* of the peer's clock */
	struct exchange_gossip gossip;
	int64_t made_us; /* not 0: what comes was said then, in a file */
	bool carries; /* what is said goes into a file */
	bool unpacks; /* the peer reads turns in zstd frames */
	struct exchange_cells cells; /* for the peer */
};

/* Asking members for a log of ours, and answering owners of theirs.
 * exchange_recall.c. */
void exchange_take_recalls(struct exchange *x, const Fed__Turn *t);
void exchange_take_returned(struct exchange *x, const struct turn *t);
int64_t exchange_recall_due(
    struct exchange *x, const struct exchange_ours *o, int64_t now_us);
void exchange_put_recalls(struct exchange *x, Fed__Turn *t, int64_t now_us);
void exchange_put_returned(struct exchange *x, struct buf *turn, size_t *room);

/* exchange.c; named: by what a message says, which may be nothing. */
struct exchange_ours *exchange_find_ours(
    struct exchange *x, struct bytes origin);
struct exchange_ours *exchange_named_ours(
    struct exchange *x, const char *origin);
struct exchange_theirs *exchange_find_theirs(
    struct exchange *x, struct bytes origin);
void exchange_tell(struct exchange *x, struct exchange_event *e);
void exchange_tell_refused(struct exchange *x, const char *origin,
    enum err code, const struct err_why *why);

void exchange_take_ack(struct exchange *x, const Fed__Ack *a); /* _ack.c */

/* exchange_carry.c: our checkpoint of that size as the one told last; a file
 * that goes on where nothing is held. */
void exchange_find_told(
    struct exchange *x, struct exchange_ours *o, uint64_t size);
void exchange_miss(struct exchange *x, const struct exchange_theirs *t,
    uint64_t from, uint64_t held);

/* Takes up logs that began since.  exchange_later.c. */
void exchange_sync(struct exchange *x);
/* Is all that the generation before still has held here? */
bool exchange_follows(struct exchange *x, const struct exchange_theirs *t);
/* Acknowledges a log that forked with the checkpoint held of it. */
void exchange_show_held(struct exchange *x, struct exchange_theirs *t);
void exchange_take_successions(struct exchange *x, const Fed__Turn *t);
void exchange_put_successions(struct exchange *x, Fed__Turn *t, int64_t now_us);

#endif

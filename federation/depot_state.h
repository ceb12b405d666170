/* depot_state.h - what the depot remembers; private to its files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_DEPOT_STATE_H
#define FEDERATION_DEPOT_STATE_H

#include "federation/cosign.h"
#include "federation/crew.h"
#include "federation/depot.h"
#include "ledger/log_read.h"

/* The replica of one log of one member. */
struct depot_place {
	const struct roster_member *member;
	const struct note_vkey *key; /* note name: origin */
	const struct depot_later *after; /* what opened it; NULL: the card */
	const struct depot_later *closed; /* what ended it; NULL: it goes on */
	bool known; /* slot and held are right */
	bool exists; /* it has a slot */
	uint16_t slot;
	uint64_t held;
	uint64_t erased;
	int64_t claimed_us; /* somebody was asked for it */
	struct depot_unproved *unproved;
	int64_t sight_us; /* no other one by hearsay before */
};

/* An ERASURE entry that was stored and is still to be carried out. */
struct depot_pending {
	struct depot_place *place;
	uint64_t index;
};

/* A generation that began after the roster was made. */
struct depot_later {
	const struct roster_member *member;
	struct succession s;
	struct buf note;
};

struct depot_own {
	const char *origin;
	bool known; /* it has a signed head */
	struct note_checkpoint head;
	struct buf note;
};

/* Evidence about one log, as it is told. */
struct depot_fork {
	char origin[NOTE_NAME_MAX + 1];
	struct buf file;
};

struct depot {
	struct depot_options o;
	struct crypto_signer witness_key;
	struct cosign cosign;
	struct exchange_host host;
	struct depot_own **own; /* first those of the card */
	size_t own_len;
	struct depot_place **places; /* first ROSTER_KINDS per member */
	size_t places_len;
	struct depot_place **left; /* logs of who left: depot_relay.h */
	size_t left_len;
	uint64_t grown; /* so often a replica has */
	struct depot_later **later; /* as they were accepted */
	size_t later_len;
	struct exchange_work *spare;
	struct buf given; /* the note of what was given back last */
	struct crew *crew; /* NULL: every batch is verified when it is stored */
	struct depot_pending *pending;
	size_t pending_len;
	struct gossip_host gossip;
	struct depot_fork **forks; /* in the order they were learnt */
	size_t forks_len;
	struct buf sight; /* the note given last */
	size_t unproved; /* checkpoints, of all places */
	bool keys_wait; /* for more of their month, as an ERASURE announced */
	unsigned calm; /* deliveries since without any more of it */
};

/* A batch that the crew verifies. */
struct exchange_work {
	struct exchange_work *next; /* while it is spare */
	struct crew_job job;
	struct log_ready *ready;
};

/* The place of an origin, filled from the store, or as it is; NULL: none. */
struct depot_place *depot_place(struct depot *d, const char *origin);
struct depot_place *depot_place_find(const struct depot *d, const char *origin);
void depot_place_fill(struct depot *d, struct depot_place *p);

void depot_tell(const struct depot *d, const struct exchange_event *e);

/* depot_extend.c: what struct exchange_host wants of a host, by these names. */
#define DEPOT_GROW_TRIES 8
ERR_CHECKED enum err depot_extend(void *arg, const char *origin,
    const struct log_extension *x, struct exchange_work *work,
    struct err_why *why);
struct exchange_work *depot_begin(
    void *arg, const struct log_item *items, size_t len);
bool depot_done(void *arg, const struct exchange_work *work);
void depot_drop(void *arg, struct exchange_work *work);

/* Appends items, as Delivery.items, from where the walk stands. */
ERR_CHECKED enum err depot_items(struct log_walk *w,
    const struct exchange_span *span, struct buf *items, uint64_t *n);

/* depot_recall.c: what our replica gives back.  What a delivery proved beyond
 * its last entry is kept, so that the owner can be given that entry too. */
enum err depot_give(void *arg, const char *origin,
    const struct exchange_span *span, struct buf *items,
    struct exchange_given *out);
ERR_CHECKED enum err depot_reach(struct depot *d, struct store_txn *txn,
    const char *origin, const struct log_extension *x, struct err_why *why);

/* depot_later.c: the logs of the cards, then what the store and the node say of
 * later generations; judging a new one; what the host answers. */
ERR_CHECKED enum err depot_later_open(struct depot *d, struct err_why *why);
void depot_later_close(struct depot *d);
enum err depot_later_host(
    void *arg, const char *member, size_t i, struct exchange_later *out);
enum err depot_later_succeed(void *arg, const char *peer, struct bytes note,
    char *origin, struct err_why *why);
/* Does a checkpoint fit where its log was closed?  ERR_REFUSED: it goes beyond
 * or has another root; the evidence is written to the transaction. */
ERR_CHECKED enum err depot_later_check(struct depot *d, struct store_txn *txn,
    const struct note_checkpoint *head, struct bytes note, struct err_why *why);
/* Does LOG_START say what the succession said?  ERR_UNVERIFIED. */
ERR_CHECKED enum err depot_later_start(const struct depot_place *p,
    const struct log_opened *first, struct err_why *why);
/* The evidence that is kept of a log, as an event and to the peers. */
void depot_later_tell(struct depot *d, const char *origin);

/* depot_gossip.c: takes up evidence that the store has. */
void depot_gossip_open(struct depot *d);
void depot_gossip_close(struct depot *d);
void depot_gossip_look(struct depot *d);

/* depot_erase.c: note the ERASURE entries of [from, ..) in the transaction
 * that stores them; carry out what is noted; receipts for the owner. */
ERR_CHECKED enum err depot_erase_note(struct depot *d, struct store_txn *txn,
    struct depot_place *place, uint64_t from, struct err_why *why);
void depot_erase_forget(struct depot *d, size_t len);
void depot_erase_run(struct depot *d);
ERR_CHECKED enum err depot_erase_load(struct depot *d, struct err_why *why);
ERR_CHECKED enum err depot_erase_next(
    struct depot *d, const char *origin, uint64_t *cursor, uint64_t *index);

#endif

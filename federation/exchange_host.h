/* exchange_host.h - what the exchange needs of the world. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_HOST_H
#define FEDERATION_EXCHANGE_HOST_H

#include "federation/exchange_recaller.h"
#include "federation/gossip.h"
#include "ledger/log_extend.h"
#include "ledger/note.h"
#include "ledger/succession.h"
#include "proto/buf.h"
#include "proto/err.h"

/* What our replica gives back of a log to its owner.  note: covers the items;
 * without items the newest known or empty; borrowed until the next call. */
struct exchange_given {
	uint64_t n; /* items appended */
	struct bytes note;
	struct tree_proof proof; /* from + n -> note; without items: none */
};

/* A head to acknowledge; `note` was opened with the log's key. */
struct exchange_head {
	const char *peer;
	const struct note_checkpoint *head;
	struct bytes note;
	uint64_t old;
	const struct tree_proof *proof;
	const struct hash *was; /* as struct witness_request; or NULL */
};

enum exchange_event_kind {
	EXCHANGE_HEARD, /* size: newest head that the owner signed */
	EXCHANGE_STORED, /* from .. size: entries now held */
	EXCHANGE_COSIGNED, /* size, text: a verified line for a log of ours */
	EXCHANGE_AHEAD, /* size: peer acknowledged more of ours than we hold;
	                   text: its proof, a checkpoint by our key, or empty */
	EXCHANGE_SHOWN, /* size, text: a checkpoint by our key that a peer
	                   holds, not larger; may be of another history */
	EXCHANGE_ERASED, /* `from`: the peer destroyed its copy of that body */
	EXCHANGE_REFUSED, /* err, text: what the peer sent was not accepted */
	EXCHANGE_FORKED, /* text: evidence, fork.h; first of its log here */
	EXCHANGE_REJECTED, /* text: the peer did not accept what we sent */
	EXCHANGE_CELL, /* text: what it sent, cell.h */
};

/* A log that began after the roster was made; valid as long as the host. */
struct exchange_later {
	const struct succession *s;
	struct bytes note; /* the signed one */
};

/* Something the host may want to know; valid during the call. */
struct exchange_event {
	enum exchange_event_kind kind;
	const char *peer;
	const char *origin; /* NULL: the turn as a whole */
	uint64_t from;
	uint64_t size;
	enum err err;
	struct bytes text;
	int64_t made_us; /* in a file: the peer's clock then; 0: now */
};

/* An alliance log of somebody else, as we hold it. */
struct exchange_relay {
	const char *origin;
	const struct note_vkey *key; /* NULL: only handed on, not taken */
	uint64_t held;
};

/* What the host has begun to do about a batch; its own. */
struct exchange_work;

/*
 * What the exchange needs of the world.  ERR_NOT_FOUND of head: not our log.
 * All calls come from inside exchange_in, _settle, _out and _due.
 */
struct exchange_host {
	void *arg;
	/* Newest signed checkpoint of a log of ours; note is borrowed until
	 * the next call to the host. */
	enum err (*head)(void *arg, const char *origin,
	    struct note_checkpoint *head, struct bytes *note);
	/* Appends Delivery.items (field 3, encoded) and counts them. */
	enum err (*read)(void *arg, const char *origin,
	    const struct exchange_span *span, struct buf *items, uint64_t *n);
	enum err (*prove)(void *arg, const char *origin, uint64_t old,
	    uint64_t size, struct tree_proof *out);
	/* Size of our replica; 0 when there is none. */
	enum err (*held)(void *arg, const char *origin, uint64_t *size);
	/* Verify, store, commit; as log_extend.  ERR_REFUSED: the checkpoint
	 * contradicts what we hold, evidence was kept.  work: NULL or what
	 * begin gave for these items. */
	enum err (*extend)(void *arg, const char *origin,
	    const struct log_extension *x, struct exchange_work *work,
	    struct err_why *why);
	/* The three together, or NULL: begin beside other work what extend
	 * will need of items; is it done; end it.  Borrowed until drop. */
	struct exchange_work *(*begin)(
	    void *arg, const struct log_item *items, size_t len);
	bool (*done)(void *arg, const struct exchange_work *work);
	void (*drop)(void *arg, struct exchange_work *work);
	/* Acknowledge and, after the commit, append a cosignature line; as
	 * witness_advance.  size: acknowledged afterwards, on every outcome. */
	enum err (*cosign)(void *arg, const struct exchange_head *h,
	    struct buf *line, uint64_t *size, struct err_why *why);
	/* Next ERASED receipt for the owner of `origin`, from *cursor on;
	 * ERR_NOT_FOUND: no more. */
	enum err (*erased)(
	    void *arg, const char *origin, uint64_t *cursor, uint64_t *index);
	void (*event)(void *arg, const struct exchange_event *e);
	/* i-th of the later generations of a member's logs, as they were
	 * accepted.  ERR_NOT_FOUND: no more.  NULL, and the rest: none. */
	enum err (*later)(void *arg, const char *member, size_t i,
	    struct exchange_later *out);
	/* Judge and store a succession of `peer`'s; origin: of what it opens,
	 * once known, else "".  ERR_REFUSED: it contradicts what is held. */
	enum err (*succeed)(void *arg, const char *peer, struct bytes note,
	    char *origin, struct err_why *why);
	int64_t (*wall_us)(void *arg); /* NULL: nothing is said of clocks */
	/* Appends the checkpoint acknowledged last. */
	enum err (*witnessed)(void *arg, const char *origin, struct buf *note);
	/* As `read`, of our replica of a log of the peer's, for its owner. */
	enum err (*give)(void *arg, const char *origin,
	    const struct exchange_span *span, struct buf *items,
	    struct exchange_given *out);
	const struct exchange_recaller *recall; /* NULL: nobody asks */
	const struct gossip_host *gossip; /* or NULL */
	/* Appends our checkpoint of that size, if it is still kept. */
	enum err (*told)(
	    void *arg, const char *origin, uint64_t size, struct buf *note);
	/* i-th alliance log of others, in an order that only grows.  NULL, and
	 * the two below: none is handed on.  ERR_NOT_FOUND: no more. */
	enum err (*relayed)(void *arg, size_t i, struct exchange_relay *out);
	/* Changes whenever any of these does. */
	uint64_t (*relays)(void *arg);
	/* May this exchange ask for it now?  Of those with many peers one. */
	bool (*claim)(void *arg, const char *origin, int64_t now_us);
	/* The root of a log of ours when it had that size; or NULL. */
	enum err (*root)(
	    void *arg, const char *origin, uint64_t size, struct hash *out);
};

#endif

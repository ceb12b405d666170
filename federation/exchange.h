/* exchange.h - anti-entropy with one peer, as a pure state machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_H
#define FEDERATION_EXCHANGE_H

#include "federation/roster.h"
#include "ledger/log_extend.h"
#include "proto/buf.h"
#include "proto/err.h"

#define EXCHANGE_ITEMS_MAX 4096
#define EXCHANGE_QUEUE 4 /* turns judged and not yet stored */
/* Leaves and bodies of one turn: starts small and doubles while the peer asks
 * for more within EXCHANGE_BRISK_US, so that slow lines are not overrun. */
#define EXCHANGE_BATCH_MIN (128u << 10)
#define EXCHANGE_BATCH_BYTES (2u << 20)
#define EXCHANGE_BRISK_US INT64_C(1500000)
#define EXCHANGE_TURN_MAX (EXCHANGE_BATCH_BYTES + (768u << 10)) /* packed */
#define EXCHANGE_HEAD_US INT64_C(1000000) /* between two heads of a log */
#define EXCHANGE_RETRY_US                                   \
	INT64_C(20000000) /* an unanswered want is repeated \
	                   */
#define EXCHANGE_BACKOFF_US INT64_C(60000000) /* after a refused delivery */

/* A range of a log for `read`. */
struct exchange_span {
	uint64_t from;
	uint64_t max_items;
	size_t
	    max_bytes; /* stop before this is passed, but give at least one */
	bool bodies;
};

/* A head of a peer to acknowledge; `note` was opened with the log's key. */
struct exchange_head {
	const char *peer;
	const struct note_checkpoint *head;
	struct bytes note;
	uint64_t old;
	const struct tree_proof *proof;
};

enum exchange_event_kind {
	EXCHANGE_HEARD, /* size: newest head that the owner signed */
	EXCHANGE_STORED, /* from .. size: entries now held */
	EXCHANGE_COSIGNED, /* size, text: a verified line for a log of ours */
	EXCHANGE_AHEAD, /* size: peer acknowledged more of ours than we hold */
	EXCHANGE_ERASED, /* index `from`: the peer destroyed its copy */
	EXCHANGE_REFUSED, /* err, text: what the peer sent was not accepted */
	EXCHANGE_FORKED, /* text, other: two inconsistent signed notes */
	EXCHANGE_REJECTED, /* text: the peer did not accept what we sent */
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
	struct bytes other;
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
	/* Optional, the three together (NULL): begin beside other work what
	 * extend will need of items that were asked for; is it done; end it.
	 * The items are borrowed until drop. */
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
};

struct exchange;

/* Borrowed and longer-lived: roster, self, host.  peer: a member. */
struct exchange *exchange_new(const struct roster *roster, const char *self,
    const char *peer, const struct exchange_host *host);
void exchange_free(struct exchange *x);

/* A new conversation: what was in flight is lost, nothing is assumed. */
void exchange_reset(struct exchange *x);

/*
 * exchange_in - judge a turn and queue what it brings.  Cheap: nothing is
 * stored, so that the answer (exchange_out) can leave and ask for the next
 * batch while this one is verified and stored.  A full queue is settled first.
 *
 *   turn     on success its memory is taken over and it is left empty
 *   hold_us  how long the peer lets us wait with the answer; may be NULL
 *
 * ERR_MALFORMED, ERR_LIMIT: nothing queued.  ERR_CONFLICT: another epoch.
 */
ERR_CHECKED enum err exchange_in(struct exchange *x, struct buf *turn,
    int64_t now_us, int64_t *hold_us, struct err_why *why);

/* Verify and store what is queued; reports by events. */
void exchange_settle(struct exchange *x, int64_t now_us);
/* The same for the oldest turn alone. */
void exchange_settle_first(struct exchange *x, int64_t now_us);
/* Turns queued; and would settling the first one not have to wait? */
size_t exchange_queued(const struct exchange *x);
bool exchange_ready(const struct exchange *x);

/* When this side has something to say: <= now is "now", INT64_MAX "nothing".
 * Call again after exchange_in, exchange_settle and growth of own logs. */
int64_t exchange_due(struct exchange *x, int64_t now_us);

/* Appends the next turn; what it says counts as said.  hold_us: how long the
 * peer may keep its answer. */
void exchange_out(
    struct exchange *x, int64_t now_us, int64_t hold_us, struct buf *turn);

#endif

/* exchange.h - anti-entropy with one peer, as a pure state machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_H
#define FEDERATION_EXCHANGE_H

#include "federation/exchange_host.h"
#include "federation/roster.h"
#include "federation/skew.h"
#include "ledger/log_extend.h"
#include "ledger/succession.h"
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
 * The peer may be in an earlier or later epoch: who it is and what it may have
 * is judged by our roster alone.  ERR_MALFORMED, ERR_LIMIT: nothing queued.
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

/* A cell for the peer goes with the next turns, a copy; false: too many wait.
 * Of one that is lost nobody hears. */
#define EXCHANGE_CELLS 16
bool exchange_cell(struct exchange *x, struct bytes cell);

/* Appends a turn that says nothing. */
void exchange_nothing(const struct exchange *x, struct buf *turn);

/* ---- without a connection: exchange_carry.c ---- */

/*
 * exchange_carry - begin to say, in turns for a file, all that the peer may
 * have and does not hold as far as it said (exchange_learn), with heads, acks
 * and wants.  On a machine of its own: exchange_in is not for it.
 */
void exchange_carry(struct exchange *x);
/* Appends the next turn; false: it was the last one. */
bool exchange_carry_out(struct exchange *x, int64_t now_us, struct buf *turn);
/* Entries said and those that will be. */
void exchange_carried(const struct exchange *x, uint64_t *said, uint64_t *all);

/* exchange_carried_in - exchange_in and exchange_settle of a turn out of a
 * file that was made at made_us by its sender's clock, on a machine of its
 * own. */
ERR_CHECKED enum err exchange_carried_in(struct exchange *x, struct buf *turn,
    int64_t made_us, int64_t now_us, struct err_why *why);

/* What the peer said last that it holds of our logs, as a turn; empty when it
 * never said.  And to know it again, in another machine or after a restart. */
void exchange_said(struct exchange *x, struct buf *out);
void exchange_learn(struct exchange *x, struct bytes said);
/* How much of a log of ours it said that it holds; false: never. */
bool exchange_reach(struct exchange *x, const char *origin, uint64_t *out);

/* What is known of the peer's clock, as skew_best. */
void exchange_skew(
    const struct exchange *x, int64_t now_us, struct skew_sample *out);

#endif

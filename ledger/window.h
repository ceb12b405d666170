/* window.h - questions about a log, and why an answer is complete. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_WINDOW_H
#define LEDGER_WINDOW_H

#include "ledger.pb-c.h"
#include "ledger/log_read.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "record.pb-c.h"

#define WINDOW_IDS_MAX 256
#define WINDOW_SHOW_MAX 64
#define WINDOW_TEXT_MAX 1024 /* bytes of asker, purpose, a field name */
#define WINDOW_QUESTION_MAX 32768
#define WINDOW_KINDS 128 /* kinds are below */

/*
 * A question to one log.  Everything in it is bound by the HEADS entry that is
 * written for it: nobody can narrow the question afterwards to make a gap look
 * like an answer.
 */
struct window_question {
	Ledger__Kind kind;
	bool timed; /* false: by ids alone, never COMPLETE */
	uint32_t time_epoch;
	int64_t from_us; /* half-open: from <= recorded_us < to */
	int64_t to_us;
	const uint8_t (*ids)[16]; /* record ids; none: every record */
	size_t ids_len;
	const char *const *show; /* JSON field names; none: every field */
	size_t show_len;
	const char *asker; /* UTF-8 without control characters */
	const char *purpose;
	struct bytes policy; /* the sender's tlog-policy, as it travels */
};

/*
 * window_question_put - the question as text (docs/wire.md 4), appended.
 * ERR_MALFORMED, ERR_LIMIT: not a question; out as before.
 */
ERR_CHECKED enum err window_question_put(
    struct buf *out, const struct window_question *q, struct err_why *why);

/* Is this a leaf the question asks for (kind, time, record id)? */
bool window_asks(const struct window_question *q, const Ledger__Entry *e);

/*
 * window_heads - append the canonical record.Heads of the log as it stands in
 * `txn`, bound to the question: body of the HEADS entry (kind HEADS) that the
 * caller seals and appends next, in the same write transaction.
 */
ERR_CHECKED enum err window_heads(struct buf *out, struct log_book *b,
    struct store_txn *txn, uint16_t slot, const struct window_question *q,
    struct err_why *why);

/*
 * window_range - the leaves that an answer carries: those of the window, the
 * left neighbour, and the right neighbour or, when the window reaches further,
 * all up to and including the HEADS entry.  ERR_NOT_FOUND: no such HEADS.
 */
ERR_CHECKED enum err window_range(struct log_book *b, struct store_txn *txn,
    const struct log_place *heads, const struct window_question *q,
    struct tree_span *out, struct err_why *why);

/*
 * struct window_check - walks a contiguous run of leaves and holds it against
 * the rules of docs/wire.md 4.  Pure.
 *
 * Invariants: 1. next - first leaves were accepted.  2. for every kind seen,
 * chain[kind] is its newest entry below `next`.
 */
struct window_check {
	uint64_t first;
	uint64_t next;
	uint32_t first_epoch, epoch;
	int64_t first_us, us;
	/* Hours that two time epochs of the run share, or could: from the
	 * earliest start to the latest end; none when from_us > to_us. */
	struct {
		int64_t from_us, to_us;
	} twice;
	struct {
		uint64_t seq; /* 0: not seen */
		uint64_t last;
	} chain[WINDOW_KINDS];
};

/* Begins a walk whose first leaf has index `first`. */
void window_check_init(struct window_check *w, uint64_t first);

/* The next leaf: time order, time epochs, chain of its kind.
 * ERR_UNVERIFIED; the walk is over then. */
ERR_CHECKED enum err window_check_leaf(
    struct window_check *w, const Ledger__Entry *e, struct err_why *why);

/* The run bounds the window: left neighbour or start of the log, right
 * neighbour or the HEADS entry `heads_index`.  ERR_UNVERIFIED. */
ERR_CHECKED enum err window_check_bounds(const struct window_check *w,
    const struct window_question *q, uint64_t heads_index, struct err_why *why);

/* A clock that was set back between two leaves of the run made hours of the
 * window happen twice: one time epoch alone does not show all of them. */
bool window_check_twice(
    const struct window_check *w, const struct window_question *q);

/* What HEADS says agrees with every kind of the run.  ERR_UNVERIFIED. */
ERR_CHECKED enum err window_check_heads(const struct window_check *w,
    const Record__Heads *heads, uint64_t heads_index, struct err_why *why);

#endif

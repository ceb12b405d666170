/* generation.h - one log after another: names, first leaves, their check. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GENERATION_H
#define LEDGER_GENERATION_H

#include "ledger/log.h"
#include "ledger/note.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "record.pb-c.h"

/*
 * A log's origin is <name>/<kind>/<generation>, generation from 1, each with a
 * key of its own.  After a loss, a key disaster or a rollover an origin never
 * goes on: the next generation opens, and its first leaf, LOG_START, says
 * where the one before stood.  Source: docs/wire.md 3.
 */
struct generation {
	char name[NOTE_NAME_MAX + 1]; /* plant-a.acme.example */
	char kind[16]; /* evidence, alliance */
	uint32_t number; /* from 1 */
};

/* ERR_MALFORMED: not an origin of this form, or above GENERATION_MAX. */
ERR_CHECKED enum err generation_get(
    struct generation *out, const char *origin, struct err_why *why);
/* out: NOTE_NAME_MAX + 1.  ERR_LIMIT: too long. */
ERR_CHECKED enum err generation_put(
    char *out, const struct generation *g, struct err_why *why);

#define GENERATION_MAX 32767u

/*
 * A place names an entry of a log across its generations: generation - 1 in the
 * upper 16 bits, leaf index below.  Ascending places are the order of writing;
 * in generation 1 a place is the leaf index.
 */
static inline uint64_t
generation_place(uint32_t number, uint64_t index)
{
	return (uint64_t)(number - 1) << 48 | index;
}

static inline uint32_t
generation_of(uint64_t place)
{
	return (uint32_t)(place >> 48) + 1;
}

static inline uint64_t
generation_index(uint64_t place)
{
	return place & ((UINT64_C(1) << 48) - 1);
}

/* The generations of one log that a book holds. */
struct generation_line {
	uint16_t first; /* slot of the oldest: names the whole line */
	uint16_t newest; /* slot of the newest */
	uint32_t first_number;
	uint32_t newest_number;
};
/* ERR_NOT_FOUND: none is held. */
ERR_CHECKED enum err generation_line(struct generation_line *out,
    struct log_book *b, struct store_txn *txn, const char *name,
    const char *kind, struct err_why *why);
/* The line that the log in `slot` belongs to, and which generation it is. */
ERR_CHECKED enum err generation_line_of(struct generation_line *out,
    uint32_t *number, struct log_book *b, struct store_txn *txn, uint16_t slot,
    struct err_why *why);
/* Slot of one generation of the line that `line` names.  ERR_NOT_FOUND. */
ERR_CHECKED enum err generation_slot(uint16_t *out, struct log_book *b,
    struct store_txn *txn, uint16_t line, uint32_t number, struct err_why *why);

/* Kinds of one log, in ascending order; room for every kind there is. */
#define GENERATION_KINDS 128
struct generation_heads {
	Record__Head head[GENERATION_KINDS];
	Record__Head *at[GENERATION_KINDS];
	size_t len;
};
/* kind_seq and last index of every kind with an entry. */
ERR_CHECKED enum err generation_heads(struct generation_heads *out,
    struct log_book *b, struct store_txn *txn, uint16_t slot,
    struct err_why *why);

/*
 * generation_start - append the canonical record.LogStart for a log about to
 * begin; the caller seals it and appends it as LOG_START.
 *
 *   predecessor   origin of the generation before, in the same book; NULL for
 *                 the first
 *   known         newest checkpoint of it that anybody knows; NULL: as held.
 *                 What it has beyond what is held is admitted as lost.
 * ERR_MALFORMED  not successive generations of one log;  ERR_NOT_FOUND  no
 * such predecessor here;  ERR_CONFLICT  `known` is of another log or shorter
 * than what is held.
 */
struct generation_plan {
	const char *origin;
	const char *predecessor;
	const char *reason;
	const struct note_checkpoint *known;
	bool loss; /* admitted: its end is not known to be whole */
};
ERR_CHECKED enum err generation_start(struct buf *out, struct log_book *b,
    struct store_txn *txn, const struct generation_plan *plan,
    struct err_why *why);

/*
 * generation_check - does this LOG_START of `origin` continue what was seen?
 *   last   newest checkpoint of the predecessor that the reader trusts; NULL
 *          when it has none
 * ERR_UNVERIFIED  it names another log, a shorter tree or another root: what
 *                 was signed beyond is lost or hidden
 */
ERR_CHECKED enum err generation_check(const Record__LogStart *start,
    const char *origin, const struct note_checkpoint *last,
    struct err_why *why);

#endif

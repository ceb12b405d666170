/* log_hole.h - what a log lost to damage, and how it is given back. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_HOLE_H
#define LEDGER_LOG_HOLE_H

#include "ledger/log_ready.h"
#include "ledger/tree.h"

/*
 * Rows of a log that were lost are marked (store_hole), so that whoever reads
 * one is told ERR_CORRUPT, and listed: table log_hole, u16be slot || u8 kind ||
 * u64be index -> nothing.  A hole goes only with what fills it, in one
 * transaction.
 */
enum log_hole_kind {
	LOG_HOLE_ENTRY = 1,
	LOG_HOLE_BODY, /* key row and body */
	LOG_HOLE_NODES, /* index: group << 56 | block */
};

struct log_hole {
	uint16_t slot;
	enum log_hole_kind kind;
	uint64_t index;
};

/* Calls `each` in order of slot, kind, index, until it returns false. */
typedef bool (*log_hole_each)(void *arg, const struct log_hole *h);
ERR_CHECKED enum err log_holes(struct log_book *b, struct store_txn *txn,
    log_hole_each each, void *arg, struct err_why *why);
uint64_t log_holes_count(struct log_book *b, struct store_txn *txn);

/* A stretch of a log as a member gave it; the note was opened with the log's
 * own key. */
struct log_fill {
	uint64_t from;
	const struct log_item *items;
	size_t len;
	const struct note_checkpoint *head;
	const struct tree_proof *proof; /* from + len -> head->size */
	/* Under whose wrapping keys bodies of a kind rest. */
	uint8_t (*retention_class)(Ledger__Kind kind);
};
/* What was filled. */
struct log_filled {
	uint64_t entries;
	uint64_t bodies;
	uint64_t erased; /* holes of bodies that an ERASURE entry destroyed */
	uint64_t nodes; /* rows of node hashes computed */
	uint64_t waiting; /* bodies: what was erased is not known yet */
	uint64_t refused; /* items that do not fit */
	struct err_why first; /* of those */
};

/*
 * log_fill - put what `x` brings where the log has holes; the rest of it is
 * looked at only as far as proving needs.
 *
 * An entry must have the hash that is stored for it; where that is lost too,
 * the whole stretch must lead from our tree to x->head.  A body must open the
 * commitments of its entry.  One that an ERASURE entry of this log destroyed is
 * marked as erased, and none is taken while such an entry, or what it says, is
 * itself missing; of one that was erased in part only the rest is taken.
 *
 * The caller commits, or aborts on any error.  ERR_CORRUPT: what is stored
 * contradicts itself.
 */
ERR_CHECKED enum err log_fill(struct log_book *b, struct store_txn *txn,
    uint16_t slot, const struct log_fill *x, struct log_filled *out,
    struct err_why *why);

/* ---- for log_mend and log_fill ---- */

#define LOG_HOLE_KEY_BYTES 11
void log_hole_key(
    uint8_t out[static LOG_HOLE_KEY_BYTES], const struct log_hole *h);

#endif

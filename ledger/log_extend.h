/* log_extend.h - replicas: foreign entries, verified before they are stored. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_EXTEND_H
#define LEDGER_LOG_EXTEND_H

#include "ledger/log_ready.h"

/* A verified stretch of a replica, for whoever folds it. */
struct log_stretch {
	uint16_t slot;
	uint64_t from;
	const struct log_opened *at;
	size_t len;
	bool erased; /* folded before: bodies or fields of them are gone */
};

/*
 * log_extend - add `n` foreign entries that start at index `from`.
 *
 * Verified before anything is stored: `from` is the replica's size, each leaf
 * is a canonical Entry that continues the chain and time rules, each opening
 * matches its commitment, and the tree after the last entry is a prefix of
 * `checkpoint` (a note already opened with the log's key) by `proof`.
 *
 * ERR_CONFLICT `from` is not our size; ERR_UNVERIFIED, ERR_MALFORMED: nothing
 * stored (the caller aborts the transaction).
 */
struct log_extension {
	uint64_t from;
	const struct log_item *items;
	size_t len;
	struct bytes note; /* signed checkpoint, verbatim */
	const struct note_checkpoint *head; /* the same, opened */
	const struct tree_proof *proof; /* from + len -> head->size */
	/* The same items with every part run; NULL: done here. */
	const struct log_ready *ready;
	/* NULL: a replica.  Or they come back into an own log: as what was
	 * appended, by its class; `ready` is log_ready_plain then. */
	uint8_t (*retention_class)(Ledger__Kind kind);
};
ERR_CHECKED enum err log_extend(struct log_book *b, struct store_txn *txn,
    uint16_t slot, const struct log_extension *x, struct err_why *why);
/*
 * log_sealed_put - the packed Sealed of an entry that is held without one
 * (the right to it came later).  Verified before stored.
 * ERR_EXISTS held already;  ERR_REFUSED erased here;  ERR_UNVERIFIED,
 * ERR_MALFORMED, ERR_UNSUPPORTED (type or schema version unknown here: leave
 * item.sealed empty until the node is newer) also from log_extend.
 */
ERR_CHECKED enum err log_sealed_put(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, struct bytes sealed, struct err_why *why);

#endif

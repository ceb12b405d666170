/* audit.h - rehash a whole log and name the first fault. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_AUDIT_H
#define LEDGER_AUDIT_H

#include "ledger/log.h"
#include "ledger/note.h"

/* What was looked at; also how far it came when a fault ended it. */
struct audit_counts {
	uint64_t leaves;
	uint64_t nodes;
	uint64_t checkpoints;
	uint64_t bodies; /* opened, and match their commitments */
	uint64_t withheld; /* bodies not held here */
	uint64_t erased;
	uint64_t size; /* leaves there should be */
	uint64_t faults;
};

struct audit_plan {
	uint16_t slot;
	const struct note_vkey *key; /* NULL: signatures are not checked */
	/* Now and then; may be NULL. */
	void (*progress)(void *arg, const struct audit_counts *so_far);
	/* Is this ERASURE entry still to be carried out?  NULL: none is. */
	bool (*waits)(void *arg, uint16_t slot, uint64_t index);
	/* Each fault; NULL: the first ends the audit. */
	void (*fault)(void *arg, const struct err_why *why);
	void *arg;
};

/*
 * audit_log - recompute everything of one log from its leaves: canonical form,
 * chains and time rules, every stored node (tiles are made of them and of the
 * leaves), the state row, checkpoints and their roots, bodies against their
 * commitments, and that what its ERASURE entries name is gone.  Parts of a long
 * log are looked at by a thread per core, each with a read transaction of its
 * own, so `txn` must be one too.
 *
 *   counts  filled in any case
 *   why     the first fault: "plant-a.acme.example/evidence/1: leaf 512:
 *           hash differs from stored node"
 *
 * ERR_CORRUPT, ERR_UNVERIFIED  a fault;  others: could not look.
 * Works on a store opened read-only; long read transaction: not for a busy
 * node's own process.
 */
ERR_CHECKED enum err audit_log(struct log_book *b, struct store_txn *txn,
    const struct audit_plan *plan, struct audit_counts *counts,
    struct err_why *why);

#endif

/* cosign.h - acknowledging a checkpoint: judged, durable, then cosigned. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_COSIGN_H
#define FEDERATION_COSIGN_H

#include <stdatomic.h>

#include "federation/roster.h"
#include "federation/witness.h"
#include "ledger/log.h"
#include "proto/clock.h"
#include "proto/crypto.h"

/*
 * The one way in which a node acknowledges a checkpoint, whether a member asked
 * in a session or anybody by HTTP: both see and change the same state, one
 * transaction each.  All borrowed.  Any thread: the store has one writer at a
 * time.
 */
struct cosign {
	const struct witness *witness;
	struct log_book *replicas;
	const struct roster *roster; /* NULL: no log is known to be closed */
	const char *name; /* <name>/witness */
	const struct crypto_signer *key;
	_Atomic bool *retired; /* true: seen, but not vouched for; or NULL */
	const struct clock *clock;
};

struct cosign_request {
	const struct note_vkey *log; /* note name: the origin */
	const struct note_checkpoint *head; /* opened with it */
	struct bytes note;
	uint64_t old;
	const struct tree_proof *proof;
	const struct hash *was; /* as struct witness_request; or NULL */
};

/* Zeroed before; cosign_clear. */
struct cosign_answer {
	uint64_t size; /* acknowledged afterwards, on every outcome */
	struct buf line; /* the cosignature; empty: retired */
	struct buf fork; /* evidence that this request brought, the first of its
	                    log; else empty */
};
void cosign_clear(struct cosign_answer *a);

/*
 * cosign_advance - durable when it returns; codes as witness_advance, and
 * ERR_LIMIT: a checkpoint of more than FORK_TEXT_MAX bytes
 * ERR_IO ..  of the store: nothing changed
 */
ERR_CHECKED enum err cosign_advance(const struct cosign *c,
    const struct cosign_request *r, struct cosign_answer *out,
    struct err_why *why);

/*
 * cosign_compare - a checkpoint that somebody else acknowledged, against what
 * is held here; nothing is acknowledged by it.  old and proof of `r` are not
 * looked at.  ERR_REFUSED: they exclude each other; evidence is durable.
 */
ERR_CHECKED enum err cosign_compare(const struct cosign *c,
    const struct cosign_request *r, struct cosign_answer *out,
    struct err_why *why);

/*
 * cosign_continues - does a checkpoint continue another signed one, not larger,
 * of the same log, as `old` and proof of `r` show it?  Nothing is acknowledged.
 *   first   opened with the log's key
 * ERR_UNVERIFIED  neither is shown
 * ERR_REFUSED     it does not: evidence is durable
 */
ERR_CHECKED enum err cosign_continues(const struct cosign *c,
    const struct cosign_request *r, struct bytes first,
    const struct tree_head *head, struct cosign_answer *out,
    struct err_why *why);

/*
 * cosign_accept - fork evidence from anywhere, checked with the keys of the
 * log that it is about; log NULL: that of a member, by the roster.
 *   fresh   the first that is kept of this log
 * ERR_NOT_FOUND   nobody's log; ERR_* of fork_get and fork_check
 */
ERR_CHECKED enum err cosign_accept(const struct cosign *c,
    const struct note_vkey *log, struct bytes file, bool *fresh,
    struct err_why *why);

/* The key of a member's log, of any generation that is known.
 * ERR_NOT_FOUND. */
ERR_CHECKED enum err cosign_key(const struct cosign *c, struct store_txn *txn,
    const char *origin, struct note_vkey *out, struct err_why *why);

/* A note with its first line by the log alone: what others put beside it is not
 * kept, and none is too long to be evidence.  ERR_LIMIT, ERR_MALFORMED. */
ERR_CHECKED enum err cosign_strip(struct buf *out, struct bytes note,
    const struct note_vkey *log, struct err_why *why);
/* Puts the keys of its log, and of its owner, into evidence. */
void cosign_keys(
    struct fork *f, const struct cosign *c, const struct note_vkey *log);

/* Private: room for what found none, so that `e` is to be tried anew; what is
 * in the transaction becomes durable and the first of it is told (ERR_REFUSED).
 */
bool cosign_grown(
    const struct cosign *c, enum err *e, int *tries, struct err_why *why);
ERR_CHECKED enum err cosign_keep(const struct cosign *c, struct store_txn *txn,
    const char *origin, struct cosign_answer *out, struct err_why *why);

/* Does a checkpoint fit where its log was closed?  ERR_REFUSED: it goes beyond
 * or has another root; the evidence is written to the transaction. */
ERR_CHECKED enum err cosign_closed(const struct cosign *c,
    struct store_txn *txn, const struct cosign_request *r, struct err_why *why);

#endif

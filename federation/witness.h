/* witness.h - cosigning checkpoints of peers; evidence of forks. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_WITNESS_H
#define FEDERATION_WITNESS_H

#include "ledger/fork.h"
#include "ledger/note.h"
#include "ledger/store.h"
#include "proto/buf.h"
#include "proto/err.h"

/* Tables in the store of replicas.  Open before its first transaction. */
struct witness {
	struct store_table state; /* origin -> what was acknowledged last */
	struct store_table forks; /* origin || digest -> evidence, fork.h */
	struct store_table
	    erasures; /* what ERASURE entries ask; depot_erase.c */
	struct store_table later; /* origin -> succession; depot_later.c */
	struct store_table reach; /* origin -> note beyond; depot_recall.c */
};
ERR_CHECKED enum err witness_open(
    struct witness *out, struct store *s, struct err_why *why);

/* What was acknowledged last of an origin; size 0 and an empty note if
 * nothing.  The note is borrowed from the transaction. */
struct witness_state {
	struct tree_head head;
	struct bytes note;
};
ERR_CHECKED enum err witness_state(const struct witness *w,
    struct store_txn *txn, const char *origin, struct witness_state *out,
    struct err_why *why);

/* Calls `each` for every origin of which something was acknowledged, until it
 * returns false; views are valid during the call. */
typedef bool (*witness_state_each)(
    void *arg, const char *origin, const struct witness_state *st);
ERR_CHECKED enum err witness_each_state(const struct witness *w,
    struct store_txn *txn, witness_state_each each, void *arg,
    struct err_why *why);

/* A checkpoint to acknowledge: `note` was opened with the log's key. */
struct witness_request {
	const struct note_checkpoint *head;
	struct bytes note;
	uint64_t old;
	const struct tree_proof *proof; /* old -> head->head.size */
	const struct note_vkey *log; /* for evidence; NULL: not in it */
	struct bytes line; /* cosignature to keep with it; empty: none */
	const struct hash *was; /* what its owner says the tree was at `old`,
	                           where the proof leaves that out; or NULL */
};

/* The root that the signed tree of `head` had at size `old`, as the proof shows
 * it, or as its owner says it and the proof bears out.  False: neither. */
bool witness_root_at(struct hash *out, uint64_t old,
    const struct tree_head *head, const struct tree_proof *proof,
    const struct hash *was);

/*
 * witness_advance - compare and swap inside the caller's write transaction;
 * only after its commit may the cosignature leave.
 *
 *   size   receives what is acknowledged afterwards, on every outcome
 *
 * ERR_CONFLICT    `old` is not what was acknowledged last; try from `size`
 * ERR_MALFORMED   impossible sizes
 * ERR_UNVERIFIED  the proof does not lead there, or another key signed what was
 *                 acknowledged; nothing changed
 * ERR_REFUSED     the log has forked: signed another root for a size that was
 *                 acknowledged, by itself or within a larger tree, as the
 *                 proof shows.  Evidence is in table `forks`: commit.
 *                 Also for every later request of a forked origin.
 * What was acknowledged is as it was unless ERR_OK: last agreed.
 * Source: c2sp.org/tlog-witness.
 */
ERR_CHECKED enum err witness_advance(const struct witness *w,
    struct store_txn *txn, const struct witness_request *r, uint64_t *size,
    struct err_why *why);

/* Keeps evidence about `origin`.  added: false when it was known or
 * WITNESS_FORKS_MAX of them are kept already; may be NULL.  Durable with the
 * transaction.  ERR_UNVERIFIED: by the log's key that it names nothing is
 * shown, as when another key signed one of both; nothing is kept. */
#define WITNESS_FORKS_MAX 16
ERR_CHECKED enum err witness_accuse(const struct witness *w,
    struct store_txn *txn, const char *origin, const struct fork *f,
    bool *added, struct err_why *why);

/* True when fork evidence of this origin is held. */
ERR_CHECKED enum err witness_forked(const struct witness *w,
    struct store_txn *txn, const char *origin, bool *out, struct err_why *why);

/* Calls `each` for every piece of evidence, oldest key first, until it
 * returns false; file (fork.h) and its views are valid during the call. */
typedef bool (*witness_each)(
    void *arg, const char *origin, const struct fork *f, struct bytes file);
ERR_CHECKED enum err witness_list(const struct witness *w,
    struct store_txn *txn, witness_each each, void *arg, struct err_why *why);

#endif

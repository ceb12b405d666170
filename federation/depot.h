/* depot.h - the exchange's storage: own logs, replicas, witness state. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_DEPOT_H
#define FEDERATION_DEPOT_H

#include "federation/exchange.h"
#include "federation/witness.h"
#include "ledger/log.h"
#include "ledger/store.h"
#include "proto/clock.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * Shared by the exchanges with all peers; used by one thread, which is the
 * only writer of the replicas' store and only reads the own one.
 */
struct depot;

/* Borrowed and longer-lived, except witness_key (copied). */
struct depot_options {
	const struct roster *roster;
	const char *self;
	const struct crypto_signer *witness_key;
	/* Nothing is cosigned from when it is true on; or NULL.  Set on our
	 * thread, so that none leaves afterwards. */
	_Atomic bool *no_witness;
	struct log_book *own;
	struct log_book *replicas;
	const struct witness *witness;
	const struct clock *clock;
	/* Signed notes by which own logs followed those of our card, in their
	 * order; copied. */
	const struct bytes *successions;
	size_t successions_len;
	void *arg; /* for the two below; both may be NULL */
	/* Inside the transaction that stores the stretch, or erases in it. */
	enum err (*fold)(void *arg, struct store_txn *txn,
	    const struct log_stretch *s, struct err_why *why);
	/* Events of every exchange, and EXCHANGE_FORKED from here. */
	void (*event)(void *arg, const struct exchange_event *e);
	const struct exchange_recaller *recall; /* or NULL */
	/* NULL, or: verify batches on threads of our own while others are
	 * stored; called by one of them when a batch is verified. */
	void (*verified)(void *arg);
};

/* Carries out erasures that a crash interrupted.  ERR_* of the stores. */
ERR_CHECKED enum err depot_open(struct depot **out,
    const struct depot_options *options, struct err_why *why);
void depot_close(struct depot *d);

/* For exchange_new; lives as long as the depot. */
/* Verifies a part of a batch that no thread has begun; false: there is none. */
bool depot_help(struct depot *d);
/* No batch is expected soon: gives back the memory kept for one. */
void depot_rest(struct depot *d);

const struct exchange_host *depot_host(const struct depot *d);

/* Own logs may have grown: look at their heads again. */
void depot_refresh(struct depot *d);

/* Erasures carried out for the log of a member since the start. */
uint64_t depot_erased(const struct depot *d, const char *origin);

#endif

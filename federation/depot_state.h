/* depot_state.h - what the depot remembers; private to its files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_DEPOT_STATE_H
#define FEDERATION_DEPOT_STATE_H

#include "federation/depot.h"

/* The replica of one log of one member. */
struct depot_place {
	bool known; /* slot and held are right */
	bool exists; /* it has a slot */
	uint16_t slot;
	uint64_t held;
	uint64_t erased;
};

/* An ERASURE entry that was stored and is still to be carried out. */
struct depot_pending {
	struct depot_place *place;
	uint64_t index;
};

struct depot_own {
	const char *origin;
	bool known; /* it has a signed head */
	struct note_checkpoint head;
	struct buf note;
};

struct depot {
	struct depot_options o;
	struct crypto_signer witness_key;
	struct exchange_host host;
	struct depot_own own[ROSTER_KINDS];
	struct depot_place *places; /* ROSTER_KINDS per member */
	struct buf sealed; /* scratch */
	struct arena opened; /* the batch that is being stored */
	struct depot_pending *pending;
	size_t pending_len;
};

/* The place of an origin, filled from the store; NULL: no member's log. */
struct depot_place *depot_place(struct depot *d, const char *origin);

/* depot_erase.c: note the ERASURE entries of [from, ..) in the transaction
 * that stores them; carry out what is noted; receipts for the owner. */
ERR_CHECKED enum err depot_erase_note(struct depot *d, struct store_txn *txn,
    struct depot_place *place, uint64_t from, struct err_why *why);
void depot_erase_forget(struct depot *d, size_t len);
void depot_erase_run(struct depot *d);
ERR_CHECKED enum err depot_erase_load(struct depot *d, struct err_why *why);
ERR_CHECKED enum err depot_erase_next(
    struct depot *d, const char *origin, uint64_t *cursor, uint64_t *index);

#endif

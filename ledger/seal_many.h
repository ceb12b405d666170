/* seal_many.h - many openings held against their commitments together. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_SEAL_MANY_H
#define LEDGER_SEAL_MANY_H

#include "ledger/seal.h"

/* An opening, borrowed, and the commitment that it is said to open. */
struct seal_claim {
	const Ledger__Opening *opening;
	struct hash want;
	bool holds; /* out */
};

/* Room for sixteen records in their fields; one thread at a time. */
struct seal_many;
struct seal_many *seal_many_new(void);
void seal_many_free(struct seal_many *m);

/*
 * seal_many_check - which of them hold.  Sixteen records are hashed together
 * where the processor can.  True means what ERR_OK of seal_open means; of any
 * other one seal_open has the word, and tells why.
 */
void seal_many_check(struct seal_many *m, struct seal_claim *claims, size_t n);

#endif

/* succession.h - a member's signed word on which log follows which. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_SUCCESSION_H
#define LEDGER_SUCCESSION_H

#include "ledger/note.h"
#include "proto/buf.h"
#include "proto/err.h"

#define SUCCESSION_BYTES_MAX 4096 /* the signed note */

/*
 * A succession is a signed note by <name>/identity: the log `before` ended at
 * size and root and goes on as `after`, which has a key of its own.  Entries
 * from `held` on are lost.  Source: docs/wire.md 3.1.
 */
struct succession {
	struct note_vkey before; /* note name: origin */
	struct note_vkey after;
	uint64_t size; /* last known: nothing beyond it was signed */
	struct hash root; /* at that size */
	uint64_t held; /* <= size */
};

/* Appends the signed note. */
ERR_CHECKED enum err succession_sign(struct buf *out,
    const struct succession *s, const struct crypto_signer *identity,
    struct err_why *why);

/*
 * succession_open - what a note says, checked in itself and signed by
 * `identity` (its name is made from the logs' own: no one speaks for others).
 * ERR_MALFORMED; ERR_UNVERIFIED also when this key did not sign.
 */
ERR_CHECKED enum err succession_open(struct succession *out, struct bytes note,
    const uint8_t identity[static CRYPTO_PUB_BYTES], struct err_why *why);

/* What a note said that was opened when it was accepted and has rested with us
 * since: its owner's identity key may be another one by now.  ERR_MALFORMED. */
ERR_CHECKED enum err succession_kept(
    struct succession *out, struct bytes note, struct err_why *why);

#endif

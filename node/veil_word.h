/* veil_word.h - what a member announces of itself for a term of the veil. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_WORD_H
#define NODE_VEIL_WORD_H

#include "ledger/note.h"
#include "node/veil_keys.h"
#include "proto/bytes.h"
#include "record.pb-c.h"

/* docs/wire.md 15.  Pure but for randomness; thread-safe. */

/* What a member announced first for a term. */
struct veil_said {
	char member[NOTE_NAME_MAX + 1];
	struct point ring;
	uint8_t hop[CRYPTO_PUB_BYTES];
	uint32_t slot_ms;
};

/* To whom and for when it is said: both proofs hold for nothing else. */
struct veil_when {
	const struct hash *alliance; /* fingerprint */
	uint32_t term;
	const char *member;
};

/* Message and what it points into; it is not moved. */
struct veil_word {
	Record__Veil m;
	uint8_t ring[GROUP_BYTES];
	uint8_t hop[CRYPTO_PUB_BYTES];
	uint8_t proof[RING_PROOF_BYTES];
	uint8_t hop_proof[CRYPTO_SIG_BYTES];
};
ERR_CHECKED enum err veil_word_make(struct veil_word *out,
    const struct veil_when *when, const struct veil_keys *k, uint32_t slot_ms,
    struct err_why *why);

/* False: not of the form, or of a key of which the member does not show that it
 * holds the secret: another's, one made of others', or none at all. */
bool veil_word_read(
    const Record__Veil *m, const struct veil_when *when, struct veil_said *out);

#endif

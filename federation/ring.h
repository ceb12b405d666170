/* ring.h - a member vouches for an item, and nobody learns which member. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_RING_H
#define FEDERATION_RING_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/group.h"

/*
 * A linkable ring signature over the members of one epoch of an alliance:
 *
 *   - whoever made it holds the secret of one of the ring's keys;
 *   - which one, nobody can tell better than by guessing;
 *   - two by one member in one epoch carry the same tag, also over other rings
 *     of that epoch; two of different epochs cannot be linked.
 *
 * Keys live for one epoch and are erased at its end: who erased its key can
 * neither be made to show that a tag is its own nor that it is not.  While it
 * holds the key it could be made to.
 *
 * Source: J. Liu, V. Wei, D. Wong, Linkable Spontaneous Anonymous Group
 * Signature for Ad Hoc Groups (ACISP 2004), scheme 4.1, over ristretto255 (RFC
 * 9496), with the base of tags from the epoch instead of the ring.  Bytes:
 * docs/wire.md 15.
 *
 * Pure but for randomness; thread-safe.
 */
#define RING_MIN 3
#define RING_MAX 1024
#define RING_SIGNATURE_BYTES(n) ((size_t)GROUP_BYTES * ((n) + 2))

struct ring_key {
	struct scalar secret;
	struct point pub;
};

/* Wipe with ring_key_wipe. */
void ring_key_new(struct ring_key *out);
/* Of a stored secret; ERR_MALFORMED. */
ERR_CHECKED enum err ring_key_open(
    struct ring_key *out, const struct scalar *secret, struct err_why *why);
void ring_key_wipe(struct ring_key *k);

struct ring {
	const struct point *keys; /* borrowed, strictly ascending by bytes */
	size_t n;
	struct hash id;
	struct point base; /* of tags */
};

/*
 * ring_open - the members of `epoch` of the alliance with this fingerprint.
 * ERR_LIMIT: fewer than RING_MIN, more than RING_MAX.  ERR_MALFORMED: a key is
 * no point; ERR_CONFLICT: two are equal or out of order.
 */
ERR_CHECKED enum err ring_open(struct ring *out, const struct hash *alliance,
    uint64_t epoch, const struct point *keys, size_t n, struct err_why *why);

/*
 * ring_sign - RING_SIGNATURE_BYTES(ring->n) into out.  ERR_NOT_FOUND: the key
 * is none of the ring's.
 */
ERR_CHECKED enum err ring_sign(uint8_t *out, const struct ring *ring,
    const struct ring_key *key, const struct hash *message,
    struct err_why *why);

/*
 * ring_prove, ring_proven - that a member which announces a key holds its
 * secret: nobody announces another's, nor one made of others'.  Tells nothing
 * of tags.
 */
#define RING_PROOF_BYTES RING_SIGNATURE_BYTES(1)
ERR_CHECKED enum err ring_prove(uint8_t out[static RING_PROOF_BYTES],
    const struct hash *alliance, uint64_t epoch, const char *member,
    const struct ring_key *key, struct err_why *why);
ERR_CHECKED enum err ring_proven(struct bytes proof,
    const struct hash *alliance, uint64_t epoch, const char *member,
    const struct point *key, struct err_why *why);

/* ring_check - `tag` links what one member signed in this epoch.
 * ERR_MALFORMED: length, points, scalars; ERR_UNVERIFIED. */
ERR_CHECKED enum err ring_check(const struct ring *ring,
    const struct hash *message, struct bytes signature, struct point *tag,
    struct err_why *why);

#endif

/* cell.h - a message of one size, under one seal for each of its two hops. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_CELL_H
#define FEDERATION_CELL_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 *   sender    -> forwarder   whole cell: the forwarder's seal
 *   forwarder -> publisher   what was in it: the publisher's seal
 *
 * The forwarder knows the sender and not what it says, nor whether it says
 * anything; the publisher knows what is said and not by whom.  All cells of an
 * epoch have one size, and a cell that says nothing differs in nothing but what
 * only its publisher sees.
 *
 * Seals are sealed boxes for keys of one epoch, erased at its end
 * (crypto_letter_seal), so what was recorded on the way cannot be opened later.
 *
 * Source: D. Chaum, Untraceable Electronic Mail (CACM 1981), two mixes; bytes:
 * docs/wire.md 15.  Pure but for randomness; thread-safe.
 */
#define CELL_BODY_MAX \
	8192 /* of what is said, the ring and its signature apart */
#define CELL_BYTES_MAX ((size_t)96 << 10) /* of any */

/* Bytes of body that a cell of an epoch with this many members takes; what a
 * forwarder gets and what a publisher gets, in bytes. */
size_t cell_room(size_t members);
size_t cell_bytes(size_t room);
size_t cell_rest_bytes(size_t room);

/*
 * cell_make - cell_bytes(room) bytes into out; an empty body is cover.
 * ERR_LIMIT: the body is larger than the room.  ERR_MALFORMED: a key is none.
 */
ERR_CHECKED enum err cell_make(uint8_t *out, size_t room, struct bytes body,
    const uint8_t forwarder[static CRYPTO_PUB_BYTES],
    const uint8_t publisher[static CRYPTO_PUB_BYTES], struct err_why *why);

/* What the forwarder makes of a cell: to whom, and cell_rest_bytes(room).
 * ERR_MALFORMED: size or layout; ERR_UNVERIFIED: not sealed for this key. */
struct cell_rest {
	uint8_t publisher[CRYPTO_PUB_BYTES];
	struct buf sealed; /* buf_clear */
};
ERR_CHECKED enum err cell_peel(struct cell_rest *out, size_t room,
    struct bytes cell, const struct crypto_signer *own, struct err_why *why);

/* cell_read - what the publisher makes of the rest; body: empty for cover;
 * buf_clear.  ERR_MALFORMED likewise, also where it is filled up with anything
 * but zeros, which could mark it; ERR_UNVERIFIED. */
ERR_CHECKED enum err cell_read(struct buf *body, size_t room, struct bytes rest,
    const struct crypto_signer *own, struct err_why *why);

#endif

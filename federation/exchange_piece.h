/* exchange_piece.h - ranges of a log as they stand in a turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_PIECE_H
#define FEDERATION_EXCHANGE_PIECE_H

#include "federation/turn.h"
#include "ledger/log_extend.h"
#include "ledger/note.h"

/* A range of a log that came, as it is stored or given to whoever stores it. */
struct exchange_piece {
	struct log_extension ext; /* points into the following */
	struct note_checkpoint head;
	struct tree_proof proof;
};
/* Opens its note with the log's key; the items must be within.  `out` stays
 * where it is.  ERR_UNVERIFIED, ERR_MALFORMED. */
ERR_CHECKED enum err exchange_piece(struct exchange_piece *out,
    const struct turn_delivery *d, const struct note_vkey *key,
    struct err_why *why);
ERR_CHECKED enum err exchange_add_hash(
    struct tree_proof *out, struct bytes hash, struct err_why *why);
/* To whom only leaves are due nothing else is kept. */
void exchange_drop_bodies(const struct turn_delivery *d);
/* A range in a turn, as a Delivery: begun, then items from the host, ended;
 * what it gives is where it began. */
size_t exchange_piece_begin(
    struct buf *turn, unsigned field, const char *origin, uint64_t from);
void exchange_piece_end(struct buf *turn, size_t begun, struct bytes note,
    const struct tree_proof *proof);

#endif

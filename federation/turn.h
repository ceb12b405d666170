/* turn.h - a turn as it stands on the wire: counted, cut, decoded. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_TURN_H
#define FEDERATION_TURN_H

#include "fed.pb-c.h"
#include "federation/roster.h"
#include "ledger/log_ready.h"
#include "ledger/tree.h"
#include "proto/arena.h"
#include "proto/err.h"

#define TURN_ITEMS_MAX 4096 /* of one delivery */
#define TURN_LISTED 64 /* heads, acks, wants, refusals */
#define TURN_ERASED_MAX 256
#define TURN_CELLS_MAX 4
/* Bytes of all that is not a delivery. */
#define TURN_SMALL_MAX ((size_t)512 << 10)
/* Fields of one message in it, those unknown here included. */
#define TURN_FIELDS_MAX 16
#define TURN_HEAD_FIELDS_MAX (TURN_FIELDS_MAX + TREE_PROOF_MAX)

/* A Delivery: views into the turn, nothing is copied. */
struct turn_delivery {
	struct bytes origin;
	uint64_t from;
	struct log_item *items;
	size_t items_len;
	struct bytes note;
	struct bytes proof[TREE_PROOF_MAX];
	size_t proof_len;
};

struct turn {
	Fed__Turn *small; /* all but deliveries */
	struct turn_delivery delivery[ROSTER_KINDS];
	struct turn_delivery returned[ROSTER_KINDS]; /* answers to recalls */
	size_t deliveries;
	size_t returns;
	struct arena arena; /* where both lie */
};

/*
 * turn_cut - everything that a turn holds is counted on the wire before memory
 * is taken for it, so that no bytes cost much more than their length: a
 * delivery 32 bytes per item, all else TURN_SMALL_MAX and some 200 bytes per
 * field.  Of a field that may stand once the last one counts.
 *
 * `in` is borrowed until turn_clear.
 * ERR_MALFORMED, ERR_LIMIT: *out holds nothing.  Pure.
 */
ERR_CHECKED enum err turn_cut(
    struct turn *out, struct bytes in, struct err_why *why);
/* A zeroed turn is allowed. */
void turn_clear(struct turn *t);

#endif

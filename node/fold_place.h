/* fold_place.h - from what tables name to logs, across generations. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_PLACE_H
#define NODE_FOLD_PLACE_H

#include "ledger/generation.h"
#include "node/fold.h"

/*
 * The tables know a log by its line, the slot of its oldest generation held,
 * and an entry by its place (ledger/generation.h).  So a record that begins in
 * one generation goes on in the next, and a store that knows only generation 1
 * has the same rows as ever.
 */

/* Where the entry at a place stands.  ERR_NOT_FOUND. */
struct fold_spot {
	uint16_t slot;
	uint64_t index;
};
ERR_CHECKED enum err fold_spot(const struct fold *f, uint16_t line,
    uint64_t place, struct fold_spot *out, struct err_why *why);

/* The line of a log, and the place of its leaf 0. */
struct fold_line {
	uint16_t line;
	uint64_t base;
};
ERR_CHECKED enum err fold_line_of(const struct fold *f, uint16_t slot,
    struct fold_line *out, struct err_why *why);

/* Line of NAME/KIND.  ERR_NOT_FOUND: nothing of it is held. */
ERR_CHECKED enum err fold_line_find(const struct fold *f, const char *name,
    const char *kind, uint16_t *line, struct err_why *why);

/* Place of the first leaf after the newest loss of this line; 0: nothing of
 * it was ever admitted as lost. */
ERR_CHECKED enum err fold_loss(
    const struct fold *f, uint16_t line, uint64_t *place, struct err_why *why);
/* Remembers what a LOG_START admits; called by fold_entry. */
ERR_CHECKED enum err fold_loss_note(
    struct fold *f, const struct fold_item *item, struct err_why *why);

#endif

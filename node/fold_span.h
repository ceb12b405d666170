/* fold_span.h - when a record was open, found by place and time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_SPAN_H
#define NODE_FOLD_SPAN_H

#include "node/fold.h"
#include "node/fold_key.h"

/*
 * What is open stands in the table `open`, alarms in the order in which they
 * began.  What is closed stands in `span` under the length of its life, so that
 * what was open at some time is found without reading what was not: of each
 * length only so far back as a record of it can reach.
 *
 *   span  slot || area || u16be kind || u8 length || u64be opened || record_id
 *                                               -> u64be closed
 *   length: number of bits of its whole seconds; 0 to FOLD_SPAN_LENGTHS - 1
 */
#define FOLD_SPAN_LENGTHS 41

/* Longest life that stands under a length, in microseconds. */
int64_t fold_span_most(unsigned length);

/* Keys of a row that is open, of one that is closed; both for any row. */
struct fold_key fold_span_open(
    uint16_t slot, const struct row *r, const uint8_t id[static 16]);
struct fold_key fold_span_closed(
    uint16_t slot, const struct row *r, const uint8_t id[static 16]);
/* Prefix of `span` with a beginning: where to seek. */
struct fold_key fold_span_from(uint16_t slot, uint64_t area, uint16_t kind,
    unsigned length, int64_t opened_us);

/* A row was `was` and is `is`; was: zeroed, there was none. */
ERR_CHECKED enum err fold_span_move(struct fold *f, uint16_t slot,
    const uint8_t id[static 16], const struct row *was, const struct row *is,
    struct err_why *why);
/* Before a record is folded anew: its row is nowhere. */
ERR_CHECKED enum err fold_span_forget(struct fold *f, uint16_t slot,
    const uint8_t id[static 16], const struct row *r, struct err_why *why);

/* Do records of this kind stand in `open` and `span`? */
bool fold_span_keeps(uint16_t kind);

/* When a closed row was closed. */
int64_t fold_span_end(const struct row *r);

#endif

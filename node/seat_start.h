/* seat_start.h - where this node began among the members. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SEAT_START_H
#define NODE_SEAT_START_H

#include "federation/council.h"
#include "federation/roster.h"

struct site;

/* A genesis, or a later epoch in which the node was not there yet. */
struct seat_start;

/* From JSON.  ERR_MALFORMED, ERR_UNVERIFIED; ERR_REFUSED: this node is neither
 * in it nor is its card beside it. */
ERR_CHECKED enum err seat_start_open(struct seat_start **out, struct bytes json,
    const struct site *site, struct err_why *why);
void seat_start_free(struct seat_start *s);
bool seat_start_same(const struct seat_start *a, const struct seat_start *b);

/* Has the card that it begins with the keys of this node?  ERR_REFUSED. */
ERR_CHECKED enum err seat_start_keys(
    const struct seat_start *s, const struct site *site, struct err_why *why);

/* Borrowed. */
const struct council_epoch *seat_start_epoch(const struct seat_start *s);
const struct hash *seat_start_alliance(const struct seat_start *s);

/* As seat_roster. */
ERR_CHECKED enum err seat_start_roster(struct roster **out,
    const struct seat_start *s, const struct council_epoch *now,
    const char *self, struct err_why *why);

#endif

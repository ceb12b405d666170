/* query_hide.h - what is stored and given out to nobody.  Only for query*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_HIDE_H
#define NODE_QUERY_HIDE_H

#include "node/fold_retain.h"
#include "node/query_view.h"

/* An entry whose erasure waits (docs/decisions/0036). */
struct query_hide {
	bool on;
	struct fold_wait wait;
	int64_t until_us; /* erased then; 0: not known */
	const char *clause; /* of the policy; NULL: none */
};

/* Of the entry at a place; leaf: it.  Not while its record is in force: work
 * under an open permit needs to know who does it. */
ERR_CHECKED enum err query_hide_look(struct query_hide *out,
    struct query_view *v, uint64_t place, const Ledger__Entry *leaf,
    struct err_why *why);
/* Replaces the body by what may be given out, takes the signature away. */
ERR_CHECKED enum err query_hide_sealed(
    const struct query_hide *h, Ledger__Sealed *sealed, struct err_why *why);
/* Says so in the answer. */
void query_hide_say(const struct query_hide *h, Api__EventView *m);

/* Which term ended the body or the media of what is shown: says so, and takes
 * the uri of each medium away. */
void query_hide_expired(
    struct query_view *v, uint64_t place, Api__EventView *m);

/* May this record be found by the name of a person?  r: NULL when its row
 * cannot be read. */
bool query_hide_found(
    struct query_view *v, const uint8_t id[static 16], const struct row *r);

#endif

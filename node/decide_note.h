/* decide_note.h - what a decision went by, as its entry keeps it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DECIDE_NOTE_H
#define NODE_DECIDE_NOTE_H

#include "node/decide_load.h"

/* Both folds are in the transactions that the facts were loaded in. */
struct decide_books {
	const struct fold *own;
	const struct fold *replica;
};

/* decide_note - the facts as a message; release with slice_free. */
ERR_CHECKED enum err decide_note(const struct decide_books *books,
    const struct decide_facts *facts, Record__DecisionFacts **out,
    struct err_why *why);

/* Log and index of a credential's entry at `place`.  The origin is the
 * caller's to free. */
struct decide_spot {
	char *origin;
	uint64_t index;
};
ERR_CHECKED enum err decide_note_place(const struct decide_books *books,
    const struct decide_credential *c, uint64_t place, struct decide_spot *out,
    struct err_why *why);

#endif

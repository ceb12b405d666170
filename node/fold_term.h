/* fold_term.h - certificates by when they end, credentials by status index. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_TERM_H
#define NODE_FOLD_TERM_H

#include "node/fold.h"

/*
 * What a certificate's terms count from, so that whatever ends within a window
 * is found without looking at the others.  The months are a pack's, and no fold
 * knows a pack: what is not stated stands under the day it counts from.
 *
 *   due     slot || u8 term || u64be time || record_id -> u64be class
 *           of those in force or suspended
 *   status  slot || u32be index || record_id -> u8 state || u64be end
 *           state: of the row, 0: an event of it is not readable;
 *           end: lapsed from then on
 */
enum fold_term {
	FOLD_TERM_END = 1, /* of validity */
	FOLD_TERM_REVIEW, /* as stated */
	FOLD_TERM_REVIEWED, /* issue or newest review; none is stated */
	FOLD_TERM_WORKED, /* issue or newest work known */
};

struct fold_term_change {
	uint16_t slot;
	const uint8_t *id; /* 16 */
	const struct row *was; /* NULL: there was none */
	const struct row *now; /* NULL: it goes */
};

/* Keeps both tables in step with a CERTIFICATE or CREDENTIAL; nothing for
 * other kinds. */
ERR_CHECKED enum err fold_term_follow(
    struct fold *f, const struct fold_term_change *c, struct err_why *why);

/* One row of `status`.  False: it is none. */
struct fold_term_status {
	uint32_t index;
	uint8_t id[16];
	uint8_t state;
	int64_t end_us;
};
bool fold_term_status(struct fold_term_status *out, const struct store_row *r);

/* From when on a credential has lapsed: a review that is due on a day is good
 * up to it and with it. */
int64_t fold_term_lapses(const struct row *r);

/* One row of `due`.  False: it is none. */
struct fold_term_due {
	enum fold_term term;
	int64_t at_us;
	uint8_t id[16];
	uint64_t class;
};
bool fold_term_due(struct fold_term_due *out, const struct store_row *r);

#endif

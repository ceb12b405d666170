/* fold_cite.h - which records name which, and how far time was led ahead. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_CITE_H
#define NODE_FOLD_CITE_H

#include "node/fold_kind.h"

/*
 * Rows of table `retain`, of one line:
 *
 *   slot || 'n' || name[8] || record_id -> empty: this record names that one
 *   slot || 'c' || record_id || name[8] -> the same from its side
 *   slot || 'l' || place -> empty: recorded time may have gone on at this
 * entry, and nobody lived through it; or back, by a TIME_RESET
 *
 * name: fold_hash FOLD_RECORD of an id as text, wherever it stands in a body or
 * annex.  Of no meaning but that what is needed to read a record is kept as
 * long as that record (docs/decisions/0036).
 */

/* Only internal use by fold.c. */
ERR_CHECKED enum err fold_cite(
    struct fold *f, const struct fold_item *item, struct err_why *why);
/* Before a record is folded anew. */
ERR_CHECKED enum err fold_cite_forget(struct fold *f, uint16_t slot,
    const uint8_t id[static 16], struct err_why *why);
/* Of an ADMIN or LOG_START entry. */
ERR_CHECKED enum err fold_cite_lead(
    struct fold *f, const struct fold_item *item, struct err_why *why);

/* Calls `each` for each record that names this one, until it says false. */
ERR_CHECKED enum err fold_cited(struct fold *f, uint16_t slot,
    const uint8_t id[static 16],
    bool (*each)(void *arg, const uint8_t id[static 16]), void *arg,
    struct err_why *why);

struct fold_leads {
	struct {
		uint64_t place;
		int64_t by_us;
	} * at; /* ascending */
	size_t len;
};
/* Release with fold_leads_free. */
ERR_CHECKED enum err fold_leads(
    struct fold *f, uint16_t slot, struct fold_leads *out, struct err_why *why);
void fold_leads_free(struct fold_leads *l);
/* By how much time was led behind this place, and not taken back; below zero:
 * it is of a time that a wrong clock was ahead. */
int64_t fold_leads_since(const struct fold_leads *l, uint64_t place);

#endif

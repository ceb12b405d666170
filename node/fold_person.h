/* fold_person.h - which permits and cases a person is in. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_PERSON_H
#define NODE_FOLD_PERSON_H

#include "node/fold.h"

/* Beside a kind in the holder table: the record is open. */
#define FOLD_PERSON_OPEN 0x8000u

struct fold_person {
	uint16_t slot;
	const uint8_t *id; /* 16 */
	const struct row *was; /* NULL: there was none */
	const struct row *now; /* NULL: it goes */
};

/*
 * fold_person_follow - keep the holder table in step with a PERMIT or CASE:
 * one row for each of its persons (workers, guardian; whose violation), and a
 * second one under kind + FOLD_PERSON_OPEN while somebody has to act on it.
 * Of a CERTIFICATE: one by its number.  Nothing for other kinds.
 */
ERR_CHECKED enum err fold_person_follow(
    struct fold *f, const struct fold_person *p, struct err_why *why);

#endif

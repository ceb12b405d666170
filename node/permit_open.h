/* permit_open.h - the open permits of this node, one by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PERMIT_OPEN_H
#define NODE_PERMIT_OPEN_H

#include "node/fold.h"
#include "proto/err.h"

struct site;

struct permit_open {
	struct site *site;
	struct fold *fold; /* of the own store, in any transaction */
	uint16_t kind; /* of the records; 0: permits.  Not alarms. */
	/* Asked once for each area that has one; true: none of it is read.
	 * NULL: all areas are. */
	bool (*skip)(void *arg, uint64_t area);
	void (*in)(void *arg, const uint8_t *id, const struct row *r);
	/* One whose row is damaged or gone; NULL: nobody is told. */
	void (*lost)(void *arg, const uint8_t *id, uint64_t area);
	void *arg;
};

/* In the order of areas; do not write meanwhile.  One that cannot be read is
 * passed over, for it must not hide the others; *all: there was none such.
 * Closed permits cost nothing, however many are stored. */
ERR_CHECKED enum err permit_open_each(
    const struct permit_open *o, bool *all, struct err_why *why);

/* What fold_get says of one that stands open and cannot be read. */
bool permit_open_is_lost(enum err e);

/* Rows of permits read so far by all of this process. */
uint64_t permit_open_reads(void);

#endif

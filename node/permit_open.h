/* permit_open.h - the open permits of this node, one by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PERMIT_OPEN_H
#define NODE_PERMIT_OPEN_H

#include "node/fold.h"
#include "proto/err.h"

struct site;

#define PERMIT_OPEN_MAX 100000 /* more than this: the rest is not looked at */

struct permit_open {
	struct site *site;
	struct fold *fold; /* of the own store, in any transaction */
	/* Asked once for each area that has one; true: none of it is read.
	 * NULL: all areas are. */
	bool (*skip)(void *arg, uint64_t area);
	void (*in)(void *arg, const uint8_t *id, const struct row *r);
	void *arg;
};

/* In the order of areas; do not write meanwhile.  *all: there were no more.
 * Closed permits cost nothing, however many are stored. */
ERR_CHECKED enum err permit_open_each(
    const struct permit_open *o, bool *all, struct err_why *why);

/* Rows read so far by all of this process. */
uint64_t permit_open_reads(void);

#endif

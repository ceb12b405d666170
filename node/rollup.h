/* rollup.h - the figures of a month over all sites that are held. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ROLLUP_H
#define NODE_ROLLUP_H

#include "api.pb-c.h"
#include "proto/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ROLLUP_SITES_MAX 1024

struct peers;
struct site;

struct rollup_ask {
	struct site *site;
	struct peers *peers; /* who else is of this company; NULL: nobody */
	const char *company; /* NULL: none */
	const char *period; /* a month */
	int64_t now_us;
	bool check; /* compute each site's figures again from its entries */
};

/*
 * rollup - adds up what the sites' snapshots say, numerators and denominators,
 * as corrected by later ones; never an average of ratios.  A site that measures
 * by other texts of the rules than this node's is listed and not counted; so is
 * one without a snapshot, or of which nothing is held.  What a site counted by
 * other limits of the alarm policy is in no sum; "alarm-limits" of what differs
 * says so.
 *
 *   out  release with api__rollup__free_unpacked
 *
 * ERR_MALFORMED: no month.  Any thread; with `check` it reads the month of
 * every site.
 */
ERR_CHECKED enum err rollup(
    Api__Rollup **out, const struct rollup_ask *ask, struct err_why *why);

#endif

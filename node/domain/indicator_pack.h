/* indicator_pack.h - sets of indicators, as packs give them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_INDICATOR_PACK_H
#define NODE_DOMAIN_INDICATOR_PACK_H

#include "indicator.pb-c.h"
#include "proto/err.h"

#include <stddef.h>

#define INDICATOR_PACK_MAX 128 /* indicators of one set */
#define INDICATOR_PACK_CLASSES_MAX 32
#define INDICATOR_PACK_NAME_MAX 48

/*
 * indicator_pack_check - every class and indicator is whole and there once; an
 * indicator has a formula that can be computed or says what it lacks; what a
 * formula asks of times lies within its horizon; the weights of an index add up
 * to 100 and each of its indicators can be scored.  ERR_MALFORMED names the
 * indicator and what is wrong.
 */
ERR_CHECKED enum err indicator_pack_check(
    const Pack__Indicators *p, struct err_why *why);

/* An indicator by id; NULL: the set has none. */
const Pack__Indicator *indicator_pack_find(
    const Pack__Indicators *p, const char *id);

#endif

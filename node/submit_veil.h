/* submit_veil.h - somebody's item, published by this node. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_VEIL_H
#define NODE_SUBMIT_VEIL_H

#include "node/submit.h"
#include "record.pb-c.h"

/*
 * submit_veil - a release that a ring vouches for (the caller looked), or a
 * withdrawal by the key of an item that stands on the own alliance log.  Once
 * for each item: ERR_EXISTS.  ERR_NOT_FOUND, ERR_UNVERIFIED: a withdrawal of
 * what is not here, or not by its key.
 */
void submit_veil(const struct submit_to *to, const Record__Intel *m);

#endif

/* submit_veil.h - somebody's item, published by this node. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_VEIL_H
#define NODE_SUBMIT_VEIL_H

#include "node/commit.h"
#include "node/submit.h"
#include "record.pb-c.h"

/*
 * submit_veil - a release that a ring vouches for (the caller looked), or a
 * withdrawal by the key of an item that stands on the own alliance log.  Once
 * for each item: ERR_EXISTS.  ERR_NOT_FOUND, ERR_UNVERIFIED: a withdrawal of
 * what is not here, or not by its key.
 */
void submit_veil(const struct submit_to *to, const Record__Intel *m);

/* The same looked at only, in any transaction; seq: of its event.  m is of the
 * form, id its intel_id. */
ERR_CHECKED enum err submit_veil_check(struct commit_ctx *ctx,
    const Record__Intel *m, const uint8_t id[static 16], uint32_t *seq,
    struct err_why *why);

#endif

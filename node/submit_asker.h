/* submit_asker.h - who asked for an erasure.  Only for submit_erase.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_ASKER_H
#define NODE_SUBMIT_ASKER_H

#include "ledger/log_erase.h"
#include "node/commit.h"
#include "node/fold_retain.h"

/* Is there something of it left to forget, and does no hold keep it? */
bool submit_asker_left(
    struct commit_ctx *ctx, uint16_t line, const struct fold_wait *w);
/* The entry of a request that came to its end, by an ERASURE of its own: it
 * lost these fields, not those of the record.  The rest of a request before
 * goes with the one that it went on in.  *what: to be erased. */
ERR_CHECKED enum err submit_asker_forget(struct commit_ctx *ctx, uint16_t line,
    const struct fold_wait *w, struct log_erasure *what, struct err_why *why);

#endif
